//! The rule `licence`: the licence of each pin is known and on the list of the policy.

use harden_hasher::{Advice, Level, RecordedLicence, Rule, StrictPin};
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
    match &pin.recorded().licence {
        None if source == LicenceSource::StrictFileThenFiles => {}
        None => {
            let message = format!(
                "the file does not record the licence of {name} {version}; lock again to record it"
            );
            judge.add_with(pin, Rule::Licence, message, Advice::lock());
        }
        Some(licence) => {
            object(pin, licence, judge);
        }
    }
}

/// Adds what a policy objects to in the licence of a pin; whether it does.
fn object(pin: &StrictPin, licence: &RecordedLicence, judge: &mut Judge<'_>) -> bool {
    let Some(why) = object_to_licence(licence, judge.policy()) else {
        return false;
    };
    let message = format!("{} {}: {why}", pin.name(), pin.version());
    match licence {
        RecordedLicence::Known(licence) => {
            let hint =
                format!("if you may use it, add it to `licences` in the policy: \"{licence}\"");
            judge.add_with(pin, Rule::Licence, message, Advice::hint(hint));
        }
        RecordedLicence::Unknown(_) => judge.add(pin, Rule::Licence, message),
    }
    true
}

/// Judges a pin by the licence that its files have, which is also compared with the recorded one.
pub fn judge_files_licence(pin: &StrictPin, found: &RecordedLicence, judge: &mut Judge<'_>) {
    let (name, version) = (pin.name(), pin.version());
    if object(pin, found, judge) {
        return;
    }
    if let Some(recorded) = &pin.recorded().licence
        && recorded.to_string() != found.to_string()
    {
        let message = format!(
            "the file records the licence {recorded} for {name} {version}, and its metadata says {found}"
        );
        judge.add_with(pin, Rule::Licence, message, Advice::lock());
    }
}
