//! What a strict file records of the origin of its pins: asked of the index, or taken over from the file
//! that it replaces.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

use harden_hasher::{Publisher, Recorded, RecordedOwners, Rule, StrictFile, StrictPin, UploadDay};
use harden_index::IndexClient;
use harden_packaging::{
    CoreMetadata, DistFile, Index, PackageName, Pin, Project, Release, Resolution,
};
use harden_policy::{Policy, Record, licence_of, read_provenance};
use jiff::tz::TimeZone;

use crate::locking::owners::{listing_indexes, of_projects};
use crate::locking::pin_findings::PinFindings;
use crate::locking::policy::projects;
use crate::report::Error;

/// The strict file of `resolution` with what `policy` records. What `before`, the file that it replaces,
/// records of the same pin stays, so that the same lock has the same bytes, unless that file was edited.
pub fn with_records(
    strict: StrictFile,
    resolution: &Resolution,
    (policy, before): (&Policy, Option<&StrictFile>),
    client: &IndexClient,
    warn: &dyn Fn(&str),
) -> Result<StrictFile, Error> {
    let wanted = policy.records();
    if wanted.is_empty() {
        return Ok(strict);
    }
    let projects = projects(&strict, client)?;
    let before = before.filter(|before| is_intact(before));
    let mut records = Vec::new();
    for (pin, resolved) in strict.pins().iter().zip(&resolution.pins) {
        let kept = before.and_then(|before| same_pin(pin, before));
        let kept = kept.map(|kept| kept.recorded().clone());
        let files = listed_files(pin, &projects);
        let mut recorded = Recorded::default();
        if wanted.contains(&Record::Licence) {
            let metadata = metadata_of(resolved, client)?;
            let licence = licence_of(metadata.iter().map(|metadata| &**metadata));
            recorded.licence = Some(licence);
        }
        let is_wanted = |record| is_of_index(pin) && wanted.contains(&record);
        if is_wanted(Record::Uploaded) {
            recorded.uploaded = Some(newest_day(&files));
        }
        if let Some(kept) = kept.filter(|_| !files.is_empty()) {
            recorded.publisher = kept.publisher.filter(|_| is_wanted(Record::Publisher));
            recorded.owners = kept.owners.filter(|_| is_wanted(Record::Owners));
        }
        records.push(recorded);
    }
    if wanted.contains(&Record::Owners) {
        add_owners(&mut records, &strict, &projects, (client, warn))?;
    }
    if wanted.contains(&Record::Publisher) {
        add_publishers(&mut records, &strict, &projects, (client, warn));
    }
    Ok(strict.with_records(records))
}

/// Whether a strict file is as harden wrote it.
fn is_intact(strict: &StrictFile) -> bool {
    let header = strict.header();
    header.is_some_and(|header| header.pins() == strict.content_digest())
}

/// Whether a pin is a release of an index, of which that says more.
fn is_of_index(pin: &StrictPin) -> bool {
    pin.reference().is_none() && pin.repository().is_none()
}

/// Asks for the owners that are not known yet.
fn add_owners(
    records: &mut [Recorded],
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
    (client, warn): (&IndexClient, &dyn Fn(&str)),
) -> Result<(), Error> {
    let mut unknown = listing_indexes(strict, projects);
    for (pin, recorded) in strict.pins().iter().zip(&*records) {
        if matches!(recorded.owners, Some(RecordedOwners::Known(_))) {
            unknown.remove(pin.name());
        }
    }
    let owners = of_projects(unknown.into_iter().collect(), client, warn)?;
    for (pin, recorded) in strict.pins().iter().zip(records) {
        let is_known = matches!(recorded.owners, Some(RecordedOwners::Known(_)));
        if !is_known && is_of_index(pin) {
            let now = owners.get(pin.name()).cloned();
            recorded.owners = Some(now.map_or(RecordedOwners::Unknown, RecordedOwners::Known));
        }
    }
    Ok(())
}

/// Asks for the publishers that are not known yet, or could not be read.
fn add_publishers(
    records: &mut [Recorded],
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
    (client, warn): (&IndexClient, &dyn Fn(&str)),
) {
    let pins = strict.pins().iter().zip(records);
    let unknown = pins.filter_map(|(pin, recorded)| {
        let is_known = matches!(
            recorded.publisher,
            Some(Publisher::Named(_) | Publisher::Unattested)
        );
        // A wheel that was built here is not on the index, and has no attestation.
        let files = listed_files(pin, projects);
        (!is_known && is_of_index(pin)).then_some((files, &mut recorded.publisher))
    });
    let (files, places): (Vec<_>, Vec<_>) = unknown.unzip();
    for (publisher, place) in publishers(&files, client, warn).into_iter().zip(places) {
        *place = Some(publisher);
    }
}

/// The pin of the same files in another strict file.
fn same_pin<'s>(pin: &StrictPin, other: &'s StrictFile) -> Option<&'s StrictPin> {
    let is_same = |other: &&StrictPin| {
        other.name() == pin.name()
            && other.version() == pin.version()
            && other.hashes() == pin.hashes()
    };
    other.pins().iter().find(is_same)
}

/// The listings of the files that a pin has hashes of, by name; none for a pin that comes from no index.
pub fn listed_files(
    pin: &StrictPin,
    projects: &BTreeMap<PackageName, Arc<Project>>,
) -> Vec<Arc<DistFile>> {
    if !is_of_index(pin) {
        return Vec::new();
    }
    let releases = projects
        .get(pin.name())
        .map_or(&[][..], |project| &project.releases);
    let release = releases
        .iter()
        .find(|release| release.version == *pin.version());
    let is_pinned = |file: &&Arc<DistFile>| match file.sha256 {
        Some(digest) => pin.hashes().contains(&digest),
        None => pin.files().contains(&*file.filename),
    };
    let files = release.map_or(&[][..], Release::files);
    let repeated = release.map_or(&[][..], Release::repeated);
    let listed = files.iter().chain(repeated).filter(is_pinned);
    listed.cloned().collect()
}

/// The metadata of the files that targets install; that of an sdist is left out where it cannot be read.
fn metadata_of(pin: &Pin, client: &IndexClient) -> Result<Vec<Arc<CoreMetadata>>, Error> {
    let mut read = Vec::new();
    for chosen in &pin.files {
        match client.metadata(&chosen.file) {
            Ok(metadata) => read.push(metadata),
            Err(_) if chosen.file.wheel_tags().is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(read)
}

/// The day, UTC, on which the newest of some files was uploaded, if the index says so of all of them.
fn newest_day(files: &[Arc<DistFile>]) -> UploadDay {
    let moments = files.iter().map(|file| file.upload_time);
    let moments: Option<Vec<_>> = moments.collect();
    match moments.into_iter().flatten().max() {
        Some(newest) => UploadDay::Day(newest.to_zoned(TimeZone::UTC).date()),
        None => UploadDay::Unknown,
    }
}

/// Compares the days of upload that a strict file records with those that the index names now.
pub fn uploads_as_recorded(
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
) -> PinFindings {
    let mut findings = PinFindings::of(Rule::Record);
    for pin in strict.pins() {
        let files = listed_files(pin, projects);
        let Some(recorded) = pin.recorded().uploaded.filter(|_| !files.is_empty()) else {
            continue;
        };
        let now = newest_day(&files);
        let message = (recorded != now).then(|| {
            let said = |day: UploadDay| match day {
                UploadDay::Day(day) => format!("on {day}"),
                UploadDay::Unknown => day.to_string(),
            };
            format!(
                "{} {} was uploaded {} according to the file, and {} according to the index",
                pin.name(),
                pin.version(),
                said(recorded),
                said(now)
            )
        });
        findings.add(pin, message);
    }
    findings
}

/// The publisher of the files of each pin, according to the index: asked of the first of them by name, in
/// parallel. Where one of them has no attestation, the pin has none.
pub fn publishers(
    files: &[Vec<Arc<DistFile>>],
    client: &IndexClient,
    warn: &dyn Fn(&str),
) -> Vec<Publisher> {
    let is_attested = |files: &Vec<Arc<DistFile>>| {
        !files.is_empty() && files.iter().all(|file| file.provenance.is_some())
    };
    let asked = files.iter().filter(|files| is_attested(files));
    let asked: Vec<Arc<DistFile>> = asked.map(|files| Arc::clone(&files[0])).collect();
    let mut answers = asked.clone().into_iter().zip(client.provenances(asked));
    let publishers = files.iter().map(|files| {
        if !is_attested(files) {
            return Publisher::Unattested;
        }
        let answer = answers.next();
        let publisher = answer.map(|(file, answer)| match answer {
            Err(error) => Err((file, error.to_string())),
            Ok(None) => Err((file, "the server has none".to_owned())),
            Ok(Some(text)) => read_provenance(&text).map_err(|error| {
                let cause = error.source().map(|cause| format!(": {cause}"));
                (file, format!("{error}{}", cause.unwrap_or_default()))
            }),
        });
        match publisher {
            Some(Ok(name)) => Publisher::Named(name),
            Some(Err((file, why))) => {
                let name = &file.filename;
                warn(&format!("the attestation of {name} cannot be read: {why}"));
                Publisher::Unreadable
            }
            None => Publisher::Unreadable,
        }
    });
    publishers.collect()
}
