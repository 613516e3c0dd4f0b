//! A damaged cache never changes an answer: what is damaged is asked for again.

use std::fs;
use std::path::PathBuf;

use crate::sandbox::{FOREIGN, Sandbox};

/// So many releases that most of the page stays in its file.
const RELEASES: usize = 400;

/// A sandbox with so many releases of `lib`.
fn sandbox(settings: &str) -> Sandbox {
    let world = (1..=RELEASES).map(|n| format!("lib {n}.0 {settings}"));
    Sandbox::new(&world.collect::<Vec<String>>().join("\n"))
}

/// The page in the cache.
fn page(sandbox: &Sandbox) -> PathBuf {
    let mut files = sandbox.files_below("../.cache").into_iter();
    let page = files.find(|path| path.to_string_lossy().contains("pages"));
    page.expect("there is one")
}

/// A sandbox, its lock of an old release, and the page that this is on.
fn locked() -> (Sandbox, String, PathBuf) {
    let sandbox = sandbox("");
    sandbox.write("loose.txt", "lib<3");
    let strict = sandbox.harden(&lock("")).good();
    let page = page(&sandbox);
    (sandbox, strict, page)
}

fn lock(options: &str) -> String {
    format!("loose.txt -p {FOREIGN} --no-reuse {options}")
}

#[test]
fn a_page_with_a_wrong_byte_is_asked_for_again() {
    let (sandbox, strict, page) = locked();
    let whole = fs::read(&page).expect("it can be read");
    assert!(whole.len() > 48 << 10, "{}", whole.len());
    let mut asked = 0;
    let last = whole.len() - 1;
    for place in (0..last).step_by(whole.len() / 24).chain([last]) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&page, damaged).expect("it can be written");
        sandbox.server().forget_requests();
        assert_eq!(sandbox.harden(&lock("")).good(), strict, "{place}");
        asked += sandbox.server().requests().len();
    }
    // The head, the table, and the blocks in front and with the old release; others are not looked at.
    assert!((3..25).contains(&asked) || cfg!(not(unix)), "{asked}");
}

#[test]
fn a_page_of_which_a_part_is_lost_is_asked_for_again() {
    let (sandbox, strict, page) = locked();
    let whole = fs::read(&page).expect("it can be read");
    for length in [whole.len() - 1, whole.len() / 2, 40 << 10, 100, 0] {
        fs::write(&page, &whole[..length]).expect("it can be written");
        assert_eq!(sandbox.harden(&lock("")).good(), strict, "{length}");
        assert_eq!(fs::read(&page).expect("it can be read").len(), whole.len());
    }
    // As after a crash: blocks that were never written.
    let mut zeros = whole.clone();
    zeros[40 << 10..].fill(0);
    fs::write(&page, zeros).expect("it can be written");
    assert_eq!(sandbox.harden(&lock("")).good(), strict);
}

#[test]
fn without_a_network_a_damaged_page_is_not_there() {
    let (sandbox, strict, page) = locked();
    assert_eq!(sandbox.harden(&lock("--offline")).good(), strict);
    let mut damaged = fs::read(&page).expect("it can be read");
    damaged[36 << 10..].fill(0);
    fs::write(&page, damaged).expect("it can be written");
    let refused = sandbox.harden(&lock("--offline"));
    assert_ne!(refused.code, Some(0));
    assert!(
        refused.stderr.contains("it is not in the cache"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_dry_run_lists_what_a_damaged_page_names() {
    let sandbox = sandbox("wheels=none sdist");
    sandbox.write("shop/setup.py", "import setuptools; setuptools.setup()");
    sandbox.write("loose.txt", "./shop\nlib<3");
    let list = format!("loose.txt -p {FOREIGN} --build :all: --dry-run --no-reuse");
    let listed = sandbox.harden(&list).good();
    assert!(listed.contains("would build lib 2.0"), "{listed}");
    let page = page(&sandbox);
    let mut damaged = fs::read(&page).expect("it can be read");
    let place = damaged.len() - 1200;
    damaged[place] ^= 1;
    fs::write(&page, damaged).expect("it can be written");
    assert_eq!(sandbox.harden(&list).good(), listed);
}
