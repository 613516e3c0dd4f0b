//! The existing output file of a lock: its pins are preferences, and its kind decides whether it may be
//! replaced.
//!
//! It may be a strict file, with conflict markers or without, the output of pip-compile, uv or
//! `pip freeze`, or a list of pins written by hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::Sha256;

use super::pin_conflict::{PinConflict, base_in_git, merged};
use super::pins::{Pins, Versions};
use super::recorded_lock::{RecordedLock, is_exempt};
use crate::locking::conflict_markers::Conflict;
use crate::locking::{pylock, recorded_command};
use crate::report::{Error, Report, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::requirements_urls::UrlDigests;

/// What the output file holds before a lock.
#[derive(Debug, Default)]
pub struct Existing {
    path: PathBuf,
    origin: Origin,
    /// The versions to prefer.
    versions: Versions,
    /// The hashes of the pins.
    hashes: BTreeSet<Sha256>,
    /// The file as a strict file, if it is one; of a conflict, our side.
    strict: Option<StrictFile>,
    conflict: Option<PinConflict>,
    /// The digest of its bytes.
    digest: Option<Sha256>,
}

/// Where a file comes from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// There is none, or one with nothing but a line of comment, or it is a pipe or a device.
    #[default]
    Absent,
    /// harden wrote it.
    Harden,
    /// Another tool wrote it, or it has a hash for each pin.
    Tool,
    /// A plain requirements file, perhaps written by hand.
    Plain,
    /// Not a requirements file.
    Other,
}

/// A file that is not replaced.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    /// A requirements file that may have been written by hand.
    #[error("{} exists, and harden did not write it", .0.display())]
    Plain(PathBuf),
    /// Something else.
    #[error("{} exists, and it is not a requirements file", .0.display())]
    Other(PathBuf),
}

impl Report for NotReplaced {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Plain(_) => {
                "if it is a lock, add --adopt: harden keeps its pins where they are valid, and replaces \
                 the file; if it is a list of loose requirements, name another output with -o"
            }
            Self::Other(_) => "name another output with -o; harden replaces only lock files",
        };
        Some(hint.to_owned())
    }
}

impl Existing {
    /// Reads what is at `path`. A pipe or a device is not read.
    pub fn read(path: Option<&Path>) -> Result<Self, Error> {
        let regular = path.filter(|path| path.is_file());
        let Some(path) = regular else {
            return Ok(Self::default());
        };
        let bytes = fs::read(path).map_err(|source| Error::read(path, source))?;
        let name = path.to_string_lossy();
        let digest = Sha256::of(&bytes);
        let bytes = pylock::unwrapped(bytes.clone(), &name).unwrap_or(bytes);
        let text = String::from_utf8_lossy(&bytes);
        let mut existing = match Conflict::parse(&text) {
            Some(conflict) => Self::of_conflict(&conflict, path),
            None => Self::of_text(&text, path),
        };
        path.clone_into(&mut existing.path);
        existing.digest = Some(digest);
        Ok(existing)
    }

    fn of_text(text: &str, path: &Path) -> Self {
        let pins = Pins::read(text);
        let strict = StrictFile::parse(text, &path.to_string_lossy()).ok();
        let is_hashed = strict
            .as_ref()
            .is_some_and(|strict| !strict.pins().is_empty());
        let origin = if has_header(text) {
            Origin::Harden
        } else if has_other_extension(path) {
            Origin::Other
        } else if is_placeholder(text) {
            Origin::Absent
        } else if is_hashed || names_tool(text) {
            Origin::Tool
        } else if pins.is_requirements_file {
            Origin::Plain
        } else {
            Origin::Other
        };
        Self {
            path: PathBuf::new(),
            origin,
            versions: pins.versions,
            hashes: hashes(strict.as_ref()),
            strict,
            conflict: None,
            digest: None,
        }
    }

    /// Both sides of a conflict; where only one side changed a pin, that of this side is preferred.
    fn of_conflict(conflict: &Conflict, path: &Path) -> Self {
        let [ours, theirs] = [&conflict.ours, &conflict.theirs];
        let [mut our, their] = [ours, theirs].map(|side| Self::of_text(&side.text, path));
        let base = conflict.base.clone().or_else(|| base_in_git(path));
        let base = base.map(|base| Pins::read(&base).versions);
        our.hashes.extend(their.hashes);
        if our.origin != Origin::Harden {
            our.origin = their.origin;
        }
        Self {
            versions: merged(&our.versions, &their.versions, base.as_ref()),
            conflict: Some(PinConflict {
                ours: (ours.label.clone(), our.versions),
                theirs: (theirs.label.clone(), their.versions),
            }),
            ..our
        }
    }

    /// Refuses to replace a file that may have been written by hand, unless `adopt` or the user at the
    /// terminal says so; and everything that is not a requirements file.
    pub fn refuse(&self, adopt: bool, terminal: Terminal) -> Result<(), Error> {
        let path = self.path.clone();
        match self.origin {
            Origin::Absent | Origin::Harden | Origin::Tool => Ok(()),
            Origin::Plain if adopt => Ok(()),
            Origin::Plain => {
                let question = format!(
                    "{} was not written by harden. Replace it with the lock, and keep its pins?",
                    path.display()
                );
                if terminal.confirm(&question) {
                    return Ok(());
                }
                Err(NotReplaced::Plain(path).into())
            }
            Origin::Other => Err(NotReplaced::Other(path).into()),
        }
    }

    /// The digest of its bytes; `None` if there is none.
    pub fn digest(&self) -> Option<Sha256> {
        self.digest
    }

    /// Whether it has conflict markers.
    pub fn has_conflict(&self) -> bool {
        self.conflict.is_some()
    }

    /// Whether it may be a list of loose requirements.
    pub fn is_plain(&self) -> bool {
        self.origin == Origin::Plain
    }

    /// The versions to prefer: the pins.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The hashes of the pins.
    pub fn hashes(&self) -> &BTreeSet<Sha256> {
        &self.hashes
    }

    /// The file as a strict file that harden wrote; of a conflict, our side.
    pub fn strict(&self) -> Option<&StrictFile> {
        self.strict
            .as_ref()
            .filter(|_| self.origin == Origin::Harden)
    }

    /// The file as a strict file, whoever wrote it; `None` if it has conflict markers.
    pub fn any_strict(&self) -> Option<&StrictFile> {
        self.strict.as_ref().filter(|_| self.conflict.is_none())
    }

    /// Whether it is, or may be, something that a person or a tool reads requirements from.
    pub fn may_be_requirements(&self) -> bool {
        matches!(self.origin, Origin::Harden | Origin::Tool | Origin::Plain)
    }

    /// What was taken over from a file that harden did not write, or from the sides of a conflict, into
    /// a lock with these versions.
    pub fn taken(&self, locked: &Versions) -> Option<String> {
        if let Some(conflict) = &self.conflict {
            return Some(conflict.taken(&self.path, locked));
        }
        if !matches!(self.origin, Origin::Tool | Origin::Plain) || self.versions.is_empty() {
            return None;
        }
        let kept = self.versions.iter().filter(|(name, versions)| {
            let locked = locked.get(*name);
            locked.is_some_and(|locked| locked.iter().any(|version| versions.contains(version)))
        });
        Some(format!(
            "{} was not written by harden: kept {} of its {} pins",
            self.path.display(),
            kept.count(),
            self.versions.len()
        ))
    }

    /// The cutoffs to keep: those recorded with the same inputs, if no version lost its exemption.
    pub fn cutoffs(
        &self,
        args: &LockArgs,
        inputs: Sha256,
        urls: &UrlDigests,
    ) -> Option<RecordedLock<'_>> {
        if args.upgrade || !args.upgrade_package.is_empty() {
            return None;
        }
        let strict = self.strict.as_ref()?;
        let header = strict.header()?;
        let before = recorded_command::arguments(header)?;
        let is_same = header.inputs() == inputs
            && header.urls() == urls
            && is_exempt(&before.exempt, &args.exempt);
        is_same.then_some(RecordedLock {
            args: before,
            strict,
        })
    }
}

/// Whether a text has nothing to lose: it is empty, but for one line of comment.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with('#') && text.lines().count() == 1
}

fn hashes(strict: Option<&StrictFile>) -> BTreeSet<Sha256> {
    let pins = strict.map_or(&[] as &[_], StrictFile::pins);
    pins.iter().flat_map(StrictPin::hashes).copied().collect()
}

/// Whether a text has the header line that harden writes, be the rest as it may.
fn has_header(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("# harden: "))
}

/// Whether the extension of a file is not that of a lock.
fn has_other_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let others = [
        "py", "pyw", "toml", "json", "lock", "cfg", "ini", "yaml", "yml", "md", "sh",
    ];
    extension.is_some_and(|extension| others.contains(&extension))
}

/// Whether a comment says that pip-compile or uv wrote the file.
fn names_tool(text: &str) -> bool {
    let mut comments = text.lines().filter(|line| line.starts_with('#'));
    comments.any(|line| line.contains("autogenerated by"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(name: &str, text: &str) -> Origin {
        Existing::of_text(text, Path::new(name)).origin
    }

    #[test]
    fn what_a_file_is_decides_whether_it_may_be_replaced() {
        assert_eq!(origin("a.txt", "\n"), Origin::Absent);
        assert_eq!(origin("a.txt", "flask>=2\n"), Origin::Plain);
        assert_eq!(origin("a.txt", "# to be locked\n"), Origin::Absent);
        assert_eq!(origin("a.txt", "# one\n# two\n"), Origin::Plain);
        assert_eq!(origin("a.txt", "# one\nflask\n"), Origin::Plain);
        assert_eq!(
            origin("a.txt", "flask==2  # autogenerated by hand\n"),
            Origin::Plain
        );
        assert_eq!(
            origin("a.txt", "# This file was autogenerated by uv\nflask==2\n"),
            Origin::Tool
        );
        assert_eq!(origin("main.py", ""), Origin::Other);
        assert_eq!(origin("notes.txt", "buy milk and eggs\n"), Origin::Other);
        assert_eq!(origin("a.txt", "# harden: 1 broken\n???\n"), Origin::Harden);
    }
}
