//! Each rule of the offline check: what breaks it is reported, and nothing else is.

use harden_hasher::Rule;
use insta::assert_snapshot;

use crate::common::{Texts, check, check_with, sealed, shown};

const LOOSE: &str = "\
app[cli]>=1
-c limits.txt
old ; sys_platform == 'win32'
";

const LIMITS: &str = "fast-c<3\n";

const STRICT: &str = "\
# Hardened by harden; change loose.txt and run this again, rather than edit:
#     harden loose.txt --output strict.txt
# harden: 1 inputs=sha256:INPUTS pins=sha256:PINS platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311
--index-url https://index.test/simple
app==1.0 \\
    --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    # via -r loose.txt
    # extras: cli
    # app-1.0-py3-none-any.whl
fast-c==2.1 \\
    --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    # via
    #   app
    #   old
    # fast_c-2.1-py3-none-any.whl
leaf==4.0 \\
    --hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    # via fast-c
    # leaf-4.0-py3-none-any.whl
old==0.1 ; sys_platform == 'win32' \\
    --hash=sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
    # via -r loose.txt
    # old-0.1-py3-none-any.whl
";

/// What the check says of the files after some replacements, the digests being made to fit: nobody
/// who edits a file is to get by the other rules by that.
fn after(loose: &[(&str, &str)], strict: &[(&str, &str)]) -> String {
    let replaced = |text: &str, edits: &[(&str, &str)]| {
        edits.iter().fold(text.to_owned(), |text, (old, new)| {
            assert!(text.contains(old), "there is no {old}");
            text.replacen(old, new, 1)
        })
    };
    let inputs = Texts::new(&[
        ("loose.txt", &replaced(LOOSE, loose)),
        ("limits.txt", LIMITS),
    ])
    .read("loose.txt");
    let strict = sealed(&replaced(STRICT, strict), &inputs, &Texts::none());
    shown(&check(strict.as_bytes(), &inputs))
}

fn in_strict(strict: &[(&str, &str)]) -> String {
    after(&[], strict)
}

fn in_loose(loose: &[(&str, &str)]) -> String {
    after(loose, &[])
}

#[test]
fn a_sound_file_passes() {
    assert_eq!(in_strict(&[]), "");
}

#[test]
fn rule_names_are_distinct_and_each_says_what_it_asks_for() {
    let mut names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(rule.summary().ends_with('.'), "{rule}");
    }
}

#[test]
fn an_edit_is_found_by_the_digest() {
    let inputs = Texts::new(&[("loose.txt", LOOSE), ("limits.txt", LIMITS)]).read("loose.txt");
    let strict = sealed(STRICT, &inputs, &Texts::none());
    let edited = strict.replace("=sha256:aaa", "=sha256:aab");
    assert_snapshot!(shown(&check(edited.as_bytes(), &inputs)), @r"strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]");
    let noted = strict.replace("--index-url", "\n# a note\n--index-url");
    assert_eq!(shown(&check(noted.as_bytes(), &inputs)), "");
}

#[test]
fn loose_requirements_that_say_something_else_are_stale_and_those_that_say_the_same_are_not() {
    let inputs =
        |loose| Texts::new(&[("loose.txt", loose), ("limits.txt", LIMITS)]).read("loose.txt");
    let strict = sealed(STRICT, &inputs(LOOSE), &Texts::none());
    let check = |loose| shown(&check(strict.as_bytes(), &inputs(loose)));
    assert_snapshot!(check("app[cli]>=1\n-c limits.txt\n"), @r"
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    strict.txt:20: nothing requires old, on win_amd64-cp-311-cp311 [left-over]
    ");
    assert_snapshot!(check("# web\n-c limits.txt\n\nold;sys_platform=='win32'\nApp[CLI] >= 1  # app\n"), @"");
}

#[test]
fn structure() {
    assert_snapshot!(in_strict(&[("leaf==4.0", "Leaf==4.0")]), @r"strict.txt:16: `Leaf` is not in normalised form [spelling]");
    assert_snapshot!(in_strict(&[("leaf==4.0 \\", "leaf==4.0 --hash=sha512:00ff \\")]), @r"strict.txt:16: a sha512 hash is beside the sha256: pip accepts a file that matches either, but harden verifies only the sha256 [other-hash]");
    assert_snapshot!(in_strict(&[("leaf==4.0", "aleaf==4.0"), ("change loose.txt", "alter loose.txt")]), @r"
    strict.txt:3: the header names neither the loose requirements nor the command that makes the file [header]
    strict.txt:16: aleaf comes after fast-c, out of order [order]
    ");
    assert_snapshot!(in_strict(&[("https://index", "http://index")]), @r"strict.txt:3: --index-url reads index.test over plain HTTP, which anyone on the network can change [plain-http]");
    assert_snapshot!(in_strict(&[("https://index", "https://bob:secret@index")]), @r"strict.txt:3: --index-url contains a login for index.test: replace the login, because it is exposed [credentials]");
    assert_eq!(
        in_strict(&[("https://index.test", "http://127.0.0.1:8080")]),
        ""
    );
    assert_eq!(in_strict(&[("https://index.test", "http://localhost")]), "");
    assert_eq!(
        in_strict(&[("https://index.test", "https://${TOKEN}@index.test")]),
        ""
    );
}

#[test]
fn one_target_has_one_version() {
    let pin = "old==0.1 ; sys_platform == 'win32' \\\n";
    let second = |version: &str, marker: &str| {
        format!(
            "old=={version}{marker} \\\n    --hash=sha256:{}\n    # via -r loose.txt\n    # a.whl\n{pin}",
            "e".repeat(64)
        )
    };
    assert_snapshot!(in_strict(&[(pin, &second("0.1", " ; sys_platform == 'win32'"))]), @r"strict.txt:24: old is pinned twice [duplicate]");
    assert_snapshot!(in_strict(&[(pin, &second("0.0", " ; python_version == '3.11'"))]), @r"
    strict.txt:20: nothing requires old, on manylinux2014_aarch64-cp-311-cp311 [left-over]
    strict.txt:24: old has a second version, on win_amd64-cp-311-cp311 [duplicate]
    ");
    assert_eq!(
        after(
            &[("old ; sys_platform == 'win32'", "old")],
            &[(pin, &second("0.0", " ; sys_platform == 'linux'"))]
        ),
        ""
    );
}

#[test]
fn markers_have_an_outcome() {
    assert_snapshot!(in_strict(&[("fast-c==2.1", "fast-c==2.1 ; platform_release != '6'")]), @"strict.txt:10: the marker of fast-c depends on platform_release, which the target does not define: pass --marker platform_release=VALUE [undecided-marker]");
    assert_snapshot!(in_loose(&[("app[cli]>=1", "app[cli]>=1 ; platform_release != '6'")]), @"loose.txt:1: the marker of `app[cli]>=1` depends on platform_release, which the target does not define: pass --marker platform_release=VALUE [undecided-marker]");
    assert_snapshot!(in_strict(&[("leaf==4.0", "leaf==4.0 ; os_name ~= 'nt'")]), @r#"strict.txt:16: the marker of leaf cannot be evaluated: `os_name ~= "nt"` cannot be evaluated: both sides must be versions [undecided-marker]"#);
}

#[test]
fn requirements_are_met_on_every_target_where_they_hold() {
    assert_snapshot!(in_loose(&[("app[cli]>=1", "app[cli]>=2")]), @r"loose.txt:1: `app[cli]>=2` is not met by the pin app==1.0 [unmet]");
    assert_snapshot!(in_loose(&[("app[cli]>=1", "app[cli]>=1\nnewcomer\nold")]), @r"
    loose.txt:2: `newcomer` is not pinned [missing-pin]
    loose.txt:3: `old` is not pinned, on manylinux2014_aarch64-cp-311-cp311 [missing-pin]
    ");
    assert_snapshot!(in_loose(&[("app[cli]>=1", "app[cli]>=1\nleaf<4; sys_platform=='linux'")]), @r"loose.txt:2: `leaf<4` is not met by the pin leaf==4.0, on manylinux2014_aarch64-cp-311-cp311 [unmet]");
    let hash = format!("app[cli]>=1 --hash=sha256:{}", "f".repeat(64));
    assert_snapshot!(in_loose(&[("app[cli]>=1", &hash)]), @r"loose.txt:1: `app[cli]>=1` allows other hashes than those of the pin app==1.0 [unmet]");
    assert_snapshot!(in_strict(&[("fast-c==2.1", "fast-c==3.1")]), @r"limits.txt:1: `fast-c<3` is not met by the pin fast-c==3.1 [unmet]");
}

/// A target without a patch level is every patch release, and a marker may part them.
#[test]
fn a_target_is_parted_where_markers_turn_on_the_patch_level() {
    let early = "python_full_version < '3.11.3'";
    let (required, pinned) = (
        format!("app[cli]>=1\nextra-late ; {early}"),
        format!(
            "extra-late==1 ; {early} \\\n    --hash=sha256:{}\n    # via -r loose.txt\nfast-c==2.1",
            "e".repeat(64)
        ),
    );
    let loose = [("app[cli]>=1", required.as_str())];
    assert_eq!(after(&loose, &[("fast-c==2.1", &pinned)]), "");
    let later = pinned.replace(early, "python_full_version < '3.11.2'");
    assert_snapshot!(after(&loose, &[("fast-c==2.1", &later)]), @r"loose.txt:2: `extra-late` is not pinned, on manylinux2014_aarch64-cp-311-cp311 with Python 3.11.2 and win_amd64-cp-311-cp311 with Python 3.11.2 [missing-pin]");
}

#[test]
fn overrides_take_the_place_of_requirements() {
    let texts = Texts::new(&[
        ("loose.txt", "app[cli]>=2\nold; sys_platform == 'win32'"),
        ("overrides.txt", "app==1.0\nleaf==5"),
    ]);
    let (inputs, overrides) = (texts.read("loose.txt"), texts.read("overrides.txt"));
    let strict = sealed(STRICT, &inputs, &overrides);
    let findings = check_with(strict.as_bytes(), &inputs, &overrides);
    assert_snapshot!(shown(&findings), @r"overrides.txt:2: `leaf==5` is not met by the pin leaf==4.0 [unmet]");
}

/// An extra that a release does not have is not a fault of an unedited file; in one
/// that is not, nobody knows better.
#[test]
fn extras_are_those_that_were_resolved() {
    let inputs =
        |loose| Texts::new(&[("loose.txt", loose), ("limits.txt", LIMITS)]).read("loose.txt");
    let strict = sealed(STRICT, &inputs(LOOSE), &Texts::none());
    let more = LOOSE.replace("[cli]", "[cli,speed]");
    assert_snapshot!(shown(&check(strict.as_bytes(), &inputs(&more))), @r"
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    loose.txt:1: the pin app==1.0 was resolved without the extra [speed], which `app[cli,speed]>=1` requires [missing-extra]
    ");
    assert_eq!(in_loose(&[("[cli]", "[cli,speed]")]), "");
}

#[test]
fn every_pin_is_led_to_by_what_is_there() {
    assert_snapshot!(in_strict(&[("via -r loose.txt\n    # extras", "extras")]), @r"strict.txt:5: nothing requires app [left-over]");
    assert_snapshot!(in_strict(&[("via fast-c", "via gone")]), @r"strict.txt:16: nothing requires leaf [left-over]");
    assert_snapshot!(in_strict(&[("    #   old", "    #   gone")]), @r"strict.txt:10: fast-c is required by gone according to its `# via` comment, and gone is not pinned [broken-edge]");
    assert_snapshot!(in_strict(&[("    #   old", "    #   -r loose.txt")]), @r"strict.txt:10: fast-c is required by loose.txt according to its `# via` comment, and loose.txt does not name it [broken-edge]");
    assert_snapshot!(in_strict(&[("    #   app\n    #   old", "    #   leaf")]), @r"strict.txt:10: nothing requires fast-c [left-over]");
    assert_snapshot!(in_strict(&[("    #   app\n    #   old", "    #   old")]), @r"strict.txt:10: nothing requires fast-c, on manylinux2014_aarch64-cp-311-cp311 [left-over]");
    assert_snapshot!(in_strict(&[("leaf==4.0", "leaf==4.0 ; sys_platform == 'darwin'")]), @r"strict.txt:16: the marker of leaf holds on no target [left-over]");
}

/// The file may be checked from another folder than it was made in.
#[test]
fn loose_files_are_known_by_the_end_of_their_paths() {
    let texts = Texts::new(&[("web/loose.txt", LOOSE), ("web/limits.txt", LIMITS)]);
    let inputs = texts.read("web/loose.txt");
    let strict = sealed(STRICT, &inputs, &Texts::none());
    assert_eq!(shown(&check(strict.as_bytes(), &inputs)), "");
}
