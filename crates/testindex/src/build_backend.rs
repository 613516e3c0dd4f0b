//! The members that make an sdist buildable: a `pyproject.toml` and the backend `backend.py`.
//!
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table>

use crate::File;

/// How an sdist of a universe is built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backend {
    /// The tags of the built wheel; `None` if the sdist declares no build system.
    pub tags: Option<String>,
    /// The project of the wheel, if it is not that of the sdist.
    pub name: Option<String>,
    /// The build requirements in `pyproject.toml`.
    pub requires: Vec<String>,
    /// The further build requirements that the backend returns.
    pub needs: Vec<String>,
    /// The requirements of the wheel.
    pub built_requires: Vec<String>,
}

const BACKEND: &str = include_str!("backend.py");

/// The members of an sdist that define its build, with paths relative to its folder.
pub(crate) fn members(file: &File) -> Vec<(String, String)> {
    let backend = &file.settings.backend;
    let Some(tags) = &backend.tags else {
        return Vec::new();
    };
    let project = format!(
        "[build-system]\nrequires = {:?}\nbuild-backend = \"tiny\"\nbackend-path = [\"backend\"]\n",
        backend.requires
    );
    let own = file.project.as_str();
    let name = backend.name.as_deref().unwrap_or(own).replace('-', "_");
    let settings = format!(
        "{{\"tags\": {tags:?}, \"name\": {name:?}, \"version\": {:?}, \"needs\": {:?}, \"requires\": {:?}}}\n",
        file.version, backend.needs, backend.built_requires
    );
    vec![
        ("pyproject.toml".to_owned(), project),
        ("backend/tiny.py".to_owned(), BACKEND.to_owned()),
        ("backend/settings.json".to_owned(), settings),
    ]
}
