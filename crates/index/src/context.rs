//! What every request of a client is made with: HTTP, the cache, the counters.

use crate::cache::Store;
use crate::http::{Http, Logins};
use crate::metadata::Sidecars;
use crate::statistics::Meter;
use crate::{Freshness, Settings};

/// What every request of a client is made with.
pub(crate) struct Context {
    pub(crate) http: Http,
    pub(crate) store: Store,
    pub(crate) meter: Meter,
    pub(crate) freshness: Freshness,
    pub(crate) sidecars: Sidecars,
}

impl Context {
    pub(crate) fn new(settings: Settings, logins: Logins, meter: Meter) -> Self {
        Self {
            store: Store::new(settings.cache_dir.clone()),
            meter: meter.clone(),
            freshness: settings.freshness,
            sidecars: Sidecars::default(),
            http: Http::new(settings, logins, meter),
        }
    }
}
