//! The policy in the configuration, and which one governs a strict file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harden_packaging::{Licence, PackageName};
use harden_policy::{
    Ban, Cooldown, Exemption, ExemptionParts, OnlyBelow, Policy, RULES, Record,
    RequiredAttestations, Setting, rule_named,
};
use jiff::SpanRelativeTo;
use toml::de::DeValue;

use super::find::{self, ConfigFile};
use super::read::{Item, Reader, items};
use super::{Config, current_folder, place};
use crate::report::Error;
use crate::report::format::nearest;
use crate::settings::args::Cutoff;

/// The rules that a policy cannot set.
const ALWAYS_HELD: [&str; 8] = [
    "other-hash",
    "foreign-hash",
    "replaced",
    "vanished",
    "plain-http",
    "invalid-attestation",
    "known-digest",
    "expired-exemption",
];

/// The keys of a policy.
const KEYS: [&str; 15] = [
    "rules",
    "exempt",
    "ban",
    "only-below",
    "allow-sdist",
    "cooldown",
    "hosts",
    "osv",
    "require-attestations",
    "trusted-root",
    "audits",
    "audit-criteria",
    "licences",
    "record",
    "record-files",
];

/// What stands for all packages.
const ALL: &str = ":all:";

/// The values of a table, by their keys.
type Fields<'i, 't> = BTreeMap<&'static str, &'i Item<'t>>;

impl Reader<'_> {
    /// A policy, unless something is wrong with it.
    pub(super) fn policy(&mut self, item: &Item) -> Option<Policy> {
        let (fields, _) = self.known_fields(item, "a policy", &KEYS)?;
        let mut policy = Policy::default();
        for (key, item) in fields {
            match key {
                "rules" => self.rules(item, &mut policy),
                "exempt" => policy.exemptions = self.each(item, Self::policy_exemption),
                "ban" => policy.bans = self.each(item, Self::ban),
                "only-below" => policy.only_below = self.each(item, Self::only_below),
                "cooldown" => policy.cooldown = self.cooldown(item),
                "hosts" => {
                    let hosts = self.texts(item);
                    if let Some(host) = hosts.iter().find(|host| host.contains('/')) {
                        let reason = format!(
                            "`{host}` is not a host: expected a name such as `files.example.com`, without scheme and path"
                        );
                        self.problem_at(item, &reason);
                    }
                    policy.hosts = hosts.into_iter().collect();
                }
                "osv" => {
                    let folder = self.folder();
                    let paths = self.texts(item).into_iter();
                    policy.osv = paths.map(|path| folder.join(path)).collect();
                }
                "require-attestations" => policy.attestations = self.attestations(item),
                "trusted-root" => {
                    let folder = self.folder();
                    policy.trusted_root = self.text(item).map(|path| folder.join(path));
                }
                "audits" => {
                    let folder = self.folder();
                    policy.audits = self.text(item).map(|path| folder.join(path));
                }
                "audit-criteria" => {
                    policy.audit_criteria = self.texts(item).into_iter().collect();
                }
                "licences" => policy.licences = self.list::<Licence>(item),
                "record" => policy.record = self.list::<Record>(item).into_iter().collect(),
                "record-files" => policy.record_files = self.truth(item),
                _ => policy.sdists = self.list::<PackageName>(item).into_iter().collect(),
            }
        }
        Some(policy)
    }

    fn attestations(&mut self, item: &Item) -> RequiredAttestations {
        let mut required = RequiredAttestations::default();
        for item in items(item) {
            if item.get_ref().as_str() == Some(ALL) {
                required.all = true;
            } else {
                let line = self.line(item.span().start);
                let name = self.value::<PackageName>(item);
                required.packages.extend(name.map(|name| (name, line)));
            }
        }
        required
    }

    fn cooldown(&mut self, item: &Item) -> Option<Cooldown> {
        let span = match self.value::<Cutoff>(item)? {
            Cutoff::At(moment) => return Some(Cooldown::Before(moment)),
            Cutoff::Before(span) => span,
        };
        let age = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let age = age.map(Cooldown::Age);
        self.good(
            item,
            age.map_err(|_| "expected days or hours, as `3 days`".to_owned()),
        )
    }

    fn rules(&mut self, item: &Item, policy: &mut Policy) {
        let Some(table) = item.get_ref().as_table() else {
            self.problem_at(item, "expected a table, as `{ banned = \"warn\" }`");
            return;
        };
        for (name, item) in table {
            let text: &str = name.get_ref();
            let Some(rule) = rule_named(text) else {
                let all: Vec<&str> = RULES.iter().map(|(rule, _)| rule.name()).collect();
                let reason = if ALWAYS_HELD.contains(&text) {
                    format!("the rule `{text}` always holds and cannot be set")
                } else {
                    unknown("a policy has no rule", text, &all)
                };
                self.problem(Some(name.span().start), &reason);
                continue;
            };
            if let Some(setting) = self.value::<Setting>(item) {
                policy.settings.insert(rule, setting);
            }
        }
    }

    fn policy_exemption(&mut self, item: &Item) -> Option<Exemption> {
        const KEYS: [&str; 6] = ["package", "version", "rule", "advisory", "reason", "until"];
        let fields = self.fields(item, "an exemption", &KEYS)?;
        let texts = self.field_texts(&fields)?;
        let text = |key| texts.get(key).map(String::as_str);
        let parts = ExemptionParts {
            package: text("package"),
            version: text("version"),
            rule: text("rule"),
            advisory: text("advisory"),
            reason: text("reason"),
            until: text("until"),
        };
        let read = Exemption::read(&parts, self.line(item.span().start));
        self.good(item, read)
    }

    fn ban(&mut self, item: &Item) -> Option<Ban> {
        let fields = self.fields(item, "a ban", &["package", "reason", "instead"])?;
        let texts = self.field_texts(&fields)?;
        let text = |key| texts.get(key).map(String::as_str);
        let (Some(package), Some(reason)) = (text("package"), text("reason")) else {
            let reason = "a ban has a `package`, as `left-pad<2`, and a `reason`";
            self.problem_at(item, reason);
            return None;
        };
        let read = Ban::read(package, reason, text("instead"));
        self.good(item, read)
    }

    fn only_below(&mut self, item: &Item) -> Option<OnlyBelow> {
        let mut fields = self.fields(item, "`only-below`", &["package", "below", "reason"])?;
        let below = fields.remove("below");
        let below = below.map_or_else(Vec::new, |item| self.list::<PackageName>(item));
        let package = fields.remove("package");
        let package = package.and_then(|item| self.value::<PackageName>(item));
        let texts = self.field_texts(&fields)?;
        let (Some(package), Some(reason)) = (package, texts.get("reason")) else {
            let reason = "`only-below` has a `package`, `below`, which packages may require it, and \
                          a `reason`";
            self.problem_at(item, reason);
            return None;
        };
        let read = OnlyBelow::new(package, below.into_iter().collect(), reason);
        self.good(item, read)
    }

    /// The values of a list, or a single one, without those that are wrong.
    fn each<T>(&mut self, item: &Item, read: fn(&mut Self, &Item) -> Option<T>) -> Vec<T> {
        let items = items(item).into_iter();
        items.filter_map(|item| read(self, item)).collect()
    }

    /// The values of a table with these keys; `None` where it has others.
    fn fields<'i, 't>(
        &mut self,
        item: &'i Item<'t>,
        what: &str,
        keys: &[&'static str],
    ) -> Option<Fields<'i, 't>> {
        let (fields, is_good) = self.known_fields(item, what, keys)?;
        is_good.then_some(fields)
    }

    /// The values of a table by these keys, and whether it has no others.
    fn known_fields<'i, 't>(
        &mut self,
        item: &'i Item<'t>,
        what: &str,
        keys: &[&'static str],
    ) -> Option<(Fields<'i, 't>, bool)> {
        let Some(table) = item.get_ref().as_table() else {
            self.problem_at(item, &format!("{what} must be a table"));
            return None;
        };
        let mut fields = Fields::new();
        let mut is_good = true;
        for (name, item) in table {
            let text: &str = name.get_ref();
            if let Some(key) = keys.iter().find(|key| **key == text) {
                fields.insert(*key, item);
                continue;
            }
            let reason = unknown(&format!("{what} has no key"), text, keys);
            self.problem(Some(name.span().start), &reason);
            is_good = false;
        }
        Some((fields, is_good))
    }

    /// The texts of a table; a date is one, too.
    fn field_texts(&mut self, fields: &Fields) -> Option<BTreeMap<&'static str, String>> {
        let mut texts = BTreeMap::new();
        for (key, item) in fields {
            let text = match item.get_ref() {
                DeValue::Datetime(moment) => Some(moment.to_string()),
                _ => self.text(item),
            };
            texts.insert(*key, text?);
        }
        Some(texts)
    }

    /// A value, or a problem.
    fn good<T>(&mut self, item: &Item, read: Result<T, String>) -> Option<T> {
        read.map_err(|reason| self.problem_at(item, &reason)).ok()
    }
}

fn unknown(what: &str, key: &str, keys: &[&str]) -> String {
    match nearest(key, keys.iter().copied()) {
        Some(near) => format!("{what} `{key}`; `{near}` was probably meant"),
        None => format!("{what} `{key}`; there are {}", keys.join(", ")),
    }
}

/// The policy that holds for a strict file.
#[derive(Debug, Clone)]
pub struct GoverningPolicy {
    /// The policy.
    pub policy: Policy,
    /// The configuration that it stands in.
    pub file: PathBuf,
    /// Whether it is for this strict file alone, so that what has no effect there has none at all.
    pub is_own: bool,
}

/// The policy that holds for a strict file that is named: that of the lock that writes it, else the one
/// outside of the locks, of the configuration that counts in the current folder or, where that has
/// none, in the folder of the file.
pub fn governing(strict: &Path) -> Result<Option<GoverningPolicy>, Error> {
    let strict = place(strict);
    let beside = strict.parent().unwrap_or(Path::new(".")).to_owned();
    for folder in [current_folder()?, beside] {
        let found = match find::find(&folder)?.map(Config::read) {
            Some(Err(error)) if may_be_in_force(&folder) => return Err(error),
            None | Some(Err(_)) => continue,
            Some(Ok(config)) => config,
        };
        if let Some(governing) = of_config(found, &strict) {
            return Ok(Some(governing));
        }
    }
    Ok(None)
}

fn of_config(config: Config, strict: &Path) -> Option<GoverningPolicy> {
    let file = config.folder.join(&config.file);
    let number = config.locks.len();
    let writes = |output: &PathBuf| place(&config.folder.join(output)) == *strict;
    let lock = config
        .locks
        .iter()
        .position(|lock| lock.output.as_ref().is_some_and(writes));
    let policy = match lock {
        Some(lock) => config.locks.into_iter().nth(lock)?.policy,
        None => config.policy,
    };
    Some(GoverningPolicy {
        policy: policy?,
        file,
        is_own: lock.is_some() && number == 1,
    })
}

/// Whether a configuration that cannot be read may hold a policy, so that nothing may pass without it.
pub(super) fn may_be_in_force(folder: &Path) -> bool {
    let found = find::find(folder).ok().flatten();
    found.is_some_and(|ConfigFile { text, .. }| text.contains("policy"))
}

#[cfg(test)]
mod tests {
    use harden_hasher::Rule;
    use insta::assert_snapshot;

    use super::super::find::OWN;
    use super::super::read::locks;
    use super::*;

    fn read(text: &str) -> Result<Policy, String> {
        let found = ConfigFile {
            folder: PathBuf::new(),
            name: OWN,
            text: format!("loose = 'loose.txt'\n{text}"),
        };
        let locks = locks(&found).map_err(|problems| problems.join("\n"))?;
        Ok(locks.0[0].policy.clone().expect("there is one"))
    }

    #[test]
    fn a_policy_has_rules_exemptions_bans_and_allowances() {
        let policy = read(
            "[policy]
            allow-sdist = ['legacy']
            cooldown = '7 days'
            hosts = ['files.test']
            osv = 'advisories'
            require-attestations = ['left-pad', ':all:']
            trusted-root = 'root.json'
            audits = 'ours.toml'
            audit-criteria = 'read'
            rules = { banned = 'warn', sdist = 'off' }
            ban = [{ package = 'left-pad<2', reason = 'CVE-1', instead = 'right-pad' }]
            only-below = [{ package = 'lib', below = ['app'], reason = 'internal' }]
            [[policy.exempt]]
            package = 'left-pad'
            rule = 'banned'
            reason = 'until it is replaced'
            until = 2026-12-31",
        );
        let policy = policy.unwrap();
        assert_eq!(policy.setting(Rule::Banned), Setting::Warn);
        assert_eq!(policy.setting(Rule::Sdist), Setting::Off);
        assert_eq!(policy.setting(Rule::OnlyBelow), Setting::Deny);
        assert_eq!((policy.bans.len(), policy.only_below.len()), (1, 1));
        assert_eq!(policy.exemptions[0].line(), 14);
        assert_eq!(policy.cooldown.unwrap().to_string(), "7 days");
        assert_eq!(policy.osv, [PathBuf::from("advisories")]);
        assert!(policy.attestations.all && policy.attestations.packages.len() == 1);
        assert_eq!(policy.trusted_root, Some(PathBuf::from("root.json")));
        assert_eq!(policy.audits, Some(PathBuf::from("ours.toml")));
        assert!(policy.audit_criteria.contains("read"));
    }

    #[test]
    fn all_faults_of_a_policy_are_reported_with_their_lines() {
        let text = "[policy]
            rool = 1
            cooldown = 'P1M'
            rules = { baned = 'deny', sdist = 'yes', stale = 'off', known-digest = 'off' }
            hosts = ['https://files.test']
            ban = [{ package = 'a b', reason = 'x' }, { package = 'a' }, 'b']
            only-below = { package = 'a', reason = 'x' }
            exempt = [{ package = 'a', rule = 'banned', reason = 'x', until = 'soon' }, { pakage = 'a' }]
            [[lock]]
            loose = 'a.txt'
            policy = 1";
        let text = read(text).unwrap_err();
        assert_snapshot!(text, @r"
        harden.toml:3: a policy has no key `rool`; there are rules, exempt, ban, only-below, allow-sdist, cooldown, hosts, osv, require-attestations, trusted-root, audits, audit-criteria, licences, record, record-files
        harden.toml:4: expected days or hours, as `3 days`
        harden.toml:5: a policy has no rule `baned`; `banned` was probably meant
        harden.toml:5: the rule `known-digest` always holds and cannot be set
        harden.toml:5: expected one of `off`, `warn`, `deny`
        harden.toml:5: a policy has no rule `stale`; there are sdist, unneeded-file, pre-release, local-version, direct-reference, banned, only-below, cooldown, late-upload, yanked, quarantined, archived, deprecated, foreign-host, index-binding, new-name, drift, namesake, owners, publisher, unattested, unvetted, startup-code, licence, record, vulnerability, malware, unused-exemption
        harden.toml:6: `https://files.test` is not a host: expected a name such as `files.example.com`, without scheme and path
        harden.toml:7: `a b` is not a valid requirement: expected a version specifier (`==`, `>=`, `<`, `~=`, …) (column 3)
        harden.toml:7: a ban has a `package`, as `left-pad<2`, and a `reason`
        harden.toml:7: a ban must be a table
        harden.toml:8: `below` names the packages that may require it
        harden.toml:9: `soon` is not a date: expected YYYY-MM-DD
        harden.toml:9: an exemption has no key `pakage`; `package` was probably meant
        harden.toml:12: a policy must be a table
        ");
        assert_snapshot!(read("[policy]\nban = [{ package = 'a', reason = 1 }]").unwrap_err(), @"harden.toml:3: expected a text, in quotes");
    }

    #[test]
    fn a_lock_adds_to_the_policy_outside_of_locks() {
        let found = ConfigFile {
            folder: PathBuf::new(),
            name: OWN,
            text: "policy = { rules = { banned = 'off', sdist = 'off' }, allow-sdist = 'a' }
                [[lock]]
                loose = 'a.txt'
                policy = { rules = { banned = 'warn' }, allow-sdist = 'b' }"
                .to_owned(),
        };
        let (locks, common) = locks(&found).unwrap();
        let policy = locks[0].policy.clone().unwrap();
        assert_eq!(policy.setting(Rule::Banned), Setting::Warn);
        assert_eq!(policy.setting(Rule::Sdist), Setting::Off);
        assert_eq!(policy.sdists.len(), 2);
        assert_eq!(common.unwrap().setting(Rule::Banned), Setting::Off);
    }
}
