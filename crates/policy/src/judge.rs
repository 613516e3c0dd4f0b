//! Applies a policy to the findings of its rules.

use std::collections::BTreeSet;

use harden_hasher::{Advice, Judged, Level, Rule, StrictPin};
use harden_packaging::PackageName;
use jiff::civil::Date;
use pep440_rs::Version;

use crate::advice::advice;
use crate::{Exemption, Policy};

/// The rules whose findings depend on the time of day.
const AGES: [Rule; 2] = [Rule::Cooldown, Rule::NewName];

/// Collects the findings of a policy about one strict file.
#[derive(Debug)]
pub struct Judge<'p> {
    policy: &'p Policy,
    today: Date,
    verdicts: Verdicts,
}

/// The verdicts of a policy on a strict file.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    /// What breaks its rules.
    pub judged: Vec<Judged>,
    /// The exemptions that had an effect.
    pub used: BTreeSet<Exemption>,
}

impl Verdicts {
    /// Whether they may change with time alone: by the age of a file or a project.
    pub fn depend_on_age(&self) -> bool {
        let judged = self.judged.iter().map(|judged| judged.rule);
        let exempt = self.used.iter().map(Exemption::rule);
        judged.chain(exempt).any(|rule| AGES.contains(&rule))
    }

    /// Adds what other rules of the same policy find.
    pub fn add(&mut self, other: Self) {
        self.judged.extend(other.judged);
        self.used.extend(other.used);
    }
}

impl<'p> Judge<'p> {
    /// Applies `policy` on a day, UTC.
    pub fn new(policy: &'p Policy, today: Date) -> Self {
        Self {
            policy,
            today,
            verdicts: Verdicts::default(),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// The level of a rule for a release, unless the rule is off or the release is exempt.
    pub fn level(
        &mut self,
        rule: Rule,
        release: (&PackageName, &Version),
        advisories: &[&str],
    ) -> Option<Level> {
        let level = self.policy.setting(rule).level()?;
        match self.exemption(rule, release, advisories) {
            Some(_) => None,
            None => Some(level),
        }
    }

    /// The exemption of a release from a rule, which counts as used then.
    pub fn exemption(
        &mut self,
        rule: Rule,
        release: (&PackageName, &Version),
        advisories: &[&str],
    ) -> Option<&'p Exemption> {
        let exemptions = &self.policy.exemptions;
        let found = Exemption::find(exemptions, (rule, self.today), release, advisories)?;
        self.verdicts.used.insert(found.clone());
        Some(found)
    }

    /// Adds the finding of a rule about a pin, unless it is exempt.
    pub fn add(&mut self, pin: &StrictPin, rule: Rule, message: impl Into<String>) {
        let advice = self.advice(rule, pin);
        self.add_with(pin, rule, message, advice);
    }

    /// Adds the finding of a rule about a pin, unless it is exempt, with advice of its own.
    pub fn add_with(
        &mut self,
        pin: &StrictPin,
        rule: Rule,
        message: impl Into<String>,
        advice: Advice,
    ) {
        if let Some(level) = self.level(rule, (pin.name(), pin.version()), &[]) {
            self.verdicts.judged.push(Judged {
                line: pin.line(),
                rule,
                level,
                message: message.into(),
                advice,
            });
        }
    }

    /// Adds the finding of an advisory with these names about a pin.
    pub(crate) fn add_advisory(
        &mut self,
        pin: &StrictPin,
        names: &[&str],
        rule: Rule,
        message: String,
    ) {
        if let Some(level) = self.level(rule, (pin.name(), pin.version()), names) {
            self.verdicts.judged.push(Judged {
                line: pin.line(),
                rule,
                level,
                message,
                advice: self.advice(rule, pin),
            });
        }
    }

    /// What to do about the finding of a rule about a pin.
    pub(crate) fn advice(&self, rule: Rule, pin: &StrictPin) -> Advice {
        advice(rule, self.policy.setting(rule), pin)
    }

    /// All findings.
    pub fn finish(self) -> Verdicts {
        self.verdicts
    }
}
