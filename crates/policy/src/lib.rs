//! Policies: whether what a lock pins may be used.
//!
//! A [`Policy`] sets rules to off, warn or deny, and exempts packages from them. A [`Judge`] applies it
//! to what the rules find; [`judge_strict`] holds the rules that a strict file alone can answer,
//! [`judge_index`] those that take what an index lists, and [`Deny`] those that make a release unavailable while locking. Nothing here does IO or reads the
//! clock.

pub mod advisory;
mod asked;
mod ban;
mod cooldown;
mod deny;
mod drift;
mod exemption;
mod index;
mod judge;
mod ledger;
mod new_name;
mod policy;
mod setting;
mod strict;

pub use asked::Asked;
pub use ban::{Ban, OnlyBelow};
pub use cooldown::Cooldown;
pub use deny::Deny;
pub use exemption::{Exemption, ExemptionParts};
pub use index::{INDEX_RULES, Listed, finding, judge_index, relevel};
pub use judge::{Judge, Verdicts};
pub use ledger::Ledger;
pub use policy::Policy;
pub use setting::{ParseSettingError, RULES, Setting, rule_named};
pub use strict::{STRICT_RULES, Subject, judge_strict};
