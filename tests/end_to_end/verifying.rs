//! `harden verify`: a strict file compared with the index of today.

use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=base>=1
    base 1.0 uploaded=2024-05-01
    base 1.1 uploaded=2024-05-02
";

fn locked(world: &str) -> Sandbox {
    let sandbox = Sandbox::new(world);
    sandbox.write("loose.txt", "app\nbase<1.1");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox
}

fn hash(world: &str, file: &str) -> String {
    let universe = Universe::new(world);
    universe
        .file(file)
        .expect("it is in the world")
        .sha256()
        .to_string()
}

#[test]
fn a_strict_file_that_agrees_with_the_index_passes() {
    let sandbox = locked(WORLD);
    assert_snapshot!(sandbox.harden("verify"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, as the index has them
    ");
    assert_snapshot!(sandbox.harden("verify strict.txt --json"), @r#"
    exit 0
    --- stdout
    {
      "findings": [],
      "ok": true
    }
    --- stderr
    strict.txt: 2 pins, 1 target, as the index has them
    "#);
}

/// An attacker who swaps a hash can also forge the header; the comparison with the index still fails.
#[test]
fn a_swapped_hash_is_reported() {
    let sandbox = locked(WORLD);
    let strict = sandbox.read("strict.txt");
    let (old, new) = (
        hash(WORLD, "base-1.0-py3-none-any.whl"),
        hash(WORLD, "base-1.1-py3-none-any.whl"),
    );
    std::fs::write(sandbox.path("strict.txt"), strict.replace(&old, &new)).unwrap();
    assert_snapshot!(sandbox.harden("verify"), @r"
    exit 1
    --- stdout
    strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    strict.txt:10: a hash of base 1.0 was replaced: it belongs to base-1.1-py3-none-any.whl, which the pin does not name [foreign-hash]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
      hint: find out why first: the file is not the one that was locked, and locking again accepts it
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

#[test]
fn changes_on_the_index_are_listed() {
    let strict = locked(WORLD).read("strict.txt");
    for (old, new) in [
        ("app 1.0", "app 1.0 yanked='it is broken'"),
        ("base 1.0", "base 1.0 pad=9"),
        ("base 1.0", "base 1.0.1"),
    ] {
        let sandbox = Sandbox::new(&WORLD.replace(old, new));
        sandbox.write("loose.txt", "app\nbase<1.1");
        let index = sandbox.server().index_url();
        let here: Vec<String> = strict
            .lines()
            .map(|line| match line.strip_prefix("--index-url ") {
                Some(_) => format!("--index-url {index}"),
                None => line.to_owned(),
            })
            .collect();
        std::fs::write(sandbox.path("strict.txt"), here.join("\n") + "\n").unwrap();
        let outcome = sandbox.harden("verify --json");
        assert_eq!(outcome.code, Some(1), "{outcome}");
        let rule = match new {
            new if new.contains("yanked") => "yanked",
            new if new.contains("pad") => "replaced",
            _ => "vanished",
        };
        assert!(
            outcome.stdout.contains(&format!("\"rule\": \"{rule}\"")),
            "{outcome}"
        );
    }
}

#[test]
fn an_unreachable_index_is_an_error_and_not_a_finding() {
    let sandbox = locked(WORLD);
    let outcome = sandbox.harden("verify --offline --no-cache");
    assert_snapshot!(outcome, @r"
    exit 3
    --- stderr
    error: cannot read the page of app at [index]/simple/app/: it is not in the cache, and the network is not to be used
    hint: run once without --offline to fill the cache; then --offline works
    ");
}
