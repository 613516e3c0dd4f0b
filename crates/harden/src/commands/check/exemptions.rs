//! Which exemptions of policies the strict files of a run need: those that are over, or that none needs, are
//! findings.

use std::sync::{Mutex, PoisonError};

use harden_hasher::{Rule, StrictFile};
use harden_policy::{ExemptionUse, Verdicts};

use super::Checked;
use crate::locking::policy::today;
use crate::settings::config::GoverningPolicy;
use crate::settings::shard::Shard;

/// The exemptions of the policies of a run, for all its threads.
#[derive(Default)]
pub struct Exemptions(Mutex<Noted>);

/// What was noted of exemptions.
#[derive(Default)]
struct Noted {
    ledger: ExemptionUse,
    /// The configuration that they stand in, as it is shown.
    file: Option<String>,
    /// Whether all strict files that an exemption may be for were looked at.
    is_complete: bool,
}

impl Exemptions {
    /// None yet; `is_complete` says that every lock of the configuration is looked at, unless it is a shard
    /// of them.
    pub fn new(is_complete: bool, shard: Option<Shard>) -> Self {
        Self(Mutex::new(Noted {
            is_complete: is_complete && shard.is_none_or(Shard::is_whole),
            ..Noted::default()
        }))
    }

    /// Notes what the policy of a strict file exempts, and what of that it needs.
    pub fn note(&self, governing: &GoverningPolicy, strict: &StrictFile, verdicts: &Verdicts) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted
            .ledger
            .note(&governing.policy, strict, verdicts.used.clone());
        noted.is_complete |= governing.is_own;
        let file = || governing.file.display().to_string();
        noted.file.get_or_insert_with(file);
    }

    /// Adds the exemptions that are over, and those without effect, to the findings of the first file.
    pub fn add_findings(&self, files: &mut [Checked], evaluated: &[Rule]) {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(file), Some(first)) = (&noted.file, files.first_mut()) else {
            return;
        };
        first.findings.extend(noted.ledger.past(today(), file));
        if noted.is_complete {
            let idle = noted.ledger.idle(today(), file, evaluated);
            first.findings.extend(idle);
        }
    }
}
