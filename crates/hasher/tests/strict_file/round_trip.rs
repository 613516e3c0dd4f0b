//! Whatever is written is read back as the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_hasher::{
    BuildOrigin, BuildRequirement, BuiltFrom, HashChoice, Provenance, StrictFile, metadata_digest,
};
use harden_packaging::{
    ChosenFile, CoreMetadata, DistFile, DistKind, ExtraName, Index, IndexError, LicenceFields,
    PackageName, Pin, Project, Reference, Resolution, ResolvedFor, Sha256, Via,
};
use harden_requirements::{FormatChoice, IndexChoice, InputOptions, PackageChoice};
use harden_target::{Target, WheelFilename};
use jiff::Timestamp;
use pep440_rs::Version;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// An index on which every wheel states the requirement that its file name asks for.
struct Stated;

impl Index for Stated {
    fn project(&self, _name: &PackageName) -> Result<Arc<Project>, IndexError> {
        unreachable!("only the chosen files are hashed")
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        Ok(Arc::new(stated(file)))
    }

    fn direct(&self, _reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        unreachable!("all digests are listed")
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        Ok(file.sha256.expect("all digests are listed"))
    }
}

fn stated(file: &DistFile) -> CoreMetadata {
    CoreMetadata {
        name: file.project.clone(),
        version: file.version.clone(),
        // Some wheels of one pin agree, and others do not.
        requires_dist: vec![format!("lib{}", file.filename.len() % 2).into()],
        requires_python: None,
        provides_extra: Vec::new(),
        metadata_version: "2.1".into(),
        dynamic: Vec::new(),
        licence: LicenceFields::default(),
    }
}

fn name() -> impl Strategy<Value = PackageName> {
    "[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?".prop_map(|text| text.parse().unwrap())
}

fn extra() -> impl Strategy<Value = ExtraName> {
    "[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?".prop_map(|text| text.parse().unwrap())
}

fn version() -> impl Strategy<Value = Version> {
    "([1-9]!)?(0|[1-9][0-9]{0,5})(\\.(0|[1-9][0-9]{0,3})){0,3}((a|b|rc)[0-9])?(\\.post[0-9])?(\\.dev[0-9])?(\\+[a-z0-9]{1,4}(\\.[a-z0-9]{1,3})?)?"
        .prop_map(|text| text.parse().unwrap())
}

fn digest() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256::from_bytes)
}

/// A path, a file name or any other text that a user may give.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "loose.txt",
            "../base requirements.txt",
            "räder/grün.txt",
            "a, b.txt",
            "it's.txt",
            "'quoted'.txt",
            "-r.txt",
            "# hash.txt",
            "a #b.txt",
            "https://bob:pw@index.test/simple/?token=x",
            "/home/alice/loose.txt",
            "C:\\loose.txt",
            "via.txt",
            "extras: x",
            "a\u{202e}b",
            "a\nb==1",
            "${HOME}/wheels",
            "end\\",
        ])
        .prop_map(str::to_owned),
        "\\PC{1,12}",
        any::<String>().prop_filter("a file has a name", |text| !text.trim().is_empty()),
    ]
}

fn marker() -> impl Strategy<Value = String> {
    let clause = select(vec![
        "sys_platform == 'win32'",
        "python_full_version >= '3.11.2'",
        "platform_machine != \"x86_64\"",
        "(os_name == 'nt' or platform_python_implementation == 'CPython')",
        "'linux' in sys_platform",
    ]);
    vec(clause, 1..4).prop_map(|clauses| clauses.join(" and "))
}

/// The file names of a pin: wheels, an sdist, and names that no other comment looks like.
fn files(
    name: &PackageName,
    version: &Version,
) -> impl Strategy<Value = BTreeMap<String, Sha256>> + use<> {
    let stem = format!("{}-{version}", name.as_str().replace('-', "_"));
    let usual = [
        "-py3-none-any.whl",
        "-1-py3-none-any.whl",
        "-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "-cp311-cp311-win_amd64.whl",
        ".tar.gz",
        ".zip",
    ]
    .map(|ending| format!("{stem}{ending}"));
    let file = prop_oneof![
        4 => select(usual.to_vec()),
        1 => "\\PC{1,8}".prop_map(|text| format!("{text}.whl")),
    ];
    btree_map(file, digest(), 1..4)
}

fn built(depth: u32) -> BoxedStrategy<BuiltFrom> {
    let origin = prop_oneof![
        ("[a-z]{1,5}-[0-9]\\.(tar\\.gz|zip)", digest())
            .prop_map(|(file, sha256)| BuildOrigin::Sdist { file, sha256 }),
        "git\\+https://git\\.test/[a-z]{1,5}@[0-9a-f]{40}(#subdirectory=[a-zé ]{1,5}[a-z])?"
            .prop_map(BuildOrigin::Source),
    ];
    let nested = match depth {
        0 => Just(None).boxed(),
        depth => option::of(built(depth - 1).prop_map(Box::new)).boxed(),
    };
    let requirement = ("[a-z]{1,5}-[0-9]-py3-none-any\\.whl", digest(), nested);
    let with = vec(requirement, 0..3);
    let repairing = ("[a-z]{1,5}-[0-9]-py3-none-any\\.whl", digest());
    let repaired_with = vec(repairing, 0..2);
    let wheel = "[a-z]{1,5}-[0-9]-py3-none-any\\.whl";
    (wheel, digest(), origin, with, repaired_with)
        .prop_map(|(wheel, sha256, origin, with, repaired_with)| {
            let repairing = |(file, sha256)| BuildRequirement {
                file,
                sha256,
                built_from: None,
            };
            let repaired_with = repaired_with.into_iter().map(repairing).collect();
            let with = with.into_iter().map(|(file, sha256, nested)| {
                let built_from = nested.map(|nested: Box<BuiltFrom>| {
                    Box::new(BuiltFrom {
                        wheel: file.clone(),
                        sha256,
                        ..*nested
                    })
                });
                BuildRequirement {
                    file,
                    sha256,
                    built_from,
                }
            });
            BuiltFrom {
                wheel,
                sha256,
                origin,
                python: "3.11".to_owned(),
                with: with.collect(),
                repaired_with,
            }
        })
        .boxed()
}

/// A pin, and what it is built from.
fn pin() -> impl Strategy<Value = (Pin, Option<BuiltFrom>, Option<String>)> {
    (name(), version()).prop_flat_map(|(name, version)| {
        let via = prop_oneof![
            self::name().prop_map(Via::Package),
            text().prop_map(|text| Via::File(text.into())),
        ];
        let place = "https://index\\.test/[a-zA-Z0-9%/]{0,8}";
        let direct = option::weighted(0.2, place);
        (
            files(&name, &version),
            btree_set(extra(), 0..3),
            option::of(marker()),
            vec(via, 0..3),
            direct,
            option::weighted(0.3, built(2)),
            option::weighted(0.2, text()),
        )
            .prop_map(
                move |(files, extras, marker, via, direct, built, repository)| {
                    let file = |(filename, sha256): (&String, &Sha256)| {
                        let kind = match filename.parse::<WheelFilename>() {
                            Ok(wheel) => DistKind::Wheel(wheel.tags),
                            Err(_) => DistKind::Sdist,
                        };
                        let release = (name.clone(), version.clone());
                        let url = format!("https://index.test/{filename}");
                        let file = DistFile::new(release, filename.as_str(), kind, url);
                        ChosenFile {
                            file: Arc::new(DistFile {
                                sha256: Some(*sha256),
                                ..file
                            }),
                            environments: vec![0],
                        }
                    };
                    let stem = format!("{}-{version}", name.as_str().replace('-', "_"));
                    let reference = direct.and_then(|place| {
                        let place =
                            format!("{}/{stem}-py3-none-any.whl", place.trim_end_matches('/'));
                        place.replace('+', "%2B").parse().ok()
                    });
                    let files: Vec<ChosenFile> = files.iter().map(file).collect();
                    let mut via = via;
                    via.sort();
                    via.dedup();
                    let pin = Pin {
                        name: name.clone(),
                        version: version.clone(),
                        reference,
                        extras: extras.into_iter().collect(),
                        environments: vec![0],
                        marker,
                        files,
                        via,
                    };
                    (pin, built, repository)
                },
            )
    })
}

fn options() -> impl Strategy<Value = InputOptions> {
    let texts = || vec(text().prop_map(Into::into), 0..3);
    let index = prop_oneof![
        Just(IndexChoice::Default),
        Just(IndexChoice::NoIndex),
        text().prop_map(|text| IndexChoice::Url(text.into())),
    ];
    let names = (any::<bool>(), btree_set(name(), 0..3));
    (index, texts(), texts(), texts(), names).prop_map(
        |(index, extra_index_urls, find_links, trusted_hosts, (all, names))| InputOptions {
            index,
            extra_index_urls,
            find_links,
            trusted_hosts,
            formats: FormatChoice {
                no_binary: PackageChoice { all, names },
                ..FormatChoice::default()
            },
            ..InputOptions::default()
        },
    )
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

proptest! {
    /// Any answer, with any names, options and origins, is written in a form that is read back as the same.
    #[test]
    fn every_strict_file_is_read_back_as_it_was_written(
        pins in vec(pin(), 0..4),
        loose in vec(text(), 1..3),
        words in vec(text(), 1..4),
        options in options(),
        exclude_newer in option::of(moment()),
        exclude_newer_packages in btree_map(name(), option::of(moment()), 0..3),
        urls in btree_map("https://index\\.test/[a-z]{1,6}\\.txt", btree_set(digest(), 1..3), 0..3),
        platforms in btree_set(select(vec!["manylinux2014_aarch64-cp311", "win_amd64-cp312", "macosx_12_0_arm64-cp313"]), 1..3),
    ) {
        let resolved_for = platforms.iter().map(|platform| {
            let target: Target = platform.parse().unwrap();
            let environment = target.environment();
            ResolvedFor { target, environment }
        });
        let mut built = BTreeMap::new();
        let mut repositories = BTreeMap::new();
        for (pin, from, repository) in &pins {
            if let Some(from) = from {
                built.insert(pin.files[0].file.filename.to_string(), from.clone());
            }
            if let Some(repository) = repository {
                repositories.insert(pin.name.clone(), repository.clone());
            }
        }
        let resolution = Resolution {
            resolved_for: resolved_for.collect(),
            pins: pins.into_iter().map(|(pin, ..)| pin).collect(),
        };
        let mut command = vec!["harden".to_owned()];
        command.extend(words);
        let provenance = Provenance {
            loose: &loose,
            command: &command,
            input_lines: &[],
            options: &options,
            exclude_newer,
            exclude_newer_packages: &exclude_newer_packages,
            exempt: &BTreeMap::new(),
            hashes: HashChoice::Selected,
            built: &built,
            repositories: &repositories,
            urls: &urls,
            projects: &[],
        };
        let written = StrictFile::from_resolution(&resolution, &provenance, &Stated).unwrap();
        let text = written.to_string();
        let read = StrictFile::parse(&text, "strict.txt");
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        let read = read.unwrap();
        prop_assert_eq!(&read, &written, "{}", text);
        prop_assert_eq!(read.header().unwrap().pins(), read.content_digest());
        for (pin, read) in resolution.pins.iter().zip(read.pins()) {
            let names: BTreeSet<&str> = read.files().iter().map(String::as_str).collect();
            let is_built = |name: &str| read.built_from().is_some_and(|built| built.wheel == name);
            for chosen in &pin.files {
                let file = &chosen.file;
                if file.wheel_tags().is_some() && names.contains(&*file.filename) && !is_built(&file.filename) {
                    let expected = metadata_digest(&stated(file));
                    prop_assert_eq!(read.metadata_digest(&file.filename), Some(expected));
                }
            }
        }
    }
}
