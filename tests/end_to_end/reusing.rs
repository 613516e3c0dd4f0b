//! The answer of the last run is given again if nothing has changed, and never differs from that of a full
//! run.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use harden_testindex::{Server, Universe};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::consistency::{Dice, random_requirement, random_universe};
use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib
    app 2.0 requires=lib>=1,<3
    lib 1.0
    lib 2.0
    other 1.0
";

/// What changes, how, and the options of the run after it.
type Change = (&'static str, fn(&Sandbox), String);

/// What a run gives: its exit code, the report without statistics, messages, and the strict file.
#[derive(Debug, PartialEq)]
struct Given {
    code: Option<i32>,
    report: Value,
    stderr: String,
    strict: Option<String>,
}

/// Runs `harden` with `-o strict.txt`; returns whether it gave the answer of an earlier run.
fn given(sandbox: &Sandbox, options: &str) -> (Given, bool) {
    let outcome = sandbox.harden(&format!("loose.txt -o strict.txt --json {options}"));
    let mut report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    let mut is_reused = false;
    for lock in report.as_array_mut().into_iter().flatten() {
        let lock = lock.as_object_mut().expect("a report is a table");
        let statistics = lock.remove("statistics").expect("it has statistics");
        is_reused |= statistics["reused"] == true;
    }
    let given = Given {
        code: outcome.code,
        report,
        stderr: outcome.stderr,
        strict: fs::read_to_string(sandbox.path("strict.txt")).ok(),
    };
    (given, is_reused)
}

/// Runs as usual, then again in full over the same output file, and compares. Returns whether the first run
/// gave the answer of an earlier one.
fn compared(sandbox: &Sandbox, options: &str, what: &str) -> bool {
    let strict = sandbox.path("strict.txt");
    let before = fs::read(&strict).ok();
    let (usual, is_reused) = given(sandbox, options);
    match before {
        Some(before) => fs::write(&strict, before).expect("it can be written"),
        None => drop(fs::remove_file(&strict)),
    }
    let (full, _) = given(sandbox, &format!("{options} --no-reuse"));
    assert_eq!(usual, full, "after {what}, with {options:?}");
    is_reused
}

/// All files of the cache whose path has this part.
fn cached(sandbox: &Sandbox, part: &str) -> Vec<PathBuf> {
    let mut found = sandbox.files_below("../.cache");
    found.retain(|path| path.to_string_lossy().contains(part));
    found
}

/// Makes all pages of the cache older.
fn age(sandbox: &Sandbox) {
    for page in cached(sandbox, "pages") {
        let file = fs::File::options().write(true).open(page);
        let then = SystemTime::now() - Duration::from_hours(2);
        let aged = file.and_then(|file| file.set_modified(then));
        aged.expect("the cache can be written");
    }
}

/// A sandbox whose lock was made often enough to be recognised.
fn settled(world: &str, loose: &str, options: &str) -> Sandbox {
    let sandbox = Sandbox::new(world);
    sandbox.write("loose.txt", loose);
    for _ in 0..2 {
        given(&sandbox, options);
    }
    sandbox
}

fn target() -> String {
    format!("-p {FOREIGN}")
}

#[test]
fn an_unchanged_lock_is_given_again_without_a_decision_or_a_request() {
    let sandbox = settled(WORLD, "app", &target());
    sandbox.server().forget_requests();
    let run = format!("loose.txt -o strict.txt --json {}", target());
    let report: Value = serde_json::from_str(&sandbox.harden(&run).good()).unwrap();
    let statistics = &report[0]["statistics"];
    assert_eq!(statistics["reused"], true);
    assert_eq!(statistics["decisions"], 0);
    assert_eq!(sandbox.server().requests().len(), 0);
    assert!(compared(&sandbox, &target(), "nothing"));
    let printed = format!("loose.txt {}", target());
    let [first, second] = [(); 2].map(|()| sandbox.harden(&printed).good());
    assert_eq!(first, second);
}

#[test]
fn an_unchanged_output_is_as_new_as_if_it_was_written() {
    let sandbox = settled(WORLD, "app", &target());
    let strict = sandbox.path("strict.txt");
    let file = fs::File::options().write(true).open(&strict).unwrap();
    let old = SystemTime::now() - Duration::from_hours(1);
    file.set_modified(old).unwrap();
    assert!(given(&sandbox, &target()).1);
    let modified = strict.metadata().unwrap().modified().unwrap();
    assert!(modified > old + Duration::from_mins(30));
}

#[test]
fn stale_pages_that_the_index_confirms_are_asked_for_once_and_nothing_is_solved() {
    let sandbox = settled(WORLD, "app\nother", &target());
    for _ in 0..2 {
        age(&sandbox);
        sandbox.server().forget_requests();
        let (_, is_reused) = given(&sandbox, &target());
        assert!(is_reused);
        assert_eq!(
            sandbox.server().requests().len(),
            3,
            "a request for each page"
        );
        // The pages are fresh again.
        assert!(given(&sandbox, &target()).1);
        assert_eq!(sandbox.server().requests().len(), 3);
    }
}

#[test]
fn a_release_that_appears_is_seen_when_pages_are_asked_for_again() {
    let sandbox = settled(WORLD, "app", &target());
    sandbox.server().replace(Universe::new(&format!(
        "{WORLD}\n    app 3.0 requires=other"
    )));
    assert!(given(&sandbox, &target()).1, "the pages are still fresh");
    age(&sandbox);
    assert!(!compared(&sandbox, &target(), "a release that appeared"));
    fs::remove_file(sandbox.path("strict.txt")).unwrap();
    compared(&sandbox, &target(), "the output was deleted");
    assert!(sandbox.read("strict.txt").contains("app==3.0"));
}

#[test]
fn an_index_that_does_not_answer_is_an_error_and_not_the_old_answer() {
    let sandbox = settled(WORLD, "app", &target());
    age(&sandbox);
    let fault = harden_testindex::Fault::Status(404);
    sandbox.server().fault("/simple/lib/", fault);
    assert!(!compared(&sandbox, &target(), "a project that is gone"));
    assert_eq!(given(&sandbox, &target()).0.code, Some(1));
}

#[test]
fn anything_that_changes_the_answer_makes_a_full_run() {
    let other = Server::start(Universe::new("lib 2.1"));
    let same = |_: &Sandbox| {};
    let changes: Vec<Change> = vec![
        (
            "a line",
            |sandbox| {
                sandbox.write("loose.txt", "app\nother");
            },
            String::new(),
        ),
        (
            "a comment's place",
            |sandbox| {
                sandbox.write("loose.txt", "# x\napp");
            },
            String::new(),
        ),
        ("the target", same, "-p win_amd64-cp312".to_owned()),
        ("an option", same, "--no-deps".to_owned()),
        ("the hashes", same, "--hashes all".to_owned()),
        ("a cutoff", same, "--exclude-newer 2026-01-01".to_owned()),
        ("a refresh", same, "--refresh".to_owned()),
        ("an upgrade", same, "-U".to_owned()),
        ("an upgrade of one", same, "-P lib".to_owned()),
        (
            "an index",
            same,
            format!("--extra-index-url {}", other.index_url()),
        ),
        (
            "the output file",
            |sandbox| {
                let text = sandbox.read("strict.txt").replace("lib==2.0", "lib==1.0");
                fs::write(sandbox.path("strict.txt"), text).unwrap();
            },
            String::new(),
        ),
        (
            "a policy",
            |sandbox| {
                sandbox.write(
                    "harden.toml",
                    "loose = 'loose.txt'\n[policy]\nban = [{ package = 'lib==2.0', reason = 'x' }]",
                );
            },
            String::new(),
        ),
        (
            "a damaged page",
            |sandbox| {
                for page in cached(sandbox, "pages") {
                    let mut bytes = fs::read(&page).unwrap();
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    fs::write(&page, bytes).unwrap();
                }
            },
            String::new(),
        ),
        (
            "lost metadata",
            |sandbox| {
                for path in cached(sandbox, "metadata") {
                    fs::remove_file(path).unwrap();
                }
            },
            String::new(),
        ),
    ];
    for (what, change, options) in changes {
        let sandbox = settled(WORLD, "app", &target());
        assert!(given(&sandbox, &target()).1, "before {what}");
        change(&sandbox);
        let options = if options.starts_with("-p") {
            options
        } else {
            format!("{} {options}", target())
        };
        assert!(!compared(&sandbox, &options, what), "{what}");
    }
}

#[test]
fn what_depends_on_the_age_of_a_file_is_decided_anew_when_it_is_old_enough() {
    // Long enough for several runs on a busy machine.
    let ripe = Timestamp::now() + SignedDuration::from_secs(12);
    let uploaded = ripe - SignedDuration::from_hours(72);
    let world = format!("app 1.0 uploaded=2020-01-01\napp 2.0 uploaded={uploaded}");
    let sandbox = settled(&world, "app", &target());
    sandbox.write(
        "harden.toml",
        "loose = 'loose.txt'\n[policy.rules]\ncooldown = 'deny'\n",
    );
    fs::remove_file(sandbox.path("strict.txt")).unwrap();
    for _ in 0..2 {
        compared(&sandbox, &target(), "the policy");
    }
    let (again, is_reused) = given(&sandbox, &target());
    if Timestamp::now() < ripe {
        assert!(is_reused, "nothing has changed yet");
        assert!(again.strict.unwrap().contains("app==1.0"));
    }
    // Without the pin, which would be kept, the answer changes with time alone.
    let forget = || fs::remove_file(sandbox.path("strict.txt")).unwrap();
    forget();
    given(&sandbox, &target());
    forget();
    let wait = ripe.duration_since(Timestamp::now()) + SignedDuration::from_secs(1);
    std::thread::sleep(Duration::try_from(wait).unwrap_or_default());
    compared(&sandbox, &target(), "the end of the cooldown");
    assert!(sandbox.read("strict.txt").contains("app==2.0"));
}

/// In random universes, one thing after another changes, and no run differs from a full one.
#[test]
fn no_run_ever_differs_from_a_full_one() {
    let mut reused = 0;
    for seed in 1..=12 {
        let mut dice = Dice(seed);
        let universes = [random_universe(&mut dice), random_universe(&mut dice)];
        let sandbox = Sandbox::new(&universes[0]);
        let mut loose = [(); 2].map(|()| random_requirement(&mut dice));
        sandbox.write("loose.txt", &loose.join("\n"));
        let mut options = String::new();
        for _ in 0..10 {
            let what = match dice.roll(10) {
                0 => {
                    let place = dice.pick(loose.len());
                    loose[place] = random_requirement(&mut dice);
                    sandbox.write("loose.txt", &loose.join("\n"));
                    "a line"
                }
                1 => {
                    let choice = ["", "--no-deps", "--resolution lowest", "--pre"];
                    choice[dice.pick(4)].clone_into(&mut options);
                    "an option"
                }
                2 => {
                    let path = sandbox.path("strict.txt");
                    if let Ok(mut bytes) = fs::read(&path) {
                        let place = dice.pick(bytes.len());
                        bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
                        fs::write(&path, bytes).unwrap();
                    }
                    "a byte of the output"
                }
                3 => {
                    sandbox
                        .server()
                        .replace(Universe::new(&universes[dice.pick(2)]));
                    age(&sandbox);
                    "the index"
                }
                4 => {
                    age(&sandbox);
                    "the age of the pages"
                }
                _ => "nothing",
            };
            reused += usize::from(compared(&sandbox, &format!("{} {options}", target()), what));
        }
    }
    assert!(
        reused >= 20,
        "only {reused} runs gave an earlier answer again"
    );
}
