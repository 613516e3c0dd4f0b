//! What `--platform` names: a spelling, a preset, a complete-platform file, or `current`.

use std::fs;
use std::path::{Path, PathBuf};

use harden_target::{CompletePlatformError, Target};

use crate::report::{Error, Report, Terminal};
use crate::settings::interpreter;

/// A file that does not describe a complete platform.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a complete platform", path.display())]
pub struct NotCompletePlatform {
    path: PathBuf,
    source: CompletePlatformError,
}

impl Report for NotCompletePlatform {}

/// What it takes to know what `current` is.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The interpreter named with `--python`.
    pub python: Option<PathBuf>,
    /// Where its answer is remembered.
    pub cache_dir: Option<PathBuf>,
}

/// A target with the words that name it on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The target.
    pub target: Target,
    /// What names it anywhere: its canonical spelling, or the file it was read from.
    pub name: String,
}

impl Machine {
    /// The targets that `names` name, each once, in order, with warnings about what was probably
    /// not meant.
    pub fn targets(&self, names: &[String], terminal: Terminal) -> Result<Vec<Named>, Error> {
        let mut targets: Vec<Named> = Vec::new();
        for name in names {
            let named = self.target(name)?;
            if let Some(note) = named.target.note() {
                terminal.warning(&note);
            }
            if !targets.iter().any(|known| known.target == named.target) {
                targets.push(named);
            }
        }
        Ok(targets)
    }

    /// The target that `name` names.
    pub fn target(&self, name: &str) -> Result<Named, Error> {
        if name == "current" {
            return Ok(Named {
                target: self.current()?,
                name: name.to_owned(),
            });
        }
        let path = Path::new(name);
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json || path.is_file() {
            return Ok(Named {
                target: complete_platform(path)?,
                name: name.to_owned(),
            });
        }
        let target: Target = name.parse()?;
        Ok(Named {
            name: target.to_string(),
            target,
        })
    }

    /// The interpreter of this machine.
    pub fn current(&self) -> Result<Target, Error> {
        interpreter::current(self.python.as_deref(), self.cache_dir.as_deref())
    }
}

/// The target of a complete-platform file.
pub fn complete_platform(path: &Path) -> Result<Target, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::read(path.to_owned(), source))?;
    let target = Target::from_complete_platform(&text);
    Ok(target.map_err(|source| NotCompletePlatform {
        path: path.to_owned(),
        source,
    })?)
}
