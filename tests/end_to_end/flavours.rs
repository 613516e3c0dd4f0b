//! Whatever an index speaks, the answer is the same.

use harden_testindex::{Flavour, Server, Universe};

use crate::sandbox::{FOREIGN, Sandbox, is_wheel};

const UNIVERSE: &str = r#"
    App.Name 1.0 requires=lib[fast]>=1 python=>=3.8
    App.Name 1.1 requires=lib[fast]>=1 python=>=3.12
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,py3-none-any sdist extra:fast='speed; os_name == "posix"'
    lib 1.1 yanked='broken' junk=lib-1.1.win32.exe,lib-1.1-py3.11.egg
    speed 1.0+local pad=50000
    speed 2.0rc1
"#;

/// One strict file for each flavour of index, and how many whole wheels each took.
fn strict_from(flavour: Flavour) -> (String, usize) {
    let sandbox = Sandbox::with(flavour, UNIVERSE);
    sandbox.write("loose.txt", "app-name");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN}"));
    let server = sandbox.server().url("");
    let wholes = sandbox.server().requests().into_iter().filter(|request| {
        request.method == "GET" && is_wheel(&request.path) && request.header("range").is_none()
    });
    let wholes = wholes.count();
    (outcome.good().replace(&server, "[index]"), wholes)
}

#[test]
fn every_flavour_of_index_gives_the_same_strict_file() {
    let (expected, wholes) = strict_from(Flavour::Pypi);
    assert_eq!(wholes, 0);
    for pin in ["app-name==1.0 ", "lib==1.0 ", "speed==1.0+local "] {
        assert!(expected.contains(pin), "{expected}");
    }
    assert_eq!(strict_from(Flavour::Mirror), (expected.clone(), 0));
    assert_eq!(strict_from(Flavour::PlainHtml), (expected.clone(), 0));
    let (strict, wholes) = strict_from(Flavour::NoRanges);
    assert_eq!(strict, expected);
    assert_eq!(wholes, 3);
}

#[test]
fn the_first_index_that_has_a_project_is_the_one_it_comes_from() {
    let sandbox = Sandbox::new("inner 1.0 requires=outer");
    let public = Server::start(Universe::new("inner 9.9\nouter 1.0"));
    sandbox.write("loose.txt", "inner");
    let extra = public.index_url();
    let strict = sandbox
        .harden(&format!(
            "loose.txt -q -p {FOREIGN} --extra-index-url {extra}"
        ))
        .good();
    assert!(strict.contains("inner==1.0 "), "{strict}");
    assert!(strict.contains("outer==1.0 "), "{strict}");
}

#[test]
fn a_folder_of_wheels_serves_as_an_index() {
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
