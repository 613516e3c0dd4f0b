//! The difference between two wheels.

use std::collections::BTreeSet;

use harden_packaging::{PackageName, takeovers};

use super::calls::{Call, new_calls};
use super::contents::{Member, WheelContents};

/// A name that no project with a program has.
const NOBODY: &str = "nobody";

/// How many lines are listed at most.
const MOST_CALLS: usize = 1000;

/// What a wheel has that another has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WheelDiff {
    /// New files, with their sizes in bytes.
    pub added: Vec<(String, u64)>,
    /// Files that are gone, with their sizes.
    pub removed: Vec<(String, u64)>,
    /// Files with other content.
    pub changed: Vec<Changed>,
    /// Native code that is new: a new file, or one that was something else.
    pub native: Vec<String>,
    /// Files that run when Python or a shell starts (`.pth`), or replace an interpreter or an installer, new or
    /// changed, and entry points that do, which are new.
    pub startup: Vec<String>,
    /// Lines that may reach the network, start processes or run other code, and were not there.
    pub calls: Vec<Call>,
    /// Whether there are more such lines than are listed.
    pub has_more_calls: bool,
    /// Python files that are too large to be searched.
    pub unsearched: Vec<String>,
    /// Entry points that are new, as `console_scripts: flask = flask.cli:main`.
    pub entry_points_added: Vec<String>,
    /// Entry points that are gone.
    pub entry_points_removed: Vec<String>,
    /// Fields of the metadata that say what it needs, as `Requires-Dist: click>=8`, that are new.
    pub needs_added: Vec<String>,
    /// Those that are gone.
    pub needs_removed: Vec<String>,
}

/// A file with other content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path.
    pub path: String,
    /// Its former size, in bytes.
    pub old: u64,
    /// Its size, in bytes.
    pub new: u64,
}

impl WheelDiff {
    /// What changed from one wheel to another.
    pub fn between(old: &WheelContents, new: &WheelContents) -> Self {
        let mut diff = Self::default();
        for (path, member) in &new.members {
            match old.members.get(path) {
                None => diff.added.push((path.clone(), member.size)),
                // It lists the digests of the others.
                Some(_) if path == "*.dist-info/RECORD" => continue,
                Some(before) if before.digest == member.digest => continue,
                Some(before) => diff.changed.push(Changed {
                    path: path.clone(),
                    old: before.size,
                    new: member.size,
                }),
            }
            diff.look_into(path, old.members.get(path), member);
        }
        let gone = old.members.iter();
        let gone = gone.filter(|(path, _)| !new.members.contains_key(*path));
        diff.removed = gone
            .map(|(path, member)| (path.clone(), member.size))
            .collect();
        let entry_points = |wheel: &WheelContents| entry_points(wheel.metadata("entry_points.txt"));
        (diff.entry_points_added, diff.entry_points_removed) =
            changes(&entry_points(old), &entry_points(new));
        let needs = |wheel: &WheelContents| needs(wheel.metadata("METADATA"));
        (diff.needs_added, diff.needs_removed) = changes(&needs(old), &needs(new));
        diff.calls.sort();
        diff.startup = diff.startup_code(new);
        diff
    }

    /// What of the new and changed files and entry points runs when Python starts, or replaces a program.
    fn startup_code(&self, new: &WheelContents) -> Vec<String> {
        let name = new.metadata("METADATA").lines();
        let name = name.take_while(|line| !line.is_empty());
        let name = name.filter_map(|line| line.strip_prefix("Name:"));
        let project: Option<PackageName> =
            name.into_iter().find_map(|name| name.trim().parse().ok());
        // Without a name, none of the programs is its own.
        let project = project.unwrap_or_else(|| NOBODY.parse().expect("it is a name"));
        let added = self.added.iter().map(|(path, _)| &**path);
        let changed = self.changed.iter().map(|changed| &*changed.path);
        let points = self.entry_points_added.iter().filter_map(|point| {
            let (group, point) = point.split_once(": ")?;
            Some(format!("[{group}]\n{point}\n"))
        });
        takeovers(added.chain(changed), &points.collect::<String>(), &project)
    }

    /// Whether nothing changed but the version.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Notes what a new or changed file does.
    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "Python compares these names as they are"
    )]
    fn look_into(&mut self, path: &str, old: Option<&Member>, new: &Member) {
        if new.is_native && !old.is_some_and(|old| old.is_native) {
            self.native.push(path.to_owned());
        }
        if !path.ends_with(".py") && !path.ends_with(".pth") {
            return;
        }
        let Some(text) = &new.text else {
            self.unsearched.push(path.to_owned());
            return;
        };
        let before = old.and_then(|old| old.text.as_deref());
        self.calls.extend(new_calls(path, before, text));
        if self.calls.len() > MOST_CALLS {
            self.calls.truncate(MOST_CALLS);
            self.has_more_calls = true;
        }
    }
}

fn changes(old: &BTreeSet<String>, new: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let only = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
    (only(new, old), only(old, new))
}

/// The entry points, each with its group.
///
/// <https://packaging.python.org/en/latest/specifications/entry-points/>
fn entry_points(text: &str) -> BTreeSet<String> {
    let mut group = "";
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            group = name.trim_end_matches(']').trim();
        } else if !line.is_empty() && !line.starts_with(['#', ';']) {
            let line = format!("{group}: {line}");
            found.insert(harden_packaging::printable(&line).into_owned());
        }
    }
    found
}

/// What the metadata requires.
fn needs(text: &str) -> BTreeSet<String> {
    const FIELDS: [&str; 4] = [
        "Requires-Dist",
        "Requires-Python",
        "Requires-External",
        "Provides-Extra",
    ];
    let lines = text.lines().take_while(|line| !line.is_empty());
    let needs = lines.filter(|line| {
        let name = line.split_once(':').map(|(name, _)| name);
        name.is_some_and(|name| FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)))
    });
    needs
        .map(|line| harden_packaging::printable(line).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn wheel(members: &[(&str, &[u8])]) -> WheelContents {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in members {
            writer
                .start_file(*path, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        WheelContents::read(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn files_native_code_calls_entry_points_and_needs_are_compared() {
        let old = wheel(&[
            ("a/__init__.py", b"import os\n"),
            ("a/gone.py", b""),
            ("a/_x.so", b"text"),
            (
                "a-1.dist-info/METADATA",
                b"Name: a\nRequires-Dist: b\nRequires-Dist: c\n\nbody\n",
            ),
            (
                "a-1.dist-info/entry_points.txt",
                b"[console_scripts]\na = a:main\n",
            ),
            ("a-1.dist-info/RECORD", b"1"),
        ]);
        let new = wheel(&[
            ("a/__init__.py", b"import os\nimport socket\n"),
            ("a/_x.so", b"\x7fELF..."),
            ("a/same.txt", b""),
            ("a.pth", b"import a; exec('x')\n"),
            (
                "a-2.dist-info/METADATA",
                b"Name: a\nRequires-Dist: c\nRequires-Python: >=3.9\n\nRequires-Dist: z\n",
            ),
            ("a-2.data/data/lib/python3.11/site.py", b""),
            (
                "a-2.dist-info/entry_points.txt",
                b"[console_scripts]\na = a:main\npip=a:b\n[x]\nc = a\n",
            ),
            ("a-2.dist-info/RECORD", b"2"),
        ]);
        let diff = WheelDiff::between(&old, &new);
        let paths = |files: &[(String, u64)]| {
            files
                .iter()
                .map(|(path, _)| path.clone())
                .collect::<Vec<_>>()
        };
        let site = "*.data/data/lib/python3.11/site.py";
        assert_eq!(paths(&diff.added), [site, "a.pth", "a/same.txt"]);
        assert_eq!(paths(&diff.removed), ["a/gone.py"]);
        let changed: Vec<&str> = diff.changed.iter().map(|one| &*one.path).collect();
        let expected = [
            "*.dist-info/METADATA",
            "*.dist-info/entry_points.txt",
            "a/__init__.py",
            "a/_x.so",
        ];
        assert_eq!(changed, expected);
        assert_eq!(diff.native, ["a/_x.so"]);
        assert_eq!(diff.startup, [site, "a.pth", "entry point `pip`"]);
        let calls: Vec<String> = diff
            .calls
            .iter()
            .map(|call| format!("{} {}:{}", call.kind, call.path, call.line))
            .collect();
        assert_eq!(calls, ["network a/__init__.py:2", "code a.pth:1"]);
        assert_eq!(
            diff.entry_points_added,
            ["console_scripts: pip=a:b", "x: c = a"]
        );
        assert!(diff.entry_points_removed.is_empty());
        assert_eq!(diff.needs_added, ["Requires-Python: >=3.9"]);
        assert_eq!(diff.needs_removed, ["Requires-Dist: b"]);
        assert!(WheelDiff::between(&new, &new).is_empty());
    }

    #[test]
    fn what_is_not_a_wheel_is_refused() {
        assert!(WheelContents::read(Cursor::new(b"no zip".to_vec())).is_err());
    }
}
