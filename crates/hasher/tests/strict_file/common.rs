//! A resolution of a few made-up packages, and the index it is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{HashChoice, Provenance, StrictFile};
use harden_packaging::{
    ChosenFile, CoreMetadata, DistFile, DistKind, Index, IndexError, LicenceFields, PackageName,
    Pin, Project, Reference, Release, Resolution, ResolvedFor, Sha256, Via,
};
use harden_requirements::{IndexChoice, InputOptions};
use harden_target::{Target, WheelFilename};

/// An index of files whose digests are one digit over and over.
pub struct Listing(pub Vec<Arc<DistFile>>);

impl Index for Listing {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        let mut releases: Vec<Release> = Vec::new();
        let files = || self.0.iter().filter(|file| file.project == *name);
        for version in files().map(|file| &file.version) {
            if releases.iter().all(|release| release.version != *version) {
                let of_it = files().filter(|file| file.version == *version);
                releases.push(Release::new(version.clone(), of_it.cloned().collect()));
            }
        }
        Ok(Arc::new(Project {
            name: name.clone(),
            releases,
            status: None,
        }))
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        Ok(Arc::new(CoreMetadata {
            name: file.project.clone(),
            version: file.version.clone(),
            requires_dist: Vec::new(),
            // The wheels of `fast-c` differ in this.
            requires_python: file
                .filename
                .ends_with("win_amd64.whl")
                .then(|| ">=3.8".into()),
            provides_extra: Vec::new(),
            metadata_version: "2.1".into(),
            dynamic: Vec::new(),
            licence: LicenceFields::default(),
        }))
    }

    fn direct(&self, _reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        unreachable!("what a reference leads to is found before it is hashed")
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        Ok(file.sha256.unwrap_or_else(|| digest('f')))
    }
}

pub fn digest(digit: char) -> Sha256 {
    digit.to_string().repeat(64).parse().unwrap()
}

/// A file by its name; `digit` makes its digest, and `None` has the index list none.
pub fn file(filename: &str, digit: Option<char>, uploaded: &str) -> Arc<DistFile> {
    let (project, version, kind) = if let Some(stem) = filename.strip_suffix(".tar.gz") {
        let (name, version) = stem.rsplit_once('-').unwrap();
        (name.to_owned(), version.parse().unwrap(), DistKind::Sdist)
    } else {
        let wheel: WheelFilename = filename.parse().unwrap();
        (wheel.name, wheel.version, DistKind::Wheel(wheel.tags))
    };
    let release = (project.parse().unwrap(), version);
    let url = format!("https://index.test/{filename}");
    Arc::new(DistFile {
        sha256: digit.map(digest),
        upload_time: Some(uploaded.parse().unwrap()),
        ..DistFile::new(release, filename, kind, url)
    })
}

const OLD: &str = "2024-01-01T00:00:00Z";

/// All files of the made-up packages.
pub fn listing() -> Listing {
    Listing(vec![
        file("app-1.0-py3-none-any.whl", Some('a'), OLD),
        file("app-1.0.tar.gz", Some('0'), OLD),
        file(
            "fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl",
            Some('c'),
            OLD,
        ),
        file("fast_c-2.1-cp311-cp311-win_amd64.whl", Some('b'), OLD),
        file("fast_c-2.1-py3-none-any.whl", Some('d'), OLD),
        file(
            "fast_c-2.1-1-py3-none-any.whl",
            Some('9'),
            "2026-06-01T00:00:00Z",
        ),
        file("old-0.1-py3-none-any.whl", None, OLD),
        file("wincolor-3.0-py3-none-any.whl", Some('e'), OLD),
    ])
}

/// What `app`, `old` and two things they need resolve to for an ARM Linux and Windows.
pub fn resolution(listing: &Listing) -> Resolution {
    let targets = ["manylinux2014_aarch64-cp311", "win_amd64-cp311"];
    let resolved_for = targets.map(|target| {
        let target: Target = target.parse().unwrap();
        let environment = target.environment();
        ResolvedFor {
            target,
            environment,
        }
    });
    let package = |name: &str| Via::Package(name.parse().unwrap());
    let loose = || Via::File("loose.txt".into());
    let mut app = pin(listing, "app", &["app-1.0-py3-none-any.whl"], vec![loose()]);
    app.extras = vec!["cli".parse().unwrap(), "speed".parse().unwrap()];
    let fast = pin(
        listing,
        "fast-c",
        &[
            "fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl",
            "fast_c-2.1-cp311-cp311-win_amd64.whl",
        ],
        vec![package("app"), package("old"), loose()],
    );
    let old = pin(
        listing,
        "old",
        &["old-0.1-py3-none-any.whl"],
        vec![Via::File("/home/alice/more.txt".into())],
    );
    let mut wincolor = pin(
        listing,
        "wincolor",
        &["wincolor-3.0-py3-none-any.whl"],
        vec![package("app")],
    );
    wincolor.environments = vec![1];
    wincolor.marker = Some("sys_platform == 'win32'".to_owned());
    Resolution {
        resolved_for: resolved_for.into(),
        pins: vec![app, fast, old, wincolor],
    }
}

pub fn pin(listing: &Listing, name: &str, files: &[&str], via: Vec<Via>) -> Pin {
    let files: Vec<ChosenFile> = files
        .iter()
        .map(|name| ChosenFile {
            file: listing
                .0
                .iter()
                .find(|file| *file.filename == **name)
                .unwrap()
                .clone(),
            environments: vec![0, 1],
        })
        .collect();
    Pin {
        name: name.parse().unwrap(),
        version: files[0].file.version.clone(),
        reference: None,
        extras: Vec::new(),
        environments: vec![0, 1],
        marker: None,
        files,
        via,
    }
}

/// The strict file of the resolution.
pub fn strict(hashes: HashChoice) -> StrictFile {
    let options = InputOptions {
        index: IndexChoice::Url("https://bob:s3cret@index.test/simple".into()),
        find_links: vec!["wheels".into(), "/home/alice/wheels".into()],
        ..InputOptions::default()
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let listing = listing();
    let provenance = Provenance {
        loose: &words("loose.txt /home/alice/more.txt"),
        command: &words(
            "harden loose.txt /home/alice/more.txt --index-url https://bob:s3cret@index.test/simple",
        ),
        input_lines: &words("app[cli,speed]"),
        options: &options,
        exclude_newer: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        exclude_newer_packages: &BTreeMap::new(),
        urls: &BTreeMap::new(),
        projects: &[],
        exempt: &BTreeMap::new(),
        hashes,
        built: &BTreeMap::new(),
        repositories: &BTreeMap::new(),
    };
    StrictFile::from_resolution(&resolution(&listing), &provenance, &listing).unwrap()
}
