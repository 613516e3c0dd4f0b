//! What to do about the findings of each rule.

use harden_hasher::{Advice, Remedy, Rule, StrictPin};
use harden_packaging::Via;

use crate::Setting;

/// What to do if a rule, which has this setting, finds something in a pin.
pub(crate) fn advice(rule: Rule, setting: Setting, pin: &StrictPin) -> Advice {
    let (name, version) = (pin.name(), pin.version());
    let upgrade = || Remedy::LockWith(format!("-P {name}"));
    let keep = || format!("to keep it, require it: `{name}=={version}`");
    match rule {
        Rule::Sdist => Remedy::Lock.with_hint(format!(
            "if its sdist may be used, say so in the policy: `allow-sdist = [\"{name}\"]`"
        )),
        Rule::Prerelease | Rule::Yanked => upgrade().with_hint(keep()),
        Rule::LocalVersion if setting == Setting::Deny => Remedy::Lock.with_hint(keep()),
        Rule::LocalVersion => Advice::hint(keep()),
        Rule::DirectReference => {
            Advice::hint(format!("require a release of {name} from an index instead"))
        }
        Rule::OnlyBelow => Advice::hint(only_below(pin)),
        Rule::Cooldown if setting == Setting::Deny => {
            Remedy::Lock.with_hint("or wait until it is old enough")
        }
        Rule::Cooldown => Advice::hint(
            "wait until it is old enough, or set `cooldown = \"deny\"` in `[policy.rules]` and lock again",
        ),
        Rule::Late => Advice::hint(format!(
            "look at what was added before you use it: `harden vet diff {name} --from OLDER`"
        )),
        Rule::Quarantined | Rule::Malware => Advice::hint(format!(
            "do not install it; `harden explain {name}` says what requires it"
        )),
        Rule::Archived | Rule::Deprecated => Advice::hint(format!(
            "look for a project that replaces it; `harden explain {name}` says what requires it"
        )),
        Rule::ForeignHost => {
            Advice::hint("if files may come from there, add the host to `hosts` in the policy")
        }
        Rule::IndexBinding => upgrade().into(),
        Rule::NewName => Advice::hint(format!(
            "look at the project; if it is not the one you mean, `harden explain {name}` says what requires it"
        )),
        Rule::Drift => Advice::hint(format!(
            "look at what changed: `harden vet diff {name} --from OLDER`"
        )),
        Rule::Namesake => Advice::hint(
            "if the public project is yours, add an exemption; else tell those who run that index",
        ),
        Rule::Owners => Advice::hint("find out who the owners are before you take their releases"),
        Rule::Publisher => Advice::hint(format!(
            "find out whether the project says so, and look at what changed: `harden vet diff {name} --from OLDER`"
        )),
        Rule::Unattested => Advice::hint(format!(
            "lock a release that is attested, or take {name} out of `require-attestations`"
        )),
        Rule::Unvetted => Remedy::Run {
            command: format!("harden vet add {name}"),
            options: "--who 'YOUR NAME <YOU@EXAMPLE.ORG>'".to_owned(),
        }
        .with_hint(format!(
            "look at it first: `harden vet diff {name} --from OLDER`"
        )),
        Rule::Vulnerability => Advice::hint("`harden audit` says which release is fixed"),
        Rule::Licence => Advice::hint(
            "if you know its licence, and that it is good, say so in an exemption from `licence`",
        ),
        _ => Advice::lock(),
    }
}

/// What to do about a package that others require than may.
fn only_below(pin: &StrictPin) -> String {
    let name = pin.name();
    let is_in_file = pin.via().iter().any(|via| matches!(via, Via::File(_)));
    if is_in_file {
        format!("`harden remove {name}` takes it out of the loose file")
    } else {
        format!(
            "require it only there, or add to `below`; `harden explain {name}` says what requires it"
        )
    }
}
