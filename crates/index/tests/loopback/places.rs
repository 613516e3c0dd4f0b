//! Where a pinned file is, told without reading all of its project's page.

use harden_index::{IndexClient, PinnedFile};
use harden_packaging::{CoreMetadataFile, Sha256};

use crate::files::json_page;
use crate::server::{Reply, Server};
use crate::{SIMPLE_JSON, WHEEL, cached_client, client};

const RELEASE: &str = "/pypi/a/1.0/json";

fn digest() -> Sha256 {
    Sha256::from_bytes([7; 32])
}

fn pinned(has_metadata: bool) -> PinnedFile {
    PinnedFile {
        project: "a".parse().unwrap(),
        version: "1.0".parse().unwrap(),
        filename: WHEEL.to_owned(),
        digests: [digest()].into(),
        has_metadata,
    }
}

/// A page with the file, and another file of that name with another digest before it.
fn page() -> String {
    let own = format!(
        r#""hashes": {{"sha256": "{}"}}, "core-metadata": {{"sha256": "{0}"}}"#,
        digest()
    );
    let other = format!(
        r#"{{"filename": "{WHEEL}", "url": "/other", "hashes": {{"sha256": "{}"}}}}, "#,
        "0".repeat(64)
    );
    json_page(WHEEL, &own).replacen("\"files\": [", &format!("\"files\": [{other}"), 1)
}

fn release(url: &str, padding: usize) -> String {
    format!(
        r#"{{"info": {{"description": "{}"}}, "urls": [{{"filename": "{WHEEL}", "url": "{url}",
        "digests": {{"sha256": "{}"}}, "size": 9}}]}}"#,
        "x".repeat(padding),
        digest()
    )
}

/// Where the file is, without the server's address, and what is known of its metadata.
fn found(
    client: &IndexClient,
    server: &Server,
    has_metadata: bool,
) -> Option<(String, CoreMetadataFile)> {
    let file = client.block_on(client.find_file(&pinned(has_metadata)))?;
    let place = file.url.strip_prefix(&server.at("")).unwrap().to_owned();
    Some((place, file.core_metadata))
}

fn at(place: &str, metadata: CoreMetadataFile) -> (String, CoreMetadataFile) {
    (place.to_owned(), metadata)
}

/// A server of a page and of a release.
fn serving(page: String, release: String) -> Server {
    Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
        RELEASE => Reply::ok("application/json", release.clone()),
        _ => Reply::status(404),
    })
}

#[test]
fn a_page_tells_the_place_and_the_metadata_of_the_file_with_a_pinned_digest() {
    let server = serving(page(), String::new());
    let place = format!("/files/{WHEEL}");
    let served = CoreMetadataFile::Served(Some(digest()));
    assert_eq!(
        found(&client(&server), &server, false),
        Some(at(&place, served))
    );
    assert_eq!(server.paths(), ["GET /simple/a/"]);
    let html = format!(
        "<a href=\"/other/{WHEEL}#sha256={}\">{WHEEL}</a> <a href=\"/x/{WHEEL}#sha256={}\">{WHEEL}</a>",
        "0".repeat(64),
        digest()
    );
    let server = Server::start(move |_, _| Reply::ok("text/html", html.clone()));
    let place = format!("/x/{WHEEL}");
    let unknown = CoreMetadataFile::Unknown;
    assert_eq!(
        found(&client(&server), &server, false),
        Some(at(&place, unknown))
    );
}

#[test]
fn what_is_no_page_tells_nothing() {
    for answer in [
        Reply::status(404),
        Reply::status(403),
        Reply::ok("image/png", page()),
        Reply::ok(SIMPLE_JSON, page().replace("0707", "0808")),
        Reply::ok(SIMPLE_JSON, page()).with("content-encoding", "gzip"),
        Reply::ok(SIMPLE_JSON, page()).with("content-encoding", "br"),
    ] {
        let server = Server::start(move |_, _| answer.clone());
        assert_eq!(found(&client(&server), &server, false), None);
    }
}

/// It is compared with the page of one project, and then believed for a day.
#[test]
fn a_release_tells_the_place_if_its_index_agrees() {
    let cache = tempfile::tempdir().unwrap();
    let place = format!("/files/{WHEEL}");
    let server = serving(page(), release(&place, 9));
    for pages in [1, 0] {
        let before = server.paths().len();
        let client = cached_client(&server, cache.path());
        let found = found(&client, &server, true);
        assert_eq!(found, Some(at(&place, CoreMetadataFile::Unknown)));
        let paths = server.paths();
        let asked = paths[before..].iter();
        assert_eq!(
            asked.filter(|path| path.ends_with("/simple/a/")).count(),
            pages
        );
    }
    let server = serving(page(), release("/elsewhere", 9));
    let served = CoreMetadataFile::Served(Some(digest()));
    assert_eq!(
        found(&client(&server), &server, true),
        Some(at(&place, served))
    );
}

#[test]
fn an_answer_has_at_most_4_mib() {
    let place = format!("/files/{WHEEL}");
    let short = release(&place, 0).len();
    for (length, is_read) in [(4 << 20, true), ((4 << 20) + 1, false)] {
        let server = serving(page(), release(&place, length - short));
        let (_, metadata) = found(&client(&server), &server, true).unwrap();
        assert_eq!(metadata == CoreMetadataFile::Unknown, is_read, "{length}");
    }
}
