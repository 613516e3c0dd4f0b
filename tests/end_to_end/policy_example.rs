//! `examples/policy`: a lock, a policy, and one finding of each kind.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use harden_testindex::{Signing, Sigstore, Universe, github_publisher, provenance};
use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// The index of `examples/policy/attested`, as its files name it.
const ADDRESS: &str = "127.0.0.1:8765";

/// Its wheels.
const WORLD: &str = "forged 1.0\ngood 1.0\nplain 1.0";

/// A sandbox with the files of `examples/policy`.
fn example() -> Sandbox {
    let sandbox = Sandbox::new("lib 1.4.2");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policy");
    std::fs::create_dir(sandbox.path("osv")).unwrap();
    for folder in ["", "osv"] {
        for entry in std::fs::read_dir(example.join(folder)).unwrap() {
            let file = entry.unwrap();
            if file.path().is_file() {
                let copy = sandbox.path(folder).join(file.file_name());
                std::fs::copy(file.path(), copy).unwrap();
            }
        }
    }
    sandbox
}

/// `examples/policy` breaks each rule that a strict file can show, and no other.
#[test]
fn the_example_has_one_finding_of_each_kind() {
    let sandbox = example();
    let rules = |arguments: &str| {
        let outcome = sandbox.harden(arguments);
        assert_eq!(outcome.code, Some(1), "{outcome}");
        let rules = outcome
            .stdout
            .lines()
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.rsplit_once('['));
        let mut rules: Vec<String> = rules.map(|(_, rule)| rule.replace(']', "")).collect();
        rules.sort();
        rules.join(" ")
    };
    assert_snapshot!(rules("check"), @"banned direct-reference expired-exemption known-digest licence licence local-version only-below pre-release record sdist unneeded-file unused-exemption unvetted");
    assert_snapshot!(rules("audit --osv osv"), @"expired-exemption malware unused-exemption vulnerability");
}

/// Each rule has advice of its own, and rules without exemptions offer none.
#[test]
fn each_finding_says_what_to_do() {
    let sandbox = example();
    let document = sandbox.harden("check --json").stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let findings = document["findings"].as_array().unwrap().iter();
    let advice = findings.map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        format!("{}: {} | {}", text("rule"), text("fix"), text("hint"))
    });
    assert_snapshot!(advice.collect::<Vec<_>>().join("\n"), @r#"
    pre-release: harden --output strict.txt -P beta | to keep it, require it: `beta==2.0rc1`
    unneeded-file: harden --output strict.txt | -
    known-digest: - | do not install it before you know why; if this file is the right one, take the line of the other out of harden.sum
    only-below: - | `harden remove internal-lib` takes it out of the loose file
    banned: harden --output strict.txt | -
    sdist: harden --output strict.txt | if its sdist may be used, say so in the policy: `allow-sdist = ["legacy"]`
    licence: - | if you know its licence, and that it is good, say so in an exemption from `licence`
    record: harden --output strict.txt | -
    local-version: - | to keep it, require it: `local==1.0+cpu`
    licence: - | if you may use it, add it to `licences` in the policy: "GPL-3.0-only"
    unvetted: harden vet add our-app strict.txt --who 'YOUR NAME <YOU@EXAMPLE.ORG>' | look at it first: `harden vet diff our-app --from OLDER`
    direct-reference: - | require a release of patched from an index instead
    expired-exemption: - | -
    unused-exemption: - | -
    "#);
}

/// Answers requests for the files in a folder, as `python3 -m http.server` does. Returns the address.
fn serve(folder: PathBuf, address: &str) -> String {
    let listener = TcpListener::bind(address).expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            thread::spawn(move || answer(&folder, stream));
        }
    });
    address
}

fn answer(folder: &Path, mut stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let line = lines.next()?.ok()?;
    let path = line.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    let file = folder.join(&path);
    let file = if file.is_dir() {
        file.join("index.html")
    } else {
        file
    };
    let kind = match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    let (status, body) = match fs::read(file) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

fn attested() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policy/attested")
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Of its three wheels one is attested, one is not, and the attestation of one is by somebody else.
#[test]
fn the_example_has_findings_about_attestations() {
    let sandbox = Sandbox::new("");
    copy(&attested(), &sandbox.path(""));
    let address = serve(sandbox.path("index"), "127.0.0.1:0");
    for name in ["harden.toml", "strict.txt"] {
        let text = sandbox.read(name).replace(ADDRESS, &address);
        fs::write(sandbox.path(name), text).unwrap();
    }
    let command = "verify --attestations";
    let outcome = sandbox.harden_with(&[("HARDEN_INDEX_URL", "")], command);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    // That the index has another port here is an edit of the strict file.
    let lines = outcome.stdout.lines();
    let found = lines.filter(|line| line.contains("attest") || line.contains("octo/good"));
    assert_snapshot!(found.collect::<Vec<_>>().join("\n"), @r"
    strict.txt:5: forged-1.0-py3-none-any.whl: an attestation is not valid: its certificate is not that of github.com/octo/forged (release.yml): its repository is https://github.com/mallory/forged, not https://github.com/octo/forged [invalid-attestation]
    strict.txt:15: plain-1.0-py3-none-any.whl has no attestations, and the policy requires them [unattested]
      hint: lock a release that is attested, or take plain out of `require-attestations`
    good 1.0: github.com/octo/good (release.yml)
    no attestations: 1 of 3 pins: plain
    ");
}

/// Makes the files of the example anew: `cargo test --test end_to_end -- --ignored make_the_example`.
#[test]
#[ignore = "it writes examples/policy/attested"]
fn make_the_example() {
    let (folder, sigstore, universe) = (attested(), Sigstore::new(), Universe::new(WORLD));
    let index = folder.join("index");
    for name in ["simple", "files", "provenance"] {
        fs::create_dir_all(index.join(name)).unwrap();
    }
    for file in universe.files() {
        let name = file.filename();
        let project = name.split('-').next().unwrap();
        let signer = if project == "forged" {
            "mallory/forged"
        } else {
            "octo/good"
        };
        let publisher = github_publisher(&format!("octo/{project}"));
        let document = provenance(
            &publisher,
            &[sigstore.sign(&Signing::by_github(file, signer))],
        );
        fs::write(index.join("files").join(name), file.contents()).unwrap();
        let mut listed = String::new();
        if project != "plain" {
            fs::write(index.join(format!("provenance/{name}.json")), document).unwrap();
            listed = format!(" data-provenance=\"../../provenance/{name}.json\"");
        }
        let page = index.join("simple").join(project);
        fs::create_dir_all(&page).unwrap();
        let sha256 = file.sha256();
        let text = format!(
            "<!DOCTYPE html>\n<a href=\"../../files/{name}#sha256={sha256}\"{listed}>{name}</a>\n"
        );
        fs::write(page.join("index.html"), text).unwrap();
    }
    fs::write(folder.join("root.json"), sigstore.trusted_root() + "\n").unwrap();
    fs::write(folder.join("loose.txt"), "forged\ngood\nplain\n").unwrap();
    let configuration = format!(
        "# Who has published these wheels: `harden verify --attestations`, with `index` served at {ADDRESS}.\n\
         loose = \"loose.txt\"\nstrict = \"strict.txt\"\nplatforms = [\"manylinux2014_aarch64-cp311\"]\n\
         index-url = \"http://{ADDRESS}/simple/\"\n"
    );
    serve(index, ADDRESS);
    let sandbox = Sandbox::new("");
    copy(&folder, &sandbox.path(""));
    fs::write(sandbox.path("harden.toml"), &configuration).unwrap();
    let _ = fs::remove_file(sandbox.path("strict.txt"));
    sandbox.harden_with(&[("HARDEN_INDEX_URL", "")], "").good();
    fs::copy(sandbox.path("strict.txt"), folder.join("strict.txt")).unwrap();
    let policy = "\n[policy]\ntrusted-root = \"root.json\"           # that of this example\n\
                  require-attestations = [\"plain\", \"good\"]\n\n[policy.rules]\n\
                  cooldown = \"off\"                     # this index does not say when files were uploaded\n";
    fs::write(folder.join("harden.toml"), configuration + policy).unwrap();
}
