//! Checks that an archive with the name of an sdist is one.

use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use harden_index::TarHeaders;
use zip::ZipArchive;

use crate::regular_file;

/// The most that is decompressed to find out, in bytes. `PKG-INFO` is among the first members.
const MOST_BYTES: u64 = 1 << 30;

/// Whether the archive at `path` has a `PKG-INFO` in the folder at its top, as every sdist has that
/// setuptools, flit, hatchling, poetry or pdm wrote. What cannot be read is not one.
pub(crate) fn is_sdist(path: &Path) -> bool {
    let is_zip = path.extension().is_some_and(|ending| ending == "zip");
    let found = regular_file::open(path).and_then(|file| {
        let file = BufReader::new(file);
        if is_zip {
            let mut archive = ZipArchive::new(file)?;
            Ok((0..archive.len()).any(|place| {
                let member = archive.by_index_raw(place);
                member
                    .is_ok_and(|member| member.name().is_ok_and(|name| is_info(Path::new(&*name))))
            }))
        } else {
            has_info(GzDecoder::new(file).take(MOST_BYTES))
        }
    });
    found.unwrap_or(false)
}

fn has_info(tar: impl Read) -> io::Result<bool> {
    let mut headers = TarHeaders::default();
    for entry in tar::Archive::new(tar).entries()?.raw(true) {
        let member = headers.member(&mut entry?)?;
        if member.is_some_and(|member| is_info(Path::new(&*String::from_utf8_lossy(&member.path))))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_info(member: &Path) -> bool {
    let parts = member.strip_prefix(".").unwrap_or(member);
    parts.ends_with("PKG-INFO") && parts.components().count() == 2
}
