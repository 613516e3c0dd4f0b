//! A pin that an advisory affects.

use harden_hasher::{Finding, Level, Rule, StrictFile};
use harden_interchange::purl;
use harden_packaging::PackageName;
use harden_policy::advisory::{Advisory, Database};
use harden_policy::{Exemption, Judge, Policy, Verdicts};
use pep440_rs::Version;

use super::fixes::{Fix, Outcome};
use crate::locking::policy::today;
use crate::locking::strict_source::StrictSource;

/// A pin that an advisory affects.
pub struct VulnerablePin {
    /// The package.
    pub name: PackageName,
    /// The pinned version.
    pub version: Version,
    /// The package URL of the pin.
    pub purl: String,
    /// The line of the pin.
    pub line: usize,
    /// The advisory.
    pub advisory: Advisory,
    /// The level of the finding; `None` if it is not reported.
    pub level: Option<Level>,
    /// The exemption that covers it, if any.
    pub exemption: Option<Exemption>,
    /// The fix.
    pub fix: Fix,
}

/// The pins of a strict file that advisories affect, in the order of the file; `note` is called with which
/// exemptions cover some.
pub fn find(
    strict: &StrictFile,
    policy: &Policy,
    database: &Database,
    note: impl FnOnce(&Verdicts),
) -> Vec<VulnerablePin> {
    let mut judge = Judge::new(policy, today());
    let mut found = Vec::new();
    let pins = strict.pins().iter();
    for pin in pins.filter(|pin| pin.repository().is_none()) {
        let release = (pin.name(), pin.version());
        for advisory in database.of(pin.name(), pin.version()) {
            let exemption = judge.exemption(advisory.rule(), release, &advisory.names());
            found.push(VulnerablePin {
                name: pin.name().clone(),
                version: pin.version().clone(),
                purl: purl(pin),
                line: pin.line(),
                advisory: advisory.clone(),
                level: judge.level(advisory.rule(), release, &advisory.names()),
                exemption: exemption.cloned(),
                fix: Fix::default(),
            });
        }
    }
    note(&judge.finish());
    found
}

impl VulnerablePin {
    /// What to do if no fixed release can be used.
    fn hint(&self) -> String {
        match (self.advisory.rule(), &self.fix.outcome) {
            (_, Outcome::Fits(_)) => String::new(),
            (Rule::Malware, _) => format!(
                "do not install it; `harden explain {}` says what requires it",
                self.name
            ),
            (_, Outcome::BeyondCutoff(version)) => format!(
                "to admit it, lock again with `--exempt '{}=={version} until YYYY-MM-DD: {}'`",
                self.name, self.advisory.id
            ),
            _ => String::new(),
        }
    }

    /// Its finding, unless it is exempt or its rule is off.
    pub fn finding(&self, source: &StrictSource) -> Option<Finding> {
        let advisory = &self.advisory;
        let aliases: Vec<&str> = advisory.aliases.iter().map(String::as_str).collect();
        let aliases = match &*aliases {
            [] => String::new(),
            aliases => format!(" ({})", aliases.join(", ")),
        };
        let severity = advisory.severity.as_ref();
        let severity = severity.map_or_else(String::new, |severity| format!(", {severity}"));
        let summary = match &*advisory.summary {
            "" => String::new(),
            summary => format!(": {}", summary.trim_end_matches('.')),
        };
        Some(Finding {
            file: source.name().to_owned(),
            line: self.line,
            rule: advisory.rule(),
            message: format!(
                "{} {} has {}{aliases}{severity}{summary}; {}",
                self.name, self.version, advisory.id, self.fix
            ),
            fix: self.fix.command(&self.name, source).unwrap_or_default(),
            hint: self.hint(),
            level: self.level?,
        })
    }
}
