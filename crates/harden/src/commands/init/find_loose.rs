//! Finding what a folder requires.

use std::fs;
use std::path::Path;

use harden_requirements::Declared;
use toml::de::DeTable;

use crate::report::Error;
use crate::settings::own_projects::files_of;

/// What is looked for, for a message.
pub const LOOKED_FOR: [&str; 6] = [
    "loose.txt",
    "requirements.in",
    "requirements.txt",
    "pyproject.toml with dependencies",
    "setup.cfg",
    "setup.py",
];

/// Loose requirements, and the strict file to make of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Loose {
    /// What they stand in.
    pub file: String,
    /// The strict file's name.
    pub strict: String,
    /// The build that tells what it requires, if only one does.
    pub build: Option<NeededBuild>,
}

/// A build that tells what a project requires.
#[derive(Debug, PartialEq, Eq)]
pub struct NeededBuild {
    /// What allows it: the project's name, else `:all:`.
    pub name: String,
    /// Why it is needed, as the part of a sentence.
    pub why: String,
}

impl Loose {
    /// Those of a folder, sorted by name.
    pub fn in_folder(folder: &Path) -> Result<Vec<Self>, Error> {
        let failed = |source| Error::read(folder.to_owned(), source);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            names.extend(entry.file_name().into_string());
        }
        names.sort();
        let is_loose = |name: &&String| is_loose(folder, name, &names);
        let mut files: Vec<_> = names
            .iter()
            .filter(is_loose)
            .map(|name| (&**name, None))
            .collect();
        // A project beside requirements.txt usually reads that file.
        let is_main =
            |(file, _): &(&str, _)| ["requirements", "loose", "pyproject"].contains(&stem(file));
        if !files.iter().any(is_main) {
            files.extend(project(folder));
        }
        let mut all: Vec<Self> = Vec::new();
        for (file, build) in files {
            let strict = strict(file);
            let is_taken = all.iter().any(|known| known.strict == strict);
            all.push(Self {
                file: file.to_owned(),
                build,
                strict: if is_taken || names.contains(&strict) && !is_made(folder, &strict) {
                    format!("{}.strict.txt", stem(file))
                } else {
                    strict
                },
            });
        }
        Ok(all)
    }
}

/// The file of the project in a folder, if it says what the project requires, or a build does.
fn project(folder: &Path) -> Option<(&'static str, Option<NeededBuild>)> {
    let files = files_of(folder).ok()?;
    let name = || {
        files
            .name()
            .map_or_else(|| ":all:".to_owned(), |name| name.to_string())
    };
    match files.declared(&[]) {
        Declared::SetupCfg => Some(("setup.cfg", None)),
        Declared::Build(why) => Some((files.main(), Some(NeededBuild { name: name(), why }))),
        Declared::Pyproject | Declared::Nowhere => None,
    }
}

fn is_loose(folder: &Path, name: &str, all: &[String]) -> bool {
    let begins = name.starts_with("requirements") || name.starts_with("loose");
    match name.rsplit_once('.') {
        Some(("pyproject", "toml")) => has_dependencies(folder),
        Some((_, "in")) => begins,
        Some((stem, "txt")) => {
            let is_compiled = all.contains(&format!("{stem}.in")) || is_made(folder, name);
            begins && !is_compiled
        }
        _ => false,
    }
}

/// The name of what is made: pip-compile's custom for `NAME.in`, `strict` for `loose` and for
/// `requirements`.
fn strict(file: &str) -> String {
    let stem = stem(file);
    if Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "in")
    {
        return format!("{stem}.txt");
    }
    let rest = ["requirements", "loose"]
        .iter()
        .find_map(|usual| stem.strip_prefix(usual));
    format!("strict{}.txt", rest.unwrap_or_default())
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Whether a tool made the file: it has hashes.
fn is_made(folder: &Path, name: &str) -> bool {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.contains("--hash=") || text.contains("pip-compile") || text.contains("uv pip compile")
}

fn has_dependencies(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join("pyproject.toml")).unwrap_or_default();
    let Ok(root) = DeTable::parse(&text) else {
        return false;
    };
    let project = root.get_ref().get("project");
    let project = project.and_then(|project| project.get_ref().as_table());
    project.is_some_and(|project| project.contains_key("dependencies"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let found = Loose::in_folder(folder.path()).unwrap();
        let names = found.iter().map(
            |Loose {
                 file,
                 strict,
                 build,
             }| {
                let build = build.iter();
                let build =
                    build.map(|NeededBuild { name, why }| format!(", built by {name}: {why}"));
                format!("{file} → {strict}{}", build.collect::<String>())
            },
        );
        names.collect()
    }

    #[test]
    fn requirements_are_what_people_wrote_and_not_what_a_tool_made_of_them() {
        let made = "a==1 \\\n    --hash=sha256:00\n";
        assert_eq!(found(&[("readme.txt", ""), ("setup.txt", "")]), [""; 0]);
        assert_eq!(
            found(&[("requirements.txt", "a"), ("requirements-dev.txt", "b")]),
            [
                "requirements-dev.txt → strict-dev.txt",
                "requirements.txt → strict.txt"
            ]
        );
        assert_eq!(
            found(&[("requirements.in", "a"), ("requirements.txt", made)]),
            ["requirements.in → requirements.txt"]
        );
        assert_eq!(found(&[("requirements.txt", made)]), [""; 0]);
        assert_eq!(
            found(&[
                ("pyproject.toml", "[project]\ndependencies = []"),
                ("loose.txt", "a")
            ]),
            [
                "loose.txt → strict.txt",
                "pyproject.toml → pyproject.strict.txt"
            ]
        );
        assert_eq!(found(&[("pyproject.toml", "[tool.black]")]), [""; 0]);
    }

    #[test]
    fn a_project_is_found_by_the_file_that_tells_what_it_requires() {
        let cfg = "[metadata]\nname = shop\n[options]\ninstall_requires =\n  lib\n";
        let setup = "from setuptools import setup\nsetup()\n";
        assert_eq!(
            found(&[("setup.cfg", cfg), ("setup.py", setup)]),
            ["setup.cfg → strict.txt"]
        );
        assert_eq!(
            found(&[("setup.py", "setup(name='shop')")]),
            ["setup.py → strict.txt, built by shop: setup.py computes them"]
        );
        assert_eq!(
            found(&[("pyproject.toml", "[tool.poetry]\nname = 'shop'")]),
            ["pyproject.toml → strict.txt, built by shop: Poetry keeps them in `[tool.poetry]`"]
        );
        // Beside requirements that are not for it alone, and not beside its own.
        assert_eq!(
            found(&[("requirements-dev.txt", "a"), ("setup.cfg", cfg)]),
            [
                "requirements-dev.txt → strict-dev.txt",
                "setup.cfg → strict.txt"
            ]
        );
        assert_eq!(
            found(&[("requirements.txt", "a"), ("setup.cfg", cfg)]),
            ["requirements.txt → strict.txt"]
        );
    }

    #[test]
    fn a_file_that_people_wrote_is_not_what_is_made() {
        assert_eq!(
            found(&[("requirements.in", "a"), ("requirements.txt", "b")]),
            ["requirements.in → requirements.strict.txt"]
        );
        assert_eq!(
            found(&[("loose.txt", "a"), ("strict.txt", "my notes")]),
            ["loose.txt → loose.strict.txt"]
        );
    }
}
