//! The rules that need the listing of an index, or the previous lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_hasher::{Advice, Finding, Rule, StrictFile, StrictPin};
use harden_packaging::{DistFile, PackageName, Project, Release, StatusKind, Via};
use jiff::Timestamp;
use pep440_rs::Version;

use crate::advisory::Database;
use crate::{Judge, drift, new_name};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// What the index lists of its packages.
    pub projects: &'a BTreeMap<PackageName, Arc<Project>>,
    /// The present moment.
    pub now: Timestamp,
    /// Advisories, where there are any.
    pub database: Option<&'a Database>,
    /// The indexes that packages are bound to, as files name the index that lists them.
    pub bound: &'a BTreeMap<PackageName, String>,
    /// While locking: the strict file that is replaced, if there is one.
    pub locking: Option<Option<&'a StrictFile>>,
}

/// The rules that [`judge_index`] evaluates, and those of `harden verify` that a policy sets.
pub const INDEX_RULES: &[Rule] = &[
    Rule::Cooldown,
    Rule::Quarantined,
    Rule::Archived,
    Rule::Deprecated,
    Rule::ForeignHost,
    Rule::IndexBinding,
    Rule::Yanked,
    Rule::Late,
    Rule::Unattested,
    Rule::Publisher,
    Rule::Namesake,
    Rule::Owners,
];

/// Judges each pin by what the index lists of it.
pub fn judge_index(listed: Listed<'_>, judge: &mut Judge<'_>) {
    for pin in listed.strict.pins() {
        // The release of a repository is none of the project of that name on an index.
        if pin.repository().is_some() {
            continue;
        }
        judge_advisories(listed, pin, judge);
        if pin.reference().is_some() {
            continue;
        }
        let Some(project) = listed.projects.get(pin.name()) else {
            continue;
        };
        judge_status(project, pin, judge);
        let releases = &project.releases;
        let Some(release) = release_of(releases, pin.version()) else {
            continue;
        };
        let files: Vec<&DistFile> = files_of(pin, release);
        judge_age(listed, pin, &files, judge);
        judge_places(listed, pin, &files, judge);
        if let Some(before) = listed.locking {
            judge_change(listed, (pin, project, release), before, judge);
        }
    }
}

fn judge_status(project: &Project, pin: &StrictPin, judge: &mut Judge<'_>) {
    let Some(status) = &project.status else {
        return;
    };
    let rule = match status.kind {
        StatusKind::Quarantined => Rule::Quarantined,
        StatusKind::Archived => Rule::Archived,
        StatusKind::Deprecated => Rule::Deprecated,
    };
    let reason = match &*status.reason {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    let message = format!("{} is {} by its index{reason}", pin.name(), status.name());
    judge.add(pin, rule, message);
}

fn release_of<'r>(releases: &'r [Release], version: &Version) -> Option<&'r Release> {
    releases.iter().find(|release| release.version == *version)
}

/// The listings of the files that a pin has hashes of.
fn files_of<'r>(pin: &StrictPin, release: &'r Release) -> Vec<&'r DistFile> {
    let all = release.files().iter().chain(release.repeated());
    let pinned = all.filter(|file| match file.sha256 {
        Some(digest) => pin.hashes().contains(&digest),
        None => pin.files().contains(&*file.filename),
    });
    pinned.map(|file| &**file).collect()
}

fn judge_advisories(listed: Listed<'_>, pin: &StrictPin, judge: &mut Judge<'_>) {
    let Some(database) = listed.database else {
        return;
    };
    for advisory in database.of(pin.name(), pin.version()) {
        let names = advisory.names();
        let message = format!(
            "{} {} has {}: {}",
            pin.name(),
            pin.version(),
            names.join(", "),
            advisory.summary
        );
        judge.add_advisory(pin, &names, advisory.rule(), message);
    }
}

fn judge_age(listed: Listed<'_>, pin: &StrictPin, files: &[&DistFile], judge: &mut Judge<'_>) {
    let (name, version) = (pin.name(), pin.version());
    let before = listed.locking.flatten().and_then(|before| {
        let mut pins = before.pins().iter();
        pins.find(|old| old.name() == name).map(StrictPin::version)
    });
    let is_fix = |database: &Database| database.fixes(name, version, before);
    if listed.database.is_some_and(is_fix) {
        return;
    }
    let cooldown = judge.policy().cooldown.unwrap_or_default();
    // Of several files, one says enough.
    let newest = files
        .iter()
        .max_by_key(|file| (file.upload_time.is_none(), file.upload_time));
    if let Some(file) = newest
        && let Some(why) = cooldown.objection(file.upload_time, listed.now)
    {
        judge.add(
            pin,
            Rule::Cooldown,
            format!("{} is too new: {why}", file.filename),
        );
    }
}

fn judge_places(listed: Listed<'_>, pin: &StrictPin, files: &[&DistFile], judge: &mut Judge<'_>) {
    let hosts = &judge.policy().hosts;
    if !hosts.is_empty() {
        let foreign = files.iter().find(|file| {
            let host = host_of(&file.url);
            host.is_some_and(|host| !hosts.contains(host))
        });
        if let Some(file) = foreign {
            let host = host_of(&file.url).unwrap_or_default();
            let message = format!("{} comes from {host}, which is not allowed", file.filename);
            judge.add(pin, Rule::ForeignHost, message);
        }
    }
    let bare = |address: &str| address.trim_end_matches('/').to_owned();
    if let Some(bound) = listed.bound.get(pin.name()) {
        let is_bound = |file: &&&DistFile| bare(&file.listed_by) == bare(bound);
        if let Some(file) = files.first()
            && !files.iter().any(|file| is_bound(&file))
        {
            let message = format!(
                "{} is bound to {bound}, and {} comes from {}",
                pin.name(),
                file.filename,
                file.listed_by
            );
            judge.add(pin, Rule::IndexBinding, message);
        }
    }
}

/// The host of a URL, without login and port; `None` for a file on this machine.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme == "file" {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    })
}

/// Judges what is new in a lock: names, and releases compared with those before.
fn judge_change(
    listed: Listed<'_>,
    (pin, project, release): (&StrictPin, &Project, &Release),
    before: Option<&StrictFile>,
    judge: &mut Judge<'_>,
) {
    let name = pin.name();
    let old = before.iter().flat_map(|before| before.pins());
    let old: Vec<&StrictPin> = old.filter(|old| old.name() == name).collect();
    if old.is_empty() {
        if let Some(why) = new_name::objection(project, listed.now) {
            let through: Vec<String> = pin.via().iter().map(via).collect();
            let message = format!(
                "{name} enters the lock, required by {}: {why}",
                through.join(", ")
            );
            judge.add(pin, Rule::NewName, message);
        }
        return;
    }
    if old.iter().any(|old| old.version() == pin.version()) {
        return;
    }
    let of_index = old
        .iter()
        .filter(|old| old.reference().is_none() && old.repository().is_none());
    let Some(newest) = of_index.map(|old| old.version()).max() else {
        return;
    };
    let Some(was) = release_of(&project.releases, newest) else {
        let message = format!(
            "how {name} {} differs from {newest} cannot be told: the index no longer has {newest}",
            pin.version()
        );
        judge.add(pin, Rule::Drift, message);
        return;
    };
    for why in drift::objections(was, release) {
        let message = format!("{name} {} differs from {newest}: {why}", pin.version());
        let look = format!("look at what changed: `harden vet diff {name} --from {newest}`");
        judge.add_with(pin, Rule::Drift, message, Advice::hint(look));
    }
}

fn via(via: &Via) -> String {
    match via {
        Via::Package(name) => name.to_string(),
        Via::File(file) => file.to_string(),
    }
}

/// Gives findings of `harden verify` the level that the policy sets for their rule, and its advice, where `lock`
/// locks the file again; takes out those that are off or exempt. Rules that the policy does not set keep theirs.
pub fn relevel(
    findings: Vec<Finding>,
    (strict, lock): (&StrictFile, &str),
    judge: &mut Judge<'_>,
) -> Vec<Finding> {
    let leveled = findings.into_iter().filter_map(|mut finding| {
        let is_set = INDEX_RULES.contains(&finding.rule);
        let mut pins = strict.pins().iter().filter(|_| is_set);
        if let Some(pin) = pins.find(|pin| pin.line() == finding.line) {
            finding.level = judge.level(finding.rule, (pin.name(), pin.version()), &[])?;
            let advice = judge.advice(finding.rule, pin);
            finding.fix = advice.fix(lock, &finding.file);
            finding.hint = advice.hint;
        }
        Some(finding)
    });
    leveled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_has_neither_login_nor_port() {
        for (url, host) in [
            ("https://me:pw@files.test:8443/a.whl", Some("files.test")),
            ("http://[::1]:80/a.whl", Some("::1")),
            ("http://127.0.0.1:9/", Some("127.0.0.1")),
            ("file:///srv/a.whl", None),
            ("a.whl", None),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
