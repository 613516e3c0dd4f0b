//! `harden vet`: who has looked at which pinned files, and what to look at.

mod add;
mod changes;
mod diff;
mod status;
mod wheels;

use std::path::{Path, PathBuf};

use harden_hasher::StrictFile;
use harden_packaging::PackageName;

use crate::locking::strict_source::StrictSource;
use crate::report::format::nearest;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{VetArgs, VetCommand};

/// No strict file pins a package.
#[derive(Debug, thiserror::Error)]
#[error("{name} is not pinned in {}", crate::report::format::list(files))]
struct NotPinned {
    name: PackageName,
    files: Vec<String>,
}

impl Report for NotPinned {
    fn exit(&self) -> Exit {
        Exit::Input
    }
}

/// A word that is neither a command nor a file.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a command of `harden vet` nor a strict file")]
struct NoSuchWord(String);

impl NoSuchWord {
    const COMMANDS: [&str; 3] = ["status", "add", "diff"];

    /// Refuses a word that cannot be the name of a file that is there or should be.
    fn refuse(word: Option<&str>) -> Result<(), Error> {
        let Some(word) = word else {
            return Ok(());
        };
        let is_name = !word.contains(['/', '\\', '.']) && !Path::new(word).exists();
        if is_name {
            return Err(Self(word.to_owned()).into());
        }
        Ok(())
    }
}

impl Report for NoSuchWord {
    fn exit(&self) -> Exit {
        Exit::Input
    }

    fn hint(&self) -> Option<String> {
        let commands = Self::COMMANDS.iter().copied();
        Some(match nearest(&self.0, commands) {
            Some(near) => format!("`harden vet {near}` was probably meant"),
            None => format!(
                "the commands are {}; `harden vet` alone lists what is vetted",
                Self::COMMANDS.join(", ")
            ),
        })
    }
}

/// Does what the arguments say.
pub fn vet(args: &VetArgs, terminal: Terminal) -> Result<(), Error> {
    match &args.command {
        None => {
            NoSuchWord::refuse(args.status.strict.as_deref())?;
            status::status(&args.status, terminal)
        }
        Some(VetCommand::Status(args)) => status::status(args, terminal),
        Some(VetCommand::Add(args)) => add::add(args, terminal),
        Some(VetCommand::Diff(args)) => diff::diff(args, terminal),
    }
}

/// The strict files that are meant, read.
fn strict_files(named: Option<&str>) -> Result<Vec<(StrictSource, StrictFile)>, Error> {
    let sources = match named {
        None => StrictSource::unnamed(None)?,
        Some(strict) => vec![StrictSource::named(&[], strict)?],
    };
    let read = sources.into_iter().map(|source| {
        let strict = source.strict()?;
        Ok((source, strict))
    });
    read.collect()
}

/// Those of the strict files that pin a package.
fn pinning(
    files: Vec<(StrictSource, StrictFile)>,
    name: &PackageName,
) -> Result<Vec<(StrictSource, StrictFile)>, Error> {
    let names = files.iter().map(|(source, _)| source.name().to_owned());
    let names: Vec<String> = names.collect();
    let pins = |strict: &StrictFile| strict.pins().iter().any(|pin| pin.name() == name);
    let found: Vec<_> = files
        .into_iter()
        .filter(|(_, strict)| pins(strict))
        .collect();
    if found.is_empty() {
        return Err(NotPinned {
            name: name.clone(),
            files: names,
        }
        .into());
    }
    Ok(found)
}

/// A path as it is named on the command line, from the folder where that was.
fn absolute(path: Option<&PathBuf>) -> Result<Option<PathBuf>, Error> {
    let absolute = path
        .map(|path| std::path::absolute(path).map_err(|source| Error::read(path.clone(), source)));
    absolute.transpose()
}
