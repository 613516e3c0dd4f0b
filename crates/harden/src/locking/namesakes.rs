//! The rule `namesake`: public projects with the name of a package that is bound to an index of one's own.

use std::collections::BTreeMap;

use harden_hasher::{Rule, StrictFile};
use harden_index::IndexClient;
use harden_packaging::PackageName;
use harden_policy::{Policy, Setting};

use crate::locking::pin_findings::PinFindings;

/// Asks the main index (PyPI, or the one of `index-url`) about each pinned package that is `bound` to another
/// index: one question a package.
pub fn of_bound(
    strict: &StrictFile,
    policy: &Policy,
    bound: &BTreeMap<PackageName, String>,
    client: &IndexClient,
) -> PinFindings {
    let mut findings = PinFindings::of(Rule::Namesake);
    let Some(main) = client.main_index().map(ToString::to_string) else {
        return findings;
    };
    if policy.setting(Rule::Namesake) == Setting::Off {
        return findings;
    }
    let bare = |address: &str| address.trim_end_matches('/').to_owned();
    let is_elsewhere = |index: &String| bare(index) != bare(&main);
    let pins = strict.pins().iter();
    let pins: Vec<_> = pins
        .filter(|pin| bound.get(pin.name()).is_some_and(is_elsewhere))
        .collect();
    let names = pins.iter().map(|pin| pin.name().clone()).collect();
    for (pin, answer) in pins.iter().zip(client.on_main_index(names)) {
        let name = pin.name();
        let own = bound.get(name).map_or("", String::as_str);
        let message = match answer {
            Ok(false) => None,
            Ok(true) => Some(format!(
                "{name} is bound to {own}, and {main} has a project of that name, which a tool without this binding may install"
            )),
            Err(error) => Some(format!(
                "whether {main} has a project of the name {name}, which is bound to {own}, cannot be told: {error}"
            )),
        };
        findings.add(pin, message);
    }
    findings
}
