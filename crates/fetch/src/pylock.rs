//! A `pylock.toml` beside the wheels, which names them by their path.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>

use std::io::Write;
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::DistKind;
use toml::{Table, Value};

use crate::atomic_write::write_atomically;
use crate::wheelhouse_files::{FolderFile, contents};
use crate::{FetchError, Lock};

/// Writes what a folder holds for a lock to the file `name` in it: `pylock.toml`, or
/// `pylock.NAME.toml` where NAME has no dot.
///
/// # Errors
///
/// Returns [`FetchError`] where a file of the lock is missing or wrong, or the folder cannot be
/// written.
pub fn write_pylock(lock: &Lock<'_>, folder: &Path, name: &str) -> Result<(), FetchError> {
    let files = contents(lock, folder)?;
    let text = pylock(lock.strict.pins(), &files);
    write_atomically(&folder.join(name), |file| file.write_all(text.as_bytes()))
}

fn pylock(pins: &[StrictPin], files: &[FolderFile<'_>]) -> String {
    let packages = pins.iter().filter_map(|pin| {
        let mut files = files.iter().filter(|file| file.pin.line() == pin.line());
        let first = files.next()?;
        Some(package(
            pin,
            &std::iter::once(first).chain(files).collect::<Vec<_>>(),
        ))
    });
    let mut document = Table::new();
    document.insert("lock-version".into(), "1.0".into());
    document.insert("created-by".into(), "harden".into());
    document.insert("packages".into(), packages.collect::<Vec<Value>>().into());
    document.to_string()
}

fn package(pin: &StrictPin, files: &[&FolderFile<'_>]) -> Value {
    let mut package = Table::new();
    package.insert("name".into(), pin.name().to_string().into());
    package.insert("version".into(), pin.version().to_string().into());
    if let Some(marker) = pin.marker_text() {
        package.insert("marker".into(), marker.into());
    }
    let (sdists, wheels): (Vec<_>, Vec<_>) = files
        .iter()
        .copied()
        .partition(|file| file.kind == DistKind::Sdist);
    if let Some(sdist) = sdists.first() {
        package.insert("sdist".into(), entry(sdist));
    }
    if !wheels.is_empty() {
        let wheels: Vec<Value> = wheels.into_iter().map(entry).collect();
        package.insert("wheels".into(), wheels.into());
    }
    package.into()
}

fn entry(file: &FolderFile<'_>) -> Value {
    let mut hashes = Table::new();
    hashes.insert("sha256".into(), file.sha256.to_string().into());
    let mut entry = Table::new();
    entry.insert("name".into(), file.name.clone().into());
    entry.insert("path".into(), file.name.clone().into());
    // No wheel comes near what an integer of TOML cannot hold.
    let size = i64::try_from(file.size).unwrap_or(i64::MAX);
    entry.insert("size".into(), size.into());
    entry.insert("hashes".into(), hashes.into());
    entry.into()
}
