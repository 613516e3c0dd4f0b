//! `harden.toml`, `[tool.harden]`, and what `harden init` writes.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib
    lib 1.0
    lib 2.0
    tool 1.0
";

#[test]
fn without_arguments_all_configured_locks_are_made() {
    let sandbox = Sandbox::new(WORLD);
    sandbox
        .write("requirements/app.txt", "app")
        .write("dev.txt", "tool")
        .write(
            "harden.toml",
            "platforms = 'manylinux2014_aarch64-cp311'
            [[lock]]
            loose = 'requirements/app.txt'
            strict = 'app.strict.txt'
            constraints = 'limits.txt'
            [[lock]]
            loose = 'dev.txt'
            platforms = ['win_amd64-cp312', 'macosx_12_0_arm64-cp312']",
        )
        .write("limits.txt", "lib<2");
    assert_snapshot!(sandbox.harden(""), @"
    exit 0
    --- stderr
    app.strict.txt: resolved 2 packages for 1 target in [time]
    strict.txt: resolved 1 package for 2 targets in [time]
    ");
    assert_snapshot!(sandbox.shown("app.strict.txt"), @r"
    # Hardened by harden; change requirements/app.txt and run this again, rather than edit:
    #     harden requirements/app.txt --platform manylinux2014_aarch64-cp-311-cp311 --output app.strict.txt --constraint limits.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r requirements/app.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via app
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    // One client serves both locks.
    let pages = sandbox.server().requests();
    let pages = pages
        .iter()
        .filter(|request| request.path.ends_with("/lib/"));
    assert_eq!(pages.count(), 1);
    // fetch reads it too.
    sandbox.fetch("-q").good();
    assert_eq!(
        sandbox.list("wheelhouse"),
        [
            "app-1.0-py3-none-any.whl",
            "lib-1.0-py3-none-any.whl",
            "tool-1.0-py3-none-any.whl"
        ]
    );
    // An option of the command line overrides the configuration; `-o` chooses one lock.
    assert_snapshot!(sandbox.harden("-q -p win_amd64-cp313 -o strict.txt"), @"exit 0");
    assert!(
        sandbox
            .read("strict.txt")
            .contains("win_amd64-cp-313-cp313")
    );
    assert_snapshot!(sandbox.harden("-o other.txt"), @"
    exit 2
    --- stderr
    error: no lock in harden.toml writes `other.txt`; its locks write app.strict.txt and strict.txt
    ");
}

#[test]
fn a_configuration_is_found_from_folders_below_it() {
    let sandbox = Sandbox::new(WORLD);
    sandbox
        .write(".git/HEAD", "")
        .write("sub/folder/note.txt", "")
        .write("loose.txt", "lib")
        .write(
            "harden.toml",
            &format!("loose='loose.txt'\nplatforms='{FOREIGN}'"),
        );
    sandbox.harden_in("sub/folder", "").good();
    assert!(sandbox.read("strict.txt").contains("lib==2.0 "));
    sandbox
        .harden_in("sub/folder", "-o ../../strict.txt")
        .good();
}

#[test]
fn a_project_is_locked_by_its_own_configuration_with_extras_and_groups() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write(
        "pyproject.toml",
        "[project]
        name = 'shop'
        version = '1'
        requires-python = '>=3.11'
        dependencies = ['app']
        [project.optional-dependencies]
        old = ['lib<2']
        [dependency-groups]
        dev = ['tool']
        [tool.harden]
        platforms = ['manylinux2014_aarch64-cp311']
        groups = ['dev']
        extras = ['old']",
    );
    assert_snapshot!(sandbox.harden(""), @"
    exit 0
    --- stderr
    strict.txt: resolved 3 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change pyproject.toml and run this again, rather than edit:
    #     harden pyproject.toml --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --extra old --group dev --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r pyproject.toml
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via
        #   -r pyproject.toml
        #   app
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    tool==1.0 \
        --hash=sha256:<tool-1.0-py3-none-any.whl>
        # via -r pyproject.toml
        # tool-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn an_invalid_configuration_is_reported_with_its_lines() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write(
        "harden.toml",
        "[[lock]]
        loose = 'loose.txt'
        stict = 'strict.txt'
        platforms = ['manylinux2014_aarch46-cp311']",
    );
    assert_snapshot!(sandbox.harden(""), @r"
    exit 2
    --- stderr
    error: harden.toml:3: there is no key `stict`; `strict` was probably meant
    harden.toml:4: `manylinux2014_aarch46-cp311` is not a target: `aarch46` is not a machine that runs Linux; use one of x86_64, aarch64, i686, armv7l, ppc64le, ppc64, s390x, riscv64, loongarch64; did you mean `manylinux2014_x86_64-cp311` or `manylinux2014_aarch64-cp311`?
    ");
}

#[test]
fn init_writes_a_configuration_from_the_contents_of_the_folder() {
    let sandbox = Sandbox::new(WORLD);
    assert_snapshot!(sandbox.harden("init"), @"
    exit 2
    --- stderr
    error: nothing to lock in this folder: there is no loose.txt, requirements.in, requirements.txt, pyproject.toml with dependencies, setup.cfg or setup.py
    hint: list your requirements in loose.txt, one per line, and run this again
    ");
    sandbox
        .write("requirements.txt", "app")
        .write("requirements-dev.txt", "tool")
        .write(
            "Dockerfile",
            "FROM --platform=linux/arm64 python:3.11-slim-bookworm\nRUN make",
        );
    assert_snapshot!(sandbox.harden("init"), @"
    exit 0
    --- stderr
    found requirements-dev.txt; its lock is strict-dev.txt
    found requirements.txt; its lock is strict.txt
    found python:3.11-slim-bookworm in Dockerfile: debian-12-arm64-cp311
    wrote harden.toml; run `harden` to make its locks
    lines that you may want to add:
      .gitattributes: strict-dev.txt merge=harden text eol=lf
      .gitattributes: strict.txt merge=harden text eol=lf
      .gitignore: /wheelhouse
      .pre-commit-config.yaml, under `repos:`:
        - repo: local
          hooks:
            - id: harden-check
              name: harden check
              entry: harden check
              language: system
              pass_filenames: false
              always_run: true
    and for merges: git config merge.harden.driver 'harden merge-driver %O %A %B %P'
    ");
    assert_snapshot!(sandbox.read("harden.toml"), @r#"
    # What `harden` locks; `harden targets` lists platforms.
    platforms = ["debian-12-arm64-cp311"]

    [[lock]]
    loose = "requirements-dev.txt"
    strict = "strict-dev.txt"

    [[lock]]
    loose = "requirements.txt"
    strict = "strict.txt"
    "#);
    assert_snapshot!(sandbox.harden(""), @"
    exit 0
    --- stderr
    strict-dev.txt: resolved 1 package for 1 target in [time]
    strict.txt: resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden("init"), @"
    exit 2
    --- stderr
    error: harden.toml exists already
    hint: edit it by hand; `harden` makes the locks it describes
    ");
}

/// A project is locked by what its own files say, and a build is left for the user to allow.
#[test]
fn init_looks_at_a_project_that_has_only_setup_files() {
    let sandbox = Sandbox::new("lib 1.0");
    let cfg = "[metadata]\nname = shop\n[options]\ninstall_requires = lib\n";
    let image = "FROM --platform=linux/arm64 python:3.11-slim-bookworm";
    sandbox.write("setup.cfg", cfg).write("Dockerfile", image);
    assert_snapshot!(head(&sandbox.harden("init")), @"
    exit 0
    --- stderr
    found setup.cfg; its lock is strict.txt
    found python:3.11-slim-bookworm in Dockerfile: debian-12-arm64-cp311
    wrote harden.toml; run `harden` to make its locks
    ");
    sandbox.harden("").good();
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains("lib==1.0 "), "{strict}");

    let sandbox = Sandbox::new("lib 1.0");
    let setup = "from setuptools import setup\nsetup(name='shop', install_requires=['lib'])\n";
    sandbox.write("setup.py", setup).write("Dockerfile", image);
    assert_snapshot!(head(&sandbox.harden("init")), @r#"
    exit 0
    --- stderr
    found setup.py; its lock is strict.txt
      what it requires takes a build, which runs its code, in isolation: setup.py computes them; to allow it, take the `#` from `build = ["shop"]` in harden.toml
    found python:3.11-slim-bookworm in Dockerfile: debian-12-arm64-cp311
    wrote harden.toml; run `harden` to make its locks
    "#);
    assert_snapshot!(sandbox.read("harden.toml"), @r#"
    # What `harden` locks; `harden targets` lists platforms.
    platforms = ["debian-12-arm64-cp311"]

    [[lock]]
    loose = "setup.py"
    strict = "strict.txt"
    # build = ["shop"]
    "#);
    assert_snapshot!(sandbox.harden(""), @"
    exit 2
    --- stderr
    error: setup.py: what `.` requires takes a build of it, which runs its code: setup.py computes them; allow it with `--build shop`, or declare the dependencies in `[project]`
    ");
}

/// What is said before the lines to add.
fn head(outcome: &Outcome) -> String {
    let text = outcome.to_string();
    let lines = text.lines().take_while(|line| !line.starts_with("lines"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A strict file that is there already keeps its settings.
#[test]
fn init_keeps_the_settings_of_strict_files() {
    let sandbox = Sandbox::new("app 1.0 uploaded=2024-05-01\napp 2.0 uploaded=2024-07-01\nlib 1.0");
    sandbox
        .write("loose.txt", "app")
        .write("limits.txt", "lib<2");
    let options = "-p debian-12-arm64 -p win_amd64-cp312 -c limits.txt --exclude-newer 2024-06-01";
    sandbox
        .harden(&format!("loose.txt {options} -o strict.txt -q"))
        .good();
    let text = sandbox.harden("init").to_string();
    let text: Vec<_> = text
        .lines()
        .take_while(|line| !line.starts_with("lines"))
        .collect();
    assert_snapshot!(text.join("\n"), @r"
    exit 0
    --- stderr
    found loose.txt; its lock is strict.txt, whose settings are kept
    wrote harden.toml; run `harden` to make its locks
    ");
    assert_snapshot!(sandbox.shown("harden.toml"), @r#"
    # What `harden` locks; `harden targets` lists platforms.

    [[lock]]
    loose = "loose.txt"
    strict = "strict.txt"
    platforms = ["debian-12-arm64", "win_amd64-cp-312-cp312"]
    constraints = ["limits.txt"]
    exclude-newer = "2024-06-01T00:00:00Z"
    index-url = "[index]/simple/"
    "#);
    let before = sandbox.read("strict.txt");
    assert_eq!(sandbox.harden("check").code, Some(0));
    sandbox.harden("-q").good();
    assert_eq!(sandbox.read("strict.txt"), before);
}

/// The words of the configuration are those of the user, presets included.
#[test]
fn check_names_the_targets_of_the_configuration_as_the_user_did() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "lib").write(
        "harden.toml",
        "loose = 'loose.txt'\nplatforms = 'debian-12-arm64'",
    );
    sandbox.harden("-q").good();
    sandbox.write(
        "harden.toml",
        "loose = 'loose.txt'\nplatforms = 'debian-12-amd64'",
    );
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: harden.toml now says `--platform debian-12-amd64`, but the file was made with `--platform debian-12-arm64` [stale]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    sandbox.write("more.txt", "lib");
    let both = sandbox.harden(&format!("loose.txt more.txt -p {FOREIGN}"));
    assert!(
        both.stderr
            .contains("none of its locks reads loose.txt and more.txt together"),
        "{both}"
    );
}

#[test]
fn a_configuration_writes_inside_its_project_only() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    let config = |strict: &str| {
        let text = format!("platforms = ['{FOREIGN}']\nloose = 'loose.txt'\nstrict = '{strict}'");
        sandbox.write("harden.toml", &text);
        sandbox.harden("")
    };
    for outside in [
        "../outside.txt",
        "/tmp/outside-of-the-project.txt",
        ".git/hooks/pre-commit",
    ] {
        let outcome = config(outside);
        assert_eq!(outcome.code, Some(2), "{outside}: {outcome}");
        assert!(
            outcome
                .stderr
                .contains("harden.toml:1: `strict` names a file"),
            "{outcome}"
        );
    }
    assert!(!sandbox.list("..").contains(&"outside.txt".to_owned()));
    assert_eq!(config("./strict.txt").code, Some(0));
}
