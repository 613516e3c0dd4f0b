//! The owners of projects, as the JSON API of their index has them, and the rule `owners`.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{Owners, RecordedOwners, Rule, StrictFile, StrictPin};
use harden_index::{IndexClient, IndexUrl};
use harden_packaging::{PackageName, Project};
use harden_policy::{Setting, owners_change, read_owners};

use crate::locking::pin_findings::PinFindings;
use crate::locking::publishers::Asking;
use crate::locking::record::listed_files;
use crate::report::Error;

/// The owners of these projects, each of which an index lists: asked of its JSON API, one question a project,
/// in parallel. What an index does not say is not there.
pub fn of_projects(
    asked: Vec<(PackageName, Arc<str>)>,
    client: &IndexClient,
    warn: &dyn Fn(&str),
) -> Result<BTreeMap<PackageName, Owners>, Error> {
    let asked = asked.into_iter().filter_map(|(name, index)| {
        let index: IndexUrl = index.parse().ok()?;
        let url = index.project_json(name.as_str())?;
        Some((name, url))
    });
    let (names, urls): (Vec<_>, Vec<_>) = asked.unzip();
    let mut owners = BTreeMap::new();
    for (name, page) in names.into_iter().zip(client.json(urls)) {
        let Some(page) = page? else { continue };
        match read_owners(&page) {
            Ok(found) => owners.extend(found.map(|found| (name, found))),
            Err(error) => {
                warn(&format!("the owners of {name} cannot be read: {error}"));
            }
        }
    }
    Ok(owners)
}

/// The index that lists the files of each pin of a strict file, by package.
pub fn listing_indexes(
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
) -> BTreeMap<PackageName, Arc<str>> {
    let pins = strict.pins().iter();
    let listed = pins.filter_map(|pin| {
        let file = listed_files(pin, projects).into_iter().next()?;
        Some((pin.name().clone(), Arc::clone(&file.listed_by)))
    });
    listed.collect()
}

/// Compares the owners that a new strict file records with those that the file records that it replaces.
pub fn since(before: Option<&StrictFile>, strict: &StrictFile) -> PinFindings {
    let mut findings = PinFindings::of(Rule::Owners);
    let recorded = before.into_iter().flat_map(StrictFile::pins);
    let recorded = recorded.filter_map(|pin| Some((pin.name(), known(pin)?)));
    let recorded: BTreeMap<&PackageName, &Owners> = recorded.collect();
    for pin in strict.pins() {
        let Some(before) = recorded.get(pin.name()) else {
            continue;
        };
        let message = match known(pin) {
            Some(now) => owners_change(before, now).map(|why| message(pin.name(), &why)),
            None => Some(unsaid(pin.name(), before)),
        };
        findings.add(pin, message);
    }
    findings
}

/// Compares the owners that a strict file records with those that the index names now.
pub fn as_recorded(strict: &StrictFile, asking: Asking<'_>) -> Result<PinFindings, Error> {
    let mut findings = PinFindings::of(Rule::Owners);
    if asking.policy.setting(Rule::Owners) == Setting::Off {
        return Ok(findings);
    }
    let recorded = strict.only(|pin| pin.recorded().owners.is_some());
    let asked = listing_indexes(&recorded, asking.projects);
    let now = of_projects(asked.into_iter().collect(), asking.client, asking.warn)?;
    for pin in recorded.pins() {
        let name = pin.name();
        let message = match (known(pin), now.get(name)) {
            (Some(before), Some(now)) => owners_change(before, now).map(|why| message(name, &why)),
            (Some(before), None) => Some(unsaid(name, before)),
            (None, Some(now)) => Some(format!(
                "the file does not record who owns {name}: {now}, according to the index"
            )),
            (None, None) => None,
        };
        findings.add(pin, message);
    }
    Ok(findings)
}

/// The owners that a pin records, if they were known.
fn known(pin: &StrictPin) -> Option<&Owners> {
    pin.recorded()
        .owners
        .as_ref()
        .and_then(RecordedOwners::known)
}

fn unsaid(name: &PackageName, before: &Owners) -> String {
    format!("{name} was owned by {before}, and the index does not say by whom now")
}

fn message(name: &PackageName, why: &str) -> String {
    format!("the owners of {name} have changed: {why}")
}
