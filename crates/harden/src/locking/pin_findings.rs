//! What was found out about pins by asking an index, before a policy judges it.

use std::collections::BTreeMap;

use harden_hasher::{Advice, Rule, StrictFile, StrictPin};
use harden_policy::Judge;

/// What one rule finds, by the line of the pin.
#[derive(Debug)]
pub struct PinFindings {
    rule: Rule,
    by_line: BTreeMap<usize, (String, Option<Advice>)>,
}

impl PinFindings {
    /// None yet.
    pub fn of(rule: Rule) -> Self {
        Self {
            rule,
            by_line: BTreeMap::new(),
        }
    }

    /// Adds what was found out about a pin, if there is something.
    pub fn add(&mut self, pin: &StrictPin, message: Option<String>) {
        let found = message.map(|message| (pin.line(), (message, None)));
        self.by_line.extend(found);
    }

    /// Adds what was found out about a pin, if there is something, with advice of its own.
    pub fn add_with(&mut self, pin: &StrictPin, message: Option<String>, advice: Advice) {
        let found = message.map(|message| (pin.line(), (message, Some(advice))));
        self.by_line.extend(found);
    }

    /// Judges the pins of a strict file by it.
    pub fn judge(&self, strict: &StrictFile, judge: &mut Judge<'_>) {
        for pin in strict.pins() {
            match self.by_line.get(&pin.line()) {
                Some((message, Some(advice))) => {
                    judge.add_with(pin, self.rule, message, advice.clone());
                }
                Some((message, None)) => judge.add(pin, self.rule, message),
                None => {}
            }
        }
    }
}
