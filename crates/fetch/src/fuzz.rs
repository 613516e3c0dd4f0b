//! What the fuzz targets in `fuzz/` call: readers that are private otherwise, with what must hold of their
//! results.

use std::fs::{self, File};
use std::io::{self, Cursor};
use std::path::Path;

use harden_target::WheelFilename;

use crate::build::unpack_tar;
use crate::wheel::{Expected, inspect, inspect_again, metadata, read_record};

/// Inspects a wheel, for the first time and again: a wheel that passes the first look passes the second.
pub fn wheel(bytes: &[u8]) {
    let name: WheelFilename = "a-1.0-py3-none-any.whl".parse().expect("it is a name");
    let expected = Expected {
        name: &"a".parse().expect("it is a name"),
        version: &"1.0".parse().expect("it is a version"),
        tags: &name.tags,
        other_tags: &[],
        sidecar: None,
    };
    let first = inspect(&mut Cursor::new(bytes), &expected);
    let again = inspect_again(&mut Cursor::new(bytes), &expected);
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
pub fn unpack(bytes: &[u8], work: &Path) -> io::Result<()> {
    let out = work.join("out");
    let _ = unpack_tar(bytes, &out);
    for entry in fs::read_dir(work)? {
        let name = entry?.file_name();
        assert_eq!(name, "out", "a file lies beside the folder");
    }
    fs::remove_dir_all(&out)
}

/// Unpacks a zipped sdist, as [`unpack`] does.
///
/// # Errors
///
/// If `work` cannot be used.
pub fn unpack_zip(bytes: &[u8], work: &Path) -> io::Result<()> {
    let out = work.join("out");
    fs::create_dir(&out)?;
    let sdist = out.join("a-1.0.zip");
    fs::write(&sdist, bytes)?;
    let _ = crate::build::unpack_zip(&File::open(&sdist)?, &out.join("sdist"));
    for entry in fs::read_dir(work)?.chain(fs::read_dir(&out)?) {
        let name = entry?.file_name();
        let is_known = ["out", "sdist", "a-1.0.zip"]
            .iter()
            .any(|known| name == *known);
        assert!(is_known, "a file lies beside the folder");
    }
    fs::remove_dir_all(&out)
}
