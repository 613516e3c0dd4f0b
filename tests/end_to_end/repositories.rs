//! Repositories in loose files: locked at a commit, built, and built again from it elsewhere.
//!
//! These need `git`, and a Python 3.11 or newer with pip.

#![expect(clippy::format_push_string, reason = "the text is short")]

use std::process::Command;

use insta::assert_snapshot;

use crate::building::{build, pip_installs, python};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@index.test"]);
    git.arg("-C")
        .arg(sandbox.path("repository"))
        .args(arguments);
    let output = git.output().expect("these tests need git");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A sandbox with a repository of the project `app`, which requires `lib`, in a subfolder or not.
fn sandbox(folder: &str, table: &str) -> Sandbox {
    let sandbox = Sandbox::new("lib 1.0\nlib 2.0\napp 9.9");
    let text = format!(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n\
         [project]\nname = 'app'\ndependencies = ['lib<2']\n{table}"
    );
    let folder = format!("repository/{folder}");
    sandbox.write(&format!("{folder}/pyproject.toml"), &text);
    sandbox.write(&format!("{folder}/app/__init__.py"), "print('hello')");
    let backend = include_str!("project_backend.py");
    std::fs::write(sandbox.path(&folder).join("backend.py"), backend).unwrap();
    git(&sandbox, &["init", "-q", "-b", "main"]);
    // A hook that would run if hooks did.
    let hook = sandbox.path("repository/.git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(hook, "#!/bin/sh\ntouch hooked\n").unwrap();
    commit(&sandbox);
    git(&sandbox, &["tag", "v1.0"]);
    sandbox
}

fn commit(sandbox: &Sandbox) {
    git(sandbox, &["add", "."]);
    git(sandbox, &["commit", "-q", "--allow-empty", "-m", "change"]);
}

fn url(sandbox: &Sandbox) -> String {
    format!("git+file://{}", sandbox.path("repository").display())
}

fn harden(sandbox: &Sandbox, options: &str) -> Outcome {
    let python = python();
    sandbox.harden_with_path(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python {python} {options}"
    ))
}

/// The line of the strict file that records the repository.
fn recorded(sandbox: &Sandbox) -> String {
    let text = sandbox.read("strict.txt");
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| line.starts_with("# repository: "));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_repository_is_locked_at_a_commit_and_built_again_from_it() {
    let sandbox = sandbox(".", "version = '1.0'");
    let first = git(&sandbox, &["rev-parse", "HEAD"]);
    let url = url(&sandbox);
    sandbox.write("loose.txt", &format!("app @ {url}@main"));
    harden(&sandbox, "--build app").good();
    let text = sandbox.read("strict.txt");
    assert!(text.contains("\napp==1.0 \\\n"), "{text}");
    assert!(text.contains("\nlib==1.0 \\\n"), "{text}");
    assert_eq!(recorded(&sandbox), format!("# repository: {url}@{first}"));
    sandbox.harden("check").good();

    // The branch moves; the lock does not, until it is asked to.
    sandbox.write("repository/app/__init__.py", "print('changed')");
    commit(&sandbox);
    let second = git(&sandbox, &["rev-parse", "HEAD"]);
    harden(&sandbox, "--build app").good();
    assert_eq!(sandbox.read("strict.txt"), text);

    // Elsewhere, where no cache has it, the wheel is built from the commit.
    build(&sandbox, "--cache-dir other-cache").good();
    let files = sandbox.list("wheelhouse");
    assert_eq!(
        files,
        ["app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"]
    );
    pip_installs(&sandbox, "wheelhouse", "strict.txt");
    assert_eq!(
        sandbox.read("installed/app/__init__.py").trim(),
        "print('hello')"
    );

    harden(&sandbox, "--build app -U").good();
    assert_eq!(recorded(&sandbox), format!("# repository: {url}@{second}"));
}

#[test]
fn tags_commits_folders_and_the_old_spelling_name_a_commit() {
    let sandbox = sandbox("packages/app", "version = '1.0'");
    let first = git(&sandbox, &["rev-parse", "HEAD"]);
    commit(&sandbox);
    let url = url(&sandbox);
    for line in [
        format!("app @ {url}@v1.0#subdirectory=packages/app"),
        format!("app @ {url}@{first}#subdirectory=packages/app"),
        format!("app @ {url}@{}#subdirectory=packages/app", &first[..10]),
        format!("-e {url}@v1.0#egg=app&subdirectory=packages/app"),
    ] {
        sandbox.write("loose.txt", &line);
        harden(&sandbox, "--build :all: -U").good();
        let expected = format!("# repository: {url}@{first}#subdirectory=packages/app");
        assert_eq!(recorded(&sandbox), expected, "{line}");
    }
}

#[test]
fn a_version_that_the_backend_computes_is_that_of_the_tag() {
    let sandbox = sandbox(".", "dynamic = ['version']");
    git(&sandbox, &["tag", "3.1"]);
    git(&sandbox, &["tag", "-d", "v1.0"]);
    sandbox.write("loose.txt", &format!("app @ {}", url(&sandbox)));
    harden(&sandbox, "--build app").good();
    let text = sandbox.read("strict.txt");
    assert!(text.contains("\napp==3.1 \\\n"), "{text}");
    build(&sandbox, "--cache-dir other-cache").good();
    assert!(
        sandbox
            .list("wheelhouse")
            .contains(&"app-3.1-py3-none-any.whl".to_owned())
    );
}

/// A dry run runs no code, and does not look for a project of the same name on an index.
#[test]
fn a_dry_run_builds_no_repository_to_learn_its_version() {
    let sandbox = sandbox(".", "dynamic = ['version']");
    git(&sandbox, &["tag", "3.1"]);
    git(&sandbox, &["tag", "-d", "v1.0"]);
    let commit = git(&sandbox, &["rev-parse", "HEAD"]);
    sandbox.write("loose.txt", &format!("app @ {}\nlib", url(&sandbox)));
    let dry = "loose.txt -p manylinux2014_aarch64-cp311 -o strict.txt --build app --dry-run \
               --python no/such/python";
    let outcome = sandbox.harden_with_path(dry);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let (url, plan) = (url(&sandbox), outcome.stdout.trim());
    assert_eq!(
        plan,
        format!("would build app from {url}@{commit}: its build computes its version")
    );
    assert_snapshot!(outcome.stderr, @"
    would build 1 repository, and perhaps more that these require; nothing was run or written
    ");

    // The version is known after a lock of the same commit.
    harden(&sandbox, "--build app").good();
    let outcome = sandbox.harden_with_path(dry);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let plan = outcome.stdout.trim();
    assert_eq!(plan, format!("would build app 3.1 from {url}@{commit}"));
    let summary = "would build 1 repository; nothing was run or written\n";
    assert_eq!(outcome.stderr, summary);
}

#[test]
fn unsupported_sources_are_reported() {
    let sandbox = sandbox(".", "version = '1.0'");
    let url = url(&sandbox);
    let mut said = String::new();
    for (line, options) in [
        (format!("app @ {url}@main"), ""),
        (url.clone(), "--build :all:"),
        (format!("other @ {url}"), "--build other"),
        (format!("app @ {url}@nowhere"), "--build app"),
        (
            "app @ https://127.0.0.1:9/me/app/archive/main.zip".to_owned(),
            "--build app",
        ),
    ] {
        sandbox.write("loose.txt", &line);
        let outcome = harden(&sandbox, options);
        let lines = outcome.stderr.lines();
        let first: Vec<&str> = lines
            .filter(|line| !line.starts_with("warning"))
            .take(2)
            .collect();
        said += &format!("{:?} {}\n", outcome.code, first.join("\n"));
    }
    assert_snapshot!(said, @"
    Some(2) error: loose.txt:1: app comes from `git+file://[folder]/project/repository@main` and must be built, which runs its code; allow it with `--build app`
    Some(2) error: loose.txt:1: `git+file://[folder]/project/repository` does not name the package; write it as `NAME @ git+file://[folder]/project/repository`
    Some(2) error: loose.txt:1 requires other, but `git+file://[folder]/project/repository` contains app
    Some(3) error: loose.txt:1: git+file://[folder]/project/repository@nowhere: git failed: fatal: couldn't find remote ref nowhere
    Some(3) error: loose.txt:1: git+https://127.0.0.1:9/me/app@main: git failed: fatal: unable to access 'https://127.0.0.1:9/me/app/': Failed to connect to 127.0.0.1 port 9 after [time]: Couldn't connect to server
    ");
    // A login in a URL is nowhere in what is said.
    sandbox.write("loose.txt", "app @ git+https://me:s3cret@127.0.0.1:9/app");
    let outcome = harden(&sandbox, "--build app");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert!(!outcome.stderr.contains("s3cret"), "{outcome}");
    assert!(!sandbox.path("repository/hooked").exists());
}

#[test]
fn submodules_are_included_if_the_url_asks_for_them() {
    let sandbox = sandbox("", "version = '1.0'");
    let inner = sandbox.path("inner");
    sandbox.write("inner/part.py", "part = 1");
    for arguments in ["init -q -b main", "add .", "commit -q -m part"] {
        let mut words = vec!["-C", "../inner"];
        words.extend(arguments.split(' '));
        git(&sandbox, &words);
    }
    let inner = inner.to_str().unwrap();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        inner,
        "app/inner",
    ];
    git(&sandbox, &add);
    commit(&sandbox);

    sandbox.write("loose.txt", &format!("app @ {}", url(&sandbox)));
    let without = harden(&sandbox, "--build app");
    assert!(
        without
            .stderr
            .contains("`#submodules=true` at the end of the URL includes them"),
        "{without}"
    );

    sandbox.write(
        "loose.txt",
        &format!("app @ {}#submodules=true", url(&sandbox)),
    );
    let with = harden(&sandbox, "--build app");
    assert!(!with.stderr.contains("submodules"), "{with}");
    with.good();
    assert!(
        recorded(&sandbox).ends_with("#submodules=true"),
        "{}",
        recorded(&sandbox)
    );
    sandbox.forget_cache();
    build(&sandbox, "").good();
    pip_installs(&sandbox, "wheelhouse", "strict.txt");
    assert!(sandbox.path("installed/app/inner/part.py").exists());
}

/// The project of that name on an index, here `app 9.9`, is another one.
#[test]
fn a_repository_is_compared_with_its_own_commits_and_with_no_project_of_an_index() {
    let sandbox = sandbox(".", "version = '1.0'");
    sandbox.write("loose.txt", &format!("app @ {}@main", url(&sandbox)));
    harden(&sandbox, "--build app").good();
    let outdated = sandbox.harden_with_path("outdated").good();
    assert!(!outdated.contains("\napp "), "{outdated}");
    let explained = sandbox.harden_with_path("explain app").good_shown();
    assert!(!explained.contains("9.9"), "{explained}");
    let first = git(&sandbox, &["rev-parse", "--short=10", "HEAD"]);
    sandbox.write("repository/app/__init__.py", "print('changed')");
    commit(&sandbox);
    let second = git(&sandbox, &["rev-parse", "--short=10", "HEAD"]);
    let outcome = sandbox.harden_with_path("outdated").good();
    assert!(outcome.contains(&format!("1.0 ({first})")), "{outcome}");
    assert!(outcome.contains(&format!("1.0 ({second})")), "{outcome}");
    assert!(!outcome.contains("9.9"), "{outcome}");

    // Advisories about the project of that name are about other releases.
    let record = r#"{"id": "MAL-1", "modified": "2026-01-01T00:00:00Z", "affected": [
        {"package": {"ecosystem": "PyPI", "name": "app"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#;
    sandbox.write("osv/MAL-1.json", record);
    let outcome = sandbox.harden("audit --osv osv");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let warning = "app comes from repositories, which advisories are not about: not audited";
    assert!(outcome.stderr.contains(warning), "{outcome}");
    let policy = format!(
        "loose = 'loose.txt'\nplatforms = '{FOREIGN}'\nbuild = 'app'\n[policy]\nosv = 'osv'\n\
         rules = {{ direct-reference = 'off', cooldown = 'deny' }}\n\
         exempt = [{{ package = 'lib', rule = 'cooldown', reason = 'x', until = 2099-01-01 }}]"
    );
    sandbox.write("harden.toml", &policy);
    let python = python();
    sandbox
        .harden_with_path(&format!("--python {python}"))
        .good();
    let outcome = sandbox.harden("verify");
    assert!(!outcome.stdout.contains("[malware]"), "{outcome}");
}

#[test]
fn other_systems_and_misspelled_parts_say_what_there_is() {
    let sandbox = sandbox(".", "version = '1.0'");
    let mut said = String::new();
    for line in [
        "app @ hg+https://git.test/app",
        "-e svn+ssh://git.test/app#egg=app",
        "app @ gitt+https://git.test/app",
        "app @ git+ftp://git.test/app",
        "app @ git+https://git.test/app#subdirectry=x",
        "app @ https://files.test/app-1.0.zip#subdirectry=x",
    ] {
        sandbox.write("loose.txt", line);
        let outcome = harden(&sandbox, "--build :all:");
        let first = outcome.stderr.lines().next().unwrap_or_default();
        said += &format!("{:?} {first}\n", outcome.code);
    }
    assert_snapshot!(said, @r"
    Some(2) error: loose.txt:1: `hg+https://git.test/app` names a repository of Mercurial; of repositories, harden pins those of Git (`NAME @ git+https://HOST/PATH@REFERENCE`); require the package by name, from an index or a folder of wheels given with --find-links, or name the URL or path of a wheel
    Some(2) error: loose.txt:1: `-e svn+ssh://git.test/app` names a repository of Subversion; of repositories, harden pins those of Git (`NAME @ git+https://HOST/PATH@REFERENCE`); require the package by name, from an index or a folder of wheels given with --find-links, or name the URL or path of a wheel
    Some(2) error: loose.txt:1: `gitt+https://git.test/app` names a repository of `gitt`, which is not known (`git+` may be meant); of repositories, harden pins those of Git (`NAME @ git+https://HOST/PATH@REFERENCE`); require the package by name, from an index or a folder of wheels given with --find-links, or name the URL or path of a wheel
    Some(2) error: loose.txt:1: git+ftp://git.test/app: `git+ftp` is not read; there are git+https, git+ssh, git+file, git+http, git+git
    Some(2) error: loose.txt:1: git+https://git.test/app: `#subdirectry=x` is not known; there are `#subdirectory=FOLDER`, `#submodules=true` and `#egg=NAME`, joined by `&`
    Some(2) error: loose.txt:1: `https://files.test/app-1.0.zip` cannot be pinned: `#subdirectry=x` names a folder in an archive, which only a build can use
    ");
}
