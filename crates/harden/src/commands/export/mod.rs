//! `harden export --format FORMAT`: a strict file written for other tools.
//!
//! What a strict file does not say comes from the index where the format cannot do without (addresses),
//! else from cache and wheelhouse; what is not known there is said to be unknown.

mod file_facts;

use std::fs;
use std::path::{Path, PathBuf};

use harden_hasher::StrictFile;
use harden_index::IndexClient;
use harden_interchange::{
    Export, ExportError, Lines, Written, constraints, cyclonedx, nix, pex_lock, pylock,
    requirements, spdx,
};

use crate::locking::recorded_command;
use crate::locking::strict_source::{self, found_links, strict_files, targets};
use crate::report::output::Output;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{CacheArgs, ExportArgs, ExportFormat, PathMapping};
use crate::settings::sources::{Sources, options_of};

/// Why a strict file is not exported as the arguments say.
#[derive(Debug, thiserror::Error)]
enum ExportingError {
    /// Several strict files, and none is named.
    #[error("there are {} strict files, and one can be exported at a time", .0.len())]
    Several(Vec<PathBuf>),
    /// The output file is something else.
    #[error("{} exists, and it is not an export of harden in this format", .0.display())]
    NotReplaced(PathBuf),
    /// `--one-line` for another format.
    #[error("--one-line is for --format requirements")]
    OneLine,
    /// `--path-mapping` for another format.
    #[error("--path-mapping is for --format pex-lock")]
    PathMapping,
}

impl Report for ExportingError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Several(files) => files
                .first()
                .map(|file| format!("name one, as in `{}`", file.display())),
            Self::NotReplaced(_) => {
                Some("name another output with -o, or remove the file first".to_owned())
            }
            Self::OneLine | Self::PathMapping => None,
        }
    }
}

impl Report for ExportError {
    fn hint(&self) -> Option<String> {
        let hint = "name the index that has it with --index-url or --extra-index-url; files that have no \
                    address (a folder, a wheel that was built here) have no place in this format";
        matches!(self, Self::NoAddress { .. }).then(|| hint.to_owned())
    }
}

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// The format.
    pub format: ExportFormat,
    /// Whether requirements have their hashes, on the same line.
    pub one_line: bool,
    /// The name of the folder that files are in, for pex to map.
    pub path_mapping: Option<&'a str>,
}

/// Where files are kept on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The folder of the cache.
    pub cache_dir: Option<&'a Path>,
    /// The wheelhouse.
    pub wheelhouse: &'a Path,
}

impl ExportFormat {
    /// Whether it names where each file is.
    fn needs_addresses(self) -> bool {
        matches!(self, Self::Pylock | Self::Nix | Self::PexLock)
    }

    /// Whether it holds pins alone, which anybody may have written.
    pub fn is_plain(self) -> bool {
        self.written() == Written::Plain
    }

    /// What the library calls it.
    fn written(self) -> Written {
        match self {
            Self::Pylock => Written::Pylock,
            Self::Cyclonedx => Written::Cyclonedx,
            Self::Spdx => Written::Spdx,
            Self::Nix => Written::Nix,
            Self::PexLock => Written::PexLock,
            Self::Requirements | Self::Constraints => Written::Plain,
        }
    }
}

/// Writes the strict file in the format.
pub fn export(args: &ExportArgs, terminal: Terminal) -> Result<(), Error> {
    if args.one_line && args.format != ExportFormat::Requirements {
        return Err(ExportingError::OneLine.into());
    }
    if args.path_mapping.is_some() && args.format != ExportFormat::PexLock {
        return Err(ExportingError::PathMapping.into());
    }
    let output = Output::new(args.output.clone())?;
    let path = strict_path(args)?;
    let strict = strict_source::read(&path)?;
    if let Output::File(file) = &output {
        refuse_other(file, args.format)?;
    }
    let form = Form {
        format: args.format,
        one_line: args.one_line,
        path_mapping: args.path_mapping.as_ref().map(PathMapping::as_str),
    };
    let client = client(args, &strict, &path, terminal)?;
    let cache_dir = crate::settings::sources::cache_dir(&args.cache)?;
    let kept = Kept {
        cache_dir: cache_dir.as_deref(),
        wheelhouse: &args.wheelhouse.dest,
    };
    let text = written(&strict, &path.to_string_lossy(), form, &client, &kept)?;
    output.write(&text, terminal)
}

/// The strict file that is named, else the one of the configuration.
fn strict_path(args: &ExportArgs) -> Result<PathBuf, Error> {
    let files = strict_files(args.strict.as_ref())?;
    match files.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(ExportingError::Several(files).into()),
    }
}

/// Refuses to replace what harden did not write in this format.
pub fn refuse_other(path: &Path, format: ExportFormat) -> Result<(), Error> {
    let Ok(text) = fs::read_to_string(path) else {
        return match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {
                Err(ExportingError::NotReplaced(path.to_owned()).into())
            }
            _ => Ok(()),
        };
    };
    if text.trim().is_empty() || format.written().is(&text) {
        return Ok(());
    }
    Err(ExportingError::NotReplaced(path.to_owned()).into())
}

/// A client of the indexes of a strict file; one without a network where the format can do without
/// addresses.
fn client(
    args: &ExportArgs,
    strict: &StrictFile,
    path: &Path,
    terminal: Terminal,
) -> Result<IndexClient, Error> {
    let cache = CacheArgs {
        offline: args.cache.offline || !args.format.needs_addresses(),
        ..args.cache.clone()
    };
    let mut options = options_of(strict);
    options.find_links = if args.format.needs_addresses() {
        found_links(&options.find_links, path, terminal)
    } else {
        Vec::new()
    };
    let sources = Sources::of_pins(&args.index, &cache, &options)?;
    Ok(IndexClient::new(sources.settings)?)
}

/// A strict file in a format.
pub fn written(
    strict: &StrictFile,
    name: &str,
    form: Form<'_>,
    client: &IndexClient,
    kept: &Kept<'_>,
) -> Result<String, Error> {
    let header = strict.header();
    let recorded = header.and_then(recorded_command::arguments);
    let targets = header.map_or_else(Vec::new, |header| targets(header, recorded.as_ref()).0);
    let known = file_facts::known(strict, form.format.needs_addresses(), client, kept)?;
    let export = Export {
        strict,
        // No path of this machine.
        name: Path::new(name)
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(name),
        targets: &targets,
        known: &known,
        harden: env!("CARGO_PKG_VERSION"),
    };
    Ok(match form.format {
        ExportFormat::Pylock => pylock(&export)?,
        ExportFormat::Nix => nix(&export)?,
        ExportFormat::PexLock => pex_lock(&export, form.path_mapping)?,
        ExportFormat::Cyclonedx => cyclonedx(&export),
        ExportFormat::Spdx => spdx(&export),
        ExportFormat::Constraints => constraints(&export),
        ExportFormat::Requirements if form.one_line => requirements(&export, Lines::Hashed),
        ExportFormat::Requirements => requirements(&export, Lines::Bare),
    })
}
