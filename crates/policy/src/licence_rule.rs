//! The rule `licence`: the licence of each pin is known and on the list of the policy.

use harden_hasher::{Level, RecordedLicence, Rule, StrictPin};
use harden_packaging::{CoreMetadata, Licence, PackageName};
use jiff::civil::Date;
use pep440_rs::Version;

use crate::{Judge, LicenceSource, Policy, Setting};

/// The licence of files with this metadata together. Each file has to be complied with.
pub fn licence_of<'m>(files: impl Iterator<Item = &'m CoreMetadata>) -> RecordedLicence {
    let licences: Result<Vec<Licence>, String> =
        files.map(|metadata| metadata.licence.licence()).collect();
    match licences.map(|licences| Licence::all(&licences)) {
        Ok(Some(licence)) => RecordedLicence::Known(Box::new(licence)),
        Ok(None) => RecordedLicence::Unknown("none of its files has metadata".to_owned()),
        Err(why) => RecordedLicence::Unknown(why),
    }
}

/// What a policy objects to in a licence, as the end of a sentence; `None` if it is allowed. Without a
/// list, every known licence is.
pub fn object_to_licence(licence: &RecordedLicence, policy: &Policy) -> Option<String> {
    match licence {
        RecordedLicence::Known(licence) => {
            let list = &policy.licences;
            let is_allowed = list.is_empty() || licence.is_among(list);
            (!is_allowed).then(|| format!("its licence {licence} is not allowed"))
        }
        RecordedLicence::Unknown(why) if why.is_empty() => {
            Some("its licence is unknown".to_owned())
        }
        RecordedLicence::Unknown(why) => Some(format!("its licence is unknown: {why}")),
    }
}

/// Why a policy denies a release with this metadata for its licence, if it does.
pub fn is_denied_licence(
    release: (&PackageName, &Version),
    metadata: &CoreMetadata,
    (policy, today): (&Policy, Date),
) -> Option<String> {
    if policy.setting(Rule::Licence) != Setting::Deny {
        return None;
    }
    let objection = object_to_licence(&licence_of([metadata].into_iter()), policy)?;
    let level = Judge::new(policy, today).level(Rule::Licence, release, &[]);
    (level == Some(Level::Error)).then_some(objection)
}

/// Judges a pin by the licence that the strict file records. One that it does not record cannot be judged,
/// which is a finding as well.
pub(crate) fn judge_licence(pin: &StrictPin, source: LicenceSource, judge: &mut Judge<'_>) {
    let is_off = judge.policy().setting(Rule::Licence) == Setting::Off;
    if is_off || source == LicenceSource::Files {
        return;
    }
    let (name, version) = (pin.name(), pin.version());
    let message = match &pin.recorded().licence {
        None if source == LicenceSource::StrictFileThenFiles => None,
        None => Some(format!(
            "the file does not record the licence of {name} {version}; lock again to record it"
        )),
        Some(licence) => {
            let objection = object_to_licence(licence, judge.policy());
            objection.map(|why| format!("{name} {version}: {why}"))
        }
    };
    if let Some(message) = message {
        judge.add(pin, Rule::Licence, message);
    }
}

/// Judges a pin by the licence that its files have, which is also compared with the recorded one.
pub fn judge_files_licence(pin: &StrictPin, found: &RecordedLicence, judge: &mut Judge<'_>) {
    let (name, version) = (pin.name(), pin.version());
    if let Some(why) = object_to_licence(found, judge.policy()) {
        judge.add(pin, Rule::Licence, format!("{name} {version}: {why}"));
        return;
    }
    if let Some(recorded) = &pin.recorded().licence
        && recorded.to_string() != found.to_string()
    {
        let message = format!(
            "the file records the licence {recorded} for {name} {version}, and its metadata says {found}"
        );
        judge.add(pin, Rule::Licence, message);
    }
}
