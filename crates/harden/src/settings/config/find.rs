//! Finds the configuration, from the current folder upwards.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::report::Error;

/// The name of a file that contains only configuration.
pub const OWN: &str = "harden.toml";

/// The name of a file that may contain a table of configuration.
pub const PROJECT: &str = "pyproject.toml";

/// A configuration that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// The folder it is in.
    pub folder: PathBuf,
    /// [`OWN`] or [`PROJECT`].
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// The first configuration in `start` and the folders above it, up to the root of the repository
/// that `start` is in; in none, `start` alone, for a folder above it may be anybody's.
pub fn find(start: &Path) -> Result<Option<ConfigFile>, Error> {
    let is_root = |folder: &&Path| folder.join(".git").exists() || folder.join(".hg").exists();
    let root = start.ancestors().find(is_root).unwrap_or(start);
    for folder in start.ancestors() {
        if let Some(found) = in_folder(folder)? {
            return Ok(Some(found));
        }
        if folder == root {
            break;
        }
    }
    Ok(None)
}

/// The configuration of one folder.
pub fn in_folder(folder: &Path) -> Result<Option<ConfigFile>, Error> {
    for name in [OWN, PROJECT] {
        if let Some(text) = text(&folder.join(name))?
            && (name == OWN || has_table(&text))
        {
            let folder = folder.to_owned();
            return Ok(Some(ConfigFile { folder, name, text }));
        }
    }
    Ok(None)
}

fn text(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::read(path.to_owned(), source)),
    }
}

/// Whether a `pyproject.toml` has `[tool.harden]`. For invalid TOML, whether it mentions the table.
fn has_table(text: &str) -> bool {
    let Ok(root) = DeTable::parse(text) else {
        return text.contains("[tool.harden") || text.contains("[[tool.harden");
    };
    let tool = root.get_ref().get("tool");
    let tool = tool.and_then(|tool| tool.get_ref().as_table());
    tool.is_some_and(|tool| tool.contains_key("harden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_configuration_counts_up_to_the_root_of_the_repository() {
        let temporary = tempfile::tempdir().unwrap();
        let outside = temporary.path();
        let root = outside.join("repository");
        let inner = root.join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let found = || {
            find(&inner)
                .unwrap()
                .map(|found| (found.folder, found.name))
        };
        fs::write(outside.join(OWN), "").unwrap();
        assert_eq!(found(), None);
        fs::create_dir(root.join(".git")).unwrap();
        assert_eq!(found(), None);
        fs::write(root.join(OWN), "").unwrap();
        assert_eq!(found(), Some((root.clone(), OWN)));
        fs::write(root.join("a").join(PROJECT), "[project]\nname = 'a'").unwrap();
        assert_eq!(found(), Some((root.clone(), OWN)));
        fs::write(root.join("a").join(PROJECT), "[tool.harden]").unwrap();
        assert_eq!(found(), Some((root.join("a"), PROJECT)));
        fs::write(root.join("a").join(OWN), "").unwrap();
        assert_eq!(found(), Some((root.join("a"), OWN)));
    }
}
