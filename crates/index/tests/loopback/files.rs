//! Distributions and pages made up for the tests.

use std::io::{Cursor, Write};

use sha2::Digest;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The metadata of `name` 1.0.
pub fn metadata(name: &str) -> String {
    format!("Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nRequires-Dist: b>=1\n\nText.\n")
}

/// A wheel of `a` 1.0 with `filler` incompressible bytes after its metadata.
pub fn wheel(filler: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("a-1.0.dist-info/METADATA", deflated)
        .unwrap();
    zip.write_all(metadata("a").as_bytes()).unwrap();
    zip.start_file("a/filler", stored).unwrap();
    zip.write_all(&vec![7; filler]).unwrap();
    zip.finish().unwrap().into_inner()
}

/// An sdist of `a` 1.0 with these files in its folder.
pub fn sdist(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (member, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("a-1.0/{member}"), text.as_bytes())
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// The same as a zip.
pub fn zip_sdist(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (member, text) in files {
        zip.start_file(format!("a-1.0/{member}"), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The SHA-256 of `bytes` in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest: [u8; 32] = sha2::Sha256::digest(bytes).into();
    harden_packaging::Sha256::from_bytes(digest).to_string()
}

/// A page of `a` in the JSON form with one file, whose other fields are `fields`.
pub fn json_page(filename: &str, fields: &str) -> String {
    format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "a", "files": [{{"filename": "{filename}",
        "url": "/files/{filename}", {fields}}}]}}"#
    )
}

/// A wheel of `a` 1.0 with so many members that its directory is large.
pub fn wheel_of_members(members: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |name: &str, text: &[u8]| {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text).unwrap();
    };
    add("a/library.so", &vec![7; members * 200]);
    for member in 0..members {
        add(
            &format!("a/include/operators/a_long_name_number_{member:06}_native.h"),
            b"x",
        );
    }
    add("a-1.0.dist-info/METADATA", metadata("a").as_bytes());
    zip.finish().unwrap().into_inner()
}
