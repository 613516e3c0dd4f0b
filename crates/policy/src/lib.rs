//! Policies: whether what a lock pins may be used.
//!
//! A [`Policy`] sets rules to off, warn or deny, and exempts packages from them. A [`Judge`] applies it
//! to what the rules find; [`judge_strict`] has the rules that need only the strict file,
//! [`judge_index`] those that need the listing of an index, and [`Deny`] those that make a release
//! unavailable while locking. Nothing here does IO or reads the clock.

mod advice;
pub mod advisory;
mod asked_by_name;
mod attested;
mod ban;
mod cooldown;
mod deny;
mod drift;
mod exemption;
mod exemption_use;
mod file_key;
mod file_log;
mod index_rules;
mod judge;
mod licence_rule;
mod new_name;
mod owners;
mod policy;
mod provenance;
mod publisher_rule;
mod record;
mod record_rule;
mod refused_licences;
mod ripening;
mod setting;
mod strict_file_rules;

pub use asked_by_name::AskedByName;
pub use attested::RequiredAttestations;
pub use ban::{Ban, OnlyBelow};
pub use cooldown::Cooldown;
pub use deny::Deny;
pub use exemption::{Exemption, ExemptionParts};
pub use exemption_use::ExemptionUse;
pub use file_log::{FileLog, ReadLogError};
pub use index_rules::{INDEX_RULES, Listed, judge_index, relevel};
pub use judge::{Judge, Verdicts};
pub use licence_rule::{judge_files_licence, licence_of, object_to_licence};
pub use owners::{owners_change, read_owners};
pub use policy::Policy;
pub use provenance::{ReadProvenanceError, read_provenance};
pub use publisher_rule::{publisher_change, recorded_publisher_change, unknown_publisher};
pub use record::{ParseRecordError, Record};
pub use refused_licences::RefusedLicences;
pub use ripening::Ripening;
pub use setting::{ParseSettingError, RULES, Setting, rule_named};
pub use strict_file_rules::{LicenceSource, STRICT_RULES, Subject, judge_strict};
