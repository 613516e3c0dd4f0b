//! The pins of an output file that has conflict markers of git.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use pep440_rs::Version;

use super::pins::Versions;

/// The pins of both sides of a conflict.
#[derive(Debug)]
pub(super) struct PinConflict {
    pub(super) ours: (String, Versions),
    pub(super) theirs: (String, Versions),
}

impl PinConflict {
    /// `strict.txt had conflict markers: took a 2.0 from HEAD, b 1.1 from feature`.
    pub(super) fn taken(&self, path: &Path, locked: &Versions) -> String {
        let mut from = Vec::new();
        for (name, versions) in locked {
            let [ours, theirs] = [&self.ours.1, &self.theirs.1].map(|side| side.get(name));
            if ours == theirs {
                continue;
            }
            for version in versions {
                let has = |side: Option<&BTreeSet<Version>>| {
                    side.is_some_and(|versions| versions.contains(version))
                };
                let label = match (has(ours), has(theirs)) {
                    (true, false) => format!("from {}", self.ours.0),
                    (false, true) => format!("from {}", self.theirs.0),
                    _ => "from neither side".to_owned(),
                };
                from.push(format!("{name} {version} {label}"));
            }
        }
        let path = path.display();
        if from.is_empty() {
            format!("{path} had conflict markers; both sides have the same versions")
        } else {
            format!("{path} had conflict markers: took {}", from.join(", "))
        }
    }
}

/// The common ancestor of a file that git could not merge: two-way markers do not show it, but the index
/// of git has it.
pub(super) fn base_in_git(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(Path::new(".")))
        .args(["show", &format!(":1:./{name}")])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    String::from_utf8(text).ok()
}

/// For each package the versions that both sides have, those of the side that changed them, or both.
pub(super) fn merged(ours: &Versions, theirs: &Versions, base: Option<&Versions>) -> Versions {
    let mut merged = Versions::new();
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let [our, their] = [ours, theirs].map(|side| side.get(name));
        let before = base.map(|base| base.get(name));
        let sides = match before {
            Some(before) if before == our => [None, their.or(our)],
            Some(before) if before == their => [our.or(their), None],
            _ => [our, their],
        };
        let versions = sides.into_iter().flatten().flatten().cloned();
        merged.insert(name.clone(), versions.collect());
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locking::existing_output::pins::Pins;

    #[test]
    fn the_side_that_changed_a_pin_decides_and_of_two_both_are_kept() {
        let read = |text| Pins::read(text).versions;
        let (ours, theirs) = (read("a==1\nb==2\nc==2"), read("a==2\nb==1\nc==3\nd==1"));
        let base = read("a==1\nb==1\nc==1");
        let shown = |versions: &Versions| {
            format!(
                "{:?}",
                versions.values().map(BTreeSet::len).collect::<Vec<_>>()
            )
        };
        assert_eq!(shown(&merged(&ours, &theirs, Some(&base))), "[1, 1, 2, 1]");
        assert_eq!(shown(&merged(&ours, &theirs, None)), "[2, 2, 2, 1]");
    }
}
