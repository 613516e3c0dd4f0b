//! Exemptions from the cutoffs: past ones are refused, and those without effect are warnings.

use harden_packaging::{Pin, Resolution};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report::format::list;
use crate::report::{Error, Report};
use crate::settings::args::{Exemption, LockArgs};
use crate::settings::cutoffs::Cutoffs;

/// Exemptions from the cutoff whose last day is over: a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct PastExemptions(Vec<String>);

impl Report for PastExemptions {
    fn hint(&self) -> Option<String> {
        let hint =
            "remove the exemption if the cutoff admits the version by now, or extend its date";
        Some(hint.to_owned())
    }
}

/// Whether the last day of an exemption is over.
pub fn is_past(exemption: &Exemption, now: Timestamp) -> bool {
    exemption.until() < now.to_zoned(TimeZone::UTC).date()
}

/// Messages about exemptions whose last day is over.
pub fn past(args: &LockArgs, now: Timestamp) -> Vec<String> {
    let past = args.exempt.iter().filter(|exempt| is_past(exempt, now));
    past.map(|exempt| {
        format!(
            "the exemption of {}=={} ended with {}: {}",
            exempt.name(),
            exempt.version(),
            exempt.until(),
            exempt.reason()
        )
    })
    .collect()
}

/// Refuses to lock with exemptions whose last day is over.
pub fn refuse_past(args: &LockArgs, now: Timestamp) -> Result<(), Error> {
    let past = past(args, now);
    if past.is_empty() {
        Ok(())
    } else {
        Err(PastExemptions(past).into())
    }
}

/// Messages about exemptions without effect on a resolution.
pub fn idle(args: &LockArgs, cutoffs: &Cutoffs, resolution: &Resolution) -> Vec<String> {
    let exemptions = args.exempt.iter();
    exemptions
        .filter_map(|exempt| {
            let (name, version) = (exempt.name(), exempt.version());
            let why = why_idle(exempt, cutoffs, resolution)?;
            Some(format!("--exempt {name}=={version} has no effect: {why}"))
        })
        .collect()
}

fn why_idle(exempt: &Exemption, cutoffs: &Cutoffs, resolution: &Resolution) -> Option<String> {
    let (name, version) = (exempt.name(), exempt.version());
    let pins = resolution.pins.iter().filter(|pin| pin.name == *name);
    let pins: Vec<&Pin> = pins.collect();
    let Some(pin) = pins.iter().find(|pin| pin.version == *version) else {
        let others: Vec<_> = pins.iter().map(|pin| &pin.version).collect();
        return Some(match &*others {
            [] => format!("nothing requires {name}"),
            others => format!(
                "{name} is pinned to {}; `-P {name}=={version}` moves it",
                list(others)
            ),
        });
    };
    let Some(cutoff) = cutoffs.of(name) else {
        return Some(format!("{name} has no cutoff"));
    };
    let mut files = pin.files.iter().map(|chosen| chosen.file.upload_time);
    let is_old = files.all(|uploaded| uploaded.is_some_and(|uploaded| uploaded < cutoff));
    is_old.then(|| "it was uploaded before the cutoff, so no exemption is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exemption_is_past_when_its_last_day_is_over() {
        let args = LockArgs {
            exempt: vec!["a==1 until 2026-12-31: CVE-1".parse().unwrap()],
            ..LockArgs::default()
        };
        let past = |now: &str| past(&args, now.parse().unwrap());
        assert_eq!(past("2026-12-31T23:59:59Z"), [""; 0]);
        assert_eq!(
            past("2027-01-01T00:00:00Z"),
            ["the exemption of a==1 ended with 2026-12-31: CVE-1"]
        );
    }
}
