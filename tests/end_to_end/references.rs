//! Direct references: URLs, and paths relative to the folder of the project.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib>=1 extra:fast=speed
    app 2.0
    lib 1.0 wheels=none sdist
    lib 1.1
    speed 1.0
    arm 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64
";

const APP: &str = "app-1.0-py3-none-any.whl";

/// A sandbox with the wheel of app 1.0 in the folder `wheels`, and its URL at the index.
fn sandbox() -> (Sandbox, String) {
    let sandbox = Sandbox::new(UNIVERSE);
    let file = sandbox.server().universe().file(APP).unwrap();
    sandbox.write("wheels/none", "");
    std::fs::write(sandbox.path(&format!("wheels/{APP}")), file.contents()).unwrap();
    let url = sandbox.server().url(&format!("/files/{APP}"));
    (sandbox, url)
}

#[test]
fn a_wheel_url_is_pinned_with_its_hash_and_fetched_from_there() {
    let (sandbox, url) = sandbox();
    sandbox.write("loose.txt", &format!("app[fast] @ {url}#egg=app"));
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    assert_snapshot!(sandbox.harden(&command), @r"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app @ [index]/files/app-1.0-py3-none-any.whl \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # extras: fast
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.1 \
        --hash=sha256:<lib-1.1-py3-none-any.whl>
        # via app
        # lib-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    speed==1.0 \
        --hash=sha256:<speed-1.0-py3-none-any.whl>
        # via app
        # speed-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    // The index is not asked about direct references.
    assert_eq!(sandbox.server().count("/simple/app/"), 0);
    let first = sandbox.read("strict.txt");
    sandbox.harden(&command).good();
    assert_eq!(sandbox.read("strict.txt"), first);
    sandbox.harden("check loose.txt strict.txt").good();
    sandbox.fetch("strict.txt").good();
    assert_eq!(sandbox.list("wheelhouse").len(), 3);
}

/// A relative path of the user is not written as an absolute one.
#[test]
fn paths_stay_relative() {
    let (sandbox, _) = sandbox();
    for line in [
        format!("./wheels/{APP}"),
        format!("wheels/{APP}"),
        format!("app @ file:wheels/{APP}"),
        format!("app @ ./wheels/{APP}"),
    ] {
        sandbox.write("loose.txt", &line);
        sandbox
            .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
            .good();
        let strict = sandbox.read("strict.txt");
        assert!(
            strict.contains(&format!("\n./wheels/{APP} \\\n")),
            "{strict}"
        );
        assert!(!strict.contains("file:"), "{strict}");
    }
    sandbox.harden("check loose.txt strict.txt").good();
    sandbox.fetch("strict.txt").good();
    assert!(sandbox.list("wheelhouse").contains(&APP.to_owned()));
}

#[test]
fn check_notices_a_changed_reference() {
    let (sandbox, url) = sandbox();
    sandbox.write("loose.txt", &format!("app @ {url}"));
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox.write(
        "loose.txt",
        &format!("app @ {}", url.replace("app-1.0", "app-2.0")),
    );
    assert_snapshot!(sandbox.harden("check loose.txt strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    loose.txt:1: `app @ [index]/files/app-2.0-py3-none-any.whl` is not met by the pin app @ [index]/files/app-1.0-py3-none-any.whl [unmet]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

#[test]
fn verify_reads_the_referenced_file_and_not_the_index() {
    let (sandbox, url) = sandbox();
    sandbox.write(
        "loose.txt",
        &format!("app @ {url}\n./wheels/{APP}; sys_platform == 'win32'"),
    );
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox.harden("verify strict.txt").good();
    let replaced = harden_testindex::Fault::Body(b"something else".to_vec());
    sandbox.server().fault(APP, replaced);
    assert_snapshot!(sandbox.harden("verify strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:5: the hash of [index]/files/app-1.0-py3-none-any.whl is sha256:[digest], which is not pinned [replaced]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
      hint: find out why first: the file is not the one that was locked, and locking again accepts it
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn conflicting_references_are_reported_with_their_lines() {
    let (sandbox, url) = sandbox();
    let arm = sandbox
        .server()
        .url("/files/arm-1.0-cp311-cp311-win_amd64.whl");
    let refused = |loose: &str| {
        sandbox.write("loose.txt", loose);
        sandbox.harden(&format!("loose.txt -p {FOREIGN}"))
    };
    assert_snapshot!(refused(&arm), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires arm @ [index]/files/arm-1.0-cp311-cp311-win_amd64.whl
      2. arm 1.0 has no wheel for manylinux2014_aarch64-cp-311-cp311: there are wheels for cp311 on win_amd64
    ");
    assert_snapshot!(refused(&format!("app @ {url}\n./wheels/{APP}")), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires app @ [index]/files/app-1.0-py3-none-any.whl
      2. loose.txt:2 requires app @ ./wheels/app-1.0-py3-none-any.whl
    hint: a package has one file on a target; remove one of the two lines, or give them markers that exclude each other
    ");
    assert_snapshot!(refused(&format!("app>=2\napp @ {url}")), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires app>=2
      2. the file that loose.txt:2 names is app 1.0
    hint: app 1.0 would work: change `app>=2` in loose.txt:1
    ");
    assert_snapshot!(refused(&format!("app @ {url} --hash=sha256:{}", "0".repeat(64))), @r"
    exit 1
    --- stderr
    error: loose.txt:1: the SHA-256 of [index]/files/app-1.0-py3-none-any.whl is <app-1.0-py3-none-any.whl>, but the line admits [digest]: the file has changed since the line was written
    ");
    let missing = url.replace("app-1.0", "app-3.0");
    assert_snapshot!(refused(&format!("app @ {missing}")), @r"
    exit 1
    --- stderr
    error: loose.txt:1: cannot download [index]/files/app-3.0-py3-none-any.whl: the server answers 404 Not Found
    ");
    assert_snapshot!(refused("./wheels/app-4.0-py3-none-any.whl"), @r"
    exit 1
    --- stderr
    error: loose.txt:1: there is no file ./wheels/app-4.0-py3-none-any.whl
    ");
}

#[test]
fn references_that_cannot_be_pinned_are_reported_with_all_lines() {
    let (sandbox, _) = sandbox();
    sandbox.write("project/setup.py", "");
    sandbox.write(
        "loose.txt",
        "-e ./project
         ./project
         app @ git+https://me:s3cret@example.invalid/app
         app @ https://me:s3cret@example.invalid/main.zip
         app @ https://example.invalid/app-1.0.zip?token=s3cret
         https://example.invalid/app-1.0.zip#md5=0
         app @ https://example.invalid/app-1.0.zip#subdirectory=x
         app @ https://example.invalid/me/app/archive/refs/tags/v1.0.tar.gz
         app @ https://example.invalid/me/app/-/archive/main/app-main.zip",
    );
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN}"));
    assert!(!outcome.stderr.contains("s3cret"));
    assert_snapshot!(outcome, @r"
    exit 2
    --- stderr
    error: loose.txt:1: what `./project` requires takes a build of it, which runs its code: setup.py computes them; allow it with `--build :all:`, or declare the dependencies in `[project]`
    loose.txt:3: app comes from `git+https://example.invalid/app` and must be built, which runs its code; allow it with `--build app`
    loose.txt:8: app comes from `git+https://example.invalid/me/app@v1.0` and must be built, which runs its code; allow it with `--build app`
    loose.txt:9: app comes from `git+https://example.invalid/me/app@main` and must be built, which runs its code; allow it with `--build app`
    loose.txt:4: `https://example.invalid/main.zip` cannot be pinned: `main.zip` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz; require the package by name, from an index or a folder of wheels given with --find-links, or name the URL or path of a wheel
    loose.txt:5: `https://example.invalid/app-1.0.zip` cannot be pinned: the query of a URL (`?…`) may be a secret, which has no place in a strict file; download the file and name its path
    loose.txt:6: `https://example.invalid/app-1.0.zip` cannot be pinned: `#md5=0` is not a digest of that algorithm
    loose.txt:7: `https://example.invalid/app-1.0.zip` cannot be pinned: `#subdirectory=x` names a folder in an archive, which only a build can use
    ");
}

#[test]
fn an_sdist_url_must_be_allowed() {
    let (sandbox, _) = sandbox();
    let url = sandbox.server().url("/files/lib-1.0.tar.gz");
    sandbox.write("loose.txt", &format!("lib @ {url}"));
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN}")), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib @ [index]/files/lib-1.0.tar.gz
      2. lib 1.0 has only an sdist, no wheel
    hint: lib 1.0 would work with --allow-sdist lib: it is built where it is installed
    ");
    let allowed = sandbox.harden(&format!("loose.txt -p {FOREIGN} --allow-sdist lib"));
    assert_snapshot!(allowed, @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --allow-sdist lib --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    lib @ [index]/files/lib-1.0.tar.gz \
        --hash=sha256:<lib-1.0.tar.gz>
        # via -r loose.txt
        # lib-1.0.tar.gz
    --- stderr
    warning: lib 1.0 is pinned as an sdist: it is built where it is installed
    resolved 1 package for 1 target in [time]
    ");
}

/// For projects that serve the wheels of one version from a URL for each platform.
#[test]
fn one_version_may_come_from_several_referenced_files() {
    let (sandbox, _) = sandbox();
    let at = |tags: &str| sandbox.server().url(&format!("/files/arm-1.0-{tags}.whl"));
    let loose = format!(
        "arm @ {} ; sys_platform == 'win32'\narm @ {} ; sys_platform == 'linux'",
        at("cp311-cp311-win_amd64"),
        at("cp311-cp311-manylinux2014_aarch64"),
    );
    sandbox.write("loose.txt", &loose);
    sandbox
        .harden(&format!(
            "loose.txt -p {FOREIGN} -p win_amd64-cp311 -o strict.txt"
        ))
        .good();
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-311-cp311 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311
    --index-url [index]/simple/
    arm @ [index]/files/arm-1.0-cp311-cp311-manylinux2014_aarch64.whl ; sys_platform == 'linux' \
        --hash=sha256:<arm-1.0-cp311-cp311-manylinux2014_aarch64.whl>
        # via -r loose.txt
        # arm-1.0-cp311-cp311-manylinux2014_aarch64.whl
        # metadata sha256:[digest]
    arm @ [index]/files/arm-1.0-cp311-cp311-win_amd64.whl ; sys_platform == 'win32' \
        --hash=sha256:<arm-1.0-cp311-cp311-win_amd64.whl>
        # via -r loose.txt
        # arm-1.0-cp311-cp311-win_amd64.whl
        # metadata sha256:[digest]
    ");
    sandbox.harden("check loose.txt strict.txt").good();
    sandbox.fetch("strict.txt").good();
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
}

#[test]
fn a_login_in_a_url_is_not_written_to_any_file() {
    let (sandbox, url) = sandbox();
    sandbox.server().require_login("me", "s3cret");
    let secret = url.replace("http://", "http://me:s3cret@");
    sandbox.write("loose.txt", &format!("app @ {secret}"));
    let index = sandbox
        .server()
        .index_url()
        .replace("http://", "http://me:s3cret@");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -i {index} -o strict.txt"))
        .good();
    let strict = sandbox.read("strict.txt");
    assert!(
        strict.contains(&url) && !strict.contains("s3cret"),
        "{strict}"
    );
    sandbox.harden("check loose.txt strict.txt").good();
}

/// PEP 643: the requirements of such an sdist are only known after a build.
#[test]
fn a_release_with_a_dynamic_sdist_is_unavailable() {
    let sandbox = Sandbox::new(
        "
        a 1.0 wheels=none sdist requires=b
        a 2.0 wheels=none sdist=zip dynamic=Requires-Dist
        b 1.0
        ",
    );
    let command = format!("loose.txt -q -p {FOREIGN} --allow-sdist a");
    sandbox.write("loose.txt", "a");
    let strict = sandbox.harden(&command).good();
    assert!(
        strict.contains("\na==1.0 ") && strict.contains("\nb==1.0 "),
        "{strict}"
    );
    sandbox.write("loose.txt", "a>=2");
    assert_snapshot!(sandbox.harden(&command), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires a>=2
      2. a 2.0 cannot be used: the metadata of a-2.0.zip cannot be used: a build would be needed: its requires-dist is dynamic
    hint: a 1.0 would work: change `a>=2` in loose.txt:1
    ");
}
