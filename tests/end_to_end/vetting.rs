//! `harden vet`: who has looked at which pinned file, and the rule `unvetted`.

use harden_testindex::{Fault, Server, Universe};
use insta::assert_snapshot;
use serde_json::Value;
use sha2::Digest as _;

use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib
    lib 1.0
    lib 1.1 requires='dep>=1' pad=100
    lib 2.0rc1
    dep 1.0
";

const CONFIGURATION: &str = "
    loose = 'loose.txt'
    platforms = 'manylinux2014_aarch64-cp311'
    [policy]
    rules = { cooldown = 'off', unvetted = 'deny' }
";

fn locked(loose: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", loose);
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// What `harden vet add` records, on a day that does not change.
const ADD: &str = "--who Ada --when 2026-11-27";

fn digest(text: &str) -> String {
    let digest = sha2::Sha256::digest(text);
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

#[test]
fn what_is_added_is_listed_as_vetted() {
    let sandbox = locked("app\nlib<1.1");
    assert_snapshot!(sandbox.harden("vet"), @r"
    exit 0
    --- stdout
    not vetted: 2 of 2 pins: app 1.0, lib 1.0
    --- stderr
    strict.txt: 0 of 2 pins vetted in audits.toml
    ");
    assert_snapshot!(sandbox.harden(&format!("vet add lib {ADD} --note read")), @r"
    exit 0
    --- stderr
    audits.toml: recorded 1 file of lib 1.0
    ");
    assert_snapshot!(sandbox.shown("audits.toml"), @r#"
    # Who has looked at which file. A file is known by its SHA-256, as strict files have it.
    # `harden vet add NAME` adds to it.

    [[audit]]
    package = "lib"
    version = "1.0"
    sha256 = "<lib-1.0-py3-none-any.whl>"
    who = "Ada"
    when = 2026-11-27
    criteria = "safe-to-deploy"
    note = "read"
    "#);
    assert_snapshot!(sandbox.harden(&format!("vet add lib {ADD} --note read")), @r"
    exit 0
    --- stderr
    audits.toml has that of lib 1.0 already
    ");
    assert_snapshot!(sandbox.harden("vet status strict.txt"), @r"
    exit 0
    --- stdout
    lib 1.0: Ada on 2026-11-27 (safe-to-deploy): read
    not vetted: 1 of 2 pins: app 1.0
    --- stderr
    strict.txt: 1 of 2 pins vetted in audits.toml
    ");
    let document: Value = serde_json::from_str(&sandbox.harden("vet --json").good()).unwrap();
    assert_eq!(document["pins"][0]["vetted"], false);
    let lib = &document["pins"][1];
    assert_eq!(lib["vetted"], true);
    assert_eq!(lib["files"][0]["audits"][0]["who"], "Ada");
    assert_snapshot!(sandbox.harden(&format!("vet add absent {ADD}")), @r"
    exit 2
    --- stderr
    error: absent is not pinned in strict.txt
    ");
}

#[test]
fn unvetted_pins_are_findings_only_if_the_rule_is_on() {
    let sandbox = locked("app\nlib<1.1");
    sandbox.write("harden.toml", &CONFIGURATION.replace("deny", "off"));
    sandbox.harden("check").good();
    sandbox.write("harden.toml", CONFIGURATION);
    sandbox.harden(&format!("vet add lib {ADD}")).good();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: app 1.0 is not vetted in audits.toml [unvetted]
      fix: harden vet add app strict.txt --who 'YOUR NAME <YOU@EXAMPLE.ORG>'
      hint: look at it first: `harden vet diff app --from OLDER`
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    assert_eq!(sandbox.harden("verify").code, Some(1));
    let fetched = sandbox.fetch("");
    assert_eq!(fetched.code, Some(1), "{fetched}");
    assert!(
        fetched
            .stderr
            .contains("app 1.0 is not vetted in audits.toml [unvetted]"),
        "{fetched}"
    );
    assert!(sandbox.list("wheelhouse").is_empty());
    // A file has to be pinned before it can be vetted.
    let outcome = sandbox.harden("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(
        outcome.stderr.contains("app 1.0 is not vetted"),
        "{outcome}"
    );
    sandbox.harden(&format!("vet add app {ADD}")).good();
    sandbox.harden("check").good();
    sandbox.harden("verify").good();
    sandbox.fetch("").good();
    sandbox.write(
        "harden.toml",
        &(CONFIGURATION.to_owned() + "audit-criteria = ['built']"),
    );
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: app 1.0 is not vetted as built in audits.toml [unvetted]
      fix: harden vet add app strict.txt --who 'YOUR NAME <YOU@EXAMPLE.ORG>'
      hint: look at it first: `harden vet diff app --from OLDER`
    strict.txt:10: lib 1.0 is not vetted as built in audits.toml [unvetted]
      fix: harden vet add lib strict.txt --who 'YOUR NAME <YOU@EXAMPLE.ORG>'
      hint: look at it first: `harden vet diff lib --from OLDER`
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    sandbox
        .harden(&format!(
            "vet add lib {ADD} --criteria built --criteria read"
        ))
        .good();
    let outcome = sandbox.harden("check");
    assert!(!outcome.stdout.contains("lib 1.0"), "{outcome}");
}

#[test]
fn an_exemption_excuses_a_pin_that_nobody_has_vetted() {
    let sandbox = locked("app\nlib<1.1");
    let exempt = "[[policy.exempt]]\npackage = 'app'\nrule = 'unvetted'\nreason = 'ours'\nuntil = 2999-01-01";
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{exempt}"));
    let outcome = sandbox.harden("check");
    assert!(!outcome.stdout.contains("app 1.0"), "{outcome}");
    sandbox.harden(&format!("vet add lib {ADD}")).good();
    sandbox.harden("check").good();
}

#[test]
fn audits_of_another_team_are_imported_by_path_and_by_url() {
    let sandbox = locked("app\nlib<1.1");
    sandbox.write("harden.toml", CONFIGURATION);
    let audit = |file: &str, who: &str| {
        let digest = sandbox.sha256(file);
        format!("[[audit]]\nsha256 = \"{digest}\"\nwho = \"{who}\"\nwhen = 2026-11-27\n")
    };
    let (app, lib) = (
        audit("app-1.0-py3-none-any.whl", "Bob"),
        audit("lib-1.0-py3-none-any.whl", "Cleo"),
    );
    let server = Server::start(Universe::default());
    server.fault("/simple/", Fault::Body(lib.clone().into_bytes()));
    let url = server.url("/simple/");
    std::fs::create_dir(sandbox.path("team")).unwrap();
    std::fs::write(sandbox.path("team/audits.toml"), &app).unwrap();
    let imports = format!(
        "[[import]]\nfrom = \"team/audits.toml\"\nsha256 = \"{}\"\n[[import]]\nfrom = \"{url}\"\nsha256 = \"{}\"\n",
        digest(&app),
        digest(&lib)
    );
    std::fs::write(sandbox.path("audits.toml"), &imports).unwrap();
    // Offline, what a URL names has to be in the cache.
    let outcome = sandbox.harden("check --offline");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    sandbox.harden("check").good();
    let asked = server.requests().len();
    sandbox.harden("check --offline").good();
    sandbox.harden("check").good();
    assert_eq!(server.requests().len(), asked);
    let outcome = sandbox.harden("vet").good();
    assert!(
        outcome.contains("app 1.0: Bob on 2026-11-27 (safe-to-deploy), in team/audits.toml"),
        "{outcome}"
    );
    // A changed import is an error, and not a missing audit.
    std::fs::write(sandbox.path("team/audits.toml"), format!("{app}# more\n")).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 2
    --- stderr
    error: cannot use the audits in audits.toml:1: team/audits.toml has the SHA-256 [digest], not [digest]: it was changed; look at it, and pin the new digest
    ");
}

#[test]
fn audits_that_cannot_be_used_end_the_command() {
    let sandbox = locked("app\nlib<1.1");
    sandbox.write("harden.toml", CONFIGURATION);
    let said = |text: &str| {
        std::fs::write(sandbox.path("audits.toml"), text).unwrap();
        sandbox.harden("check").to_string()
    };
    assert_snapshot!(said("[[audit]]\nwho = 'Ada'\n"), @r"
    exit 2
    --- stderr
    error: cannot use the audits in audits.toml:1: missing field `sha256`
    ");
    let none = "0".repeat(64);
    let import = |from: &str| format!("[[import]]\nfrom = '{from}'\nsha256 = '{none}'\n");
    assert_snapshot!(said(&import("none.toml")), @r"
    exit 2
    --- stderr
    error: cannot use the audits in audits.toml:1: its import of none.toml fails: no such file or directory
    ");
    assert_snapshot!(said(&import("audits.toml")), @r"
    exit 2
    --- stderr
    error: cannot use the audits in audits.toml:1: its import of audits.toml fails: it imports itself: audits.toml imports audits.toml
    ");
    assert_snapshot!(said(&import("http://127.0.0.1:9/audits.toml")), @r"
    exit 3
    --- stderr
    error: cannot use the audits in audits.toml:1: its import of http://127.0.0.1:9/audits.toml fails: cannot download http://127.0.0.1:9/audits.toml: the server refuses the connection (tried 4 times)
    ");
    let named = CONFIGURATION.to_owned() + "audits = 'none.toml'";
    sandbox.write("harden.toml", &named);
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 2
    --- stderr
    error: cannot use the audits in [folder]/project/none.toml: no such file or directory
    hint: `harden vet add NAME --who WHO` makes the file; or correct its name, in `--audits` or in `audits` of the policy
    ");
}

#[test]
fn a_diff_shows_what_changed_in_the_newest_wheel() {
    let sandbox = locked("app\nlib<1.1");
    assert_snapshot!(sandbox.harden("vet diff lib"), @r"
    exit 0
    --- stdout
    lib 1.0 → 1.1
      lib-1.0-py3-none-any.whl
      lib-1.1-py3-none-any.whl
    added: 1 file
      lib/pad.bin ([size])
    changed: 2 files
      *.dist-info/METADATA ([size] → [size])
      lib/__init__.py ([size])
    requirements: 1 line
      + Requires-Dist: dep>=1
    ");
    // Both wheels are in the cache now.
    sandbox.harden("vet diff lib --offline").good();
    let outcome = sandbox.harden("vet diff lib --to 1.1 --json").good();
    let document: Value = serde_json::from_str(&outcome).unwrap();
    assert_eq!(document["old"]["version"], "1.0");
    assert_eq!(document["new"]["filename"], "lib-1.1-py3-none-any.whl");
    assert_eq!(
        document["requirements"]["added"][0],
        "Requires-Dist: dep>=1"
    );
    let back = sandbox.harden("vet diff lib --from 1.1").good();
    assert!(back.starts_with("lib 1.1 → 1.0\n"), "{back}");
}

#[test]
fn a_diff_says_why_there_is_none() {
    let sandbox = locked("app\nlib");
    assert_snapshot!(sandbox.harden("vet diff app"), @r"
    exit 1
    --- stderr
    error: app 1.0 is pinned, and the index has no newer release with a wheel for manylinux2014_aarch64-cp-311-cp311
    hint: --from VERSION compares the pinned wheel with that of an older release
    ");
    assert_snapshot!(sandbox.harden("vet diff lib --to 1.1"), @r"
    exit 2
    --- stderr
    error: both are lib 1.1
    hint: name another version with --from or --to
    ");
    assert_snapshot!(sandbox.harden("vet diff lib --to 7"), @r"
    exit 1
    --- stderr
    error: the index has no release 7 of lib with a wheel for manylinux2014_aarch64-cp-311-cp311
    ");
    assert_snapshot!(sandbox.harden("vet diff absent"), @r"
    exit 2
    --- stderr
    error: absent is not pinned in strict.txt
    ");
}

#[test]
fn a_word_that_is_no_command_and_a_missing_file_say_what_to_do() {
    let sandbox = locked("app\nlib<1.1");
    assert_snapshot!(sandbox.harden("vet stauts"), @r"
    exit 2
    --- stderr
    error: `stauts` is neither a command of `harden vet` nor a strict file
    hint: `harden vet status` was probably meant
    ");
    assert_snapshot!(sandbox.harden("vet whatever"), @r"
    exit 2
    --- stderr
    error: `whatever` is neither a command of `harden vet` nor a strict file
    hint: the commands are status, add, diff; `harden vet` alone lists what is vetted
    ");
    let outcome = sandbox.harden("vet other.txt");
    assert!(
        outcome.stderr.contains("no such file: `other.txt`"),
        "{outcome}"
    );
    sandbox.write(
        "harden.toml",
        &(CONFIGURATION.to_owned() + "audits = 'nope.toml'"),
    );
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 2
    --- stderr
    error: cannot use the audits in [folder]/project/nope.toml: no such file or directory
    hint: `harden vet add NAME --who WHO` makes the file; or correct its name, in `--audits` or in `audits` of the policy
    ");
    // A server that does not have the file answers, and the import is wrong.
    let server = Server::start(Universe::default());
    let none = "0".repeat(64);
    let import = format!(
        "[[import]]\nfrom = '{}'\nsha256 = '{none}'\n",
        server.url("/audits.toml")
    );
    std::fs::write(sandbox.path("nope.toml"), import).unwrap();
    let outcome = sandbox.harden("check");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("404"), "{outcome}");
}
