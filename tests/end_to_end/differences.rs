//! `harden diff`: what changed between two strict files, as people, pull requests and machines read it.

use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// Two strict files with every kind of difference.
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
fn differences_are_listed_by_package_and_target() {
    let sandbox = two_locks();
    assert_snapshot!(sandbox.harden("diff strict.txt after.txt"), @"
    exit 0
    --- stdout
    ~ a 1.0 (2024-01-01, [size]) → 2.0 (2024-01-01, [size])
    + b 1.0 (2024-01-01, 2 files of [size])
    ~ c 1.0 (2024-01-01, 2 files of [size]), other files
    - d 1.0 (2024-01-01, [size])
    ~ e 1.0 (2024-01-01, 2 files of [size]) → 2.0 (2024-01-01, 2 files of [size]), on win_amd64-cp-312-cp312
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
    | a | 1.0 (2024-01-01, [size]) | 2.0 (2024-01-01, [size]) | all |
    | b |  | 1.0 (2024-01-01, 2 files of [size]) | all |
    | c | 1.0 (2024-01-01, [size]) | 1.0 (2024-01-01, 2 files of [size]), other files | all |
    | d | 1.0 (2024-01-01, [size]) |  | all |
    | e | 1.0 (2024-01-01, 2 files of [size]) | 2.0 (2024-01-01, 2 files of [size]) | `win_amd64-cp-312-cp312` |

    Targets added: win_amd64-cp-313-cp313

    Cutoff: none before, 2026-01-01T00:00:00Z now
    ");
    assert_snapshot!(sandbox.harden("diff after.txt strict.txt"), @"
    exit 0
    --- stdout
    ~ a 2.0 (2024-01-01, [size]) → 1.0 (2024-01-01, [size]), which is older
    - b 1.0 (2024-01-01, 2 files of [size])
    ~ c 1.0 (2024-01-01, [size]), other files
    + d 1.0 (2024-01-01, [size])
    ~ e 2.0 (2024-01-01, 2 files of [size]) → 1.0 (2024-01-01, 2 files of [size]), which is older, on win_amd64-cp-312-cp312
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
    error: no such file: `none.txt`
    hint: create it with `harden loose.txt -o strict.txt`, or name another file
    ");
}

#[test]
fn machines_read_differences_as_json() {
    let sandbox = two_locks();
    assert_snapshot!(sandbox.harden("diff strict.txt after.txt --json --cache-dir none"), @r#"
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
          "new_files": [],
          "old": [
            "1.0"
          ],
          "old_files": [],
          "targets": null
        },
        {
          "change": "added",
          "name": "b",
          "new": [
            "1.0"
          ],
          "new_files": [],
          "old": null,
          "old_files": null,
          "targets": null
        },
        {
          "change": "other-files",
          "name": "c",
          "new": [
            "1.0"
          ],
          "new_files": [],
          "old": [
            "1.0"
          ],
          "old_files": [],
          "targets": null
        },
        {
          "change": "removed",
          "name": "d",
          "new": null,
          "new_files": null,
          "old": [
            "1.0"
          ],
          "old_files": [],
          "targets": null
        },
        {
          "change": "changed",
          "name": "e",
          "new": [
            "2.0"
          ],
          "new_files": [],
          "old": [
            "1.0"
          ],
          "old_files": [],
          "targets": [
            "win_amd64-cp-312-cp312"
          ]
        }
      ],
      "exclude_newer": {
        "new": "2026-01-01T00:00:00Z",
        "old": null
      },
      "records": [],
      "targets_added": [
        "win_amd64-cp-313-cp313"
      ],
      "targets_removed": []
    }
    "#);
}

/// What the cache knows about each file is shown; the rest is left out.
#[test]
fn upload_times_and_sizes_are_shown_if_the_cache_has_them() {
    let sandbox = two_locks();
    let json = sandbox.harden("diff strict.txt after.txt --json").good();
    assert!(
        json.contains("\"filename\": \"b-1.0-py3-none-win_amd64.whl\""),
        "{json}"
    );
    let uploaded = json.matches("\"uploaded\": \"2024-01-01T00:00:00Z\"");
    assert_eq!(uploaded.count(), 12, "{json}");
    sandbox.forget_cache();
    let asked = sandbox.server().requests().len();
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
    assert_eq!(sandbox.server().requests().len(), asked);
}

#[test]
fn a_git_revision_is_compared_with_the_working_file() {
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
    ~ a 1.0 (2024-01-01, [size]) → 2.0 (2024-01-01, [size])
    + b 1.0 (2024-01-01, 2 files of [size])
    ~ c 1.0 (2024-01-01, 2 files of [size]), other files
    - d 1.0 (2024-01-01, [size])
    ~ e 1.0 (2024-01-01, 2 files of [size]) → 2.0 (2024-01-01, 2 files of [size]), on win_amd64-cp-312-cp312
    + target win_amd64-cp-313-cp313
    ~ exclude-newer none → 2026-01-01T00:00:00Z
    1 added, 1 removed, 2 changed, 1 with other files
    ");
    let missing = with_git("diff HEAD:other.txt strict.txt");
    assert_eq!(missing.code, Some(2));
    // The message of git follows.
    assert!(
        missing
            .stderr
            .starts_with("error: git cannot show HEAD:other.txt: "),
        "{missing}"
    );
}
