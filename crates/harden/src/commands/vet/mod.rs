//! `harden vet`: who has looked at which pinned files, and what to look at.

mod add;
mod changes;
mod diff;
mod status;
mod wheels;

use std::path::PathBuf;

use harden_hasher::StrictFile;
use harden_packaging::PackageName;

use crate::locking::strict_source::StrictSource;
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

/// Does what the arguments say.
pub fn vet(args: &VetArgs, terminal: Terminal) -> Result<(), Error> {
    match &args.command {
        None => status::status(&args.status, terminal),
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
