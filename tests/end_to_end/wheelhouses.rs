//! `fetch` beyond filling a wheelhouse: checking, pruning, and that no interruption leaves a wrong file.

use std::process::Command;
use std::time::Duration;

use harden_testindex::Fault;
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox, is_wheel};

const UNIVERSE: &str = "
    app 1.0 requires=lib
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 pad=200000
";
const APP: &str = "app-1.0-py3-none-any.whl";
const LIB: &str = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";

fn hardened(universe: &str) -> Sandbox {
    let sandbox = Sandbox::new(universe);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// The wheels of a wheelhouse, each of which must be right.
fn wheels(sandbox: &Sandbox) -> Vec<String> {
    let mut names = sandbox.list("wheelhouse");
    names.retain(|name| is_wheel(name));
    for name in &names {
        let bytes = std::fs::read(sandbox.path("wheelhouse").join(name)).unwrap();
        let file = sandbox.server().universe().file(name).unwrap();
        assert!(bytes == file.contents(), "{name} is not what it should be");
    }
    names
}

#[test]
fn a_wheelhouse_is_checked_without_an_index() {
    let sandbox = hardened(UNIVERSE);
    sandbox.fetch("").good();
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch("--check"), @"
    exit 0
    --- stderr
    2 files match: wheelhouse
    ");
    std::fs::remove_file(sandbox.path("wheelhouse").join(APP)).unwrap();
    sandbox.write("wheelhouse/old-1.0-py3-none-any.whl", "old");
    assert_snapshot!(sandbox.fetch("--check"), @"
    exit 1
    --- stdout
    missing: app-1.0-py3-none-any.whl
    extra: old-1.0-py3-none-any.whl
    --- stderr
    1 file matches: wheelhouse
    error: wheelhouse does not match strict.txt
    hint: `fetch` downloads what is missing and replaces what is wrong; `fetch --prune` removes what is extra
    ");
    assert_eq!(sandbox.server().requests(), []);
    sandbox.fetch("--prune").good();
    sandbox.fetch("--check").good();
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
}

#[test]
fn a_dry_run_lists_what_would_be_fetched() {
    let sandbox = hardened(UNIVERSE);
    assert_snapshot!(sandbox.fetch("--dry-run"), @"
    exit 0
    --- stdout
    app-1.0-py3-none-any.whl ([size])
    lib-1.0-cp311-cp311-manylinux2014_aarch64.whl ([size])
    --- stderr
    would fetch 2 files: [size] to download and [size] from the cache, into wheelhouse
    ");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_second_wheelhouse_comes_from_the_cache() {
    let sandbox = hardened(UNIVERSE);
    sandbox.fetch("").good();
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch("-d second"), @"
    exit 0
    --- stderr
    fetched 0 files; 2 from the cache in [time]: second
    pex --no-index --find-links second -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(sandbox.list("second"), [APP, LIB]);
    assert_eq!(sandbox.server().requests(), []);
}

#[test]
fn an_edited_strict_file_is_a_warning() {
    let sandbox = hardened(UNIVERSE);
    let strict = sandbox.read("strict.txt");
    let edited = strict.replace("app==1.0", "app==1.0 ; python_version > '3'");
    sandbox.write("strict.txt", &edited);
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    warning: strict.txt was edited after harden wrote it, so its pins are not proven to be installable; run harden again
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
}

#[test]
fn a_pin_without_a_file_is_named_with_its_file_and_line() {
    let sandbox = hardened(UNIVERSE);
    let windows = sandbox.server().universe();
    let digest = windows.file("lib-1.0-cp311-cp311-win_amd64.whl").unwrap();
    let pin = format!("lib==1.0 --hash=sha256:{}", digest.sha256());
    sandbox.write("pinned.txt", &pin);
    assert_snapshot!(sandbox.fetch(&format!("pinned.txt -p {FOREIGN}")), @"
    exit 1
    --- stderr
    error: lib 1.0 (pinned.txt:1) has no file for manylinux2014_aarch64-cp-311-cp311: it is pinned as lib-1.0-cp311-cp311-win_amd64.whl; lock for that target too
    ");
}

/// The folder may only exist on the machine where the file was made.
#[test]
fn a_missing_find_links_folder_is_a_warning() {
    let sandbox = hardened(UNIVERSE);
    let strict = sandbox.read("strict.txt");
    let pins = strict.replace("app==1.0", "--find-links links\napp==1.0");
    let pins: Vec<&str> = pins.lines().filter(|line| !line.starts_with('#')).collect();
    sandbox.write("pinned.txt", &pins.join("\n"));
    let outcome = sandbox.fetch(&format!("pinned.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @"
    exit 0
    --- stderr
    warning: pinned.txt names `--find-links links`, but there is no such folder; uv refuses the file without it
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r pinned.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
}

/// pex adds no older versions to a platform tag: with `manylinux_2_28` it accepts no manylinux2014 wheel.
#[test]
fn a_complete_platform_is_written_if_pex_would_reject_the_platform() {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app");
    let target = "manylinux_2_28_aarch64-cp-311-cp311";
    let command = format!("loose.txt -p {target} -o strict.txt");
    sandbox.harden(&command).good();
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: wheelhouse
    `pex --platform` refuses lib-1.0-cp311-cp311-manylinux2014_aarch64.whl, which manylinux_2_28_aarch64-cp-311-cp311 takes; `fetch --complete-platform` writes the file that this command needs:
        pex --no-index --find-links wheelhouse -r strict.txt --complete-platform wheelhouse/manylinux_2_28_aarch64-cp-311-cp311.complete-platform.json -o app.pex
    ");
    assert_snapshot!(sandbox.fetch("--complete-platform"), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --complete-platform wheelhouse/manylinux_2_28_aarch64-cp-311-cp311.complete-platform.json -o app.pex
    ");
    let written = sandbox.read(&format!("wheelhouse/{target}.complete-platform.json"));
    assert!(written.contains("\"cp311-cp311-manylinux2014_aarch64\""));
    assert!(written.contains("\"python_full_version\": \"3.11.0\""));
    sandbox.fetch("--check").good();
}

/// `pex --platform` only knows the patch level if the name has one.
#[test]
fn a_marker_on_the_patch_level_gives_pex_a_patch_level() {
    let universe = "app 1.0 requires=\"lib; python_full_version < '3.8'\"\nlib 1.0";
    let sandbox = hardened(universe);
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-3.11.0-cp311 -o app.pex
    ");
}

#[test]
fn a_wheelhouse_is_written_in_every_requested_form() {
    let sandbox = hardened(UNIVERSE);
    assert_snapshot!(sandbox.fetch("-q --pylock --layout simple --archive all.tar.zst"), @"exit 0");
    let beside = ["pylock.toml", "simple"];
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB, beside[0], beside[1]]);
    let first = std::fs::read(sandbox.path("all.tar.zst")).unwrap();
    sandbox
        .fetch("-q --no-cache -d again --pylock --archive again.tar.zst")
        .good();
    assert!(first == std::fs::read(sandbox.path("again.tar.zst")).unwrap());
    sandbox.fetch("--check").good();
    assert_snapshot!(sandbox.fetch("-q --archive all.rar"), @"
    exit 2
    --- stderr
    error: all.rar is not the name of an archive: end it in .tar, .tar.zst or .zip
    ");
}

/// A limit on the size of files stands for a full disk: writing fails part of the way.
#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_complete_files_are_kept() {
    let sandbox = hardened(UNIVERSE);
    let mut shell = Command::new("sh");
    let fetch = env!("CARGO_BIN_EXE_fetch");
    let script = format!("trap '' XFSZ; ulimit -f 100; exec {fetch} --no-cache");
    shell.args(["-c", &script]);
    assert_snapshot!(sandbox.run_here(shell), @"
    exit 2
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: cannot write wheelhouse/lib-1.0-cp311-cp311-manylinux2014_aarch64.whl: file too large
    ");
    assert_eq!(sandbox.list("wheelhouse"), [APP]);
    sandbox.fetch("").good();
    assert_eq!(wheels(&sandbox), [APP, LIB]);
}

/// `HARDEN_KILLS` is the number of kills; the default is 20.
#[test]
fn a_run_killed_at_any_moment_leaves_no_wrong_file() {
    let kills = std::env::var("HARDEN_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let universe = "
        app 1.0 requires=a,b,c,d,e,f
        a 1.0 pad=3000000\nb 1.0 pad=2000000\nc 1.0 pad=1000000
        d 1.0 pad=500000\ne 1.0 pad=100000\nf 1.0
    ";
    let sandbox = hardened(universe);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |most: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % most
    };
    let cached = ["", "--no-cache"];
    for kill in 0..kills {
        if kill % 5 == 0 {
            let _ = std::fs::remove_dir_all(sandbox.path("wheelhouse"));
            sandbox.forget_cache();
        }
        // A slow body makes sure that kills hit downloads too.
        let stalled = Fault::Stall(
            usize::try_from(below(400_000)).unwrap(),
            Duration::from_secs(9),
        );
        sandbox
            .server()
            .fault("a-1.0-py3-none-any.whl", stalled)
            .times(1);
        let mut fetch = sandbox.start_fetch(cached[usize::from(kill % 2 == 1)]);
        std::thread::sleep(Duration::from_millis(below(400)));
        fetch.kill().unwrap();
        fetch.wait().unwrap();
        wheels(&sandbox);
    }
    sandbox.server().heal();
    for arguments in cached {
        sandbox.fetch(arguments).good();
        assert_eq!(wheels(&sandbox).len(), 7);
        assert_eq!(sandbox.list("wheelhouse").len(), 7);
    }
}

#[test]
fn a_killed_download_is_resumed() {
    let sandbox = hardened(UNIVERSE);
    let forever = Duration::from_mins(10);
    for arguments in ["--no-cache", ""] {
        let _ = std::fs::remove_dir_all(sandbox.path("wheelhouse"));
        sandbox.server().heal();
        let stalled = Fault::Stall(150_000, forever);
        sandbox.server().fault(LIB, stalled).times(1);
        sandbox.server().forget_requests();
        let mut fetch = sandbox.start_fetch(arguments);
        while sandbox.server().count(LIB) == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        fetch.kill().unwrap();
        fetch.wait().unwrap();
        sandbox.server().forget_requests();
        sandbox.fetch(arguments).good();
        let requests = sandbox.server().requests();
        let request = requests.iter().find(|request| request.path.ends_with(LIB));
        assert_eq!(request.unwrap().header("range"), Some("bytes=150000-"));
        assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
        assert_eq!(wheels(&sandbox), [APP, LIB]);
    }
}
