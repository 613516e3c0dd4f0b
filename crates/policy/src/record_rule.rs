//! The rule `record`: strict files record of each pin what the policy asks for.

use harden_hasher::{Rule, StrictPin};

use crate::{Judge, LicenceSource, Record, Setting};

/// Judges whether a strict file records what `record` asks for. A line that somebody took out is missing, however
/// the digest in the header was made.
pub(crate) fn judge_record(pin: &StrictPin, licences: LicenceSource, judge: &mut Judge<'_>) {
    let policy = judge.policy();
    let is_of_index = pin.reference().is_none() && pin.repository().is_none();
    let recorded = pin.recorded();
    // The rule `licence` reports a licence that it needs.
    let is_reported =
        licences == LicenceSource::StrictFile && policy.setting(Rule::Licence) != Setting::Off;
    let is_missing = |record: &&Record| match record {
        Record::Publisher => is_of_index && recorded.publisher.is_none(),
        Record::Uploaded => is_of_index && recorded.uploaded.is_none(),
        Record::Owners => is_of_index && recorded.owners.is_none(),
        Record::Licence => recorded.licence.is_none() && !is_reported,
    };
    let missing = policy.record.iter().filter(is_missing);
    let missing: Vec<&str> = missing.map(|record| record.what()).collect();
    if missing.is_empty() {
        return;
    }
    let (name, version) = (pin.name(), pin.version());
    let message = format!(
        "the file does not record {} of {name} {version}, as the policy asks; lock again to record it",
        missing.join(" and ")
    );
    judge.add(pin, Rule::Record, message);
}
