//! The file that a lock is about to replace: its pins are preferences, and its kind decides whether it may
//! be replaced.
//!
//! It may be a strict file, with conflict markers or without, the output of pip-compile, uv or
//! `pip freeze`, or a list of pins written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::{PackageName, Sha256};
use harden_requirements::Requirement;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::locking::conflict::Conflict;
use crate::locking::{pylock, recorded_command};
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{Cutoff, Exemption, LockArgs};
use crate::settings::cutoffs::RecordedCutoffs;
use crate::settings::urls::UrlDigests;

/// Versions by package; several where markers or the sides of a conflict tell them apart.
pub type Versions = BTreeMap<PackageName, BTreeSet<Version>>;

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
}

/// Where a file comes from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// There is none, or an empty one, or it is a pipe or a device.
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

/// The pins of both sides of a conflict.
#[derive(Debug)]
struct PinConflict {
    ours: (String, Versions),
    theirs: (String, Versions),
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
        let bytes = pylock::unwrapped(bytes.clone(), &name).unwrap_or(bytes);
        let text = String::from_utf8_lossy(&bytes);
        let mut existing = match Conflict::parse(&text) {
            Some(conflict) => Self::of_conflict(&conflict, path),
            None => Self::of_text(&text, path),
        };
        path.clone_into(&mut existing.path);
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
        } else if text.trim().is_empty() {
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

impl PinConflict {
    /// `strict.txt had conflict markers: took a 2.0 from HEAD, b 1.1 from feature`.
    fn taken(&self, path: &Path, locked: &Versions) -> String {
        let mut from = Vec::new();
        for (name, versions) in locked {
            let [ours, theirs] = [&self.ours.1, &self.theirs.1].map(|side| side.get(name));
            if ours == theirs {
                continue;
            }
            for version in versions {
                let has = |side: Option<&BTreeSet<Version>>| {
                    side.is_some_and(|versions| versions.contains(version))
                };
                let label = match (has(ours), has(theirs)) {
                    (true, false) => format!("from {}", self.ours.0),
                    (false, true) => format!("from {}", self.theirs.0),
                    _ => "from neither side".to_owned(),
                };
                from.push(format!("{name} {version} {label}"));
            }
        }
        let path = path.display();
        if from.is_empty() {
            format!("{path} had conflict markers; its sides have the same versions")
        } else {
            format!("{path} had conflict markers: took {}", from.join(", "))
        }
    }
}

/// The common ancestor of a file that git could not merge: two-way markers do not show it, but the index
/// of git has it.
fn base_in_git(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(Path::new(".")))
        .args(["show", &format!(":1:./{name}")])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    String::from_utf8(text).ok()
}

/// For each package the versions that both sides have, those of the side that changed them, or both.
pub fn merged(ours: &Versions, theirs: &Versions, base: Option<&Versions>) -> Versions {
    let mut merged = Versions::new();
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let [our, their] = [ours, theirs].map(|side| side.get(name));
        let before = base.map(|base| base.get(name));
        let sides = match before {
            Some(before) if before == our => [None, their.or(our)],
            Some(before) if before == their => [our.or(their), None],
            _ => [our, their],
        };
        let versions = sides.into_iter().flatten().flatten().cloned();
        merged.insert(name.clone(), versions.collect());
    }
    merged
}

/// The pins of any requirements file, read line by line.
struct Pins {
    versions: Versions,
    /// Whether each line is one of a requirements file.
    is_requirements_file: bool,
}

impl Pins {
    fn read(text: &str) -> Self {
        let mut pins = Self {
            versions: Versions::new(),
            is_requirements_file: true,
        };
        for line in text.trim_start_matches('\u{feff}').lines() {
            pins.is_requirements_file &= pins.read_line(line);
        }
        pins
    }

    /// Whether a line may stand in a requirements file; remembers its pin.
    fn read_line(&mut self, line: &str) -> bool {
        let line = line.split(" #").next().unwrap_or_default();
        let line = line.split(" --hash").next().unwrap_or_default();
        let line = line.trim().trim_end_matches('\\').trim();
        if line.is_empty() || line.starts_with(['#', '-']) {
            return true;
        }
        let Ok(requirement) = line.parse::<Requirement>() else {
            return line.contains("://") || line.starts_with(['.', '/']);
        };
        let exact = requirement.specifiers();
        if let Some(version) = exact.and_then(|specifiers| specifiers.exact()) {
            let versions = self.versions.entry(requirement.name.clone()).or_default();
            versions.insert(version.clone());
        }
        true
    }
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

/// Whether all versions that were exempt are.
fn is_exempt(before: &[Exemption], now: &[Exemption]) -> bool {
    let is_same = |one: &Exemption, other: &Exemption| {
        one.name() == other.name() && one.version() == other.version()
    };
    let mut before = before.iter();
    before.all(|one| now.iter().any(|other| is_same(one, other)))
}

/// The cutoffs of a strict file, as recorded.
pub struct RecordedLock<'a> {
    args: LockArgs,
    strict: &'a StrictFile,
}

impl RecordedLock<'_> {
    /// The repository and commit of each package that comes from one.
    pub fn repositories(&self) -> BTreeMap<PackageName, String> {
        let pins = self.strict.pins().iter();
        let pins = pins.filter_map(|pin| Some((pin.name().clone(), pin.repository()?.to_owned())));
        pins.collect()
    }
}

impl RecordedCutoffs for RecordedLock<'_> {
    fn all(&self) -> Option<(Cutoff, Timestamp)> {
        Some((
            self.args.exclude_newer?,
            self.strict.header()?.exclude_newer()?,
        ))
    }

    fn package(&self, name: &PackageName) -> Option<(Cutoff, Timestamp)> {
        let mut own = self.args.exclude_newer_package.iter();
        let cutoff = own.find(|own| own.name == *name)?.cutoff?;
        let moments = self.strict.header()?.exclude_newer_packages();
        Some((cutoff, *moments.get(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(name: &str, text: &str) -> Origin {
        Existing::of_text(text, Path::new(name)).origin
    }

    fn versions(text: &str) -> String {
        let pins = Pins::read(text).versions;
        let shown = pins.iter().map(|(name, versions)| {
            let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
            format!("{name} {}", versions.join("|"))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn pins_are_read_from_what_other_tools_write() {
        let freeze =
            "Flask==3.0\n-e git+https://example.invalid/x#egg=x\nown @ file:///tmp/own.whl\n";
        assert_eq!(versions(freeze), "flask 3.0");
        let compiled = "# autogenerated by pip-compile\na==1 \\\n    --hash=sha256:00\n    # via b\n\
                        b[x]==2 ; python_version < \"3.9\"  # via -r in\nc>=1\n";
        assert_eq!(versions(compiled), "a 1, b 2");
    }

    #[test]
    fn what_a_file_is_decides_whether_it_may_be_replaced() {
        assert_eq!(origin("a.txt", "\n"), Origin::Absent);
        assert_eq!(origin("a.txt", "flask>=2\n"), Origin::Plain);
        assert_eq!(origin("a.txt", "# mine\n"), Origin::Plain);
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

    #[test]
    fn the_side_that_changed_a_pin_decides_and_of_two_both_are_kept() {
        let read = |text| Pins::read(text).versions;
        let (ours, theirs) = (read("a==1\nb==2\nc==2"), read("a==2\nb==1\nc==3\nd==1"));
        let base = read("a==1\nb==1\nc==1");
        let shown = |versions: &Versions| {
            format!(
                "{:?}",
                versions.values().map(BTreeSet::len).collect::<Vec<_>>()
            )
        };
        assert_eq!(shown(&merged(&ours, &theirs, Some(&base))), "[1, 1, 2, 1]");
        assert_eq!(shown(&merged(&ours, &theirs, None)), "[2, 2, 2, 1]");
    }
}
