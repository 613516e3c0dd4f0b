//! The user's own projects in loose files: their dependencies are locked in their place.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

fn harden(sandbox: &Sandbox) -> Outcome {
    sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
}

fn project(sandbox: &Sandbox, folder: &str, name: &str, rest: &str) {
    let text = format!("[project]\nname = '{name}'\nversion = '1.0'\n{rest}");
    sandbox.write(&format!("{folder}/pyproject.toml"), &text);
}

#[test]
fn dependencies_take_the_place_of_the_project() {
    let sandbox = Sandbox::new("lib 1.0\nlib 2.0\ntool 1.0\nother 1.0 requires=shop\nshop 6.6");
    project(
        &sandbox,
        ".",
        "Shop",
        "dependencies = ['lib<2']\noptional-dependencies.dev = ['tool']",
    );
    sandbox.write("loose.txt", "-e .[dev]\nother");
    harden(&sandbox).good();
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r pyproject.toml
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    other==1.0 \
        --hash=sha256:<other-1.0-py3-none-any.whl>
        # via -r loose.txt
        # other-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    tool==1.0 \
        --hash=sha256:<tool-1.0-py3-none-any.whl>
        # via -r pyproject.toml
        # tool-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    sandbox.harden("check").good();
    let changed = "dependencies = ['lib']\noptional-dependencies.dev = ['tool']";
    project(&sandbox, ".", "Shop", changed);
    let outcome = sandbox.harden("check");
    assert_eq!(outcome.code, Some(1), "{outcome}");
}

/// setuptools reads dynamic dependencies from files that the `pyproject.toml` names: so does harden,
/// without a build.
#[test]
fn dynamic_dependencies_are_read_from_the_files_of_the_backend() {
    let sandbox = Sandbox::new("lib 1.0\nlib 2.0\ntool 1.0");
    let text = "[project]\nname = 'shop'\ndynamic = ['version', 'dependencies', \
                'optional-dependencies']\n[tool.setuptools.dynamic]\n\
                dependencies = {file = ['requirements.txt']}\n\
                optional-dependencies.dev = {file = 'dev.txt'}\n";
    sandbox.write("shop/pyproject.toml", text);
    sandbox.write("shop/requirements.txt", "# of the shop\nlib<2\n");
    sandbox.write("shop/dev.txt", "tool");
    sandbox.write("loose.txt", "./shop[dev] ; python_version > '3'");
    harden(&sandbox).good();
    let pins = sandbox.read("strict.txt");
    for part in [
        "\nlib==1.0 \\",
        "\ntool==1.0 \\",
        "# via -r shop/requirements.txt",
    ] {
        assert!(pins.contains(part), "{part}: {pins}");
    }
    sandbox.harden("check").good();
    sandbox.write("shop/requirements.txt", "lib");
    assert_eq!(sandbox.harden("check").code, Some(1));

    // The project itself in place of a line that names it.
    sandbox
        .harden(&format!("shop/pyproject.toml -p {FOREIGN} -o own.txt"))
        .good();
    assert!(sandbox.read("own.txt").contains("\nlib==2.0 \\"));
}

#[test]
fn every_spelling_of_a_project_names_it() {
    let sandbox = Sandbox::new("lib 1.0");
    project(&sandbox, "app", "app", "dependencies = ['lib']");
    let folder = sandbox.path("app");
    let url = format!("file://{}", folder.display());
    for line in [
        "./app",
        "-e app",
        "-e ./app",
        "file:app",
        "app @ file:app",
        &url,
        &format!("app @ {url}"),
    ] {
        sandbox.write("loose.txt", line);
        harden(&sandbox).good();
        let pins = sandbox.read("strict.txt");
        assert!(
            pins.contains("\nlib==1.0 ") && !pins.contains("app=="),
            "{line}: {pins}"
        );
    }
}

#[test]
fn projects_of_one_repository_require_each_other() {
    let sandbox = Sandbox::new("lib 1.0\nextra 1.0\nwindows 1.0");
    project(&sandbox, "a", "a", "dependencies = ['b[more]', 'lib']");
    project(
        &sandbox,
        "b",
        "b",
        "dependencies = ['a']\noptional-dependencies.more = ['extra']",
    );
    project(&sandbox, "c", "c", "dependencies = ['windows']");
    sandbox.write("loose.txt", "./a\n./b\n./c ; sys_platform == 'win32'");
    harden(&sandbox).good();
    let pins = sandbox.read("strict.txt");
    let pins: Vec<&str> = pins.lines().filter(|line| line.contains("==")).collect();
    assert_eq!(pins, ["extra==1.0 \\", "lib==1.0 \\"]);
}

#[test]
fn a_project_that_does_not_state_its_dependencies_is_refused() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("old/setup.py", "from setuptools import setup");
    project(&sandbox, "dynamic", "dynamic", "dynamic = ['dependencies']");
    project(&sandbox, "named", "named", "dependencies = []");
    for line in ["./old", "./dynamic", "other @ file:named"] {
        sandbox.write("loose.txt", line);
        let outcome = harden(&sandbox);
        assert_eq!(outcome.code, Some(2), "{outcome}");
    }
    sandbox.write("loose.txt", "./old\nother @ file:named");
    assert_snapshot!(harden(&sandbox), @"
    exit 2
    --- stderr
    error: loose.txt:2 requires `other`, but named/pyproject.toml is that of `named`
    loose.txt:1: what `./old` requires takes a build of it, which runs its code: setup.py computes them; allow it with `--build :all:`, or declare the dependencies in `[project]`
    ");
}
