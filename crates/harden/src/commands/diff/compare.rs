//! Two strict files compared, target by target.

use std::collections::{BTreeMap, BTreeSet};

use harden_hasher::{Header, StrictFile, StrictPin};
use harden_packaging::{PackageName, Sha256};
use harden_target::Target;
use jiff::Timestamp;
use pep440_rs::Version;

/// What changed.
#[derive(Debug)]
pub struct Difference {
    /// Sorted by name.
    pub changes: Vec<Change>,
    /// The targets that the new file alone is for.
    pub targets_added: Vec<String>,
    /// The targets that the old file alone is for.
    pub targets_removed: Vec<String>,
    /// What the files record of packages that both have, where it differs.
    pub records: Vec<RecordChange>,
    /// The cutoffs of both, if they differ.
    pub cutoffs: Option<[Option<Timestamp>; 2]>,
}

/// What changed of a package, on some targets alike.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// The package.
    pub name: PackageName,
    /// What changed.
    pub kind: ChangeKind,
    /// The targets it changed on; empty: on all that both files are for.
    pub targets: Vec<String>,
}

/// Something that both files record of a package, and differently.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordChange {
    /// The package.
    pub name: PackageName,
    /// What is recorded: `publisher`, `licence`, `owners`.
    pub what: &'static str,
    /// The old values.
    pub old: BTreeSet<String>,
    /// The new ones.
    pub new: BTreeSet<String>,
}

/// What changed of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added(Versions),
    /// It is gone.
    Removed(Versions),
    /// It has another version.
    Changed(Versions, Versions),
    /// It has the same version in other files.
    OtherFiles(Versions),
}

/// The versions of a package on a target: several if the patch level of Python decides.
pub type Versions = BTreeSet<Version>;

impl Difference {
    /// What changed from `old` to `new`.
    pub fn between(old: &StrictFile, new: &StrictFile) -> Self {
        let [old_targets, new_targets] = [old, new].map(targets);
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            let only = these.iter().filter(|target| !those.contains(target));
            only.cloned().collect()
        };
        let common: Vec<&String> = old_targets
            .iter()
            .filter(|target| new_targets.contains(target))
            .collect();
        let cutoffs = [old, new].map(|file| file.header().and_then(Header::exclude_newer));
        Self {
            changes: changes(old, new, &common),
            targets_added: only(&new_targets, &old_targets),
            targets_removed: only(&old_targets, &new_targets),
            records: record_changes(old, new),
            cutoffs: (cutoffs[0] != cutoffs[1]).then_some(cutoffs),
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.targets_added.is_empty()
            && self.targets_removed.is_empty()
            && self.records.is_empty()
            && self.cutoffs.is_none()
    }
}

/// What the files record of packages that both have. What one of them does not record did not change.
fn record_changes(old: &StrictFile, new: &StrictFile) -> Vec<RecordChange> {
    let mut changes = Vec::new();
    for (what, value) in [
        ("publisher", publisher as fn(&StrictPin) -> Option<String>),
        ("licence", licence),
        ("owners", owners),
    ] {
        let [old, new] = [old, new].map(|file| recorded(file, value));
        for (name, old) in old {
            if let Some(new) = new.get(name)
                && *new != old
            {
                changes.push(RecordChange {
                    name: name.clone(),
                    what,
                    old,
                    new: new.clone(),
                });
            }
        }
    }
    changes.sort_by(|one, other| one.name.cmp(&other.name));
    changes
}

fn publisher(pin: &StrictPin) -> Option<String> {
    let publisher = pin.recorded().publisher.as_ref()?;
    Some(publisher.to_string())
}

fn licence(pin: &StrictPin) -> Option<String> {
    Some(pin.recorded().licence.as_ref()?.to_string())
}

fn owners(pin: &StrictPin) -> Option<String> {
    Some(pin.recorded().owners.as_ref()?.to_string())
}

fn recorded(
    file: &StrictFile,
    value: fn(&StrictPin) -> Option<String>,
) -> BTreeMap<&PackageName, BTreeSet<String>> {
    let mut recorded: BTreeMap<&PackageName, BTreeSet<String>> = BTreeMap::new();
    for pin in file.pins() {
        if let Some(value) = value(pin) {
            recorded.entry(pin.name()).or_default().insert(value);
        }
    }
    recorded
}

fn targets(file: &StrictFile) -> Vec<String> {
    let header = file.header();
    header.map_or(Vec::new(), |header| header.platforms().to_vec())
}

/// The changes on these targets; without any, those of the whole files.
fn changes(old: &StrictFile, new: &StrictFile, targets: &[&String]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut on = |target: Option<&String>| {
        let parsed = target.and_then(|target| target.parse::<Target>().ok());
        let [old, new] = [old, new].map(|file| pinned(file, parsed.as_ref()));
        let names: BTreeSet<&PackageName> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let Some(kind) = kind(old.get(name), new.get(name)) else {
                continue;
            };
            let same = |known: &&mut Change| known.name == *name && known.kind == kind;
            match changes.iter_mut().find(same) {
                Some(known) => known.targets.extend(target.cloned()),
                None => changes.push(Change {
                    name: name.clone(),
                    kind,
                    targets: target.cloned().into_iter().collect(),
                }),
            }
        }
    };
    if targets.is_empty() {
        on(None);
    }
    for target in targets {
        on(Some(target));
    }
    for change in &mut changes {
        if change.targets.len() == targets.len() {
            change.targets.clear();
        }
    }
    // Stable: the changes of one package stay in the order of the targets.
    changes.sort_by(|one, other| one.name.cmp(&other.name));
    changes
}

/// What a package is pinned to on a target.
type Pinned = (Versions, BTreeSet<Sha256>);

fn pinned<'f>(file: &'f StrictFile, target: Option<&Target>) -> BTreeMap<&'f PackageName, Pinned> {
    let mut pinned: BTreeMap<&PackageName, Pinned> = BTreeMap::new();
    let holds = |pin: &&StrictPin| target.is_none_or(|target| pin.may_be_on(target));
    for pin in file.pins().iter().filter(holds) {
        let (versions, hashes) = pinned.entry(pin.name()).or_default();
        versions.insert(pin.version().clone());
        hashes.extend(pin.hashes());
    }
    pinned
}

fn kind(old: Option<&Pinned>, new: Option<&Pinned>) -> Option<ChangeKind> {
    match (old.cloned(), new.cloned()) {
        (None, None) => None,
        (None, Some((versions, _))) => Some(ChangeKind::Added(versions)),
        (Some((versions, _)), None) => Some(ChangeKind::Removed(versions)),
        (Some((old, old_hashes)), Some((new, new_hashes))) => {
            if old != new {
                Some(ChangeKind::Changed(old, new))
            } else if old_hashes == new_hashes {
                None
            } else {
                Some(ChangeKind::OtherFiles(old))
            }
        }
    }
}
