//! What was found out about pins by asking an index, before a policy judges it.

use std::collections::BTreeMap;

use harden_hasher::{Rule, StrictFile, StrictPin};
use harden_policy::Judge;

/// What one rule finds, by the line of the pin.
#[derive(Debug)]
pub struct PinFindings {
    rule: Rule,
    by_line: BTreeMap<usize, String>,
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
        let found = message.map(|message| (pin.line(), message));
        self.by_line.extend(found);
    }

    /// Judges the pins of a strict file by it.
    pub fn judge(&self, strict: &StrictFile, judge: &mut Judge<'_>) {
        for pin in strict.pins() {
            if let Some(message) = self.by_line.get(&pin.line()) {
                judge.add(pin, self.rule, message.clone());
            }
        }
    }
}
