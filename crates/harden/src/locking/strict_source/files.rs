//! Strict files by their paths: finding and reading them.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use harden_hasher::{Header, StrictFile};
use harden_interchange::Format;

use crate::locking::{pylock, recorded_command};
use crate::report::{Error, Report};
use crate::settings::config::{Config, STRICT};
use crate::settings::platforms::note_names;
use crate::settings::shard::Shard;

/// A strict file whose header records no command.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not record the command that wrote it")]
pub struct NoCommand(pub String);

impl Report for NoCommand {
    fn hint(&self) -> Option<String> {
        let hint = "lock it with harden first, as in `harden loose.txt -p TARGET -o strict.txt`";
        Some(hint.to_owned())
    }
}

/// A strict file that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no such file: `{}`", .0.display())]
pub struct NoStrict(PathBuf);

impl NoStrict {
    /// The error for this path.
    pub fn at(path: &Path) -> Error {
        Self(path.to_owned()).into()
    }
}

impl Report for NoStrict {
    fn hint(&self) -> Option<String> {
        let hint = match Format::of_name(&self.0.to_string_lossy()) {
            None => "create it with `harden loose.txt -o strict.txt`, or name another file",
            Some(_) => "it is the lock of another tool, which writes it; or name another file",
        };
        Some(hint.to_owned())
    }
}

/// The strict files: the named one, else those of the configuration that exist, whose folder becomes the
/// current one, else `strict.txt`.
pub fn strict_files(named: Option<&PathBuf>) -> Result<Vec<PathBuf>, Error> {
    if let Some(path) = named {
        return Ok(vec![path.clone()]);
    }
    let Some(config) = Config::find()? else {
        return Ok(vec![STRICT.into()]);
    };
    let there = existing(config, None)?;
    Ok(if there.is_empty() {
        vec![STRICT.into()]
    } else {
        there
    })
}

/// The strict files of a shard of the locks, those that exist.
pub fn strict_files_of(shard: Shard) -> Result<Vec<PathBuf>, Error> {
    match Config::find()? {
        Some(config) => existing(config, Some(shard)),
        None => Ok(shard.of(vec![STRICT.into()])),
    }
}

/// The strict files of a configuration that exist; its folder becomes the current one.
fn existing(config: Config, shard: Option<Shard>) -> Result<Vec<PathBuf>, Error> {
    config.enter()?;
    let locks = match shard {
        Some(shard) => shard.of(config.locks),
        None => config.locks,
    };
    let strict = locks.into_iter().filter_map(|lock| lock.output);
    Ok(strict.filter(|path| path.exists()).collect())
}

/// Reads a strict file.
pub fn read(path: &Path) -> Result<StrictFile, Error> {
    let text = match String::from_utf8(read_bytes(path)?) {
        Ok(text) => text,
        Err(error) => {
            let error = io::Error::new(ErrorKind::InvalidData, error);
            return Err(Error::read(path.to_owned(), error));
        }
    };
    let strict = StrictFile::parse(&text, &path.to_string_lossy());
    if strict.is_err() && OtherLock::is(path) {
        return Err(OtherLock(path.to_owned()).into());
    }
    let strict = strict?;
    strict.header().map(note_target_names);
    Ok(strict)
}

/// Notes how the user named the targets, for messages.
pub fn note_target_names(header: &Header) {
    let recorded = recorded_command::arguments(header);
    note_names(&recorded.unwrap_or_default().platform);
}

/// Whether a strict file is one by itself, which installers take, rather than part of a `pylock.toml`.
pub fn is_plain(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "toml")
}

/// The bytes of a strict file, also of one inside a `pylock.toml`.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => NoStrict::at(path),
        _ => Error::read(path.to_owned(), source),
    })?;
    pylock::unwrapped(bytes, &path.to_string_lossy())
}

/// The lock file of another tool.
#[derive(Debug, thiserror::Error)]
#[error("{} is a lock file of another tool", .0.display())]
struct OtherLock(PathBuf);

impl OtherLock {
    const NAMES: [&str; 5] = [
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
    ];

    fn is(path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| Self::NAMES.contains(&name))
    }
}

impl Report for OtherLock {
    fn hint(&self) -> Option<String> {
        let lock = self.0.display();
        Some(format!(
            "convert it to a strict file: `harden import {lock} -p TARGET -o strict.txt`"
        ))
    }
}
