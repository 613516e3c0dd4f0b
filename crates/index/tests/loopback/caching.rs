//! What is kept between runs, and when the index is asked nevertheless.

use std::time::{Duration, Instant, SystemTime};

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

/// `a` requires `b`, as an earlier run has learned.
#[test]
fn where_a_page_is_stale_the_pages_of_known_requirements_are_asked_for_with_it() {
    let server = index("max-age=0");
    let cache = tempfile::tempdir().unwrap();
    let b = "b".parse().unwrap();
    let client = cached_client(&server, cache.path());
    client.metadata(&first_file(&client)).unwrap();
    assert!(client.project(&b).is_err());
    let asked_for_b = || {
        let asked = server.asked();
        asked
            .iter()
            .filter(|asked| asked.path == "/simple/b/")
            .count()
    };
    let ask_for_a = || {
        let client = cached_client(&server, cache.path());
        client.prefetch_projects(&["a".parse().unwrap()]);
        project(&client).unwrap();
        client
    };
    drop(ask_for_a());
    assert_eq!(asked_for_b(), 1, "the pages are a moment old");

    let hour_ago = SystemTime::now() - Duration::from_hours(1);
    for host in std::fs::read_dir(cache.path().join("v9/pages")).unwrap() {
        for page in std::fs::read_dir(host.unwrap().path()).unwrap() {
            let page = std::fs::File::options()
                .write(true)
                .open(page.unwrap().path());
            page.unwrap().set_modified(hour_ago).unwrap();
        }
    }
    let _client = ask_for_a();
    let patience = Instant::now() + Duration::from_secs(20);
    while asked_for_b() < 2 {
        assert!(Instant::now() < patience, "the page of b is not asked for");
        std::thread::sleep(Duration::from_millis(5));
    }
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
    let pages = cache.path().join("v9/pages/127.0.0.1");
    for entry in std::fs::read_dir(pages).unwrap() {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    let client = cached_client(&server, cache.path());
    assert_eq!(first_file(&client), file);
    assert_eq!(client.statistics().requests, 1);
}

/// What was answered until then may lack files, so nothing more is.
#[cfg(unix)]
#[test]
fn a_page_that_changes_in_the_cache_under_a_run_ends_it() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => {
            Reply::ok(SIMPLE_JSON, page_of_releases(900)).with("cache-control", "max-age=600")
        }
        _ => Reply::status(404),
    });
    let cache = tempfile::tempdir().unwrap();
    let of_network = project(&cached_client(&server, cache.path())).unwrap();
    let client = cached_client(&server, cache.path());
    assert_eq!(project(&client).unwrap(), of_network);
    let client = cached_client(&server, cache.path());
    let of_cache = project(&client).unwrap();
    for entry in std::fs::read_dir(cache.path().join("v9/pages/127.0.0.1")).unwrap() {
        let file = std::fs::File::options()
            .write(true)
            .open(entry.unwrap().path());
        file.unwrap().set_len(100).unwrap();
    }
    assert_eq!(
        of_cache.releases[0], of_network.releases[0],
        "it is in memory"
    );
    let oldest = of_cache.releases.last().unwrap();
    assert!(oldest.listed().is_err());
    assert!(oldest.files().is_empty());
    let error = project(&client).unwrap_err().to_string();
    assert!(error.contains("it has become shorter"), "{error}");
}

/// A page of `a` with so many releases.
#[cfg(unix)]
fn page_of_releases(count: usize) -> String {
    let file = |number: usize| {
        format!(
            r#"{{"filename": "a-{number}.tar.gz", "url": "/files/a-{number}.tar.gz", "hashes": {{"sha256": "{}"}}}}"#,
            sha256(number.to_string().as_bytes())
        )
    };
    let files: Vec<String> = (0..count).map(file).collect();
    format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "a", "files": [{}]}}"#,
        files.join(", ")
    )
}
