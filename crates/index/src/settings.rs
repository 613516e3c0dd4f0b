//! What an [`IndexClient`](crate::IndexClient) is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use harden_packaging::{PackageName, Sha256};
use sha2::Digest;

use crate::{FindLinks, IndexUrl, SharedCache, Verify};

/// The public index, PyPI: the default of [`Settings::indexes`], and written nowhere else.
pub const DEFAULT_INDEX_URL: &str = "https://pypi.org/simple";

/// Where to look for distributions, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The indexes, in the order in which they are asked: the first that has a project answers
    /// for it, and no later one is asked. Private indexes belong before the public one: else
    /// someone else's project of the same name may be taken. Empty: only `find_links` (`--no-index`).
    pub indexes: Vec<IndexUrl>,
    /// Which index counts if several of `indexes` have a project.
    pub strategy: IndexStrategy,
    /// Projects that come from one index and from nowhere else, `indexes` and `find_links` included;
    /// that index is asked for no other project unless it is one of `indexes`, too.
    pub tied: BTreeMap<PackageName, IndexUrl>,
    /// Folders and flat pages whose files are candidates besides those of the index, as in pip;
    /// of two files of one name, the one listed here first is taken.
    pub find_links: Vec<FindLinks>,
    /// Where pages and metadata are kept between runs; `None`: nowhere.
    pub cache_dir: Option<PathBuf>,
    /// When what is kept there is verified.
    pub verify: Verify,
    /// The cache that other machines share, a level below `cache_dir`.
    pub shared: Option<SharedCache>,
    /// When a page from the cache is good enough.
    pub freshness: Freshness,
    /// Projects whose pages are revalidated, whatever `freshness` says, unless it is
    /// [`Freshness::Offline`].
    pub refreshed: BTreeSet<PackageName>,
    /// The netrc file to take logins from, for hosts whose URL has none; `None`: `$NETRC`, else
    /// `.netrc` in the home folder.
    pub netrc: Option<PathBuf>,
    /// Whether the `keyring` command line is asked for a login once one is refused.
    pub keyring: bool,
    /// A PEM file of the authorities to trust, or a folder of such files. `None`: those that
    /// `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`, `SSL_CERT_FILE` or `SSL_CERT_DIR` name, else the system's.
    pub trusted_certificates: Option<PathBuf>,
    /// A PEM file with the certificate that is shown to servers, and its private key.
    pub client_certificate: Option<PathBuf>,
    /// The URL of the proxy for everything. `None`: that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`.
    /// `NO_PROXY` exempts hosts from either.
    pub proxy: Option<String>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a server may send nothing.
    pub read_timeout: Duration,
    /// How often a request is sent again after a temporary failure, at most for two minutes.
    pub retries: u32,
    /// How many requests to one server may be under way at once, at least 1.
    pub concurrency: usize,
    /// How many bytes are read of a file whose size neither its index nor its server tells: a server that
    /// never ends must not fill the disk.
    pub largest_unsized: u64,
}

/// Which index counts if several have a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexStrategy {
    /// The first index that has the project: a newer release on a public index cannot replace that of a
    /// private one (dependency confusion).
    #[default]
    FirstIndex,
    /// All indexes that have it. Anyone who can upload to one of them can take over the projects of
    /// all; safe only if hashes bind the choice.
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

impl Settings {
    /// A digest of the whole addresses of its indexes, of which [`Debug`](std::fmt::Debug) leaves out what
    /// may be secret.
    pub fn addresses(&self) -> Sha256 {
        let mut digest = sha2::Sha256::new();
        for index in self.indexes.iter().chain(self.tied.values()) {
            digest.update(index.url().as_str());
            digest.update([0]);
        }
        Sha256::from_bytes(digest.finalize().into())
    }
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
            verify: Verify::AtOnce,
            shared: None,
            freshness: Freshness::Http,
            refreshed: BTreeSet::new(),
            netrc: None,
            keyring: true,
            trusted_certificates: None,
            client_certificate: None,
            proxy: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            retries: 7,
            concurrency: 100,
            largest_unsized: 1 << 30,
        }
    }
}
