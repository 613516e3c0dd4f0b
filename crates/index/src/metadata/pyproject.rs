//! The core metadata that a `pyproject.toml` fixes before any build (PEP 621).
//!
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-project-metadata-the-project-table>

use std::collections::BTreeMap;

use harden_packaging::{CoreMetadata, DistFile, LicenceFields, PackageName};
use serde::Deserialize;

/// The fields that a resolution uses.
const DECISIVE: [&str; 3] = ["dependencies", "optional-dependencies", "requires-python"];

#[derive(Deserialize)]
struct Document {
    project: Option<Project>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    name: String,
    version: Option<String>,
    requires_python: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    dynamic: Vec<String>,
}

/// Reads the metadata of the sdist `file` from its `pyproject.toml`; the error ends a sentence that
/// begins with that.
pub(crate) fn read(text: &[u8], file: &DistFile) -> Result<CoreMetadata, String> {
    let text = std::str::from_utf8(text).map_err(|_| "is not UTF-8".to_owned())?;
    let document: Document = toml::from_str(text)
        .map_err(|error| format!("cannot be read: {}", error.message().replace('\n', " ")))?;
    let project = document.project.ok_or("has no [project]")?;
    let mut dynamic = project.dynamic.iter();
    if let Some(field) = dynamic.find(|field| DECISIVE.contains(&field.as_str())) {
        return Err(format!("calls {field} dynamic"));
    }
    let is_of_file = project.name.parse::<PackageName>().ok().as_ref() == Some(&file.project)
        && project.version.as_ref().is_none_or(|version| {
            version
                .parse()
                .is_ok_and(|version: pep440_rs::Version| version == file.version)
        });
    if !is_of_file {
        let version = project.version.unwrap_or_default();
        return Err(format!("is that of {} {version}", project.name));
    }
    let of_extras = project.optional_dependencies.iter();
    let of_extras = of_extras.flat_map(|(extra, requirements)| {
        let under = |requirement: &String| under_extra(requirement, extra);
        requirements.iter().map(under)
    });
    Ok(CoreMetadata {
        name: file.project.clone(),
        version: file.version.clone(),
        requires_dist: project
            .dependencies
            .iter()
            .cloned()
            .chain(of_extras)
            .map(Into::into)
            .collect(),
        requires_python: project.requires_python.map(Into::into),
        provides_extra: project
            .optional_dependencies
            .keys()
            .filter_map(|extra| extra.parse().ok())
            .collect(),
        // What the file would have, were it built by a backend that knows what is final.
        metadata_version: "2.2".into(),
        dynamic: Vec::new(),
        licence: LicenceFields::default(),
    })
}

/// The requirement as it stands in built metadata: under its extra.
fn under_extra(requirement: &str, extra: &str) -> String {
    // In a URL a `;` begins the marker only behind a space.
    let separator = if requirement.contains("://") {
        " ;"
    } else {
        ";"
    };
    match requirement.split_once(separator) {
        Some((requirement, marker)) => format!(
            "{} ; ({}) and extra == '{extra}'",
            requirement.trim_end(),
            marker.trim()
        ),
        None => format!("{} ; extra == '{extra}'", requirement.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use harden_packaging::DistKind;

    use super::*;

    fn read(text: &str) -> Result<CoreMetadata, String> {
        let file = DistFile::new(
            ("a-b".parse().unwrap(), "1.0".parse().unwrap()),
            "a_b-1.0.tar.gz",
            DistKind::Sdist,
            "https://files.test/a_b-1.0.tar.gz",
        );
        super::read(text.as_bytes(), &file)
    }

    #[test]
    fn what_the_project_table_fixes_is_read() {
        let metadata = read(
            r#"
            [build-system]
            requires = ["setuptools"]
            [project]
            name = "A.b"
            dynamic = ["version", "readme"]
            requires-python = ">=3.8"
            dependencies = ["c>=1; python_version < '3.11'"]
            [project.optional-dependencies]
            fast = ["d", "e; os_name == 'nt' or os_name == 'posix'", "f @ https://files.test/f;1.whl ; os_name == 'nt'"]
            "#,
        );
        let metadata = metadata.unwrap();
        let required: Vec<&str> = metadata.requires_dist.iter().map(AsRef::as_ref).collect();
        assert_eq!(
            required,
            [
                "c>=1; python_version < '3.11'",
                "d ; extra == 'fast'",
                "e ; (os_name == 'nt' or os_name == 'posix') and extra == 'fast'",
                "f @ https://files.test/f;1.whl ; (os_name == 'nt') and extra == 'fast'",
            ]
        );
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.8"));
        assert_eq!(metadata.provides_extra, ["fast".parse().unwrap()]);
    }

    #[test]
    fn what_leaves_something_open_is_of_no_use() {
        for (text, why) in [
            ("", "has no [project]"),
            ("[tool.poetry]\nname = 'a'", "has no [project]"),
            (
                "[project]\nname = 'a-b'\ndynamic = ['dependencies']",
                "calls dependencies dynamic",
            ),
            ("[project]\nname = 'c'\nversion = '1.0'", "is that of c 1.0"),
            (
                "[project]\nname = 'a-b'\nversion = '2.0'",
                "is that of a-b 2.0",
            ),
            (
                "[project]\nname = 1",
                "cannot be read: invalid type: integer `1`, expected a string",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), why);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = read(&text);
        }
    }
}
