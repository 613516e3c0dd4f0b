//! What the name of a distribution file says, by which two spellings of one name are the same file.

use std::collections::BTreeSet;

use harden_packaging::{DistFilename, DistKind, PackageName};
use pep440_rs::Version;

/// The file that a name stands for: `KN-1.0.0-py2.py3-none-any.whl` and `kn-1.0-py3.py2-none-any.whl` are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKey {
    /// A wheel.
    Wheel {
        name: PackageName,
        version: Version,
        /// The build tag, its number without leading zeros.
        build: String,
        /// The Python, ABI and platform tags.
        tags: [BTreeSet<String>; 3],
    },
    /// An sdist.
    Sdist {
        name: PackageName,
        version: Version,
        /// The ending: archives of two kinds are two files.
        ending: String,
    },
    /// A name that is none of a distribution, in lower case.
    Other(String),
}

impl FileKey {
    /// The file of this name.
    pub(crate) fn of(file: &str) -> Self {
        let lower = file.to_lowercase();
        // Endings are compared in lower case as well.
        let stem = file.len().checked_sub(ENDING).and_then(|at| {
            let (stem, ending) = (file.get(..at)?, file.get(at..)?);
            Some(format!("{stem}{}", ending.to_lowercase()))
        });
        let Ok(parsed) = stem
            .unwrap_or_else(|| lower.clone())
            .parse::<DistFilename>()
        else {
            return Self::Other(lower);
        };
        let (name, version) = (parsed.name().clone(), parsed.version().clone());
        match parsed.kind() {
            DistKind::Wheel(tags) => Self::Wheel {
                name,
                version,
                build: tags
                    .build()
                    .map(|build| build.to_string().to_lowercase())
                    .unwrap_or_default(),
                tags: [
                    tags.pythons().map(str::to_owned).collect(),
                    tags.abis().map(str::to_owned).collect(),
                    tags.platforms().map(str::to_owned).collect(),
                ],
            },
            DistKind::Sdist => Self::Sdist {
                name,
                version,
                ending: ending(&lower).to_owned(),
            },
        }
    }
}

/// The length of the longest ending of a distribution, `.tar.gz`.
const ENDING: usize = 7;

/// The ending of an sdist; `.tgz` is short for `.tar.gz`.
fn ending(lower: &str) -> &'static str {
    if lower.ends_with(".zip") {
        ".zip"
    } else {
        ".tar.gz"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_file() {
        for (one, other) in [
            ("KN-1.0-py3-none-any.whl", "kn-1.0-py3-none-any.whl"),
            ("kn-1.0.0-py3-none-any.whl", "kn-1.0-py3-none-any.whl"),
            ("kn-1.0-py3-none-any.WHL", "kn-1.0-py3-none-any.whl"),
            ("k_n-1.0-py3-none-any.whl", "k.n-1.0-py3-none-any.whl"),
            ("kn-1.0-py2.py3-none-any.whl", "kn-1.0-py3.py2-none-any.whl"),
            ("kn-1.0-01-py3-none-any.whl", "kn-1.0-1-py3-none-any.whl"),
            ("kn-1.0-1A-py3-none-any.whl", "kn-1.0-1a-py3-none-any.whl"),
            ("kn-1.0rc1-py3-none-any.whl", "kn-1.0.RC.1-py3-none-any.whl"),
            ("k.n-1.0.tar.gz", "K-N-1.0.0.tar.gz"),
            ("kn-1.0.tgz", "kn-1.0.tar.gz"),
            ("kn-1.0.ZIP", "kn-1.0.zip"),
            ("Odd", "odd"),
        ] {
            assert_eq!(FileKey::of(one), FileKey::of(other), "{one} {other}");
        }
    }

    #[test]
    fn other_projects_versions_builds_and_tags_are_other_files() {
        let wheel = FileKey::of("kn-1.0-py3-none-any.whl");
        for other in [
            "kn2-1.0-py3-none-any.whl",
            "kn-1.0.1-py3-none-any.whl",
            "kn-1.0.post1-py3-none-any.whl",
            "kn-1.0+local-py3-none-any.whl",
            "kn-1.0-1-py3-none-any.whl",
            "kn-1.0-py2-none-any.whl",
            "kn-1.0-py3-none-win_amd64.whl",
            "kn-1.0.tar.gz",
            "",
            "é",
        ] {
            assert_ne!(wheel, FileKey::of(other), "{other}");
        }
        assert_ne!(FileKey::of("kn-1.0.tar.gz"), FileKey::of("kn-1.0.zip"));
        assert_ne!(
            FileKey::of("kn-1.0-1-py3-none-any.whl"),
            FileKey::of("kn-1.0-1a-py3-none-any.whl")
        );
    }
}
