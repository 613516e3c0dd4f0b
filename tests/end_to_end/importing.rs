//! Locks of other tools: imported, preferred, fetched from.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox, is_wheel};

const WINDOWS: &str = "win_amd64-cp312";

const UNIVERSE: &str = "
    app 1.0 requires=lib requires='winlib; sys_platform==\"win32\"'
    app 2.0 requires=lib
    lib 1.0
    lib 1.1
    lib 2.0
    winlib 3.0
    winlib 3.1
    tester 5.0 requires=lib
    native 1.0 wheels=cp311-cp311-manylinux2014_aarch64 sdist
";

/// A file of the index as `uv.lock` lists it.
fn wheel(sandbox: &Sandbox, name: &str) -> String {
    let digest = sandbox.sha256(name);
    format!("{{ url = \"https://files.invalid/{name}\", hash = \"sha256:{digest}\" }}")
}

/// A package of a `uv.lock`.
fn package(sandbox: &Sandbox, name: &str, version: &str, more: &str) -> String {
    let file = format!("{name}-{version}-py3-none-any.whl");
    let file = if sandbox.server().universe().file(&file).is_some() {
        file
    } else {
        format!("{name}-{version}-cp311-cp311-manylinux2014_aarch64.whl")
    };
    format!(
        "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = {{ registry = \"{}\" }}\n{more}\nwheels = [\n{},\n]\n",
        sandbox.server().index_url(),
        wheel(sandbox, &file)
    )
}

/// The part of a `uv.lock` before its packages, for a project that requires `app`.
fn uv_project(manifest: &str) -> String {
    format!(
        "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n{manifest}\n[[package]]\n\
         name = \"own\"\nversion = \"0.1.0\"\nsource = {{ virtual = \".\" }}\n\
         dependencies = [\n{{ name = \"app\" }},\n]\n"
    )
}

/// A `uv.lock` of a project that requires `app`, and `tester` in the group `test`.
fn uv_lock(sandbox: &Sandbox) -> String {
    let lib = "{ name = \"lib\" }";
    let winlib = "{ name = \"winlib\", marker = \"sys_platform == 'win32'\" }";
    [
        uv_project("") + "\n[package.dev-dependencies]\ntest = [\n{ name = \"tester\" },\n]\n",
        package(
            sandbox,
            "app",
            "1.0",
            &format!("dependencies = [{lib}, {winlib}]"),
        ),
        package(sandbox, "lib", "1.1", ""),
        package(sandbox, "tester", "5.0", &format!("dependencies = [{lib}]")),
        package(sandbox, "winlib", "3.0", ""),
    ]
    .concat()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    let lock = uv_lock(&sandbox);
    sandbox.write("uv.lock", &lock);
    sandbox
}

fn import(sandbox: &Sandbox, more: &str) -> String {
    let arguments = format!("import uv.lock -p {FOREIGN} -p {WINDOWS} -o strict.txt {more}");
    sandbox.harden(&arguments).to_string()
}

#[test]
fn a_lock_becomes_a_strict_file_with_its_versions() {
    let sandbox = sandbox();
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 0
    --- stderr
    resolved 3 packages for 2 targets in [time]
    own itself is not pinned; `fetch --project .` builds its wheel
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change uv.lock and run this again, rather than edit:
    #     harden import uv.lock --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-312-cp312 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-312-cp312
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r uv.lock
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.1 \
        --hash=sha256:<lib-1.1-py3-none-any.whl>
        # via
        #   -r uv.lock
        #   app
        # lib-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    winlib==3.0 ; sys_platform == 'win32' \
        --hash=sha256:<winlib-3.0-py3-none-any.whl>
        # via
        #   -r uv.lock
        #   app
        # winlib-3.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    let first = sandbox.read("strict.txt");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 2 targets, up to date
    ");
    assert_snapshot!(sandbox.harden("verify"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 2 targets, as the index has them
    ");
    assert_snapshot!(sandbox.harden("explain lib"), @r"
    exit 0
    --- stdout
    lib 1.1 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311 and win_amd64-cp-312-cp312
      required by
        app 1.0 requires lib
        uv.lock:27 requires lib==1.1
      newer releases
        lib 2.0 has no file for manylinux2014_aarch64-cp-311-cp311 that the --hash of uv.lock:27 admits
    ");
    import(&sandbox, "");
    assert_eq!(sandbox.read("strict.txt"), first);
}

#[test]
fn groups_are_imported_if_requested() {
    let sandbox = sandbox();
    import(&sandbox, "--group test");
    assert!(sandbox.read("strict.txt").contains("tester==5.0"));
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 4 pins, 2 targets, up to date
    ");
    assert_snapshot!(import(&sandbox, "--group docs"), @r"
    exit 2
    --- stderr
    error: manylinux2014_aarch64-cp-311-cp311: uv.lock has no group `docs`; it has test
    ");
    assert_snapshot!(import(&sandbox, "--extra docs"), @r"
    exit 2
    --- stderr
    error: manylinux2014_aarch64-cp-311-cp311: uv.lock has no extra `docs`; it has none
    ");
}

/// The header names the lock, which is read again: a strict file that it has outgrown does not pass.
#[test]
fn a_check_reports_that_the_lock_has_changed() {
    let sandbox = sandbox();
    import(&sandbox, "");
    let newer = sandbox.read("uv.lock").replace(
        &package(&sandbox, "lib", "1.1", ""),
        &package(&sandbox, "lib", "2.0", ""),
    );
    sandbox.write("uv.lock", &newer);
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: uv.lock, or a file read with it, has changed since the file was written [stale]
    uv.lock:27: `lib==2.0` allows other hashes than those of the pin lib==1.1 [unmet]
    uv.lock:27: `lib==2.0` is not met by the pin lib==1.1 [unmet]
      fix: harden import uv.lock --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-312-cp312 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 3 findings
    ");
}

#[test]
fn what_cannot_be_imported_exactly_is_a_finding_and_nothing_is_written() {
    let sandbox = sandbox();
    let lock = sandbox.read("uv.lock");
    import(&sandbox, "");
    let before = sandbox.read("strict.txt");
    let digest = sandbox.sha256("lib-1.1-py3-none-any.whl");
    // Another digest; a version that is not there; a package without a wheel for Windows.
    let other = lock.replace(&digest, &"0".repeat(64));
    let other = other.replace("version = \"3.0\"", "version = \"2.9\"");
    let native = package(&sandbox, "native", "1.0", "");
    let other = other.replace(
        "{ name = \"app\" },",
        "{ name = \"app\" }, { name = \"native\" },",
    );
    sandbox.write("uv.lock", &(other + &native));
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 1
    --- stdout
    uv.lock:27: lib-1.1-py3-none-any.whl on the index is not the file in the lock: sha256 <lib-1.1-py3-none-any.whl>, not [digest]; find out which is right before you install either
    uv.lock:54: native 1.0 has no wheel for win_amd64-cp-312-cp312, only an sdist: use that with --allow-sdist native, or find another version with `harden LOOSE --prefer LOCK`
    uv.lock:45: the index has no winlib 2.9: another index may, or it was deleted; lock again with `harden LOOSE --prefer LOCK`
    --- stderr
    error: uv.lock cannot be imported as it is: 3 findings
    ");
    assert_eq!(sandbox.read("strict.txt"), before);
}

#[test]
fn an_incomplete_closure_is_a_finding() {
    let sandbox = sandbox();
    let lock = sandbox.read("uv.lock");
    // The lock says itself that it lacks a package.
    let without = lock.replace(&package(&sandbox, "lib", "1.1", ""), "");
    sandbox.write("uv.lock", &without);
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 1
    --- stdout
    uv.lock:22: app requires lib, which uv.lock does not contain: lock again with its own tool, or import it unchecked with --no-deps
    --- stderr
    error: uv.lock cannot be imported as it is: 1 finding
    ");
    // It does not know what its packages require.
    sandbox.write(
        "freeze.txt",
        "app==1.0\nwinlib==3.0 ; sys_platform == 'win32'\n",
    );
    let freeze = format!("import freeze.txt -p {FOREIGN} -p {WINDOWS} -o strict.txt");
    assert_snapshot!(sandbox.harden(&freeze), @r"
    exit 1
    --- stdout
    freeze.txt: the lock lacks lib, which app requires (2.0 would work): lock again with its own tool, leave it out with --exclude lib, or import it unchecked with --no-deps
    --- stderr
    error: freeze.txt cannot be imported as it is: 1 finding
    ");
    assert_snapshot!(sandbox.list("strict.txt").len(), @"0");
    assert_snapshot!(sandbox.harden(&format!("{freeze} --no-deps")), @r"
    exit 0
    --- stderr
    resolved 2 packages for 2 targets in [time]
    ");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 2 targets, up to date
    ");
    // Or requires another version.
    sandbox.write("freeze.txt", "app==1.0\nlib==1.0\nwinlib==3.0\n");
    let sandbox = Sandbox::new("app 1.0 requires=lib<1\nlib 1.0");
    sandbox.write("freeze.txt", "app==1.0\nlib==1.0\n");
    assert_snapshot!(sandbox.harden(&format!("import freeze.txt -p {FOREIGN} -o strict.txt")), @r"
    exit 1
    --- stderr
    error: the versions of freeze.txt conflict: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. freeze.txt:1 requires app==1.0
      2. app 1.0 requires lib<1
      3. lib has no such release: there are 1.0
    hint: --no-deps imports the lock unchecked; `harden LOOSE --prefer LOCK` keeps those of its versions that are compatible
    ");
}

/// uv's `override-dependencies`: what takes the place of requirements does so here too, at the version
/// of the lock.
#[test]
fn overrides_of_a_lock_hold() {
    let sandbox = Sandbox::new("app 1.0 requires=lib<1\nlib 0.5\nlib 1.0\nlib 2.0");
    let lock = [
        uv_project("\n[manifest]\noverrides = [{ name = \"lib\", specifier = \">=1\" }]\n"),
        package(
            &sandbox,
            "app",
            "1.0",
            "dependencies = [{ name = \"lib\" }]",
        ),
        package(&sandbox, "lib", "1.0", ""),
    ];
    sandbox.write("uv.lock", &lock.concat());
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 0
    --- stderr
    resolved 2 packages for 2 targets in [time]
    own itself is not pinned; `fetch --project .` builds its wheel
    ");
    let pins = sandbox.read("strict.txt");
    assert!(pins.contains("lib==1.0"), "{pins}");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 2 targets, up to date
    ");
}

#[test]
fn a_lock_that_is_newer_or_damaged_is_refused_with_the_field() {
    let sandbox = sandbox();
    let lock = sandbox.read("uv.lock");
    sandbox.write("uv.lock", &lock.replace("version = 1\n", "version = 2\n"));
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 2
    --- stderr
    error: uv.lock: `version` is 2; harden reads version 1 of uv.lock
    hint: write it with a version of its tool that harden knows, or export pinned requirements with hashes from it and import those
    ");
    sandbox.write(
        "uv.lock",
        &lock.replace("version = \"1.1\"", "version = 1.1"),
    );
    assert_snapshot!(import(&sandbox, ""), @r"
    exit 2
    --- stderr
    error: uv.lock:29: damaged uv.lock: invalid type: floating point `1.1`, expected a string
    hint: write it again with its own tool; nothing of it was used
    ");
    sandbox.write("uv.lock", &lock[..lock.len() / 2]);
    assert_eq!(sandbox.harden("import uv.lock").code, Some(2));
    assert_snapshot!(sandbox.harden("import no.lock"), @r"
    exit 2
    --- stderr
    error: cannot read no.lock: no such file or directory
    ");
}

#[test]
fn versions_of_a_lock_are_preferred() {
    let sandbox = sandbox();
    sandbox.write("loose.txt", "app\ntester");
    let lock = format!("loose.txt -p {WINDOWS} -o strict.txt --prefer uv.lock");
    assert_snapshot!(sandbox.harden(&lock), @r"
    exit 0
    --- stderr
    resolved 4 packages for 1 target in [time]
    uv.lock: kept the versions of 4 of the 4 packages that are locked
    ");
    let pins = sandbox.read("strict.txt");
    for pin in ["app==1.0", "lib==1.1", "winlib==3.0", "tester==5.0"] {
        assert!(pins.contains(pin), "{pins}");
    }
    // It is not an input of the file.
    std::fs::remove_file(sandbox.path("uv.lock")).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 4 pins, 1 target, up to date
    ");
    // Neither a version that is no longer allowed nor an upgraded one is kept.
    let lock = uv_lock(&sandbox);
    sandbox.write("uv.lock", &lock);
    sandbox.write("loose.txt", "app\nlib>=2\ntester");
    let upgrade = format!("loose.txt -p {WINDOWS} -o new.txt --prefer uv.lock -P app");
    assert_snapshot!(sandbox.harden(&upgrade), @r"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    uv.lock: kept the versions of 1 of the 3 packages that are locked
    ");
}

#[test]
fn a_wheelhouse_is_fetched_directly_from_a_lock() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.fetch("uv.lock"), @r"
    exit 2
    --- stderr
    error: uv.lock does not say which targets it is for
    hint: name one with --platform, as in `--platform manylinux2014_aarch64-cp311`
    ");
    assert_snapshot!(sandbox.fetch(&format!("uv.lock -p {WINDOWS}")), @r"
    exit 0
    --- stderr
    uv.lock: own is a local folder; nothing is downloaded for it
    fetched 3 files, [size] in [time]: wheelhouse
    ");
    let wheels = sandbox
        .list("wheelhouse")
        .into_iter()
        .filter(|name| is_wheel(name));
    assert_eq!(
        wheels.collect::<Vec<_>>(),
        [
            "app-1.0-py3-none-any.whl",
            "lib-1.1-py3-none-any.whl",
            "winlib-3.0-py3-none-any.whl"
        ]
    );
    assert_eq!(
        sandbox.fetch(&format!("uv.lock -p {WINDOWS} --check")).code,
        Some(0)
    );
    let digest = sandbox.sha256("lib-1.1-py3-none-any.whl");
    let other = sandbox.read("uv.lock").replace(&digest, &"0".repeat(64));
    sandbox.write("uv.lock", &other);
    let outcome = sandbox.fetch(&format!("uv.lock -p {WINDOWS} -d other"));
    assert_eq!(outcome.code, Some(1), "{outcome}");
    sandbox.write("poetry.lock", "[[package]]\nname = \"lib\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\nfiles = []\n\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\ncontent-hash = \"x\"\n");
    assert_snapshot!(sandbox.fetch(&format!("poetry.lock -p {WINDOWS}")), @r"
    exit 2
    --- stderr
    warning: poetry.lock: it records neither dependency groups nor what the project requires, as locks of Poetry 2 do: all its packages are used except those that nothing requires on a target
    error: poetry.lock:1: the lock has no SHA-256 of lib 1.0: `harden import poetry.lock` asks the index for it
    ");
}

/// Each package comes from the index that the lock names for it, whatever others have.
#[test]
fn packages_come_from_the_indexes_of_the_lock() {
    let sandbox = Sandbox::new("app 1.0 requires=lib\nlib 1.0");
    let second = Sandbox::new("lib 1.0 pad=9\nlib 2.0\napp 1.0 pad=9");
    let lock = [
        uv_project(""),
        package(
            &sandbox,
            "app",
            "1.0",
            "dependencies = [{ name = \"lib\" }]",
        ),
        package(&second, "lib", "1.0", ""),
    ];
    sandbox.write("uv.lock", &lock.concat());
    sandbox
        .harden_as_pip(&[], &format!("import uv.lock -p {FOREIGN} -o strict.txt"))
        .good();
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains(&second.sha256("lib-1.0-py3-none-any.whl")));
    assert!(strict.contains(&sandbox.sha256("app-1.0-py3-none-any.whl")));
    assert!(strict.contains(&format!(
        "--extra-index-url {}",
        second.server().index_url()
    )));
}

/// As `harden -o` does: the lock that writes the file says for which targets and from which indexes.
#[test]
fn an_import_uses_the_settings_of_the_lock_that_writes_its_output() {
    let sandbox = sandbox();
    sandbox.write(".git/HEAD", "").write("sub/none", "").write(
        "harden.toml",
        &format!(
            "loose = 'loose.txt'\nplatforms = ['{FOREIGN}', '{WINDOWS}']\ngroups = ['test']\n\
             hashes = 'all'\nexclude-newer = '7 days'\nconstraints = ['limits.txt']"
        ),
    );
    assert_snapshot!(sandbox.harden("import uv.lock -o strict.txt"), @r"
    exit 0
    --- stderr
    warning: harden.toml: an import does not use `constraints` and `exclude-newer`, since uv.lock decides the versions
    resolved 4 packages for 2 targets in [time]
    own itself is not pinned; `fetch --project .` builds its wheel
    ");
    let strict = sandbox.read("strict.txt");
    assert_snapshot!(strict.lines().nth(1).unwrap_or_default().replace(&sandbox.server().url(""), "[index]"), @"#     harden import uv.lock --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-312-cp312 --output strict.txt --group test --hashes all --index-url [index]/simple/");
    // From a folder below, too.
    sandbox
        .harden_in("sub", "import ../uv.lock -o ../strict.txt")
        .good();
    assert_eq!(sandbox.read("strict.txt"), strict);
}

#[test]
fn an_import_for_no_lock_of_the_configuration_says_so_and_keeps_to_its_policy() {
    let sandbox = sandbox();
    sandbox.write(
        "harden.toml",
        "loose = 'loose.txt'\npolicy = { ban = [{ package = 'lib', reason = 'gone' }] }",
    );
    let arguments = format!("import uv.lock -p {FOREIGN} -o other.txt");
    assert_snapshot!(sandbox.harden(&arguments), @r"
    exit 1
    --- stderr
    harden.toml is not used, except for its policy: none of its locks writes other.txt
    error: the versions of uv.lock conflict: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. uv.lock:27 requires lib==1.1
      2. lib 1.1 is denied by the policy: gone [banned]
    hint: --no-deps imports the lock unchecked; `harden LOOSE --prefer LOCK` keeps those of its versions that are compatible
    ");
}

/// A configuration may name the lock of another tool in the place of loose files.
#[test]
fn a_check_reads_the_lock_that_the_configuration_names_as_it_was_imported() {
    let sandbox = sandbox();
    sandbox.write(
        "harden.toml",
        &format!("loose = 'uv.lock'\nplatforms = '{FOREIGN}'"),
    );
    sandbox.harden("import uv.lock -o strict.txt -q").good();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, up to date
    ");
    let newer = sandbox.read("uv.lock").replace(
        &package(&sandbox, "lib", "1.1", ""),
        &package(&sandbox, "lib", "2.0", ""),
    );
    sandbox.write("uv.lock", &newer);
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: uv.lock, or a file read with it, has changed since the file was written [stale]
    uv.lock:27: `lib==2.0` allows other hashes than those of the pin lib==1.1 [unmet]
    uv.lock:27: `lib==2.0` is not met by the pin lib==1.1 [unmet]
      fix: harden import uv.lock --output strict.txt
    --- stderr
    error: strict.txt does not pass: 3 findings
    ");
}

/// An sdist that does not say what it requires contradicts nothing, and a lock is taken as it is all the
/// same.
#[test]
fn an_sdist_without_final_metadata_is_a_finding_unless_the_lock_is_taken_as_it_is() {
    let sandbox = Sandbox::new("old 1.0 wheels=none sdist dynamic=requires-dist");
    sandbox.write("pins.txt", "old==1.0");
    let import = format!("import pins.txt -p {FOREIGN} -o strict.txt --allow-sdist old");
    assert_snapshot!(sandbox.harden(&import), @r"
    exit 1
    --- stdout
    pins.txt:1: what old 1.0 requires is known only from a build of old-1.0.tar.gz: build it with --build old, or import the lock unchecked with --no-deps
    --- stderr
    error: pins.txt cannot be imported as it is: 1 finding
    ");
    assert_snapshot!(sandbox.harden(&format!("{import} --no-deps")), @r"
    exit 0
    --- stderr
    warning: old 1.0 is pinned as an sdist: it is built where it is installed
    resolved 1 package for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 1 pin, 1 target, up to date
    ");
}
