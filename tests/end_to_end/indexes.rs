//! Which index a package comes from, and versions that are asked for by name.

use harden_testindex::{Server, Universe};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

/// What a stranger uploads to a public index, to be taken for a private package.
const PUBLIC: &str = "ours 99.0\nlib 2.0\nnewer 2.0";

/// A private index with a package of ours, and a public one that has one of that name too.
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

/// Dependency confusion is not the default.
#[test]
fn the_first_index_that_has_a_package_wins() {
    let (sandbox, public) = two();
    sandbox.write("loose.txt", "ours\nnewer");
    let command = format!(
        "loose.txt -q -p {FOREIGN} --extra-index-url {}",
        public.index_url()
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
fn a_package_tied_to_an_index_comes_from_there_alone() {
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
    // Hashes bind what is fetched: any of the indexes may have it.
    let index = public.index_url();
    sandbox.fetch(&format!("strict.txt -i {index}")).good();
    assert_eq!(sandbox.list("wheelhouse").len(), 3);
}

#[test]
fn ties_may_stand_in_the_configuration() {
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
fn ties_that_lead_nowhere_are_refused() {
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
fn a_folder_of_wheels_stands_in_for_an_index() {
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
    // Beside an index, they are candidates as the index's are, as pip has it.
    let beside = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} --find-links wheels"));
    assert_eq!(pins(&beside.good()), "a==1.0, b==2.0");
}

/// Wheels are what a strict file holds.
#[test]
fn only_binary_is_what_is_done_and_no_binary_is_refused() {
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

/// A package may have several lines, told apart by markers: they are kept, let go and set together.
#[test]
fn both_pins_of_a_package_that_differs_between_targets_are_kept_let_go_and_set() {
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
    // Looser now: what is pinned stays where it is still valid, on each target.
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
    // And there they stay.
    assert_eq!(run(""), "a==1.0, b==1.0");
}

#[test]
fn a_version_that_is_set_but_cannot_be_is_told() {
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
