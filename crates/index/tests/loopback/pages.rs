//! Projects: which form of a page is requested, and how failures are reported.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use harden_index::{FindLinks, IndexClient, Progress, Settings};
use harden_packaging::{Index, IndexErrorKind, PackageName};
use insta::assert_snapshot;

use crate::files::{json_page, sha256, wheel};
use crate::server::{Reply, Server};
use crate::{SIMPLE_JSON, WHEEL, client, first_file, message, project, settings};

fn json_index() -> Server {
    Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, json_page(WHEEL, "\"hashes\": {}")),
        _ => Reply::status(404),
    })
}

const HTML_PAGE: &str = "<a href='/files/a-1.0-py3-none-any.whl#sha256=0000000000000000000000000000000000000000000000000000000000000000'>a</a>";

/// Besides what the page lists, with another place, it has a newer release.
const JSON_API_PAGE: &str = r#"{"releases": {"1.0": [{"filename": "a-1.0-py3-none-any.whl", "size": 9,
    "digests": {"sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
    "url": "https://files.invalid/a-1.0-py3-none-any.whl"}],
    "2.0": [{"filename": "a-2.0-py3-none-any.whl", "url": "https://files.invalid/a-2.0-py3-none-any.whl"}]}}"#;

#[test]
fn the_json_form_is_asked_for_first() {
    let server = json_index();
    let file = first_file(&client(&server));
    assert_eq!(&*file.filename, WHEEL);
    assert_eq!(*file.url, server.at(&format!("/files/{WHEEL}")));
    let accept = server.asked()[0].header("accept").unwrap().to_owned();
    assert!(accept.starts_with(SIMPLE_JSON), "{accept}");
    assert!(
        server.asked()[0]
            .header("user-agent")
            .unwrap()
            .starts_with("harden/")
    );
    assert_eq!(server.paths(), ["GET /simple/a/"]);
}

#[test]
fn a_json_api_beside_html_pages_is_found_and_remembered() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" | "/simple/b/" => Reply::ok("text/html; charset=utf-8", HTML_PAGE),
        "/pypi/a/json" => Reply::ok("application/json", JSON_API_PAGE),
        _ => Reply::status(404),
    });
    let cache = tempfile::tempdir().unwrap();
    let first = crate::cached_client(&server, cache.path());
    assert_eq!(first_file(&first).size, Some(9));
    assert_eq!(server.paths(), ["GET /simple/a/", "GET /pypi/a/json"]);

    // Another process knows, and asks both at once; the page alone says what there is.
    let second = crate::cached_client(&server, cache.path());
    assert!(second.project(&"b".parse().unwrap()).is_ok());
    let mut paths = server.paths()[2..].to_vec();
    paths.sort();
    assert_eq!(paths, ["GET /pypi/b/json", "GET /simple/b/"]);
}

/// A filtering proxy withholds releases, and has its own copies of files.
#[test]
fn the_json_api_adds_no_releases_and_no_places() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok("text/html", HTML_PAGE),
        "/pypi/a/json" => Reply::ok("application/json", JSON_API_PAGE),
        _ => Reply::status(404),
    });
    let client = client(&server);
    let found = project(&client).unwrap();
    assert_eq!(found.releases.len(), 1);
    assert_eq!(
        *first_file(&client).url,
        server.at(&format!("/files/{WHEEL}"))
    );
}

#[test]
fn a_broken_json_api_beside_html_pages_is_done_without() {
    for status in [404, 403, 500] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/simple/a/" => Reply::ok("text/html", HTML_PAGE),
            _ => Reply::status(status),
        });
        assert_eq!(first_file(&client(&server)).size, None, "{status}");
    }
}

/// Indexes on object storage answer 403 for what they lack.
#[test]
fn a_refused_project_is_looked_for_in_the_next_index() {
    let first = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/b/" => Reply::ok("text/html", "<a href=/b-1.0-py3-none-any.whl>"),
        _ => Reply::status(403),
    });
    let second = json_index();
    let both = |first: &Server, second: &Server| {
        let indexes = [first, second].map(|server| server.at("/simple").parse().unwrap());
        let client = IndexClient::new(Settings {
            indexes: indexes.into(),
            ..settings(first)
        });
        client.unwrap()
    };
    let client = both(&first, &second);
    client.prefetch_projects(&["a", "b"].map(|name| name.parse().unwrap()));
    assert_eq!(
        first_file(&client).url,
        second.at(&format!("/files/{WHEEL}")).into()
    );
    let error = client.project(&"c".parse().unwrap()).unwrap_err();
    let message = message(&first, &error).replace(&second.at(""), "SECOND");
    assert_snapshot!(message, @"NoSuchProject: no project c at SERVER/simple (it answers 403 Forbidden), SECOND/simple");

    // One that answers for nothing refuses the user: another index must not step in.
    let refusing = Server::start(|_, _| Reply::status(403));
    let error = project(&both(&refusing, &second)).unwrap_err();
    assert_eq!(error.kind, IndexErrorKind::Failed);
}

#[test]
fn the_page_that_shows_the_json_api_is_asked_for_once_without_a_cache() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok("text/html", HTML_PAGE),
        "/pypi/a/json" => Reply::ok("application/json", JSON_API_PAGE),
        _ => Reply::status(404),
    });
    assert_eq!(first_file(&client(&server)).size, Some(9));
    assert_eq!(server.paths(), ["GET /simple/a/", "GET /pypi/a/json"]);
}

#[test]
fn html_is_read_where_there_is_nothing_else() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok("text/html", HTML_PAGE),
        _ => Reply::status(404),
    });
    assert_eq!(&*first_file(&client(&server)).filename, WHEEL);
}

#[test]
fn links_are_relative_to_where_a_redirect_led() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::status(308).with("location", "/elsewhere/a/index.html"),
        "/elsewhere/a/index.html" => Reply::ok("text/html", "<a href='a-1.0.tar.gz'>"),
        _ => Reply::status(404),
    });
    assert_eq!(
        *first_file(&client(&server)).url,
        server.at("/elsewhere/a/a-1.0.tar.gz")
    );
}

#[test]
fn a_project_that_no_index_has_is_named() {
    let server = Server::start(|_, _| Reply::status(404));
    let error = project(&client(&server)).unwrap_err();
    assert_eq!(error.kind, IndexErrorKind::NoSuchProject);
    assert_snapshot!(message(&server, &error), @"NoSuchProject: no project a at SERVER/simple");
}

#[test]
fn a_passing_failure_is_tried_again() {
    let server = Server::start(|_, before| match before {
        0 => Reply::status(503).with("retry-after", "0"),
        _ => Reply::ok(SIMPLE_JSON, json_page(WHEEL, "\"hashes\": {}")),
    });
    let client = client(&server);
    assert!(project(&client).is_ok());
    assert_eq!(client.statistics().retries, 1);
}

#[test]
fn a_body_cut_short_is_tried_again() {
    let server = Server::start(|_, before| {
        let page = Reply::ok(SIMPLE_JSON, json_page(WHEEL, "\"hashes\": {}"));
        if before == 0 { page.cut() } else { page }
    });
    assert!(project(&client(&server)).is_ok());
}

#[test]
fn a_permanent_failure_is_reported_again_without_a_request() {
    let server = Server::start(|_, _| Reply::status(500).with("retry-after", "0"));
    let client = client(&server);
    let error = project(&client).unwrap_err();
    assert_snapshot!(message(&server, &error), @"Failed: cannot read the page of a at SERVER/simple/a/: the server answers 500 Internal Server Error (tried 2 times)");
    assert!(project(&client).is_err());
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_refusal_says_where_logins_come_from_and_shows_none() {
    let server = Server::start(|_, _| Reply::status(401));
    let index = server.at("/simple").replace("http://", "http://me:secret@");
    let client = IndexClient::new(Settings {
        indexes: vec![index.parse().unwrap()],
        ..settings(&server)
    });
    let error = project(&client.unwrap()).unwrap_err();
    assert_snapshot!(message(&server, &error), @"Failed: cannot read the page of a at SERVER/simple/a/: the server answers 401 Unauthorized and has not answered for any other project; a login is taken from the URL of the index, from HARDEN_INDEX_<NAME>_USERNAME and _PASSWORD, from netrc or from keyring; if the index is for some packages only, name these with --index-package");
    assert_eq!(
        server.asked()[0].header("authorization"),
        Some("Basic bWU6c2VjcmV0")
    );
}

#[test]
fn a_login_goes_to_its_index_only() {
    let files = Server::start(|_, _| Reply::ok("application/octet-stream", wheel(1)));
    let url = files.at(&format!("/{WHEEL}"));
    let server = Server::start(move |_, _| Reply::ok("text/html", format!("<a href='{url}'>")));
    let index = server.at("/other").replace("http://", "http://me:secret@");
    let client = IndexClient::new(Settings {
        indexes: vec![index.parse().unwrap()],
        ..settings(&server)
    });
    let client = client.unwrap();
    let file = first_file(&client);
    assert_eq!(client.sha256(&file).unwrap().to_string(), sha256(&wheel(1)));
    assert!(server.asked()[0].header("authorization").is_some());
    assert_eq!(files.asked()[0].header("authorization"), None);
}

#[test]
fn a_server_that_is_not_there_is_named_with_the_cause() {
    let server = json_index();
    // A port that was free a moment ago may be taken by another test; nothing listens on this one.
    let closed = "127.0.0.1:1";
    let client = IndexClient::new(Settings {
        indexes: vec![format!("http://{closed}/simple").parse().unwrap()],
        retries: 0,
        ..settings(&server)
    });
    let error = project(&client.unwrap()).unwrap_err();
    let message = error.to_string().replace(closed, "CLOSED");
    assert!(
        message.starts_with("cannot read the page of a at http://CLOSED/simple/a/: "),
        "{message}"
    );
    assert!(message.contains("refuse"), "{message}");
}

#[test]
fn a_text_that_is_not_a_page_is_reported() {
    let server = Server::start(|_, _| Reply::ok("image/png", "x"));
    let error = project(&client(&server)).unwrap_err();
    assert_snapshot!(message(&server, &error), @"Failed: cannot read the page of a at SERVER/simple/a/: the server sends image/png, which is not a form of the simple API");
}

#[test]
fn the_first_index_that_has_a_project_answers_for_it() {
    let (without, with) = (Server::start(|_, _| Reply::status(404)), json_index());
    let never = Server::start(|_, _| Reply::status(500));
    let indexes = [&without, &with, &never].map(|server| server.at("/simple").parse().unwrap());
    let client = IndexClient::new(Settings {
        indexes: indexes.into(),
        ..settings(&with)
    });
    assert!(project(&client.unwrap()).is_ok());
    assert_eq!((without.asked().len(), never.asked().len()), (1, 0));
}

#[test]
fn files_of_a_folder_come_before_those_of_the_index() {
    let server = json_index();
    let folder = tempfile::tempdir().unwrap();
    for name in [WHEEL, "a-2.0.tar.gz", "unrelated-1.0.tar.gz", "notes.txt"] {
        std::fs::write(folder.path().join(name), wheel(1)).unwrap();
    }
    let client = IndexClient::new(Settings {
        find_links: vec![FindLinks::Local(folder.path().to_owned())],
        ..settings(&server)
    });
    let client = client.unwrap();
    let found = project(&client).unwrap();
    let files: Vec<_> = found
        .releases
        .iter()
        .flat_map(harden_packaging::Release::files)
        .collect();
    let names: Vec<&str> = files.iter().map(|file| &*file.filename).collect();
    assert_eq!(names, ["a-2.0.tar.gz", WHEEL]);
    assert!(files.iter().all(|file| file.url.starts_with("file://")));
    assert_eq!(
        client.sha256(files[1]).unwrap().to_string(),
        sha256(&wheel(1))
    );
}

#[test]
fn without_an_index_only_links_answer() {
    let server = Server::start(|_, _| {
        Reply::ok(
            "text/html",
            "<a href=a-1.0.zip><a href=b-1.0.zip><a href=../>",
        )
    });
    let client = IndexClient::new(Settings {
        indexes: Vec::new(),
        find_links: vec![server.at("/links.html").parse().unwrap()],
        ..settings(&server)
    });
    let client = client.unwrap();
    assert!(project(&client).is_ok());
    assert!(client.project(&"b".parse().unwrap()).is_ok());
    let error = client.project(&"c".parse().unwrap()).unwrap_err();
    assert_snapshot!(message(&server, &error), @"NoSuchProject: no project c at SERVER/links.html");
    assert_eq!(server.paths(), ["GET /links.html"]);
}

#[test]
fn a_question_asked_by_many_at_once_is_sent_once() {
    let server = json_index();
    let client = client(&server);
    client.prefetch_projects(&["a".parse().unwrap()]);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| project(&client).unwrap());
        }
    });
    assert_eq!(server.asked().len(), 1);
}

/// Notes the projects that it hears of.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn project_read(&self, project: &PackageName) {
        self.0.lock().unwrap().push(project.to_string());
    }
}

#[test]
fn progress_reports_what_has_been_read() {
    let server = json_index();
    let heard = Arc::new(Heard::default());
    let client = IndexClient::with_progress(settings(&server), heard.clone()).unwrap();
    project(&client).unwrap();
    assert_eq!(*heard.0.lock().unwrap(), ["a"]);
}

/// Each project fails after its own tries, but not one after the other.
#[test]
fn an_index_that_is_down_is_reported_without_asking_for_every_project() {
    let server = Server::start(|_, _| Reply::status(503));
    let client = client(&server);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let names = names.map(|name| name.parse::<PackageName>().unwrap());
    let begun = Instant::now();
    client.prefetch_projects(&names);
    for name in &names {
        assert!(client.project(name).is_err());
    }
    // One after the other they would wait for 200 to 300 ms each, and so for two seconds at least.
    assert!(begun.elapsed() < Duration::from_millis(1500));
    assert_eq!(server.paths().len(), 2 * names.len());
}
