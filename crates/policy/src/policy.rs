//! A policy: the settings of rules, exemptions from them, and the data that rules use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use harden_hasher::Rule;
use harden_packaging::{Licence, PackageName};

use crate::{Ban, Cooldown, Exemption, OnlyBelow, RULES, Record, RequiredAttestations, Setting};

/// Rules for what a lock may contain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The settings that differ from the defaults.
    pub settings: BTreeMap<Rule, Setting>,
    /// Exemptions from rules.
    pub exemptions: Vec<Exemption>,
    /// Banned releases.
    pub bans: Vec<Ban>,
    /// Packages that only some others may require.
    pub only_below: Vec<OnlyBelow>,
    /// Packages that may come as sdists.
    pub sdists: BTreeSet<PackageName>,
    /// How old a file must be, if not the default.
    pub cooldown: Option<Cooldown>,
    /// The hosts that files may come from; any, where none is named.
    pub hosts: BTreeSet<String>,
    /// Exports of OSV with advisories.
    pub osv: Vec<PathBuf>,
    /// The packages whose files must be attested.
    pub attestations: RequiredAttestations,
    /// The authorities and logs that attestations are verified against, if not the public ones.
    pub trusted_root: Option<PathBuf>,
    /// The file of audits, if not the one beside the strict file.
    pub audits: Option<PathBuf>,
    /// What audits must say of a file for it to be vetted.
    pub audit_criteria: BTreeSet<String>,
    /// The licences that are allowed.
    pub licences: Vec<Licence>,
    /// What strict files record of each pin.
    pub record: BTreeSet<Record>,
    /// Whether a log of the files once seen is kept beside each strict file.
    pub record_files: bool,
}

impl Policy {
    /// The setting of a rule.
    pub fn setting(&self, rule: Rule) -> Setting {
        let own = self.settings.get(&rule).copied();
        own.unwrap_or_else(|| self.default_of(rule))
    }

    fn default_of(&self, rule: Rule) -> Setting {
        if rule == Rule::Licence && !self.licences.is_empty() {
            return Setting::Deny;
        }
        let default = RULES.iter().find(|(known, _)| *known == rule);
        default.map_or(Setting::Deny, |(_, setting)| *setting)
    }

    /// What strict files record of each pin: what is asked for, and what rules need to judge a strict
    /// file by itself.
    pub fn records(&self) -> BTreeSet<Record> {
        let mut records = self.record.clone();
        if self.setting(Rule::Licence) != Setting::Off {
            records.insert(Record::Licence);
        }
        records
    }

    /// This policy, completed by `below`, which holds for more locks: settings take the place of
    /// settings, exemptions, bans and allowances add up.
    #[must_use]
    pub fn over(mut self, below: Self) -> Self {
        let mut settings = below.settings;
        settings.extend(self.settings);
        self.settings = settings;
        self.exemptions.extend(below.exemptions);
        self.bans.extend(below.bans);
        self.only_below.extend(below.only_below);
        self.sdists.extend(below.sdists);
        self.cooldown = self.cooldown.or(below.cooldown);
        self.hosts.extend(below.hosts);
        self.osv.extend(below.osv);
        self.attestations.extend(below.attestations);
        self.trusted_root = self.trusted_root.or(below.trusted_root);
        self.audits = self.audits.or(below.audits);
        self.audit_criteria.extend(below.audit_criteria);
        self.licences.extend(below.licences);
        self.record.extend(below.record);
        self.record_files |= below.record_files;
        self
    }
}
