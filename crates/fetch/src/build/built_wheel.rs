//! A wheel from a build: inspected like a downloaded wheel, and kept in the cache.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use harden_packaging::{DistFilename, DistKind, PackageName, Sha256};
use harden_target::{Libc, Target, WheelTags};
use pep440_rs::Version;
use zip::ZipArchive;

use super::build_output::open;
use super::repack_wheel::repack;
use super::{BuildError, Source};
use crate::hash::hash;
use crate::partial::Partial;
use crate::regular_file;
use crate::store::Store;
use crate::wheel::{Depth, Expected, inspect, metadata};
use crate::{Failure, FetchError, WheelDefect};

/// A built wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltWheel {
    file: String,
    tags: WheelTags,
    sha256: Sha256,
    metadata: String,
    native: NativeCode,
    libraries: Vec<String>,
}

/// What the native code of a wheel says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct NativeCode {
    /// Whether there is any, as an ELF file.
    elf: bool,
    /// The newest minor version of glibc 2 whose symbols it needs.
    glibc: Option<u8>,
}

impl BuiltWheel {
    /// Whether it can be installed and loaded on a target: its tags fit, and if it has the tag
    /// `linux_ARCH`, which says nothing of the C library, the target has the glibc that its native code
    /// was linked with, or a newer one.
    pub fn fits(&self, target: &Target) -> bool {
        let loads = match (self.native.glibc, target.platform().libc()) {
            (Some(needed), Some((Libc::Glibc, minor, _))) => needed <= minor,
            (needed, _) => needed.is_none(),
        };
        let may_load = loads || !self.tags.platforms().any(is_plain);
        may_load && target.tags().rank(&self.tags).is_some()
    }

    /// The minor version of glibc 2 that its native code needs; `None` if it needs none.
    pub fn glibc(&self) -> Option<u8> {
        self.native.glibc
    }

    /// Whether it has native code and a tag that says nothing of the libraries that this needs.
    pub fn needs_repair(&self) -> bool {
        self.native.elf && self.tags.platforms().any(is_plain)
    }

    /// The shared libraries that a repair copied into it, by file name.
    pub fn libraries(&self) -> &[String] {
        &self.libraries
    }

    /// Its file name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The tags in its file name.
    pub fn tags(&self) -> &WheelTags {
        &self.tags
    }

    /// Its digest.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The text of its `METADATA`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Copies it from the cache in `cache_dir` to a new file, which a build may then change.
    pub(super) fn copy(&self, cache_dir: &Path, to: &Path) -> Result<(), BuildError> {
        let store = Store::open(cache_dir).ok_or_else(|| unwritable(cache_dir))?;
        let copied = regular_file::open(&store.path(self.sha256, &self.file))
            .and_then(|mut from| io::copy(&mut from, &mut File::create_new(to)?));
        copied.map(drop).map_err(BuildError::io("copy", to))
    }

    /// The wheel of this name and digest in the cache; `None` also if its bytes have changed there.
    pub(super) fn kept(store: &Store, file: &str, sha256: Sha256) -> Option<Self> {
        let tags = tags(file, None)?;
        let mut wheel = regular_file::open(&store.path(sha256, file)).ok()?;
        let (actual, _) = hash(&mut wheel).ok()?;
        if actual != sha256 {
            return None;
        }
        Some(Self {
            file: file.to_owned(),
            tags,
            sha256,
            metadata: metadata(&mut wheel).ok()?,
            native: native_code(&mut wheel).ok()?,
            libraries: copied_libraries(&mut wheel).ok()?,
        })
    }
}

/// Whether a platform tag says nothing of the C library.
fn is_plain(tag: &str) -> bool {
    tag.starts_with("linux_")
}

/// The tags in the name of a wheel of this release.
fn tags(file: &str, release: Option<(&PackageName, &Version)>) -> Option<WheelTags> {
    let name: DistFilename = file.parse().ok()?;
    let is_of = release
        .is_none_or(|(project, version)| name.name() == project && name.version() == version);
    match name.kind() {
        DistKind::Wheel(tags) if is_of => Some(tags.clone()),
        _ => None,
    }
}

/// Takes the wheel `file` in `out` into the cache.
pub(super) fn take(
    out: &Path,
    file: &str,
    source: &Source,
    cache_dir: &Path,
) -> Result<BuiltWheel, BuildError> {
    let release = (source.name(), source.version());
    let tags = tags(file, Some(release)).ok_or_else(|| BuildError::OtherWheel {
        sdist: source.label().to_owned(),
        found: file.to_owned(),
        name: source.name().clone(),
        version: source.version().clone(),
    })?;
    let refused = |defect| BuildError::BadWheel {
        sdist: source.label().to_owned(),
        wheel: file.to_owned(),
        source: defect,
    };
    let built = out.join(file);
    let wheel = open(&built).map_err(|error| refused(WheelDefect::Read(error)))?;
    let store = Store::open(cache_dir).ok_or_else(|| unwritable(cache_dir))?;
    let mut partial = store.parts().take_up(file, None);
    repacked(wheel, &mut partial, &built)?.map_err(refused)?;
    let text = inspected(&mut partial, source, &tags).map_err(refused)?;
    let sha256 = partial.digest();
    let path = store
        .make_room(sha256, file)
        .map_err(BuildError::io("keep in the cache", file))?;
    partial.keep(&path).map_err(FetchError::one)?;
    let looked_at = regular_file::open(&path)
        .and_then(|mut wheel| Ok((native_code(&mut wheel)?, copied_libraries(&mut wheel)?)));
    let (native, libraries) = looked_at.map_err(BuildError::io("read", &path))?;
    Ok(BuiltWheel {
        file: file.to_owned(),
        tags,
        sha256,
        metadata: text,
        native,
        libraries,
    })
}

/// What the native code of a wheel needs of glibc.
///
/// The members of a repacked wheel are not compressed, so the names of the symbol versions
/// (`GLIBC_2.34`) stand in its bytes as they do in the string tables of its ELF files. A text that only
/// mentions such a name makes the answer stricter, never looser.
fn native_code(wheel: &mut (impl Read + Seek)) -> io::Result<NativeCode> {
    wheel.rewind()?;
    let mut found = NativeCode::default();
    let mut window = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = wheel.read(&mut buffer)?;
        if read == 0 {
            return Ok(found);
        }
        window.extend_from_slice(&buffer[..read]);
        found.elf |= window.windows(ELF.len()).any(|bytes| bytes == ELF);
        found.glibc = found.glibc.max(newest_glibc(&window));
        // A name may begin in one piece and end in the next.
        window.drain(..window.len().saturating_sub(GLIBC.len() + 3));
    }
}

/// What the name of the folder of copied libraries ends with.
const COPIED: &str = ".libs";
/// What an ELF file begins with.
const ELF: &[u8] = b"\x7fELF";
/// What the names of symbol versions of glibc 2 begin with.
const GLIBC: &[u8] = b"GLIBC_2.";

fn newest_glibc(bytes: &[u8]) -> Option<u8> {
    let names = bytes.windows(GLIBC.len()).enumerate();
    let ends = names.filter(|(_, name)| *name == GLIBC);
    let minors = ends.filter_map(|(at, _)| {
        let digits = bytes[at + GLIBC.len()..].iter();
        let digits: String = digits
            .take_while(|byte| byte.is_ascii_digit())
            .map(|byte| char::from(*byte))
            .collect();
        digits.parse().ok()
    });
    minors.max()
}

/// The shared libraries in the folder that auditwheel makes for them.
fn copied_libraries(wheel: &mut (impl Read + Seek)) -> io::Result<Vec<String>> {
    wheel.rewind()?;
    let archive = ZipArchive::new(wheel)?;
    let mut libraries = Vec::new();
    for name in archive.file_names() {
        let name = name?;
        let parts = name.split_once('/');
        let own = parts.filter(|(folder, _)| folder.strip_suffix(COPIED).is_some());
        libraries.extend(own.map(|(_, library)| library.to_owned()));
    }
    libraries.sort_unstable();
    Ok(libraries)
}

fn unwritable(cache_dir: &Path) -> BuildError {
    BuildError::io("write to the cache in", cache_dir)(std::io::ErrorKind::PermissionDenied.into())
}

/// Writes a wheel in its reproducible form; the defect of one that is not a readable zip.
fn repacked(
    wheel: File,
    to: &mut Partial<'_>,
    path: &Path,
) -> Result<Result<(), WheelDefect>, BuildError> {
    let mut temporary = tempfile::tempfile().map_err(BuildError::io("copy", path))?;
    if let Err(error) = repack(wheel, &mut temporary) {
        return Ok(Err(WheelDefect::Archive(error.to_string())));
    }
    let failed = |failure: Failure| BuildError::from(FetchError::one(failure));
    temporary.rewind().map_err(BuildError::io("copy", path))?;
    to.begin(None).map_err(failed)?;
    to.append_all(&mut temporary).map_err(failed)?;
    Ok(Ok(()))
}

/// Inspects a wheel; the text of its `METADATA`.
fn inspected(
    partial: &mut Partial<'_>,
    source: &Source,
    tags: &WheelTags,
) -> Result<String, WheelDefect> {
    let expected = Expected {
        name: source.name(),
        version: source.version(),
        tags,
        other_tags: &[],
        sidecar: None,
    };
    match partial.read()? {
        Some(file) => {
            let inspected = inspect(file, &expected, Depth::Contents)?;
            Ok(String::from_utf8_lossy(&inspected.metadata).into_owned())
        }
        None => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn wheel(tags: &str, glibc: Option<u8>) -> BuiltWheel {
        let file = format!("a-1-{tags}.whl");
        BuiltWheel {
            tags: super::tags(&file, None).unwrap(),
            file,
            sha256: Sha256::from_bytes([0; 32]),
            metadata: String::new(),
            native: NativeCode { elf: true, glibc },
            libraries: Vec::new(),
        }
    }

    #[test]
    fn the_newest_symbol_version_counts_wherever_it_stands() {
        let needed = |bytes: Vec<u8>| native_code(&mut Cursor::new(bytes)).unwrap().glibc;
        assert_eq!(
            needed(b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.17\0".to_vec()),
            Some(34)
        );
        assert_eq!(needed(b"GLIBC_PRIVATE GLIBC_2. GLIBCXX_3.4".to_vec()), None);
        for start in (1 << 20) - 12..=1 << 20 {
            let mut bytes = vec![0; start];
            bytes.extend_from_slice(b"GLIBC_2.34\0");
            assert_eq!(needed(bytes), Some(34), "{start}");
        }
    }

    #[test]
    fn native_code_serves_targets_with_its_glibc_or_a_newer_one() {
        let fits =
            |tags: &str, glibc, target: &str| wheel(tags, glibc).fits(&target.parse().unwrap());
        let native = "cp311-cp311-linux_x86_64";
        assert!(fits(native, Some(28), "manylinux_2_28_x86_64-cp311"));
        assert!(fits(native, Some(17), "manylinux_2_28_x86_64-cp311"));
        assert!(!fits(native, Some(34), "manylinux_2_28_x86_64-cp311"));
        assert!(!fits(native, Some(17), "musllinux_1_2_x86_64-cp311"));
        assert!(!fits(native, Some(17), "manylinux_2_28_aarch64-cp311"));
        assert!(fits(native, None, "musllinux_1_2_x86_64-cp311"));
        assert!(fits("py3-none-any", None, "win_amd64-cp311"));
    }
}
