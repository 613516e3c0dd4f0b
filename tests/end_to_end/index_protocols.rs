//! The answer is the same for every protocol that an index speaks.

use harden_testindex::{Fault, Flavour, Server, Universe};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = r#"
    App.Name 1.0 requires=lib[fast]>=1 python=>=3.8
    App.Name 1.1 requires=lib[fast]>=1 python=>=3.12
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,py3-none-any sdist extra:fast='speed; os_name == "posix"'
    lib 1.1 yanked='broken' junk=lib-1.1.win32.exe,lib-1.1-py3.11.egg
    speed 1.0+local pad=50000
    speed 2.0rc1
"#;

/// The strict file from a flavour of index, and the number of requests for wheels.
fn strict_from(flavour: Flavour) -> (String, usize) {
    let sandbox = Sandbox::with(flavour, UNIVERSE);
    sandbox.write("loose.txt", "app-name");
    let strict = sandbox
        .harden(&format!("loose.txt -p {FOREIGN}"))
        .good_shown();
    (strict, sandbox.server().count(".whl"))
}

#[test]
fn every_flavour_of_index_gives_the_same_strict_file() {
    let (expected, wheels) = strict_from(Flavour::Pypi);
    assert_eq!(wheels, 0);
    for pin in ["app-name==1.0 ", "lib==1.0 ", "speed==1.0+local "] {
        assert!(expected.contains(pin), "{expected}");
    }
    assert_eq!(strict_from(Flavour::Mirror), (expected.clone(), 0));
    assert_eq!(strict_from(Flavour::PlainHtml).0, expected);
    // A whole wheel in response to a range request is not requested again.
    assert_eq!(strict_from(Flavour::NoRanges), (expected, 3));
}

#[test]
fn a_project_comes_from_the_first_index_that_has_it() {
    let sandbox = Sandbox::new("inner 1.0 requires=outer");
    let public = Server::start(Universe::new("inner 9.9\nouter 1.0"));
    sandbox.write("loose.txt", "inner");
    let (public, own) = (public.index_url(), sandbox.server().index_url());
    let strict = sandbox
        .harden(&format!(
            "loose.txt -q -p {FOREIGN} -i {public} --extra-index-url {own}"
        ))
        .good();
    assert!(strict.contains("inner==1.0 "), "{strict}");
    assert!(strict.contains("outer==1.0 "), "{strict}");
}

#[test]
fn find_links_accepts_a_folder_of_wheels() {
    let sandbox = Sandbox::new("app 1.0 requires=lib\nlib 1.0");
    std::fs::create_dir(sandbox.path("wheels")).unwrap();
    for file in sandbox.server().universe().files() {
        let path = sandbox.path("wheels").join(file.filename());
        std::fs::write(path, file.contents()).unwrap();
    }
    sandbox.write("loose.txt", "app");
    let from_index = sandbox
        .harden(&format!("loose.txt -q -p {FOREIGN}"))
        .good_shown();
    sandbox.server().forget_requests();
    let from_folder = sandbox
        .harden(&format!(
            "loose.txt -q -p {FOREIGN} --no-index --find-links wheels"
        ))
        .good_shown();
    assert_eq!(sandbox.server().requests(), []);
    let pins = |strict: &str| {
        let lines = strict.lines().filter(|line| !line.starts_with(['#', '-']));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pins(&from_folder), pins(&from_index));
}

#[test]
fn links_are_relative_to_the_redirected_page() {
    let sandbox = Sandbox::with(Flavour::PlainHtml, "app 0.1");
    let moved = Server::start_as(Flavour::PlainHtml, Universe::new("app 1.0"));
    let to = moved.url("/simple/app/");
    sandbox.server().fault("/simple/app/", Fault::Redirect(to));
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    assert!(sandbox.read("strict.txt").contains("app==1.0 "));
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), ["app-1.0-py3-none-any.whl"]);
}

#[test]
fn a_login_is_only_sent_to_its_own_index() {
    let sandbox = Sandbox::new("inner 1.0 requires=moved");
    sandbox.server().require_login("user", "hunter2");
    let moved = Server::start_as(Flavour::PlainHtml, Universe::new("moved 1.0"));
    let to = moved.url("/simple/moved/");
    sandbox
        .server()
        .fault("/simple/moved/", Fault::Redirect(to));
    sandbox.write("loose.txt", "inner");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    let refused = sandbox.harden(&command);
    assert_eq!(refused.code, Some(3), "{refused}");
    assert_snapshot!(refused, @r"
    exit 3
    --- stderr
    error: cannot read the page of inner at [index]/simple/inner/: the server answers 401 Unauthorized and has not answered for any other project; a login is taken from the URL of the index, from HARDEN_INDEX_<NAME>_USERNAME and _PASSWORD, from netrc or from keyring; if the index is for some packages only, name these with --index-package
    hint: use another index with --index-url, or what the cache holds with --offline
    ");

    let index = sandbox.server().index_url();
    let index = index.replace("http://", "http://user:hunter2@");
    sandbox
        .harden(&format!("{command} --index-url {index}"))
        .good();
    assert!(!sandbox.read("strict.txt").contains("hunter2"));
    sandbox.fetch(&format!("--index-url {index}")).good();
    assert_ne!(moved.requests(), []);
    for request in moved.requests() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}
