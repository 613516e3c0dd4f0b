//! The fix of a vulnerability: the newest release that no advisory affects, and whether the lock can use
//! it, which is tried.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use harden_hasher::StrictFile;
use harden_packaging::{Index, PackageName, Yanked};
use harden_policy::advisory::{Advisory, Database, Unaffected};
use harden_resolver::Request;
use pep440_rs::Version;

use super::vulnerable_pin::VulnerablePin;
use crate::locking::client::{Client, Clients};
use crate::locking::recorded_command::repeating;
use crate::locking::request::LockRequest;
use crate::locking::strict_source::StrictSource;
use crate::report::{Error, Terminal};
use crate::settings::args::{CacheArgs, LockArgs};
use crate::settings::cutoffs::now;

/// The possible fix of a vulnerability.
#[derive(Debug, Clone, Default)]
pub struct Fix {
    /// The newest release that no advisory affects.
    pub newest: Option<Version>,
    /// Whether the lock can use one.
    pub outcome: Outcome,
}

/// Whether a lock can use a release that no advisory affects.
#[derive(Debug, Clone, Default)]
pub enum Outcome {
    /// It can use this one.
    Fits(Version),
    /// It can use this one if its cutoff admits it.
    BeyondCutoff(Version),
    /// It can use none, for this reason.
    Conflict(String),
    /// There is none.
    #[default]
    NoFix,
    /// Unknown, for this reason.
    Unknown(String),
}

impl Fix {
    /// The command that takes the release that is fixed.
    pub fn command(&self, name: &PackageName, source: &StrictSource) -> Option<String> {
        match &self.outcome {
            Outcome::Fits(version) => source.known_fix_with(&format!("-P {name}=={version}")),
            _ => None,
        }
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let newest = self.newest.as_ref();
        match (&self.outcome, newest) {
            (Outcome::NoFix, _) => f.write_str("every newer release has advisories, too"),
            (Outcome::Fits(version), Some(newest)) if newest != version => write!(
                f,
                "{newest} is fixed, and {version} is the newest such release that this lock can use"
            ),
            (Outcome::Fits(version), _) => {
                write!(f, "{version} is fixed, and this lock can use it")
            }
            (Outcome::BeyondCutoff(version), _) => write!(
                f,
                "{version} is fixed, but the cutoff of this lock excludes it: an exemption admits it"
            ),
            (Outcome::Conflict(reason), Some(newest)) => write!(
                f,
                "{newest} is fixed, but this lock can use no fixed release: {reason}"
            ),
            (Outcome::Unknown(reason), Some(newest)) => {
                write!(
                    f,
                    "{newest} is fixed; whether this lock can use it is unknown: {reason}"
                )
            }
            (Outcome::Conflict(reason) | Outcome::Unknown(reason), None) => {
                write!(f, "whether a release is fixed is unknown: {reason}")
            }
        }
    }
}

/// The search for fixes in a strict file.
pub struct FixSearch<'a> {
    /// Where it is from.
    pub source: &'a StrictSource,
    /// The file, in whose folder this is.
    pub strict: &'a StrictFile,
    /// The advisories.
    pub database: &'a Arc<Database>,
    /// The cache.
    pub cache: &'a CacheArgs,
}

/// Looks for the fix of each finding. If there is none, the finding says so.
pub fn find(
    question: &FixSearch<'_>,
    found: &mut [VulnerablePin],
    clients: &Clients,
    terminal: Terminal,
) {
    let mut known: BTreeMap<(PackageName, Version), Fix> = BTreeMap::new();
    for found in found.iter_mut().filter(|found| found.level.is_some()) {
        let release = (found.name.clone(), found.version.clone());
        let fix = known
            .entry(release)
            .or_insert_with(|| question.fix(found, clients, terminal));
        found.fix = fix.clone();
    }
}

impl FixSearch<'_> {
    fn fix(&self, found: &VulnerablePin, clients: &Clients, terminal: Terminal) -> Fix {
        let listed = listed_fix(&found.advisory);
        match self.try_fix(found, clients, terminal) {
            Ok(fix) => fix,
            Err(error) => Fix {
                newest: listed,
                outcome: Outcome::Unknown(first_line(&error.to_string())),
            },
        }
    }

    fn try_fix(
        &self,
        found: &VulnerablePin,
        clients: &Clients,
        terminal: Terminal,
    ) -> Result<Fix, Error> {
        let Some(args) = self.arguments(&found.name) else {
            return Ok(Fix {
                newest: listed_fix(&found.advisory),
                outcome: Outcome::Unknown("the file does not record how it was made".to_owned()),
            });
        };
        let task = LockRequest::new(args, now(), terminal)?;
        let client = clients.client(task.settings(), terminal)?;
        let newest = self.newest(found, &client)?;
        let Some(newest) = newest else {
            return Ok(Fix::default());
        };
        let mut request = task.request()?;
        request.options.denials = Some(Arc::new(Unaffected {
            package: found.name.clone(),
            database: Arc::clone(self.database),
            others: request.options.denials.take(),
        }));
        Ok(Fix {
            newest: Some(newest),
            outcome: outcome(request, found, &client),
        })
    }

    /// The arguments that make the file again, with a package upgraded.
    fn arguments(&self, name: &PackageName) -> Option<LockArgs> {
        let mut args = repeating(self.strict)?;
        let output = self.source.path().file_name()?;
        args.output.get_or_insert_with(|| output.into());
        args.upgrade_package = vec![name.as_str().parse().ok()?];
        args.cache = self.cache.clone();
        let governing = self.source.policy();
        args.policy = governing.map(|governing| governing.policy.clone());
        Some(args)
    }

    /// The newest release after the pinned one that no advisory affects; a pre-release only for a
    /// pre-release.
    fn newest(&self, found: &VulnerablePin, client: &Client) -> Result<Option<Version>, Error> {
        let project = client.client.project(&found.name)?;
        let mut releases = project.releases.iter().filter(|release| {
            let version = &release.version;
            *version > found.version
                && (!version.any_prerelease() || found.version.any_prerelease())
                && release.files().iter().any(|file| file.yanked == Yanked::No)
                && self.database.of(&found.name, version).is_empty()
        });
        Ok(releases.next().map(|release| release.version.clone()))
    }
}

fn outcome(mut request: Request, found: &VulnerablePin, client: &Client) -> Outcome {
    let version = |request: &Request| -> Result<Option<Version>, Error> {
        let answer = client.answer(request)?;
        let pins = answer.resolution.pins.iter();
        let mut pins = pins.filter(|pin| pin.name == found.name);
        Ok(pins.next().map(|pin| pin.version.clone()))
    };
    let reason = match version(&request) {
        Ok(Some(version)) => return Outcome::Fits(version),
        Ok(None) => return Outcome::Conflict("nothing requires it any longer".to_owned()),
        Err(error) => error,
    };
    let has_cutoff = request
        .options
        .cutoff(&found.name, &found.version)
        .is_some();
    let packages = &mut request.options.exclude_newer_packages;
    packages.insert(found.name.clone(), None);
    match version(&request) {
        Ok(Some(version)) if has_cutoff => Outcome::BeyondCutoff(version),
        _ => Outcome::Conflict(steps(&reason.to_string())),
    }
}

/// The numbered steps of an explanation in one line; its first line, where it has none.
fn steps(explanation: &str) -> String {
    let steps = explanation.lines().filter_map(|line| {
        let (number, step) = line.trim_start().split_once(". ")?;
        number.parse::<u32>().ok().map(|_| step)
    });
    let steps: Vec<&str> = steps.collect();
    if steps.is_empty() {
        first_line(explanation)
    } else {
        steps.join(", ")
    }
}

/// The newest version that an advisory says it is fixed in.
fn listed_fix(advisory: &Advisory) -> Option<Version> {
    advisory.fixed.last().cloned()
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.trim_end_matches([':', '.']).to_owned()
}
