//! Files that are no strict file of this project, or are damaged: a clear finding each.

use insta::assert_snapshot;

use crate::common::{Texts, check, sealed, shown};

const LOOSE: &str = "idna\n";

const STRICT: &str = "\
# Hardened by harden; change loose.txt and run this again, rather than edit:
#     harden loose.txt --output strict.txt
# harden: 1 inputs=sha256:INPUTS pins=sha256:PINS platforms=manylinux2014_aarch64-cp-311-cp311
idna==3.20 \\
    --hash=sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c
    # via -r loose.txt
    # idna-3.20-py3-none-any.whl
";

fn of(strict: &[u8]) -> String {
    let inputs = Texts::new(&[("loose.txt", LOOSE)]).read("loose.txt");
    shown(&check(strict, &inputs))
}

fn good() -> String {
    let inputs = Texts::new(&[("loose.txt", LOOSE)]).read("loose.txt");
    sealed(STRICT, &inputs, &Texts::none())
}

#[test]
fn the_good_file_passes() {
    assert_eq!(of(good().as_bytes()), "");
}

#[test]
fn files_of_other_tools_are_checked_as_far_as_can_be() {
    let inputs = Texts::new(&[("loose.txt", "httpx[socks]\nclick<8.1")]).read("loose.txt");
    let pip_compile = include_bytes!("../data/pip-compile.txt");
    assert_snapshot!(shown(&check(pip_compile, &inputs)), @r"
    strict.txt:1: there is no `# harden:` line, so the file does not say what it was made from, for which targets, and whether it was edited since [header]
    loose.txt:2: `click<8.1` is not met by the pin click==8.1.7 [unmet]
    ");
    let uv = include_bytes!("../data/uv.txt");
    assert_snapshot!(shown(&check(uv, &inputs)), @r"
    strict.txt:1: there is no `# harden:` line, so the file does not say what it was made from, for which targets, and whether it was edited since [header]
    loose.txt:2: `click<8.1` is not met by the pin click==8.1.7 [unmet]
    ");
}

#[test]
fn an_empty_file_is_reported() {
    assert_snapshot!(of(b""), @r"strict.txt:1: the file has neither a header nor a pin [empty-file]");
    assert_snapshot!(of(b"\n# nothing\n"), @r"strict.txt:1: the file has neither a header nor a pin [empty-file]");
}

#[test]
fn a_merge_conflict_is_recognised_by_its_markers_alone() {
    let strict = good();
    let (pin, rest) = strict.split_once("    --hash").unwrap();
    let conflict =
        format!("{pin}<<<<<<< ours\n    --hash{rest}=======\nidna==3.21\n>>>>>>> theirs\n");
    assert_snapshot!(of(conflict.as_bytes()), @r"
    strict.txt:5: `<<<<<<< ours` is a merge conflict marker: resolve the conflict, or write the file again [merge-conflict]
    strict.txt:9: `=======` is a merge conflict marker: resolve the conflict, or write the file again [merge-conflict]
    strict.txt:11: `>>>>>>> theirs` is a merge conflict marker: resolve the conflict, or write the file again [merge-conflict]
    ");
}

#[test]
fn a_truncated_file_is_reported_wherever_it_ends() {
    let strict = good();
    let strict = strict.trim_end();
    for end in 1..strict.len() {
        let findings = of(&strict.as_bytes()[..end]);
        assert!(
            findings.contains("cut-off]")
                || findings.contains("edited]")
                || findings.contains("empty-file]")
                || findings.contains("header]"),
            "{end}: {findings}"
        );
    }
    assert_snapshot!(of(strict.as_bytes()), @r"strict.txt:7: the last line has no line end: the file may be truncated [cut-off]");
    assert_snapshot!(of(&strict.as_bytes()[..strict.find("    # via").unwrap() - 10]), @r"
    strict.txt:4: `sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits [other-hash]
    strict.txt:5: the last line has no line end: the file may be truncated [cut-off]
    ");
    assert_snapshot!(of(&strict.as_bytes()[..strict.find("    --hash").unwrap() - 1]), @r"strict.txt:4: the file ends inside a requirement: it is truncated [cut-off]");
}

#[test]
fn other_line_ends_are_reported_once() {
    assert_snapshot!(of(good().replace('\n', "\r\n").as_bytes()), @r"strict.txt:1: the line ends in CR LF; a strict file has LF: `text eol=lf` in .gitattributes keeps it in git [line-ends]");
}

#[test]
fn other_encodings_are_reported() {
    let strict = good();
    let utf16: Vec<u8> = strict.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_snapshot!(of(&[&[0xff, 0xfe], utf16.as_slice()].concat()), @r"strict.txt:1: the file is UTF-16, not UTF-8 [encoding]");
    assert_snapshot!(of(&[&[0xef, 0xbb, 0xbf], strict.as_bytes()].concat()), @r"strict.txt:1: the file starts with a byte order mark [encoding]");
    assert_snapshot!(of(&[strict.as_bytes(), b"# caf\xe9\n"].concat()), @r"strict.txt:8: the file is not UTF-8: it has the byte 0xe9 here [encoding]");
    assert_snapshot!(of(format!("# coding: latin-1\n{strict}").as_bytes()), @r"strict.txt:1: pip reads the file in the encoding `latin-1` that the comment names: a strict file is UTF-8 [encoding]");
}

#[test]
fn lines_that_a_strict_file_must_not_contain_are_reported_by_rule() {
    for (line, rule) in [
        ("flask>=2", "not-pinned"),
        ("flask==2.0", "no-hash"),
        (
            "flask==2.0 --hash=md5:0123456789abcdef0123456789abcdef",
            "other-hash",
        ),
        ("-e ./app", "not-a-release"),
        ("git+https://index.test/app.git", "not-a-release"),
        ("-r more.txt", "include"),
        ("!!", "syntax"),
        ("# harden: 2 pins=x", "header"),
    ] {
        let findings = of(format!("{line}\n").as_bytes());
        assert!(
            findings.contains(&format!("[{rule}]")),
            "{line}: {findings}"
        );
    }
}

proptest::proptest! {
    /// Nothing makes the check panic.
    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        of(&bytes);
    }

    #[test]
    fn any_lines_of_a_strict_file_are_judged(lines in proptest::collection::vec(0_usize..7, 0..12)) {
        let strict = good();
        let known: Vec<&str> = strict.lines().collect();
        let text: String = lines.iter().flat_map(|line| [known[*line], "\n"]).collect();
        of(text.as_bytes());
    }
}
