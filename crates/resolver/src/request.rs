//! What to resolve: requirements, targets and the rules of the choice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_packaging::{PackageName, Sha256};
use harden_requirements::Requirement;
use harden_target::{MarkerVariable, Target};
use jiff::Timestamp;
use pep440_rs::Version;

/// Everything that decides a resolution, but for what the index holds.
#[derive(Debug, Clone)]
pub struct Request {
    /// What the user requires; their order has no influence.
    pub requirements: Vec<Asked>,
    /// What limits versions without requiring anything (`-c`).
    pub constraints: Vec<Asked>,
    /// What takes the place of every requirement of its package (`--override`), where its marker holds.
    pub overrides: Vec<Asked>,
    /// The packages that no requirement is to bring in (`--exclude`).
    pub excluded: BTreeSet<PackageName>,
    /// What to resolve for, in the user's order; at least one.
    pub targets: Vec<Target>,
    /// Values for what a target leaves open (`--marker NAME=VALUE`); they hold for every target.
    pub markers: Vec<(MarkerVariable, String)>,
    /// The rules of the choice.
    pub options: Options,
}

/// A requirement of the user's own, and where it stands.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The requirement.
    pub requirement: Requirement,
    /// The file it stands in, as the user named it (`loose.txt`).
    pub file: Arc<str>,
    /// File and line (`loose.txt:3`).
    pub place: Arc<str>,
    /// The digests that bind the choice of its file (`--hash`); empty where it has none.
    pub hashes: BTreeSet<Sha256>,
}

/// The rules of the choice.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which pre-releases may be chosen.
    pub prerelease: PrereleaseMode,
    /// What holds for these packages in place of `prerelease`.
    pub prerelease_packages: BTreeMap<PackageName, PrereleaseMode>,
    /// Whether no release is passed over unread, however many were read before it.
    pub exhaustive: bool,
    /// When the search takes shortcuts.
    pub limits: Limits,
    /// Which of the versions that fit is chosen.
    pub resolution: ResolutionMode,
    /// Whether the requirements of distributions are followed.
    pub dependencies: DependencyMode,
    /// Files uploaded at this moment or later do not exist (`--exclude-newer`).
    pub exclude_newer: Option<Timestamp>,
    /// What holds for these packages in place of `exclude_newer`; `None`: no cutoff.
    pub exclude_newer_packages: BTreeMap<PackageName, Option<Timestamp>>,
    /// Versions that no cutoff keeps out.
    pub exempt: BTreeMap<PackageName, BTreeSet<Version>>,
    /// What becomes of files without an upload time, where there is a cutoff.
    pub undated: Undated,
    /// Whose sdists count where no wheel fits.
    pub allow_sdist: AllowSdist,
    /// Sdists that some targets cannot use, by file name, since the wheel built of one does not fit.
    pub unusable: BTreeMap<String, Vec<Unusable>>,
    /// Versions to keep where they are still valid, as the output file pins them.
    pub preferences: BTreeMap<PackageName, BTreeSet<Version>>,
    /// Files to keep where they still fit, although the index has better ones: the hashes of the pins
    /// of the output file.
    pub kept_files: BTreeSet<Sha256>,
}

impl Options {
    /// Which pre-releases of `name` may be chosen.
    pub fn prerelease_mode(&self, name: &PackageName) -> PrereleaseMode {
        let own = self.prerelease_packages.get(name).copied();
        own.unwrap_or(self.prerelease)
    }

    /// The moment from which on files of a release of `name` do not exist.
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
    /// [`Options::exhaustive`] is set. The longest run seen on the public index is some 1,900 releases.
    pub read: usize,
    /// How many metadata files are asked for ahead at once: what one HTTP/2 connection carries.
    pub in_flight: usize,
    /// How many releases of a package fail before those that a candidate of another package requires
    /// of it are looked at along with that candidate.
    pub look_deeper_after: usize,
    /// How many these may be.
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

/// How to treat files whose upload time the index does not give, where there is a cutoff
/// (`--undated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undated {
    /// They end the resolution: nobody has said what they are to count as.
    #[default]
    Asked,
    /// They do not exist.
    Rejected,
    /// They exist.
    Allowed,
    /// The moment that their server says they were last changed at counts.
    LastModified,
}

/// Which pre-releases may be chosen (`--prerelease`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrereleaseMode {
    /// A pre-release where no stable release can be chosen.
    #[default]
    IfNecessary,
    /// As `IfNecessary`, of packages that a line of the user's names a pre-release of.
    Explicit,
    /// All, as if they were stable releases.
    Allow,
    /// None.
    Disallow,
}

/// Which of the versions that fit is chosen (`--resolution`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResolutionMode {
    /// The newest.
    #[default]
    Highest,
    /// The oldest.
    Lowest,
    /// The oldest of what the user asks for, the newest of what that brings in.
    LowestDirect,
}

/// Whether the requirements of distributions are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DependencyMode {
    /// They are.
    #[default]
    Followed,
    /// They are not: the user's own lines are all there is (`--no-deps`).
    Ignored,
}

/// Why a target cannot use an sdist.
#[derive(Debug, Clone)]
pub struct Unusable {
    /// The target.
    pub target: Target,
    /// The reason, as the end of a sentence that begins with name and version.
    pub reason: Arc<str>,
}

/// Whose sdists count where a release has no wheel that fits (`--allow-sdist`, `--build`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowSdist {
    /// Those of the packages named.
    Of(BTreeSet<PackageName>),
    /// Everybody's (`:all:`).
    All,
}

impl Default for AllowSdist {
    fn default() -> Self {
        Self::Of(BTreeSet::new())
    }
}

impl AllowSdist {
    /// Whether an sdist of `name` counts.
    pub fn allows(&self, name: &PackageName) -> bool {
        match self {
            Self::Of(names) => names.contains(name),
            Self::All => true,
        }
    }
}
