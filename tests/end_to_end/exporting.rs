//! Strict files written for other tools, and read back.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib extra:x=tool
    app 2.0 requires=lib extra:x=tool
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp312-cp312-win_amd64 uploaded=2026-01-02
    tool 1.0
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app\ntool; sys_platform=='win32'");
    sandbox
        .harden(&format!(
            "loose.txt -p {FOREIGN} -p win_amd64-cp312 -o strict.txt"
        ))
        .good();
    sandbox
}

#[test]
fn a_pylock_restores_the_strict_file_and_is_read_in_its_place() {
    let sandbox = sandbox();
    sandbox
        .harden("export --format pylock -o pylock.toml")
        .good();
    assert_snapshot!(sandbox.shown("pylock.toml"), @r##"
    lock-version = "1.0"
    environments = [
        "python_version == '3.11' and implementation_name == 'cpython' and sys_platform == 'linux' and platform_machine == 'aarch64'",
        "python_version == '3.12' and implementation_name == 'cpython' and sys_platform == 'win32' and platform_machine == 'AMD64'",
    ]
    requires-python = ">=3.11,<3.13"
    created-by = "harden"

    [[packages]]
    name = "app"
    version = "2.0"
    dependencies = [{ name = "lib" }]
    index = "[index]/simple/"
    wheels = [
        { name = "app-2.0-py3-none-any.whl", url = "[index]/files/app-2.0-py3-none-any.whl", upload-time = 2024-01-01T00:00:00Z, size = 915, hashes = { sha256 = "<app-2.0-py3-none-any.whl>" } },
    ]
    [packages.tool.harden]
    via = ["-r loose.txt"]
    records = ["metadata sha256:[digest]"]

    [[packages]]
    name = "lib"
    version = "1.0"
    index = "[index]/simple/"
    wheels = [
        { name = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl", url = "[index]/files/lib-1.0-cp311-cp311-manylinux2014_aarch64.whl", upload-time = 2026-01-02T00:00:00Z, size = 894, hashes = { sha256 = "<lib-1.0-cp311-cp311-manylinux2014_aarch64.whl>" } },
        { name = "lib-1.0-cp312-cp312-win_amd64.whl", url = "[index]/files/lib-1.0-cp312-cp312-win_amd64.whl", upload-time = 2026-01-02T00:00:00Z, size = 883, hashes = { sha256 = "<lib-1.0-cp312-cp312-win_amd64.whl>" } },
    ]
    [packages.tool.harden]
    via = ["app"]
    records = ["metadata sha256:[digest]"]

    [[packages]]
    name = "tool"
    version = "1.0"
    marker = "sys_platform == 'win32'"
    index = "[index]/simple/"
    wheels = [
        { name = "tool-1.0-py3-none-any.whl", url = "[index]/files/tool-1.0-py3-none-any.whl", upload-time = 2024-01-01T00:00:00Z, size = 883, hashes = { sha256 = "<tool-1.0-py3-none-any.whl>" } },
    ]
    [packages.tool.harden]
    via = ["-r loose.txt"]
    records = ["metadata sha256:[digest]"]

    [tool.harden]
    format = 1
    header = [
        "# Hardened by harden; change loose.txt and run this again, rather than edit:",
        "#     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-312-cp312 --output strict.txt --index-url [index]/simple/",
        "# harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-312-cp312",
    ]
    options = ["--index-url [index]/simple/"]
    "##);
    let strict = sandbox.read("strict.txt");
    assert_snapshot!(sandbox.harden("import pylock.toml -o again.txt"), @r"
    exit 0
    --- stderr
    pylock.toml was written by harden: restored its strict file unchanged, 3 pins
    ");
    assert_eq!(sandbox.read("again.txt"), strict);
    assert_snapshot!(sandbox.harden("check pylock.toml"), @r"
    exit 0
    --- stderr
    pylock.toml: 3 pins, 2 targets, up to date
    ");
    assert_snapshot!(sandbox.harden("diff strict.txt pylock.toml"), @r"
    exit 0
    --- stdout
    no difference
    ");
    assert_eq!(sandbox.fetch("pylock.toml").code, Some(0));
    // For another target it is another lock.
    assert_snapshot!(sandbox.harden("import pylock.toml -p macosx_14_0_arm64-cp312"), @r"
    exit 2
    --- stderr
    error: pylock.toml was written by harden, for manylinux2014_aarch64-cp-311-cp311 and win_amd64-cp-312-cp312
    hint: omit -p to restore the strict file, or lock its loose files for other targets
    ");
    // What was edited is not believed.
    let edited = sandbox
        .read("pylock.toml")
        .replace("version = \"1.0\"", "version = \"1.1\"");
    std::fs::write(sandbox.path("pylock.toml"), edited).unwrap();
    assert_snapshot!(sandbox.harden("import pylock.toml"), @r"
    exit 2
    --- stderr
    error: pylock.toml was edited after harden wrote it: its pins do not match `tool.harden`
    hint: write it again, as in `harden export --format pylock strict.txt -o pylock.toml`
    ");
}

#[test]
fn a_lock_may_be_a_pylock_from_the_start() {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app<2");
    let lock = format!("loose.txt -p {FOREIGN} --format pylock -o pylock.toml");
    assert_snapshot!(sandbox.harden(&lock), @r"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden("check pylock.toml"), @r"
    exit 0
    --- stderr
    pylock.toml: 2 pins, 1 target, up to date
    ");
    let first = sandbox.read("pylock.toml");
    assert_eq!(sandbox.harden(&lock).code, Some(0));
    assert_eq!(sandbox.read("pylock.toml"), first);
    // Its pins are kept.
    sandbox.write("loose.txt", "app");
    assert_snapshot!(sandbox.harden("check pylock.toml"), @r"
    exit 1
    --- stdout
    pylock.toml:3: loose.txt, or a file read with it, has changed since the file was written [stale]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output pylock.toml --format pylock # add your own --index-url
    --- stderr
    error: pylock.toml does not pass: 1 finding
    ");
    sandbox.harden(&lock).good();
    assert!(sandbox.read("pylock.toml").contains("version = \"1.0\""));
    assert!(!sandbox.read("pylock.toml").contains("version = \"2.0\""));
}

#[test]
fn plain_forms_are_pins_alone() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("export --format requirements"), @r"
    exit 0
    --- stdout
    --index-url [index]/simple/
    app==2.0
    lib==1.0
    tool==1.0 ; sys_platform == 'win32'
    ");
    assert_snapshot!(sandbox.harden("export --format requirements --one-line"), @r"
    exit 0
    --- stdout
    --index-url [index]/simple/
    app==2.0 --hash=sha256:<app-2.0-py3-none-any.whl>
    lib==1.0 --hash=sha256:<lib-1.0-cp312-cp312-win_amd64.whl> --hash=sha256:<lib-1.0-cp311-cp311-manylinux2014_aarch64.whl>
    tool==1.0 ; sys_platform == 'win32' --hash=sha256:<tool-1.0-py3-none-any.whl>
    ");
    assert_snapshot!(sandbox.harden("export --format constraints"), @r"
    exit 0
    --- stdout
    app==2.0
    lib==1.0
    tool==1.0 ; sys_platform == 'win32'
    ");
    assert_snapshot!(sandbox.harden("export --format constraints --one-line"), @r"
    exit 2
    --- stderr
    error: --one-line is for --format requirements
    ");
    assert_snapshot!(sandbox.harden("export --format nix"), @r#"
    exit 0
    --- stdout
    # Written by harden.
    { fetchurl }:
    [
      {
        pname = "app";
        version = "2.0";
        filename = "app-2.0-py3-none-any.whl";
        targets = [ "manylinux2014_aarch64-cp-311-cp311" "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "app-2.0-py3-none-any.whl";
          url = "[index]/files/app-2.0-py3-none-any.whl";
          sha256 = "<app-2.0-py3-none-any.whl>";
        };
      }
      {
        pname = "lib";
        version = "1.0";
        filename = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
        targets = [ "manylinux2014_aarch64-cp-311-cp311" ];
        src = fetchurl {
          name = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
          url = "[index]/files/lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
          sha256 = "<lib-1.0-cp311-cp311-manylinux2014_aarch64.whl>";
        };
      }
      {
        pname = "lib";
        version = "1.0";
        filename = "lib-1.0-cp312-cp312-win_amd64.whl";
        targets = [ "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "lib-1.0-cp312-cp312-win_amd64.whl";
          url = "[index]/files/lib-1.0-cp312-cp312-win_amd64.whl";
          sha256 = "<lib-1.0-cp312-cp312-win_amd64.whl>";
        };
      }
      {
        pname = "tool";
        version = "1.0";
        filename = "tool-1.0-py3-none-any.whl";
        targets = [ "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "tool-1.0-py3-none-any.whl";
          url = "[index]/files/tool-1.0-py3-none-any.whl";
          sha256 = "<tool-1.0-py3-none-any.whl>";
        };
      }
    ]
    "#);
}

/// pex finds by edges and markers what each target installs.
#[test]
#[expect(clippy::too_many_lines, reason = "what the user sees is long")]
fn a_lock_of_pex_has_the_edges_of_the_strict_file() {
    let sandbox = sandbox();
    sandbox
        .harden("export --format pex-lock -o pex.json")
        .good();
    assert_snapshot!(sandbox.shown("pex.json"), @r#"
    {
      "allow_builds": false,
      "allow_prereleases": false,
      "allow_wheels": true,
      "build_isolation": true,
      "constraints": [],
      "elide_unused_requires_dist": false,
      "excluded": [],
      "locked_resolves": [
        {
          "locked_requirements": [
            {
              "artifacts": [
                {
                  "algorithm": "sha256",
                  "hash": "<app-2.0-py3-none-any.whl>",
                  "url": "[index]/files/app-2.0-py3-none-any.whl"
                }
              ],
              "project_name": "app",
              "requires_dists": [
                "lib==1.0"
              ],
              "requires_python": null,
              "version": "2.0"
            },
            {
              "artifacts": [
                {
                  "algorithm": "sha256",
                  "hash": "<lib-1.0-cp311-cp311-manylinux2014_aarch64.whl>",
                  "url": "[index]/files/lib-1.0-cp311-cp311-manylinux2014_aarch64.whl"
                },
                {
                  "algorithm": "sha256",
                  "hash": "<lib-1.0-cp312-cp312-win_amd64.whl>",
                  "url": "[index]/files/lib-1.0-cp312-cp312-win_amd64.whl"
                }
              ],
              "project_name": "lib",
              "requires_dists": [],
              "requires_python": null,
              "version": "1.0"
            },
            {
              "artifacts": [
                {
                  "algorithm": "sha256",
                  "hash": "<tool-1.0-py3-none-any.whl>",
                  "url": "[index]/files/tool-1.0-py3-none-any.whl"
                }
              ],
              "project_name": "tool",
              "requires_dists": [],
              "requires_python": null,
              "version": "1.0"
            }
          ],
          "marker": null,
          "platform_tag": null
        }
      ],
      "only_builds": [],
      "only_wheels": [],
      "overridden": [],
      "path_mappings": {},
      "pex_version": "2.97.1",
      "pip_version": null,
      "prefer_older_binary": false,
      "requirements": [
        "app==2.0",
        "tool==1.0; sys_platform == 'win32'"
      ],
      "requires_python": [
        "CPython==3.11.*",
        "CPython==3.12.*"
      ],
      "resolver_version": "pip-2020-resolver",
      "style": "universal",
      "target_systems": [
        "linux",
        "windows"
      ],
      "transitive": true,
      "use_pep517": null,
      "use_system_time": false,
      "written_by": "harden"
    }
    "#);
    let targets = format!("-p {FOREIGN} -p win_amd64-cp312");
    sandbox
        .harden(&format!("import pex.json {targets} -o other.txt"))
        .good();
    assert_eq!(
        pins(&sandbox.read("other.txt")),
        pins(&sandbox.read("strict.txt"))
    );
}

/// For a machine without a network, `pex --path-mapping` says where the files are.
#[test]
fn a_lock_of_pex_may_name_files_by_their_path_in_a_folder() {
    let sandbox = sandbox();
    let mapped = "--format pex-lock --path-mapping WHEELHOUSE";
    sandbox
        .harden(&format!("export {mapped} -o pex.json"))
        .good();
    let lock = sandbox.read("pex.json");
    assert!(
        lock.contains(
            r#""path_mappings": {
    "WHEELHOUSE": "a folder that `fetch` filled"
  }"#
        ) && lock.contains(r#""url": "file://${WHEELHOUSE}/app-2.0-py3-none-any.whl""#),
        "{lock}"
    );
    assert!(!lock.contains("http"), "{lock}");
    assert_snapshot!(sandbox.harden("export --format nix --path-mapping A"), @r"
    exit 2
    --- stderr
    error: --path-mapping is for --format pex-lock
    ");
    assert_snapshot!(sandbox.harden("export --format pex-lock --path-mapping a|b"), @r"
    exit 2
    --- stderr
    error: invalid value 'a|b' for '--path-mapping <NAME>': expected a name of letters, digits and `_`, as in WHEELHOUSE

    For more information, try '--help'.
    ");
}

/// Licences come from the wheels in cache and wheelhouse, not from an index.
#[test]
fn a_bill_of_materials_contains_the_known_facts() {
    let sandbox = sandbox();
    sandbox.forget_cache();
    let before = sandbox.server().requests().len();
    for format in ["cyclonedx", "spdx"] {
        let text = sandbox.harden(&format!("export --format {format}")).good();
        assert!(text.contains("pkg:pypi/app@2.0"), "{text}");
        assert_eq!(
            sandbox.harden(&format!("export --format {format}")).good(),
            text
        );
    }
    assert_eq!(sandbox.server().requests().len(), before);
    let unknown = sandbox.harden("export --format cyclonedx").good();
    assert!(unknown.contains("\"harden:license\""), "{unknown}");
    sandbox
        .harden(&format!(
            "loose.txt -p {FOREIGN} -p win_amd64-cp312 -o strict.txt"
        ))
        .good();
    sandbox.fetch("").good();
    let known = sandbox.harden("export --format cyclonedx").good();
    assert!(known.contains("distribution"), "{known}");
}

#[test]
fn an_export_replaces_nothing_but_an_export() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("export --format pylock -o strict.txt"), @r"
    exit 2
    --- stderr
    error: strict.txt exists, and it is not an export of harden in this format
    hint: name another output with -o, or remove the file first
    ");
    assert_snapshot!(sandbox.harden("export --format requirements -o strict.txt"), @r"
    exit 2
    --- stderr
    error: strict.txt exists, and it is not an export of harden in this format
    hint: name another output with -o, or remove the file first
    ");
    assert_snapshot!(sandbox.harden("export --format requirements -o loose.txt"), @r"
    exit 2
    --- stderr
    error: loose.txt exists, and it is not an export of harden in this format
    hint: name another output with -o, or remove the file first
    ");
    for (format, file) in [
        ("requirements", "pins.txt"),
        ("cyclonedx", "bom.json"),
        ("spdx", "spdx.json"),
        ("nix", "pins.nix"),
        ("pex-lock", "pex.json"),
        ("pylock", "pylock.toml"),
    ] {
        let export = format!("export --format {format} -o {file}");
        sandbox.harden(&export).good();
        let first = sandbox.read(file);
        sandbox.harden(&export).good();
        assert_eq!(sandbox.read(file), first);
    }
    assert_snapshot!(sandbox.harden("export --format spdx -o bom.json"), @r"
    exit 2
    --- stderr
    error: bom.json exists, and it is not an export of harden in this format
    hint: name another output with -o, or remove the file first
    ");
}

#[test]
fn an_unknown_url_is_an_error() {
    let sandbox = sandbox();
    sandbox.forget_cache();
    let outcome = sandbox.harden("export --format pylock --offline -o pylock.toml");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert!(sandbox.list(".").iter().all(|name| name != "pylock.toml"));
}

/// A universe of packages that require others at random, with versions that not all targets can install.
fn random_universe(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let markers = ["", "; sys_platform=='win32'", "; python_version<'3.12'"];
    let tags = [
        "py3-none-any",
        "cp311-cp311-manylinux2014_aarch64,cp312-cp312-win_amd64",
        "cp312-cp312-win_amd64,py3-none-any",
        "cp311-cp311-manylinux2014_aarch64",
    ];
    let mut lines = Vec::new();
    for package in 0..8 {
        for version in 1..=3 {
            let mut line = format!("p{package} {version}.0");
            for _ in 0..below(3) {
                let other = package + 1 + below(3);
                if other < 8 {
                    let marker = markers[usize::try_from(below(3)).unwrap()];
                    let least = 1 + below(2);
                    let _ = write!(line, " requires=\"p{other}>={least}{marker}\"");
                }
            }
            let tags = if version == 1 {
                tags[0]
            } else {
                tags[usize::try_from(below(4)).unwrap()]
            };
            lines.push(format!("{line} wheels={tags}"));
        }
    }
    lines.join("\n")
}

/// What a strict file pins, without what asks for it.
fn pins(strict: &str) -> Vec<&str> {
    let lines = strict
        .lines()
        .filter(|line| !line.starts_with(['#', '-']) && !line.starts_with("    #"));
    lines.collect()
}

/// A strict file of several targets comes back from its `pylock.toml`: byte for byte from harden's own
/// part, and with the same pins, markers and digests from what any reader sees.
#[test]
fn locks_of_random_universes_come_back() {
    let targets = format!("-p {FOREIGN} -p win_amd64-cp312");
    let mut locked = 0;
    for seed in 1..=10 {
        let sandbox = Sandbox::new(&random_universe(seed));
        sandbox.write("loose.txt", "p0\np1\np2; sys_platform=='win32'");
        let lock = sandbox.harden(&format!("loose.txt {targets} -o strict.txt"));
        if lock.code != Some(0) {
            continue;
        }
        locked += 1;
        sandbox
            .harden("export --format pylock -o pylock.toml")
            .good();
        sandbox.harden("import pylock.toml -o again.txt").good();
        let strict = sandbox.read("strict.txt");
        assert_eq!(sandbox.read("again.txt"), strict, "{seed}");
        let lines = sandbox.read("pylock.toml");
        let foreign = lines.split("\n[tool.harden]").next().unwrap();
        std::fs::write(sandbox.path("pylock.other.toml"), foreign).unwrap();
        let import = format!("import pylock.other.toml {targets} -o other.txt");
        sandbox.harden(&import).good();
        assert_eq!(pins(&sandbox.read("other.txt")), pins(&strict), "{seed}");
        sandbox.harden("check other.txt").good();
    }
    assert!(locked >= 5, "{locked}");
}
