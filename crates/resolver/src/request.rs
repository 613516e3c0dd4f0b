//! What to resolve: requirements, targets and options.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, ExtraName, PackageName, Sha256};
use harden_requirements::Requirement;
use harden_target::{MarkerVariable, Target};
use jiff::Timestamp;
use pep440_rs::Version;

/// Everything that determines a resolution, except the content of the index.
#[derive(Debug, Clone)]
pub struct Request {
    /// The user's requirements; their order has no effect.
    pub requirements: Vec<Asked>,
    /// Constraints, which limit versions without requiring a package (`-c`).
    pub constraints: Vec<Asked>,
    /// Overrides, which replace every requirement of their package where their marker holds (`--override`).
    pub overrides: Vec<Asked>,
    /// The packages whose requirements are ignored (`--exclude`).
    pub excluded: BTreeSet<PackageName>,
    /// The targets, in the user's order; at least one.
    pub targets: Vec<Target>,
    /// Values of marker variables that a target leaves open (`--marker NAME=VALUE`), for every target.
    pub markers: Vec<(MarkerVariable, String)>,
    /// The options.
    pub options: Options,
}

/// A requirement of the user's, and its line.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The requirement.
    pub requirement: Requirement,
    /// Its file, as the user named it (`loose.txt`).
    pub file: Arc<str>,
    /// File and line (`loose.txt:3`).
    pub place: Arc<str>,
    /// The digests that its file may have (`--hash`); empty: any.
    pub hashes: BTreeSet<Sha256>,
}

/// Names the packages that a requirement of this package with these extras usually leads to, at most so many.
pub type UsualDependencies = fn(&PackageName, &[ExtraName], usize) -> Vec<PackageName>;

/// The rules by which versions and files are chosen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which pre-releases may be chosen.
    pub prerelease: PrereleaseMode,
    /// The modes of these packages, instead of `prerelease`.
    pub prerelease_packages: BTreeMap<PackageName, PrereleaseMode>,
    /// Whether no release is skipped unread, however many were read or built before it (`--exhaustive`).
    pub exhaustive: bool,
    /// When the search takes shortcuts.
    pub limits: Limits,
    /// Which of several possible versions is chosen.
    pub resolution: ResolutionMode,
    /// Whether the requirements of distributions are followed.
    pub dependencies: DependencyMode,
    /// Files uploaded at this moment or later are ignored (`--exclude-newer`).
    pub exclude_newer: Option<Timestamp>,
    /// The cutoffs of these packages, instead of `exclude_newer`; `None`: no cutoff.
    pub exclude_newer_packages: BTreeMap<PackageName, Option<Timestamp>>,
    /// Versions to which no cutoff applies.
    pub exempt: BTreeMap<PackageName, BTreeSet<Version>>,
    /// How files without an upload time are treated if there is a cutoff.
    pub undated: Undated,
    /// The packages whose sdists may be chosen if no wheel fits.
    pub allow_sdist: AllowSdist,
    /// Sdists that some targets cannot use, by file name, since the wheel built from one does not fit.
    pub unusable: BTreeMap<String, Vec<Unusable>>,
    /// Versions to keep if they are still valid: the pins of the output file.
    pub preferences: BTreeMap<PackageName, BTreeSet<Version>>,
    /// Packages that the answer is likely to have, in the order in which their pages are requested. They
    /// change nothing but the number of round trips.
    pub likely: Vec<PackageName>,
    /// The packages that a requirement usually leads to, as far as that is known: their pages are requested with
    /// that of the one it names.
    pub usual: Option<UsualDependencies>,
    /// Whether the process ends after the answer: what was learnt for it is then left to the system, since freeing it
    /// piece by piece takes a twentieth of a search.
    pub leaves_memory: bool,
    /// Files to keep if they still fit, even if the index has better ones: the hashes in the output file.
    pub kept_files: BTreeSet<Sha256>,
    /// What denies files: those do not exist.
    pub denials: Option<Arc<dyn Denials>>,
    /// Which reasons of its pins an answer gives.
    pub reasons: Reasons,
    /// The packages of which newer releases are read for these reasons, as far as a rule depends on metadata. Of
    /// others, what the search has read is known.
    pub read_for_reasons: BTreeSet<PackageName>,
}

/// Which reasons of its pins an answer gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasons {
    /// All: what requires each, and what excludes each newer release.
    #[default]
    All,
    /// Only what holds a pin back for some of its targets, for which few releases are looked at.
    HeldBack,
}

/// Rules that deny files of releases. The same file always gets the same answer.
pub trait Denials: fmt::Debug + Send + Sync {
    /// Why `file` is not to be used, as the end of a sentence after "is denied"; `None` where it may be.
    fn denies(&self, file: &DistFile) -> Option<Arc<str>>;

    /// Why `file`, which has this metadata, is not to be used, as the end of a sentence after "cannot be
    /// used:"; `None` where it may be.
    fn denies_metadata(&self, _file: &DistFile, _metadata: &CoreMetadata) -> Option<Arc<str>> {
        None
    }

    /// Whether [`Denials::denies_metadata`] may deny something.
    fn reads_metadata(&self) -> bool {
        false
    }
}

impl Options {
    /// Which pre-releases of `name` may be chosen.
    pub fn prerelease_mode(&self, name: &PackageName) -> PrereleaseMode {
        let own = self.prerelease_packages.get(name).copied();
        own.unwrap_or(self.prerelease)
    }

    /// The cutoff for the files of a release: those uploaded at this moment or later are ignored.
    pub fn cutoff(&self, name: &PackageName, version: &Version) -> Option<Timestamp> {
        if self
            .exempt
            .get(name)
            .is_some_and(|versions| versions.contains(version))
        {
            return None;
        }
        let own = self.exclude_newer_packages.get(name).copied();
        own.unwrap_or(self.exclude_newer)
    }
}

/// When the search takes shortcuts. Only `read` can change an answer; tests set the others low.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many releases of one package are read before some are skipped, unless
    /// [`Options::exhaustive`] is set. The longest known run on PyPI is about 1,900 releases.
    pub read: usize,
    /// How many metadata files are requested in advance at once: as many as one HTTP/2 connection
    /// carries.
    pub in_flight: usize,
    /// After how many rejected releases of a package a candidate of another package is checked together
    /// with the releases that it requires of this package.
    pub look_deeper_after: usize,
    /// How many releases these may be.
    pub look_deeper_at: usize,
    /// How many decisions a conflict undoes at most, beyond the last. With 600 pinned packages,
    /// undoing all of them for each conflict made 5,462 decisions of some 1,000.
    pub longest_jump: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            read: 5_000,
            in_flight: 100,
            look_deeper_after: 2,
            look_deeper_at: 4,
            longest_jump: 64,
        }
    }
}

/// How to treat files whose upload time the index does not give, if there is a cutoff (`--undated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undated {
    /// The resolution fails, since the user has not said how to treat them.
    #[default]
    Asked,
    /// They are ignored.
    Rejected,
    /// They may be chosen.
    Allowed,
    /// The server's `Last-Modified` counts as their upload time.
    LastModified,
}

/// Which pre-releases may be chosen (`--prerelease`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrereleaseMode {
    /// A pre-release if no stable release can be chosen.
    #[default]
    IfNecessary,
    /// As `IfNecessary`, but only of packages for which a line of the user's names a pre-release.
    Explicit,
    /// All, as if they were stable releases.
    Allow,
    /// None.
    Disallow,
}

/// Which of several possible versions is chosen (`--resolution`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResolutionMode {
    /// The newest.
    #[default]
    Highest,
    /// The oldest.
    Lowest,
    /// The oldest of the user's own requirements, the newest of all others.
    LowestDirect,
}

/// Whether the requirements of distributions are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DependencyMode {
    /// They are.
    #[default]
    Followed,
    /// They are not: only the user's own requirements count (`--no-deps`).
    Ignored,
}

/// Why a target cannot use an sdist.
#[derive(Debug, Clone)]
pub struct Unusable {
    /// The target.
    pub target: Target,
    /// The reason: the end of a sentence that begins with the name and the version.
    pub reason: Arc<str>,
    /// Whether the sdist was built; else this is concluded from the builds of other releases.
    pub was_built: bool,
}

/// The packages whose sdists may be chosen if a release has no wheel that fits (`--allow-sdist`,
/// `--build`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowSdist {
    /// These packages.
    Of(BTreeSet<PackageName>),
    /// All packages (`:all:`).
    All,
}

impl Default for AllowSdist {
    fn default() -> Self {
        Self::Of(BTreeSet::new())
    }
}

impl AllowSdist {
    /// Whether an sdist of `name` may be chosen.
    pub fn allows(&self, name: &PackageName) -> bool {
        match self {
            Self::Of(names) => names.contains(name),
            Self::All => true,
        }
    }
}
