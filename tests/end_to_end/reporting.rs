//! `harden report`: a lock to look at, made of what is kept on the machine; and the graphs of `harden tree`.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// A lock for two targets, with a newer release that a requirement keeps out.
fn locked() -> Sandbox {
    let sandbox = Sandbox::new(
        "
        a 1.0 requires=b<2,c
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
fn a_report_shows_facts_of_strict_file_and_cache() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("report --format text"), @r"
    exit 0
    --- stdout
    strict.txt: 4 packages
      [1] win_amd64-cp-312-cp312
          4 packages; download [size], installed unknown
      [2] manylinux2014_aarch64-cp-312-cp312
          3 packages; download [size], installed unknown
      newest: d 1.0, uploaded 2024-01-01
      oldest: a 1.0, uploaded 2024-01-01

      package                                             [1]         [2]   uploaded
      a 1.0                                        o    [size]  o    [size] 2024-01-01
      b 1.0                                        #    [size]  #    [size] 2024-01-01
      c 1.0                                        o    [size]  o    [size] 2024-01-01
      d 1.0                                        o    [size]           - 2024-01-01
      o pure  @ abi3  # native  + built  ? unknown

    weight
      a                               [size]  ████████████████████████████████████
      b                               [size]  ███████████████████████████████████
      c                               [size]  ███████████████████████████████████
      d                               [size]  ███████████████████████████████████
    ");
    assert_snapshot!(sandbox.harden("report strict.txt --format markdown"), @r"
    exit 0
    --- stdout
    ## strict.txt

    **4 packages**, 2 of them asked for directly, for 2 targets. Newest: d of 2024-01-01; oldest: a of 2024-01-01.

    | target | packages | to download | installed |
    | --- | --: | --: | --: |
    | win\_amd64-cp-312-cp312 | 4 | [size] | unknown |
    | manylinux2014\_aarch64-cp-312-cp312 | 3 | [size] | unknown |

    <details><summary>4 packages</summary>

    | package | version | kind | size | uploaded | required by |
    | --- | --- | --- | --: | --- | --- |
    | a | 1.0 | pure | [size] | 2024-01-01 | c, loose.txt |
    | b | 1.0 | native | [size] | 2024-01-01 | a |
    | c | 1.0 | pure | [size] | 2024-01-01 | a |
    | d | 1.0 | pure | [size] | 2024-01-01 | loose.txt |

    </details>
    ");
}

#[test]
fn what_is_not_kept_is_unknown() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("report strict.txt --format text --cache-dir none"), @r"
    exit 0
    --- stdout
    strict.txt: 4 packages
      [1] win_amd64-cp-312-cp312
          4 packages; download unknown, installed unknown
      [2] manylinux2014_aarch64-cp-312-cp312
          3 packages; download unknown, installed unknown

      package                                             [1]         [2]   uploaded
      a 1.0                                        o           o             unknown
      b 1.0                                        #           #             unknown
      c 1.0                                        o           o             unknown
      d 1.0                                        o                    -    unknown
      o pure  @ abi3  # native  + built  ? unknown
    ");
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
    assert_snapshot!(sandbox.harden("report strict.txt other.strict.txt --format text"), @r"
    exit 0
    --- stdout
    strict.txt → other.strict.txt: 1 package
      [1] win_amd64-cp-312-cp312
          1 package; download [size], installed unknown
      newest: d 1.0, uploaded 2024-01-01
      oldest: d 1.0, uploaded 2024-01-01

    since strict.txt: 3 removed
      − a removed, was 1.0
      − b removed, was 1.0
      − c removed, was 1.0
      target removed: manylinux2014_aarch64-cp-312-cp312

      package                                                         [1]   uploaded
      d 1.0                                                    o    [size] 2024-01-01
      o pure  @ abi3  # native  + built  ? unknown

    weight
      d                               [size]  ████████████████████████████████████
    ");
    assert_snapshot!(sandbox.harden("report strict.txt other.strict.txt --together --format text"), @r"
    exit 0
    --- stdout
    strict.txt, other.strict.txt: 4 packages
      [1] win_amd64-cp-312-cp312 in strict.txt
          4 packages; download [size], installed unknown
      [2] manylinux2014_aarch64-cp-312-cp312 in strict.txt
          3 packages; download [size], installed unknown
      [3] win_amd64-cp-312-cp312 in other.strict.txt
          1 package; download [size], installed unknown
      newest: d 1.0, uploaded 2024-01-01
      oldest: a 1.0, uploaded 2024-01-01

      package                                 [1]         [2]         [3]   uploaded
      a 1.0                            o    [size]  o    [size]           - 2024-01-01
      b 1.0                            #    [size]  #    [size]           - 2024-01-01
      c 1.0                            o    [size]  o    [size]           - 2024-01-01
      d 1.0                            o    [size]           -  o    [size] 2024-01-01
      o pure  @ abi3  # native  + built  ? unknown

    weight
      a                               [size]  ████████████████████████████████████
      b                               [size]  ███████████████████████████████████
      c                               [size]  ███████████████████████████████████
      d                               [size]  ███████████████████████████████████
    ");
    assert_snapshot!(sandbox.harden("report strict.txt strict.txt other.strict.txt"), @r"
    exit 2
    --- stderr
    error: 3 strict files cannot be compared with each other, but two can
    hint: --together shows them side by side
    ");
}

#[test]
fn a_page_asks_for_nothing_and_is_the_same_each_time() {
    let sandbox = locked();
    sandbox.harden("report -o one.html").good();
    sandbox.harden("report -o other.html").good();
    let page = sandbox.read("one.html");
    assert_eq!(page, sandbox.read("other.html"));
    assert!(page.contains("default-src &#39;none&#39;"));
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
    assert_snapshot!(sandbox.harden("tree -p manylinux2014_aarch64-cp312 --format mermaid"), @r#"
    exit 0
    --- stdout
    flowchart TB
      n0("a 1.0"):::direct
      n1("b 1.0")
      n2("c 1.0")
      n0 --> n1
      n0 --> n2
      n2 --> n0
      classDef direct stroke-width:3px
    "#);
    assert_snapshot!(sandbox.harden("tree b --invert --format dot"), @r#"
    exit 0
    --- stdout
    digraph lock {
      rankdir=TB;
      node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];
      n0 [label="a 1.0", style="rounded,bold"];
      n1 [label="b 1.0"];
      n2 [label="c 1.0"];
      n0 -> n1;
      n0 -> n2;
      n2 -> n0;
    }
    "#);
    assert_snapshot!(sandbox.harden("tree e --format dot"), @r"
    exit 1
    --- stderr
    error: e is not in strict.txt
    hint: did you mean `a`?
    ");
    assert_snapshot!(sandbox.harden("tree -p win_amd64-cp311 --format svg"), @r"
    exit 2
    --- stderr
    error: strict.txt is not for win_amd64-cp-311-cp311, but for win_amd64-cp-312-cp312 and manylinux2014_aarch64-cp-312-cp312
    ");
    let svg = sandbox.harden("tree --format svg");
    assert_eq!(svg.stdout.matches("<rect").count(), 4, "{svg}");
}

/// `-o` names the report, and for other commands the strict file.
#[test]
fn a_report_does_not_replace_requirements() {
    let sandbox = locked();
    let before = sandbox.read("strict.txt");
    assert_snapshot!(sandbox.harden("report -o strict.txt"), @r"
    exit 2
    --- stderr
    error: strict.txt holds requirements and is not replaced by a report
    hint: -o names the report, as in `harden report strict.txt -o report.html`
    ");
    assert_eq!(sandbox.harden("report -o loose.txt").code, Some(2));
    assert_eq!(sandbox.read("strict.txt"), before);
    for _ in 0..2 {
        sandbox.harden("report -o report.html").good();
    }
}

/// What `harden check` says of a lock of the configuration is what the report says.
#[test]
fn a_report_finds_what_check_finds() {
    let sandbox = locked();
    let config = "loose = 'loose.txt'\nplatforms = 'win_amd64-cp312'";
    sandbox.write("harden.toml", config);
    assert_eq!(sandbox.harden("check").code, Some(1));
    let report = sandbox.harden("report --format text").good();
    assert!(report.contains("stale"), "{report}");
}

/// An audit is a file: nobody is asked.
#[test]
fn advisories_of_an_audit_are_shown_with_the_fixed_version() {
    let sandbox = locked();
    let advisory = r#"{"id": "X-1", "summary": "it <b>leaks</b>\nmuch", "affected": [{"package":
        {"ecosystem": "PyPI", "name": "B"}, "ranges": [{"type": "ECOSYSTEM", "events":
        [{"introduced": "0"}, {"fixed": "0.5"}, {"introduced": "0.9"}, {"fixed": "2.0"}]}]}]}"#;
    let scanner = format!(
        r#"{{"results": [{{"packages": [{{"package": {{"name": "b", "version": "1.0", "ecosystem":
        "PyPI"}}, "vulnerabilities": [{advisory}]}}]}}]}}"#
    );
    let pip_audit = r#"{"dependencies": [{"name": "a", "version": "1.0", "vulns": []}, {"name": "b",
        "version": "1.0", "vulns": [{"id": "X-1", "fix_versions": ["3.0", "2.0", "0.5"], "description":
        "it <b>leaks</b>\nmuch"}]}, {"name": "c", "skip_reason": "it was"}], "fixes": []}"#;
    for audit in [advisory, &scanner, &format!("[{advisory}]"), pip_audit] {
        sandbox.write("audit.json", audit);
        let text = sandbox
            .harden("report --audit audit.json --format text")
            .good();
        assert!(
            text.contains("  X-1: b 1.0: it <b>leaks</b>; fixed in 2.0\n"),
            "{text}"
        );
        let page = sandbox.harden("report --audit audit.json").good();
        assert!(page.contains("-P b==2.0"), "{audit}");
        assert!(!page.contains("<b>leaks"), "{audit}");
        let markdown = sandbox
            .harden("report --audit audit.json --format markdown")
            .good();
        assert!(markdown.contains("**X-1**"), "{markdown}");
    }
    for (begin, end, is_told) in [
        ("0", "1.0", false),
        ("1.0", "1.1", true),
        ("1.1", "2.0", false),
    ] {
        let other = advisory
            .replace("\"0\"", &format!("\"{begin}\""))
            .replace("\"0.5\"", &format!("\"{end}\""));
        let other = other.replace(r#", {"introduced": "0.9"}, {"fixed": "2.0"}"#, "");
        sandbox.write("audit.json", &other);
        let text = sandbox
            .harden("report --audit audit.json --format text")
            .good();
        assert_eq!(text.contains("X-1"), is_told, "{begin} {end}");
    }
    sandbox.write("audit.json", "{}");
    assert_snapshot!(sandbox.harden("report --audit audit.json"), @r"
    exit 2
    --- stderr
    error: audit.json cannot be read as the result of an audit
    hint: make one with `pip-audit --format json` or `osv-scanner --format json`, or give advisories in OSV's form
    ");
}

/// A package whose cutoff is lifted is not reported as newer than it.
#[test]
fn a_cutoff_is_reported_where_it_applies() {
    let sandbox = Sandbox::new(
        "a 1.0 uploaded=2024-01-01\na 2.0 uploaded=2024-03-01\nb 1.0 uploaded=2024-03-01",
    );
    sandbox.write("loose.txt", "a<2\nb");
    let lock = "loose.txt -p win_amd64-cp312 -o strict.txt --exclude-newer 2024-02-01";
    sandbox
        .harden(&format!(
            "{lock} --exclude-newer-package b=false --exclude-newer-package a=false"
        ))
        .good();
    let page = sandbox.harden("report").good();
    assert!(!page.contains("after the cutoff"));
    sandbox.write("loose.txt", "a");
    sandbox.harden(&format!("{lock} -U")).good();
    let page = sandbox.harden("report").good();
    assert!(page.contains("after the cutoff"));
}
