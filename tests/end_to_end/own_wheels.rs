//! `fetch --project`: wheels of the user's own projects, built into the wheelhouse.
//!
//! These run a Python 3.11 or newer with pip; one makes a Git repository.

use std::process::Command;

use insta::assert_snapshot;

use crate::building::{build, pip_takes, python};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const BUILD_SYSTEM: &str =
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";

/// A project that builds itself, with this in its `[project]` table.
fn project(sandbox: &Sandbox, folder: &str, name: &str, table: &str) {
    let text = format!("{BUILD_SYSTEM}[project]\nname = '{name}'\n{table}");
    sandbox.write(&format!("{folder}/pyproject.toml"), &text);
    sandbox.write(&format!("{folder}/{name}/__init__.py"), "print('hello')");
    let backend = include_str!("project_backend.py");
    std::fs::write(sandbox.path(folder).join("backend.py"), backend).unwrap();
}

fn locked(universe: &str, loose: &str, projects: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(universe);
    for (name, table) in projects {
        project(&sandbox, name, name, table);
    }
    sandbox.write("loose.txt", loose);
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

fn fetch(sandbox: &Sandbox, arguments: &str) -> Outcome {
    sandbox.fetch(&format!("--python {} {arguments}", python()))
}

#[test]
fn the_wheel_of_a_project_is_built_beside_those_it_requires() {
    let table = "version = '1.0'\ndependencies = ['lib<2']";
    let sandbox = locked("lib 1.0\nlib 2.0", "./app", &[("app", table)]);
    assert_snapshot!(fetch(&sandbox, "--project app"), @"
    exit 0
    --- stderr
    built app-1.0-py3-none-any.whl from app-1.0.tar.gz in [time]
    fetched 1 file, [size]; 1 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r wheelhouse/requirements.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    let files = [
        "app-1.0-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "requirements.txt",
    ];
    assert_eq!(sandbox.list("wheelhouse"), files);
    let listed = sandbox.shown("wheelhouse/requirements.txt");
    let lines = listed.lines().filter(|line| !line.contains("#   python "));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    # Hardened by harden; change strict.txt and run this again, rather than edit:
    #     fetch strict.txt --project app
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    app==1.0 \
        --hash=sha256:[digest]
        # app-1.0-py3-none-any.whl
        # built app-1.0-py3-none-any.whl sha256:[digest]
        #   from app-1.0.tar.gz sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r app/pyproject.toml
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    pip_takes(&sandbox, "wheelhouse", "app/__init__.py");
    assert!(!sandbox.read("strict.txt").contains("app=="));

    // Nothing changed: nothing is built.
    assert_snapshot!(sandbox.fetch("--project app --python no/such/python"), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r wheelhouse/requirements.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    fetch(&sandbox, "--project app --check").good();
    assert_eq!(sandbox.fetch("--check").code, Some(1));

    // A file changed: the wheelhouse is no longer right, until the wheel is built again.
    sandbox.write("app/app/__init__.py", "print('changed')");
    assert_eq!(fetch(&sandbox, "--project app --check").code, Some(1));
    fetch(&sandbox, "--project app").good();
    fetch(&sandbox, "--project app --check").good();
    assert_eq!(sandbox.list("wheelhouse"), files);
}

#[test]
fn projects_of_the_loose_file_are_built_with_all_else() {
    let projects = [
        ("one", "version = '1.0'\ndependencies = ['two', 'lib']"),
        ("two", "version = '2.0'"),
    ];
    let sandbox = locked("lib 1.0", "-e ./one\n./two", &projects);
    build(&sandbox, "").good();
    let files = [
        "lib-1.0-py3-none-any.whl",
        "one-1.0-py3-none-any.whl",
        "requirements.txt",
        "two-2.0-py3-none-any.whl",
    ];
    assert_eq!(sandbox.list("wheelhouse"), files);
    sandbox.fetch("--build --check").good();
}

#[test]
fn a_version_of_the_repository_is_computed_by_the_backend() {
    let projects = [("app", "dynamic = ['version']")];
    let sandbox = locked("lib 1.0", "lib\n./app", &projects);
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=T", "-c", "user.email=t@index.test", "-C"]);
        git.arg(sandbox.path("app")).args(arguments);
        assert!(git.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["tag", "3.1"]);
    // A backend does not see a token in the configuration.
    git(&["config", "http.extraheader", "AUTHORIZATION: s3cret"]);
    fetch(&sandbox, "--project app").good();
    let files = [
        "app-3.1-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "requirements.txt",
    ];
    assert_eq!(sandbox.list("wheelhouse"), files);
    fetch(&sandbox, "--project app --check").good();
    sandbox.write("app/.gitignore", "ignored");
    sandbox.write("app/ignored", "");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "second"]);
    git(&["tag", "3.2"]);
    fetch(&sandbox, "--project app --prune").good();
    let files = [
        "app-3.2-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "requirements.txt",
    ];
    assert_eq!(sandbox.list("wheelhouse"), files);
}

#[test]
fn a_project_that_the_strict_file_does_not_answer_is_refused() {
    let projects = [("app", "version = '1.0'\ndependencies = ['lib']")];
    let sandbox = locked("lib 1.0\nother 1.0", "lib", &projects);
    project(
        &sandbox,
        "app",
        "app",
        "version = '1.0'\ndependencies = ['lib>=2', 'other ; os_name == \"nt\"']",
    );
    assert_snapshot!(fetch(&sandbox, "--project app"), @"
    exit 1
    --- stderr
    built app-1.0-py3-none-any.whl from app-1.0.tar.gz in [time]
    error: app-1.0-py3-none-any.whl requires lib>=2, which strict.txt does not lock for manylinux2014_aarch64-cp-311-cp311
    hint: run harden again: the dependencies of the project have changed, or it is not among the loose files
    ");
    project(&sandbox, "app", "lib", "version = '1.0'");
    assert_snapshot!(fetch(&sandbox, "--project app"), @"
    exit 2
    --- stderr
    error: strict.txt pins lib, which is the project in `app`
    hint: lock with `--exclude lib`, or name the folder in the loose file, so that nothing brings it in from an index
    ");
    assert_snapshot!(fetch(&sandbox, "--project nowhere"), @"
    exit 2
    --- stderr
    error: `nowhere` is not a project: it has neither pyproject.toml nor setup.py
    hint: --project names a folder with a pyproject.toml or a setup.py
    ");
}
