//! The model of a lock of any tool: packages, their files, and when each is installed.

use std::collections::BTreeSet;
use std::fmt;

use harden_packaging::{ExtraName, PackageName, Sha256};
use harden_requirements::{InputOptions, Marker, Requirement, Specifiers};
use jiff::Timestamp;
use pep440_rs::Version;

use crate::format::MAX_BYTES;
use crate::{Format, ReadLockError, read};

/// The lock of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The file, as the user named it.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// The Pythons that it is for.
    pub requires_python: Option<Specifiers>,
    /// Its packages, in the order of the file.
    pub packages: Vec<LockedPackage>,
    /// What is installed of them.
    pub roots: Roots,
    /// The dependency groups it knows, without those that are always installed.
    pub groups: BTreeSet<ExtraName>,
    /// The groups that are always installed.
    pub base_groups: BTreeSet<ExtraName>,
    /// The extras it knows; `None` where it does not record which there are.
    pub extras: Option<BTreeSet<ExtraName>>,
    /// The environments that it was made for, any of them; none at all bounds nothing.
    pub environments: Vec<Marker>,
    /// What takes the place of requirements, in the order of the file.
    pub overrides: Vec<Requirement>,
    /// The options that it sets for a whole run, as requirements files do.
    pub options: InputOptions,
}

/// How a lock says which of its packages are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// Each package says so itself.
    Listed,
    /// These dependencies, and what they add.
    Named(Vec<Edge>),
    /// It does not say: what nothing in it requires, and what that adds.
    Unrecorded,
}

/// A package of a lock, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: PackageName,
    /// Its version; `None` where the lock does not record it, as of folders.
    pub version: Option<Version>,
    /// Where it comes from.
    pub source: Source,
    /// When it is installed; any of them suffices. Where the lock names roots, they bound what these
    /// add; none at all bounds nothing.
    pub presence: Vec<Presence>,
    /// Whether it is installed only in one of these ways or where another package requires it.
    pub optional: bool,
    /// The platform that it is for, as the lock names it.
    pub platform: Option<Box<str>>,
    /// The Pythons that it is for.
    pub requires_python: Option<Specifiers>,
    /// The extras of it that are installed.
    pub extras: BTreeSet<ExtraName>,
    /// Its files, as far as the lock lists them.
    pub files: Vec<LockedFile>,
    /// What it requires.
    pub dependencies: Vec<Edge>,
    /// The line that it begins on, from 1.
    pub line: usize,
}

/// One way in which a package is installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    /// With this group; `None`: with any.
    pub group: Option<ExtraName>,
    /// Where this holds.
    pub marker: Option<Marker>,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An index; its address where the lock has it.
    Index(Option<Box<str>>),
    /// One file, by URL or path.
    File(Box<str>),
    /// A repository, as it is to be shown.
    Repository(Box<str>),
    /// A folder of the user's own: the project itself, or a part of it.
    Folder(Box<str>),
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockedFile {
    /// Its name, where the lock has it.
    pub name: Option<Box<str>>,
    /// Where it is.
    pub url: Option<Box<str>>,
    /// Its digest; `None` where the lock has one of another kind, or none.
    pub sha256: Option<Sha256>,
    /// In bytes.
    pub size: Option<u64>,
    /// When it was uploaded.
    pub upload_time: Option<Timestamp>,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// What is required.
    pub name: PackageName,
    /// At which version, where the lock says so.
    pub version: Option<Version>,
    /// From where, where the lock says so.
    pub source: Option<Source>,
    /// Which versions would do, where the lock repeats the requirement.
    pub range: Range,
    /// Its extras that are required.
    pub extras: Vec<ExtraName>,
    /// Where it is required.
    pub marker: Option<Marker>,
    /// By which part of what requires it.
    pub when: When,
    /// The line that it stands on, from 1.
    pub line: usize,
}

/// Which versions a dependency admits: those of any of these; all where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range(pub Vec<Specifiers>);

/// What part of a package requires a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// All of it.
    Always,
    /// This extra.
    Extra(ExtraName),
    /// This dependency group.
    Group(ExtraName),
}

impl Lock {
    /// Reads a lock; `file` is what the user calls it.
    ///
    /// # Errors
    ///
    /// Returns [`ReadLockError`] with the place and the field, if it is damaged or of a format that
    /// is not known.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadLockError> {
        if text.len() > MAX_BYTES {
            return Err(ReadLockError::Damaged {
                file: file.to_owned(),
                line: 1,
                format: Format::of_name(file).unwrap_or(Format::Requirements),
                reason: format!(
                    "it has more than {} MiB, the limit for a lock",
                    MAX_BYTES >> 20
                ),
            });
        }
        read::read(file, text, Format::of(text))
    }

    /// The lock without packages.
    pub(crate) fn empty(file: &str, format: Format, roots: Roots) -> Self {
        Self {
            file: file.to_owned(),
            format,
            requires_python: None,
            packages: Vec::new(),
            roots,
            groups: BTreeSet::new(),
            base_groups: BTreeSet::new(),
            extras: None,
            environments: Vec::new(),
            overrides: Vec::new(),
            options: InputOptions::default(),
        }
    }

    /// The place of a line, as `uv.lock:12`.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
    }
}

impl LockedPackage {
    /// A package of which only this is known.
    pub(crate) fn new(name: PackageName, version: Option<Version>, line: usize) -> Self {
        Self {
            name,
            version,
            source: Source::Index(None),
            presence: Vec::new(),
            optional: false,
            platform: None,
            requires_python: None,
            extras: BTreeSet::new(),
            files: Vec::new(),
            dependencies: Vec::new(),
            line,
        }
    }
}

impl Edge {
    /// A dependency on any version, always.
    pub(crate) fn on(name: PackageName, line: usize) -> Self {
        Self {
            name,
            version: None,
            source: None,
            range: Range::default(),
            extras: Vec::new(),
            marker: None,
            when: When::Always,
            line,
        }
    }

    /// The dependency that a requirement states.
    pub(crate) fn of(requirement: Requirement, line: usize) -> Self {
        let range = requirement.specifiers().cloned();
        Self {
            range: Range(range.into_iter().collect()),
            extras: requirement.extras,
            marker: requirement.marker,
            ..Self::on(requirement.name, line)
        }
    }

    /// Whether `package` may be what it is on, whatever versions it would do with.
    pub(crate) fn names(&self, package: &LockedPackage) -> bool {
        let is_version = match (&self.version, &package.version) {
            (Some(asked), Some(found)) => asked == found,
            (asked, _) => asked.is_none(),
        };
        self.name == package.name
            && is_version
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == package.source)
    }

    /// Whether it would do with the version of `package`.
    pub(crate) fn admits(&self, package: &LockedPackage) -> bool {
        let version = package.version.as_ref();
        version.is_none_or(|version| self.range.contains(version))
    }
}

impl Range {
    fn contains(&self, version: &Version) -> bool {
        self.0.is_empty() || self.0.iter().any(|specifiers| specifiers.contains(version))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(None) => f.write_str("the index"),
            Self::Index(Some(place)) | Self::File(place) => f.write_str(place),
            Self::Repository(place) => write!(f, "the repository {place}"),
            Self::Folder(place) => write!(f, "the folder {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_at_most_10_mib() {
        let head = "version = 1\nrequires-python = '>=3.9'\n";
        let most = format!("{head}#{}", "x".repeat(MAX_BYTES - head.len() - 1));
        assert!(Lock::read("uv.lock", &most).is_ok());
        assert_eq!(
            Lock::read("uv.lock", &format!("{most}x"))
                .unwrap_err()
                .to_string(),
            "uv.lock:1: damaged uv.lock: it has more than 10 MiB, the limit for a lock"
        );
    }
}
