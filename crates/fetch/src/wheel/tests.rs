//! Crafted wheels, each with one thing wrong.

use std::io::{Cursor, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harden_packaging::Sha256;
use harden_target::WheelFilename;
use proptest::prelude::*;
use sha2::Digest;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Depth, Expected, inspect};

const METADATA: &str = "Metadata-Version: 2.1\nName: A\nVersion: 1.0.0\n\nName: other\n";
const WHEEL: &str = "Wheel-Version: 1.0\nTag: py3-none-any\n";
const INFO: &str = "a-1.0.dist-info";

/// The result of inspecting the bytes of `a-1.0-….whl`, which is the same at every depth.
fn look(bytes: &[u8]) -> Result<(), String> {
    look_with(bytes, None)
}

fn look_with(bytes: &[u8], sidecar: Option<Sha256>) -> Result<(), String> {
    let usual = look_to(Depth::Structure, bytes, sidecar);
    assert_eq!(look_to(Depth::Contents, bytes, sidecar), usual);
    usual
}

fn look_to(depth: Depth, bytes: &[u8], sidecar: Option<Sha256>) -> Result<(), String> {
    let name: WheelFilename = "a-1.0-py3-none-any.whl".parse().unwrap();
    let expected = Expected {
        name: &"a".parse().unwrap(),
        version: &"1.0".parse().unwrap(),
        tags: &name.tags,
        other_tags: &[],
        sidecar,
    };
    let inspected = inspect(&mut Cursor::new(bytes), &expected, depth);
    inspected.map(drop).map_err(|fault| fault.to_string())
}

fn hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(bytes))
}

/// A zip of these members.
fn zip(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

/// A wheel with these members and what belongs in every wheel.
fn wheel_of(members: &[(&str, &[u8])], metadata: &str, options: SimpleFileOptions) -> Vec<u8> {
    let metadata_path = format!("{INFO}/METADATA");
    let wheel_path = format!("{INFO}/WHEEL");
    let mut all = members.to_vec();
    all.push((&metadata_path, metadata.as_bytes()));
    all.push((&wheel_path, WHEEL.as_bytes()));
    let lines = all
        .iter()
        .map(|(path, bytes)| format!("{path},sha256={},{}\n", hash(bytes), bytes.len()));
    let record = lines.collect::<String>() + INFO + "/RECORD,,\n";
    let record_path = format!("{INFO}/RECORD");
    all.push((&record_path, record.as_bytes()));
    zip(&all, options)
}

fn wheel() -> Vec<u8> {
    wheel_of(
        &[("aa/x.py", b"one"), ("aa/y.py", b"two")],
        METADATA,
        stored(),
    )
}

/// The bytes with `from` replaced in the places chosen, of all where it is.
fn replaced(bytes: &[u8], from: &str, to: &str, places: &[usize]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let all: Vec<usize> = (0..=bytes.len() - from.len())
        .filter(|&at| bytes[at..].starts_with(from.as_bytes()))
        .collect();
    for &place in places {
        bytes[all[place]..][..to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// The stored wheel with the checksum of its `RECORD` as its bytes are.
fn with_right_checksums(wheel: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(wheel)).unwrap();
    let mut members = Vec::new();
    for place in 0..archive.len() {
        let raw = archive.by_index_raw(place).unwrap();
        let start = usize::try_from(raw.data_start().unwrap()).unwrap();
        let length = usize::try_from(raw.size()).unwrap();
        members.push((
            raw.name().unwrap().into_owned(),
            wheel[start..start + length].to_vec(),
        ));
    }
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    zip(&members, stored())
}

#[test]
fn wheels_as_tools_write_them_are_accepted() {
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for options in [stored(), deflated, deflated.large_file(true)] {
        let long = vec![b'x'; 200_000];
        let wheel = wheel_of(
            &[("a/__init__.py", b""), ("a/long", &long)],
            METADATA,
            options,
        );
        assert_eq!(look(&wheel), Ok(()));
    }
}

/// As a writer makes it that cannot go back to fill in sizes.
#[test]
fn members_described_behind_their_data_are_accepted() {
    let metadata_path = format!("{INFO}/METADATA");
    let record_path = format!("{INFO}/RECORD");
    let wheel_path = format!("{INFO}/WHEEL");
    let record = format!(
        "{metadata_path},sha256={},\n{wheel_path},sha256={},\n{record_path},,\n",
        hash(METADATA.as_bytes()),
        hash(WHEEL.as_bytes())
    );
    let mut zip = ZipWriter::new_stream(Vec::new());
    for (path, text) in [
        (&metadata_path, METADATA),
        (&wheel_path, WHEEL),
        (&record_path, &record),
    ] {
        zip.start_file(path.as_str(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let wheel = zip.finish().unwrap().into_inner();
    assert_eq!(look(&wheel), Ok(()));
}

#[test]
fn a_zip_that_readers_could_take_for_two_is_refused() {
    let wheel = wheel();
    let before = [b"x".as_slice(), &wheel].concat();
    let behind = [&wheel, b"x".as_slice()].concat();
    let two = [&wheel[..], &wheel].concat();
    for (bytes, reason) in [
        (
            &b"no zip"[..],
            "it is not an unambiguous zip file: it has no end record",
        ),
        (
            &before,
            "it is not an unambiguous zip file: its directory does not end where its end record begins",
        ),
        (
            &behind,
            "it is not an unambiguous zip file: there are bytes after its end",
        ),
        (
            &two,
            "it is not an unambiguous zip file: its directory does not end where its end record begins",
        ),
    ] {
        assert_eq!(look(bytes).unwrap_err(), reason);
    }
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let twice = replaced(&wheel(), "aa/y.py", "aa/x.py", &[0, 2]);
    assert_eq!(
        look(&twice).unwrap_err(),
        "its member `aa/x.py` is there more than once"
    );
}

#[test]
fn a_member_whose_own_header_says_otherwise_is_refused() {
    let other_name = replaced(&wheel(), "aa/y.py", "aa/z.py", &[0]);
    let reason = "its member `aa/y.py` differs between the directory and its own header";
    assert_eq!(look(&other_name).unwrap_err(), reason);
}

#[test]
fn a_path_that_leads_elsewhere_is_refused() {
    for path in [
        "../x.py",
        "/a/x.py",
        "a\\\\x.py",
        "a//x.py",
        "c:/x.py",
        "a/./.py",
        "a\n/x.py",
    ] {
        let wheel = replaced(&wheel(), "aa/x.py", path, &[0, 2]);
        let error = look(&wheel).unwrap_err();
        assert!(
            error.ends_with("has a path that leads elsewhere"),
            "{path}: {error}"
        );
    }
}

#[test]
fn bytes_between_members_are_refused() {
    let wheel = wheel();
    let end = wheel.len() - 22;
    let start = u32::from_le_bytes(wheel[end + 16..end + 20].try_into().unwrap());
    let start = usize::try_from(start).unwrap();
    let mut gapped = [&wheel[..start], b"gap", &wheel[start..]].concat();
    let moved = u32::try_from(start + 3).unwrap().to_le_bytes();
    gapped[end + 3 + 16..end + 3 + 20].copy_from_slice(&moved);
    let reason =
        format!("its member `{INFO}/RECORD` is followed by bytes that belong to no member");
    assert_eq!(look(&gapped).unwrap_err(), reason);
}

#[test]
fn a_member_that_is_not_what_record_says_is_refused() {
    let metadata = (format!("{INFO}/METADATA"), METADATA.as_bytes());
    let wheel_file = (format!("{INFO}/WHEEL"), WHEEL.as_bytes());
    let own =
        [&metadata, &wheel_file].map(|(path, text)| format!("{path},sha256={},\n", hash(text)));
    let own = own.concat();
    for (line, reason) in [
        ("", "is not in RECORD"),
        ("a.py,,\n", "has no hash in RECORD"),
        (
            "a.py,md5=AAAA,\n",
            "has no hash in RECORD that is SHA-256 or stronger",
        ),
        ("a.py,sha256=AAAA,\n", "does not match RECORD"),
        (
            &format!("a.py,sha256={},4\n", hash(b"one")),
            "does not match RECORD",
        ),
    ] {
        let record = format!("{own}{line}");
        let wheel = zip(
            &[
                ("a.py", b"one"),
                (&metadata.0, metadata.1),
                (&wheel_file.0, wheel_file.1),
                (&format!("{INFO}/RECORD"), record.as_bytes()),
            ],
            stored(),
        );
        assert_eq!(
            look(&wheel).unwrap_err(),
            format!("its member `a.py` {reason}")
        );
    }
}

#[test]
fn metadata_of_another_distribution_is_refused() {
    for (metadata, reason) in [
        (
            "Name: b\nVersion: 1.0\n",
            "its METADATA says `b`, its name `a`",
        ),
        (
            "Name: a\nVersion: 1.1\n",
            "its METADATA says `1.1`, its name `1.0`",
        ),
        (
            "Name: a\n\nVersion: 1.0\n",
            "it has no `Version` in its METADATA",
        ),
        (
            "Name: a\nname: b\nVersion: 1.0\n",
            "it has more than one `Name` in its METADATA",
        ),
    ] {
        let wheel = wheel_of(&[], metadata, stored());
        assert_eq!(look(&wheel).unwrap_err(), reason);
    }
    let two = wheel_of(&[("b-1.dist-info/METADATA", b"")], METADATA, stored());
    let reason = "it has both a-1.0.dist-info and b-1.dist-info";
    assert_eq!(look(&two).unwrap_err(), reason);
    let none = zip(&[("a.py", b"")], stored());
    assert_eq!(look(&none).unwrap_err(), "it has no .dist-info folder");
}

#[test]
fn a_wheel_without_wheel_or_with_that_of_another_file_is_refused() {
    let of = |text: Option<&str>| {
        let metadata = (format!("{INFO}/METADATA"), METADATA);
        let wheel = text.map(|text| (format!("{INFO}/WHEEL"), text));
        let all: Vec<(String, &str)> = std::iter::once(metadata).chain(wheel).collect();
        let lines = all
            .iter()
            .map(|(path, text)| format!("{path},sha256={},\n", hash(text.as_bytes())));
        let record = lines.collect::<String>();
        let record_path = format!("{INFO}/RECORD");
        let mut members: Vec<(&str, &[u8])> = all
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_bytes()))
            .collect();
        members.push((&record_path, record.as_bytes()));
        look(&zip(&members, stored()))
    };
    assert_eq!(of(Some(WHEEL)), Ok(()));
    assert_eq!(of(None).unwrap_err(), format!("it has no {INFO}/WHEEL"));
    let version = "Wheel-Version: 2.0\nTag: py3-none-any\n";
    let reason = "it has Wheel-Version `2.0`, which installers refuse";
    assert_eq!(of(Some(version)).unwrap_err(), reason);
    let tags = "Wheel-Version: 1.0\nTag: cp27-cp27m-win32\n";
    let reason = "its WHEEL states the tags cp27-cp27m-win32, which differ from those in its name";
    assert_eq!(of(Some(tags)).unwrap_err(), reason);
}

/// Else the resolution was made of other requirements than the wheel has.
#[test]
fn metadata_beside_the_wheel_must_be_that_inside() {
    let digest = |text: &str| Some(Sha256::of(text));
    assert_eq!(look_with(&wheel(), digest(METADATA)), Ok(()));
    let reason = "the metadata that the index serves for it differs from its METADATA";
    assert_eq!(look_with(&wheel(), digest("Name: a")).unwrap_err(), reason);
}

/// Installers verify checksums when they unpack, and nothing runs before that.
#[test]
fn a_member_that_is_not_what_its_checksum_says_is_refused_by_the_deep_look() {
    let wheel = replaced(&wheel(), "one", "eno", &[0]);
    let reason = "its member `aa/x.py` does not match its checksum and sizes";
    assert_eq!(look_to(Depth::Contents, &wheel, None).unwrap_err(), reason);
    assert_eq!(look_to(Depth::Structure, &wheel, None), Ok(()));
}

#[test]
fn a_member_whose_content_record_denies_is_refused_by_the_deep_look() {
    let wheel = wheel();
    let (right, wrong) = (hash(b"one"), hash(b"eno"));
    let wheel = replaced(&wheel, &right, &wrong, &[0]);
    let wheel = with_right_checksums(&wheel);
    let reason = "its member `aa/x.py` does not match RECORD";
    assert_eq!(look_to(Depth::Contents, &wheel, None).unwrap_err(), reason);
    assert_eq!(look_to(Depth::Structure, &wheel, None), Ok(()));
}

/// What was read is compared, whatever the depth.
#[test]
fn metadata_whose_content_record_denies_is_refused() {
    for (path, text) in [("METADATA", METADATA), ("WHEEL", WHEEL)] {
        let wheel = replaced(&wheel(), &hash(text.as_bytes()), &hash(b"other"), &[0]);
        let wheel = with_right_checksums(&wheel);
        let reason = format!("its member `{INFO}/{path}` does not match RECORD");
        assert_eq!(look(&wheel).unwrap_err(), reason);
    }
}

/// A bomb says what it becomes, or is refused: nothing need be decompressed to know what it takes.
#[test]
fn sizes_that_no_compression_has_are_refused() {
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for options in [stored(), deflated] {
        let wheel = wheel_of(&[("aa/x.py", b"one")], METADATA, options);
        let size = 3_u32.to_le_bytes();
        let claimed = 3_000_000_u32.to_le_bytes();
        let mut lying = wheel.clone();
        let header = |bytes: &[u8], signature: &[u8]| {
            let all = bytes.windows(4);
            all.clone().position(|window| window == signature).unwrap()
        };
        for at in [
            header(&wheel, b"PK\x03\x04") + 22,
            header(&wheel, b"PK\x01\x02") + 24,
        ] {
            assert_eq!(lying[at..at + 4], size);
            lying[at..at + 4].copy_from_slice(&claimed);
        }
        let reason = "its member `aa/x.py` has sizes that cannot be";
        assert_eq!(look(&lying).unwrap_err(), reason);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_look_panic(bytes: Vec<u8>) {
        prop_assert!(look(&bytes).is_err());
    }

    /// What is cut or changed in the data or the names of a wheel is found; what passes the deep look passes
    /// the usual one.
    #[test]
    fn no_damage_makes_the_look_panic(at in 0..2000_usize, to: u8, cut in 0..400_usize) {
        let mut wheel = wheel();
        let length = wheel.len();
        wheel[at % length] = to;
        let usual = look_to(Depth::Structure, &wheel, None);
        if look_to(Depth::Contents, &wheel, None).is_ok() {
            prop_assert_eq!(usual, Ok(()));
        }
        wheel.truncate(length - 1 - cut % length);
        prop_assert!(look(&wheel).is_err());
    }
}
