//! `harden report`: a lock to look at, made of what is kept on the machine; and the graphs of `harden tree`.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// A lock for two targets, with a newer release that a requirement keeps out.
fn locked() -> Sandbox {
    let sandbox = Sandbox::new(
        "
        a 1.0 requires=b<2;c
        b 1.0 wheels=cp312-cp312-win_amd64,cp312-cp312-manylinux2014_aarch64
        b 2.0
        c 1.0 requires=a
        d 1.0
        ",
    );
    sandbox.write("loose.txt", "a\nd; sys_platform == 'win32'");
    let targets = "-p win_amd64-cp312 -p manylinux2014_aarch64-cp312";
    let lock = format!("loose.txt {targets} -q -o strict.txt");
    sandbox.harden(&lock).good();
    sandbox
}

#[test]
fn a_report_tells_what_strict_file_and_cache_know() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("report --format text"), @"");
    assert_snapshot!(sandbox.harden("report strict.txt --format markdown"), @"");
}

#[test]
fn what_is_not_kept_is_unknown() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("report strict.txt --format text --cache-dir none"), @"");
}

#[test]
fn a_wheelhouse_says_what_wheels_take_once_they_are_installed() {
    let sandbox = locked();
    let before = sandbox.harden("report --format text");
    sandbox.fetch("-q").good();
    let after = sandbox.harden("report --format text");
    assert!(before.stdout.contains("installed unknown"), "{before}");
    assert!(!after.stdout.contains("installed unknown"), "{after}");
}

#[test]
fn two_strict_files_are_compared() {
    let sandbox = locked();
    sandbox.write("other.txt", "d");
    sandbox
        .harden("other.txt -p win_amd64-cp312 -q -o other.strict.txt")
        .good();
    assert_snapshot!(sandbox.harden("report strict.txt other.strict.txt --format text"), @"");
    assert_snapshot!(sandbox.harden("report strict.txt other.strict.txt --together --format text"), @"");
    assert_snapshot!(sandbox.harden("report strict.txt strict.txt other.strict.txt"), @"");
}

#[test]
fn a_page_asks_for_nothing_and_is_the_same_each_time() {
    let sandbox = locked();
    sandbox.harden("report -o one.html").good();
    sandbox.harden("report -o other.html").good();
    let page = sandbox.read("one.html");
    assert_eq!(page, sandbox.read("other.html"));
    assert!(page.contains("default-src 'none'"));
    for asks in ["href=\"http", "src=", "url(", "@import"] {
        assert!(!page.contains(asks), "{asks}");
    }
    // Each of the four pins has its node, its row and its details.
    assert_eq!(page.matches("data-n=\"").count(), 4 + 4);
    assert_eq!(page.matches("<article").count(), 4);
}

#[test]
fn a_graph_is_drawn_by_other_programs_too() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("tree -p manylinux2014_aarch64-cp312 --format mermaid"), @"");
    assert_snapshot!(sandbox.harden("tree b --invert --format dot"), @"");
    assert_snapshot!(sandbox.harden("tree e --format dot"), @"");
    assert_snapshot!(sandbox.harden("tree -p win_amd64-cp311 --format svg"), @"");
    let svg = sandbox.harden("tree --format svg");
    assert_eq!(svg.stdout.matches("<rect").count(), 4, "{svg}");
}
