//! A server answers as its flavour says, and goes wrong as planned.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use harden_testindex::{Fault, Flavour, Server, Universe};
use insta::assert_snapshot;
use serde_json::Value;

const FLASK: &str =
    "Flask 2.0 yanked='broken & bad' python=>=3.8\nFlask 2.1 uploaded=2024-05-01 core-metadata=off";
const JSON: &str = "Accept: application/vnd.pypi.simple.v1+json, text/html;q=0.1\r\n";

/// Head and body of an answer, over a connection of its own.
fn ask(server: &Server, path: &str, headers: &str) -> (String, Vec<u8>) {
    let url = server.url("");
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n"
    )
    .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return (String::from_utf8(answer).unwrap(), Vec::new());
    };
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap(), body)
}

fn body(server: &Server, path: &str, headers: &str) -> String {
    let body = String::from_utf8(ask(server, path, headers).1).unwrap();
    body.replace(&server.url(""), "[server]")
}

/// `text` with its digests shortened to their algorithm and end.
fn with_short_digests(text: &str) -> String {
    let mut parts = text.split("sha256=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "sha256=…" + &part[64..])
}

/// Some fields of each entry of a JSON page, one line a file.
fn shown(entries: &Value, fields: &[&str]) -> String {
    let line = |entry: &Value| {
        let fields = fields.iter().map(|field| match &entry[field] {
            Value::Object(digests) => digests.keys().cloned().collect(),
            value => value.to_string(),
        });
        fields.collect::<Vec<String>>().join(" | ")
    };
    let entries = entries.as_array().unwrap();
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn status(server: &Server, path: &str, headers: &str) -> u16 {
    let head = ask(server, path, headers).0;
    head.split(' ')
        .nth(1)
        .map_or(0, |code| code.parse().unwrap())
}

#[test]
fn pypi_speaks_json_and_html_as_asked() {
    let server = Server::start(Universe::new(FLASK));
    let page: Value = serde_json::from_str(&body(&server, "/simple/flask/", JSON)).unwrap();
    assert_eq!(page["meta"]["api-version"], "1.4");
    assert_eq!(page["versions"].to_string(), r#"["2.0","2.1"]"#);
    let fields = [
        "url",
        "yanked",
        "requires-python",
        "upload-time",
        "hashes",
        "core-metadata",
    ];
    assert_snapshot!(shown(&page["files"], &fields), @r#"
    "[server]/files/flask-2.0-py3-none-any.whl" | "broken & bad" | ">=3.8" | "2024-01-01T00:00:00Z" | sha256 | sha256
    "[server]/files/flask-2.1-py3-none-any.whl" | false | null | "2024-05-01T00:00:00Z" | sha256 | false
    "#);
    assert_snapshot!(with_short_digests(&body(&server, "/simple/flask/", "")), @r#"
    <!DOCTYPE html>
    <html>
      <head>
        <meta name="pypi:repository-version" content="1.1">
        <title>Links for flask</title>
      </head>
      <body>
        <h1>Links for flask</h1>
        <a href="../../files/flask-2.0-py3-none-any.whl#sha256=…" data-requires-python="&gt;=3.8" data-yanked="broken &amp; bad" data-core-metadata="sha256=…" data-dist-info-metadata="sha256=…">flask-2.0-py3-none-any.whl</a><br />
        <a href="../../files/flask-2.1-py3-none-any.whl#sha256=…">flask-2.1-py3-none-any.whl</a><br />
      </body>
    </html>
    "#);
}

#[test]
fn a_mirror_speaks_html_and_lists_metadata_in_the_json_api_alone() {
    let server = Server::start_as(Flavour::Mirror, Universe::new(FLASK));
    assert_snapshot!(with_short_digests(&body(&server, "/simple/flask/", JSON)), @r#"
    <!DOCTYPE html>
    <html>
      <head>
        <meta name="pypi:repository-version" content="1.1">
        <title>Links for flask</title>
      </head>
      <body>
        <h1>Links for flask</h1>
        <a href="../../files/flask-2.0-py3-none-any.whl#sha256=…" data-requires-python="&gt;=3.8" data-yanked="broken &amp; bad">flask-2.0-py3-none-any.whl</a><br />
        <a href="../../files/flask-2.1-py3-none-any.whl#sha256=…">flask-2.1-py3-none-any.whl</a><br />
      </body>
    </html>
    "#);
    let page: Value = serde_json::from_str(&body(&server, "/pypi/flask/json", "")).unwrap();
    let fields = ["url", "yanked_reason", "requires_python", "core-metadata"];
    assert_snapshot!(shown(&page["releases"]["2.0"], &fields), @r#""[server]/files/flask-2.0-py3-none-any.whl" | "broken & bad" | ">=3.8" | sha256"#);
    assert_snapshot!(shown(&page["releases"]["2.1"], &fields), @r#""[server]/files/flask-2.1-py3-none-any.whl" | null | null | false"#);
    assert_eq!(
        status(&server, "/files/flask-2.0-py3-none-any.whl.metadata", ""),
        200
    );
    assert!(!ask(&server, "/simple/flask/", "").0.contains("ETag"));
}

#[test]
fn plain_indexes_have_no_json_and_no_metadata_files() {
    for flavour in [Flavour::PlainHtml, Flavour::NoRanges] {
        let server = Server::start_as(flavour, Universe::new(FLASK));
        assert!(body(&server, "/simple/flask/", JSON).starts_with("<!DOCTYPE"));
        assert_eq!(status(&server, "/pypi/flask/json", ""), 404);
        let wheel = "/files/flask-2.0-py3-none-any.whl";
        assert_eq!(status(&server, &format!("{wheel}.metadata"), ""), 404);
        let ranged = if flavour == Flavour::NoRanges {
            200
        } else {
            206
        };
        assert_eq!(status(&server, wheel, "Range: bytes=0-3\r\n"), ranged);
    }
}

#[test]
fn files_come_whole_and_in_parts() {
    let server = Server::start(Universe::new(FLASK));
    let path = "/files/flask-2.0-py3-none-any.whl";
    let whole = server
        .universe()
        .file("flask-2.0-py3-none-any.whl")
        .unwrap()
        .contents();
    assert_eq!(ask(&server, path, "").1, whole);
    let (head, part) = ask(&server, path, "Range: bytes=-22\r\n");
    assert_eq!(part, whole[whole.len() - 22..]);
    assert!(head.contains("HTTP/1.1 206"), "{head}");
    assert_eq!(status(&server, path, "Range: bytes=99999-\r\n"), 416);
    assert_eq!(server.count(path), 3);
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = Server::start(Universe::new(FLASK));
    let (head, _) = ask(&server, "/simple/flask/", JSON);
    let etag = head
        .lines()
        .find_map(|line| line.strip_prefix("ETag: "))
        .unwrap();
    let (head, body) = ask(
        &server,
        "/simple/flask/",
        &format!("{JSON}If-None-Match: {etag}\r\n"),
    );
    assert!(head.contains("HTTP/1.1 304"), "{head}");
    assert_eq!(body, b"");
    assert_eq!(
        status(
            &server,
            "/simple/flask/",
            &format!("If-None-Match: {etag}\r\n")
        ),
        200
    );
}

#[test]
fn names_are_redirected_to_their_normal_form() {
    let server = Server::start(Universe::new(FLASK));
    let (head, _) = ask(&server, "/simple/FLASK/", "");
    assert!(
        head.contains("HTTP/1.1 301") && head.contains("Location: /simple/flask/"),
        "{head}"
    );
    assert_eq!(status(&server, "/simple/nothing/", ""), 404);
}

#[test]
fn faults_meet_as_many_requests_as_they_should() {
    let server = Server::start(Universe::new(FLASK));
    server.fault("/simple/flask/", Fault::Status(503)).times(2);
    let statuses = [(); 3].map(|()| status(&server, "/simple/flask/", ""));
    assert_eq!(statuses, [503, 503, 200]);
}

#[test]
fn bodies_are_cut_replaced_delayed_and_withheld() {
    let server = Server::start(Universe::new(FLASK));
    let path = "/files/flask-2.0-py3-none-any.whl";
    let whole = server
        .universe()
        .file("flask-2.0-py3-none-any.whl")
        .unwrap()
        .contents();

    server.fault(path, Fault::Cut(10));
    let (head, cut) = ask(&server, path, "");
    assert!(
        head.contains(&format!("Content-Length: {}", whole.len())),
        "{head}"
    );
    assert_eq!(cut, whole[..10]);

    server.heal();
    server.fault(path, Fault::Body(b"garbage".to_vec()));
    assert_eq!(ask(&server, path, "").1, b"garbage");

    server.heal();
    server.fault(path, Fault::Stall(5, Duration::from_millis(120)));
    let before = Instant::now();
    assert_eq!(ask(&server, path, "").1, whole);
    assert!(before.elapsed() >= Duration::from_millis(100));

    server.heal();
    server.fault(path, Fault::Closed);
    assert_eq!(status(&server, path, ""), 0);
}

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::start(Universe::new(FLASK));
    let path = "/files/flask-2.0-py3-none-any.whl.metadata";
    let twice = format!("GET {path} HTTP/1.1\r\n\r\nGET {path} HTTP/1.1\r\n\r\n");
    let mut stream = TcpStream::connect(server.url("").strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(twice.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2);
}

#[test]
fn whoever_does_not_log_in_is_sent_away() {
    let server = Server::start(Universe::new(FLASK));
    server.require_login("user", "password");
    assert_eq!(status(&server, "/simple/flask/", ""), 401);
    let login = "Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n";
    assert_eq!(status(&server, "/simple/flask/", login), 200);
}
