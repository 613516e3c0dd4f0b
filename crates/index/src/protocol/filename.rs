//! The name of a file: whether it is a distribution of a project, its version, and its wheel tags.
//!
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name>
//! for new sdists; older ones hold `-` and anything else in their names, so that the project's own
//! name is necessary to find where the version starts.

use harden_packaging::{DistKind, PackageName};
use harden_target::WheelParts;
use pep440_rs::Version;

/// The endings of sdists; the last three are no longer allowed, but indexes still list them.
const SDIST_ENDINGS: [&str; 5] = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"];

/// The longest name of a file, in bytes, that common file systems take.
const LONGEST: usize = 255;

/// Reads the names of a project's files. Neighbours on a page are mostly of one version, which is
/// then parsed once.
#[derive(Default)]
pub(crate) struct FilenameReader {
    last: Option<(String, Version)>,
    /// The version that was last ignored for a number that is too large.
    large: Option<String>,
}

impl FilenameReader {
    /// Reads `filename`; `None` if it is not a distribution of `project`.
    pub(crate) fn read(
        &mut self,
        project: &PackageName,
        filename: &str,
    ) -> Option<(Version, DistKind)> {
        match self.look(project, filename)? {
            (version, Some(wheel)) => Some((version, DistKind::Wheel(wheel.tags()?))),
            (version, None) => Some((version, DistKind::Sdist)),
        }
    }

    /// The version in `filename`; `None` if it is not a distribution of `project`.
    pub(crate) fn read_version(
        &mut self,
        project: &PackageName,
        filename: &str,
    ) -> Option<Version> {
        let (version, wheel) = self.look(project, filename)?;
        wheel
            .is_none_or(|wheel| wheel.has_tags())
            .then_some(version)
    }

    fn look<'f>(
        &mut self,
        project: &PackageName,
        filename: &'f str,
    ) -> Option<(Version, Option<WheelParts<'f>>)> {
        if !begins_with_name(project, filename) || !is_plain(filename) {
            return None;
        }
        if filename.strip_suffix(".whl").is_some() {
            let wheel = WheelParts::of(filename)?;
            if wheel.name.contains("__") || !is_spelling_of(project, wheel.name) {
                return None;
            }
            return Some((self.version(wheel.version)?, Some(wheel)));
        }
        let stem = SDIST_ENDINGS
            .iter()
            .find_map(|ending| filename.strip_suffix(ending))?;
        let version = self.version(after_name(project, stem)?)?;
        Some((version, None))
    }

    /// Says so, once, where a version cannot be read because one of its numbers is too large.
    fn note_large(&mut self, text: &str) {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let is_large = numbers.any(|number| !number.is_empty() && number.parse::<u64>().is_err());
        if is_large && self.large.as_deref() != Some(text) {
            tracing::warn!(
                "version {text} is passed over: one of its numbers is larger than 64 bits hold"
            );
            self.large = Some(text.to_owned());
        }
    }

    fn version(&mut self, text: &str) -> Option<Version> {
        if let Some((known, version)) = &self.last
            && known == text
        {
            return Some(version.clone());
        }
        if let Ok(version) = text.parse::<Version>() {
            self.last = Some((text.to_owned(), version.clone()));
            Some(version)
        } else {
            self.note_large(text);
            None
        }
    }
}

/// A cheap look before any work: every file of a page of links passes here for every project.
fn begins_with_name(project: &PackageName, filename: &str) -> bool {
    let first = project.as_str().bytes().next();
    filename
        .bytes()
        .next()
        .map(|byte| byte.to_ascii_lowercase())
        == first
}

/// The rest of `stem` after the project's name, however it is spelt, and a `-`.
fn after_name<'s>(project: &PackageName, stem: &'s str) -> Option<&'s str> {
    stem.match_indices('-')
        .find(|(dash, _)| is_spelling_of(project, &stem[..*dash]))
        .map(|(dash, _)| &stem[dash + 1..])
}

/// Whether `text`, normalised, is the project's name.
fn is_spelling_of(project: &PackageName, text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    let mut name = project.as_str().bytes();
    while let Some(byte) = bytes.next() {
        let normal = if is_separator(byte) {
            while bytes.next_if(|byte| is_separator(*byte)).is_some() {}
            b'-'
        } else {
            byte.to_ascii_lowercase()
        };
        if name.next() != Some(normal) {
            return false;
        }
    }
    name.next().is_none()
}

/// Whether every file system takes the name for one file in the folder it is joined to, and every
/// terminal shows it as it is.
fn is_plain(filename: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+!".contains(&byte);
    filename.len() <= LONGEST && filename.bytes().all(is_safe)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(project: &str, filename: &str) -> Option<String> {
        let (version, _) = FilenameReader::default().read(&project.parse().unwrap(), filename)?;
        Some(version.to_string())
    }

    #[test]
    fn the_name_of_a_file_has_at_most_255_bytes() {
        let named = |length: usize| {
            let ending = "-1.0.tar.gz";
            let name = "a".repeat(length - ending.len());
            FilenameReader::default().read_version(&name.parse().unwrap(), &(name.clone() + ending))
        };
        assert!(named(255).is_some());
        assert!(named(256).is_none());
    }

    #[test]
    fn sdists_bear_the_name_in_any_spelling() {
        for filename in [
            "zope.interface-5.0.tar.gz",
            "zope_interface-5.0.tar.gz",
            "Zope-Interface-5.0.zip",
            "zope--interface-5.0.tgz",
            "zope-interface-5.0.tar.bz2",
        ] {
            assert_eq!(
                version("zope-interface", filename).as_deref(),
                Some("5.0"),
                "{filename}"
            );
        }
    }

    #[test]
    fn a_dash_in_the_version_of_an_sdist_is_a_post_release() {
        assert_eq!(version("a", "a-1.0-1.tar.gz").as_deref(), Some("1.0.post1"));
    }

    #[test]
    fn wheels_must_bear_the_whole_name() {
        assert_eq!(
            version("a", "a-1.0-py3-none-any.whl").as_deref(),
            Some("1.0")
        );
        assert_eq!(version("a", "a_b-1.0-py3-none-any.whl"), None);
        assert_eq!(
            version("a-b", "A.B-1.0-py3-none-any.whl").as_deref(),
            Some("1.0")
        );
    }

    #[test]
    fn files_that_are_not_distributions_of_the_project_are_ignored() {
        for filename in [
            "",
            "a",
            "a-1.0.egg",
            "a-1.0-py2.7.egg",
            "a-1.0.exe",
            "a-1.0.win32.zip",
            "a-1.0.linux-x86_64.tar.gz",
            "a-nonsense.tar.gz",
            "ab-1.0.tar.gz",
            "b-1.0.tar.gz",
            "a-1.0.whl",
            "a-1.0.tar.gz.asc",
            "a-1.0-py3-none-../../any.whl",
            "a-1.0-py3-none-..\\any.whl",
            "a-1.0-py3-none-x y.whl",
            "a-1.0-py3-none-\n.whl",
            "a-1.0-py3-none-\u{202e}.whl",
            &format!("a-1.0-{}py3-none-any.whl", "py3.".repeat(75)),
        ] {
            assert_eq!(version("a", filename), None, "{filename}");
        }
    }
}
