//! Dependencies that a `pyproject.toml` leaves to its backend, where the backend reads them from files
//! that the `pyproject.toml` names. No build is needed to know these.
//!
//! - `[tool.setuptools.dynamic]`:
//!   <https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata>
//! - `[tool.hatch.metadata.hooks.requirements_txt]`: <https://github.com/repo-helper/hatch-requirements-txt>

use std::path::{Component, Path};

use harden_packaging::ExtraName;
use toml::de::{DeTable, DeValue};

use crate::marker::normal_name;

/// The requirements files that a `pyproject.toml` names for its dynamic dependencies and those of
/// `extras`, relative to its folder; empty if these are not dynamic, or not in files.
pub fn dependency_files(text: &str, extras: &[ExtraName]) -> Vec<String> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let root = root.get_ref();
    let mut files = if is_dynamic(root, "dependencies") {
        of_dependencies(root).unwrap_or_default()
    } else {
        Vec::new()
    };
    let of_extras = extras.iter().filter_map(|extra| of_extra(root, extra));
    files.extend(of_extras.flatten());
    files
}

/// Whether `[project]` declares a field as dynamic.
pub(super) fn is_dynamic(root: &DeTable<'_>, field: &str) -> bool {
    let dynamic = root
        .get("project")
        .and_then(|project| project.get_ref().as_table()?.get("dynamic"));
    let fields = dynamic.and_then(|dynamic| dynamic.get_ref().as_array());
    fields.is_some_and(|fields| {
        fields
            .iter()
            .any(|item| item.get_ref().as_str() == Some(field))
    })
}

/// The files of the dependencies.
pub(super) fn of_dependencies(root: &DeTable<'_>) -> Option<Vec<String>> {
    let setuptools = table(root, &["tool", "setuptools", "dynamic", "dependencies"]);
    let setuptools = setuptools.and_then(|table| files(table.get("file")?.get_ref()));
    setuptools.or_else(|| files(hatch(root)?.get("files")?.get_ref()))
}

/// The files of an extra, if the extras are dynamic.
pub(super) fn of_extra(root: &DeTable<'_>, extra: &ExtraName) -> Option<Vec<String>> {
    if !is_dynamic(root, "optional-dependencies") {
        return None;
    }
    let named = |table: &'_ DeTable<'_>| {
        let mut keys = table.iter();
        let (_, item) = keys.find(|(key, _)| normal_name(key.get_ref()) == extra.as_str())?;
        let item = item.get_ref();
        match item.as_table() {
            Some(table) => files(table.get("file")?.get_ref()),
            None => files(item),
        }
    };
    let setuptools = table(
        root,
        &["tool", "setuptools", "dynamic", "optional-dependencies"],
    );
    setuptools
        .and_then(named)
        .or_else(|| named(table(hatch(root)?, &["optional-dependencies"])?))
}

fn hatch<'t>(root: &'t DeTable<'t>) -> Option<&'t DeTable<'t>> {
    table(
        root,
        &["tool", "hatch", "metadata", "hooks", "requirements_txt"],
    )
}

pub(super) fn table<'t>(root: &'t DeTable<'t>, path: &[&str]) -> Option<&'t DeTable<'t>> {
    let mut table = root;
    for key in path {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    Some(table)
}

/// A path or a list of them, all within the folder.
fn files(value: &DeValue<'_>) -> Option<Vec<String>> {
    let files: Vec<String> = match value {
        DeValue::String(file) => vec![file.to_string()],
        DeValue::Array(files) => {
            let files = files
                .iter()
                .map(|file| file.get_ref().as_str().map(str::to_owned));
            files.collect::<Option<_>>()?
        }
        _ => return None,
    };
    files.iter().all(is_inside).then_some(files)
}

/// Whether a path stays within the folder that it is relative to.
pub(super) fn is_inside(file: &String) -> bool {
    let mut parts = Path::new(file).components();
    parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(project: &str, tool: &str, extra: &str) -> Vec<String> {
        let extras: Vec<ExtraName> = extra.parse().into_iter().collect();
        dependency_files(
            &format!("[project]\nname = 'a'\n{project}\n{tool}"),
            &extras,
        )
    }

    #[test]
    fn the_files_of_a_backend_are_found() {
        let setuptools = "[tool.setuptools.dynamic]\ndependencies = {file = ['a.txt', 'b/c.txt']}\n\
                          optional-dependencies.My_Test = {file = 'test.txt'}";
        let dynamic = "dynamic = ['dependencies', 'optional-dependencies']";
        assert_eq!(
            of(dynamic, setuptools, "my-test"),
            ["a.txt", "b/c.txt", "test.txt"]
        );
        assert_eq!(
            of("dynamic = ['dependencies']", setuptools, "my-test"),
            ["a.txt", "b/c.txt"]
        );
        assert_eq!(of("", setuptools, "my-test"), [""; 0]);
        let hatch = "[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ['a.txt']\n\
                     optional-dependencies.my-test = ['test.txt']";
        assert_eq!(of(dynamic, hatch, "my-test"), ["a.txt", "test.txt"]);
    }

    #[test]
    fn files_elsewhere_are_not_read() {
        for file in ["../a.txt", "/a.txt", "b/../../a.txt"] {
            let tool = format!("[tool.setuptools.dynamic]\ndependencies = {{file = '{file}'}}");
            assert_eq!(
                of("dynamic = ['dependencies']", &tool, ""),
                [""; 0],
                "{file}"
            );
        }
    }
}
