//! `harden add` and `harden remove`: the loose file is edited in place, and locked.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0
    lib 1.0
    lib 2.0
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "# what we use\napp  # the framework");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox
}

#[test]
fn a_package_is_added_and_removed_with_its_lock() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("add lib<2"), @"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
      + lib 1.0
    ");
    assert_eq!(
        sandbox.read("loose.txt"),
        "# what we use\napp  # the framework\nlib<2\n"
    );
    assert!(sandbox.read("strict.txt").contains("lib==1.0 "));
    assert_eq!(sandbox.harden("check").code, Some(0));
    assert_snapshot!(sandbox.harden("remove lib"), @"
    exit 0
    --- stderr
    resolved 1 package for 1 target in [time]
      - lib 1.0
    ");
    assert_eq!(
        sandbox.read("loose.txt"),
        "# what we use\napp  # the framework\n"
    );
    assert_snapshot!(sandbox.harden("remove lib"), @"
    exit 2
    --- stderr
    error: loose.txt does not require lib
    hint: `harden explain NAME` says what requires a package; `--exclude NAME` leaves it out
    ");
}

#[test]
fn what_cannot_be_locked_leaves_the_loose_file_as_it_was() {
    let sandbox = sandbox();
    let before = sandbox.read("loose.txt");
    assert_snapshot!(sandbox.harden("add lib>=3"), @r"
    exit 1
    --- stderr
    loose.txt is unchanged, because it could not be locked
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:3 requires lib>=3
      2. lib has no such release: there are 1.0 to 2.0
    hint: lib 2.0 would work: change `lib>=3` in loose.txt:3
    ");
    assert_eq!(sandbox.read("loose.txt"), before);
}

#[test]
fn a_project_is_edited_with_its_comments_kept() {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write(
        "harden.toml",
        &format!("loose = 'pyproject.toml'\nplatforms = ['{FOREIGN}']"),
    );
    sandbox.write(
        "pyproject.toml",
        "[project]\nname = 'own'  # ours\nversion = '1'\ndependencies = [\n'app',  # web\n]",
    );
    assert_snapshot!(sandbox.harden("add lib"), @"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.read("pyproject.toml"), @r#"
    [project]
    name = 'own'  # ours
    version = '1'
    dependencies = [
    'app',  # web
    "lib",
    ]
    "#);
    assert!(sandbox.read("strict.txt").contains("lib==2.0 "));
}

/// All locks that read the file are made, or none.
#[test]
fn every_lock_of_the_loose_file_is_made() {
    let sandbox = Sandbox::new("app 1.0\nlib 1.0\nlib 2.0");
    sandbox.write("loose.txt", "app").write("limits.txt", "lib<2").write(
        "harden.toml",
        &format!(
            "platforms = '{FOREIGN}'\n[[lock]]\nloose = './loose.txt'\n[[lock]]\nloose = 'loose.txt'\n\
             strict = 'old.txt'\nconstraints = 'limits.txt'"
        ),
    );
    sandbox.harden("-q").good();
    assert_snapshot!(sandbox.harden("add lib"), @r"
    exit 0
    --- stderr
    strict.txt: resolved 2 packages for 1 target in [time]
      + lib 2.0
    old.txt: resolved 2 packages for 1 target in [time]
      + lib 1.0
    ");
    assert!(sandbox.read("strict.txt").contains("lib==2.0 "));
    assert!(sandbox.read("old.txt").contains("lib==1.0 "));
    let before = ["loose.txt", "strict.txt", "old.txt"].map(|file| sandbox.read(file));
    let failed = sandbox.harden("add lib>=2");
    assert_eq!(failed.code, Some(1), "{failed}");
    let after = ["loose.txt", "strict.txt", "old.txt"].map(|file| sandbox.read(file));
    assert_eq!(before, after);
}

#[test]
fn only_requirements_are_edited() {
    let sandbox = sandbox();
    sandbox
        .write("tool.py", "print()")
        .write("hashed.txt", "app==1.0 --hash=sha256:00");
    assert_snapshot!(sandbox.harden("add lib -r tool.py"), @r"
    exit 2
    --- stderr
    error: cannot edit tool.py: only requirements files and pyproject.toml are edited
    ");
    assert_snapshot!(sandbox.harden("add lib -r strict.txt"), @r"
    exit 2
    --- stderr
    error: cannot edit strict.txt: it is a strict file, which `harden` writes
    ");
    assert_snapshot!(sandbox.harden("remove app -r hashed.txt"), @r"
    exit 2
    --- stderr
    error: cannot edit hashed.txt: line 1 has hashes or goes on in the next line; edit it by hand
    ");
    assert_eq!(sandbox.read("tool.py"), "print()\n");
}

#[test]
fn a_dry_run_shows_what_an_edit_would_change_and_writes_nothing() {
    let sandbox = Sandbox::new("flask 1.0 requires=click\nclick 1.0\nrich 1.0");
    sandbox.write("loose.txt", "rich\n");
    sandbox.write(
        "harden.toml",
        &format!("loose = 'loose.txt'\nplatforms = '{FOREIGN}'"),
    );
    sandbox.harden("").good();
    let files = || ["loose.txt", "strict.txt"].map(|name| sandbox.read(name));
    let before = files();
    assert_snapshot!(sandbox.harden("add flask --dry-run"), @r"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
      + click 1.0
      + flask 1.0
    strict.txt was not written, because of --dry-run
    loose.txt was not edited, because of --dry-run
    ");
    assert_snapshot!(sandbox.harden("remove rich --dry-run"), @r"
    exit 0
    --- stderr
    warning: loose.txt requires nothing
    resolved 0 packages for 1 target in [time]
      - rich 1.0
    strict.txt was not written, because of --dry-run
    loose.txt was not edited, because of --dry-run
    ");
    let outcome = sandbox.harden("add absent --dry-run");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert_eq!(files(), before);
    sandbox.write("pyproject.toml", "[project]\nname = 'p'\ndependencies = ['rich']\n[tool.harden]\nloose = 'pyproject.toml'\nstrict = 'p.txt'\nplatforms = 'win_amd64-cp312'");
    let project = sandbox.read("pyproject.toml");
    std::fs::remove_file(sandbox.path("harden.toml")).unwrap();
    let outcome = sandbox.harden("add flask --dry-run");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(sandbox.read("pyproject.toml"), project);
    assert!(!sandbox.path("p.txt").exists());
}
