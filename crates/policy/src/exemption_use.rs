//! Which exemptions of a configuration were used: expired and unused ones are findings, and so are other names in it
//! that nothing pins.

use std::collections::{BTreeMap, BTreeSet};

use harden_hasher::{Finding, Level, Rule, StrictFile};
use harden_packaging::PackageName;
use jiff::civil::Date;

use crate::{Exemption, Policy};

/// The exemptions of a configuration, and which of them the strict files of a run need.
#[derive(Debug, Clone, Default)]
pub struct ExemptionUse {
    exemptions: BTreeSet<Exemption>,
    used: BTreeSet<Exemption>,
    pinned: BTreeSet<PackageName>,
    /// The packages of `require-attestations`, with their lines.
    attested: BTreeMap<PackageName, usize>,
    /// The level of the finding for an unused exemption.
    level: Option<Level>,
}

impl ExemptionUse {
    /// Notes the exemptions of the policy for a strict file, and those that it `used`.
    pub fn note(&mut self, policy: &Policy, strict: &StrictFile, used: BTreeSet<Exemption>) {
        self.exemptions.extend(policy.exemptions.iter().cloned());
        self.used.extend(used);
        let names = strict.pins().iter().map(|pin| pin.name().clone());
        self.pinned.extend(names);
        for (name, line) in &policy.attestations.packages {
            self.attested.entry(name.clone()).or_insert(*line);
        }
        let level = policy.setting(Rule::UnusedExemption).level();
        self.level = self.level.max(level);
    }

    /// Exemptions whose last day is over, as findings in the configuration `file`.
    pub fn past(&self, today: Date, file: &str) -> Vec<Finding> {
        let past = self.exemptions.iter();
        past.filter(|exemption| exemption.is_past(today))
            .map(|exemption| {
                let message = format!(
                    "the exemption of {} ended with {}: {}; remove it, or extend its date",
                    exemption.what(),
                    exemption.until(),
                    exemption.reason()
                );
                finding(exemption.line(), file, Rule::Expired, Level::Error, message)
            })
            .collect()
    }

    /// Exemptions that no strict file needs, as findings in the configuration `file`: those of packages
    /// that are not pinned, and, of the rules that were `evaluated`, those that were not used.
    pub fn idle(&self, today: Date, file: &str, evaluated: &[Rule]) -> Vec<Finding> {
        let Some(level) = self.level else {
            return Vec::new();
        };
        let why = |exemption: &Exemption| {
            if !self.pinned.contains(exemption.package()) {
                Some(format!("{} is not pinned", exemption.package()))
            } else if evaluated.contains(&exemption.rule()) && !self.used.contains(exemption) {
                Some("the rule finds nothing that it would exempt".to_owned())
            } else {
                None
            }
        };
        let current = self.exemptions.iter();
        let current = current.filter(|exemption| !exemption.is_past(today));
        let exemptions = current.filter_map(|exemption| {
            let message = format!(
                "the exemption of {} has no effect: {}; remove it",
                exemption.what(),
                why(exemption)?
            );
            let rule = Rule::UnusedExemption;
            Some(finding(exemption.line(), file, rule, level, message))
        });
        exemptions.chain(self.unpinned(file, level)).collect()
    }

    /// Packages that must be attested, and that nothing pins: a misspelled name requires nothing.
    fn unpinned(&self, file: &str, level: Level) -> impl Iterator<Item = Finding> {
        let attested = self.attested.iter();
        let unpinned = attested.filter(|(name, _)| !self.pinned.contains(*name));
        unpinned.map(move |(name, line)| {
            let message = format!(
                "`require-attestations` names {name}, which is not pinned; correct the name, or remove it"
            );
            finding(*line, file, Rule::UnusedExemption, level, message)
        })
    }
}

fn finding(line: usize, file: &str, rule: Rule, level: Level, message: String) -> Finding {
    Finding {
        file: file.to_owned(),
        line,
        rule,
        message,
        fix: String::new(),
        hint: String::new(),
        level,
    }
}
