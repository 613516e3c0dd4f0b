//! What makes an sdist one that can be built: a `pyproject.toml`, and the backend of `backend.py`.
//!
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table>

use crate::File;

/// What a universe says of the building of an sdist.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backend {
    /// The tags of the wheel it makes; `None`: the sdist does not say how it is built.
    pub tags: Option<String>,
    /// Another project that the wheel is of.
    pub name: Option<String>,
    /// What the sdist says that it needs.
    pub requires: Vec<String>,
    /// What the backend says that it needs besides.
    pub needs: Vec<String>,
    /// What the wheel requires.
    pub built_requires: Vec<String>,
}

const BACKEND: &str = include_str!("backend.py");

/// The members of an sdist that say how it is built, relative to its folder.
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
