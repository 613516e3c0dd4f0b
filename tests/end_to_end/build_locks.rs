//! `harden --build`: sdists built while locking, and their wheels pinned.
//!
//! These run a Python 3 with pip.

use insta::assert_snapshot;

use crate::building::{pip_installs, python, without_python};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const WHEEL: &str = "lib-1.0-py3-none-any.whl";

/// A sandbox whose `lib` has only an sdist that says this of its build.
fn sandbox(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new(&format!(
        "app 1.0 requires=lib\nlib 1.0 wheels=none sdist {settings}\nneeded 1.0\nother 1.0\n\
         tool 1.0 sdist wheels=none builds=py3-none-any build-requires=needed"
    ));
    sandbox.write("loose.txt", "app");
    sandbox
}

fn harden(sandbox: &Sandbox, arguments: &str) -> Outcome {
    sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python {} {arguments}",
        python()
    ))
}

/// The strict file, without the version of this machine's Python.
fn strict(sandbox: &Sandbox) -> String {
    without_python(&sandbox.shown("strict.txt"))
}

#[test]
fn the_metadata_of_a_dynamic_sdist_comes_from_its_build() {
    let sandbox = sandbox(
        "dynamic=requires-dist builds=py3-none-any built-requires=other build-requires=needed",
    );
    assert_snapshot!(harden(&sandbox, "--build lib"), @"
    exit 0
    --- stderr
    built lib-1.0-py3-none-any.whl from lib-1.0.tar.gz in [time]
    resolved 3 packages for 1 target in [time]
    ");
    assert_snapshot!(strict(&sandbox), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --build lib --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:[digest] \
        --hash=sha256:<lib-1.0.tar.gz>
        # via app
        # lib-1.0-py3-none-any.whl
        # lib-1.0.tar.gz
        # built lib-1.0-py3-none-any.whl sha256:[digest]
        #   from lib-1.0.tar.gz sha256:<lib-1.0.tar.gz>
        #   python [version]
        #   with needed-1.0-py3-none-any.whl sha256:<needed-1.0-py3-none-any.whl>
    other==1.0 \
        --hash=sha256:<other-1.0-py3-none-any.whl>
        # via lib
        # other-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");

    // Nothing is built again.
    assert_snapshot!(harden(&sandbox, "--build lib"), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    ");

    // The wheel is in the cache, and installers need no other file than the strict one.
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    fetched 2 files, [size]; 1 from the cache in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    pip_installs(&sandbox, "wheelhouse", "strict.txt");
    sandbox.fetch("--check").good();
    sandbox.harden("verify strict.txt").good();
    sandbox.harden("check loose.txt strict.txt").good();
}

#[test]
fn a_recorded_wheel_is_built_again_elsewhere() {
    let sandbox = sandbox("builds=py3-none-any build-requires=needed,tool");
    let refused = harden(&sandbox, "--build lib");
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused
            .stderr
            .contains("tool 1.0 has only an sdist, no wheel"),
        "{refused}"
    );
    harden(&sandbox, "--build :all:").good();
    assert_snapshot!(strict(&sandbox), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --build :all: --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0.tar.gz> \
        --hash=sha256:[digest]
        # via app
        # lib-1.0-py3-none-any.whl
        # lib-1.0.tar.gz
        # built lib-1.0-py3-none-any.whl sha256:[digest]
        #   from lib-1.0.tar.gz sha256:<lib-1.0.tar.gz>
        #   python [version]
        #   with needed-1.0-py3-none-any.whl sha256:<needed-1.0-py3-none-any.whl>
        #   with tool-1.0-py3-none-any.whl sha256:[digest]
        #     from tool-1.0.tar.gz sha256:<tool-1.0.tar.gz>
        #     python [version]
        #     with needed-1.0-py3-none-any.whl sha256:<needed-1.0-py3-none-any.whl>
    ");
    sandbox.forget_cache();
    assert_snapshot!(sandbox.fetch(""), @"
    exit 1
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: lib-1.0-py3-none-any.whl is built from lib-1.0.tar.gz, and is neither in the cache nor on a mirror
    hint: `fetch --build` builds it as the strict file records; `fetch --from` takes it from a mirror
    ");
    assert_snapshot!(sandbox.fetch("--dry-run"), @"
    exit 0
    --- stdout
    lib-1.0-py3-none-any.whl (size unknown, to be built)
    --- stderr
    would fetch 1 file: [size] to download and [size] from the cache, into wheelhouse
    ");
    let build = format!("--build --python {}", python());
    assert_snapshot!(sandbox.fetch(&build), @"
    exit 0
    --- stderr
    built tool-1.0-py3-none-any.whl from tool-1.0.tar.gz in [time]
    built lib-1.0-py3-none-any.whl from lib-1.0.tar.gz in [time]
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(
        sandbox.list("wheelhouse"),
        ["app-1.0-py3-none-any.whl", WHEEL]
    );
    pip_installs(&sandbox, "wheelhouse", "strict.txt");
}

#[test]
fn a_wheel_that_is_built_otherwise_is_refused() {
    let sandbox = sandbox("builds=py3-none-any");
    harden(&sandbox, "--build lib").good();
    let strict = sandbox.read("strict.txt");
    let digest = strict
        .lines()
        .find_map(|line| line.split_once(&format!("# built {WHEEL} sha256:")))
        .map(|(_, digest)| digest.to_owned());
    let other = "a".repeat(64);
    sandbox.write("strict.txt", &strict.replace(&digest.unwrap(), &other));
    sandbox.forget_cache();
    assert_snapshot!(sandbox.fetch(&format!("--build --python {}", python())), @"
    exit 1
    --- stderr
    warning: strict.txt was edited after harden wrote it, so its pins are not proven to be installable; run harden again
    built lib-1.0-py3-none-any.whl from lib-1.0.tar.gz in [time]
    error: building lib-1.0.tar.gz again does not give the wheel that the strict file pins: expected sha256:[digest], got sha256:[digest]
    hint: builds of native code differ between machines: take the wheel from a mirror (--from), or lock again here
    ");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_native_wheel_serves_only_targets_like_this_machine() {
    let sandbox = sandbox("builds=cp311-cp311-win_amd64");
    assert_snapshot!(harden(&sandbox, "--build lib"), @r"
    exit 1
    --- stderr
    built lib-1.0-cp311-cp311-win_amd64.whl from lib-1.0.tar.gz in [time]
    error: 1 package has no wheel for manylinux2014_aarch64-cp-311-cp311, and a build on this machine does not produce one
      lib 1.0: no release has a wheel (required by app)
        a build here gives lib-1.0-cp311-cp311-win_amd64.whl, with native code that is not for manylinux2014_aarch64-cp-311-cp311
    hint: with `--allow-sdist lib` too, targets that cannot use the wheel built here get the sdist alone; `fetch --build` on such a machine builds it
    ");

    // An older release with a wheel is taken instead, and with --allow-sdist the sdist.
    assert_snapshot!(harden(&sandbox, "--build lib --allow-sdist lib"), @"
    exit 0
    --- stderr
    warning: lib 1.0 is pinned as an sdist: it is built where it is installed
    resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(strict(&sandbox), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --allow-sdist lib --build lib --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0.tar.gz>
        # via app
        # lib-1.0.tar.gz
    ");
}

/// Where all wheels of a release have native code, so would the one that is built here, however long that
/// takes.
#[test]
fn native_code_is_not_built_for_targets_that_are_all_unlike_this_machine() {
    let sandbox = Sandbox::new(
        "lib 2.0 wheels=cp311-cp311-win_amd64 sdist builds=cp311-cp311-win_amd64 dynamic=requires-dist\n\
         needed 1.0",
    );
    sandbox.write("loose.txt", "lib");
    let command = format!(
        "loose.txt -p macosx_12_0_arm64-cp311 -o strict.txt --python {} --build lib",
        python()
    );
    assert_snapshot!(sandbox.harden(&command), @r"
    exit 1
    --- stderr
    error: 1 package has no wheel for macosx_12_0_arm64-cp-311-cp311, and a build on this machine does not produce one
      lib 2.0: wheels for other targets only (required by loose.txt)
        it is not built here: its wheels have native code, which takes a machine like macosx_12_0_arm64-cp-311-cp311
    hint: with `--allow-sdist lib` too, targets that cannot use the wheel built here get the sdist alone; `fetch --build` on such a machine builds it
    ");
    sandbox
        .harden(&format!("{command} --allow-sdist lib"))
        .good();
    assert!(sandbox.read("strict.txt").contains("# lib-2.0.tar.gz\n"));
    assert!(!sandbox.read("strict.txt").contains("# built "));
}

#[test]
fn a_failing_build_shows_its_last_lines() {
    let sandbox = sandbox("builds=nothing dynamic=requires-dist");
    assert_snapshot!(harden(&sandbox, "--build :all:"), @r"
    exit 1
    --- stderr
    error: 1 package has no wheel for manylinux2014_aarch64-cp-311-cp311, and a build on this machine does not produce one
      lib 1.0: no release has a wheel (required by app)
        building lib-1.0.tar.gz failed with exit status: 1
          RuntimeError: this backend builds nothing
        the build may need another interpreter (--python), a compiler or libraries; a wheel built elsewhere can be locked from a folder given with --find-links
    hint: `-v` shows more of what the builds said
    ");
    assert!(!sandbox.path("strict.txt").exists());
}

/// Each package without a wheel is reported in the same run, whatever release the search looks at.
#[test]
fn all_failing_builds_are_reported_together() {
    let sandbox = Sandbox::new(
        "one 1.0 wheels=none sdist builds=nothing dynamic=requires-dist\n\
         one 0.9 wheels=none sdist builds=nothing dynamic=requires-dist\n\
         one 0.8 wheels=none sdist builds=nothing dynamic=requires-dist\n\
         two 1.0 wheels=none sdist builds=cp311-cp311-win_amd64\n\
         two 0.9 wheels=none sdist builds=cp311-cp311-win_amd64\n\
         three 1.0 wheels=none sdist\nneeded 1.0",
    );
    sandbox.write("loose.txt", "one\ntwo\nthree");
    let outcome = harden(&sandbox, "--build one --build two");
    assert_snapshot!(outcome, @"
    exit 1
    --- stderr
    built two-1.0-cp311-cp311-win_amd64.whl from two-1.0.tar.gz in [time]
    error: 3 packages have no wheel for manylinux2014_aarch64-cp-311-cp311, and builds on this machine do not produce all of them
      one 1.0: no release has a wheel (required by loose.txt)
        building one-1.0.tar.gz failed with exit status: 1
          RuntimeError: this backend builds nothing
        the build may need another interpreter (--python), a compiler or libraries; a wheel built elsewhere can be locked from a folder given with --find-links
      three 1.0: no release has a wheel (required by loose.txt)
      two 1.0: no release has a wheel (required by loose.txt)
        a build here gives two-1.0-cp311-cp311-win_amd64.whl, with native code that is not for manylinux2014_aarch64-cp-311-cp311
    hint: `--build three` allows these builds as well
    hint: with `--allow-sdist two` too, targets that cannot use the wheel built here get the sdist alone; `fetch --build` on such a machine builds it
    hint: other releases of one and two were not tried, for such causes mostly concern all: `--exhaustive` tries them
    hint: `-v` shows more of what the builds said
    ");
    assert!(outcome.stderr.lines().count() <= 20, "{outcome}");
}

#[test]
fn conflicts_are_reported_before_failing_builds() {
    let sandbox = Sandbox::new(
        "one 1.0 wheels=none sdist builds=nothing dynamic=requires-dist\n\
         app 1.0 requires=lib<2\nlib 1.0\nlib 2.0\nneeded 1.0",
    );
    sandbox.write("loose.txt", "one\napp\nlib>=2");
    assert_snapshot!(harden(&sandbox, "--build :all:"), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:2 requires app
      2. loose.txt:3 requires lib>=2
      3. app 1.0 requires lib<2
      besides, building one-1.0.tar.gz failed with exit status: 1
        the build may need another interpreter (--python), a compiler or libraries; a wheel built elsewhere can be locked from a folder given with --find-links
    ");
}

#[test]
fn nothing_is_built_that_was_not_named() {
    let sandbox = sandbox("builds=py3-none-any dynamic=requires-dist");
    assert_snapshot!(harden(&sandbox, "--build other"), @"
    exit 1
    --- stderr
    error: 1 package has no wheel for manylinux2014_aarch64-cp-311-cp311
      lib 1.0: no release has a wheel (required by app)
    hint: `--build lib` builds wheels of their sdists here, in isolation; `--dry-run` lists what runs
    hint: `--allow-sdist NAME` pins the sdist, to be built where it is installed; `[[metadata]]` states what it requires
    ");
}

#[test]
fn all_packages_without_a_wheel_are_named_at_once() {
    let sandbox = Sandbox::new(
        "app 1.0 requires=one,two,three\none 1.0 wheels=none sdist dynamic=requires-dist\n\
         two 2.0 wheels=none sdist\ntwo 1.0\nthree 1.0 wheels=cp311-cp311-win_amd64 sdist\n\
         three-binary 1.0",
    );
    sandbox.write("loose.txt", "app\ntwo>=2");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    assert_snapshot!(sandbox.harden(&command), @"
    exit 1
    --- stderr
    error: 3 packages have no wheel for manylinux2014_aarch64-cp-311-cp311
      one 1.0: no release has a wheel (required by app)
      three 1.0: wheels for other targets only (required by app)
      two 2.0: no wheel; 1.0 has one (required by app and 1 more)
    hint: `--build one --build three --build two` builds wheels of their sdists here, in isolation; `--dry-run` lists what runs
    hint: three-binary has wheels of three
    hint: `--allow-sdist NAME` pins the sdist, to be built where it is installed; `[[metadata]]` states what it requires
    ");
    assert_snapshot!(sandbox.harden(&format!("{command} --build one --dry-run")), @"
    exit 0
    --- stdout
    would build one 1.0 from one-1.0.tar.gz: no release has a wheel (required by app)
    would need three 1.0 from three-1.0.tar.gz: wheels for other targets only (required by app)
    would need two 2.0 from two-2.0.tar.gz: no wheel; 1.0 has one (required by app and 1 more)
    --- stderr
    would build 1 sdist; nothing was run or written
    ");
    assert!(!sandbox.path("strict.txt").exists());
}

#[test]
fn stated_metadata_takes_no_build() {
    let sandbox = sandbox("dynamic=requires-dist");
    sandbox.write(
        "harden.toml",
        &format!(
            "loose = \"loose.txt\"\nstrict = \"strict.txt\"\nplatforms = [\"{FOREIGN}\"]\n\
             allow-sdist = [\"lib\"]\n\
             [[metadata]]\nname = \"lib\"\nversion = \"1.0\"\nrequires-dist = [\"other\"]\n\
             [[metadata]]\nname = \"gone\"\n"
        ),
    );
    assert_snapshot!(sandbox.harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: the metadata stated for gone has no effect: no sdist that it describes is locked
    warning: strict.txt: lib 1.0 is pinned as an sdist: it is built where it is installed
    strict.txt: resolved 3 packages for 1 target in [time]
    ");
    assert_snapshot!(strict(&sandbox), @r#"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --allow-sdist lib --metadata 'name = "lib", version = "==1.0", requires-dist = ["other"]' --metadata 'name = "gone", requires-dist = []' --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0.tar.gz>
        # via app
        # lib-1.0.tar.gz
    other==1.0 \
        --hash=sha256:<other-1.0-py3-none-any.whl>
        # via lib
        # other-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    "#);
    sandbox.harden("check").good();
}

#[test]
fn build_constraints_choose_the_build_requirements() {
    let sandbox = sandbox("builds=py3-none-any build-requires=other");
    let refused = harden(&sandbox, "--build lib --build-constraint other<1");
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused.stderr.contains("--build-constraint"),
        "the constraint is named: {refused}"
    );
    harden(&sandbox, "--build lib --build-constraint other<=1.0").good();
    sandbox.harden("check loose.txt strict.txt").good();
}

#[test]
fn outdated_and_explain_build_what_the_lock_builds() {
    let sandbox = sandbox("dynamic=requires-dist builds=py3-none-any build-requires=needed");
    harden(&sandbox, "--build lib").good();
    sandbox.harden_with_path("outdated").good();
}
