//! Compares a plan with the index: what cannot be imported exactly, and what to do about it.

use std::collections::BTreeSet;
use std::fmt;

use harden_packaging::{
    DistFile, Index, IndexError, IndexErrorKind, PackageName, Release, Resolution, Sha256, Via,
};
use harden_target::Target;
use pep440_rs::Version;

use crate::plan::{Plan, Planned};

/// Something of a lock that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands in the lock, as `uv.lock:12`.
    pub place: String,
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// What is wrong.
    pub kind: FindingKind,
}

/// What is wrong with a package of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingKind {
    /// No index has the package.
    NoProject,
    /// The index has it, but not this version.
    NoRelease,
    /// No file of it can be installed on a target.
    NoWheel {
        /// The target.
        target: Box<str>,
        /// Whether there is an sdist.
        has_sdist: bool,
    },
    /// What its sdist requires is known only from a build.
    NoMetadata {
        /// The name of the sdist.
        file: Box<str>,
    },
    /// The index has another file of this name.
    OtherDigest {
        /// The name of the file.
        file: Box<str>,
        /// What the lock says.
        locked: Sha256,
        /// What the index says.
        listed: Sha256,
    },
    /// Files of it can be installed on a target, none of which the lock lists.
    Unlisted {
        /// The target.
        target: Box<str>,
        /// The first of the files.
        file: Box<str>,
    },
    /// It is required, and the lock does not hold it.
    NotLocked {
        /// What requires it.
        via: Vec<Via>,
        /// Whether the lock has another version of it.
        other: Option<Version>,
    },
}

/// How the sdists of a package are used where no wheel fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdists {
    /// Not at all.
    Refused,
    /// Taken, after their metadata.
    Read,
    /// Taken, whatever their metadata says: they are built, or it is not asked for.
    Unread,
}

/// What keeps a plan from being taken from `index` as it is; `sdists` says how those of a package are used.
///
/// # Errors
///
/// Returns the [`IndexError`] of an index that gave no answer.
pub fn examine(
    plan: &Plan<'_>,
    targets: &[Target],
    sdists: &dyn Fn(&PackageName) -> Sdists,
    index: &dyn Index,
) -> Result<Vec<Finding>, IndexError> {
    let of_index = || plan.pins.iter().filter(|pin| pin.reference.is_none());
    let names: Vec<PackageName> = of_index().map(|pin| pin.name.clone()).collect();
    index.prefetch_projects(&names);
    let mut findings = Vec::new();
    for pin in of_index() {
        let kinds = match index.project(&pin.name) {
            Ok(project) => {
                let mut releases = project.releases.iter();
                match releases.find(|release| release.version == pin.version) {
                    Some(release) => of_release(pin, release, targets, (sdists(&pin.name), index))?,
                    None => vec![FindingKind::NoRelease],
                }
            }
            Err(error) if error.kind == IndexErrorKind::NoSuchProject => {
                vec![FindingKind::NoProject]
            }
            Err(error) => return Err(error),
        };
        findings.extend(kinds.into_iter().map(|kind| Finding {
            place: plan.lock().place(pin.line),
            name: pin.name.clone(),
            version: pin.version.clone(),
            kind,
        }));
    }
    Ok(findings)
}

fn of_release(
    pin: &Planned,
    release: &Release,
    targets: &[Target],
    (use_of_sdists, index): (Sdists, &dyn Index),
) -> Result<Vec<FindingKind>, IndexError> {
    let files = release.files();
    let mut kinds = other_digests(pin, files);
    let digests: BTreeSet<Sha256> = pin.files.iter().filter_map(|file| file.sha256).collect();
    // A changed file is reported once.
    let binds = kinds.is_empty() && pin.digests().is_some();
    let is_locked = |file: &&&DistFile| file.sha256.is_none_or(|digest| digests.contains(&digest));
    for target in pin.targets.iter().filter_map(|place| targets.get(*place)) {
        let (wheels, sdists) = fitting(files, target);
        let takes_sdist = wheels.is_empty() && use_of_sdists != Sdists::Refused;
        let usable = if takes_sdist { sdists.clone() } else { wheels };
        if takes_sdist && use_of_sdists == Sdists::Read {
            let unknown = unknown_metadata(&usable, index)?;
            kinds.extend(unknown.filter(|unknown| !kinds.contains(unknown)));
        }
        let target = target.to_string().into();
        match usable.first() {
            None => kinds.push(FindingKind::NoWheel {
                target,
                has_sdist: !sdists.is_empty(),
            }),
            Some(first) if binds && !usable.iter().any(|file| is_locked(&file)) => {
                kinds.push(FindingKind::Unlisted {
                    target,
                    file: first.filename.clone(),
                });
            }
            Some(_) => {}
        }
    }
    Ok(kinds)
}

/// The first of these sdists, if none says without a build what it requires.
fn unknown_metadata(
    sdists: &[&DistFile],
    index: &dyn Index,
) -> Result<Option<FindingKind>, IndexError> {
    for sdist in sdists {
        match index.metadata(sdist) {
            Ok(_) => return Ok(None),
            Err(error) if error.kind == IndexErrorKind::BadMetadata => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sdists.first().map(|sdist| FindingKind::NoMetadata {
        file: sdist.filename.clone(),
    }))
}

/// The wheels that a target takes, best first, and the sdists.
fn fitting<'f>(
    files: &'f [std::sync::Arc<DistFile>],
    target: &Target,
) -> (Vec<&'f DistFile>, Vec<&'f DistFile>) {
    let mut wheels = Vec::new();
    let mut sdists = Vec::new();
    for file in files {
        match file.wheel_tags() {
            Some(tags) => wheels.extend(target.tags().rank(tags).map(|rank| (rank, &**file))),
            None => sdists.push(&**file),
        }
    }
    wheels.sort_by(|(first, _), (second, _)| first.cmp(second));
    (wheels.into_iter().map(|(_, file)| file).collect(), sdists)
}

/// The files that the lock and the index know by one name, with different digests.
fn other_digests(pin: &Planned, files: &[std::sync::Arc<DistFile>]) -> Vec<FindingKind> {
    let mut kinds = Vec::new();
    for listed in files {
        let named: Vec<Sha256> = {
            let locked = pin.files.iter();
            let locked = locked.filter(|file| file.name.as_deref() == Some(&*listed.filename));
            locked.filter_map(|file| file.sha256).collect()
        };
        if let (Some(digest), Some(first)) = (listed.sha256, named.first())
            && !named.contains(&digest)
        {
            kinds.push(FindingKind::OtherDigest {
                file: listed.filename.clone(),
                locked: *first,
                listed: digest,
            });
        }
    }
    kinds
}

/// What a resolution of the plan pins beyond it: what the packages of the lock require and it does not
/// hold.
pub fn additions(plan: &Plan<'_>, resolution: &Resolution) -> Vec<Finding> {
    let is_planned = |name: &PackageName, version: &Version| {
        let mut pins = plan.pins.iter();
        pins.any(|pin| pin.name == *name && pin.version == *version)
    };
    let pins = resolution.pins.iter();
    let added = pins.filter(|pin| !is_planned(&pin.name, &pin.version));
    let findings = added.map(|pin| Finding {
        place: plan.lock().file.clone(),
        name: pin.name.clone(),
        version: pin.version.clone(),
        kind: FindingKind::NotLocked {
            via: pin.via.clone(),
            other: {
                let mut packages = plan.lock().packages.iter();
                let other = packages.find(|package| package.name == pin.name);
                other.and_then(|package| package.version.clone())
            },
        },
    });
    findings.collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            name,
            version,
            kind,
        } = self;
        match kind {
            FindingKind::NoProject => write!(
                f,
                "{place}: no index has {name}: name the one that does with --extra-index-url"
            ),
            FindingKind::NoRelease => write!(
                f,
                "{place}: the index has no {name} {version}: another index may, or it was deleted; lock again \
                 with `harden LOOSE --prefer LOCK`"
            ),
            FindingKind::NoWheel {
                target,
                has_sdist: true,
            } => write!(
                f,
                "{place}: {name} {version} has no wheel for {target}, only an sdist: use that with --allow-sdist {name}, or find another version with `harden LOOSE --prefer LOCK`"
            ),
            FindingKind::NoWheel {
                target,
                has_sdist: false,
            } => write!(
                f,
                "{place}: {name} {version} has no wheel for {target}: find another version with `harden LOOSE --prefer LOCK`"
            ),
            FindingKind::NoMetadata { file } => write!(
                f,
                "{place}: what {name} {version} requires is known only from a build of {file}: build it with \
                 --build {name}, or import the lock unchecked with --no-deps"
            ),
            FindingKind::OtherDigest {
                file,
                locked,
                listed,
            } => write!(
                f,
                "{place}: {file} on the index is not the file in the lock: sha256 {listed}, not {locked}; find out which is right before you install either"
            ),
            FindingKind::Unlisted { target, file } => write!(
                f,
                "{place}: the lock lists no file of {name} {version} for {target}, such as {file}: lock again with its own tool, or with `harden LOOSE --prefer LOCK`"
            ),
            FindingKind::NotLocked { via, other } => {
                let via: Vec<String> = via.iter().map(shown).collect();
                write!(
                    f,
                    "{place}: the lock lacks {name}, which {} requires",
                    via.join(", ")
                )?;
                match other {
                    Some(other) => write!(f, " on other conditions than its version {other}")?,
                    None => write!(f, " ({version} would work)")?,
                }
                write!(
                    f,
                    ": lock again with its own tool, leave it out with --exclude {name}, or import it unchecked with --no-deps"
                )
            }
        }
    }
}

fn shown(via: &Via) -> String {
    match via {
        Via::Package(name) => name.to_string(),
        Via::File(file) => file.to_string(),
    }
}
