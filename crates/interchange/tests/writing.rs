//! What strict files are written as, and that `pylock.toml` gives them back byte for byte.

#![expect(
    clippy::format_push_string,
    clippy::needless_for_each,
    clippy::too_many_lines,
    reason = "whole files stand in the snapshots, and a strategy writes strict files line by line"
)]

use std::collections::BTreeSet;

use harden_hasher::StrictFile;
use harden_interchange::{
    About, Export, Known, KnownFile, Lines, Lock, constraints, cyclonedx, nix, pylock,
    requirements, spdx, strict_of_pylock,
};
use harden_packaging::LicenceFields;
use harden_target::Target;
use insta::assert_snapshot;
use proptest::prelude::*;

/// What an index would know: an address for each file, made of its name.
fn known(strict: &StrictFile) -> Vec<Known> {
    let pins = strict.pins().iter();
    pins.map(|pin| {
        let hashes = pin.hashes().iter();
        let mut names: Vec<String> = pin.files().iter().cloned().collect();
        if let Some(reference) = pin.reference() {
            names = vec![reference.file().to_string()];
        }
        // A strict file that does not say them has names all the same, at the index.
        for number in names.len()..pin.hashes().len() {
            names.push(format!(
                "{}-{}-{number}-py3-none-any.whl",
                pin.name().as_str().replace('-', "_"),
                pin.version()
            ));
        }
        let files = hashes.zip(names).map(|(sha256, name)| KnownFile {
            url: Some(format!("https://files.example/packages/{name}")),
            name,
            sha256: *sha256,
            size: Some(1000),
            upload_time: Some("2026-01-02T03:04:05.678Z".parse().unwrap()),
        });
        Known {
            files: files.collect(),
            index: Some("https://index.example/simple".to_owned()),
            about: Some(About {
                licence: LicenceFields {
                    expression: Some("MIT OR LicenseRef-Own".into()),
                    ..LicenceFields::default()
                },
                publisher: Some("A. Person".to_owned()),
                ..About::default()
            }),
        }
    })
    .collect()
}

fn targets(strict: &StrictFile) -> Vec<Target> {
    let header = strict.header();
    let platforms = header.map_or(&[][..], harden_hasher::Header::platforms);
    platforms.iter().map(|name| name.parse().unwrap()).collect()
}

fn with<R>(strict: &StrictFile, work: impl FnOnce(&Export<'_>) -> R) -> R {
    let (known, targets) = (known(strict), targets(strict));
    work(&Export {
        strict,
        name: "strict.txt",
        targets: &targets,
        known: &known,
        harden: "0.1.0",
    })
}

fn parsed(text: &str) -> StrictFile {
    StrictFile::parse(text, "strict.txt").unwrap()
}

/// A strict file of two targets, with all that one can hold.
fn example() -> StrictFile {
    let digest = |digit: &str| digit.repeat(64);
    let text = format!(
        "# Hardened by harden; change loose.txt and run this again, rather than edit:\n\
         #     harden loose.txt --platform manylinux2014_aarch64-cp-310-cp310 --platform win_amd64-cp-312-cp312\n\
         # harden: 1 inputs=sha256:{} pins=sha256:{} platforms=manylinux2014_aarch64-cp-310-cp310,win_amd64-cp-312-cp312\n\
         --extra-index-url https://extra.example/simple\n\
         a==1.0+local ; sys_platform == \"win32\" \\\n    --hash=sha256:{}\n    # via\n    #   -r loose.txt\n    #   b\n    \
         # extras: x, y\n    # a-1.0+local-py3-none-any.whl\n\
         b==2.0 \\\n    --hash=sha256:{} \\\n    --hash=sha256:{}\n    # via -r loose.txt\n    \
         # b-2.0-cp310-cp310-manylinux2014_aarch64.whl\n    # b-2.0-cp312-cp312-win_amd64.whl\n\
         c @ https://files.example/c-1.0-py3-none-any.whl \\\n    --hash=sha256:{}\n    # via b\n    # c-1.0-py3-none-any.whl\n",
        digest("0"),
        digest("1"),
        digest("a"),
        digest("b"),
        digest("c"),
        digest("d"),
    );
    let strict = parsed(&text);
    // The header has the digest of what stands below it.
    parsed(&text.replace(&digest("1"), &strict.content_digest().to_string()))
}

#[test]
fn a_pylock_is_for_all_targets_and_holds_all_of_the_strict_file() {
    let strict = example();
    let text = with(&strict, |export| pylock(export).unwrap());
    assert_snapshot!(text, @r##"
    lock-version = "1.0"
    environments = [
        "python_version == '3.10' and implementation_name == 'cpython' and sys_platform == 'linux' and platform_machine == 'aarch64'",
        "python_version == '3.12' and implementation_name == 'cpython' and sys_platform == 'win32' and platform_machine == 'AMD64'",
    ]
    requires-python = ">=3.10,<3.13"
    created-by = "harden"

    [[packages]]
    name = "a"
    version = "1.0+local"
    marker = 'sys_platform == "win32"'
    index = "https://index.example/simple"
    wheels = [
        { name = "a-1.0+local-py3-none-any.whl", url = "https://files.example/packages/a-1.0+local-py3-none-any.whl", upload-time = 2026-01-02T03:04:05.678Z, size = 1000, hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
    ]
    [packages.tool.harden]
    via = [
        "b",
        "-r loose.txt",
    ]
    extras = [
        "x",
        "y",
    ]

    [[packages]]
    name = "b"
    version = "2.0"
    dependencies = [{ name = "a" }, { name = "c" }]
    index = "https://index.example/simple"
    wheels = [
        { name = "b-2.0-cp310-cp310-manylinux2014_aarch64.whl", url = "https://files.example/packages/b-2.0-cp310-cp310-manylinux2014_aarch64.whl", upload-time = 2026-01-02T03:04:05.678Z, size = 1000, hashes = { sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" } },
        { name = "b-2.0-cp312-cp312-win_amd64.whl", url = "https://files.example/packages/b-2.0-cp312-cp312-win_amd64.whl", upload-time = 2026-01-02T03:04:05.678Z, size = 1000, hashes = { sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" } },
    ]
    [packages.tool.harden]
    via = ["-r loose.txt"]

    [[packages]]
    name = "c"
    version = "1.0"
    archive = { url = "https://files.example/c-1.0-py3-none-any.whl", size = 1000, hashes = { sha256 = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" } }
    [packages.tool.harden]
    via = ["b"]
    files = ["c-1.0-py3-none-any.whl"]

    [tool.harden]
    format = 1
    header = [
        "# Hardened by harden; change loose.txt and run this again, rather than edit:",
        "#     harden loose.txt --platform manylinux2014_aarch64-cp-310-cp310 --platform win_amd64-cp-312-cp312",
        "# harden: 1 inputs=sha256:0000000000000000000000000000000000000000000000000000000000000000 pins=sha256:e2a1403c217f7b0470d175107a77c27085721d580d1e9b1f4947d1b215048842 platforms=manylinux2014_aarch64-cp-310-cp310,win_amd64-cp-312-cp312",
    ]
    options = ["--extra-index-url https://extra.example/simple"]
    "##);
    let back = strict_of_pylock("pylock.toml", &text).unwrap().unwrap();
    assert_eq!(back.to_string(), strict.to_string());
}

#[test]
fn a_pylock_of_harden_is_read_as_any_other() {
    let strict = example();
    let text = with(&strict, |export| pylock(export).unwrap());
    let lock = Lock::read("pylock.toml", &text).unwrap();
    let versions: Vec<String> = lock
        .packages
        .iter()
        .map(|package| format!("{} {}", package.name, package.version.as_ref().unwrap()))
        .collect();
    assert_eq!(versions, ["a 1.0+local", "b 2.0", "c 1.0"]);
    assert_eq!(lock.environments.len(), 2);
}

#[test]
fn a_pylock_that_was_edited_gives_no_strict_file() {
    let text = with(&example(), |export| pylock(export).unwrap());
    let edited = text.replace("version = \"2.0\"", "version = \"2.1\"");
    let error = strict_of_pylock("pylock.toml", &edited).unwrap_err();
    assert_snapshot!(error, @"pylock.toml was edited after harden wrote it: its pins do not match `tool.harden`");
    let newer = text.replace("format = 1", "format = 2");
    assert_snapshot!(strict_of_pylock("pylock.toml", &newer).unwrap_err(), @"pylock.toml: `tool.harden.format` is 2; this version reads format 1");
    let foreign = "lock-version = \"1.0\"\ncreated-by = \"uv\"\npackages = []\n";
    assert_eq!(strict_of_pylock("pylock.toml", foreign).unwrap(), None);
}

#[test]
fn an_address_that_is_not_known_is_an_error_where_the_format_needs_it() {
    let strict = example();
    let nothing = vec![Known::default(); 3];
    let export = Export {
        strict: &strict,
        name: "strict.txt",
        targets: &[],
        known: &nothing,
        harden: "0.1.0",
    };
    assert_snapshot!(pylock(&export).unwrap_err(), @"pylock needs the URL of a-1.0+local-py3-none-any.whl of a 1.0+local: strict.txt does not have it, and no index lists it");
    assert_snapshot!(nix(&export).unwrap_err(), @"nix needs the URL of a-1.0+local-py3-none-any.whl of a 1.0+local: strict.txt does not have it, and no index lists it");
    // An SBOM says what it knows.
    assert!(cyclonedx(&export).contains("unknown"));
    assert!(spdx(&export).contains("NOASSERTION"));
}

#[test]
fn the_lock_files_of_this_project_round_trip() {
    let folder = format!("{}/../../lockfiles", env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("strict.txt");
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let strict = parsed(&text);
        let written = with(&strict, |export| pylock(export).unwrap());
        let back = strict_of_pylock("pylock.toml", &written).unwrap().unwrap();
        assert_eq!(back.to_string(), text, "{}", path.display());
        found += 1;
    }
    assert!(found >= 4);
}

#[test]
fn plain_forms_hold_pins_and_nothing_else() {
    let strict = example();
    assert_snapshot!(with(&strict, |export| requirements(export, Lines::Bare)), @r#"
    --extra-index-url https://extra.example/simple
    a==1.0+local ; sys_platform == "win32"
    b==2.0
    c @ https://files.example/c-1.0-py3-none-any.whl
    "#);
    assert_snapshot!(with(&strict, |export| requirements(export, Lines::Hashed)), @r#"
    --extra-index-url https://extra.example/simple
    a==1.0+local ; sys_platform == "win32" --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    b==2.0 --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb --hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    c @ https://files.example/c-1.0-py3-none-any.whl --hash=sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
    "#);
    assert_snapshot!(with(&strict, constraints), @r#"
    a==1.0+local ; sys_platform == "win32"
    b==2.0
    c @ https://files.example/c-1.0-py3-none-any.whl
    "#);
}

#[test]
fn nix_fetches_each_file_by_its_digest() {
    assert_snapshot!(with(&example(), |export| nix(export).unwrap()), @r#"
    # Written by harden.
    { fetchurl }:
    [
      {
        pname = "a";
        version = "1.0+local";
        filename = "a-1.0+local-py3-none-any.whl";
        targets = [ "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "a-1.0+local-py3-none-any.whl";
          url = "https://files.example/packages/a-1.0+local-py3-none-any.whl";
          sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        };
      }
      {
        pname = "b";
        version = "2.0";
        filename = "b-2.0-cp310-cp310-manylinux2014_aarch64.whl";
        targets = [ "manylinux2014_aarch64-cp-310-cp310" ];
        src = fetchurl {
          name = "b-2.0-cp310-cp310-manylinux2014_aarch64.whl";
          url = "https://files.example/packages/b-2.0-cp310-cp310-manylinux2014_aarch64.whl";
          sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
        };
      }
      {
        pname = "b";
        version = "2.0";
        filename = "b-2.0-cp312-cp312-win_amd64.whl";
        targets = [ "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "b-2.0-cp312-cp312-win_amd64.whl";
          url = "https://files.example/packages/b-2.0-cp312-cp312-win_amd64.whl";
          sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
        };
      }
      {
        pname = "c";
        version = "1.0";
        filename = "c-1.0-py3-none-any.whl";
        targets = [ "manylinux2014_aarch64-cp-310-cp310" "win_amd64-cp-312-cp312" ];
        src = fetchurl {
          name = "c-1.0-py3-none-any.whl";
          url = "https://files.example/packages/c-1.0-py3-none-any.whl";
          sha256 = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";
        };
      }
    ]
    "#);
}

#[test]
fn bills_of_materials_follow_from_the_content_alone() {
    let strict = example();
    for write in [cyclonedx, spdx] {
        assert_eq!(with(&strict, write), with(&strict, write));
    }
    assert_snapshot!(with(&strict, cyclonedx), @r#"
    {
      "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
      "bomFormat": "CycloneDX",
      "components": [
        {
          "bom-ref": "pkg:pypi/a@1.0%2Blocal",
          "externalReferences": [
            {
              "comment": "a-1.0+local-py3-none-any.whl",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                }
              ],
              "type": "distribution",
              "url": "https://files.example/packages/a-1.0+local-py3-none-any.whl"
            }
          ],
          "hashes": [
            {
              "alg": "SHA-256",
              "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            }
          ],
          "licenses": [
            {
              "expression": "MIT OR LicenseRef-Own"
            }
          ],
          "name": "a",
          "properties": [
            {
              "name": "harden:target",
              "value": "win_amd64-cp-312-cp312"
            },
            {
              "name": "harden:marker",
              "value": "sys_platform == \"win32\""
            },
            {
              "name": "harden:extra",
              "value": "x"
            },
            {
              "name": "harden:extra",
              "value": "y"
            }
          ],
          "publisher": "A. Person",
          "purl": "pkg:pypi/a@1.0%2Blocal",
          "type": "library",
          "version": "1.0+local"
        },
        {
          "bom-ref": "pkg:pypi/b@2.0",
          "externalReferences": [
            {
              "comment": "b-2.0-cp310-cp310-manylinux2014_aarch64.whl",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                }
              ],
              "type": "distribution",
              "url": "https://files.example/packages/b-2.0-cp310-cp310-manylinux2014_aarch64.whl"
            },
            {
              "comment": "b-2.0-cp312-cp312-win_amd64.whl",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
                }
              ],
              "type": "distribution",
              "url": "https://files.example/packages/b-2.0-cp312-cp312-win_amd64.whl"
            }
          ],
          "licenses": [
            {
              "expression": "MIT OR LicenseRef-Own"
            }
          ],
          "name": "b",
          "properties": [
            {
              "name": "harden:target",
              "value": "manylinux2014_aarch64-cp-310-cp310"
            },
            {
              "name": "harden:target",
              "value": "win_amd64-cp-312-cp312"
            }
          ],
          "publisher": "A. Person",
          "purl": "pkg:pypi/b@2.0",
          "type": "library",
          "version": "2.0"
        },
        {
          "bom-ref": "pkg:pypi/c@1.0?download_url=https://files.example/c-1.0-py3-none-any.whl",
          "externalReferences": [
            {
              "comment": "c-1.0-py3-none-any.whl",
              "hashes": [
                {
                  "alg": "SHA-256",
                  "content": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
                }
              ],
              "type": "distribution",
              "url": "https://files.example/packages/c-1.0-py3-none-any.whl"
            }
          ],
          "hashes": [
            {
              "alg": "SHA-256",
              "content": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
            }
          ],
          "licenses": [
            {
              "expression": "MIT OR LicenseRef-Own"
            }
          ],
          "name": "c",
          "properties": [
            {
              "name": "harden:target",
              "value": "manylinux2014_aarch64-cp-310-cp310"
            },
            {
              "name": "harden:target",
              "value": "win_amd64-cp-312-cp312"
            }
          ],
          "publisher": "A. Person",
          "purl": "pkg:pypi/c@1.0?download_url=https://files.example/c-1.0-py3-none-any.whl",
          "type": "library",
          "version": "1.0"
        }
      ],
      "dependencies": [
        {
          "dependsOn": [
            "pkg:pypi/a@1.0%2Blocal",
            "pkg:pypi/b@2.0"
          ],
          "ref": "root"
        },
        {
          "dependsOn": [],
          "ref": "pkg:pypi/a@1.0%2Blocal"
        },
        {
          "dependsOn": [
            "pkg:pypi/a@1.0%2Blocal",
            "pkg:pypi/c@1.0?download_url=https://files.example/c-1.0-py3-none-any.whl"
          ],
          "ref": "pkg:pypi/b@2.0"
        },
        {
          "dependsOn": [],
          "ref": "pkg:pypi/c@1.0?download_url=https://files.example/c-1.0-py3-none-any.whl"
        }
      ],
      "metadata": {
        "component": {
          "bom-ref": "root",
          "name": "strict.txt",
          "type": "application"
        },
        "properties": [
          {
            "name": "harden:target",
            "value": "manylinux2014_aarch64-cp-310-cp310"
          },
          {
            "name": "harden:target",
            "value": "win_amd64-cp-312-cp312"
          }
        ],
        "tools": {
          "components": [
            {
              "name": "harden",
              "type": "application",
              "version": "0.1.0"
            }
          ]
        }
      },
      "serialNumber": "urn:uuid:aeedbe0e-7e33-8c07-9748-07d5fea0abda",
      "specVersion": "1.6",
      "version": 1
    }
    "#);
    assert_snapshot!(with(&strict, spdx), @r#"
    {
      "SPDXID": "SPDXRef-DOCUMENT",
      "creationInfo": {
        "created": "2026-01-02T03:04:05Z",
        "creators": [
          "Tool: harden-0.1.0"
        ]
      },
      "dataLicense": "CC0-1.0",
      "documentNamespace": "https://spdx.invalid/harden/e2dd404c-8a34-83b1-b8b5-09204c3e6ff5",
      "hasExtractedLicensingInfos": [
        {
          "extractedText": "NOASSERTION",
          "licenseId": "LicenseRef-Own"
        }
      ],
      "name": "strict.txt",
      "packages": [
        {
          "SPDXID": "SPDXRef-Project",
          "copyrightText": "NOASSERTION",
          "downloadLocation": "NOASSERTION",
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION",
          "name": "strict.txt"
        },
        {
          "SPDXID": "SPDXRef-Package-a-1.0-x2b-local",
          "attributionTexts": [
            "published by A. Person"
          ],
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            }
          ],
          "comment": "harden:target win_amd64-cp-312-cp312; harden:marker sys_platform == \"win32\"",
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/a-1.0+local-py3-none-any.whl",
          "externalRefs": [
            {
              "referenceCategory": "PACKAGE-MANAGER",
              "referenceLocator": "pkg:pypi/a@1.0%2Blocal",
              "referenceType": "purl"
            }
          ],
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "MIT OR LicenseRef-Own",
          "name": "a",
          "primaryPackagePurpose": "LIBRARY",
          "versionInfo": "1.0+local"
        },
        {
          "SPDXID": "SPDXRef-File-a-1.0-x2b-local-py3-none-any.whl",
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            }
          ],
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/a-1.0+local-py3-none-any.whl",
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION",
          "name": "a-1.0+local-py3-none-any.whl"
        },
        {
          "SPDXID": "SPDXRef-Package-b-2.0",
          "attributionTexts": [
            "published by A. Person"
          ],
          "comment": "harden:target manylinux2014_aarch64-cp-310-cp310, win_amd64-cp-312-cp312",
          "copyrightText": "NOASSERTION",
          "downloadLocation": "NOASSERTION",
          "externalRefs": [
            {
              "referenceCategory": "PACKAGE-MANAGER",
              "referenceLocator": "pkg:pypi/b@2.0",
              "referenceType": "purl"
            }
          ],
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "MIT OR LicenseRef-Own",
          "name": "b",
          "primaryPackagePurpose": "LIBRARY",
          "versionInfo": "2.0"
        },
        {
          "SPDXID": "SPDXRef-File-b-2.0-cp310-cp310-manylinux2014-x5f-aarch64.whl",
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            }
          ],
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/b-2.0-cp310-cp310-manylinux2014_aarch64.whl",
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION",
          "name": "b-2.0-cp310-cp310-manylinux2014_aarch64.whl"
        },
        {
          "SPDXID": "SPDXRef-File-b-2.0-cp312-cp312-win-x5f-amd64.whl",
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
            }
          ],
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/b-2.0-cp312-cp312-win_amd64.whl",
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION",
          "name": "b-2.0-cp312-cp312-win_amd64.whl"
        },
        {
          "SPDXID": "SPDXRef-Package-c-1.0-37b7602b-81cd-893c-aecc-7b2262cb44a7",
          "attributionTexts": [
            "published by A. Person"
          ],
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
            }
          ],
          "comment": "harden:target manylinux2014_aarch64-cp-310-cp310, win_amd64-cp-312-cp312",
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/c-1.0-py3-none-any.whl",
          "externalRefs": [
            {
              "referenceCategory": "PACKAGE-MANAGER",
              "referenceLocator": "pkg:pypi/c@1.0?download_url=https://files.example/c-1.0-py3-none-any.whl",
              "referenceType": "purl"
            }
          ],
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "MIT OR LicenseRef-Own",
          "name": "c",
          "primaryPackagePurpose": "LIBRARY",
          "versionInfo": "1.0"
        },
        {
          "SPDXID": "SPDXRef-File-c-1.0-py3-none-any.whl",
          "checksums": [
            {
              "algorithm": "SHA256",
              "checksumValue": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
            }
          ],
          "copyrightText": "NOASSERTION",
          "downloadLocation": "https://files.example/packages/c-1.0-py3-none-any.whl",
          "filesAnalyzed": false,
          "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION",
          "name": "c-1.0-py3-none-any.whl"
        }
      ],
      "relationships": [
        {
          "relatedSpdxElement": "SPDXRef-Project",
          "relationshipType": "DESCRIBES",
          "spdxElementId": "SPDXRef-DOCUMENT"
        },
        {
          "relatedSpdxElement": "SPDXRef-Package-a-1.0-x2b-local",
          "relationshipType": "DEPENDS_ON",
          "spdxElementId": "SPDXRef-Project"
        },
        {
          "relatedSpdxElement": "SPDXRef-File-a-1.0-x2b-local-py3-none-any.whl",
          "relationshipType": "DISTRIBUTION_ARTIFACT",
          "spdxElementId": "SPDXRef-Package-a-1.0-x2b-local"
        },
        {
          "relatedSpdxElement": "SPDXRef-Package-b-2.0",
          "relationshipType": "DEPENDS_ON",
          "spdxElementId": "SPDXRef-Project"
        },
        {
          "relatedSpdxElement": "SPDXRef-Package-a-1.0-x2b-local",
          "relationshipType": "DEPENDS_ON",
          "spdxElementId": "SPDXRef-Package-b-2.0"
        },
        {
          "relatedSpdxElement": "SPDXRef-Package-c-1.0-37b7602b-81cd-893c-aecc-7b2262cb44a7",
          "relationshipType": "DEPENDS_ON",
          "spdxElementId": "SPDXRef-Package-b-2.0"
        },
        {
          "relatedSpdxElement": "SPDXRef-File-b-2.0-cp310-cp310-manylinux2014-x5f-aarch64.whl",
          "relationshipType": "DISTRIBUTION_ARTIFACT",
          "spdxElementId": "SPDXRef-Package-b-2.0"
        },
        {
          "relatedSpdxElement": "SPDXRef-File-b-2.0-cp312-cp312-win-x5f-amd64.whl",
          "relationshipType": "DISTRIBUTION_ARTIFACT",
          "spdxElementId": "SPDXRef-Package-b-2.0"
        },
        {
          "relatedSpdxElement": "SPDXRef-File-c-1.0-py3-none-any.whl",
          "relationshipType": "DISTRIBUTION_ARTIFACT",
          "spdxElementId": "SPDXRef-Package-c-1.0-37b7602b-81cd-893c-aecc-7b2262cb44a7"
        }
      ],
      "spdxVersion": "SPDX-2.3"
    }
    "#);
}

#[test]
fn core_metadata_says_whose_it_is_and_under_which_licence() {
    let metadata = "Metadata-Version: 2.4\nName: a\nVersion: 1\nAuthor-email: \"A. Person\" <a@mail.example>\n\
                    License-Expression: MIT\nSummary: does things\n\nLicense: not a field\n";
    let about = About::read(metadata).unwrap();
    assert_eq!(about.licence.expression.as_deref(), Some("MIT"));
    assert_eq!(about.publisher.as_deref(), Some("A. Person"));
    assert_eq!(about.licence.name, None);
    let old = "Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense: BSD\nClassifier: License :: OSI Approved :: BSD License\n";
    assert_eq!(
        About::read(old).unwrap().licence.name.as_deref(),
        Some("BSD")
    );
    assert_eq!(About::read("no metadata"), None);
}

/// One pin of a strict file, as text.
fn pin() -> impl Strategy<Value = String> {
    let marker = prop_oneof![
        Just(String::new()),
        Just(" ; sys_platform == \"win32\"".to_owned()),
        Just(" ; python_version < '3.11' and platform_machine == \"aarch64\"".to_owned()),
    ];
    let name = "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?";
    let version = "[0-9]{1,3}(\\.[0-9]{1,2}){0,2}(rc1|\\.post2)?(\\+local\\.1)?";
    let hashes = prop::collection::btree_set("[0-9a-f]{64}", 1..4);
    let via = prop::collection::btree_set("[a-z]{1,5}|-r loose\\.txt|-r dev/[a-z]{1,4}\\.in", 0..4);
    let extras = prop::collection::btree_set("[a-z]{1,4}", 0..3);
    (
        name,
        version,
        marker,
        hashes,
        via,
        extras,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(name, version, marker, hashes, via, extras, has_files, is_reference)| {
                let file = |number: usize| {
                    format!(
                        "{}-{version}-{number}-py3-none-any.whl",
                        name.replace('-', "_")
                    )
                };
                let hashes: BTreeSet<String> = if is_reference {
                    hashes.into_iter().take(1).collect()
                } else {
                    hashes
                };
                let mut text = if is_reference {
                    format!("{name} @ https://files.example/{}", file(0))
                } else {
                    format!("{name}=={version}")
                };
                text.push_str(&marker);
                for hash in &hashes {
                    text.push_str(&format!(" \\\n    --hash=sha256:{hash}"));
                }
                text.push('\n');
                match via.iter().collect::<Vec<_>>().as_slice() {
                    [] => {}
                    [only] => text.push_str(&format!("    # via {only}\n")),
                    several => {
                        text.push_str("    # via\n");
                        several
                            .iter()
                            .for_each(|via| text.push_str(&format!("    #   {via}\n")));
                    }
                }
                if !extras.is_empty() {
                    let extras: Vec<String> = extras.into_iter().collect();
                    text.push_str(&format!("    # extras: {}\n", extras.join(", ")));
                }
                if has_files {
                    (0..hashes.len())
                        .for_each(|number| text.push_str(&format!("    # {}\n", file(number))));
                }
                text
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_strict_file_round_trips_through_pylock(pins in prop::collection::vec(pin(), 0..8), option in any::<bool>()) {
        let option = if option { "--index-url https://index.example/simple\n" } else { "" };
        let strict = parsed(&format!("{option}{}", pins.concat()));
        let text = with(&strict, |export| pylock(export).unwrap());
        prop_assert!(Lock::read("pylock.toml", &text).is_ok());
        let back = strict_of_pylock("pylock.toml", &text).unwrap().unwrap();
        prop_assert_eq!(back.to_string(), strict.to_string());
    }
}
