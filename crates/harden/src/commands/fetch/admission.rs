//! The rules of a policy for files before they are placed: licences and startup code.

use harden_fetch::{Admission, StartupCode};
use harden_hasher::{Level, Rule, StrictPin};
use harden_index::read_metadata;
use harden_packaging::{DistFile, DistKind};
use harden_policy::{Judge, Policy, Setting, licence_of, object_to_licence};
use jiff::civil::Date;

use crate::locking::policy::today;

/// A policy, on the day of the run.
#[derive(Debug, Clone)]
pub struct PolicyAdmission {
    policy: Policy,
    today: Date,
}

impl PolicyAdmission {
    /// Applies `policy` today.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            today: today(),
        }
    }

    fn level(&self, rule: Rule, pin: &StrictPin) -> Option<Level> {
        let mut judge = Judge::new(&self.policy, self.today);
        judge.level(rule, (pin.name(), pin.version()), &[])
    }

    /// What the policy objects to in the licence of a file.
    fn objection(&self, pin: &StrictPin, metadata: Option<&[u8]>) -> Option<String> {
        let Some(text) = metadata else {
            // Of an sdist, the strict file alone tells the licence, and was judged by it.
            let is_recorded = pin.recorded().licence.is_some();
            let why = "its licence is neither recorded nor read from an sdist; lock again";
            return (!is_recorded).then(|| why.to_owned());
        };
        let release = (pin.name().clone(), pin.version().clone());
        let file = DistFile::new(release, "", DistKind::Sdist, "");
        match read_metadata(text, &file) {
            Ok(metadata) => object_to_licence(&licence_of([&metadata].into_iter()), &self.policy),
            Err(why) => Some(format!("its licence cannot be told: {why}")),
        }
    }
}

impl Admission for PolicyAdmission {
    fn judge(&self, pin: &StrictPin, metadata: Option<&[u8]>) -> Result<Option<String>, String> {
        if self.policy.setting(Rule::Licence) == Setting::Off {
            return Ok(None);
        }
        let Some(why) = self.objection(pin, metadata) else {
            return Ok(None);
        };
        let why = format!("{why} [{}]", Rule::Licence);
        match self.level(Rule::Licence, pin) {
            Some(Level::Error) => Err(why),
            Some(Level::Warning) => Ok(Some(why)),
            None => Ok(None),
        }
    }

    fn startup_code(&self, pin: &StrictPin) -> StartupCode {
        match self.level(Rule::StartupCode, pin) {
            Some(Level::Error) => StartupCode::Refuse,
            Some(Level::Warning) => StartupCode::Warn,
            None => StartupCode::Allow,
        }
    }
}
