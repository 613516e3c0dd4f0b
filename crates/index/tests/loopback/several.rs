//! Several indexes: whose project it is.

use std::collections::BTreeMap;

use harden_index::{FindLinks, IndexClient, IndexStrategy, Settings};
use harden_packaging::Index;
use insta::assert_snapshot;

use crate::SIMPLE_JSON;
use crate::server::{Reply, Server};

/// An index with these releases of `a`, none of any other project.
fn index(versions: &'static [&str]) -> Server {
    let files = versions.iter().map(|version| {
        let name = format!("a-{version}-py3-none-any.whl");
        format!(r#"{{"filename": "{name}", "url": "/files/{name}", "hashes": {{}}}}"#)
    });
    let files: Vec<String> = files.collect();
    let page = format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "a", "files": [{}]}}"#,
        files.join(", ")
    );
    Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" if !versions.is_empty() => Reply::ok(SIMPLE_JSON, page.clone()),
        _ => Reply::status(404),
    })
}

fn settings(servers: &[&Server]) -> Settings {
    Settings {
        indexes: servers
            .iter()
            .map(|server| server.at("/simple").parse().unwrap())
            .collect(),
        netrc: Some("/dev/null".into()),
        ..Settings::default()
    }
}

/// The versions of `a`, or the error.
fn versions(settings: Settings) -> String {
    let client = IndexClient::new(settings).unwrap();
    match client.project(&"a".parse().unwrap()) {
        Ok(project) => {
            let versions = project
                .releases
                .iter()
                .map(|release| release.version.to_string());
            versions.collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.to_string(),
    }
}

/// Dependency confusion: a newer release on a later index is not even seen.
#[test]
fn the_first_index_that_has_a_project_answers_for_it_alone() {
    let (private, public) = (index(&["1.0", "1.1"]), index(&["99.0"]));
    assert_eq!(versions(settings(&[&private, &public])), "1.1 1.0");
    assert_eq!(public.paths(), [""; 0]);
    let empty = index(&[]);
    assert_eq!(versions(settings(&[&empty, &public])), "99.0");
}

#[test]
fn all_indexes_count_only_where_that_is_asked_for() {
    let (private, public) = (index(&["1.0", "1.1"]), index(&["1.1", "99.0"]));
    let settings = Settings {
        strategy: IndexStrategy::UnsafeBestMatch,
        ..settings(&[&private, &public])
    };
    assert_eq!(versions(settings), "99.0 1.1 1.0");
}

/// What is tied to an index comes from there and from nowhere else.
#[test]
fn a_tied_project_comes_from_its_index_alone() {
    let (tied, public) = (index(&["1.0"]), index(&["99.0"]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a-98.0-py3-none-any.whl"), "").unwrap();
    let settings = |tied: &Server| Settings {
        tied: BTreeMap::from([("a".parse().unwrap(), tied.at("/simple").parse().unwrap())]),
        find_links: vec![FindLinks::Local(folder.path().into())],
        strategy: IndexStrategy::UnsafeBestMatch,
        ..settings(&[&public])
    };
    assert_eq!(versions(settings(&tied)), "1.0");
    let empty = index(&[]);
    assert_snapshot!(versions(settings(&empty)).replace(&empty.at(""), "SERVER"), @"no project a at SERVER/simple, the index that --index-package names for it");
    assert_eq!(public.paths(), [""; 0]);
}

#[test]
fn an_index_to_which_projects_are_tied_answers_for_no_other() {
    let (tied, public) = (index(&["1.0"]), index(&["99.0"]));
    let settings = Settings {
        tied: BTreeMap::from([("b".parse().unwrap(), tied.at("/simple").parse().unwrap())]),
        ..settings(&[&public])
    };
    assert_eq!(versions(settings), "99.0");
    assert_eq!(tied.paths(), [""; 0]);
}
