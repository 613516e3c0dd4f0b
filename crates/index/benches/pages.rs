//! Pages of a project of many releases: as an index on loopback sends them, and as the cache has
//! them.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

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

/// The URL of an index that sends the page of `server` as it was made once, whatever it is asked.
fn made_once(server: &Server) -> io::Result<String> {
    let address = server.url("").replace("http://", "");
    let mut asked = TcpStream::connect(&address)?;
    write!(
        asked,
        "GET /simple/core/ HTTP/1.1\r\nHost: {address}\r\n\
         Accept: application/vnd.pypi.simple.v1+json\r\n\r\n"
    )?;
    let mut answer = BufReader::new(asked);
    let mut page = Vec::new();
    while !page.ends_with(b"\r\n\r\n") {
        answer.read_until(b'\n', &mut page)?;
    }
    let head = String::from_utf8_lossy(&page).to_lowercase();
    let mut length = head
        .lines()
        .filter_map(|line| line.strip_prefix("content-length: "));
    let length = length.next().and_then(|length| length.parse().ok());
    answer
        .take(length.unwrap_or_default())
        .read_to_end(&mut page)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/simple/", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let page = page.clone();
            // Where it fails, the client has enough.
            thread::spawn(move || send(&stream, &page));
        }
    });
    Ok(url)
}

/// Answers one request.
fn send(mut stream: &TcpStream, page: &[u8]) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while !lines.next().transpose()?.unwrap_or_default().is_empty() {}
    stream.write_all(page)
}

fn client(index: &str, cache: Option<&TempDir>) -> IndexClient {
    let settings = Settings {
        indexes: vec![index.parse().expect("it is a URL")],
        cache_dir: cache.map(|folder| folder.path().to_owned()),
        ..Settings::default()
    };
    IndexClient::new(settings).expect("threads can be started")
}

fn core() -> PackageName {
    "core".parse().expect("it is a name")
}

/// Asked for, received as JSON and decoded, by a client that is new each time and has to connect.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_index(bencher: Bencher, releases: usize) {
    let server = server(releases);
    let index = made_once(&server).expect("loopback works");
    bencher
        .with_inputs(|| client(&index, None))
        .bench_local_refs(|client| client.project(&core()).map(|page| page.releases.len()));
}

/// Read from the disk, checked and decoded as far as a resolution needs at first.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_cache(bencher: Bencher, releases: usize) {
    let (server, folder) = (server(releases), tempfile::tempdir().expect("a folder"));
    let client = client(&server.index_url(), Some(&folder));
    client.project(&core()).expect("the index has it");
    bencher.bench_local(|| client.cached_pages(&core()));
}

/// The same with every file of every release.
#[divan::bench(args = [10, 100, 1000])]
fn from_the_cache_in_full(bencher: Bencher, releases: usize) {
    let (server, folder) = (server(releases), tempfile::tempdir().expect("a folder"));
    let client = client(&server.index_url(), Some(&folder));
    client.project(&core()).expect("the index has it");
    bencher.bench_local(|| {
        let pages = client.cached_pages(&core());
        let releases = pages.iter().flat_map(|page| &page.releases);
        releases.map(|release| release.files().len()).sum::<usize>()
    });
}
