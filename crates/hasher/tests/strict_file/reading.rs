//! Strict files read, and what is refused.

use std::fmt::Write as _;

use harden_hasher::{Remark, StrictFile};
use harden_packaging::Via;

fn read(text: &str) -> StrictFile {
    StrictFile::parse(text, "strict.txt").unwrap()
}

/// One line a pin, with all that was read of it.
fn summary(strict: &StrictFile) -> String {
    let mut summary = String::new();
    for pin in strict.pins() {
        let via: Vec<String> = pin
            .via()
            .iter()
            .map(|via| match via {
                Via::Package(name) => name.to_string(),
                Via::File(file) => format!("file {file}"),
            })
            .collect();
        let extras: Vec<&str> = pin.extras().iter().map(AsRef::as_ref).collect();
        writeln!(
            summary,
            "{:2} {} {} {extras:?} {:?} {} hashes, via {via:?}",
            pin.line(),
            pin.name(),
            pin.version(),
            pin.marker_text(),
            pin.hashes().len(),
        )
        .unwrap();
    }
    summary
}

#[test]
fn what_pip_compile_writes_is_read() {
    let strict = read(include_str!("../data/pip-compile.txt"));
    assert!(strict.header().is_none());
    insta::assert_snapshot!(summary(&strict), @r#"
     7 anyio 4.16.0 [] None 2 hashes, via ["httpx"]
    11 certifi 2026.10.18 [] None 2 hashes, via ["httpcore", "httpx"]
    17 click 8.1.7 [] None 2 hashes, via ["file loose.txt"]
    21 h11 0.16.0 [] None 2 hashes, via ["httpcore"]
    25 httpcore 1.0.9 [] None 2 hashes, via ["httpx"]
    29 httpx 0.27.0 ["socks"] None 2 hashes, via ["file loose.txt"]
    33 idna 3.20 [] None 2 hashes, via ["anyio", "httpx"]
    39 sniffio 1.3.1 [] None 2 hashes, via ["httpx"]
    43 socksio 1.0.0 [] None 2 hashes, via ["httpx"]
    47 typing-extensions 4.16.0 [] None 2 hashes, via ["anyio"]
    "#);
}

#[test]
fn what_uv_writes_is_read() {
    let strict = read(include_str!("../data/uv.txt"));
    assert!(strict.header().is_none());
    insta::assert_snapshot!(summary(&strict), @r#"
     3 anyio 4.16.0 [] None 2 hashes, via ["httpx"]
     7 certifi 2026.10.18 [] None 2 hashes, via ["httpcore", "httpx"]
    13 click 8.1.7 [] None 2 hashes, via ["file loose.txt"]
    17 colorama 0.4.6 [] Some("sys_platform == 'win32'") 2 hashes, via ["click", "file loose.txt"]
    23 h11 0.16.0 [] None 2 hashes, via ["httpcore"]
    27 httpcore 1.0.9 [] None 2 hashes, via ["httpx"]
    31 httpx 0.27.0 [] None 2 hashes, via ["file loose.txt"]
    35 idna 3.20 [] None 2 hashes, via ["anyio", "httpx"]
    41 sniffio 1.3.1 [] None 2 hashes, via ["httpx"]
    45 socksio 1.0.0 [] None 2 hashes, via ["httpx"]
    49 typing-extensions 4.16.0 [] Some("python_full_version < '3.15'") 2 hashes, via ["anyio"]
    "#);
}

const HASH: &str = "--hash=sha256:07aae2bb5eaf77993ef57e357491839f5fd9f4dc281593a81a9e4d79a24f295c";

fn refused(line: &str) -> String {
    let text = format!("ok==1 {HASH}\n{}\n", line.replace("HASH", HASH));
    StrictFile::parse(&text, "strict.txt")
        .unwrap_err()
        .to_string()
}

/// Each with file, line and reason.
#[test]
fn what_no_strict_file_may_hold_is_refused() {
    let lines = [
        "flask==2.0",
        "flask==2.0 --hash=sha512:ab",
        "flask>=2.0 HASH",
        "flask==2.* HASH",
        "flask==2.0,!=2.1 HASH",
        "flask===2.0 HASH",
        "flask HASH",
        "flask==two HASH",
        "-e git+https://bob:pw@index.test/flask.git#egg=flask",
        "-e .",
        "git+https://bob:pw@index.test/flask.git HASH",
        "flask @ https://bob:pw@index.test/flask-2.0-py3-none-any.whl HASH",
        "flask @ https://index.test/flask-2.0-py3-none-any.whl?token=x HASH",
        "flask @ https://index.test/flask-2.0-py3-none-any.whl#md5=0 HASH",
        "flask @ https://index.test/flask-2.0-py3-none-any.whl; os_name == 'nt' HASH",
        "flask @ https://index.test/django-2.0-py3-none-any.whl HASH",
        "https://index.test/main.zip HASH",
        "./flask HASH",
        "-r more.txt",
        "--constraint=limits.txt",
        "--index-url",
        "--isolated",
        "flask==2.0 HASH --config-settings=x=y",
        "flask==2.0 --hash=sha256:07aae2",
        "flask==2.0 --hash=sha256:07aae2bb HASH",
        "flask==2.0 --hash=md5:07aae2bb HASH",
        "flask==2.0 --hash",
        "flask==2.0 ; os_name == '${NAME}' HASH",
        "flask==2.0 ; python_version HASH",
        "<<<<<<< ours",
        "flask==2.0 HASH # \u{2028}evil==1",
        "# harden: 2 inputs=sha256:00",
        "flask==2.0 \\\n    HASH \\",
    ];
    let mut refusals = String::new();
    for line in lines {
        writeln!(refusals, "{}", refused(line)).unwrap();
    }
    insta::assert_snapshot!(refusals, @r"
    strict.txt:2: `flask` has no sha256 hash: every pin needs one
    strict.txt:2: `flask` has no sha256 hash: every pin needs one
    strict.txt:2: `flask>=2.0` is not pinned: a strict file has only `flask==VERSION`
    strict.txt:2: `flask==2.*` is not pinned: a strict file has only `flask==VERSION`
    strict.txt:2: `flask==2.0,!=2.1` is not pinned: a strict file has only `flask==VERSION`
    strict.txt:2: `flask===2.0` is not pinned: a strict file has only `flask==VERSION`
    strict.txt:2: `flask` is not pinned: a strict file has only `flask==VERSION`
    strict.txt:2: `flask==two --hash=sha256:07aae2bb5eaf77993ef57e357491839f5fd9f4dc281593a81a9e4d7…` is not a pin: expected `NAME==VERSION --hash=sha256:…`
    strict.txt:2: `-e git+https://index.test/flask.git` is an editable installation: a strict file has only versions, and files that can be hashed
    strict.txt:2: `-e .` is an editable installation: a strict file has only versions, and files that can be hashed
    strict.txt:2: `git+https://index.test/flask.git` is a repository: a strict file has only versions, and files that can be hashed
    strict.txt:2: `flask @ https://index.test/flask-2.0-py3-none-any.whl` cannot be pinned: its login is a secret
    strict.txt:2: `flask @ https://index.test/flask-2.0-py3-none-any.whl` cannot be pinned: the query of a URL (`?…`) may be a secret, which has no place in a strict file; download the file and name its path
    strict.txt:2: `flask @ https://index.test/flask-2.0-py3-none-any.whl` cannot be pinned: `#md5=0` is not a digest of that algorithm
    strict.txt:2: `flask @ https://index.test/flask-2.0-py3-none-any.whl; os_name == 'nt' --hash=sh…` is not a pin: expected `NAME==VERSION --hash=sha256:…`
    strict.txt:2: `flask @ https://index.test/django-2.0-py3-none-any.whl` cannot be pinned: the file is one of django
    strict.txt:2: `https://index.test/main.zip` cannot be pinned: `main.zip` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz
    strict.txt:2: `./flask` cannot be pinned: `flask` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz
    strict.txt:2: `-r more.txt` includes another file: a strict file includes none
    strict.txt:2: `--constraint=limits.txt` includes another file: a strict file includes none
    strict.txt:2: `--index-url` is not an option of requirements files, or its value is missing or quoted
    strict.txt:2: `--isolated` is not an option of requirements files, or its value is missing or quoted
    strict.txt:2: `--config-settings=x=y` cannot follow a pin: only `--hash` can
    strict.txt:2: `sha256:07aae2` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits
    strict.txt:2: `sha256:07aae2bb` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits
    strict.txt:2: `md5:07aae2bb` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits
    strict.txt:2: `--hash` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits
    strict.txt:2: `flask==2.0 ; os_name == '${NAME}' --hash=sha256:07aae2bb5eaf77993ef57e357491839f…` is not a pin: expected `NAME==VERSION --hash=sha256:…`
    strict.txt:2: `python_version` is not a valid marker: expected an operator: `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===`, `in` or `not in` (column 15)
    strict.txt:2: `<<<<<<< ours` is a merge conflict marker: resolve the conflict, or write the file again
    strict.txt:2: the line holds the control character U+2028: installers may read a different line from the one that people see
    strict.txt:2: the `# harden:` line is below options or pins: it belongs at the top
    strict.txt:2: the file ends inside a requirement: it is truncated
    ");
}

#[test]
fn every_fault_of_a_file_is_reported() {
    let error = StrictFile::parse("a>=1\n\nb==1\n", "s.txt").unwrap_err();
    insta::assert_snapshot!(error, @r"
    s.txt:1: `a>=1` is not pinned: a strict file has only `a==VERSION`
    s.txt:3: `b` has no sha256 hash: every pin needs one
    ");
}

#[test]
fn a_header_must_be_whole_single_and_at_the_top() {
    let zero = "0".repeat(64);
    let good = format!("# harden: 1 inputs=sha256:{zero} pins=sha256:{zero} platforms=p\n");
    assert_eq!(read(&good).header().unwrap().platforms(), ["p"]);
    let bad = [
        good.replace(" platforms=p", ""),
        good.replace("platforms=p", "platforms="),
        good.replace("inputs", "outputs"),
        good.replace("pins=sha256:0", "pins=sha256:"),
        good.replace('\n', " exclude-newer=soon\n"),
        good.replace('\n', " exclude-newer-package=a\n"),
        good.replace('\n', " platforms=q\n"),
        good.repeat(2),
        format!("--no-index\n{good}"),
        format!("a==1 {HASH}\n\n{good}"),
    ];
    let mut refusals = String::new();
    for text in bad {
        let error = StrictFile::parse(&text, "s.txt").unwrap_err();
        writeln!(refusals, "{}", error.to_string().replace(&zero, "0…")).unwrap();
    }
    insta::assert_snapshot!(refusals, @r"
    s.txt:1: the `# harden:` line lacks the field `platforms`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `platforms=`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `outputs=sha256:0…`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `pins=sha256:000000000000000000000000000000000000000000000000000000000000000`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `exclude-newer=soon`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `exclude-newer-package=a`
    s.txt:1: the `# harden:` line has an unknown, misspelled or repeated field: `platforms=q`
    s.txt:2: the `# harden:` line is repeated here
    s.txt:2: the `# harden:` line is below options or pins: it belongs at the top
    s.txt:3: the `# harden:` line is below options or pins: it belongs at the top
    ");
}

#[test]
fn moments_of_single_packages_read_back_as_the_same() {
    let zero = "0".repeat(64);
    let text = format!(
        "# harden: 1 inputs=sha256:{zero} pins=sha256:{zero} platforms=p \
         exclude-newer-package=a=2026-01-01T00:00:00Z,b-c=2026-02-01T12:00:00Z\n"
    );
    let strict = read(&text);
    let moments = strict.header().unwrap().exclude_newer_packages();
    assert_eq!(moments.len(), 2);
    assert_eq!(strict.to_string(), text);
}

#[test]
fn remarks_mention_other_hashes_and_spellings() {
    let strict = read(&format!("Foo.Bar==1 {HASH} --hash=sha512:ab\n"));
    assert_eq!(
        strict.remarks(),
        [
            Remark::OtherHash {
                line: 1,
                hash: "sha512:ab".to_owned()
            },
            Remark::SpelledName {
                line: 1,
                name: "Foo.Bar".to_owned()
            }
        ]
    );
}

#[test]
fn options_are_read_in_every_spelling_of_pip() {
    let strict = read(
        "-i https://index.test/simple\n--extra-index-url=https://b.test\n--no-index\n-f wheels # here\n",
    );
    let options: Vec<String> = strict.options().iter().map(ToString::to_string).collect();
    assert_eq!(
        options,
        [
            "--index-url https://index.test/simple",
            "--extra-index-url https://b.test",
            "--no-index",
            "--find-links wheels"
        ]
    );
    assert_eq!(
        strict.option_values("--find-links").collect::<Vec<_>>(),
        ["wheels"]
    );
}

#[test]
fn files_of_windows_are_read() {
    let text = include_str!("../data/uv.txt");
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(read(&windows), read(text));
}

/// pip obeys such a comment; `+AAo-` is the end of a line in UTF-7.
#[test]
fn a_comment_that_names_another_encoding_is_refused() {
    let text = format!("# -*- coding: utf-7 -*-\na==1 {HASH} # +AAo-evil==1\n");
    let error = StrictFile::parse(&text, "s.txt").unwrap_err();
    insta::assert_snapshot!(error, @"s.txt:1: pip reads the file in the encoding `utf-7` that the comment names: a strict file is UTF-8");
    read(&text.replace("utf-7", "utf-8"));
    read(&format!("\n\n{text}"));
}

#[test]
fn a_comment_below_a_blank_line_belongs_to_no_pin() {
    let strict = read(&format!(
        "a==1 {HASH}\n    # via b\n\n    # via c\n    # a-1.tar.gz\n"
    ));
    assert_eq!(strict.pins()[0].via().len(), 1);
    assert!(strict.pins()[0].files().is_empty());
}

/// The digests of files that loose files name by URL.
#[test]
fn digests_of_urls_are_read_and_written_back() {
    let (one, other) = ("0".repeat(64), "1".repeat(64));
    let text = format!(
        "# Hardened by harden; change loose.txt and run this again, rather than edit:\n\
         #     harden loose.txt --platform win_amd64-cp-312-cp312\n\
         # url: https://index.test/a.txt sha256:{one}\n\
         # url: https://index.test/a.txt sha256:{other}\n\
         # url: https://index.test/b.txt sha256:{one}\n\
         # harden: 1 inputs=sha256:{one} pins=sha256:{one} platforms=win_amd64-cp-312-cp312\n"
    );
    let strict = read(&text);
    let urls = strict.header().unwrap().urls();
    let numbers: Vec<_> = urls.values().map(std::collections::BTreeSet::len).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(strict.to_string(), text);
}
