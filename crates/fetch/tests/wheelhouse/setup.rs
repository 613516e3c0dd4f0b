//! What each test sets up: an index, a strict file, a fresh folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use harden_fetch::{
    Depth, FetchError, Lock, Outcome, PlannedFile, Progress, Report, Request, Summary, check,
    dry_run, fetch, prune,
};
use harden_hasher::StrictFile;
use harden_index::{IndexClient, Settings};
use harden_target::Target;
use harden_testindex::{Flavour, Server, Universe};
use tempfile::TempDir;

pub const ARM: &str = "manylinux2014_aarch64-cp-311-cp311";
pub const WINDOWS: &str = "win_amd64-cp-311-cp311";

/// An index, and a folder to fill from it.
pub struct Setup {
    pub server: Server,
    folder: TempDir,
    is_cached: bool,
    concurrency: usize,
}

/// Does `work` with a strict file of this text.
pub fn with_lock<R>(strict: &str, targets: &[&str], work: impl FnOnce(Lock<'_>) -> R) -> R {
    let strict = StrictFile::parse(strict, "strict.txt").unwrap();
    let targets: Vec<Target> = targets.iter().map(|name| name.parse().unwrap()).collect();
    work(Lock {
        strict: &strict,
        name: "strict.txt",
        targets: &targets,
    })
}

impl Setup {
    pub fn new(universe: &str) -> Self {
        Self::of(Flavour::Pypi, universe)
    }

    pub fn of(flavour: Flavour, universe: &str) -> Self {
        Self {
            server: Server::start_as(flavour, Universe::new(universe)),
            folder: TempDir::new().unwrap(),
            is_cached: false,
            concurrency: 8,
        }
    }

    /// With a cache.
    pub fn with_cache(self) -> Self {
        Self {
            is_cached: true,
            ..self
        }
    }

    /// With one file on its way at a time.
    pub fn one_at_a_time(self) -> Self {
        Self {
            concurrency: 1,
            ..self
        }
    }

    /// The folder of the cache, if there is one.
    pub fn cache(&self) -> Option<PathBuf> {
        self.is_cached.then(|| self.folder.path().join("cache"))
    }

    pub fn wheelhouse(&self) -> PathBuf {
        self.folder.path().join("wheelhouse")
    }

    /// The bytes of a file at the index.
    pub fn contents(&self, name: &str) -> Vec<u8> {
        self.server
            .universe()
            .file(name)
            .unwrap()
            .contents()
            .to_vec()
    }

    /// A pin of these files, which its comments name.
    pub fn pin(&self, requirement: &str, files: &[&str]) -> String {
        let comments = files.iter().map(|file| format!("    # {file}\n"));
        let pin = self.nameless_pin(requirement, files);
        std::iter::once(pin).chain(comments).collect()
    }

    /// A pin of these files, with their hashes alone.
    pub fn nameless_pin(&self, requirement: &str, files: &[&str]) -> String {
        let hash = |file: &&str| {
            let digest = self.server.universe().file(file).unwrap().sha256();
            format!(" \\\n    --hash=sha256:{digest}")
        };
        let pin = std::iter::once(requirement.to_owned());
        let pin: String = pin.chain(files.iter().map(hash)).collect();
        pin + "\n"
    }

    pub fn fetch(&self, strict: &str, targets: &[&str]) -> Result<Summary, FetchError> {
        self.fetch_telling(strict, targets, &())
    }

    pub fn fetch_telling(
        &self,
        strict: &str,
        targets: &[&str],
        progress: &dyn Progress,
    ) -> Result<Summary, FetchError> {
        self.fetch_from(self.settings(), strict, targets, progress)
    }

    pub fn fetch_from(
        &self,
        settings: Settings,
        strict: &str,
        targets: &[&str],
        progress: &dyn Progress,
    ) -> Result<Summary, FetchError> {
        let cache_dir = settings.cache_dir.clone();
        let client = IndexClient::new(settings).unwrap();
        let folder = self.wheelhouse();
        with_lock(strict, targets, |lock| {
            let request = Request {
                lock,
                folder: &folder,
                cache_dir: cache_dir.as_deref(),
                mirror: None,
                concurrency: self.concurrency,
                depth: Depth::Structure,
                admission: &(),
            };
            fetch(&request, &client, progress)
        })
    }

    pub fn dry_run(&self, strict: &str, targets: &[&str]) -> Vec<PlannedFile> {
        let client = IndexClient::new(self.settings()).unwrap();
        let cache_dir = self.cache();
        let folder = self.wheelhouse();
        with_lock(strict, targets, |lock| {
            let request = Request {
                lock,
                folder: &folder,
                cache_dir: cache_dir.as_deref(),
                mirror: None,
                concurrency: 8,
                depth: Depth::Structure,
                admission: &(),
            };
            dry_run(&request, &client).unwrap()
        })
    }

    pub fn check(&self, strict: &str, targets: &[&str]) -> Report {
        with_lock(strict, targets, |lock| {
            check(&[lock], &self.wheelhouse(), Depth::Structure).unwrap()
        })
    }

    pub fn prune(&self, strict: &str, targets: &[&str]) -> BTreeSet<String> {
        with_lock(strict, targets, |lock| {
            prune(&[lock], &self.wheelhouse()).unwrap()
        })
    }

    /// Makes every page in the cache an hour old, when it is to be confirmed before it is used.
    pub fn age_pages(&self) {
        let pages = self.cache().unwrap().join("v9/pages");
        let hosts = fs::read_dir(pages).unwrap();
        let pages = hosts.flat_map(|host| fs::read_dir(host.unwrap().path()).unwrap());
        for page in pages {
            let page = fs::File::options().write(true).open(page.unwrap().path());
            let hour = std::time::Duration::from_hours(1);
            let then = std::time::SystemTime::now() - hour;
            page.unwrap().set_modified(then).unwrap();
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            indexes: vec![self.server.index_url().parse().unwrap()],
            cache_dir: self.cache(),
            retries: 0,
            ..Settings::default()
        }
    }

    /// The ranges of a file that were asked for, in their order.
    pub fn ranges(&self, name: &str) -> Vec<Option<String>> {
        let requests = self.server.requests();
        let of_file = requests
            .iter()
            .filter(|request| request.path.ends_with(name));
        of_file
            .map(|request| request.header("range").map(str::to_owned))
            .collect()
    }

    /// Puts a file into the wheelhouse.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.wheelhouse()).unwrap();
        fs::write(self.wheelhouse().join(name), bytes).unwrap();
    }

    /// All that the wheelhouse holds.
    pub fn held(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.wheelhouse()).unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    /// The names of all that the wheelhouse holds.
    pub fn names(&self) -> Vec<String> {
        self.held().into_keys().collect()
    }
}

/// Records all progress events except bytes received.
#[derive(Default)]
pub struct Diary(pub Mutex<Vec<String>>);

impl Diary {
    pub fn entries(self) -> Vec<String> {
        let mut entries = self.0.into_inner().unwrap();
        entries.sort();
        entries
    }

    fn write(&self, entry: String) {
        self.0.lock().unwrap().push(entry);
    }
}

impl Progress for Diary {
    fn planned(&self, files: usize) {
        self.write(format!("{files} files"));
    }

    fn begun(&self, file: &str, bytes: Option<u64>) {
        self.write(format!("{file} begins, {bytes:?} bytes"));
    }

    fn reached(&self, _file: &str, bytes: u64) {
        assert!(bytes > 0);
    }

    fn ended(&self, file: &str, outcome: Outcome) {
        self.write(format!("{file} ends: {outcome:?}"));
    }
}
