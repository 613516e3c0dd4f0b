//! The parts that every request of a client uses: HTTP, the cache, the counters.

use std::collections::BTreeSet;

use harden_packaging::{DistFile, PackageName};
use url::Url;

use crate::cache::Store;
use crate::http::{Http, Logins, Request};
use crate::metadata::Sidecars;
use crate::shared::{Shared, is_plain};
use crate::statistics::Meter;
use crate::{Freshness, Settings};

/// The parts that every request of a client uses.
pub(crate) struct Context {
    pub(crate) http: Http,
    pub(crate) store: Store,
    pub(crate) shared: Shared,
    pub(crate) meter: Meter,
    pub(crate) freshness: Freshness,
    refreshed: BTreeSet<PackageName>,
    pub(crate) sidecars: Sidecars,
    /// How many bytes are read of a file whose size nobody tells.
    pub(crate) largest_unsized: u64,
}

impl Context {
    pub(crate) fn new(settings: Settings, logins: Logins, meter: Meter) -> Self {
        Self {
            store: Store::new(settings.cache_dir.clone(), settings.verify),
            shared: Shared::new(&settings, &meter),
            meter: meter.clone(),
            freshness: settings.freshness,
            refreshed: settings.refreshed.clone(),
            sidecars: Sidecars::default(),
            largest_unsized: settings.largest_unsized,
            http: Http::new(settings, logins, meter),
        }
    }

    /// When the page of a project is good enough.
    pub(crate) fn freshness_of(&self, name: &PackageName) -> Freshness {
        match self.freshness {
            Freshness::Http if self.refreshed.contains(name) => Freshness::Refresh,
            freshness => freshness,
        }
    }

    /// Whether the index that lists a file was read without a login, and without what may be a token.
    pub(crate) fn is_of_public_index(&self, file: &DistFile) -> bool {
        Url::parse(&file.listed_by).is_ok_and(|index| {
            if !is_plain(&index) {
                return false;
            }
            let request = Request::get(index).listed_by(&file.listed_by);
            self.http.is_public(&request)
        })
    }

    /// Whether a file is sent to anyone, as far as logins and addresses say: a query is often a signature.
    pub(crate) fn is_public(&self, file: &DistFile) -> bool {
        let Ok(url) = Url::parse(&file.url) else {
            return false;
        };
        let request = Request::get(url.clone()).listed_by(&file.listed_by);
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && self.http.is_public(&request)
            && self.is_of_public_index(file)
    }
}
