//! The packages of a lock that have no wheel, all of them in one message.
//!
//! The request is solved a second time as if every sdist could be used and required nothing besides
//! what it states. What that answer takes as sdists is what has no wheel. No code runs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use harden_packaging::{
    CoreMetadata, DistFile, Index, IndexError, IndexErrorKind, IndexLayer, LicenceFields,
    PackageName, Pin, Project, Release, Via,
};
use harden_resolver::{AllowSdist, Answer, Request, answer_to};
use harden_target::Target;
use pep440_rs::Version;

/// How many packages are listed.
const MOST_LISTED: usize = 7;

/// A package that has no wheel.
#[derive(Debug)]
pub struct Missing {
    name: PackageName,
    version: Version,
    /// The sdist that would be taken.
    sdist: String,
    /// Whether some release has a wheel for some platform.
    has_wheels: bool,
    /// The newest release with a wheel for all targets that nothing denies or hides.
    older: Option<Version>,
    /// The newest one that is denied, and why, as the end of a sentence after "is denied".
    denied: Option<(Version, Arc<str>)>,
    /// A project that publishes wheels of it, as `psycopg2-binary`.
    sibling: Option<PackageName>,
    /// What requires it.
    via: Vec<String>,
}

/// The packages that the answer to `request` would take as sdists.
///
/// `None` if there is no answer with sdists either.
pub fn missing(request: &Request, index: &dyn Index) -> Option<Vec<Missing>> {
    let answer = lenient_answer(request, index)?;
    let pins = sdist_pins(&answer);
    let missing = pins.map(|pin| Missing::new(pin, request, index));
    Some(missing.filter(|one| !one.is_kept_out()).collect())
}

/// The answer to `request` if every sdist could be used.
pub(super) fn lenient_answer(request: &Request, index: &dyn Index) -> Option<Answer> {
    let mut request = request.clone();
    request.options.allow_sdist = AllowSdist::All;
    request.options.unusable.clear();
    answer_to(&request, &Lenient(index))
}

/// The pins of an answer that some target takes as an sdist.
pub(super) fn sdist_pins(answer: &Answer) -> impl Iterator<Item = &Pin> {
    let is_sdist = |pin: &&Pin| {
        let mut files = pin.files.iter();
        pin.reference.is_none() && files.any(|chosen| chosen.file.wheel_tags().is_none())
    };
    answer.resolution.pins.iter().filter(is_sdist)
}

impl Missing {
    /// A pin that some targets of `request` take as an sdist.
    pub(super) fn new(pin: &Pin, request: &Request, index: &dyn Index) -> Self {
        let targets = &request.targets;
        let project = index.project(&pin.name).ok();
        let releases = project
            .as_ref()
            .map_or(&[][..], |project| &project.releases);
        let is_wheel = |file: &Arc<DistFile>| file.wheel_tags().is_some();
        let mut sdists = pin.files.iter().map(|chosen| &chosen.file);
        let sdist = sdists.find(|file| file.wheel_tags().is_none());
        let serving = releases.iter().filter(|release| serves(release, targets));
        let denied =
            |release: &&Release| Some((release.version.clone(), why_denied(request, release)?));
        let is_usable =
            |release: &&Release| denied(release).is_none() && !is_hidden(request, release);
        let older = serving.clone().find(is_usable);
        let denied = serving.clone().find_map(|release| denied(&release));
        Self {
            name: pin.name.clone(),
            version: pin.version.clone(),
            sdist: sdist.map_or_else(String::new, |file| file.filename.to_string()),
            has_wheels: releases
                .iter()
                .any(|release| release.files().iter().any(is_wheel)),
            older: older.map(|release| release.version.clone()),
            denied,
            sibling: sibling(&pin.name, targets, index),
            via: pin.via.iter().map(shown).collect(),
        }
    }

    /// The package.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// Whether the very release has wheels for all targets: hashes of a loose file keep them out.
    pub(super) fn is_kept_out(&self) -> bool {
        self.older.as_ref() == Some(&self.version)
    }

    /// That another project has wheels of it, if one does.
    pub(super) fn sibling_hint(&self) -> Option<String> {
        let sibling = self.sibling.as_ref()?;
        Some(format!("{sibling} has wheels of {}", self.name))
    }

    /// What is missing, in one line.
    pub fn line(&self) -> String {
        format!("{} {}: {}", self.name, self.version, self.reason())
    }

    /// Why it has no wheel, and what requires it.
    fn reason(&self) -> String {
        let why = match (&self.older, self.has_wheels) {
            (older, _) if self.denied.is_some() => {
                let older = older.iter().map(|older| format!("; {older} has one"));
                let denied = self.denied.iter();
                let denied = denied.map(|(version, why)| format!("; {version} is denied {why}"));
                format!("no wheel{}", older.chain(denied).collect::<String>())
            }
            (Some(older), _) => format!("no wheel; {older} has one"),
            (None, true) => "wheels for other targets only".to_owned(),
            (None, false) => "no release has a wheel".to_owned(),
        };
        let via = match &self.via[..] {
            [] => String::new(),
            [only] => format!(" (required by {only})"),
            [first, rest @ ..] => format!(" (required by {first} and {} more)", rest.len()),
        };
        format!("{why}{via}")
    }

    /// Its name and version.
    pub fn release(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// What would be built, in one line.
    pub fn plan(&self) -> String {
        let Self {
            name,
            version,
            sdist,
            ..
        } = self;
        format!("{name} {version} from {sdist}: {}", self.reason())
    }
}

/// The message that lists packages without a wheel, and what to do about them.
pub fn message(missing: &[Missing], targets: &[Target]) -> String {
    let target = match targets {
        [only] => only.to_string(),
        all => format!("all of the {} targets", all.len()),
    };
    let (what, have) = match missing.len() {
        1 => ("1 package".to_owned(), "has"),
        many => (format!("{many} packages"), "have"),
    };
    let mut text = format!("{what} {have} no wheel for {target}");
    for package in missing.iter().take(MOST_LISTED) {
        let _ = write!(text, "\n  {}", package.line());
    }
    if missing.len() > MOST_LISTED {
        let names = missing
            .iter()
            .skip(MOST_LISTED)
            .map(|one| one.name.as_str());
        let _ = write!(text, "\n  and {}", names.collect::<Vec<_>>().join(", "));
    }
    text
}

/// What to do about them, a line each.
pub fn hints(missing: &[Missing]) -> String {
    let build = match missing {
        [] | [_, _, _, _, _, ..] => "--build :all:".to_owned(),
        few => {
            let options = few.iter().map(|one| format!("--build {}", one.name));
            options.collect::<Vec<_>>().join(" ")
        }
    };
    let mut hints = vec![format!(
        "`{build}` builds wheels of their sdists here, in isolation; `--dry-run` lists what runs"
    )];
    hints.extend(missing.iter().filter_map(Missing::sibling_hint).take(2));
    hints.push(
        "`--allow-sdist NAME` pins the sdist, to be built where it is installed; `[[metadata]]` \
         states what it requires"
            .to_owned(),
    );
    hints.join("\nhint: ")
}

/// Whether each target has a wheel of a release.
fn serves(release: &Release, targets: &[Target]) -> bool {
    let fits = |file: &Arc<DistFile>, target: &Target| {
        let tags = file.wheel_tags();
        tags.is_some_and(|tags| target.tags().rank(tags).is_some())
    };
    let serves = |target: &Target| release.files().iter().any(|file| fits(file, target));
    targets.iter().all(serves)
}

/// Why all files of a release are denied, if they are.
fn why_denied(request: &Request, release: &Release) -> Option<Arc<str>> {
    let denials = request.options.denials.as_ref()?;
    let mut reasons = release.files().iter().map(|file| denials.denies(file));
    let first = reasons.next()??;
    reasons.all(|reason| reason.is_some()).then_some(first)
}

/// Whether all files of a release were uploaded after the cutoff.
fn is_hidden(request: &Request, release: &Release) -> bool {
    let mut files = release.files().iter();
    files.all(|file| {
        let cutoff = request.options.cutoff(&file.project, &release.version);
        let times = cutoff.zip(file.upload_time);
        times.is_some_and(|(cutoff, uploaded)| uploaded >= cutoff)
    })
}

/// The project `NAME-binary`, if it has wheels for all targets.
fn sibling(name: &PackageName, targets: &[Target], index: &dyn Index) -> Option<PackageName> {
    let name: PackageName = format!("{name}-binary").parse().ok()?;
    let project = index.project(&name).ok()?;
    let newest = project.releases.first()?;
    serves(newest, targets).then_some(name)
}

fn shown(via: &Via) -> String {
    match via {
        Via::Package(name) => name.to_string(),
        Via::File(file) => file.to_string(),
    }
}

/// An index on which an sdist that needs a build requires nothing.
struct Lenient<'a>(&'a dyn Index);

impl IndexLayer for Lenient<'_> {
    fn below(&self) -> &dyn Index {
        self.0
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        match self.0.metadata(file) {
            Err(error) if is_no_metadata(error.kind) && file.wheel_tags().is_none() => {
                Ok(Arc::new(CoreMetadata {
                    name: file.project.clone(),
                    version: file.version.clone(),
                    requires_dist: Vec::new(),
                    requires_python: None,
                    provides_extra: Vec::new(),
                    metadata_version: "2.2".into(),
                    dynamic: Vec::new(),
                    licence: LicenceFields::default(),
                }))
            }
            answer => answer,
        }
    }

    fn elsewhere(&self, _name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        Vec::new()
    }
}

/// Whether an index has no metadata of a file, and has answered so.
fn is_no_metadata(kind: IndexErrorKind) -> bool {
    matches!(kind, IndexErrorKind::BadMetadata | IndexErrorKind::NotTried)
}

/// Those of `missing` that `allowed` does not cover.
pub fn not_in(missing: Vec<Missing>, allowed: &AllowSdist) -> Vec<Missing> {
    let mut seen = BTreeSet::new();
    let left = missing.into_iter().filter(|one| !allowed.allows(&one.name));
    left.filter(|one| seen.insert(one.name.clone())).collect()
}
