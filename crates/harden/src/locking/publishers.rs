//! The rule `publisher`: who published the pinned files, compared with what was pinned before, or with what
//! the strict file records.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{Advice, Publisher, Rule, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{DistFile, PackageName, Project};
use harden_policy::{
    Policy, Setting, publisher_change, recorded_publisher_change, unknown_publisher,
};

use crate::locking::pin_findings::PinFindings;
use crate::locking::record::{listed_files, publishers};

/// What is asked of the index.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The policy; if the rule is off, nothing is asked.
    pub policy: &'a Policy,
    /// What the index lists of all that is pinned.
    pub projects: &'a BTreeMap<PackageName, Arc<Project>>,
    /// The index.
    pub client: &'a IndexClient,
    /// Takes warnings.
    pub warn: &'a dyn Fn(&str),
}

impl Asking<'_> {
    fn is_off(&self) -> bool {
        self.policy.setting(Rule::Publisher) == Setting::Off
    }

    /// The publishers of files as far as they are not known already.
    fn complete(&self, sides: Vec<Side>) -> Vec<Publisher> {
        let unknown = sides.iter().filter(|side| side.known.is_none());
        let files: Vec<_> = unknown.map(|side| side.files.clone()).collect();
        let mut asked = publishers(&files, self.client, self.warn).into_iter();
        let publishers = sides.into_iter().map(|side| {
            let known = side.known.or_else(|| asked.next());
            known.unwrap_or(Publisher::Unreadable)
        });
        publishers.collect()
    }
}

/// The files of a pin, and their publisher if it is known.
struct Side {
    known: Option<Publisher>,
    files: Vec<Arc<DistFile>>,
}

impl Side {
    fn of(pin: &StrictPin, asking: &Asking<'_>) -> Self {
        let known = pin.recorded().publisher.clone();
        Self {
            known: known.filter(|known| *known != Publisher::Unreadable),
            files: listed_files(pin, asking.projects),
        }
    }

    /// Whether nothing tells who published a pin of an index: the index no longer has it.
    fn is_gone(&self, pin: &StrictPin) -> bool {
        let is_of_index = pin.reference().is_none() && pin.repository().is_none();
        let is_built = pin.built_from().is_some();
        is_of_index && !is_built && self.known.is_none() && self.files.is_empty()
    }

    fn is_attested(&self) -> bool {
        match &self.known {
            Some(known) => matches!(known, Publisher::Named(_)),
            None => self.files.iter().any(|file| file.provenance.is_some()),
        }
    }
}

/// Compares the pins of a new strict file with those of the file that it replaces. Only the releases that
/// changed are asked about, and only if the earlier one was attested. If nothing tells whether it was, that is
/// a finding.
pub fn since(before: Option<&StrictFile>, strict: &StrictFile, asking: Asking<'_>) -> PinFindings {
    let mut changes = PinFindings::of(Rule::Publisher);
    let Some(before) = before.filter(|_| !asking.is_off()) else {
        return changes;
    };
    let mut compared = Vec::new();
    let mut sides = Vec::new();
    for pin in strict.pins() {
        let Some(old) = predecessor(pin, before) else {
            continue;
        };
        let (old_side, new_side) = (Side::of(old, &asking), Side::of(pin, &asking));
        if old_side.is_gone(old) {
            let later = format!("{} {}", pin.name(), pin.version());
            changes.add(pin, Some(unknown_publisher(&earlier(old, pin), &later)));
        } else if old_side.is_attested() {
            compared.push((old, pin));
            sides.extend([old_side, new_side]);
        }
    }
    let publishers = asking.complete(sides);
    for ((old, pin), publishers) in compared.into_iter().zip(publishers.chunks(2)) {
        let [before, now] = publishers else { continue };
        let later = format!("{} {}", pin.name(), pin.version());
        let change = publisher_change((&earlier(old, pin), before), (&later, now));
        let (name, version) = (pin.name(), old.version());
        let look = format!(
            "find out whether the project says so, and look at what changed: `harden vet diff {name} --from {version}`"
        );
        changes.add_with(pin, change, Advice::hint(look));
    }
    changes
}

/// What the pin that another one replaces is called beside that.
fn earlier(old: &StrictPin, pin: &StrictPin) -> String {
    if old.version() == pin.version() {
        "its earlier file".to_owned()
    } else {
        old.version().to_string()
    }
}

/// The pin that another one replaces: the newest of the package, unless one has the same files.
fn predecessor<'s>(pin: &StrictPin, before: &'s StrictFile) -> Option<&'s StrictPin> {
    let old = before.pins().iter().filter(|old| old.name() == pin.name());
    let is_same = |old: &StrictPin| old.version() == pin.version() && old.hashes() == pin.hashes();
    if old.clone().any(is_same) {
        return None;
    }
    old.max_by_key(|old| old.version())
}

/// Compares the publishers that a strict file records with those that the index names now.
pub fn as_recorded(strict: &StrictFile, asking: Asking<'_>) -> PinFindings {
    let mut changes = PinFindings::of(Rule::Publisher);
    if asking.is_off() {
        return changes;
    }
    let mut compared = Vec::new();
    let mut sides = Vec::new();
    for pin in strict.pins() {
        let files = listed_files(pin, asking.projects);
        // What is recorded as unattested is asked about if the index has attestations by now.
        let is_attested = !files.is_empty() && files.iter().all(|file| file.provenance.is_some());
        if let Some(recorded) = &pin.recorded().publisher
            && !files.is_empty()
            && (is_attested || *recorded != Publisher::Unattested)
        {
            compared.push((pin, recorded));
            sides.push(Side { known: None, files });
        }
    }
    let publishers = asking.complete(sides);
    for ((pin, recorded), now) in compared.into_iter().zip(&publishers) {
        let release = format!("{} {}", pin.name(), pin.version());
        let change = recorded_publisher_change(&release, recorded, now);
        changes.add(pin, change);
    }
    changes
}
