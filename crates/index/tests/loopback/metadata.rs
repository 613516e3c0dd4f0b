//! Metadata: where it is taken from, and what is refused; digests and downloads.

use harden_index::file_at;
use harden_packaging::{DistFile, Index, Reference};
use insta::assert_snapshot;

use crate::files::{json_page, metadata, sha256, wheel};
use crate::server::{Asked, Reply, Server};
use crate::{SIMPLE_JSON, WHEEL, client, first_file, message};

/// An index with one file, `filename`, listed with `fields` and served by `answer`.
fn index(
    filename: &'static str,
    fields: String,
    answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked, before| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, json_page(filename, &fields)),
        path if path.ends_with(filename) => answer(asked, before),
        _ => Reply::status(404),
    })
}

/// An index with a wheel of which only the file itself is served.
fn wheel_index(
    wheel: &[u8],
    answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
) -> Server {
    let fields = format!(r#""hashes": {{"sha256": "{}"}}"#, sha256(wheel));
    index(WHEEL, fields, answer)
}

/// An index whose wheel has the metadata `text` beside it, announced with `announced`.
fn sidecar_index(text: &'static str, announced: &str) -> Server {
    let fields = format!(r#""hashes": {{}}, "core-metadata": {announced}"#);
    let page = json_page(WHEEL, &fields);
    Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
        "/files/a-1.0-py3-none-any.whl.metadata" => Reply::ok("text/plain", text),
        _ => Reply::status(404),
    })
}

/// The requests for the wheel: method and range.
fn ranges(server: &Server) -> Vec<String> {
    let asked = server.asked();
    let of_wheel = asked.iter().filter(|asked| asked.path.ends_with(WHEEL));
    of_wheel
        .map(|asked| {
            format!(
                "{} {}",
                asked.method,
                asked.header("range").unwrap_or("all")
            )
        })
        .collect()
}

#[test]
fn metadata_beside_a_wheel_is_read_and_verified() {
    let text = metadata("a").leak();
    let digest = format!(r#"{{"sha256": "{}"}}"#, sha256(text.as_bytes()));
    let server = sidecar_index(text, &digest);
    let client = client(&server);
    let found = client.metadata(&first_file(&client)).unwrap();
    assert_eq!(found.requires_dist, ["b>=1".into()]);
    assert_eq!(
        server.paths()[1..],
        ["GET /files/a-1.0-py3-none-any.whl.metadata"]
    );
}

#[test]
fn metadata_with_another_digest_is_refused() {
    let digest = format!(r#"{{"sha256": "{}"}}"#, "0".repeat(64));
    let server = sidecar_index("Name: a", &digest);
    let client = client(&server);
    let error = client.metadata(&first_file(&client)).unwrap_err();
    assert_snapshot!(message(&server, &error), @"Corrupt: a-1.0-py3-none-any.whl.metadata from SERVER/files/a-1.0-py3-none-any.whl is not the file that was announced: it has sha256:7cbe57735e6cb9dffefba1bd2e69ce3588aa2ef27d1cb8777c75653e74011c88, SERVER/simple lists sha256:0000000000000000000000000000000000000000000000000000000000000000");
}

#[test]
fn metadata_of_another_project_without_a_digest_is_left_for_the_wheel() {
    let server = sidecar_index("Metadata-Version: 2.1\nName: b\nVersion: 1.0\n", "true");
    let client = client(&server);
    let error = client.metadata(&first_file(&client)).unwrap_err();
    assert_snapshot!(message(&server, &error), @"NoSuchFile: cannot download SERVER/files/a-1.0-py3-none-any.whl: the server answers 404 Not Found");
}

/// An index of two wheels that announces no metadata; `.metadata` files are answered by `beside`.
fn silent_index(beside: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    let bytes = wheel(10);
    Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(
            "text/html",
            "<a href=/a-1.0-py2-none-any.whl></a><a href=/a-1.0-py3-none-any.whl></a>",
        ),
        path if path.ends_with(".metadata") => beside(),
        path if path.ends_with("any.whl") => Reply::part(asked, &bytes),
        _ => Reply::status(404),
    })
}

/// Asks for the metadata of both wheels, and counts the requests for `.metadata` files and for wheels.
fn requests_of_silent_index(server: &Server) -> (usize, usize) {
    let client = client(server);
    for file in crate::project(&client).unwrap().releases[0].files() {
        assert_eq!(
            client.metadata(file).unwrap().requires_dist,
            ["b>=1".into()]
        );
    }
    let paths = server.paths();
    let count = |ending| paths.iter().filter(|path| path.ends_with(ending)).count();
    (count(".whl.metadata"), count(".whl"))
}

#[test]
fn metadata_that_is_served_unannounced_is_used() {
    let server = silent_index(|| Reply::ok("text/plain", metadata("a")));
    assert_eq!(requests_of_silent_index(&server), (2, 0));
}

#[test]
fn a_server_without_metadata_files_is_asked_for_one_only_once() {
    let server = silent_index(|| Reply::status(404));
    assert_eq!(requests_of_silent_index(&server), (1, 2));
    let server = silent_index(|| Reply::ok("text/html", "<h1>no such file</h1>"));
    assert_eq!(requests_of_silent_index(&server), (1, 2));
}

#[test]
fn one_range_is_enough_for_a_small_wheel() {
    let bytes = wheel(100);
    let server = wheel_index(&bytes.clone(), move |asked, _| Reply::part(asked, &bytes));
    let client = client(&server);
    let found = client.metadata(&first_file(&client)).unwrap();
    assert_eq!(found.requires_dist, ["b>=1".into()]);
    assert_eq!(ranges(&server), ["GET bytes=-32768"]);
}

#[test]
fn a_large_wheel_is_read_in_parts() {
    let bytes = wheel(1 << 20);
    let server = wheel_index(&bytes.clone(), move |asked, _| Reply::part(asked, &bytes));
    let client = client(&server);
    client.metadata(&first_file(&client)).unwrap();
    assert_eq!(ranges(&server), ["GET bytes=-32768", "GET bytes=0-65535"]);
    assert!(client.statistics().bytes_received < 200_000);
}

#[test]
fn a_listed_size_saves_asking_for_the_end() {
    let bytes = wheel(100_000);
    let fields = format!(r#""hashes": {{}}, "size": {}"#, bytes.len());
    let size = bytes.len();
    let server = index(WHEEL, fields, move |asked, _| Reply::part(asked, &bytes));
    let client = client(&server);
    client.metadata(&first_file(&client)).unwrap();
    assert_eq!(
        ranges(&server)[0],
        format!("GET bytes={}-{}", size - 32768, size - 1)
    );
}

#[test]
fn where_ranges_from_the_end_are_unknown_the_size_is_asked_for() {
    let bytes = wheel(100_000);
    let size = bytes.len();
    let server = wheel_index(&bytes.clone(), move |asked, _| {
        match asked.header("range") {
            Some(range) if range.starts_with("bytes=-") => Reply::status(416),
            _ => Reply::part(asked, &bytes),
        }
    });
    let client = client(&server);
    client.metadata(&first_file(&client)).unwrap();
    let end = format!("GET bytes={}-{}", size - 32768, size - 1);
    assert_eq!(
        ranges(&server),
        ["GET bytes=-32768", "HEAD all", &end, "GET bytes=0-65535"]
    );
}

#[test]
fn a_server_without_ranges_is_asked_once() {
    let bytes = wheel(100_000);
    let server = wheel_index(&bytes.clone(), move |_, _| Reply::ok("a/b", bytes.clone()));
    let client = client(&server);
    client.metadata(&first_file(&client)).unwrap();
    assert_eq!(ranges(&server), ["GET bytes=-32768"]);
}

#[test]
fn a_whole_wheel_must_have_the_listed_digest() {
    let bytes = wheel(10);
    let server = wheel_index(b"another wheel", move |_, _| {
        Reply::ok("a/b", bytes.clone())
    });
    let client = client(&server);
    let error = client.metadata(&first_file(&client)).unwrap_err();
    assert!(
        message(&server, &error).starts_with(
            "Corrupt: a-1.0-py3-none-any.whl from SERVER/files/a-1.0-py3-none-any.whl is not the file \
             that was announced: it has sha256:"
        ),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_a_wheel_is_refused() {
    let server = wheel_index(b"no zip", |asked, _| Reply::part(asked, b"no zip"));
    let client = client(&server);
    let error = client.metadata(&first_file(&client)).unwrap_err();
    assert!(message(&server, &error).starts_with("Corrupt: a-1.0-py3-none-any.whl from SERVER/files/a-1.0-py3-none-any.whl, listed by SERVER/simple, is not a distribution: it is not a zip archive: "), "{error}");
}

#[test]
fn a_listed_wheel_that_is_gone_is_reported() {
    let server = wheel_index(b"x", |_, _| Reply::status(404));
    let client = client(&server);
    let error = client.metadata(&first_file(&client)).unwrap_err();
    assert_snapshot!(message(&server, &error), @"NoSuchFile: cannot download SERVER/files/a-1.0-py3-none-any.whl: the server answers 404 Not Found");
}

#[test]
fn an_unlisted_digest_is_computed_and_a_broken_download_resumed() {
    let bytes = wheel(100_000);
    let half = bytes.len() / 2;
    let digest = sha256(&bytes);
    let server = index(WHEEL, "\"hashes\": {}".to_owned(), move |asked, before| {
        let part = Reply::part(asked, &bytes).with("etag", "\"1\"");
        if before == 1 { part.cut() } else { part }
    });
    let client = client(&server);
    let file = first_file(&client);
    assert_eq!(client.sha256(&file).unwrap().to_string(), digest);
    assert_eq!(ranges(&server), ["GET all", &format!("GET bytes={half}-")]);
}

#[test]
fn a_broken_download_starts_again_where_the_server_cannot_resume() {
    let bytes = wheel(200_000);
    let half = bytes.len() / 2;
    let digest = sha256(&bytes);
    let server = index(WHEEL, "\"hashes\": {}".to_owned(), move |_, before| {
        let whole = Reply::ok("a/b", bytes.clone()).with("etag", "\"1\"");
        if before == 1 { whole.cut() } else { whole }
    });
    let client = client(&server);
    let file = first_file(&client);
    assert_eq!(client.sha256(&file).unwrap().to_string(), digest);
    assert_eq!(ranges(&server), ["GET all", &format!("GET bytes={half}-")]);
}

/// The parts of two files have a digest that is that of none.
#[test]
fn a_broken_download_is_gone_on_with_only_if_the_file_is_the_same() {
    for tags in [None, Some(["\"1\"", "\"2\""])] {
        let files = [wheel(100_000), wheel(100_001)];
        let digest = sha256(&files[1]);
        let server = index(WHEEL, "\"hashes\": {}".to_owned(), move |asked, before| {
            let version = usize::from(before > 1);
            let part = Reply::part(asked, &files[version]);
            let part = if before == 1 { part.cut() } else { part };
            match tags {
                Some(tags) => part.with("etag", tags[version]),
                None => part,
            }
        });
        let client = client(&server);
        let file = first_file(&client);
        assert_eq!(client.sha256(&file).unwrap().to_string(), digest);
    }
}

#[test]
fn a_download_starts_where_asked() {
    let server = wheel_index(b"0123456789", |asked, _| Reply::part(asked, b"0123456789"));
    let client = client(&server);
    let file = first_file(&client);
    let (start, total, rest) = client.block_on(async {
        let mut download = client.download(&file, 4).await.unwrap();
        let mut rest = Vec::new();
        while let Some(chunk) = download.chunk().await.unwrap() {
            rest.extend_from_slice(&chunk);
        }
        (download.start(), download.total(), rest)
    });
    assert_eq!((start, total, rest), (4, Some(10), b"456789".to_vec()));
}

#[test]
fn a_missing_download_is_reported() {
    let server = Server::start(|_, _| Reply::status(404));
    let client = client(&server);
    let reference: Reference = "https://files.test/a-1.0-py3-none-any.whl".parse().unwrap();
    let file = DistFile {
        url: server.at("/a.whl?token=secret").into(),
        ..file_at(&reference).unwrap()
    };
    let opened = client.block_on(client.download(&file, 0));
    let error = opened.err().unwrap();
    assert_snapshot!(message(&server, &error), @"NoSuchFile: cannot download SERVER/a.whl: the server answers 404 Not Found");
}

/// An index whose one file is at a place that answers `status`, and, as soon as its page is asked for
/// again, at another.
fn moving_index(status: u16) -> Server {
    let bytes = wheel(10);
    Server::start(move |asked, before| match asked.path.as_str() {
        "/simple/a/" => {
            let place = if before == 0 { "old" } else { "new" };
            let page =
                json_page(WHEEL, r#""hashes": {}"#).replace("/files/", &format!("/{place}/"));
            Reply::ok(SIMPLE_JSON, page).with("cache-control", "max-age=600")
        }
        path if path.starts_with("/new/") && path.ends_with(WHEEL) => Reply::part(asked, &bytes),
        path if path.starts_with("/old/") => Reply::status(status),
        _ => Reply::status(404),
    })
}

/// Links expire and files move: the page is read again before a file is said to be missing.
#[test]
fn a_file_that_is_not_where_its_page_said_is_looked_up_again() {
    for status in [400, 401, 403, 404, 410] {
        let server = moving_index(status);
        let cache = tempfile::tempdir().unwrap();
        let client = crate::cached_client(&server, cache.path());
        let file = first_file(&client);
        let metadata = client.metadata(&file).unwrap();
        assert_eq!(metadata.requires_dist, ["b>=1".into()], "{status}");
        let digest = client.sha256(&file).unwrap();
        assert_eq!(digest.to_string(), sha256(&wheel(10)), "{status}");
    }
}

/// The bytes decide, by whatever digest the index lists.
#[test]
fn weak_digests_and_sizes_are_verified_where_there_is_no_sha256() {
    let right = "d41d8cd98f00b204e9800998ecf8427e";
    for (fields, why) in [
        (format!(r#""hashes": {{"md5": "{right}"}}"#), "it has md5:"),
        (
            r#""hashes": {}, "size": 7"#.to_owned(),
            "it has 313 bytes, SERVER/simple lists 7 bytes",
        ),
    ] {
        let server = index(WHEEL, fields, |asked, _| Reply::part(asked, &wheel(10)));
        let client = client(&server);
        let error = client.sha256(&first_file(&client)).unwrap_err();
        let message_text = message(&server, &error);
        assert!(
            message_text.starts_with("Corrupt: ") && message_text.contains(why),
            "{message_text}"
        );
    }
}

/// 5xx, 403, 405 and 501 on what nobody announced say nothing of the wheel itself.
#[test]
fn servers_that_fail_on_guesses_are_asked_for_the_whole_wheel() {
    for status in [403, 405, 500, 501, 503] {
        let bytes = wheel(10);
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, json_page(WHEEL, "\"hashes\": {}")),
            path if path.ends_with(".metadata") => Reply::status(status),
            _ if asked.header("range").is_some() || asked.method == "HEAD" => Reply::status(status),
            _ => Reply::ok("a/b", bytes.clone()),
        });
        let client = client(&server);
        let metadata = client.metadata(&first_file(&client)).unwrap();
        assert_eq!(metadata.requires_dist, ["b>=1".into()], "{status}");
    }
}

/// What one index says of a digest is not believed of another index.
#[test]
fn unverified_metadata_is_not_shared_between_indexes() {
    let bytes = wheel(10);
    let fields = format!(
        r#""hashes": {{"sha256": "{}"}}, "core-metadata": true"#,
        sha256(&bytes)
    );
    let serve = |beside: &'static str| {
        let (fields, bytes) = (fields.clone(), bytes.clone());
        Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, json_page(WHEEL, &fields)),
            path if path.ends_with(".metadata") => Reply::ok("a/b", beside),
            _ => Reply::part(asked, &bytes),
        })
    };
    let cache = tempfile::tempdir().unwrap();
    let required = |server: &Server| {
        let client = crate::cached_client(server, cache.path());
        client
            .metadata(&first_file(&client))
            .unwrap()
            .requires_dist
            .clone()
    };
    let hostile = serve("Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: evil\n");
    assert_eq!(required(&hostile), ["evil".into()]);
    let good = serve("Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>=1\n");
    assert_eq!(required(&good), ["b>=1".into()]);
}

/// A directory larger than what is asked for at first is read in one more part.
#[test]
fn a_large_directory_is_read_in_one_part() {
    let bytes = crate::files::wheel_of_members(4000);
    let size = bytes.len() as u64;
    let server = wheel_index(&bytes.clone(), move |asked, _| Reply::part(asked, &bytes));
    let client = client(&server);
    client.metadata(&first_file(&client)).unwrap();
    assert!(ranges(&server).len() <= 3, "{:?}", ranges(&server));
    assert!(client.statistics().bytes_received < size / 2);
}
