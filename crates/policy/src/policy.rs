//! A policy: the settings of rules, exemptions from them, and the data that rules use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use harden_hasher::Rule;
use harden_packaging::PackageName;

use crate::{Ban, Cooldown, Exemption, OnlyBelow, RULES, RequiredAttestations, Setting};

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
}

impl Policy {
    /// The setting of a rule.
    pub fn setting(&self, rule: Rule) -> Setting {
        let own = self.settings.get(&rule).copied();
        let default = || RULES.iter().find(|(known, _)| *known == rule);
        own.unwrap_or_else(|| default().map_or(Setting::Deny, |(_, setting)| *setting))
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
        self
    }
}
