//! Many locks in one configuration: made side by side as one by one, in shards, and with failures.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use harden_testindex::Fault;
use insta::assert_snapshot;
use serde_json::Value;

use crate::consistency::{Dice, random_requirement, random_universe};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib
    app 2.0 requires=lib>=2
    lib 1.0
    lib 2.0
    tool 1.0
";

/// A configuration with these locks: the name of each, and what it requires.
fn configured(sandbox: &Sandbox, folder: &str, locks: &[(&str, &str)]) {
    let mut text = format!("platforms = ['{FOREIGN}']\n");
    for (name, loose) in locks {
        sandbox.write(&format!("{folder}{name}.txt"), loose);
        let _ = writeln!(
            text,
            "[[lock]]\nloose = '{name}.txt'\nstrict = '{name}.strict.txt'"
        );
    }
    sandbox.write(&format!("{folder}harden.toml"), &text);
}

/// So many names, and what they require.
fn numbered(number: usize, loose: &str) -> Vec<(String, String)> {
    let name = |place| (format!("s{place:02}"), loose.to_owned());
    (0..number).map(name).collect()
}

fn by_reference(locks: &[(String, String)]) -> Vec<(&str, &str)> {
    locks
        .iter()
        .map(|(name, loose)| (&**name, &**loose))
        .collect()
}

fn strict_files(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let mut files = sandbox.list(folder);
    files.retain(|file| file.ends_with(".strict.txt"));
    files
}

/// The exit code and messages of a run without its last lines, which `harden -o` does not print.
fn told(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines.filter(|line| !line.starts_with("made ")).collect()
}

/// Random locks, of which some have no resolution and some read what others write.
#[test]
fn locks_that_are_made_side_by_side_are_those_that_are_made_one_by_one() {
    for seed in 0..4 {
        let mut dice = Dice(seed + 1);
        let sandbox = Sandbox::new(&random_universe(&mut dice));
        let mut locks = Vec::new();
        for place in 0..24 {
            let mut loose: String = (0..3)
                .map(|_| random_requirement(&mut dice) + "\n")
                .collect();
            match place % 6 {
                // What an earlier lock writes, and what a later one does.
                3 => writeln!(loose, "-c s{:02}.strict.txt", place - 2),
                4 => writeln!(loose, "-c s{:02}.strict.txt", place + 1),
                _ => Ok(()),
            }
            .unwrap();
            locks.push((format!("s{place:02}"), loose));
        }
        for folder in ["all/", "each/", "again/"] {
            configured(&sandbox, folder, &by_reference(&locks));
            for (name, _) in &locks {
                if name.ends_with('5') || name.ends_with('1') {
                    sandbox.write(&format!("{folder}{name}.strict.txt"), "# nothing yet");
                }
            }
        }
        let all = sandbox.harden_in("all", "--no-reuse");
        let (mut failed, mut worst) = (BTreeSet::new(), Some(0));
        for (name, _) in &locks {
            let one = sandbox.harden_in("each", &format!("--no-reuse -o {name}.strict.txt"));
            worst = worst.max(one.code);
            if one.code != Some(0) {
                failed.insert(format!("{name}.strict.txt"));
            }
        }
        assert_eq!(
            strict_files(&sandbox, "all"),
            strict_files(&sandbox, "each"),
            "{all}"
        );
        for file in strict_files(&sandbox, "each") {
            assert_eq!(
                sandbox.read(&format!("all/{file}")),
                sandbox.read(&format!("each/{file}")),
                "{file} of {seed}"
            );
        }
        assert_eq!(all.code, worst, "{all}");
        if !failed.is_empty() {
            let count = format!("error: {} of 24 locks failed: ", failed.len());
            assert!(all.stderr.contains(&count), "{all}");
        }
        let again = sandbox.harden_in("again", "--no-reuse --no-cache");
        assert_eq!(told(&all), told(&again));
    }
}

#[test]
fn many_locks_ask_for_each_page_and_each_metadata_file_once() {
    let sandbox = Sandbox::new(WORLD);
    configured(&sandbox, "", &by_reference(&numbered(40, "app\ntool")));
    assert_eq!(sandbox.harden("").code, Some(0));
    let paths: Vec<String> = sandbox
        .server()
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    let different: BTreeSet<&String> = paths.iter().collect();
    assert_eq!(paths.len(), different.len(), "{paths:?}");
    assert_eq!(strict_files(&sandbox, "").len(), 40);
    // What each run over these files finds is kept: the next one has nothing to do.
    sandbox.harden("").good();
    sandbox.server().forget_requests();
    let again = sandbox.harden("--json").good();
    let again: Value = serde_json::from_str(&again).unwrap();
    let reused = again.as_array().unwrap().iter();
    assert!(
        reused
            .clone()
            .all(|lock| lock["statistics"]["reused"] == true)
    );
    assert_eq!(reused.count(), 40);
    assert!(sandbox.server().requests().is_empty());
}

#[test]
fn one_lock_that_fails_keeps_no_other_from_being_made() {
    let sandbox = Sandbox::new(WORLD);
    let locks = [
        ("api", "app"),
        ("jobs", "lib>9"),
        ("web", "tool"),
        ("mail", "nothing"),
    ];
    configured(&sandbox, "", &locks);
    sandbox.write("jobs.strict.txt", "");
    assert_snapshot!(sandbox.harden(""), @"
    exit 1
    --- stderr
    api.strict.txt: resolved 2 packages for 1 target in [time]
    web.strict.txt: resolved 1 package for 1 target in [time]
    error: jobs.strict.txt: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. jobs.txt:1 requires lib>9
      2. lib has no such release: there are 1.0 to 2.0
    hint: lib 2.0 would work: change `lib>9` in jobs.txt:1
    error: mail.strict.txt: mail.txt:1: there is no project nothing at [index]/simple/
    hint: check the name; a project of your own needs its index, as in `--extra-index-url URL`, or its folder, as in `--find-links FOLDER`
    error: 2 of 4 locks failed: jobs.strict.txt and mail.strict.txt
    ");
    assert_eq!(
        strict_files(&sandbox, ""),
        ["api.strict.txt", "jobs.strict.txt", "web.strict.txt"]
    );
    assert_eq!(sandbox.read("jobs.strict.txt"), "");
    // For machines, each failure is a report.
    let report: Value = serde_json::from_str(&sandbox.harden("--json -q").stdout).unwrap();
    let outputs = report.as_array().unwrap().iter().map(|lock| {
        let error = lock["error"].as_str();
        let error = error.map(|error| error.lines().next().unwrap_or_default());
        let error = error.map(|error| error.split(" at http").next().unwrap_or_default());
        (lock["output"].as_str().unwrap(), error)
    });
    assert_eq!(
        outputs.collect::<Vec<_>>(),
        [
            ("api.strict.txt", None),
            (
                "jobs.strict.txt",
                Some("no resolution for manylinux2014_aarch64-cp-311-cp311")
            ),
            ("web.strict.txt", None),
            (
                "mail.strict.txt",
                Some("mail.txt:1: there is no project nothing")
            ),
        ]
    );
}

/// 3, which means that trying again may help, counts more than 1.
#[test]
fn the_exit_code_of_several_failures_is_that_of_the_worst() {
    let sandbox = Sandbox::new(WORLD);
    let server = sandbox.server();
    server.fault("/simple/tool/", Fault::Status(400));
    configured(&sandbox, "", &[("api", "lib>9"), ("jobs", "app")]);
    assert_eq!(sandbox.harden("").code, Some(1));
    configured(&sandbox, "", &[("api", "lib>9"), ("web", "nonsense !")]);
    assert_eq!(sandbox.harden("").code, Some(2));
    configured(
        &sandbox,
        "",
        &[("web", "nonsense !"), ("mail", "tool"), ("api", "lib>9")],
    );
    let outcome = sandbox.harden("");
    assert_eq!(outcome.code, Some(3), "{outcome}");
}

#[test]
fn a_lock_that_reads_what_an_earlier_one_writes_is_made_after_it() {
    let sandbox = Sandbox::new(WORLD);
    // The first takes long, and is what the others are constrained by.
    let late = Fault::Late(Duration::from_millis(300));
    sandbox.server().fault("/simple/lib/", late);
    let layered = "-r base.strict.txt\ntool";
    configured(
        &sandbox,
        "",
        &[
            ("base", "app<2\nlib<2"),
            ("web", layered),
            ("jobs", "-c web.strict.txt\nlib"),
        ],
    );
    assert_snapshot!(sandbox.harden(""), @"
    exit 0
    --- stderr
    base.strict.txt: resolved 2 packages for 1 target in [time]
    web.strict.txt: resolved 3 packages for 1 target in [time]
    jobs.strict.txt: resolved 1 package for 1 target in [time]
    ");
    assert!(sandbox.read("web.strict.txt").contains("lib==1.0 "));
    assert!(sandbox.read("jobs.strict.txt").contains("lib==1.0 "));
}

#[test]
fn shards_divide_the_locks_of_a_configuration() {
    let sandbox = Sandbox::new(WORLD);
    let locks = [
        ("a", "lib"),
        ("b", "lib"),
        ("c", "tool"),
        ("d", "app"),
        ("e", "app"),
    ];
    configured(&sandbox, "", &locks);
    assert_snapshot!(sandbox.harden("--shard 2/3"), @"
    exit 0
    --- stderr
    b.strict.txt: resolved 1 package for 1 target in [time]
    e.strict.txt: resolved 2 packages for 1 target in [time]
    made 2 locks of shard 2/3 in [time]
    ");
    assert_eq!(strict_files(&sandbox, ""), ["b.strict.txt", "e.strict.txt"]);
    for shard in ["1/3", "3/3"] {
        sandbox.harden(&format!("-q --shard {shard}")).good();
    }
    assert_eq!(strict_files(&sandbox, "").len(), 5);
    // A shard may be empty.
    assert_snapshot!(sandbox.harden("--shard 7/9"), @"
    exit 0
    --- stderr
    made 0 locks of shard 7/9 in [time]
    ");
    assert_snapshot!(sandbox.harden_with(&[("HARDEN_SHARD", "3/3")], "check"), @"
    exit 0
    --- stderr
    c.strict.txt: 1 pin, 1 target, up to date
    ");
    sandbox.write("b.txt", "lib<2");
    assert_snapshot!(sandbox.harden("check --shard 1/3"), @"
    exit 0
    --- stderr
    a.strict.txt: 1 pin, 1 target, up to date
    d.strict.txt: 2 pins, 1 target, up to date
    ");
    assert_snapshot!(sandbox.harden("check --shard 2/3"), @"
    exit 1
    --- stdout
    b.strict.txt:3: b.txt, or a file read with it, has changed since the file was written [stale]
    b.txt:1: `lib<2` is not met by the pin lib==2.0 [unmet]
      fix: harden --output b.strict.txt
    --- stderr
    e.strict.txt: 2 pins, 1 target, up to date
    error: b.strict.txt does not pass: 2 findings
    ");
    assert_snapshot!(sandbox.harden("verify --shard 3/3"), @"
    exit 0
    --- stderr
    c.strict.txt: 1 pin, 1 target, as the index has them
    ");
    assert_snapshot!(sandbox.harden("outdated --shard 1/3"), @"
    exit 0
    --- stderr
    a.strict.txt: its pin is the newest release
    d.strict.txt: all 2 pins are the newest releases
    ");
    assert_snapshot!(sandbox.harden("-U --shard 1/3"), @"
    exit 0
    --- stderr
    a.strict.txt: resolved 1 package for 1 target in [time]
    d.strict.txt: resolved 2 packages for 1 target in [time]
    made 2 locks of shard 1/3 in [time]
    ");
}

#[test]
fn what_is_not_a_shard_is_refused() {
    let sandbox = Sandbox::new(WORLD);
    configured(&sandbox, "", &[("a", "lib")]);
    for value in ["0/4", "5/4", "x/y", "1/0", "1", ""] {
        let outcome = sandbox.harden(&format!("--shard={value}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains("--shard"), "{outcome}");
    }
    assert_snapshot!(sandbox.harden("--shard 0/4"), @"
    exit 2
    --- stderr
    error: invalid value '0/4' for '--shard <K/N>': shards are counted from 1

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.harden("--shard 5/4"), @"
    exit 2
    --- stderr
    error: invalid value '5/4' for '--shard <K/N>': there is no shard 5 of 4

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.harden("--shard x/y"), @"
    exit 2
    --- stderr
    error: invalid value 'x/y' for '--shard <K/N>': expected K/N, as in 2/4 for the second of four shards

    For more information, try '--help'.
    ");
    for arguments in [
        "a.txt",
        "-o a.strict.txt",
        "check a.strict.txt",
        "verify a.strict.txt",
        "audit a.strict.txt",
    ] {
        let outcome = sandbox.harden(&format!("{arguments} --shard 1/2"));
        let message = "error: --shard divides the locks of the configuration, and files are named";
        assert!(outcome.stderr.contains(message), "{outcome}");
    }
}

#[test]
fn many_strict_files_that_pass_are_counted() {
    let sandbox = Sandbox::new(WORLD);
    configured(
        &sandbox,
        "",
        &by_reference(&numbered(30, "app\n-c shared.txt")),
    );
    sandbox.write("shared.txt", "lib<3");
    sandbox.harden("-q").good();
    assert_snapshot!(sandbox.harden("check"), @"
    exit 0
    --- stderr
    30 files: 60 pins, up to date
    ");
    assert_snapshot!(sandbox.harden("verify"), @"
    exit 0
    --- stderr
    30 files: 60 pins, as the index has them
    ");
    // Each page was asked for once, though thirty files pin its project.
    assert_eq!(sandbox.server().count("/simple/app/"), 2);
    sandbox.write("s07.txt", "app<2\n-c shared.txt");
    sandbox.write("s21.txt", "app\ntool\n-c shared.txt");
    assert_snapshot!(sandbox.harden("check"), @"
    exit 1
    --- stdout
    s07.strict.txt:3: s07.txt, or a file read with it, has changed since the file was written [stale]
    s07.txt:1: `app<2` is not met by the pin app==2.0 [unmet]
      fix: harden --output s07.strict.txt
    s21.strict.txt:3: s21.txt, or a file read with it, has changed since the file was written [stale]
    s21.txt:2: `tool` is not pinned [missing-pin]
      fix: harden --output s21.strict.txt
    --- stderr
    28 files: 56 pins, up to date
    error: s07.strict.txt and s21.strict.txt do not pass: 4 findings
    ");
    sandbox.write("shared.txt", "lib<2");
    let stale = sandbox.harden("check");
    assert_eq!(stale.code, Some(1));
    let error = stale.stderr.lines().last().unwrap_or_default();
    assert_snapshot!(error, @"error: s00.strict.txt, s01.strict.txt, s02.strict.txt, s03.strict.txt, s04.strict.txt and 25 more do not pass: 62 findings");
}

/// What a run that is killed leaves is what was there before, or a whole file.
#[test]
fn a_run_that_is_killed_leaves_no_half_file() {
    for pause in [20, 60, 120, 250] {
        let sandbox = Sandbox::new(WORLD);
        let server = sandbox.server();
        server.fault("/simple/app/", Fault::Late(Duration::from_millis(50)));
        configured(&sandbox, "", &by_reference(&numbered(60, "app\ntool")));
        let mut run = sandbox.start_harden("");
        thread::sleep(Duration::from_millis(pause));
        run.kill().unwrap();
        run.wait().unwrap();
        for file in strict_files(&sandbox, "") {
            let check = sandbox.harden(&format!("check {file}"));
            assert_eq!(check.code, Some(0), "{check}");
        }
        assert_eq!(sandbox.harden("-q").code, Some(0));
        assert_eq!(strict_files(&sandbox, "").len(), 60);
    }
}
