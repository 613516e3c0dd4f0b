//! The rules that make a release unavailable while locking.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_hasher::{Level, Rule};
use harden_packaging::{CoreMetadata, DistFile, PackageName};
use harden_resolver::Denials;
use jiff::Timestamp;
use jiff::civil::Date;
use pep440_rs::Version;

use crate::advisory::Database;
use crate::index_rules::host_of;
use crate::licence_rule::is_denied_licence;
use crate::{AskedByName, Judge, Policy, RefusedLicences, Ripening, Setting};

/// A policy as the resolver sees it.
#[derive(Debug)]
pub struct Deny {
    /// The policy.
    pub policy: Policy,
    /// What the user asks for by name.
    pub asked: AskedByName,
    /// The current day, UTC, which exemptions are compared with.
    pub today: Date,
    /// The moment at which the age of files is determined.
    pub now: Timestamp,
    /// Advisories, where there are any.
    pub database: Option<Arc<Database>>,
    /// The packages that come from repositories: they are none of an index, whatever their names.
    pub repositories: BTreeSet<PackageName>,
    /// The versions in the previous lock.
    pub before: BTreeMap<PackageName, Version>,
    /// When its answers change with time alone.
    pub ripening: Arc<Ripening>,
    /// What it refuses for its licence.
    pub refused: Arc<RefusedLicences>,
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

    fn denies_metadata(&self, file: &DistFile, metadata: &CoreMetadata) -> Option<Arc<str>> {
        let release = (&file.project, &file.version);
        let why = is_denied_licence(release, metadata, (&self.policy, self.today))?;
        self.refused.note(release.0, release.1, &why);
        Some(format!("the policy denies it: {why} [{}]", Rule::Licence).into())
    }

    fn reads_metadata(&self) -> bool {
        self.policy.setting(Rule::Licence) == Setting::Deny
    }
}

impl Deny {
    /// The objections to a file, whatever the rules are set to.
    fn objections(&self, file: &DistFile) -> Vec<(Rule, String)> {
        let mut found = Vec::new();
        self.object_to_release(file, &mut found);
        if !self.repositories.contains(&file.project) {
            self.object_to_file(file, &mut found);
            self.object_to_vulnerabilities(file, &mut found);
        }
        found
    }

    /// Objects to what the user did not ask for: banned releases, sdists, pre-releases, local versions.
    fn object_to_release(&self, file: &DistFile, found: &mut Vec<(Rule, String)>) {
        let (name, version) = (&file.project, &file.version);
        let mut object = |rule, why: &str| found.push((rule, why.to_owned()));
        let bans = self.policy.bans.iter();
        for why in bans.filter_map(|ban| ban.bans(name, version)) {
            object(Rule::Banned, &why);
        }
        // Without `--allow-sdist :all:` the resolver itself refuses other sdists, with advice.
        let is_named = !self.asked.all_sdists
            || self.asked.sdists.contains(name)
            || self.policy.sdists.contains(name);
        if file.wheel_tags().is_none() && !is_named {
            let why = format!("`:all:` does not count, and no `allow-sdist` names {name}");
            object(Rule::Sdist, &why);
        }
        let is_asked = self.asked.has_version(name, version);
        if version.any_prerelease() && !is_asked && !self.asked.has_prerelease(name) {
            object(Rule::Prerelease, "nothing asks for a pre-release");
        }
        if version.is_local() && !is_asked {
            let why = "no requirement asks for a local version";
            object(Rule::LocalVersion, why);
        }
    }

    /// Objects to the host and the age of a file.
    fn object_to_file(&self, file: &DistFile, found: &mut Vec<(Rule, String)>) {
        let hosts = &self.policy.hosts;
        if let Some(host) = host_of(&file.url)
            && !hosts.is_empty()
            && !hosts.contains(host)
        {
            found.push((Rule::ForeignHost, format!("{host} is not allowed")));
        }
        let (name, version) = (&file.project, &file.version);
        let before = self.before.get(name);
        let database = self.database.as_ref();
        if !database.is_some_and(|database| database.fixes(name, version, before)) {
            let cooldown = self.policy.cooldown.unwrap_or_default();
            let why = cooldown.objection(file.upload_time, self.now);
            let is_denied = why.is_some() && self.policy.setting(Rule::Cooldown) == Setting::Deny;
            if let Some(end) = cooldown.end(file.upload_time).filter(|_| is_denied) {
                self.ripening.note(end);
            }
            found.extend(why.map(|why| (Rule::Cooldown, why.clone())));
        }
    }

    /// Objects to releases that advisories affect, unless they are exempt.
    fn object_to_vulnerabilities(&self, file: &DistFile, found: &mut Vec<(Rule, String)>) {
        let release = (&file.project, &file.version);
        let database = self.database.iter();
        for advisory in database.flat_map(|database| database.of(release.0, release.1)) {
            let mut judge = Judge::new(&self.policy, self.today);
            let exemption = judge.exemption(advisory.rule(), release, &advisory.names());
            if exemption.is_none() {
                found.push((advisory.rule(), format!("{} affects it", advisory.id)));
            }
        }
    }
}
