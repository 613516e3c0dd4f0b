//! What an [`IndexClient`](crate::IndexClient) is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use harden_packaging::PackageName;

use crate::{FindLinks, IndexUrl};

/// The public index, PyPI: the default of [`Settings::indexes`], and written nowhere else.
pub const DEFAULT_INDEX_URL: &str = "https://pypi.org/simple";

/// Where to look for distributions, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The indexes, in the order in which they are asked: the first that has a project answers
    /// for it, and no later one is asked. Private indexes belong before the public one, lest
    /// someone else's project of the same name be taken. Empty: only `find_links` (`--no-index`).
    pub indexes: Vec<IndexUrl>,
    /// What counts where several of `indexes` have a project.
    pub strategy: IndexStrategy,
    /// Projects that come from one index and from nowhere else, `indexes` and `find_links` included;
    /// that index is asked for no other project unless it is one of `indexes`, too.
    pub tied: BTreeMap<PackageName, IndexUrl>,
    /// Folders and flat pages whose files are candidates besides those of the index, as in pip;
    /// of two files of one name, the one listed here first is taken.
    pub find_links: Vec<FindLinks>,
    /// Where pages and metadata are kept between runs; `None`: nowhere.
    pub cache_dir: Option<PathBuf>,
    /// When a page from the cache is good enough.
    pub freshness: Freshness,
    /// Projects whose pages are revalidated, whatever `freshness` says, unless it is
    /// [`Freshness::Offline`].
    pub refreshed: BTreeSet<PackageName>,
    /// The netrc file to take logins from, for hosts whose URL has none; `None`: `$NETRC`, else
    /// `.netrc` in the home folder.
    pub netrc: Option<PathBuf>,
    /// A PEM bundle of the authorities to trust, in place of the system's (which `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR` name too).
    pub trusted_certificates: Option<PathBuf>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a server may send nothing.
    pub read_timeout: Duration,
    /// How often a request that failed for a passing reason is sent again.
    pub retries: u32,
    /// How many requests may be under way at once, at least 1.
    pub concurrency: usize,
}

/// What counts where several indexes have a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexStrategy {
    /// What the first index has that has it at all: nobody can offer a newer release of a private
    /// project on a public index (dependency confusion).
    #[default]
    FirstIndex,
    /// What all of them have. Whoever may upload to one of the indexes may take over the projects of
    /// all; safe only where hashes bind the choice.
    UnsafeBestMatch,
}

/// When a page from the cache is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    /// While HTTP caching says so; ten minutes where the index says nothing.
    #[default]
    Http,
    /// Only if the index confirms it now.
    Refresh,
    /// Always: the network is not used at all.
    Offline,
}

impl Default for Settings {
    fn default() -> Self {
        let pypi = DEFAULT_INDEX_URL
            .parse()
            .expect("the constant is a valid URL");
        Self {
            indexes: vec![pypi],
            strategy: IndexStrategy::default(),
            tied: BTreeMap::new(),
            find_links: Vec::new(),
            cache_dir: None,
            freshness: Freshness::Http,
            refreshed: BTreeSet::new(),
            netrc: None,
            trusted_certificates: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            retries: 3,
            concurrency: 50,
        }
    }
}
