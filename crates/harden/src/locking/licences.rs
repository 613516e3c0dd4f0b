//! The licences of pinned files, as the metadata on the index has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{RecordedLicence, Rule, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{CoreMetadata, DistFile, Index};
use harden_policy::{Judge, Listed, Policy, Setting, judge_files_licence, licence_of};
use harden_target::Target;

use crate::locking::record::listed_files;
use crate::report::Error;

/// The licences of the pins of a strict file, by their lines; none if the rule is off.
#[derive(Debug, Default)]
pub struct FileLicences(BTreeMap<usize, RecordedLicence>);

impl FileLicences {
    /// Judges each pin by the licence of its files.
    pub fn judge(&self, strict: &StrictFile, judge: &mut Judge<'_>) {
        for pin in strict.pins() {
            if let Some(licence) = self.0.get(&pin.line()) {
                judge_files_licence(pin, licence, judge);
            }
        }
    }
}

/// The licences of the files that `targets` may install, as the index has them.
pub fn of_files(
    listed: Listed<'_>,
    policy: &Policy,
    targets: &[Target],
    client: &IndexClient,
) -> Result<FileLicences, Error> {
    let mut licences = FileLicences::default();
    if policy.setting(Rule::Licence) == Setting::Off {
        return Ok(licences);
    }
    for pin in listed.strict.pins() {
        let metadata = metadata_of(pin, listed, targets, client)?;
        let licence = match (&*metadata, &pin.recorded().licence) {
            // A wheel that was built here is not on the index.
            ([], Some(recorded)) => recorded.clone(),
            _ => licence_of(metadata.iter().map(|metadata| &**metadata)),
        };
        licences.0.insert(pin.line(), licence);
    }
    Ok(licences)
}

fn metadata_of(
    pin: &StrictPin,
    listed: Listed<'_>,
    targets: &[Target],
    client: &IndexClient,
) -> Result<Vec<Arc<CoreMetadata>>, Error> {
    let files = match pin.reference() {
        // What is wrong with it, `verify` has found.
        Some(reference) => client.direct(reference).into_iter().collect(),
        None => listed_files(pin, listed.projects),
    };
    let fits = |file: &&Arc<DistFile>| {
        file.wheel_tags().is_some_and(|tags| {
            let mut targets = targets.iter();
            targets.len() == 0 || targets.any(|target| target.tags().rank(tags).is_some())
        })
    };
    let mut read = Vec::new();
    for file in files.iter().filter(fits) {
        match client.metadata(file) {
            Ok(metadata) => read.push(metadata),
            Err(error) if error.kind.is_no_answer() => return Err(error.into()),
            // What is wrong with it, `verify` has found; its licence is unknown.
            Err(_) => {}
        }
    }
    if read.is_empty() {
        // Only sdists are left, whose metadata may not be readable.
        let sdists = files.iter().filter(|file| file.wheel_tags().is_none());
        read.extend(sdists.filter_map(|file| client.metadata(file).ok()));
    }
    Ok(read)
}
