//! Pages of a project of many releases: as an index on loopback sends them, and as the cache has
//! them.

use std::fmt::Write as _;

use divan::Bencher;
use harden_index::{IndexClient, Settings};
use harden_packaging::{Index, PackageName};
use harden_testindex::{Server, Universe};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// An index with one project, of four files a release.
fn server(releases: usize) -> Server {
    let mut text = String::new();
    for release in 1..=releases {
        let _ = writeln!(
            text,
            "core 1.{release} sdist python=>=3.8 wheels=py3-none-any,cp312-cp312-win_amd64,\
             cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64"
        );
    }
    Server::start(Universe::new(&text))
}

fn client(server: &Server, cache: Option<&TempDir>) -> IndexClient {
    let settings = Settings {
        indexes: vec![server.index_url().parse().expect("it is a URL")],
        cache_dir: cache.map(|folder| folder.path().to_owned()),
        ..Settings::default()
    };
    IndexClient::new(settings).expect("threads can be started")
}

fn core() -> PackageName {
    "core".parse().expect("it is a name")
}

/// Asked for, received as JSON and decoded, by a client that is new each time.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_index(bencher: Bencher, releases: usize) {
    let server = server(releases);
    bencher
        .with_inputs(|| client(&server, None))
        .bench_local_refs(|client| client.project(&core()).map(|page| page.releases.len()));
}

/// Read from the disk, checked and decoded as far as a resolution needs at first.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_cache(bencher: Bencher, releases: usize) {
    let (server, folder) = (server(releases), tempfile::tempdir().expect("a folder"));
    let client = client(&server, Some(&folder));
    client.project(&core()).expect("the index has it");
    bencher.bench_local(|| client.kept_pages(&core()));
}

/// The same with every file of every release.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_cache_in_full(bencher: Bencher, releases: usize) {
    let (server, folder) = (server(releases), tempfile::tempdir().expect("a folder"));
    let client = client(&server, Some(&folder));
    client.project(&core()).expect("the index has it");
    bencher.bench_local(|| {
        let pages = client.kept_pages(&core());
        let releases = pages.iter().flat_map(|page| &page.releases);
        releases.map(|release| release.files().len()).sum::<usize>()
    });
}
