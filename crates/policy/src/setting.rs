//! The rules of a policy and their settings.

use std::fmt;
use std::str::FromStr;

use harden_hasher::{Level, Rule};

/// How a rule treats its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// No finding.
    Off,
    /// A warning.
    Warn,
    /// An error; while locking, the release is unavailable.
    Deny,
}

/// The error for a text that is not a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseSettingError;

impl fmt::Display for ParseSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one of `off`, `warn`, `deny`")
    }
}

impl std::error::Error for ParseSettingError {}

impl FromStr for Setting {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "warn" => Ok(Self::Warn),
            "deny" => Ok(Self::Deny),
            _ => Err(ParseSettingError),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

impl Setting {
    /// The level of its findings; `None` if there are none.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Warn => Some(Level::Warning),
            Self::Deny => Some(Level::Error),
        }
    }
}

/// The rules that a policy sets, with their defaults, in the order of the documentation.
pub const RULES: &[(Rule, Setting)] = &[
    (Rule::Sdist, Setting::Deny),
    (Rule::Unneeded, Setting::Deny),
    (Rule::Prerelease, Setting::Warn),
    (Rule::LocalVersion, Setting::Warn),
    (Rule::DirectReference, Setting::Deny),
    (Rule::Banned, Setting::Deny),
    (Rule::OnlyBelow, Setting::Deny),
    (Rule::Cooldown, Setting::Warn),
    (Rule::Late, Setting::Warn),
    (Rule::Yanked, Setting::Deny),
    (Rule::Quarantined, Setting::Deny),
    (Rule::Archived, Setting::Warn),
    (Rule::Deprecated, Setting::Warn),
    (Rule::ForeignHost, Setting::Deny),
    (Rule::IndexBinding, Setting::Deny),
    (Rule::NewName, Setting::Warn),
    (Rule::Drift, Setting::Warn),
    (Rule::Namesake, Setting::Warn),
    (Rule::Owners, Setting::Warn),
    (Rule::Publisher, Setting::Warn),
    (Rule::Unattested, Setting::Deny),
    (Rule::Unvetted, Setting::Off),
    (Rule::StartupCode, Setting::Warn),
    // Denied once the policy lists licences.
    (Rule::Licence, Setting::Off),
    (Rule::Record, Setting::Deny),
    (Rule::Vulnerability, Setting::Warn),
    (Rule::Malware, Setting::Deny),
    (Rule::UnusedExemption, Setting::Warn),
];

/// The rule of this name, if a policy sets it.
pub fn rule_named(name: &str) -> Option<Rule> {
    let mut rules = RULES.iter().map(|(rule, _)| *rule);
    rules.find(|rule| rule.name() == name)
}
