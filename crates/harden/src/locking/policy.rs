//! Applies a policy to a strict file: what the user asked for by name, what the rules find, and what they
//! deny.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{Advice, Finding, Judged, Level, Remedy, Rule, StrictFile};
use harden_index::IndexUrl;
use harden_packaging::{Index, IndexErrorKind, PackageName, Project};
use harden_policy::advisory::Database;
use harden_policy::{
    AskedByName, ExemptionUse, Judge, LicenceSource, Listed, Policy, Subject, Verdicts,
    judge_index, judge_strict, relevel, rule_named,
};
use harden_requirements::Inputs;
use harden_target::Target;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::locking::advisories::of_export;
use crate::report::format::count;
use crate::report::{Error, Exit, Report};
use crate::settings::args::{self, Hashes, IndexArgs, LockArgs, Prerelease};
use crate::settings::cutoffs::now;

/// A policy denies what a strict file pins.
#[derive(Debug, thiserror::Error)]
#[error("the policy denies what {file} pins: {}\n{}", count(findings.len(), "finding"), findings.join("\n"))]
pub struct DeniedByPolicy {
    /// The strict file.
    file: String,
    /// What is denied, a line each, with what to do about it below.
    findings: Vec<String>,
    /// The package and the rule of the first finding that may be exempt.
    exemptible: Option<(PackageName, Rule)>,
}

impl Report for DeniedByPolicy {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let (package, rule) = self.exemptible.as_ref()?;
        Some(format!(
            "change what is required, or accept it for a time in the configuration (docs/policy.md):\n    \
             [[policy.exempt]]\n    package = \"{package}\"\n    rule = \"{rule}\"\n    reason = \"WHY\"\n    \
             until = YYYY-MM-DD"
        ))
    }
}

/// This day, UTC, by which exemptions are over.
pub fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// What a lock asks for by name. Without its loose files, which may be on another machine, only its
/// options count.
pub fn asked(lock: &LockArgs, inputs: Option<&Inputs>) -> AskedByName {
    let mut asked = AskedByName::default();
    asked.all_prereleases = lock.pre || lock.prerelease == Some(Prerelease::Allow);
    asked.all_files = lock.writing.hashes == Some(Hashes::All);
    for package in &lock.prerelease_package {
        let is_allowed = package.mode == Prerelease::Allow;
        asked.prereleases.insert(package.name.clone(), is_allowed);
    }
    for named in lock.sdists.usable() {
        match named {
            args::AllowSdist::All => asked.all_sdists = true,
            args::AllowSdist::Package(name) => {
                asked.sdists.insert(name.clone());
            }
        }
    }
    if let Some(inputs) = inputs {
        asked.add(inputs);
    }
    asked
}

/// The advisories that a policy names, if it names some.
pub fn database(policy: &Policy) -> Result<Option<Arc<Database>>, Error> {
    if policy.osv.is_empty() {
        return Ok(None);
    }
    let mut database = Database::default();
    for path in &policy.osv {
        of_export(path, &mut database)?;
    }
    Ok(Some(Arc::new(database)))
}

/// The indexes that packages are bound to.
pub fn bound(args: &IndexArgs) -> BTreeMap<PackageName, String> {
    let tied = args.index_package.iter().filter_map(|tied| {
        let mut named = args.index.iter();
        let index = named.find(|named| named.name == tied.index)?;
        let url: IndexUrl = index.url.parse().ok()?;
        Some((tied.package.clone(), url.to_string()))
    });
    tied.collect()
}

/// What the index lists of all that is pinned; it has been asked for most of it already.
pub fn projects(
    strict: &StrictFile,
    index: &dyn Index,
) -> Result<BTreeMap<PackageName, Arc<Project>>, Error> {
    let mut projects = BTreeMap::new();
    for pin in strict.pins() {
        if pin.reference().is_some() || pin.repository().is_some() {
            continue;
        }
        match index.project(pin.name()) {
            Ok(project) => {
                projects.insert(pin.name().clone(), project);
            }
            Err(error) if error.kind == IndexErrorKind::NoSuchProject => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(projects)
}

/// What a policy finds in a strict file by itself and by what an index lists, and what `more` finds. The
/// `findings` of `harden verify` get the level that the policy sets, and advice, where `lock` locks again.
pub fn judge_listed(
    (subject, listed): (Subject<'_>, Listed<'_>),
    policy: &Policy,
    (findings, lock): (Vec<Finding>, &str),
    more: impl FnOnce(&mut Judge<'_>),
) -> (Verdicts, Vec<Finding>) {
    let mut judge = Judge::new(policy, today());
    judge_strict(subject, &mut judge);
    judge_index(listed, &mut judge);
    more(&mut judge);
    let findings = relevel(findings, (subject.strict, lock), &mut judge);
    (judge.finish(), findings)
}

/// What a policy finds in a strict file by itself.
pub fn judge(
    strict: &StrictFile,
    policy: &Policy,
    targets: &[Target],
    (asked, licences): (&AskedByName, LicenceSource),
) -> Verdicts {
    let mut judge = Judge::new(policy, today());
    let subject = Subject {
        strict,
        targets,
        asked,
        licences,
    };
    judge_strict(subject, &mut judge);
    judge.finish()
}

/// Refuses what a policy denies in a strict file, called `file`; tells `warn` of the rest.
pub fn enforce(
    (file, strict): (&str, &StrictFile),
    policy: &Policy,
    verdicts: &Verdicts,
    warn: &dyn Fn(&str),
) -> Result<(), Error> {
    let mut ledger = ExemptionUse::default();
    ledger.note(policy, strict, verdicts.used.clone());
    let past = ledger.past(today(), "the configuration");
    let mut denied: Vec<String> = past.iter().map(ToString::to_string).collect();
    let mut exemptible = None;
    for judged in &verdicts.judged {
        let Judged { rule, message, .. } = judged;
        match judged.level {
            Level::Error => {
                denied.push(format!(
                    "{message} [{rule}]{}",
                    advice(&judged.advice, file)
                ));
                if rule_named(rule.name()).is_some() && exemptible.is_none() {
                    let mut pins = strict.pins().iter();
                    let pin = pins.find(|pin| pin.line() == judged.line);
                    exemptible = pin.map(|pin| (pin.name().clone(), *rule));
                }
            }
            Level::Warning => warn(&format!("{file}: {message} [{rule}]")),
        }
    }
    if denied.is_empty() {
        return Ok(());
    }
    Err(DeniedByPolicy {
        file: file.to_owned(),
        findings: denied,
        exemptible,
    }
    .into())
}

/// What to do besides locking again, on lines below a finding.
fn advice(advice: &Advice, file: &str) -> String {
    let fix = match &advice.remedy {
        Remedy::Run { .. } => format!("\n  fix: {}", advice.fix("", file)),
        Remedy::None | Remedy::Lock | Remedy::LockWith(_) => String::new(),
    };
    match &*advice.hint {
        "" => fix,
        hint => format!("{fix}\n  hint: {hint}"),
    }
}
