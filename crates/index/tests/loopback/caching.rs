//! What is kept between runs, and when the index is asked nevertheless.

use harden_index::{Freshness, IndexClient, Settings};
use harden_packaging::Index;
use insta::assert_snapshot;

use crate::files::{json_page, metadata, sha256};
use crate::server::{Reply, Server};
use crate::{SIMPLE_JSON, WHEEL, cached_client, first_file, message, project, settings};

/// An index whose page of `a` has this `Cache-Control`, and the `ETag` `"1"`.
fn index(cache_control: &'static str) -> Server {
    let fields = format!(
        r#""hashes": {{"sha256": "{}"}}, "core-metadata": {{"sha256": "{}"}}"#,
        sha256(b"wheel"),
        sha256(metadata("a").as_bytes())
    );
    Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" if asked.header("if-none-match") == Some("\"1\"") => Reply::status(304),
        "/simple/a/" => Reply::ok(SIMPLE_JSON, json_page(WHEEL, &fields))
            .with("etag", "\"1\"")
            .with("cache-control", cache_control),
        "/files/a-1.0-py3-none-any.whl.metadata" => Reply::ok("text/plain", metadata("a")),
        _ => Reply::status(404),
    })
}

#[test]
fn a_fresh_page_and_metadata_need_no_request() {
    let server = index("max-age=600");
    let cache = tempfile::tempdir().unwrap();
    let ask = || {
        let client = cached_client(&server, cache.path());
        let file = first_file(&client);
        (
            file.clone(),
            client.metadata(&file).unwrap(),
            client.statistics().requests,
        )
    };
    let (file, metadata, requests) = ask();
    assert_eq!(requests, 2);
    assert_eq!(ask(), (file, metadata, 0));
}

#[test]
fn a_stale_page_is_confirmed_by_its_etag() {
    let server = index("max-age=0");
    let cache = tempfile::tempdir().unwrap();
    let first = first_file(&cached_client(&server, cache.path()));
    let client = cached_client(&server, cache.path());
    assert_eq!(first_file(&client), first);
    assert_eq!(client.statistics().revalidations, 1);
    assert_eq!(server.asked()[1].header("if-none-match"), Some("\"1\""));
}

#[test]
fn refreshing_asks_even_about_fresh_pages() {
    let server = index("max-age=600");
    let cache = tempfile::tempdir().unwrap();
    project(&cached_client(&server, cache.path())).unwrap();
    let client = IndexClient::new(Settings {
        cache_dir: Some(cache.path().to_owned()),
        freshness: Freshness::Refresh,
        ..settings(&server)
    });
    let client = client.unwrap();
    project(&client).unwrap();
    assert_eq!(client.statistics().revalidations, 1);
}

#[test]
fn offline_the_cache_is_all_there_is() {
    let server = index("max-age=0");
    let cache = tempfile::tempdir().unwrap();
    project(&cached_client(&server, cache.path())).unwrap();
    let client = IndexClient::new(Settings {
        cache_dir: Some(cache.path().to_owned()),
        freshness: Freshness::Offline,
        ..settings(&server)
    });
    let client = client.unwrap();
    assert!(project(&client).is_ok());
    let error = client.project(&"b".parse().unwrap()).unwrap_err();
    assert_snapshot!(message(&server, &error), @"NotCached: cannot read the page of b at SERVER/simple/b/: it is not in the cache, and the network is not to be used");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn that_an_index_has_no_such_project_is_kept_too() {
    let server = index("");
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let client = cached_client(&server, cache.path());
        assert!(client.project(&"b".parse().unwrap()).is_err());
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_damaged_cache_is_as_good_as_none() {
    let server = index("max-age=600");
    let cache = tempfile::tempdir().unwrap();
    let file = first_file(&cached_client(&server, cache.path()));
    let pages = cache.path().join("v6/pages/127.0.0.1");
    for entry in std::fs::read_dir(pages).unwrap() {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    let client = cached_client(&server, cache.path());
    assert_eq!(first_file(&client), file);
    assert_eq!(client.statistics().requests, 1);
}
