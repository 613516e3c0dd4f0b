//! The index that a package comes from, and versions that are set by name.

use harden_testindex::{Server, Universe};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

/// A release that a stranger uploads to a public index under the name of a private package.
const PUBLIC: &str = "ours 99.0\nlib 2.0\nnewer 2.0";

/// A private index with a package of ours, and a public one with a package of the same name.
fn two() -> (Sandbox, Server) {
    let sandbox = Sandbox::new("ours 1.0 requires=lib\nnewer 1.0");
    (sandbox, Server::start(Universe::new(PUBLIC)))
}

/// `NAME==VERSION` of each pin that is printed.
fn pins(strict: &str) -> String {
    let pins = strict.lines().filter_map(|line| line.strip_suffix(" \\"));
    pins.filter(|line| line.contains("=="))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Dependency confusion is not the default: extra indexes come before the one that they are extra to.
#[test]
fn the_first_index_with_a_package_is_used() {
    let (sandbox, public) = two();
    sandbox.write("loose.txt", "ours\nnewer");
    let command = format!(
        "loose.txt -q -p {FOREIGN} -i {} --extra-index-url {}",
        public.index_url(),
        sandbox.server().index_url()
    );
    assert_eq!(
        pins(&sandbox.harden(&command).good()),
        "lib==2.0, newer==1.0, ours==1.0"
    );
    assert_eq!(public.count("/simple/ours/"), 0);
    let unsafe_ = sandbox.harden(&format!("{command} --index-strategy unsafe-best-match"));
    assert_eq!(pins(&unsafe_.good()), "newer==2.0, ours==99.0");
}

#[test]
fn a_package_tied_to_an_index_only_comes_from_there() {
    let (sandbox, public) = two();
    sandbox.write("loose.txt", "ours\nnewer");
    let corp = sandbox.server().index_url();
    let command = format!(
        "loose.txt -q -p {FOREIGN} -i {} --index corp={corp} --index-package Ours=corp -o strict.txt",
        public.index_url()
    );
    sandbox.harden(&command).good();
    let strict = sandbox.read("strict.txt");
    assert_eq!(pins(&strict), "lib==2.0, newer==2.0, ours==1.0");
    assert_eq!(public.count("/simple/ours/"), 0);
    assert_eq!(sandbox.server().count("/simple/newer/"), 0);
    let shown = sandbox
        .shown("strict.txt")
        .replace(&public.url(""), "[public]");
    let head: Vec<&str> = shown.lines().take(5).collect();
    assert_snapshot!(head.join("\n"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --index-url [public]/simple/ --index corp=[index]/simple/ --index-package ours=corp
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [public]/simple/
    --extra-index-url [index]/simple/
    ");
    // Hashes determine what is fetched, so any of the indexes may serve it.
    let index = public.index_url();
    sandbox.fetch(&format!("strict.txt -i {index}")).good();
    assert_eq!(sandbox.list("wheelhouse").len(), 3);
}

#[test]
fn ties_can_be_configured() {
    let (sandbox, public) = two();
    sandbox.write("loose.txt", "ours\nnewer");
    let configuration = format!(
        "[[lock]]
        loose = 'loose.txt'
        strict = 'strict.txt'
        platforms = ['{FOREIGN}']
        index-url = '{}'
        indexes = {{ corp = '{}' }}
        index-packages = {{ ours = 'corp' }}",
        public.index_url(),
        sandbox.server().index_url(),
    );
    sandbox.write("harden.toml", &configuration);
    sandbox.harden_as_pip(&[], "").good();
    assert_eq!(
        pins(&sandbox.read("strict.txt")),
        "lib==2.0, newer==2.0, ours==1.0"
    );
}

#[test]
fn ties_to_unknown_indexes_are_rejected() {
    let sandbox = Sandbox::new("a 1");
    sandbox.write("loose.txt", "a");
    let refused = |options: &str| sandbox.harden(&format!("loose.txt -p {FOREIGN} {options}"));
    let corp = "--index corp=https://corp.index.test/simple";
    assert_snapshot!(refused("--index-package a=corp"), @"
    exit 2
    --- stderr
    error: --index-package a=corp: no --index has this name
    ");
    assert_snapshot!(refused(&format!("{corp} --index-package a=crop")), @"
    exit 2
    --- stderr
    error: --index-package a=crop: no --index has this name; the names are corp
    ");
    assert_snapshot!(refused(corp), @"
    exit 2
    --- stderr
    error: --index corp: no package uses it; assign packages with --index-package PACKAGE=NAME, or use --extra-index-url for all packages
    ");
    assert_snapshot!(refused(&format!("{corp} {corp} --index-package a=corp")), @r"
    exit 2
    --- stderr
    error: --index corp: another index has this name
    ");
    assert_snapshot!(refused(&format!("{corp} --index b=https://b.index.test/ --index-package a=corp --index-package a=b")), @"
    exit 2
    --- stderr
    error: a is assigned to two indexes, corp and b
    ");
}

#[test]
fn a_folder_of_wheels_can_replace_an_index() {
    let sandbox = Sandbox::new("a 1.0 requires=b\nb 1.0\nb 2.0");
    for file in ["a-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl"] {
        let contents = sandbox.server().universe().file(file).unwrap().contents();
        sandbox.write("wheels/none", "");
        std::fs::write(sandbox.path(&format!("wheels/{file}")), contents).unwrap();
    }
    sandbox.write("loose.txt", "a");
    let command = format!("loose.txt -q -p {FOREIGN} --find-links wheels --no-index -o strict.txt");
    sandbox.harden(&command).good();
    assert_eq!(pins(&sandbox.read("strict.txt")), "a==1.0, b==1.0");
    sandbox.fetch("strict.txt --no-index").good();
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
    assert_eq!(sandbox.server().requests(), []);
    // Beside an index, they are candidates like those of the index, as in pip.
    let beside = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} --find-links wheels"));
    assert_eq!(pins(&beside.good()), "a==1.0, b==2.0");
}

/// A strict file holds wheels.
#[test]
fn only_binary_is_the_default_and_no_binary_is_rejected() {
    let sandbox = Sandbox::new("a 1.0\na 2.0 wheels=none sdist");
    sandbox.write("loose.txt", "--only-binary :all:\na");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    assert_eq!(pins(&strict), "a==1.0");
    sandbox.write("loose.txt", "--no-binary a\na");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN}")), @"
    exit 2
    --- stderr
    error: `--no-binary a` asks for sdists, but a strict file pins wheels; remove the option, or build the wheels and give their folder with --find-links
    ");
}

const TWO_TARGETS: &str = "
    a 1.0
    a 2.0
    a 3.0 wheels=cp311-cp311-manylinux2014_aarch64
    b 1.0
    b 2.0
    linux 1.0 requires=a>=3
    windows 1.0 requires=a<3
";

/// A package may have several lines with different markers: they are kept, upgraded and set together.
#[test]
fn both_pins_of_a_package_that_differs_between_targets_are_kept_upgraded_and_set() {
    let sandbox = Sandbox::new(TWO_TARGETS);
    sandbox.write(
        "loose.txt",
        "a==1.0; sys_platform == 'win32'\na>=2; sys_platform == 'linux'\nb==1.0",
    );
    let command = format!("loose.txt -q -p {FOREIGN} -p win_amd64-cp311 -o strict.txt");
    let run = |options: &str| {
        sandbox.harden(&format!("{command} {options}")).good();
        pins(&sandbox.read("strict.txt"))
    };
    let first = "a==1.0 ; sys_platform == 'win32', a==3.0 ; sys_platform == 'linux', b==1.0";
    assert_eq!(run(""), first);
    // The requirement is looser now: pins that are still valid are kept, on each target.
    sandbox.write(
        "loose.txt",
        "linux; sys_platform == 'linux'\nwindows; sys_platform == 'win32'\na\nb",
    );
    assert_eq!(
        run(""),
        format!(
            "{first}, linux==1.0 ; sys_platform == 'linux', windows==1.0 ; sys_platform == 'win32'"
        )
    );
    let rest = "linux==1.0 ; sys_platform == 'linux', windows==1.0 ; sys_platform == 'win32'";
    assert_eq!(
        run("-P a"),
        format!(
            "a==2.0 ; sys_platform == 'win32', a==3.0 ; sys_platform == 'linux', b==1.0, {rest}"
        )
    );
    assert_eq!(
        run("-U"),
        format!(
            "a==2.0 ; sys_platform == 'win32', a==3.0 ; sys_platform == 'linux', b==2.0, {rest}"
        )
    );
    sandbox.write("loose.txt", "a\nb");
    assert_eq!(run("-P a==1.0 -P b==1.0"), "a==1.0, b==1.0");
    // And they stay.
    assert_eq!(run(""), "a==1.0, b==1.0");
}

#[test]
fn a_version_that_cannot_be_set_is_reported() {
    let sandbox = Sandbox::new("a 1.0\na 2.0\nb 1.0 requires=a>=2");
    sandbox.write("loose.txt", "b");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} -P a==1.0"));
    assert_snapshot!(outcome, @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires b
      2. b 1.0 requires a>=2
      3. --upgrade-package excludes a 2.0 (a==1.0)
    hint: a 2.0 would work: change `a==1.0` in --upgrade-package
    ");
}

/// Another index has what is asked for: that is proposed before any other version.
#[test]
fn an_index_that_has_what_is_asked_for_is_named() {
    let sandbox = Sandbox::new("newer 1.0");
    let other = Server::start(Universe::new("newer 2.0"));
    sandbox.write("loose.txt", "newer==2.0");
    let shown = |options: &str| {
        // Builds need an interpreter.
        let outcome = sandbox.harden_with_path(&format!(
            "loose.txt -p {FOREIGN} -i {} --extra-index-url {} {options}",
            other.index_url(),
            sandbox.server().index_url()
        ));
        outcome.to_string().replace(&other.url(""), "[other]")
    };
    assert_snapshot!(shown(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires newer==2.0
      2. newer has no such release: there are 1.0
    hint: [other]/simple/ has newer 2.0: `--index other=[other]/simple/ --index-package newer=other` takes newer from there
    hint: newer 1.0 would work: change `newer==2.0` in loose.txt:1
    ");
    assert_eq!(shown("--build :all:"), shown(""));
}

/// A token in a URL is a variable for everybody who reads the strict file.
#[test]
fn a_variable_in_the_url_of_an_index_stays_one() {
    let sandbox = Sandbox::new("a 1.0");
    let index = sandbox.server().index_url();
    let (root, rest) = index.rsplit_once("simple").unwrap();
    sandbox.write(
        "loose.txt",
        &format!("--index-url {root}${{PART_OF_URL}}{rest}\na"),
    );
    let variables = [("PART_OF_URL", "simple")];
    sandbox
        .harden_as_pip(
            &variables,
            &format!("loose.txt -q --no-pip-config -p {FOREIGN} -o strict.txt"),
        )
        .good();
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains("${PART_OF_URL}"), "{strict}");
    sandbox.fetch_with(&variables, "strict.txt -q").good();
    assert_eq!(sandbox.list("wheelhouse").len(), 1);
    sandbox.write(
        "loose.txt",
        "--index-url http://127.0.0.1:9/${PART_OF_URL}/\na",
    );
    let failed = sandbox.harden_as_pip(
        &[("PART_OF_URL", "s3cret")],
        &format!("loose.txt --no-pip-config -p {FOREIGN}"),
    );
    assert!(!failed.to_string().contains("s3cret"), "{failed}");
}
