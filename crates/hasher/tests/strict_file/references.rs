//! Pins of files that are named by their place.

use std::collections::BTreeMap;

use harden_hasher::{HashChoice, Provenance, StrictFile, StrictPin};
use harden_packaging::{Resolution, Via};
use harden_requirements::InputOptions;
use insta::assert_snapshot;

use crate::common::{Listing, digest, file, pin, resolution};

const UPLOADED: &str = "2024-01-01T00:00:00Z";

/// A strict file with pins of each kind of place.
fn strict(hashes: HashChoice) -> StrictFile {
    let wheel = "app-1.0-py3-none-any.whl";
    let sdist = "app-1.0.tar.gz";
    let listing = Listing(vec![
        file(wheel, Some('a'), UPLOADED),
        file(sdist, Some('b'), UPLOADED),
    ]);
    let places = [
        (
            wheel,
            "https://bob:s3cret@files.test/app-1.0-py3-none-any.whl#egg=app",
        ),
        (sdist, "./wheels/app-1.0.tar.gz"),
    ];
    let pins = places.map(|(name, place)| {
        let mut pin = pin(
            &listing,
            "app",
            &[name],
            vec![Via::File("loose.txt".into())],
        );
        pin.reference = Some(place.parse().unwrap());
        pin.extras = vec!["cli".parse().unwrap()];
        pin.marker = Some("sys_platform == 'win32'".to_owned());
        pin
    });
    let resolution = Resolution {
        pins: pins.into(),
        ..resolution(&crate::common::listing())
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let provenance = Provenance {
        loose: &words("loose.txt"),
        command: &words("harden loose.txt"),
        input_lines: &[],
        options: &InputOptions::default(),
        exclude_newer: None,
        exclude_newer_packages: &std::collections::BTreeMap::new(),
        urls: &BTreeMap::new(),
        projects: &[],
        exempt: &std::collections::BTreeMap::new(),
        hashes,
        built: &BTreeMap::new(),
        repositories: &BTreeMap::new(),
    };
    StrictFile::from_resolution(&resolution, &provenance, &listing).unwrap()
}

/// URLs follows the name; paths alone, for pex takes no relative ones behind a name.
#[test]
fn a_file_is_pinned_by_its_place_without_login_and_fragment() {
    assert_snapshot!(strict(HashChoice::Selected), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt
    # harden: 1 inputs=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 pins=sha256:0311b0abfe99780ff4f05afb990c5642928319310ae3e8b2347a5751e83334a6 platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311
    app @ https://files.test/app-1.0-py3-none-any.whl ; sys_platform == 'win32' \
        --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        # via -r loose.txt
        # extras: cli
        # app-1.0-py3-none-any.whl
        # metadata sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    ./wheels/app-1.0.tar.gz ; sys_platform == 'win32' \
        --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        # via -r loose.txt
        # extras: cli
        # app-1.0.tar.gz
    ");
}

/// The place holds one file, whatever an index has of the release.
#[test]
fn no_other_file_is_hashed() {
    assert_eq!(strict(HashChoice::All), strict(HashChoice::Selected));
}

#[test]
fn a_pin_by_its_place_round_trips() {
    let strict = strict(HashChoice::Selected);
    let read = StrictFile::parse(&strict.to_string(), "strict.txt").unwrap();
    assert_eq!(read, strict);
    assert_eq!(read.content_digest(), read.header().unwrap().pins());
}

fn read(line: &str) -> StrictPin {
    let text = format!("{line} --hash=sha256:{}", digest('a'));
    let strict = StrictFile::parse(&text, "strict.txt").unwrap();
    strict.pins()[0].clone()
}

/// As pip and uv take them.
#[test]
fn what_other_tools_write_is_read() {
    for line in [
        "app @ https://files.test/app-1.0-py3-none-any.whl",
        "App[cli] @ https://files.test/app-1.0-py3-none-any.whl#egg=app ; python_version > '3'",
        "https://files.test/app-1.0-py3-none-any.whl",
        "./app-1.0-py3-none-any.whl ; python_version > '3'",
        "app-1.0-py3-none-any.whl",
        "app @ file:wheels/app-1.0.zip",
    ] {
        let pin = read(line);
        assert_eq!(
            (pin.name().as_str(), pin.version().to_string()),
            ("app", "1.0".to_owned()),
            "{line}"
        );
        assert_eq!(pin.marker().is_some(), line.contains(';'), "{line}");
        assert!(pin.reference().is_some(), "{line}");
    }
}
