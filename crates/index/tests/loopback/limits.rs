//! What a server may not exceed: `docs/limits.md`, each limit with a server that goes beyond it.

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use harden_index::{IndexClient, Settings};
use harden_packaging::{Index, PackageName};
use insta::assert_snapshot;

use crate::files::{json_page, metadata, sdist, sha256, wheel};
use crate::server::{Reply, Server};
use crate::{SIMPLE_JSON, WHEEL, client, first_file, message, project, settings};

const MIB: usize = 1 << 20;

/// `start` and then as many spaces as make `bytes`, compressed to a thousandth.
fn bomb(start: &str, bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(start.as_bytes()).unwrap();
    let spaces = vec![b' '; MIB];
    let mut left = bytes - start.len();
    while left > 0 {
        let chunk = left.min(MIB);
        encoder.write_all(&spaces[..chunk]).unwrap();
        left -= chunk;
    }
    encoder.finish().unwrap()
}

fn gzipped(media_type: &str, body: Vec<u8>) -> Reply {
    Reply::ok(media_type, body).with("content-encoding", "gzip")
}

#[test]
fn a_page_has_at_most_128_mib() {
    let page = r#"{"files": []}"#;
    for (bytes, is_read) in [(128 * MIB, true), (128 * MIB + 1, false)] {
        let body = bomb(page, bytes);
        let server = Server::start(move |_, _| gzipped(SIMPLE_JSON, body.clone()));
        let found = project(&client(&server));
        assert_eq!(found.is_ok(), is_read, "{bytes}");
        if let Err(error) = found {
            assert_snapshot!(message(&server, &error), @"Failed: cannot read the page of a at SERVER/simple/a/: the reply is larger than 128 MiB");
        }
    }
}

/// Beyond the limit the wheel itself is read.
#[test]
fn a_sidecar_has_at_most_16_mib() {
    for (bytes, is_read) in [(16 * MIB, true), (16 * MIB + 1, false)] {
        let sidecar = bomb(&metadata("a"), bytes);
        let wheel = wheel(10);
        let fields = format!(
            r#""hashes": {{"sha256": "{}"}}, "core-metadata": true"#,
            sha256(&wheel)
        );
        let page = json_page(WHEEL, &fields);
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
            path if path.ends_with(".metadata") => gzipped("text/plain", sidecar.clone()),
            _ => Reply::part(asked, &wheel),
        });
        let client = client(&server);
        client.metadata(&first_file(&client)).unwrap();
        let asked_wheel = server.paths().iter().any(|path| path.ends_with(WHEEL));
        assert_eq!(asked_wheel, !is_read, "{bytes}");
    }
}

#[test]
fn the_metadata_of_an_sdist_has_at_most_16_mib() {
    for (bytes, is_read) in [(16 * MIB, true), (16 * MIB + 1, false)] {
        let mut text = metadata("a");
        text += &" ".repeat(bytes - text.len());
        let sdist = sdist(&[("PKG-INFO", &text), ("pyproject.toml", "")]);
        let fields = format!(r#""hashes": {{"sha256": "{}"}}"#, sha256(&sdist));
        let page = json_page("a-1.0.tar.gz", &fields);
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
            _ => Reply::part(asked, &sdist),
        });
        let client = client(&server);
        let found = client.metadata(&first_file(&client));
        assert_eq!(found.is_ok(), is_read, "{bytes}");
        if let Err(error) = found {
            assert_snapshot!(message(&server, &error), @"Corrupt: a-1.0.tar.gz from SERVER/files/a-1.0.tar.gz, listed by SERVER/simple, is not a distribution: the archive cannot be read: i/o error: its metadata is larger than 16 MiB");
        }
    }
}

/// A body without a length, for a file whose size the index does not list: a range states its size.
#[test]
fn a_body_without_a_length_takes_its_size_from_a_range() {
    let wheel = wheel(10);
    let size = wheel.len();
    let page = json_page(WHEEL, r#""hashes": {}"#);
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
        _ if asked.header("range").is_some() => Reply::part(asked, &wheel),
        _ => Reply::ok("application/zip", vec![0; 4 * MIB]).without_length(),
    });
    let client = client(&server);
    let error = client.sha256(&first_file(&client)).unwrap_err();
    let message = message(&server, &error).replace(&size.to_string(), "SIZE");
    assert_snapshot!(message, @"Corrupt: cannot download SERVER/files/a-1.0-py3-none-any.whl: its server sends more than the SIZE bytes that it has");
    let whole = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path.ends_with(WHEEL) && asked.header("range").is_none());
    assert_eq!(whole.count(), 1);
}

/// A body without a length, of which parts do not tell it either.
#[test]
fn a_file_whose_size_nobody_tells_has_at_most_what_the_settings_allow() {
    for (bytes, is_read) in [(4 * MIB, true), (4 * MIB + 1, false)] {
        let page = json_page(WHEEL, r#""hashes": {}"#);
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
            _ => Reply::ok("application/zip", vec![0; bytes]).without_length(),
        });
        let settings = Settings {
            largest_unsized: 4 << 20,
            ..settings(&server)
        };
        let client = IndexClient::new(settings).unwrap();
        let file = first_file(&client);
        let found = client.block_on(async {
            let mut download = client.download(&file, 0).await?;
            while download.chunk().await?.is_some() {}
            Ok::<_, harden_packaging::IndexError>(())
        });
        assert_eq!(found.is_ok(), is_read, "{bytes}");
        if let Err(error) = found {
            assert_snapshot!(message(&server, &error), @"Corrupt: cannot download SERVER/files/a-1.0-py3-none-any.whl: its server sends more than 4 MiB without stating a size");
        }
    }
}

/// Of a wheel whose directory is larger, the whole is read.
#[test]
fn a_directory_that_is_read_by_ranges_has_at_most_32_mib() {
    const END: usize = 32 << 10;
    for (missing, is_asked) in [(32 * MIB, true), (32 * MIB + 1, false)] {
        let mut wheel = vec![0; missing + END - 22];
        let directory = u32::try_from(wheel.len()).unwrap();
        wheel.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        wheel.extend(directory.to_le_bytes());
        wheel.extend([0; 6]);
        let fields = format!(r#""hashes": {{"sha256": "{}"}}"#, sha256(&wheel));
        let page = json_page(WHEEL, &fields);
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
            _ => Reply::part(asked, &wheel),
        });
        let client = client(&server);
        client.metadata(&first_file(&client)).unwrap_err();
        let asked = server.asked();
        let ranges = asked.iter().filter_map(|asked| asked.header("range"));
        let from_the_start = ranges.filter(|range| range.starts_with("bytes=0-"));
        assert_eq!(from_the_start.count() > 0, is_asked, "{missing}");
    }
}

#[test]
fn requests_to_one_server_at_once_are_bounded() {
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|_, _| {
        let open = OPEN.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(open, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        OPEN.fetch_sub(1, Ordering::SeqCst);
        Reply::ok(SIMPLE_JSON, r#"{"files": []}"#)
    });
    let settings = Settings {
        concurrency: 3,
        ..settings(&server)
    };
    let client = IndexClient::new(settings).unwrap();
    let names: Vec<PackageName> = (0..12).map(|n| format!("p{n}").parse().unwrap()).collect();
    client.prefetch_projects(&names);
    for name in &names {
        client.project(name).unwrap();
    }
    assert_eq!(MOST.load(Ordering::SeqCst), 3);
}

#[test]
fn limits_that_are_settings_are_those_of_the_documentation() {
    let settings = Settings::default();
    assert_eq!(settings.connect_timeout, Duration::from_secs(10));
    assert_eq!(settings.read_timeout, Duration::from_secs(30));
    assert_eq!(settings.retries + 1, 8);
    assert_eq!(settings.concurrency, 100);
    assert_eq!(settings.largest_unsized, 1 << 30);
}

#[test]
fn a_silent_server_times_out() {
    let server = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(5));
        Reply::status(404)
    });
    let settings = Settings {
        read_timeout: Duration::from_millis(100),
        ..settings(&server)
    };
    let begun = Instant::now();
    let error = project(&IndexClient::new(settings).unwrap()).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_snapshot!(message(&server, &error), @"Failed: cannot read the page of a at SERVER/simple/a/: operation timed out (tried 2 times)");
}

#[test]
fn a_refused_connection_is_tried_four_times() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = Settings {
        indexes: vec![format!("http://{unused}/simple").parse().unwrap()],
        netrc: Some("/dev/null".into()),
        ..Settings::default()
    };
    let error = project(&IndexClient::new(settings).unwrap()).unwrap_err();
    let message = error.to_string().replace(&unused.to_string(), "SERVER");
    assert_snapshot!(message, @"cannot read the page of a at http://SERVER/simple/a/: the server refuses the connection (tried 4 times)");
}

#[test]
fn a_temporary_failure_is_tried_eight_times() {
    let server = Server::start(|_, _| Reply::status(503).with("retry-after", "0"));
    let settings = Settings {
        retries: Settings::default().retries,
        ..settings(&server)
    };
    project(&IndexClient::new(settings).unwrap()).unwrap_err();
    assert_eq!(server.paths().len(), 8);
}
