//! The user's own projects whose dependencies only a build tells.
//!
//! These run a Python 3.11 or newer with pip, except the tests of what is read without a build.

use std::process::Command;

use insta::assert_snapshot;

use crate::building::{build, pip_takes, python};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const UNIVERSE: &str = "lib 1.0\nlib 2.0\ntool 1.0\nextra 1.0\nwindows 1.0";

/// A project whose backend reads `needs.txt`.
fn dynamic(sandbox: &Sandbox, folder: &str, needs: &str) {
    let text = format!(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n\
         [project]\nname = '{folder}'\ndynamic = ['version', 'dependencies', 'optional-dependencies']"
    );
    sandbox.write(&format!("{folder}/pyproject.toml"), &text);
    sandbox.write(&format!("{folder}/needs.txt"), needs);
    sandbox.write(&format!("{folder}/{folder}/__init__.py"), "");
    let backend = include_str!("dynamic_backend.py");
    std::fs::write(sandbox.path(folder).join("backend.py"), backend).unwrap();
}

/// A project that has only a `setup.py`, and a setuptools that runs it in the folder `links`.
fn legacy(sandbox: &Sandbox, folder: &str, setup: &str) {
    sandbox.write(&format!("{folder}/setup.py"), setup);
    sandbox.write(&format!("{folder}/app.py"), "print('hello')");
    let script = include_str!("tiny_setuptools.py");
    let mut made = Command::new(python());
    made.args(["-c", script]).arg(sandbox.path("links"));
    assert!(made.status().unwrap().success());
}

fn harden(sandbox: &Sandbox, options: &str) -> Outcome {
    let python = python();
    sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python {python} {options}"
    ))
}

/// The pins of the strict file, and what it says of projects.
fn locked(sandbox: &Sandbox) -> String {
    let text = sandbox.shown("strict.txt");
    let is_told = |line: &&str| {
        line.contains("==") || line.starts_with("# project") || line.starts_with("#   ")
    };
    let lines = text.lines().filter(is_told);
    let lines = lines.filter(|line| !line.starts_with("#     "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_backend_computes_is_locked_where_a_build_is_allowed() {
    let sandbox = Sandbox::new(UNIVERSE);
    dynamic(&sandbox, "shop", "lib<2\ndev: tool");
    sandbox.write("loose.txt", "-e ./shop[dev]");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    assert_snapshot!(sandbox.harden(&command), @"
    exit 2
    --- stderr
    error: loose.txt:1: what `./shop` requires takes a build of it, which runs its code: `dependencies` is dynamic in pyproject.toml; allow it with `--build shop`, or declare the dependencies in `[project]`
    ");
    assert_eq!(harden(&sandbox, "--build other").code, Some(2));
    assert_snapshot!(harden(&sandbox, "--build shop"), @"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    shop itself is not pinned; `fetch --project ./shop` builds its wheel
    ");
    assert_snapshot!(locked(&sandbox), @r"
    # project: shop[dev] in shop/pyproject.toml sha256:[digest]
    #   read: backend.py, needs.txt, pyproject.toml, setup.cfg, setup.py
    #   requires-python: >=3.8
    #   requires: lib<2
    #   requires: tool
    lib==1.0 \
    tool==1.0 \
    ");
    let text = sandbox.read("strict.txt");
    assert!(
        text.contains("    # via -r shop/pyproject.toml\n"),
        "{text}"
    );
    sandbox.harden("check").good();
    sandbox.harden("verify").good();
}

/// The check runs no code: it has no interpreter, and goes by the files that the build read.
#[test]
fn a_check_tells_what_has_changed_without_a_build() {
    let sandbox = Sandbox::new(UNIVERSE);
    dynamic(&sandbox, "shop", "lib<2\ndev: tool");
    sandbox.write("loose.txt", "./shop");
    harden(&sandbox, "--build shop").good();
    let text = sandbox.read("strict.txt");
    sandbox.forget_cache();

    // What the build did not read, and what is only for readers.
    sandbox.write("shop/shop/__init__.py", "print('changed')");
    sandbox.write("shop/README.md", "changed");
    sandbox.harden("check").good();
    harden(&sandbox, "--build shop").good();
    assert_eq!(sandbox.read("strict.txt"), text);

    sandbox.write("shop/needs.txt", "lib>=2\ndev: tool");
    assert_snapshot!(sandbox.harden("check --offline"), @"
    exit 1
    --- stdout
    strict.txt:7: loose.txt, or a file read with it, has changed since the file was written [stale]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --build, --index-url
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    harden(&sandbox, "--build shop").good();
    assert!(sandbox.read("strict.txt").contains("\nlib==2.0 "));
    sandbox.harden("check").good();

    // A file that was not there, by which the project declares itself.
    sandbox.write("shop/setup.cfg", "[metadata]\nname = shop");
    assert_eq!(sandbox.harden("check").code, Some(1));
    std::fs::remove_file(sandbox.path("shop/setup.cfg")).unwrap();
    sandbox.harden("check").good();

    // Another extra is another question.
    sandbox.write("loose.txt", "./shop[dev]");
    let outcome = sandbox.harden("check");
    assert_eq!(outcome.code, Some(1));
    assert!(!outcome.stdout.contains("nothing requires"), "{outcome}");

    // The record is part of what the header's digest covers.
    sandbox.write("loose.txt", "./shop");
    let text = sandbox.read("strict.txt");
    sandbox.write(
        "strict.txt",
        &text.replace("requires: lib>=2", "requires: lib"),
    );
    let outcome = sandbox.harden("check");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("[edited]"), "{outcome}");
}

#[test]
fn every_spelling_and_a_project_file_name_a_project_that_is_built() {
    let sandbox = Sandbox::new(UNIVERSE);
    dynamic(&sandbox, "shop", "lib<2\ndev: tool");
    let url = format!("file://{}", sandbox.path("shop").display());
    for line in [
        "./shop",
        "-e shop",
        "file:shop",
        "shop @ file:shop",
        "./shop ; python_version > '3'",
        &url,
    ] {
        sandbox.write("loose.txt", line);
        harden(&sandbox, "--build shop").good();
        let text = sandbox.read("strict.txt");
        assert!(text.contains("\nlib==1.0 "), "{line}: {text}");
        let folder = sandbox.path("").display().to_string();
        assert!(!text.contains(folder.trim_end_matches('/')), "{text}");
        sandbox.harden("check").good();
    }
    sandbox.write("loose.txt", "other @ file:shop");
    let outcome = harden(&sandbox, "--build :all:");
    assert_eq!(outcome.code, Some(2));
    let told = "loose.txt:1 requires `other`, but shop/pyproject.toml is that of `shop`";
    assert!(outcome.stderr.contains(told), "{outcome}");

    sandbox.write("loose.txt", "./shop[no]");
    let outcome = harden(&sandbox, "--build :all:");
    let told = "loose.txt:1: the project has no extra `no`; known: `dev` (in shop/pyproject.toml)";
    assert!(outcome.stderr.contains(told), "{outcome}");

    let options = format!("-p {FOREIGN} -o own.txt --python {} --build shop", python());
    sandbox
        .harden(&format!("shop/pyproject.toml --extra dev {options}"))
        .good();
    let text = sandbox.read("own.txt");
    assert!(
        text.contains("\nlib==1.0 ") && text.contains("\ntool==1.0 "),
        "{text}"
    );
    sandbox.harden("check own.txt").good();
    let outcome = sandbox.harden(&format!("shop/pyproject.toml -p {FOREIGN}"));
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: shop/pyproject.toml: what `shop` requires takes a build of it, which runs its code: `dependencies` is dynamic in pyproject.toml; allow it with `--build shop`, or declare the dependencies in `[project]`
    ");
}

#[test]
fn projects_of_one_repository_require_each_other_built_or_not() {
    let sandbox = Sandbox::new(UNIVERSE);
    dynamic(&sandbox, "b", "a\nlib<2\nmore: extra");
    let text = "[project]\nname = 'a'\nversion = '1.0'\ndependencies = ['b[more]', 'tool']";
    sandbox.write("a/pyproject.toml", text);
    dynamic(&sandbox, "c", "windows");
    sandbox.write("loose.txt", "./a\n./b\n./c ; sys_platform == 'win32'");
    harden(&sandbox, "--build b --build c").good();
    assert_snapshot!(locked(&sandbox), @r"
    # project: b in b/pyproject.toml sha256:[digest]
    #   read: backend.py, needs.txt, pyproject.toml, setup.cfg, setup.py
    #   requires-python: >=3.8
    #   requires: a
    #   requires: lib<2
    # project: b[more] in b/pyproject.toml sha256:[digest]
    #   read: backend.py, needs.txt, pyproject.toml, setup.cfg, setup.py
    #   requires-python: >=3.8
    #   requires: a
    #   requires: lib<2
    #   requires: extra
    # project: c in c/pyproject.toml sha256:[digest]
    #   read: backend.py, needs.txt, pyproject.toml, setup.cfg, setup.py
    #   requires-python: >=3.8
    #   requires: windows
    extra==1.0 \
    lib==1.0 \
    tool==1.0 \
    ");
    sandbox.harden("check").good();
    sandbox.write("c/needs.txt", "windows>1");
    assert_eq!(sandbox.harden("check").code, Some(1));
}

#[test]
fn a_setup_py_is_run_where_a_build_is_allowed() {
    let sandbox = Sandbox::new(UNIVERSE);
    let setup = "import deps\nfrom setuptools import setup\n\
                 setup(name='app', version='1.5', py_modules=['app', 'deps'], install_requires=deps.NEEDS,\n\
                 extras_require={'dev': ['tool']})";
    legacy(&sandbox, "old", setup);
    sandbox.write("old/deps.py", "NEEDS = ['lib<2']");
    sandbox.write("loose.txt", "-e ./old[dev]");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt --find-links links");
    assert_snapshot!(sandbox.harden(&command), @"
    exit 2
    --- stderr
    error: loose.txt:1: what `./old` requires takes a build of it, which runs its code: setup.py computes them; allow it with `--build app`, or declare the dependencies in `[project]`
    ");
    harden(&sandbox, "--build app --find-links links").good();
    assert_snapshot!(locked(&sandbox), @r"
    # project: app[dev] in old/setup.py sha256:[digest]
    #   read: deps.py, pyproject.toml, setup.cfg, setup.py
    #   requires: lib<2
    #   requires: tool
    lib==1.0 \
    tool==1.0 \
    ");
    sandbox.harden("check").good();
    sandbox.write("old/deps.py", "NEEDS = ['lib']");
    assert_eq!(sandbox.harden("check").code, Some(1));
    harden(&sandbox, "--build app --find-links links").good();

    build(&sandbox, "").good();
    let files = [
        "app-1.5-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "requirements.txt",
        "tool-1.0-py3-none-any.whl",
    ];
    assert_eq!(sandbox.list("wheelhouse"), files);
    pip_takes(&sandbox, "wheelhouse", "app.py");
    build(&sandbox, "--check").good();

    // A name that no text states is that of the record.
    let setup = setup.replace("name='app'", "name=''.join('app')");
    sandbox.write("old/setup.py", &setup);
    let outcome = harden(&sandbox, "--build app --find-links links");
    assert!(
        outcome.stderr.contains("allow it with `--build :all:`"),
        "{outcome}"
    );
    harden(&sandbox, "--build :all: --find-links links").good();
    let python = python();
    sandbox
        .fetch(&format!("--project old --python {python} -d other"))
        .good();
    assert!(sandbox.list("other").contains(&files[0].to_owned()));

    let own = format!("-p {FOREIGN} -o own.txt --python {python} --build :all: --find-links links");
    sandbox.harden(&format!("old/setup.py {own}")).good();
    assert!(sandbox.read("own.txt").contains("\nlib==2.0 "));
    sandbox.harden("check own.txt").good();
}

/// setuptools reads these without running code of the project: so does harden, without a build.
#[test]
fn a_setup_cfg_is_read_without_a_build() {
    let sandbox = Sandbox::new(UNIVERSE);
    let cfg = "[metadata]\nname = shop\n[options]\npython_requires = >=3.8\ninstall_requires =\n    lib<2\n\
               [options.extras_require]\ndev = file: dev.txt\nall =\n    shop[dev]\n    extra\n";
    std::fs::create_dir_all(sandbox.path("shop")).unwrap();
    std::fs::write(sandbox.path("shop/setup.cfg"), cfg).unwrap();
    sandbox.write("shop/setup.py", "from setuptools import setup\nsetup()");
    sandbox.write("shop/dev.txt", "# for tests\ntool");
    sandbox.write("loose.txt", "./shop[all]");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    let text = sandbox.read("strict.txt");
    for part in [
        "\nlib==1.0 \\",
        "\nextra==1.0 \\",
        "\ntool==1.0 \\",
        "# via -r shop/setup.cfg\n",
        "# via -r shop/dev.txt\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    sandbox.harden("check").good();
    std::fs::write(sandbox.path("shop/setup.cfg"), cfg.replace("lib<2", "lib")).unwrap();
    assert_eq!(sandbox.harden("check").code, Some(1));

    for file in ["shop/setup.cfg", "shop/setup.py"] {
        let outcome = sandbox.harden(&format!("{file} --extra dev -p {FOREIGN} -o own.txt"));
        outcome.good();
        assert!(sandbox.read("own.txt").contains("\nlib==2.0 "), "{file}");
    }
    let old = sandbox.harden("shop/setup.cfg -p manylinux2014_aarch64-cp37");
    let told = "shop/setup.cfg:4 requires Python >=3.8";
    assert!(old.stderr.contains(told), "{old}");

    // As soon as a setup.py says more, only a build tells.
    let setup = "from setuptools import setup\nsetup(install_requires=['tool'])";
    sandbox.write("shop/setup.py", setup);
    let outcome = sandbox.harden(&command);
    assert!(
        outcome.stderr.contains("allow it with `--build shop`"),
        "{outcome}"
    );
}

#[test]
fn a_dry_run_lists_projects_that_would_be_built_and_builds_none() {
    let sandbox = Sandbox::new("lib 1.0\nold 1.0 wheels=none sdist");
    dynamic(&sandbox, "shop", "lib");
    sandbox.write("loose.txt", "./shop\nold");
    let outcome = sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python no/such/python --build :all: --dry-run"
    ));
    assert_snapshot!(outcome, @"
    exit 0
    --- stdout
    would build the project in ./shop to learn what it requires: `dependencies` is dynamic in pyproject.toml
    would build old 1.0 from old-1.0.tar.gz: no release has a wheel (required by loose.txt)
    --- stderr
    would build 1 project and 1 sdist, and perhaps more that these require; nothing was run or written
    ");
    // A project that has not changed since the lock is known by its record.
    sandbox.write("loose.txt", "./shop");
    harden(&sandbox, "--build shop").good();
    let outcome = sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python no/such/python --build shop --dry-run -U"
    ));
    outcome.good();
}

#[test]
fn a_build_that_fails_is_told_with_its_last_lines() {
    let sandbox = Sandbox::new(UNIVERSE);
    dynamic(&sandbox, "shop", "lib<2");
    sandbox.write("shop/broken", "");
    sandbox.write("loose.txt", "./shop");
    let outcome = harden(&sandbox, "--build shop");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(
        outcome.stderr.contains("the needs cannot be computed"),
        "{outcome}"
    );
    assert!(!sandbox.path("strict.txt").exists());

    std::fs::remove_file(sandbox.path("shop/broken")).unwrap();
    sandbox.write("shop/needs.txt", "lib=2");
    assert_snapshot!(harden(&sandbox, "--build shop"), @"
    exit 2
    --- stderr
    error: the metadata that shop/pyproject.toml builds cannot be used: it requires `lib=2`, which is not valid: `lib=2` is not a valid requirement: `=` is not an operator; did you mean `==`? (column 4)
    ");
}
