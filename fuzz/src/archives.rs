//! Wheels and sdists.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use harden_packaging::{DistFile, DistKind};
use harden_testindex::Universe;

use crate::seeds::texts;

/// The file `name` of a small universe.
fn file_of(name: &str) -> Vec<u8> {
    let universe =
        Universe::new("a 1.0 sdist requires=b>=1 extra:x=c\na 2.0 sdist=zip wheels=none");
    universe
        .file(name)
        .map_or(Vec::new(), |file| file.contents().to_vec())
}

pub(crate) fn wheels() -> Vec<Vec<u8>> {
    vec![file_of("a-1.0-py3-none-any.whl")]
}

/// A wheel of which all is here, and its second half.
pub(crate) fn wheel_ends() -> Vec<Vec<u8>> {
    let wheel = file_of("a-1.0-py3-none-any.whl");
    let half = wheel.len() / 2;
    let end = |missing: u8, bytes: &[u8]| [&[missing], bytes].concat();
    vec![end(0, &wheel), end(200, &wheel[half..])]
}

pub(crate) fn records() -> Vec<Vec<u8>> {
    texts(&[
        "a/x.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\"a,\"\"b\"\".py\",sha512=AAEC,3\r\na-1.0.dist-info/RECORD,,\n",
    ])
}

/// The metadata of an sdist: the first byte says whether it is a zip; a tar is compressed here, since
/// changes of what is compressed lead to little but checksum errors.
pub(crate) fn sdist_metadata(input: &[u8]) {
    let (kind, bytes) = input.split_first().unwrap_or((&0, &[]));
    let is_zip = kind % 2 == 1;
    let filename = if is_zip { "a-1.0.zip" } else { "a-1.0.tar.gz" };
    let bytes = if is_zip { bytes.to_vec() } else { gzip(bytes) };
    let mut file = tempfile::tempfile().expect("there is room for a file");
    file.write_all(&bytes).expect("there is room for a file");
    let release = (
        "a".parse().expect("it is a name"),
        "1.0".parse().expect("it is a version"),
    );
    let sdist = DistFile::new(release, filename, DistKind::Sdist, "https://files.test/a");
    let _ = harden_index::read_sdist(&file, &sdist);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    let written = encoder.write_all(bytes);
    written
        .and_then(|()| encoder.finish())
        .expect("memory takes all")
}

pub(crate) fn sdists() -> Vec<Vec<u8>> {
    let seed = |kind: u8, bytes: Vec<u8>| [vec![kind], bytes].concat();
    let tars = tars().into_iter().map(|tar| seed(0, tar));
    tars.chain(zips().into_iter().map(|zip| seed(1, zip)))
        .collect()
}

/// An sdist is unpacked into its folder, and nowhere else.
pub(crate) fn unpack_tar(bytes: &[u8]) {
    let work = tempfile::tempdir().expect("there is room for a folder");
    harden_fetch::fuzz::unpack_tar(bytes, work.path()).expect("the folder is ours");
}

pub(crate) fn tars() -> Vec<Vec<u8>> {
    let mut tar = Vec::new();
    let read = GzDecoder::new(&*file_of("a-1.0.tar.gz")).read_to_end(&mut tar);
    read.expect("the index made it");
    vec![tar, with_extended_headers()]
}

/// A tar with a long name, a long link and fields of pax.
fn with_extended_headers() -> Vec<u8> {
    let mut archive = Vec::new();
    for (kind, name, content) in [
        (b'5', "a-1.0/", ""),
        (b'L', "././@LongLink", "a-1.0/long-name\0"),
        (b'0', "a-1.0/short", "text"),
        (b'K', "././@LongLink", "long-name\0"),
        (b'2', "a-1.0/link", ""),
        (b'x', "pax", "25 path=a-1.0/by-pax.txt\n"),
        (b'0', "a-1.0/short", "text"),
        (b'1', "a-1.0/copy", ""),
    ] {
        archive.extend(member(kind, name, content.as_bytes()));
    }
    archive.extend([0; 1024]);
    archive
}

fn member(kind: u8, name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    if matches!(kind, b'1' | b'2') {
        header[157..168].copy_from_slice(b"a-1.0/short");
    }
    header[257..265].copy_from_slice(b"ustar  \0");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut member = header.to_vec();
    member.extend(content);
    member.resize(512 + content.len().next_multiple_of(512), 0);
    member
}

pub(crate) fn unpack_zip(bytes: &[u8]) {
    let work = tempfile::tempdir().expect("there is room for a folder");
    harden_fetch::fuzz::unpack_zip(bytes, work.path()).expect("the folder is ours");
}

pub(crate) fn zips() -> Vec<Vec<u8>> {
    vec![file_of("a-2.0.zip")]
}
