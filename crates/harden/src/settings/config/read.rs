//! Reads the configuration: TOML with positions. All faults are reported at once.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use harden_policy::Policy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::STRICT;
use super::find::{ConfigFile, OWN, PROJECT};
use super::keys::KEYS;
use crate::report::format::nearest;
use crate::settings::args::LockArgs;
use crate::settings::project_folder::ProjectFolder;

/// A value with its position.
pub(super) type Item<'t> = Spanned<DeValue<'t>>;

/// The key of the list of locks.
const LOCK: &str = "lock";

/// The locks of a configuration and the policy outside of them, or all that is wrong with it.
pub(super) fn locks(found: &ConfigFile) -> Result<(Vec<LockArgs>, Option<Policy>), Vec<String>> {
    let mut reader = Reader {
        found,
        problems: Vec::new(),
        policy: None,
        line_ends: OnceCell::new(),
        project: OnceCell::new(),
    };
    let root = match DeTable::parse(&found.text) {
        Ok(root) => root,
        Err(error) => {
            let at = error.span().map(|span| span.start);
            reader.problem(at, &format!("invalid TOML: {}", error.message()));
            return Err(reader.messages());
        }
    };
    let locks = if found.name == OWN {
        reader.root(root.get_ref(), 0)
    } else {
        reader.tool(root.get_ref())
    };
    if reader.problems.is_empty() {
        Ok((locks, reader.policy))
    } else {
        Err(reader.messages())
    }
}

/// Reads values and collects faults.
pub struct Reader<'f> {
    found: &'f ConfigFile,
    /// By their lines; 0 is the whole file.
    problems: Vec<(usize, String)>,
    /// The policy outside of locks.
    policy: Option<Policy>,
    /// Where the lines of the text end, once that was asked for.
    line_ends: OnceCell<Vec<usize>>,
    /// The project that outputs must be in, once that was asked for.
    project: OnceCell<ProjectFolder>,
}

impl<'f> Reader<'f> {
    /// Reads `[tool.harden]`.
    fn tool(&mut self, root: &DeTable) -> Vec<LockArgs> {
        let tool = root.get("tool").and_then(|tool| tool.get_ref().as_table());
        let Some(harden) = tool.and_then(|tool| tool.get("harden")) else {
            return Vec::new();
        };
        if let Some(table) = harden.get_ref().as_table() {
            return self.root(table, harden.span().start);
        }
        self.problem_at(harden, "`tool.harden` must be a table");
        Vec::new()
    }

    fn root(&mut self, table: &DeTable, at: usize) -> Vec<LockArgs> {
        let mut common = LockArgs::default();
        self.keys(table, &mut common, true);
        self.policy.clone_from(&common.policy);
        let Some(item) = table.get(LOCK) else {
            return self.finished(table, common, at).into_iter().collect();
        };
        let Some(entries) = item.get_ref().as_array() else {
            let reason = "`lock` must be a list of tables, as `[[lock]]` begins one";
            self.problem_at(item, reason);
            return Vec::new();
        };
        let mut locks: Vec<LockArgs> = Vec::new();
        let mut written: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for item in entries {
            let Some(entry) = item.get_ref().as_table() else {
                self.problem_at(item, "a lock must be a table");
                continue;
            };
            let mut own = LockArgs::default();
            self.keys(entry, &mut own, false);
            let at = item.span().start;
            let Some(lock) = self.finished(entry, own.over(common.clone()), at) else {
                continue;
            };
            let output = lock.output.clone().unwrap_or_default();
            let line = self.line(at);
            if let Some(before) = written.insert(output.clone(), line) {
                let reason = format!(
                    "the lock of line {before} writes `{}`, too: say `strict = \"…\"` in both",
                    output.display()
                );
                self.problem(Some(at), &reason);
            }
            locks.push(lock);
        }
        locks
    }

    fn keys(&mut self, table: &DeTable, lock: &mut LockArgs, may_hold_locks: bool) {
        for (name, item) in table {
            let text: &str = name.get_ref();
            if may_hold_locks && text == LOCK {
                continue;
            }
            if let Some(key) = KEYS.iter().find(|key| key.name == text) {
                (key.read)(self, item, lock);
                continue;
            }
            let known = KEYS.iter().map(|key| key.name);
            let near = nearest(text, known.chain(may_hold_locks.then_some(LOCK)));
            let reason = if let Some(near) = near {
                format!("there is no key `{text}`; `{near}` was probably meant")
            } else {
                let all: Vec<_> = KEYS.iter().map(|key| key.name).collect();
                format!("there is no key `{text}`; there are {}", all.join(", "))
            };
            self.problem(Some(name.span().start), &reason);
        }
    }

    /// The lock with its required keys: loose files (by default the project itself) and an output.
    fn finished(&mut self, table: &DeTable, mut lock: LockArgs, at: usize) -> Option<LockArgs> {
        if lock.loose.is_empty() && self.found.name == PROJECT {
            lock.loose.push(PROJECT.to_owned());
        }
        if lock.loose.is_empty() {
            // The faulty value was reported.
            if !table.contains_key("loose") {
                let reason = "a lock must say what it is made from, as `loose = \"loose.txt\"`";
                self.problem(Some(at), reason);
            }
            return None;
        }
        let output = lock.output.get_or_insert_with(|| STRICT.into());
        if let Some(reason) = self.misplaced(output) {
            self.problem(Some(at), &reason);
            return None;
        }
        Some(lock)
    }

    /// A text.
    pub(super) fn text(&mut self, item: &Item) -> Option<String> {
        match item.get_ref().as_str() {
            Some("") => self.problem_at(item, "expected a text that is not empty"),
            Some(text) => return Some(text.to_owned()),
            None => self.problem_at(item, "expected a text, in quotes"),
        }
        None
    }

    /// A list of texts, or a single one.
    pub(super) fn texts(&mut self, item: &Item) -> Vec<String> {
        self.checked(item, |_| Ok(()))
    }

    /// A list of texts, or a single one, each in order.
    pub(super) fn checked(
        &mut self,
        item: &Item,
        check: fn(&str) -> Result<(), String>,
    ) -> Vec<String> {
        let items = items(item);
        let mut texts = Vec::new();
        for item in items {
            let Some(text) = self.text(item) else {
                continue;
            };
            match check(&text) {
                Ok(()) => texts.push(text),
                Err(reason) => self.problem_at(item, &reason),
            }
        }
        texts
    }

    /// A value that is written as a text.
    pub(super) fn value<T: FromStr>(&mut self, item: &Item) -> Option<T>
    where
        T::Err: Display,
    {
        let text = match item.get_ref() {
            // TOML has dates and times of its own.
            DeValue::Datetime(moment) => moment.to_string(),
            _ => self.text(item)?,
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem_at(item, &error.to_string());
                None
            }
        }
    }

    /// A list of such values, or a single one.
    pub(super) fn list<T: FromStr>(&mut self, item: &Item) -> Vec<T>
    where
        T::Err: Display,
    {
        let items = items(item);
        items
            .into_iter()
            .filter_map(|item| self.value(item))
            .collect()
    }

    /// One of the values of an option.
    pub(super) fn choice<T: ValueEnum>(&mut self, item: &Item) -> Option<T> {
        let text = self.text(item)?;
        let value = T::from_str(&text, false).ok();
        if value.is_none() {
            let all = T::value_variants().iter();
            let all: Vec<_> = all
                .filter_map(ValueEnum::to_possible_value)
                .map(|value| format!("`{}`", value.get_name()))
                .collect();
            self.problem_at(item, &format!("expected one of {}", all.join(", ")));
        }
        value
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, item: &Item) -> bool {
        let truth = item.get_ref().as_bool();
        if truth.is_none() {
            self.problem_at(item, "expected `true` or `false`");
        }
        truth.unwrap_or_default()
    }

    /// A table of values, each read from its name and its text; `false` is a text, too.
    pub(super) fn table<T>(
        &mut self,
        item: &Item,
        read: fn(&str, &str) -> Result<T, String>,
    ) -> Vec<T> {
        let Some(table) = item.get_ref().as_table() else {
            self.problem_at(item, "expected a table, as `{ name = \"value\" }`");
            return Vec::new();
        };
        let mut values = Vec::new();
        for (name, item) in table {
            let text = match item.get_ref() {
                DeValue::Boolean(false) => Some("false".to_owned()),
                DeValue::Datetime(moment) => Some(moment.to_string()),
                _ => self.text(item),
            };
            let Some(text) = text else {
                continue;
            };
            match read(name.get_ref(), &text) {
                Ok(value) => values.push(value),
                Err(reason) => self.problem_at(item, &reason),
            }
        }
        values
    }

    /// Adds a fault of a value.
    pub(super) fn problem_at(&mut self, item: &Item, reason: &str) {
        self.problem(Some(item.span().start), reason);
    }

    /// Adds a fault at a byte of the text, or of the whole file.
    pub(super) fn problem(&mut self, at: Option<usize>, reason: &str) {
        let line = at.map_or(0, |at| self.line(at));
        self.problems.push((line, reason.to_owned()));
    }

    /// All faults, in the order of the file.
    fn messages(mut self) -> Vec<String> {
        let name = self.found.name;
        self.problems.sort_by_key(|(line, _)| *line);
        let texts = self.problems.into_iter().map(|(line, reason)| match line {
            0 => format!("{name}: {reason}"),
            line => format!("{name}:{line}: {reason}"),
        });
        texts.collect()
    }

    /// The folder of the configuration.
    pub(super) fn folder(&self) -> &'f Path {
        &self.found.folder
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let ends = self.line_ends.get_or_init(|| {
            let ends = self.found.text.match_indices('\n');
            ends.map(|(end, _)| end).collect()
        });
        1 + ends.partition_point(|end| *end < at)
    }

    /// Why a configuration may not have `output` written: a repository that is cloned must not change other
    /// files of the user, or those that git runs.
    fn misplaced(&self, output: &Path) -> Option<String> {
        let path = self.found.folder.join(output);
        let shown = output.display();
        if path.components().any(|part| part.as_os_str() == ".git") {
            return Some(format!("`strict` names a file in `.git`: `{shown}`"));
        }
        let project = self.project.get_or_init(|| {
            let file = self.found.folder.join(self.found.name);
            ProjectFolder::of(&file, &self.found.folder, &self.found.folder)
        });
        (!project.holds(&path)).then(|| {
            let hint =
                "name a file inside it, or use `-o` on the command line without a configuration";
            format!("`strict` names a file outside of the project: `{shown}`; {hint}")
        })
    }
}

/// The items of a list, or a single one.
pub(super) fn items<'i, 't>(item: &'i Item<'t>) -> Vec<&'i Item<'t>> {
    match item.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![item],
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use insta::assert_snapshot;

    use super::*;

    fn read(name: &'static str, text: &str) -> Result<Vec<LockArgs>, String> {
        let found = ConfigFile {
            folder: PathBuf::new(),
            name,
            text: text.to_owned(),
        };
        let read = locks(&found).map(|(locks, _)| locks);
        read.map_err(|problems| problems.join("\n"))
    }

    #[test]
    fn keys_outside_of_locks_hold_for_all_of_them() {
        let text = "
            platforms = ['win_amd64-cp312']
            exclude-newer = 2026-11-14
            [[lock]]
            loose = 'a.txt'
            strict = 'a.strict.txt'
            [[lock]]
            loose = ['b.txt', 'c.txt']
            platforms = ['current']
            exclude-newer-package = { a = false, b = '7 days' }
        ";
        let locks = read(OWN, text).unwrap();
        let texts: Vec<_> = locks
            .iter()
            .map(|lock| {
                let output = lock.output.as_ref().unwrap().display();
                format!("{:?} {:?} {output}", lock.loose, lock.platform)
            })
            .collect();
        assert_eq!(
            texts,
            [
                r#"["a.txt"] ["win_amd64-cp312"] a.strict.txt"#,
                r#"["b.txt", "c.txt"] ["current"] strict.txt"#
            ]
        );
        assert_eq!(
            locks[1].exclude_newer.unwrap().to_string(),
            "2026-11-14T00:00:00Z"
        );
        assert_eq!(locks[1].exclude_newer_package.len(), 2);
    }

    #[test]
    fn a_project_is_what_its_lock_is_made_from() {
        let locks = read(PROJECT, "[tool.harden]\ngroups = ['dev']").unwrap();
        assert_eq!(locks.len(), 1);
        assert_eq!(locks[0].loose, ["pyproject.toml"]);
        assert_eq!(locks[0].groups[0].as_str(), "dev");
        let locks = read(
            PROJECT,
            "[[tool.harden.lock]]\n[[tool.harden.lock]]\nstrict='b'",
        );
        assert_eq!(locks.unwrap().len(), 2);
    }

    #[test]
    fn every_fault_is_reported_with_its_line() {
        let text = "\
            platfroms = ['win_amd64-cp312']\n\
            hashes = 'some'\n\
            [[lock]]\n\
            loose = 1\n\
            [[lock]]\n\
            loose = 'a.txt'\n\
            platforms = ['win_amd64-cp312', 'win_arm46-cp312']\n\
            colour = 'blue'\n\
            no-deps = 'yes'\n\
            exclude-newer = 'soon'\n\
            exclude-newer-package = { a = true }\n\
            [[lock]]\n\
            loose = 'b.txt'\n\
            exclude = ['a b']\n";
        assert_snapshot!(read(OWN, text).unwrap_err(), @r#"
        harden.toml:1: there is no key `platfroms`; `platforms` was probably meant
        harden.toml:2: expected one of `selected`, `compatible`, `all`
        harden.toml:4: expected a text, in quotes
        harden.toml:7: `win_arm46-cp312` is not a target: `win_arm46` is not a platform of Windows; use win_amd64, win_arm64 or win32; did you mean `win_amd64-cp312`?
        harden.toml:8: there is no key `colour`; there are loose, strict, platforms, extras, groups, constraints, overrides, exclude, no-deps, exclude-newer, exclude-newer-package, exempt, undated, prerelease, prerelease-package, exhaustive, resolution, allow-sdist, build, build-constraints, metadata, markers, hashes, index-url, extra-index-urls, indexes, index-packages, index-strategy, find-links, no-index, no-pip-config, shared-cache, policy
        harden.toml:9: expected `true` or `false`
        harden.toml:10: expected a date (2026-11-14), a time with its zone (2026-11-14T12:00:00Z) or a span before now (`7 days`, P7D)
        harden.toml:11: expected a text, in quotes
        harden.toml:12: the lock of line 5 writes `strict.txt`, too: say `strict = "…"` in both
        harden.toml:14: `a b` is not a valid name: names are ASCII letters, digits, `-`, `_` and `.`, and start and end with a letter or digit
        "#);
    }

    #[test]
    fn invalid_toml_is_reported_with_its_line() {
        assert_snapshot!(read(OWN, "\nloose = \n").unwrap_err(), @"harden.toml:2: invalid TOML: string values must be quoted, expected literal string");
        assert_snapshot!(read(OWN, "lock = 'a.txt'").unwrap_err(), @"harden.toml:1: `lock` must be a list of tables, as `[[lock]]` begins one");
        assert_snapshot!(read(OWN, "").unwrap_err(), @r#"harden.toml:1: a lock must say what it is made from, as `loose = "loose.txt"`"#);
        assert_snapshot!(read(PROJECT, "[tool]\nharden = 1").unwrap_err(), @"pyproject.toml:2: `tool.harden` must be a table");
    }
}
