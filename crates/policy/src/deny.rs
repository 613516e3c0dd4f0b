//! The rules that make a release unavailable while locking.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use harden_hasher::{Level, Rule};
use harden_packaging::{DistFile, PackageName};
use harden_resolver::Denials;
use jiff::Timestamp;
use jiff::civil::Date;
use pep440_rs::Version;

use crate::advisory::Database;
use crate::index::host_of;
use crate::{Asked, Judge, Policy};

/// A policy as the resolver sees it.
#[derive(Debug)]
pub struct Deny {
    /// The policy.
    pub policy: Policy,
    /// What the user asks for by name.
    pub asked: Asked,
    /// The day, UTC, by which exemptions are over.
    pub today: Date,
    /// The moment from which the age of files is seen.
    pub now: Timestamp,
    /// Advisories, where there are any.
    pub database: Option<Arc<Database>>,
    /// The versions that the lock pins before.
    pub before: BTreeMap<PackageName, Version>,
}

impl Denials for Deny {
    fn denies(&self, file: &DistFile) -> Option<Arc<str>> {
        let (rule, why) = self.objections(file).into_iter().find(|(rule, _)| {
            let release = (&file.project, &file.version);
            let mut judge = Judge::new(&self.policy, self.today);
            judge.level(*rule, release, &[]) == Some(Level::Error)
        })?;
        Some(format!("by the policy: {why} [{rule}]").into())
    }
}

impl Deny {
    /// What speaks against a file, whatever the rules are set to.
    fn objections(&self, file: &DistFile) -> Vec<(Rule, String)> {
        let (name, version) = (&file.project, &file.version);
        let mut found: Vec<(Rule, String)> = Vec::new();
        let mut object = |rule, why: &dyn fmt::Display| found.push((rule, why.to_string()));
        for why in self
            .policy
            .bans
            .iter()
            .filter_map(|ban| ban.bans(name, version))
        {
            object(Rule::Banned, &why);
        }
        // Elsewhere the resolver itself refuses sdists, with advice.
        let is_named = !self.asked.all_sdists
            || self.asked.sdists.contains(name)
            || self.policy.sdists.contains(name);
        if file.wheel_tags().is_none() && !is_named {
            object(
                Rule::Sdist,
                &"nothing names the package to come as an sdist",
            );
        }
        let is_asked = self.asked.has_version(name, version);
        if version.any_prerelease() && !is_asked && !self.asked.has_prerelease(name) {
            object(Rule::Prerelease, &"nothing asks for a pre-release");
        }
        if version.is_local() && !is_asked {
            object(
                Rule::LocalVersion,
                &"no requirement asks for a local version",
            );
        }
        let hosts = &self.policy.hosts;
        if let Some(host) = host_of(&file.url)
            && !hosts.is_empty()
            && !hosts.contains(host)
        {
            object(Rule::ForeignHost, &format!("{host} is not allowed"));
        }
        let database = self.database.as_deref();
        let before = self.before.get(name);
        if !database.is_some_and(|database| database.fixes(name, version, before)) {
            let cooldown = self.policy.cooldown.unwrap_or_default();
            let why = cooldown.objection(file.upload_time, self.now);
            if let Some(why) = &why {
                object(Rule::Cooldown, why);
            }
        }
        let exempt = |rule, names: &[&str]| {
            let mut judge = Judge::new(&self.policy, self.today);
            judge.exemption(rule, (name, version), names).is_some()
        };
        for advisory in database
            .iter()
            .flat_map(|database| database.of(name, version))
        {
            if !exempt(advisory.rule(), &advisory.names()) {
                object(advisory.rule(), &format!("{} concerns it", advisory.id));
            }
        }
        found
    }
}
