//! What the fuzz targets in `fuzz/` call: readers that are private otherwise, with what must hold of their
//! results.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use harden_target::WheelFilename;

use crate::build;
use crate::wheel::{Depth, Expected, inspect, inspect_again, metadata, read_record};

/// Inspects a wheel, deeply, as usual and again: a wheel that passes one look passes the next.
pub fn wheel(bytes: &[u8]) {
    let name: WheelFilename = "a-1.0-py3-none-any.whl".parse().expect("it is a name");
    let expected = Expected {
        name: &"a".parse().expect("it is a name"),
        version: &"1.0".parse().expect("it is a version"),
        tags: &name.tags,
        other_tags: &[],
        sidecar: None,
    };
    let deep = inspect(&mut Cursor::new(bytes), &expected, Depth::Contents);
    let first = inspect(&mut Cursor::new(bytes), &expected, Depth::Structure);
    let again = inspect_again(&mut Cursor::new(bytes), &expected);
    if deep.is_ok() {
        assert!(first.is_ok(), "the deep look is stricter");
    }
    if let Ok(first) = first {
        let again = again.expect("the first look is stricter");
        assert_eq!(first.metadata, again.metadata);
        assert_eq!(first.takeovers, again.takeovers);
        metadata(&mut Cursor::new(bytes)).expect("the first look is stricter");
    }
}

/// Reads a `RECORD`.
pub fn record(text: &str) {
    read_record(text);
}

/// Unpacks the tar of an sdist into `work/out`: nothing lands beside it.
///
/// # Errors
///
/// If `work`, a folder of the caller's, cannot be used.
pub fn unpack_tar(bytes: &[u8], work: &Path) -> io::Result<()> {
    let out = work.join("out");
    let _ = build::unpack_tar(bytes, &out);
    remove_only(&out, work)
}

/// Unpacks a zipped sdist, as [`unpack_tar`] does.
///
/// # Errors
///
/// If `work` cannot be used.
pub fn unpack_zip(bytes: &[u8], work: &Path) -> io::Result<()> {
    let out = work.join("out");
    let _ = build::unpack_zip(bytes, &out);
    remove_only(&out, work)
}

/// Removes `out`, beside which there is nothing in `work`.
fn remove_only(out: &Path, work: &Path) -> io::Result<()> {
    for entry in fs::read_dir(work)? {
        let name = entry?.file_name();
        assert_eq!(name, "out", "a file lies beside the folder");
    }
    fs::remove_dir_all(out)
}
