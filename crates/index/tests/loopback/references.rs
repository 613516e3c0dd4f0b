//! Files that are named by where they are.

use harden_packaging::{Index, IndexErrorKind, Reference};
use insta::assert_snapshot;

use crate::files::{metadata, sdist, sha256, wheel};
use crate::server::{Reply, Server};
use crate::{WHEEL, cached_client, client, message};

fn serving(file: Vec<u8>) -> Server {
    Server::start(move |asked, _| Reply::part(asked, &file))
}

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

#[test]
fn a_file_is_brought_once_and_hashed() {
    let wheel = wheel(100);
    let (digest, length) = (sha256(&wheel), wheel.len() as u64);
    let server = serving(wheel);
    let client = client(&server);
    let named = reference(&server.at(&format!("/some/where/{WHEEL}")));
    client.prefetch_direct(&[&named]);
    let file = client.direct(&named).unwrap();
    assert_eq!(file.sha256.unwrap().to_string(), digest);
    assert_eq!((file.project.as_str(), file.size), ("a", Some(length)));
    assert_eq!(
        client.metadata(&file).unwrap().requires_dist,
        ["b>=1".into()]
    );
    client.direct(&named).unwrap();
    assert_eq!(server.paths(), [format!("GET /some/where/{WHEEL}")]);
}

/// A login goes to the server in its header, and into no message.
#[test]
fn a_login_in_the_url_is_sent_and_never_shown() {
    let server = Server::start(|_, _| Reply::status(403));
    let client = client(&server);
    let url = server
        .at(&format!("/{WHEEL}"))
        .replace("http://", "http://me:s3cret@");
    let error = client.direct(&reference(&url)).unwrap_err();
    assert_eq!(
        server.asked()[0].header("authorization"),
        Some("Basic bWU6czNjcmV0")
    );
    assert_snapshot!(message(&server, &error), @"Failed: cannot download SERVER/a-1.0-py3-none-any.whl: the server answers 403 Forbidden; a login is taken from the URL of the index, from HARDEN_INDEX_<NAME>_USERNAME and _PASSWORD, from netrc or from keyring");
}

#[test]
fn a_file_on_this_machine_is_named_by_url_or_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(WHEEL);
    std::fs::write(&path, wheel(0)).unwrap();
    let server = Server::start(|_, _| Reply::status(404));
    let client = client(&server);
    let path = path.to_str().unwrap();
    for text in [path.to_owned(), format!("file://{path}")] {
        let file = client.direct(&reference(&text)).unwrap();
        assert_eq!(file.sha256.unwrap().to_string(), sha256(&wheel(0)));
        assert_eq!(*file.url, format!("file://{path}"));
    }
    let missing = folder.path().join("a-2.0-py3-none-any.whl");
    let error = client
        .direct(&reference(missing.to_str().unwrap()))
        .unwrap_err();
    assert_eq!(error.kind, IndexErrorKind::NoSuchFile);
    assert_eq!(server.paths(), [""; 0]);
}

/// That it is the file named, and fits, is seen before anybody asks what it requires.
#[test]
fn metadata_that_is_of_no_use_fails_only_whoever_asks_for_it() {
    let package_info = metadata("a").replace("2.4", "2.1");
    let server = serving(sdist(&[("PKG-INFO", &package_info)]));
    let client = client(&server);
    let file = client
        .direct(&reference(&server.at("/a-1.0.tar.gz")))
        .unwrap();
    assert!(file.sha256.is_some());
    let error = client.metadata(&file).unwrap_err();
    assert_snapshot!(message(&server, &error), @"BadMetadata: the metadata of a-1.0.tar.gz cannot be used: a build would be needed: its Metadata-Version 2.1 does not say what is final");
    let other = serving(wheel(0));
    let client = crate::client(&other);
    let file = client
        .direct(&reference(&other.at("/a-2.0-py3-none-any.whl")))
        .unwrap();
    let error = client.metadata(&file).unwrap_err();
    assert_snapshot!(message(&other, &error), @"BadMetadata: the metadata of a-2.0-py3-none-any.whl cannot be used: it is that of a 1.0, not of a 2.0");
}

/// What a URL leads to may change: its server is asked each time, and sends what it has not sent yet.
#[test]
fn a_file_is_brought_again_only_where_it_has_changed() {
    let files = [wheel(10), wheel(20)];
    let digests = files.each_ref().map(|file| sha256(file));
    let changes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&changes);
    let server = Server::start(move |asked, _| {
        let version = seen.load(std::sync::atomic::Ordering::Relaxed);
        let tag = format!("\"{version}\"");
        if asked.header("if-none-match") == Some(&tag) {
            return Reply::status(304);
        }
        Reply::part(asked, &files[version]).with("etag", tag)
    });
    let cache = tempfile::tempdir().unwrap();
    let url = server.at(&format!("/{WHEEL}"));
    let read = |text: &str| {
        let client = cached_client(&server, cache.path());
        let file = client.direct(&reference(text)).unwrap();
        assert_eq!(
            client.metadata(&file).unwrap().requires_dist,
            ["b>=1".into()]
        );
        (
            file.sha256.unwrap().to_string(),
            client.statistics().bytes_received,
        )
    };
    assert_eq!(read(&url).0, digests[0]);
    assert_eq!(read(&url), (digests[0].clone(), 0));
    assert_eq!(server.asked().len(), 2);
    // Nobody need be asked where the digest is prescribed.
    assert_eq!(read(&format!("{url}#sha256={}", digests[0])).0, digests[0]);
    assert_eq!(server.asked().len(), 2);
    changes.store(1, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(read(&url).0, digests[1]);
}
