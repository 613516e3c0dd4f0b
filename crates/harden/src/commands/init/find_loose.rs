//! Finding what a folder requires.

use std::fs;
use std::path::Path;

use toml::de::DeTable;

use crate::report::Error;

/// What is looked for, for a message.
pub const LOOKED_FOR: [&str; 4] = [
    "loose.txt",
    "requirements.in",
    "requirements.txt",
    "pyproject.toml with dependencies",
];

/// Loose requirements, and the strict file to make of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Loose {
    /// What they stand in.
    pub file: String,
    /// The strict file's name.
    pub strict: String,
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
        let files = names.iter().filter(is_loose);
        let mut all: Vec<Self> = Vec::new();
        for file in files {
            let strict = strict(file);
            let is_taken = all.iter().any(|known| known.strict == strict);
            all.push(Self {
                file: file.clone(),
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
        let names = found
            .iter()
            .map(|loose| format!("{} → {}", loose.file, loose.strict));
        names.collect()
    }

    #[test]
    fn requirements_are_what_people_wrote_and_not_what_a_tool_made_of_them() {
        let made = "a==1 \\\n    --hash=sha256:00\n";
        assert_eq!(found(&[("readme.txt", ""), ("setup.py", "")]), [""; 0]);
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
