//! Requirements files, compared with pip (`data/reqfiles.json`).

use std::collections::BTreeMap;
use std::io;

use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{
    Entry, IndexChoice, Input, Inputs, Location, PackageChoice, ReadError, ReadText, Source, read,
    read_constraints,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The files of a case, in memory; its folder is `$ROOT` and its web server `$HTTP`.
#[derive(Default)]
struct Files {
    contents: BTreeMap<String, Vec<u8>>,
    folders: Vec<String>,
    variables: BTreeMap<String, String>,
}

const ROOT: &str = "/made/up";
const HTTP: &str = "http://web.test";

fn in_place(text: &str) -> String {
    text.replace("$ROOT", ROOT).replace("$HTTP", HTTP)
}

impl Files {
    fn of(case: &Value) -> Self {
        let mut files = Self::default();
        for (path, content) in case["files"].as_object().into_iter().flatten() {
            match content {
                Value::String(text) if path.ends_with('/') => assert_eq!(text, "-"),
                Value::String(text) => files.add(path, in_place(text).into_bytes()),
                encoded => files.add(path, base64(encoded["base64"].as_str().unwrap())),
            }
            for (at, _) in path.match_indices('/') {
                files.folders.push(path[..at].to_owned());
            }
        }
        for (path, content) in case["http"].as_object().into_iter().flatten() {
            let text = in_place(content.as_str().unwrap());
            files.add(&format!("{HTTP}/{path}"), text.into_bytes());
        }
        for (name, value) in case["env"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap().to_owned();
            files.variables.insert(name.clone(), value);
        }
        files
    }

    fn add(&mut self, path: &str, content: Vec<u8>) {
        self.contents.insert(path.to_owned(), content);
    }
}

/// The path within the folder of the case.
fn local(path: &str) -> &str {
    let path = path
        .strip_prefix(ROOT)
        .map_or(path, |path| path.trim_start_matches('/'));
    path.strip_prefix("./").unwrap_or(path)
}

impl ReadText for Files {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let content = self.contents.get(local(path)).cloned();
        content.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }

    fn exists(&self, path: &str) -> bool {
        let path = local(path).to_owned();
        self.contents.contains_key(&path) || self.folders.contains(&path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, &byte| bits << 6 | u32::from(digit(byte)));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

fn read_case(case: &Value) -> Result<Inputs, ReadError> {
    let main = in_place(case["main"].as_str().unwrap_or("requirements.txt"));
    let files = Files::of(case);
    if case["constraint"] == true {
        read_constraints(&[&main], &files)
    } else {
        read(&[&main], &files)
    }
}

/// An entry in the form of the golden data, as far as the parser knows it.
fn means(input: &Input) -> Value {
    let (name, extras, specifier, link) = match &input.entry {
        Entry::Named(requirement) => {
            let (specifier, link) = match &requirement.source {
                Source::Specifiers(specifiers) => (normal(&specifiers.to_string()), Value::Null),
                Source::Url(url) => (String::new(), json!(url)),
            };
            (
                Some(&requirement.name),
                &requirement.extras,
                specifier,
                link,
            )
        }
        Entry::Unnamed(direct) | Entry::Editable(direct) => {
            let link = match &direct.location {
                Location::Url(url) | Location::Vcs(url) => url.to_string(),
                Location::Path(path) if path.starts_with('/') => format!("file://{path}"),
                Location::Path(path) => format!("file://{ROOT}/{}", path.trim_start_matches("./")),
            };
            // pip does not use the file name of an sdist as its name.
            let is_named = [".whl", "egg="].iter().any(|part| link.contains(part));
            (
                direct.name.as_ref().filter(|_| is_named),
                &direct.extras,
                String::new(),
                json!(link),
            )
        }
    };
    let mut hashes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for hash in &input.hashes {
        hashes
            .entry(hash.algorithm.as_str())
            .or_default()
            .push(&hash.digest);
    }
    json!({
        "name": name.map(PackageName::as_str),
        "extras": extras.iter().map(ExtraName::as_str).collect::<Vec<_>>(),
        "specifier": specifier,
        "marker": input.entry.marker().map(ToString::to_string),
        "link": link,
        "editable": matches!(input.entry, Entry::Editable(_)),
        "hashes": hashes,
    })
}

fn normal(specifier: &str) -> String {
    let parts = specifier
        .split(',')
        .map(|part| part.split_whitespace().collect::<String>());
    let mut parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.sort();
    parts.join(",")
}

/// The expectation in the same form: names normalised, wheels without the version that their file
/// names say.
fn expected(entry: &Value) -> Value {
    let mut means = entry["means"].clone();
    let fields = means.as_object_mut().unwrap();
    fields.remove("config_settings");
    let link = fields["link"]
        .as_str()
        .map(|link| in_place(link).replace("w%20x", "w x"));
    let from_file_name = link.as_ref().is_some_and(|link| link.contains(".whl"))
        && fields["specifier"]
            .as_str()
            .is_some_and(|specifier| specifier.starts_with("=="));
    if from_file_name {
        fields["specifier"] = json!("");
    }
    if let Some(name) = fields["name"].as_str() {
        fields["name"] = json!(name.to_lowercase().replace(['.', '_'], "-"));
    }
    let extras = fields["extras"].as_array().unwrap().iter();
    fields["extras"] = extras
        .map(|extra| json!(extra.as_str().unwrap().replace('_', "-")))
        .collect();
    fields["link"] = json!(link);
    means
}

fn choice(choice: &PackageChoice) -> Vec<String> {
    let all = choice.all.then(|| ":all:".to_owned());
    all.into_iter()
        .chain(choice.names.iter().map(ToString::to_string))
        .collect()
}

/// The options in the form of the data: those that differ from the default.
fn options(inputs: &Inputs) -> Value {
    let options = &inputs.options;
    let mut found = serde_json::Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty) || value == json!(false);
        if !empty {
            found.insert(name.to_owned(), value);
        }
    };
    let index = match &options.index {
        IndexChoice::Url(url) => Some(url),
        IndexChoice::Default | IndexChoice::NoIndex => None,
    };
    put(
        "index_urls",
        index
            .into_iter()
            .chain(&options.extra_index_urls)
            .map(|url| json!(url))
            .collect(),
    );
    put(
        "find_links",
        options.find_links.iter().map(|link| json!(link)).collect(),
    );
    put("no_index", json!(options.index == IndexChoice::NoIndex));
    put("prefer_binary", json!(options.prefer_binary));
    put(
        "require_hashes",
        json!(options.require_hashes == Some(true)),
    );
    put(
        "no_require_hashes",
        json!(options.require_hashes == Some(false)),
    );
    put(
        "all_releases",
        json!(choice(&options.releases.all_releases)),
    );
    put("only_final", json!(choice(&options.releases.only_final)));
    put("no_binary", json!(choice(&options.formats.no_binary)));
    put("only_binary", json!(choice(&options.formats.only_binary)));
    let hosts = options
        .trusted_hosts
        .iter()
        .map(|host| match host.split_once(':') {
            Some((name, port)) => json!([name, port.parse::<u16>().unwrap()]),
            None => json!([host, null]),
        });
    put("trusted_hosts", hosts.collect());
    put(
        "features",
        options
            .features
            .iter()
            .map(|feature| json!(feature))
            .collect(),
    );
    Value::Object(found)
}

/// Cases with an outcome that differs from pip's on purpose, and why.
const DEVIATIONS: [(&str, &str); 7] = [
    (
        "editable-missing",
        "whether an `-e` folder is there is left to who uses it",
    ),
    (
        "editable-vcs",
        "a repository without a name is left to who uses it",
    ),
    (
        "editable-marker",
        "whether an `-e` folder is there is left to who uses it",
    ),
    (
        "url-bad-wheel",
        "the file names of wheels are left to who uses them",
    ),
    (
        "windows-path",
        "the file names of wheels are left to who uses them",
    ),
    (
        "feature-unknown",
        "features are pip's own, and any name is taken",
    ),
    (
        "find-links",
        "a path is given relative to the working folder, not absolute",
    ),
];

#[test]
fn every_file_is_read_as_in_pip() {
    let data: Value = serde_json::from_str(include_str!("data/reqfiles.json")).unwrap();
    let mut wrong = Vec::new();
    for case in data["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if DEVIATIONS.iter().any(|(known, _)| *known == id) {
            continue;
        }
        let entries = case["entries"].as_array().unwrap();
        let refused: Vec<_> = entries
            .iter()
            .filter(|entry| entry["means"].get("error").is_some())
            .collect();
        match read_case(case) {
            Ok(inputs) if !refused.is_empty() || case.get("error").is_some() => {
                wrong.push(format!("{id}: read, {inputs:?}"));
            }
            Ok(inputs) => {
                let (constraints, requirements): (Vec<_>, Vec<_>) = entries
                    .iter()
                    .partition(|entry| entry["constraint"] == true);
                let both = [
                    (requirements, &inputs.requirements),
                    (constraints, &inputs.constraints),
                ];
                for (entries, found) in both {
                    let expected: Vec<_> = entries.iter().map(|entry| expected(entry)).collect();
                    let found: Vec<_> = found.iter().map(means).collect();
                    if found != expected {
                        wrong.push(format!("{id}:\n  {found:?}\nnot\n  {expected:?}"));
                    }
                }
                if options(&inputs) != case["options"] {
                    wrong.push(format!(
                        "{id}: {} not {}",
                        options(&inputs),
                        case["options"]
                    ));
                }
            }
            Err(error) => {
                let lines: Vec<_> = error
                    .problems()
                    .iter()
                    .map(|problem| place(problem.origin()))
                    .collect();
                let expected: Vec<_> = refused.iter().map(|entry| from(entry)).collect();
                if case.get("error").is_none() && lines != expected {
                    wrong.push(format!("{id}: {error}\nnot {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn place(origin: &harden_requirements::Origin) -> String {
    format!("line {} of {}", origin.line, origin.file)
}

fn from(entry: &Value) -> String {
    entry["from"]
        .as_str()
        .unwrap()
        .replace("$ROOT/", "")
        .replace("$HTTP", HTTP)
}

#[test]
fn every_entry_has_its_line() {
    let data: Value = serde_json::from_str(include_str!("data/reqfiles.json")).unwrap();
    for case in data["cases"].as_array().unwrap() {
        // pip reads the lines before a fault, and what is a fault in pip need not be one here.
        if case.get("error").is_some() {
            continue;
        }
        let Ok(inputs) = read_case(case) else {
            continue;
        };
        let entries = case["entries"].as_array().unwrap().iter();
        for kind in [false, true] {
            let expected: Vec<_> = entries
                .clone()
                .filter(|entry| entry["constraint"] == kind)
                .map(from)
                .collect();
            let found = if kind {
                &inputs.constraints
            } else {
                &inputs.requirements
            };
            let found: Vec<_> = found
                .iter()
                .map(|input| place(&input.origin).replace(&format!("{ROOT}/"), ""))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|place| place.replace("file://", ""))
                .collect();
            assert_eq!(found, expected, "{}", case["id"]);
        }
    }
}

fn files(files: &[(&str, &str)]) -> Files {
    let mut source = Files::default();
    for (path, content) in files {
        source.add(path, content.as_bytes().to_vec());
        for (at, _) in path.match_indices('/') {
            source.folders.push(path[..at].to_owned());
        }
    }
    source
}

fn error(content: &str) -> String {
    read(&["loose.txt"], &files(&[("loose.txt", content)]))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_fault_is_shown_with_its_line_and_a_caret() {
    insta::assert_snapshot!(error("flask\n\n  requests=2.0  # why\n"), @r"
    loose.txt:3:11: `=` is not an operator; did you mean `==`?
          requests=2.0  # why
                  ^
    ");
    insta::assert_snapshot!(error("requests \\\n    >=2 \\\n    <3\n"), @r"
    loose.txt:3:5: expected `,`, `;` or the end
            <3
            ^
    ");
    insta::assert_snapshot!(error("\trequests; python_versoin < '3'"), @r"
    loose.txt:1:12: `python_versoin` is not a marker variable
        	requests; python_versoin < '3'
        	          ^
    ");
    insta::assert_snapshot!(error("a==1 --hash=md5:00"), @r"
    loose.txt:1:6: `--hash` takes sha256, sha384 and sha512, not `md5`
        a==1 --hash=md5:00
             ^
    ");
    insta::assert_snapshot!(error("--no thing"), @r"
    loose.txt:1:1: `--no` is ambiguous: `--no-index`, `--no-binary`, `--no-require-hashes`
        --no thing
        ^
    ");
    insta::assert_snapshot!(error("a -e ./b"), @r"
    loose.txt:1:3: `-e` must come first on its line
        a -e ./b
          ^
    ");
    insta::assert_snapshot!(error("./nope"), @r"
    loose.txt:1:1: `./nope` is neither a requirement nor an existing file or folder
        ./nope
        ^
    ");
    insta::assert_snapshot!(error("--index-url 'https://index.test"), @r"
    loose.txt:1:13: the ' has no closing '
        --index-url 'https://index.test
                    ^
    ");
}

#[test]
fn all_faults_are_shown_at_once_with_the_includes_of_their_files() {
    let source = files(&[
        ("loose.txt", "-r sub/base.txt\nflask==\n"),
        ("sub/base.txt", "django\n-r more.txt\n-c nope.txt\n"),
        ("sub/more.txt", "zope interface\n-r ../loose.txt\n"),
    ]);
    insta::assert_snapshot!(read(&["loose.txt"], &source).unwrap_err().to_string(), @r"
    sub/more.txt:1:6: expected a version specifier (`==`, `>=`, `<`, `~=`, …)
        zope interface
             ^
      included from sub/base.txt:2
      included from loose.txt:1
    sub/more.txt:2:1: `loose.txt` includes itself
        -r ../loose.txt
        ^
      included from sub/base.txt:2
      included from loose.txt:1
    sub/nope.txt: there is no such file
      included from sub/base.txt:3
      included from loose.txt:1
    loose.txt:2:8: expected a version after `==`
        flask==
               ^
    ");
}

#[test]
fn a_file_that_cannot_be_decoded_says_what_to_do() {
    let mut source = Files::default();
    source.add("latin.txt", b"# caf\xe9\n".to_vec());
    source.add("named.txt", b"# coding: klingon\n".to_vec());
    source.add("cut.txt", b"\xff\xfea".to_vec());
    let found = read(&["latin.txt", "named.txt", "cut.txt", "none.txt"], &source);
    insta::assert_snapshot!(found.unwrap_err().to_string(), @r"
    latin.txt: the file is not UTF-8 (byte 0xe9 in line 1); save it as UTF-8, or name its encoding in the first line: `# -*- coding: latin-1 -*-`
    named.txt: the file names an unknown encoding, `klingon`; save it as UTF-8
    cut.txt: the file has the byte-order mark of UTF-16 but is not valid UTF-16
    none.txt: there is no such file
    ");
}

#[test]
fn standard_input_is_read_as_a_file_in_the_working_folder() {
    let source = files(&[
        ("-", "requests\n-r sub/more.txt\n"),
        ("sub/more.txt", "flask\n"),
    ]);
    let inputs = read(&["-"], &source).unwrap();
    let places: Vec<_> = inputs
        .requirements
        .iter()
        .map(|input| input.origin.to_string())
        .collect();
    assert_eq!(places, ["<stdin>:1", "sub/more.txt:1"]);
    let includer = inputs.requirements[1]
        .origin
        .included_from
        .as_ref()
        .unwrap();
    assert_eq!(includer.to_string(), "<stdin>:2");
}

#[test]
fn find_links_that_exist_beside_their_file_are_relative_to_it() {
    let source = files(&[
        (
            "loose.txt",
            "-r sub/r.txt\n-f wheels\n-f nope\n-f https://index.test/l\n",
        ),
        ("sub/r.txt", "--find-links w2\n"),
        ("sub/w2/a", ""),
        ("wheels/a", ""),
    ]);
    let inputs = read(&["loose.txt"], &source).unwrap();
    let links: Vec<_> = inputs
        .options
        .find_links
        .iter()
        .map(|link| &**link)
        .collect();
    assert_eq!(links, ["sub/w2", "wheels", "nope", "https://index.test/l"]);
}

#[test]
fn options_without_effect_are_warnings() {
    let source = files(&[
        (
            "loose.txt",
            "--pre a\n-r b.txt --no-index\nc --index-url https://index.test\n--hash=sha256:00\n-f a -f b\n",
        ),
        ("b.txt", ""),
    ]);
    let inputs = read(&["loose.txt"], &source).unwrap();
    insta::assert_snapshot!(inputs.warnings.join("\n"), @r"
    loose.txt:1: `a` after the options has no effect; write the requirement before them
    loose.txt:2: `--no-index` has no effect beside the first `-r` or `-c` of a line
    loose.txt:3: `--index-url` has no effect on a line with a requirement
    loose.txt:4: `--hash` has no effect without a requirement on its line
    loose.txt:5: `--find-links` is used once per line; only the first has an effect
    ");
}

fn canonical(content: &str) -> Vec<String> {
    let source = files(&[("loose.txt", content), ("c.txt", "Idna<4\n")]);
    read(&["loose.txt"], &source).unwrap().canonical_lines()
}

#[test]
fn spelling_does_not_change_the_canonical_lines() {
    let one = canonical(
        "Zope.Interface>=5.0,<6 ; python_version>'3.8'\nrequests[Socks, a]\n--index-url https://u:p@index.test/simple\n-c c.txt\n",
    );
    let other = canonical(
        "# comment\n-c c.txt\nrequests [a,socks]\n--index-url=https://index.test/simple\n\nrequests[a,socks]\nzope-interface (<6,>=5.0); 'x' == 'x' and python_version > \"3.8\"\n"
            .replace("'x' == 'x' and ", "")
            .as_str(),
    );
    assert_eq!(one, other);
    insta::assert_snapshot!(one.join("\n"), @r#"
    constraint idna<4
    index-url https://index.test/simple
    requirement requests[a,socks]
    requirement zope-interface<6,>=5.0 ; python_version > "3.8"
    "#);
}

#[test]
fn meaning_changes_the_canonical_lines() {
    let base = canonical("a>=1\nb\n");
    for other in [
        "a>=2\nb\n",
        "a>=1\n",
        "a>=1\nb[x]\n",
        "a>=1\nb; os_name == 'nt'\n",
        "--pre\na>=1\nb\n",
        "a>=1 --hash=sha256:00\nb",
        "-c c.txt\na>=1\nb",
    ] {
        assert_ne!(canonical(other), base, "{other}");
    }
}

/// The login of a URL counts for the files beside it too, and messages show neither login nor query.
#[test]
fn an_included_url_keeps_its_login_and_query_and_does_not_show_them() {
    let first = "https://bob:pw@web.test/a/r.txt?token=x";
    let source = files(&[
        ("loose.txt", &format!("-r {first}\n")),
        (
            first,
            "-r more.txt\n-r r.txt?token=x\n-r https://bob:pw@web.test/gone.txt?token=x",
        ),
        ("https://bob:pw@web.test/a/more.txt", "flask==\n"),
    ]);
    let error = read(&["loose.txt"], &source).unwrap_err();
    assert!(
        error
            .problems()
            .iter()
            .all(|problem| !problem.reason().contains("pw"))
    );
    let places: Vec<String> = error
        .to_string()
        .lines()
        .filter(|line| line.contains("web.test") && !line.starts_with("    -r"))
        .map(str::to_owned)
        .collect();
    insta::assert_snapshot!(places.join("\n"), @r"
    https://web.test/a/more.txt:1:8: expected a version after `==`
      included from https://web.test/a/r.txt:1
    https://web.test/a/r.txt:2:1: `https://web.test/a/r.txt` includes itself
    https://web.test/gone.txt: there is no such file
      included from https://web.test/a/r.txt:3
    ");
}

/// A source in which every file includes a new one.
struct Endless;

impl ReadText for Endless {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        Ok(format!("-r {path}x").into_bytes())
    }
}

#[test]
fn endless_includes_are_an_error() {
    let error = read(&["https://web.test/r"], &Endless).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(
        error.problems()[0].reason(),
        "includes are nested deeper than 64 files"
    );
}

/// A source in which `rN` includes the next file twice, up to `r30`.
struct Doubling;

impl ReadText for Doubling {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let level: usize = path.trim_start_matches('r').parse().unwrap();
        let include = format!("-r r{}\n", level + 1);
        Ok(if level == 30 {
            b"a".to_vec()
        } else {
            include.repeat(2).into_bytes()
        })
    }
}

#[test]
fn includes_that_double_are_an_error() {
    let error = read(&["r0"], &Doubling).unwrap_err();
    let reasons: Vec<&str> = error
        .problems()
        .iter()
        .map(harden_requirements::Problem::reason)
        .collect();
    assert_eq!(reasons, ["more than 1000 files are included"]);
    assert!(read(&["r22"], &Doubling).is_ok());
}

/// A source whose files have a third of what all of them may have.
struct Large;

impl ReadText for Large {
    fn read(&self, _path: &str) -> io::Result<Vec<u8>> {
        Ok(vec![b'#'; (64 << 20) / 3])
    }
}

#[test]
fn requirements_files_have_at_most_64_mib_in_total() {
    assert!(read(&["a", "b", "c"], &Large).is_ok());
    let error = read(&["a", "b", "c", "d", "e"], &Large).unwrap_err();
    let reasons: Vec<&str> = error
        .problems()
        .iter()
        .map(harden_requirements::Problem::reason)
        .collect();
    assert_eq!(
        reasons,
        ["the requirements files have more than 64 MiB in total"]
    );
}

#[test]
fn requirements_files_have_at_most_250_000_lines_in_total() {
    let most = "a\n".repeat(125_000);
    assert!(
        read(
            &["a.txt", "b.txt"],
            &files(&[("a.txt", &most), ("b.txt", &most)])
        )
        .is_ok()
    );
    let more = format!("{most}a\n");
    let error = read(
        &["a.txt", "b.txt"],
        &files(&[("a.txt", &most), ("b.txt", &more)]),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "b.txt: the requirements files have more than 250000 lines in total"
    );
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(
        content in r#"((a|b\[x\]|>=1|-r|-c|-e|-f|--hash=|--pre|loose\.txt|\.\./|\$\{A\}|;|os_name|==|'|"|\\|#| |\n|\t|\r|\u{85}|é){0,8}\n?){0,4}"#
    ) {
        let mut source = files(&[("loose.txt", &content), ("a", &content)]);
        source.variables.insert("A".to_owned(), "-e é".to_owned());
        let _ = read(&["loose.txt"], &source).map(|inputs| inputs.canonical_lines()).map_err(|error| error.to_string());
    }

    #[test]
    fn no_bytes_make_it_panic(content in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut source = Files::default();
        source.add("loose.txt", content);
        let _ = read(&["loose.txt"], &source).map_err(|error| error.to_string());
    }
}
