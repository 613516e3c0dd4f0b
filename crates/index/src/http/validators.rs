//! HTTP caching, as far as pages need it: how long one is fresh, and how to ask whether it still is.
//!
//! <https://www.rfc-editor.org/rfc/rfc9111>

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

/// How long a page is fresh whose server does not say: as long as PyPI says for its own.
const UNSAID: Duration = Duration::from_mins(10);

/// What a reply's headers say of keeping it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Validators {
    /// Seconds after receipt for which the page is fresh.
    fresh_seconds: u64,
    /// `ETag`, for `If-None-Match`.
    pub(crate) etag: Option<String>,
    /// `Last-Modified`, for `If-Modified-Since`.
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    /// Reads the headers of a reply.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            fresh_seconds: freshness(headers).as_secs(),
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        }
    }

    /// The one that shows whether parts belong to one file: a strong `ETag`, else the date.
    pub(crate) fn strong(self) -> Option<String> {
        let strong = self.etag.filter(|etag| !etag.starts_with("W/"));
        strong.or(self.last_modified)
    }

    /// Whether a server can be asked by them whether something has changed.
    pub(crate) fn can_be_asked_about(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }

    /// Whether they are ones that a server sends: what a shared cache has may be anything.
    pub(crate) fn are_plain(&self) -> bool {
        const LONGEST: usize = 1024;
        let is_plain = |text: &String| {
            text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        };
        let is_etag = |etag: &String| etag.starts_with('"') || etag.starts_with("W/\"");
        let etag = self.etag.as_ref();
        etag.is_none_or(|etag| is_plain(etag) && is_etag(etag))
            && self.last_modified.as_ref().is_none_or(is_plain)
    }

    /// The same, as fresh as the headers say with which a server has confirmed them.
    pub(crate) fn confirmed(&self, headers: &HeaderMap) -> Self {
        Self {
            fresh_seconds: freshness(headers).as_secs(),
            ..self.clone()
        }
    }

    /// Whether a page of this `age` may be used without asking.
    pub(crate) fn is_fresh(&self, age: Duration) -> bool {
        age.as_secs() < self.fresh_seconds
    }

    /// The age from which on a page may not be used without asking.
    pub(crate) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.fresh_seconds)
    }
}

fn freshness(headers: &HeaderMap) -> Duration {
    let directives: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if directives
        .iter()
        .any(|text| text == "no-cache" || text == "no-store")
    {
        return Duration::ZERO;
    }
    let max_age = directives.iter().find_map(|text| {
        text.strip_prefix("max-age=")?
            .trim_matches('"')
            .parse()
            .ok()
    });
    let age = headers
        .get(AGE)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .unwrap_or(0);
    max_age.map_or(UNSAID, |seconds: u64| {
        Duration::from_secs(seconds.saturating_sub(age))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(HeaderName, &str)]) -> Validators {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        Validators::read(&headers.collect())
    }

    #[test]
    fn max_age_counts_from_when_the_origin_sent_it() {
        let page = read(&[(CACHE_CONTROL, "max-age=600, public"), (AGE, "100")]);
        assert!(page.is_fresh(Duration::from_secs(499)));
        assert!(!page.is_fresh(Duration::from_secs(500)));
    }

    #[test]
    fn a_server_that_says_nothing_is_asked_again_after_ten_minutes() {
        assert!(read(&[]).is_fresh(Duration::from_secs(599)));
        assert!(!read(&[]).is_fresh(Duration::from_mins(10)));
    }

    #[test]
    fn no_cache_is_never_fresh() {
        assert!(!read(&[(CACHE_CONTROL, "no-cache, max-age=600")]).is_fresh(Duration::ZERO));
    }

    #[test]
    fn validators_are_kept_as_sent() {
        let page = read(&[
            (ETAG, "W/\"x\""),
            (LAST_MODIFIED, "Sat, 21 Nov 2026 10:00:00 GMT"),
        ]);
        assert_eq!(page.etag.as_deref(), Some("W/\"x\""));
        assert_eq!(
            page.last_modified.as_deref(),
            Some("Sat, 21 Nov 2026 10:00:00 GMT")
        );
    }
}
