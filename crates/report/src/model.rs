//! The model of a report: one lock or several, with all known facts about their pins.
//!
//! What nobody knows is `None`, and shown as unknown. Nothing here is computed; `facts` does
//! that.

use jiff::Timestamp;

use crate::Text;

/// The content of a report.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What it is of: the names of the strict files.
    pub title: Text,
    /// The strict files, in the order they were named.
    pub locks: Vec<Lock>,
    /// The targets of all of them, in their order.
    pub targets: Vec<Target>,
    /// The pins, sorted by name and version.
    pub pins: Vec<Pin>,
    /// What `harden check` found; `None`: it was not asked.
    pub findings: Option<Vec<Finding>>,
    /// What changed since another strict file.
    pub comparison: Option<Comparison>,
}

/// A strict file.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// Its name.
    pub name: Text,
    /// The command that makes it.
    pub command: Option<Text>,
    /// The loose files it was made from.
    pub loose: Vec<Text>,
    /// The moment from which on uploads were left out.
    pub cutoff: Option<Timestamp>,
}

/// A machine and Python that a lock is for.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// In canonical spelling.
    pub name: Text,
    /// In words.
    pub description: Text,
    /// The lock it is of, by its place in [`Report::locks`].
    pub lock: usize,
}

/// A package at one version.
#[derive(Debug, Clone, Default)]
pub struct Pin {
    /// The package.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// The extras of it that something asks for.
    pub extras: Vec<Text>,
    /// When it is installed; `None`: always.
    pub marker: Option<Text>,
    /// Where its one file is, if it is not at an index.
    pub reference: Option<Text>,
    /// Where it is pinned, as `strict.txt:12`.
    pub places: Vec<Text>,
    /// What asks for it.
    pub required_by: Vec<Asker>,
    /// The files it may be installed from.
    pub files: Vec<File>,
    /// Digests of which nothing says which file they are of.
    pub hashes: Vec<Text>,
    /// What each target of [`Report::targets`] installs.
    pub installs: Vec<Installed>,
    /// What it is for, in a sentence of its author's.
    pub summary: Option<Text>,
    /// Its licence.
    pub licence: Option<Text>,
    /// Who maintains it or wrote it, as its metadata says.
    pub publisher: Option<Text>,
    /// Newer releases, and what keeps them out.
    pub newer: Option<Newer>,
    /// Why its files are yanked, where they are; an empty text: no reason was given.
    pub yanked: Option<Text>,
    /// What an audit found; `None`: there was none.
    pub advisories: Option<Vec<Advisory>>,
    /// What changed of it.
    pub change: Option<ChangeKind>,
}

/// What asks for a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Who does.
    pub who: Who,
    /// In which words, where that is known.
    pub requirement: Option<Text>,
}

/// A loose file or a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A file of the user's.
    File(Text),
    /// A package of the lock.
    Package(Text),
}

impl Who {
    /// The name of the file or package.
    pub fn name(&self) -> &str {
        match self {
            Self::File(name) | Self::Package(name) => name.as_str(),
        }
    }
}

/// A distribution file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Its name, where the strict file or the index says it.
    pub name: Option<Text>,
    /// Its SHA-256, in hexadecimal digits; `None`: one of the pin's, and nothing says which.
    pub sha256: Option<Text>,
    /// What it is.
    pub kind: Kind,
    /// In bytes.
    pub size: Option<u64>,
    /// What it takes once it is installed, in bytes.
    pub installed: Option<u64>,
    /// When it was uploaded.
    pub uploaded: Option<Timestamp>,
}

/// What kind of distribution a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Kind {
    /// A wheel for every platform.
    Pure,
    /// A compiled wheel for several Pythons.
    Abi3,
    /// A compiled wheel for one Python.
    Native,
    /// An sdist, or a wheel that was built from one.
    Built,
    /// Nothing says.
    #[default]
    Unknown,
}

impl Kind {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Abi3 => "abi3",
            Self::Native => "native",
            Self::Built => "built",
            Self::Unknown => "unknown",
        }
    }
}

/// What a target installs of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// Nothing: it is not for this target.
    Nothing,
    /// The file at this place in [`Pin::files`].
    File(usize),
    /// One of the files; nothing says which.
    Unknown,
}

/// Releases that a lock does not have.
#[derive(Debug, Clone, Default)]
pub struct Newer {
    /// The newest one that is known; `None`: the pin is it.
    pub version: Option<Text>,
    /// What keeps newer releases out, a line each; empty where nobody asked.
    pub reasons: Vec<Text>,
}

/// A known vulnerability.
#[derive(Debug, Clone, Default)]
pub struct Advisory {
    /// Its identifier.
    pub id: Text,
    /// What it is.
    pub summary: Text,
    /// The first version without it.
    pub fixed: Option<Text>,
}

/// Something that a check found.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: Text,
    /// What is wrong, and where.
    pub message: Text,
}

/// How a lock differs from an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The name of the earlier one.
    pub old: Text,
    /// The changes, sorted by name.
    pub changes: Vec<Change>,
    /// Targets that it was not for.
    pub targets_added: Vec<Text>,
    /// Targets that it alone was for.
    pub targets_removed: Vec<Text>,
    /// The cutoffs, where they differ.
    pub cutoffs: Option<[Option<Timestamp>; 2]>,
    /// For each target of [`Report::targets`], what there was to download for it, if it was there.
    pub downloads: Vec<Option<Sum>>,
}

/// What changed of a package.
#[derive(Debug, Clone)]
pub struct Change {
    /// The package.
    pub name: Text,
    /// What changed.
    pub kind: ChangeKind,
    /// What it was.
    pub before: Option<Text>,
    /// What it is.
    pub after: Option<Text>,
    /// The targets it changed on; empty: on all.
    pub targets: Vec<Text>,
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has a newer version.
    Raised,
    /// It has an older version.
    Lowered,
    /// It has the same version in other files.
    OtherFiles,
}

impl ChangeKind {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Raised => "raised",
            Self::Lowered => "lowered",
            Self::OtherFiles => "other files",
        }
    }

    /// In one character.
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '−',
            Self::Raised => '↑',
            Self::Lowered => '↓',
            Self::OtherFiles => '≠',
        }
    }
}

/// A sum of sizes, not all of which need be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// The sum of those that are.
    pub bytes: u64,
    /// How many are known.
    pub known: usize,
    /// How many are not.
    pub unknown: usize,
}

impl Sum {
    /// With one more.
    pub fn add(&mut self, size: Option<u64>) {
        match size {
            Some(size) => {
                self.bytes = self.bytes.saturating_add(size);
                self.known += 1;
            }
            None => self.unknown += 1,
        }
    }

    /// The sum, if all of them are known.
    pub fn whole(self) -> Option<u64> {
        (self.unknown == 0).then_some(self.bytes)
    }
}

impl FromIterator<Option<u64>> for Sum {
    fn from_iter<I: IntoIterator<Item = Option<u64>>>(sizes: I) -> Self {
        let mut sum = Self::default();
        sizes.into_iter().for_each(|size| sum.add(size));
        sum
    }
}
