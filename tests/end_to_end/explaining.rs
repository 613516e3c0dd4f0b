//! `harden explain` and `harden diff`.

use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WEB: &str = "
    shop 1.0 requires=flask
    flask 2.0 requires=werkzeug<3
    werkzeug 2.3
    werkzeug 3.0
    numpy 2.2 wheels=cp310-cp310-win_amd64,cp312-cp312-win_amd64
    numpy 2.3 wheels=cp312-cp312-win_amd64
";

#[test]
fn a_pin_is_explained_from_the_strict_file_alone() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "shop");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    let strict = sandbox.read("strict.txt");
    assert_snapshot!(sandbox.harden("explain werkzeug"), @"
    exit 0
    --- stdout
    werkzeug 2.3 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311
      by way of loose.txt → shop → flask → werkzeug
      required by
        flask 2.0 requires werkzeug<3
      newer releases
        werkzeug 3.0 is kept out: flask 2.0 requires werkzeug<3
    ");
    assert_snapshot!(sandbox.harden("explain shop --json"), @r#"
    exit 0
    --- stdout
    {
      "pins": [
        {
          "file": "strict.txt",
          "held_back": null,
          "name": "shop",
          "newer": [],
          "required_by": [
            "loose.txt:1 requires shop"
          ],
          "targets": [
            "manylinux2014_aarch64-cp-311-cp311"
          ],
          "version": "1.0",
          "way": [
            "loose.txt",
            "shop"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.harden("explain werkzeuk"), @"
    exit 1
    --- stderr
    error: werkzeuk is not in strict.txt
    hint: `werkzeug` was probably meant
    ");
    assert_eq!(sandbox.read("strict.txt"), strict);
    // It is found in its folder, too.
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let from_afar = sandbox.harden_in("elsewhere", "explain shop -o ../strict.txt");
    assert!(from_afar.good().starts_with("shop 1.0 in ../strict.txt\n"));
}

#[test]
fn what_another_target_holds_back_is_told() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "numpy");
    let targets = "-p win_amd64-cp310 -p win_amd64-cp312";
    assert_snapshot!(sandbox.harden(&format!("explain numpy loose.txt {targets}")), @"
    exit 0
    --- stdout
    numpy 2.2 in loose.txt
      for win_amd64-cp-310-cp310 and win_amd64-cp-312-cp312
      required by
        loose.txt:1 requires numpy
      newer releases
        numpy 2.3 has no wheel for win_amd64-cp-310-cp310: there are wheels for cp312 on win_amd64
      held back: 2.3 could be had for win_amd64-cp-312-cp312, but not for win_amd64-cp-310-cp310
    ");
    let verbose = sandbox.harden(&format!("loose.txt -v {targets} -o strict.txt"));
    let held = verbose
        .stderr
        .lines()
        .find(|line| line.contains("held back"));
    assert_snapshot!(held.unwrap_or_default(), @"numpy 2.2 is held back: 2.3 could be had for win_amd64-cp-312-cp312, but not for win_amd64-cp-310-cp310");
}

#[test]
fn a_kept_pin_is_explained_as_such() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "werkzeug<3");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox.write("loose.txt", "werkzeug");
    assert_snapshot!(sandbox.harden("explain werkzeug"), @"
    exit 0
    --- stdout
    werkzeug 2.3 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311
      required by
        loose.txt:1 requires werkzeug
      newer releases
        werkzeug 3.0 is not taken, for the strict file's own pin is kept: --upgrade lets it go
    ");
}

/// Two strict files that differ in all that can differ.
fn two_locks() -> Sandbox {
    let sandbox = Sandbox::new(
        "
        a 1.0
        a 2.0
        b 1.0 wheels=py3-none-win_amd64,py3-none-manylinux2014_aarch64
        c 1.0 wheels=py3-none-any,py2.py3-none-any
        d 1.0
        e 1.0 wheels=cp310-cp310-win_amd64,cp312-cp312-win_amd64
        e 2.0 wheels=cp312-cp312-win_amd64,cp313-cp313-win_amd64
        ",
    );
    sandbox.write("old.txt", "a<2\nc\nd\ne==1.0").write(
        "new.txt",
        "a\nb\nc\ne==1.0; python_version<'3.12'\ne==2.0; python_version>='3.12'",
    );
    let targets = "-q -p win_amd64-cp310 -p win_amd64-cp312";
    sandbox
        .harden(&format!("old.txt {targets} -o strict.txt"))
        .good();
    sandbox
        .harden(&format!(
            "new.txt {targets} -p win_amd64-cp313 --hashes all --exclude-newer 2026-01-01 -o after.txt"
        ))
        .good();
    sandbox
}

#[test]
fn differences_are_told_by_package_and_target() {
    let sandbox = two_locks();
    assert_snapshot!(sandbox.harden("diff strict.txt after.txt"), @"
    exit 0
    --- stdout
    ~ a 1.0 → 2.0
    + b 1.0
    ~ c 1.0, other files
    - d 1.0
    ~ e 1.0 → 2.0, on win_amd64-cp-312-cp312
    + target win_amd64-cp-313-cp313
    ~ exclude-newer none → 2026-01-01T00:00:00Z
    1 added, 1 removed, 2 changed, 1 with other files
    ");
    assert_snapshot!(sandbox.harden("diff strict.txt after.txt --format markdown"), @"
    exit 0
    --- stdout
    **1 added, 1 removed, 2 changed, 1 with other files**

    | package | before | after | targets |
    | --- | --- | --- | --- |
    | a | 1.0 | 2.0 | all |
    | b |  | 1.0 | all |
    | c | 1.0 | 1.0, other files | all |
    | d | 1.0 |  | all |
    | e | 1.0 | 2.0 | `win_amd64-cp-312-cp312` |

    Targets added: win_amd64-cp-313-cp313

    Cutoff: none before, 2026-01-01T00:00:00Z now
    ");
    assert_snapshot!(sandbox.harden("diff after.txt strict.txt"), @"
    exit 0
    --- stdout
    ~ a 2.0 → 1.0, which is older
    - b 1.0
    ~ c 1.0, other files
    + d 1.0
    ~ e 2.0 → 1.0, which is older, on win_amd64-cp-312-cp312
    - target win_amd64-cp-313-cp313
    ~ exclude-newer 2026-01-01T00:00:00Z → none
    1 added, 1 removed, 2 changed, 1 with other files
    ");
    assert_snapshot!(sandbox.harden("diff strict.txt strict.txt"), @"
    exit 0
    --- stdout
    no difference
    ");
    assert_snapshot!(sandbox.harden("diff strict.txt none.txt"), @"
    exit 2
    --- stderr
    error: there is no file `none.txt`
    hint: make it with `harden loose.txt -o strict.txt`, or name another
    ");
}

#[test]
fn machines_read_differences_as_json() {
    let sandbox = two_locks();
    assert_snapshot!(sandbox.harden("diff strict.txt after.txt --json"), @r#"
    exit 0
    --- stdout
    {
      "changes": [
        {
          "change": "changed",
          "name": "a",
          "new": [
            "2.0"
          ],
          "old": [
            "1.0"
          ],
          "targets": null
        },
        {
          "change": "added",
          "name": "b",
          "new": [
            "1.0"
          ],
          "old": null,
          "targets": null
        },
        {
          "change": "other-files",
          "name": "c",
          "new": [
            "1.0"
          ],
          "old": [
            "1.0"
          ],
          "targets": null
        },
        {
          "change": "removed",
          "name": "d",
          "new": null,
          "old": [
            "1.0"
          ],
          "targets": null
        },
        {
          "change": "changed",
          "name": "e",
          "new": [
            "2.0"
          ],
          "old": [
            "1.0"
          ],
          "targets": [
            "win_amd64-cp-312-cp312"
          ]
        }
      ],
      "exclude_newer": {
        "new": "2026-01-01T00:00:00Z",
        "old": null
      },
      "targets_added": [
        "win_amd64-cp-313-cp313"
      ],
      "targets_removed": []
    }
    "#);
}

#[test]
fn revisions_of_git_are_compared_with_the_file_at_hand() {
    let sandbox = two_locks();
    let git = |arguments: &str| {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.invalid"])
            .args(arguments.split_whitespace())
            .current_dir(sandbox.path(""))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git is there");
        assert!(status.status.success(), "{status:?}");
    };
    git("init -q");
    git("add strict.txt");
    git("commit -q -m first");
    std::fs::copy(sandbox.path("after.txt"), sandbox.path("strict.txt")).unwrap();
    let with_git = |arguments: &str| sandbox.harden_with_path(arguments);
    assert_snapshot!(with_git("diff HEAD:strict.txt strict.txt"), @"
    exit 0
    --- stdout
    ~ a 1.0 → 2.0
    + b 1.0
    ~ c 1.0, other files
    - d 1.0
    ~ e 1.0 → 2.0, on win_amd64-cp-312-cp312
    + target win_amd64-cp-313-cp313
    ~ exclude-newer none → 2026-01-01T00:00:00Z
    1 added, 1 removed, 2 changed, 1 with other files
    ");
    let missing = with_git("diff HEAD:other.txt strict.txt");
    assert_eq!(missing.code, Some(2));
    // git's own words follow.
    assert!(
        missing
            .stderr
            .starts_with("error: git cannot show HEAD:other.txt: "),
        "{missing}"
    );
}
