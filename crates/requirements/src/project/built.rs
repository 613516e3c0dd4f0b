//! The metadata of a project that was built: the fields that decide its dependencies.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>

use harden_packaging::{ExtraName, PackageName};
use pep440_rs::Version;

use super::closure::{Dependency, closure};
use crate::marker::{Partial, normal_name};
use crate::requirement::Requirement;
use crate::specifiers::Specifiers;

/// What the metadata of a built project says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltMetadata {
    /// Its name.
    pub name: PackageName,
    /// Its version, if it is valid.
    pub version: Option<Version>,
    /// The versions of Python that it admits, if it says so.
    pub requires_python: Option<Specifiers>,
    requires: Vec<Requirement>,
    extras: Vec<String>,
}

impl BuiltMetadata {
    /// Reads the text of `METADATA`.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let fields = fields(text);
        let values = |key: &str| {
            let fields = fields.iter();
            let of_key = fields.filter(move |(name, _)| name.eq_ignore_ascii_case(key));
            of_key.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        let name = values("Name").first().copied().unwrap_or_default().parse();
        let name = name.map_err(|error| format!("its name is not valid: {error}"))?;
        let python = values("Requires-Python").first().map(|python| {
            let parsed = python.parse();
            parsed.map_err(|error| format!("its Requires-Python `{python}` is not valid: {error}"))
        });
        let requires = values("Requires-Dist").into_iter().map(|text| {
            let parsed = text.parse();
            parsed.map_err(|error| format!("it requires `{text}`, which is not valid: {error}"))
        });
        let extras = values("Provides-Extra").into_iter().map(normal_name);
        Ok(Self {
            name,
            version: values("Version")
                .first()
                .and_then(|version| version.parse().ok()),
            requires_python: python.transpose()?,
            requires: requires.collect::<Result<_, _>>()?,
            extras: extras.collect(),
        })
    }

    /// What it requires with these extras, and where.
    ///
    /// # Errors
    ///
    /// Returns a reason for an extra that it does not have.
    pub fn requires(&self, extras: &[ExtraName]) -> Result<Vec<Requirement>, String> {
        let of = |extra: Option<&ExtraName>| match extra {
            Some(extra) if !self.extras.contains(&extra.as_str().to_owned()) => None,
            extra => Some(self.of(extra)),
        };
        let found = closure(Some(&self.name), extras, &self.extras, of)?;
        let mut requires: Vec<Requirement> = Vec::new();
        for found in found {
            if !requires.contains(&found.requirement) {
                requires.push(found.requirement);
            }
        }
        Ok(requires)
    }

    /// What it requires always, or what one extra adds.
    fn of(&self, extra: Option<&ExtraName>) -> Vec<Dependency> {
        let about = |requirement: &&Requirement| {
            let marker = requirement.marker.as_ref();
            extra.is_none() || marker.is_some_and(crate::Marker::mentions_extra)
        };
        let requires = self.requires.iter().filter(about);
        let requires = requires.filter_map(|requirement| {
            let mut requirement = requirement.clone();
            if let Some(marker) = requirement.marker.take() {
                match marker.with_extra(extra.map_or("", ExtraName::as_str)) {
                    Partial::Never => return None,
                    Partial::Always => {}
                    Partial::Where(marker) => requirement.marker = Some(marker),
                }
            }
            Some(Dependency {
                requirement,
                line: 0,
            })
        });
        requires.collect()
    }
}

/// The fields of the header, each with its value in one line.
fn fields(text: &str) -> Vec<(&str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        match (line.split_once(':'), fields.last_mut()) {
            (_, Some((_, value))) if line.starts_with([' ', '\t']) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some((name, value)), _) => fields.push((name, value.trim().to_owned())),
            (None, _) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Metadata-Version: 2.1\nName: Shop\nVersion: 1.0\nRequires-Python: >=3.8\n\
                        Requires-Dist: lib<2\nRequires-Dist: win; os_name == 'nt'\n\
                        Provides-Extra: dev\nRequires-Dist: tool; extra == 'dev'\n\
                        Requires-Dist: shop[docs]; extra == 'dev' and python_version > '3'\n\
                        Provides-Extra: docs\nRequires-Dist: sphinx; extra == 'docs'\n\nName: no";

    fn shown(extras: &[&str]) -> Result<String, String> {
        let extras: Vec<ExtraName> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
        let metadata = BuiltMetadata::read(TEXT).unwrap();
        let requires = metadata.requires(&extras)?;
        let requires = requires.iter().map(ToString::to_string);
        Ok(requires.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn extras_are_decided_and_environments_are_not() {
        assert_eq!(shown(&[]).unwrap(), "lib<2, win; os_name == \"nt\"");
        assert_eq!(
            shown(&["dev"]).unwrap(),
            "lib<2, win; os_name == \"nt\", tool, sphinx; python_version > \"3\""
        );
        let error = shown(&["x"]).unwrap_err();
        assert_eq!(error, "the project has no extra `x`; known: `dev`, `docs`");
    }

    #[test]
    fn what_is_not_valid_is_said() {
        for (text, said) in [
            ("Version: 1", "its name is not valid"),
            ("Name: a\nRequires-Dist: b=1", "it requires `b=1`"),
            ("Name: a\nRequires-Python: x", "its Requires-Python `x`"),
        ] {
            let error = BuiltMetadata::read(text).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
