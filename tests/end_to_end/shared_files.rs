//! Wheels and sdists in a shared cache: `fetch --shared-cache`, and `harden` where it needs an sdist. Machines are
//! cache folders; the store is a server that speaks as S3 does, or a folder. Its faults are in `broken_stores`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use harden_testindex::{Bucket, Flavour};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox, is_wheel};

pub const WORLD: &str = "
    app 1.0 requires=lib
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 pad=200000
";
pub const APP: &str = "app-1.0-py3-none-any.whl";
pub const LIB: &str = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
const LIB_WINDOWS: &str = "lib-1.0-cp311-cp311-win_amd64.whl";

/// A store of objects, and a sandbox with a strict file for [`FOREIGN`] that was made without it.
pub struct Fleet {
    pub sandbox: Sandbox,
    pub bucket: Bucket,
}

impl Fleet {
    pub fn new(world: &str) -> Self {
        Self::locked(world, &format!("-p {FOREIGN}"))
    }

    pub fn locked(world: &str, arguments: &str) -> Self {
        let fleet = Self::of(Sandbox::new(world));
        fleet.sandbox.write("loose.txt", "app");
        let command = format!("loose.txt {arguments} -o strict.txt --cache-dir ../locking");
        fleet.sandbox.harden(&command).good();
        fleet
    }

    pub fn of(sandbox: Sandbox) -> Self {
        let bucket = Bucket::start();
        Self { sandbox, bucket }
    }

    /// What a machine with an empty cache fetches into an empty wheelhouse.
    pub fn new_machine(&self, arguments: &str) -> Outcome {
        self.forget_machine();
        self.machine(arguments)
    }

    pub fn forget_machine(&self) {
        for folder in ["../machine", "wheelhouse"] {
            let _ = fs::remove_dir_all(self.sandbox.path(folder));
        }
    }

    /// What the same machine fetches.
    pub fn machine(&self, arguments: &str) -> Outcome {
        self.with_store(|variables| {
            let shared = "--cache-dir ../machine --shared-cache s3://bucket/x";
            let command = format!("{shared} {arguments}");
            self.sandbox.fetch_with(variables, &command)
        })
    }

    /// What `run` does with the variables of the store, with the requests of both servers forgotten.
    pub fn with_store(&self, run: impl Fn(&[(&str, &str)]) -> Outcome) -> Outcome {
        self.sandbox.server().forget_requests();
        self.bucket.take_requests();
        run(&[
            ("AWS_ENDPOINT_URL", &*self.bucket.endpoint()),
            ("AWS_SKIP_SIGNATURE", "true"),
        ])
    }

    /// The files in the store, by name.
    pub fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let objects = self.bucket.objects().into_iter();
        let files = objects.filter(|(name, _)| name.contains("/v1/files/"));
        let named = files.map(|(name, bytes)| (name.rsplit('/').next().unwrap().to_owned(), bytes));
        named.collect()
    }

    /// Replaces what the store has of each file.
    pub fn spoil(&self, other: impl Fn(&[u8]) -> Vec<u8>) {
        let objects = self.bucket.objects().into_iter();
        let spoilt = objects.map(|(name, bytes)| {
            let bytes = if name.contains("/v1/files/") {
                other(&bytes)
            } else {
                bytes
            };
            (name, bytes)
        });
        self.bucket.set(spoilt.collect());
    }

    /// The wheelhouse holds these files, as the index has them.
    pub fn holds(&self, names: &[&str]) {
        assert_eq!(self.sandbox.list("wheelhouse"), names);
        for name in names {
            let path = self.sandbox.path("wheelhouse").join(name);
            let file = self.sandbox.server().universe().file(name).unwrap();
            assert_eq!(fs::read(path).unwrap(), file.contents(), "{name}");
        }
    }

    pub fn asked_index(&self) -> Vec<String> {
        let requests = self.sandbox.server().requests().into_iter();
        requests.map(|request| request.path).collect()
    }

    /// How many requests of this kind the store got.
    pub fn asked_store(&self, method: &str) -> usize {
        let requests = self.bucket.take_requests();
        let requests = requests.iter();
        requests
            .filter(|line| line.starts_with(method) && line.contains("/v1/files/"))
            .count()
    }
}

#[test]
fn a_second_machine_asks_neither_the_index_nor_its_file_host() {
    let fleet = Fleet::new(WORLD);
    assert_snapshot!(fleet.new_machine("-q"), @"exit 0");
    assert_eq!(fleet.stored().keys().collect::<Vec<_>>(), [APP, LIB]);
    assert_snapshot!(fleet.new_machine(""), @"
    exit 0
    --- stderr
    fetched 2 files, [size]; 2 of them from the shared cache in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(fleet.asked_index(), [""; 0]);
    // Nothing is sent that is there.
    assert_eq!(fleet.asked_store("PUT"), 0);
    fleet.holds(&[APP, LIB]);
    // Then they are in its own cache.
    fs::remove_dir_all(fleet.sandbox.path("wheelhouse")).unwrap();
    let again = fleet.machine("");
    assert!(again.stderr.contains("2 from the cache"), "{again}");
    assert_eq!(fleet.bucket.take_requests(), [""; 0]);
}

#[test]
fn each_machine_finds_the_files_of_its_own_target() {
    let fleet = Fleet::locked(WORLD, &format!("-p {FOREIGN} -p win_amd64-cp311"));
    fleet.new_machine("-p win_amd64-cp311").good();
    let outcome = fleet.new_machine("");
    let message = "fetched 3 files, [size]; 2 of them from the shared cache";
    assert!(outcome.stderr.contains(message), "{outcome}");
    fleet.holds(&[APP, LIB, LIB_WINDOWS]);
    assert_eq!(fleet.stored().len(), 3);
    fleet.new_machine("").good();
    assert_eq!(fleet.asked_index(), [""; 0]);
    fleet.holds(&[APP, LIB, LIB_WINDOWS]);
}

/// A pin does not say which of its digests is that of which file.
#[test]
fn with_many_digests_the_index_is_asked_which_one_it_is() {
    let tags: Vec<String> = (0..30)
        .map(|minor| format!("cp311-cp311-macosx_{}_0_x86_64", minor + 11))
        .collect();
    let tags = tags.join(",");
    let world = format!("app 1.0 wheels=cp311-cp311-manylinux2014_aarch64,{tags}");
    let fleet = Fleet::locked(&world, &format!("-p {FOREIGN} --hashes all"));
    fleet.new_machine("-q").good();
    fleet.new_machine("-q").good();
    assert_eq!(fleet.asked_store("GET"), 1);
    let asked = fleet.asked_index();
    assert!(!asked.is_empty());
    assert!(!asked.iter().any(|path| is_wheel(path)), "{asked:?}");
    fleet.holds(&["app-1.0-cp311-cp311-manylinux2014_aarch64.whl"]);
}

/// Files above 5 MiB go in parts.
#[test]
fn a_large_file_is_the_same_after_a_round_trip() {
    let fleet = Fleet::new("app 1.0 requires=big\nbig 1.0 pad=12000000");
    let big = "big-1.0-py3-none-any.whl";
    fleet.new_machine("-q").good();
    assert_eq!(fleet.asked_store("PUT"), 1 + 3);
    fleet.new_machine("-q").good();
    assert_eq!(fleet.asked_index(), [""; 0]);
    fleet.holds(&[APP, big]);
}

/// The machines of a matrix start at the same time, and find what the others have sent.
#[test]
fn what_is_there_is_not_sent_again() {
    let fleet = Fleet::new(WORLD);
    fleet.new_machine("-q").good();
    // Nothing is taken from the cache, and the index is asked.
    fleet.new_machine("-q --refresh").good();
    assert!(!fleet.asked_index().is_empty());
    let asked = fleet.bucket.take_requests();
    let of_files = |method: &str| {
        let lines = asked.iter();
        let lines = lines.filter(|line| line.starts_with(method) && line.contains("/v1/files/"));
        lines.count()
    };
    assert_eq!(
        (of_files("GET"), of_files("HEAD"), of_files("PUT")),
        (0, 2, 0)
    );
}

#[test]
fn what_needs_a_login_is_neither_lent_nor_looked_for() {
    let fleet = Fleet::new(WORLD);
    fleet.sandbox.server().require_login("me", "pw");
    let with_login = fleet
        .sandbox
        .server()
        .index_url()
        .replace("://", "://me:pw@");
    fleet
        .new_machine(&format!("--index-url {with_login}"))
        .good();
    assert_eq!(fleet.bucket.take_requests(), [""; 0]);
    assert!(fleet.bucket.objects().is_empty());
    fleet.holds(&[APP, LIB]);
}

#[test]
fn direct_references_are_not_lent() {
    let sandbox = Sandbox::new(WORLD);
    let url = sandbox.server().url(&format!("/files/{APP}"));
    let fleet = Fleet::of(sandbox);
    fleet.sandbox.write("loose.txt", &format!("app @ {url}"));
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    fleet.sandbox.harden(&command).good();
    fleet.new_machine("-q").good();
    assert_eq!(fleet.stored().keys().collect::<Vec<_>>(), [LIB]);
}

#[test]
fn without_a_cache_or_a_network_it_is_not_used() {
    let fleet = Fleet::new(WORLD);
    fleet.new_machine("-q --no-cache").good();
    assert_eq!(fleet.new_machine("--offline").code, Some(3));
    assert!(fleet.bucket.objects().is_empty());
}

#[test]
fn the_configuration_and_a_variable_name_it_for_fetch() {
    let sandbox = Sandbox::new(WORLD);
    let address = format!("file://{}", sandbox.path("shared").display());
    sandbox.write("loose.txt", "app");
    let config = |line: &str| format!("loose = 'loose.txt'\nplatforms = ['{FOREIGN}']\n{line}");
    sandbox.write("harden.toml", &config(""));
    sandbox.harden("-q --cache-dir ../locking").good();
    let fetched = |variables: &[(&str, &str)], arguments: &str| {
        let _ = fs::remove_dir_all(sandbox.path("wheelhouse"));
        let _ = fs::remove_dir_all(sandbox.path("shared"));
        sandbox.forget_cache();
        sandbox.fetch_with(variables, arguments).good();
        let files = sandbox.files_below("shared").into_iter();
        let is_file = |path: &PathBuf| path.to_string_lossy().contains("/v1/files/");
        files.filter(is_file).count()
    };
    assert_eq!(fetched(&[], "-q"), 0);
    assert_eq!(fetched(&[("HARDEN_SHARED_CACHE", &address)], "-q"), 2);
    sandbox.write(
        "harden.toml",
        &config(&format!("shared-cache = '{address}'")),
    );
    assert_eq!(fetched(&[], "-q"), 2);
    // The same, if the strict file is named.
    assert_eq!(fetched(&[], "-q strict.txt"), 2);
    fs::copy(sandbox.path("strict.txt"), sandbox.path("other.txt")).unwrap();
    assert_eq!(fetched(&[], "-q other.txt"), 0);
}

/// The metadata of an sdist is in it, so a lock reads all of it.
#[test]
fn a_second_machine_locks_sdists_without_their_host() {
    for flavour in [Flavour::Pypi, Flavour::NoRanges] {
        let world = "app 1.0 wheels=none sdist requires=lib\nlib 1.0";
        let fleet = Fleet::of(Sandbox::with(flavour, world));
        fleet.sandbox.write("loose.txt", "app");
        let lock = |machine: &str| {
            let command = format!(
                "loose.txt -p {FOREIGN} --allow-sdist app -o {machine}.txt --cache-dir ../{machine} --shared-cache s3://bucket/x"
            );
            fleet
                .with_store(|variables| fleet.sandbox.harden_with(variables, &command))
                .good();
        };
        lock("one");
        assert!(fleet.stored().contains_key("app-1.0.tar.gz"));
        lock("two");
        let asked = fleet.asked_index();
        assert!(
            !asked.iter().any(|path| path.ends_with(".tar.gz")),
            "{asked:?}"
        );
        let pins = |machine: &str| {
            let text = fleet.sandbox.read(&format!("{machine}.txt"));
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(pins("one"), pins("two"));
        // A wrong one is not believed.
        fleet.spoil(|_| b"wrong".to_vec());
        lock("three");
        assert_eq!(pins("one"), pins("three"));
    }
}
