//! `[build-system]` of a `pyproject.toml`: the build requirements and the backend of an sdist.
//!
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table>;
//! without one, setuptools builds (PEP 517, “source trees”).

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use harden_requirements::Requirement;
use toml::{Table, Value};

/// What builds where nothing is said.
const LEGACY_BACKEND: &str = "setuptools.build_meta:__legacy__";
const LEGACY_REQUIREMENT: &str = "setuptools>=40.8.0";

/// What an sdist says of its building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuildSystem {
    pub(super) requires: Vec<Requirement>,
    /// The backend, `MODULE` or `MODULE:OBJECT`.
    pub(super) backend: String,
    /// The folders of the sdist in which the backend is, relative to its root.
    pub(super) backend_path: Vec<String>,
}

impl BuildSystem {
    /// Reads that of the sdist in `root`; what is wrong with it, else.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let text = match fs::read_to_string(root.join("pyproject.toml")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if root.join("setup.py").exists() {
                    Self::parse("")
                } else {
                    Err("it has neither pyproject.toml nor setup.py".to_owned())
                };
            }
            Err(error) => return Err(format!("its pyproject.toml cannot be read: {error}")),
        };
        let system = Self::parse(&text)?;
        for folder in &system.backend_path {
            if !is_inside(root, folder) {
                return Err(format!(
                    "`backend-path` names `{folder}`, which is not a folder in it"
                ));
            }
        }
        Ok(system)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let root: Table = text.parse().map_err(|error: toml::de::Error| {
            format!("its pyproject.toml is invalid TOML: {}", error.message())
        })?;
        let Some(table) = root.get("build-system") else {
            return Ok(Self {
                requires: vec![requirement(LEGACY_REQUIREMENT)?],
                backend: LEGACY_BACKEND.to_owned(),
                backend_path: Vec::new(),
            });
        };
        let table = table.as_table().ok_or("`build-system` is not a table")?;
        let requires = table
            .get("requires")
            .ok_or("`build-system` has no `requires`")?;
        let requires = strings(requires, "requires")?;
        let backend = match table.get("build-backend") {
            None => None,
            Some(Value::String(backend)) if is_object(backend) => Some(backend.clone()),
            Some(other) => {
                return Err(format!(
                    "`build-backend` is {other}, which is not the name of a backend"
                ));
            }
        };
        let backend_path = match table.get("backend-path") {
            None => Vec::new(),
            Some(_) if backend.is_none() => {
                return Err("it has `backend-path` without `build-backend`".to_owned());
            }
            Some(folders) => strings(folders, "backend-path")?,
        };
        Ok(Self {
            requires: requires
                .iter()
                .map(|text| requirement(text))
                .collect::<Result<_, _>>()?,
            backend: backend.unwrap_or_else(|| LEGACY_BACKEND.to_owned()),
            backend_path,
        })
    }
}

/// A requirement of a build, or what is wrong with it.
pub(super) fn requirement(text: &str) -> Result<Requirement, String> {
    text.parse()
        .map_err(|error| format!("a build requirement cannot be read: {error}"))
}

fn strings(value: &Value, key: &str) -> Result<Vec<String>, String> {
    let strings = value.as_array().and_then(|list| {
        let strings = list.iter().map(|item| item.as_str().map(str::to_owned));
        strings.collect()
    });
    strings.ok_or_else(|| format!("`{key}` of `build-system` is not a list of strings"))
}

fn is_object(backend: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || "_.".contains(c);
    let mut parts = backend.split(':');
    backend.matches(':').count() < 2
        && parts.all(|part| !part.is_empty() && part.chars().all(is_of_name))
}

/// Whether `folder` is one within `root`, links followed.
fn is_inside(root: &Path, folder: &str) -> bool {
    let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let real = |path: PathBuf| fs::canonicalize(path).ok();
    Path::new(folder).components().all(is_plain)
        && match (real(root.to_owned()), real(root.join(folder))) {
            (Some(root), Some(folder)) => folder.is_dir() && folder.starts_with(root),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requires(system: &BuildSystem) -> Vec<String> {
        system.requires.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn setuptools_builds_what_says_nothing() {
        for text in ["", "[project]\nname = \"a\""] {
            let system = BuildSystem::parse(text).unwrap();
            assert_eq!(requires(&system), ["setuptools>=40.8.0"]);
            assert_eq!(system.backend, LEGACY_BACKEND);
        }
        let system = BuildSystem::parse("[build-system]\nrequires = [\"setuptools\"]").unwrap();
        assert_eq!(requires(&system), ["setuptools"]);
        assert_eq!(system.backend, LEGACY_BACKEND);
    }

    #[test]
    fn what_it_says_is_read() {
        let text = "[build-system]\nrequires = []\nbuild-backend = \"own.backend:hooks\"\n\
                    backend-path = [\".\"]";
        let system = BuildSystem::parse(text).unwrap();
        assert_eq!(system.backend, "own.backend:hooks");
        assert_eq!(system.backend_path, ["."]);
    }

    #[test]
    fn faults_are_reported() {
        for (text, said) in [
            ("[build-system", "invalid TOML"),
            ("build-system = 1", "not a table"),
            ("[build-system]", "no `requires`"),
            ("[build-system]\nrequires = [1]", "not a list of strings"),
            ("[build-system]\nrequires = [\"a b\"]", "cannot be read"),
            (
                "[build-system]\nrequires = []\nbuild-backend = \"a b\"",
                "not the name of a backend",
            ),
            (
                "[build-system]\nrequires = []\nbackend-path = []",
                "without `build-backend`",
            ),
        ] {
            let error = BuildSystem::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn the_backend_is_in_the_sdist_or_its_requirements() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        let root = folder.path().join("a");
        assert!(is_inside(&root, ".") && is_inside(&root, "b"));
        for other in ["..", "b/..", "c", "/"] {
            assert!(!is_inside(&root, other), "{other}");
        }
    }
}
