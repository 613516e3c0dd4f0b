//! `fetch --to` and `fetch --from`: wheelhouses on mirrors. The mirrors are folders, and the test index
//! with the protocol of S3. scripts/object-storage does the same with real servers of S3 and Azure.

use harden_testindex::Fault;
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 pad=200000
";
const APP: &str = "app-1.0-py3-none-any.whl";
const LIB: &str = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";

/// A sandbox with a strict file for [`FOREIGN`] of all that `app` needs.
fn hardened(universe: &str) -> Sandbox {
    let sandbox = Sandbox::new(universe);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// The address of a folder of the sandbox.
fn folder(sandbox: &Sandbox, name: &str) -> String {
    format!("file://{}", sandbox.path(name).display())
}

/// Fetches into an empty folder on a machine with no cache.
fn fetch_into_empty_folder(sandbox: &Sandbox, arguments: &str) -> Outcome {
    let _ = std::fs::remove_dir_all(sandbox.path("new"));
    sandbox.server().forget_requests();
    sandbox.fetch(&format!("--no-cache -d new {arguments}"))
}

fn same(sandbox: &Sandbox, one: &str, other: &str) -> bool {
    let bytes = |path| std::fs::read(sandbox.path(path)).unwrap();
    bytes(one) == bytes(other)
}

#[test]
fn a_wheelhouse_can_be_stored_and_fetched_without_the_index() {
    let sandbox = hardened(UNIVERSE);
    let mirror = folder(&sandbox, "mirror/team");
    assert_snapshot!(sandbox.fetch(&format!("--to {mirror}")), @"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    stored 2 files, [size] in [time]: file://[folder]/project/mirror/team
    ");
    assert_eq!(sandbox.list("mirror/team"), [APP, LIB]);
    assert_snapshot!(sandbox.fetch(&format!("--to {mirror}")), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    stored 0 files; 2 already there in [time]: file://[folder]/project/mirror/team
    ");
    let variable = [("HARDEN_TO", &*mirror)];
    let checked = sandbox.fetch_with(&variable, "--check");
    assert!(!checked.stderr.contains("stored"), "{checked}");
    let stored = sandbox.fetch_with(&variable, "");
    assert!(stored.stderr.contains("stored 0 files"), "{stored}");
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror} --dry-run")), @"
    exit 0
    --- stdout
    app-1.0-py3-none-any.whl ([size], at the mirror)
    lib-1.0-cp311-cp311-manylinux2014_aarch64.whl ([size], at the mirror)
    --- stderr
    would fetch 2 files: [size] to download, [size] from the mirror and [size] from the cache, into new
    ");
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror} --no-index")), @"
    exit 0
    --- stderr
    fetched 2 files, [size]; 2 of them from the mirror in [time]: new
    pex --no-index --find-links new -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    fetch_into_empty_folder(&sandbox, &format!("--from {mirror} --offline")).good();
    assert!(sandbox.server().requests().is_empty());
    for name in [APP, LIB] {
        let (there, here) = (format!("wheelhouse/{name}"), format!("new/{name}"));
        assert!(same(&sandbox, &there, &here));
    }
}

#[test]
fn files_that_a_mirror_lacks_or_has_wrong_come_from_the_index() {
    let sandbox = hardened(UNIVERSE);
    let mirror = folder(&sandbox, "mirror");
    sandbox.fetch(&format!("-q --to {mirror}")).good();
    let app = sandbox.path("mirror").join(APP);
    let kept = std::fs::read(&app).unwrap();
    std::fs::remove_file(&app).unwrap();
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror} -v")), @"
    exit 0
    --- stderr
    file://[folder]/project/mirror has no app-1.0-py3-none-any.whl; trying other sources
    fetched 2 files, [size]; 1 of them from the mirror in [time]: new
    pex --no-index --find-links new -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    pip install --require-hashes --no-index --find-links new -r strict.txt
    uv pip install --require-hashes --no-index --find-links new -r strict.txt
    ");
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror} --no-index")), @r"
    exit 1
    --- stderr
    fetched 1 file, [size]; 1 of them from the mirror in [time]: new
    error: app-1.0-py3-none-any.whl: no project app: no index and no list of links is configured; and file://[folder]/project/mirror has no app-1.0-py3-none-any.whl
    ");
    std::fs::write(&app, kept).unwrap();
    let lib = sandbox.path("mirror").join(LIB);
    let mut bytes = std::fs::read(&lib).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&lib, bytes).unwrap();
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror}")), @"
    exit 0
    --- stderr
    warning: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl at file://[folder]/project/mirror has the wrong hash, sha256:[digest]; trying other sources
    fetched 2 files, [size]; 1 of them from the mirror in [time]: new
    pex --no-index --find-links new -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert!(same(
        &sandbox,
        &format!("new/{LIB}"),
        &format!("wheelhouse/{LIB}")
    ));
    assert_snapshot!(fetch_into_empty_folder(&sandbox, &format!("--from {mirror} --no-index")), @r"
    exit 1
    --- stderr
    warning: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl at file://[folder]/project/mirror has the wrong hash, sha256:[digest]; trying other sources
    fetched 1 file, [size]; 1 of them from the mirror in [time]: new
    error: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl: no project lib: no index and no list of links is configured; and lib-1.0-cp311-cp311-manylinux2014_aarch64.whl at file://[folder]/project/mirror has the wrong hash, sha256:[digest]
    ");
    assert_eq!(sandbox.list("new"), [APP]);
    // The size is the same: only the digest shows that it is another file.
    assert_snapshot!(sandbox.fetch(&format!("--to {mirror} -v")), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    pip install --require-hashes --no-index --find-links wheelhouse -r strict.txt
    uv pip install --require-hashes --no-index --find-links wheelhouse -r strict.txt
    lib-1.0-cp311-cp311-manylinux2014_aarch64.whl replaced another file at the mirror
    stored 1 file, [size]; 1 replaced; 1 already there in [time]: file://[folder]/project/mirror
    ");
    assert!(same(
        &sandbox,
        &format!("mirror/{LIB}"),
        &format!("wheelhouse/{LIB}")
    ));
}

#[test]
fn files_written_beside_the_wheels_are_stored_too() {
    let sandbox = hardened(UNIVERSE);
    let mirror = folder(&sandbox, "mirror");
    sandbox.write("wheelhouse/notes.txt", "not of the wheelhouse");
    let forms = "--layout simple --pylock --complete-platform";
    assert_snapshot!(sandbox.fetch(&format!("{forms} --to {mirror}")), @"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --complete-platform wheelhouse/manylinux2014_aarch64-cp-311-cp311.complete-platform.json -o app.pex
    stored 10 files, [size] in [time]: file://[folder]/project/mirror
    ");
    let platform = format!("{FOREIGN}.complete-platform.json");
    assert_eq!(
        sandbox.list("mirror"),
        [APP, LIB, &platform, "pylock.toml", "simple"]
    );
    assert_eq!(
        sandbox.list("mirror/simple"),
        ["app", "index.html", "index.json", "lib"]
    );
    assert!(same(
        &sandbox,
        "mirror/simple/lib/index.html",
        "wheelhouse/simple/lib/index.html"
    ));
    // Other files there are kept, and pages from another run are not sent.
    let other = folder(&sandbox, "other");
    sandbox.write("other/kept.txt", "kept");
    sandbox.fetch(&format!("-q --to {other}")).good();
    assert_eq!(
        sandbox.list("other"),
        [APP, "kept.txt", LIB, &platform, "pylock.toml"]
    );
}

/// Files above 8 MiB are uploaded in parts.
#[test]
fn a_large_file_is_the_same_after_a_round_trip() {
    let sandbox = hardened("app 1.0 requires=big\nbig 1.0 pad=20000000");
    let mirror = folder(&sandbox, "mirror");
    sandbox.fetch(&format!("-q --to {mirror}")).good();
    let big = "big-1.0-py3-none-any.whl";
    assert!(same(
        &sandbox,
        &format!("mirror/{big}"),
        &format!("wheelhouse/{big}")
    ));
    assert_eq!(sandbox.list("mirror"), [APP, big]);
    fetch_into_empty_folder(&sandbox, &format!("-q --no-index --from {mirror}")).good();
    assert!(same(
        &sandbox,
        &format!("new/{big}"),
        &format!("wheelhouse/{big}")
    ));
}

/// The files of the index are the objects of a bucket called `files`.
#[test]
fn s3_uses_the_credentials_of_the_environment() {
    let sandbox = hardened(UNIVERSE);
    let endpoint = sandbox.server().url("");
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.trim_end_matches('/')),
        ("AWS_SKIP_SIGNATURE", "true"),
    ];
    let fetch = |arguments: &str| {
        let _ = std::fs::remove_dir_all(sandbox.path("wheelhouse"));
        sandbox.server().forget_requests();
        sandbox.fetch_with(
            &variables,
            &format!("--no-cache --from s3://files {arguments}"),
        )
    };
    assert_snapshot!(fetch("--no-index"), @"
    exit 0
    --- stderr
    fetched 2 files, [size]; 2 of them from the mirror in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(sandbox.server().requests().len(), 2);
    // A broken download is resumed.
    sandbox.server().fault(LIB, Fault::Cut(150_000)).times(1);
    fetch("--no-index").good();
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
    sandbox
        .server()
        .fault(LIB, Fault::Body(b"something else".to_vec()));
    assert_snapshot!(fetch("--no-index"), @r"
    exit 1
    --- stderr
    warning: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl at s3://files has the wrong hash, sha256:[digest]; trying other sources
    fetched 1 file, [size]; 1 of them from the mirror in [time]: wheelhouse
    error: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl: no project lib: no index and no list of links is configured; and lib-1.0-cp311-cp311-manylinux2014_aarch64.whl at s3://files has the wrong hash, sha256:[digest]
    ");
    sandbox.server().heal();
    sandbox.server().fault(".whl", Fault::Status(403));
    assert_snapshot!(fetch(""), @"
    exit 3
    --- stderr
    error: s3://files: the credentials are refused: 403 Forbidden
    hint: check the credentials in the environment; S3 also refuses access to a missing file when they do not permit listing the bucket
    ");
    sandbox.server().heal();
    sandbox.server().fault(".whl", Fault::Status(500));
    assert_snapshot!(fetch(""), @"
    exit 3
    --- stderr
    error: s3://files: it failed: 500 Internal Server Error
    ");
}

#[test]
fn an_unusable_mirror_is_an_error() {
    let sandbox = hardened(UNIVERSE);
    let keys = [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let with = |endpoint, arguments: &str| {
        let variables = [&keys[..], &[("AWS_ENDPOINT_URL", endpoint)]].concat();
        sandbox.fetch_with(&variables, arguments)
    };
    // The port of the discard service, where nothing listens.
    let nowhere = "http://127.0.0.1:9";
    for arguments in ["--from s3://wheels/team", "--to s3://wheels/team"] {
        let unreachable = with(nowhere, arguments);
        assert_eq!(unreachable.code, Some(3));
        let message = "error: s3://wheels/team: it cannot be reached: ";
        assert!(unreachable.stderr.contains(message), "{unreachable}");
    }
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
    assert_snapshot!(with("http://s3.example.invalid", "--to s3://wheels/team"), @r"
    exit 2
    --- stderr
    error: s3://wheels/team: its endpoint is plain http on another machine; use https, or set AWS_ALLOW_HTTP=true
    ");
    assert_snapshot!(sandbox.fetch_with(&keys[..1], "--to s3://wheels"), @"
    exit 2
    --- stderr
    error: s3://wheels: it cannot be set up: Missing SecretAccessKey
    hint: set the `AWS_*`, `GOOGLE_*` or `AZURE_*` variables for what the address does not say, such as AZURE_STORAGE_ACCOUNT_NAME or AWS_ENDPOINT_URL
    ");
    assert_snapshot!(sandbox.fetch("--to az://wheels"), @"
    exit 2
    --- stderr
    error: az://wheels: it cannot be set up: Account must be specified
    hint: set the `AWS_*`, `GOOGLE_*` or `AZURE_*` variables for what the address does not say, such as AZURE_STORAGE_ACCOUNT_NAME or AWS_ENDPOINT_URL
    ");
    assert_snapshot!(sandbox.fetch("--to /srv/wheels"), @"
    exit 2
    --- stderr
    error: --to: not a URL; write a mirror as s3://bucket/prefix, gs://…, az://… or file:///folder
    ");
    assert_snapshot!(sandbox.fetch("--from s3://key:secret@wheels"), @"
    exit 2
    --- stderr
    error: --from: it has more than bucket and prefix; credentials come from the environment
    ");
}
