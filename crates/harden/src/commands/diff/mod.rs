//! `harden diff OLD NEW`: what changed between two strict files, for a reviewer.
//!
//! Either is a path, or `REVISION:PATH` in git. Pins are compared target by target, with upload times and
//! sizes from the cache.

pub(super) mod cached_files;
pub(super) mod compare;
mod formats;

use std::path::{self, Path};
use std::process::{Command, Stdio};

use harden_hasher::StrictFile;

use crate::locking::pylock;
use crate::locking::strict_source::{self, NoStrict, strict_files};
use crate::report::output::print;
use crate::report::target_names::named;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{DiffArgs, DiffFormat};

use cached_files::CachedFiles;
use compare::Difference;

/// git cannot show a file of a revision.
#[derive(Debug, thiserror::Error)]
#[error("git cannot show {what}: {reason}")]
struct GitError {
    /// `REVISION:PATH`.
    what: String,
    /// git's own message.
    reason: String,
}

impl Report for GitError {}

/// Prints the differences.
pub fn diff(args: &DiffArgs, terminal: Terminal) -> Result<(), Error> {
    let format = if args.json {
        DiffFormat::Json
    } else {
        args.format
    };
    // Absolute, because the folder of the configuration may become the current one.
    let cache_dir = args.cache.cache_dir.as_ref();
    let cache_dir = cache_dir.map(|folder| path::absolute(folder).unwrap_or(folder.clone()));
    let pairs = pairs(args)?;
    let mut texts = Vec::new();
    for (old, new) in &pairs {
        let heading = match (format, &*pairs) {
            (DiffFormat::Json, _) | (_, [_]) => String::new(),
            (DiffFormat::Text, _) => format!("{new}:\n"),
            (DiffFormat::Markdown, _) => format!("### {new}\n\n"),
        };
        texts.push(heading + &one(cache_dir.as_deref(), format, old, new, terminal)?);
    }
    print(&texts.join("\n"))
}

fn one(
    cache_dir: Option<&Path>,
    format: DiffFormat,
    old: &str,
    new: &str,
    terminal: Terminal,
) -> Result<String, Error> {
    let (old, new) = (read(old)?, read(new)?);
    let headers = [&old, &new].into_iter().filter_map(StrictFile::header);
    headers.for_each(strict_source::note_target_names);
    let difference = Difference::between(&old, &new);
    let known = CachedFiles::of(&difference, [&old, &new], cache_dir);
    Ok(match format {
        DiffFormat::Text => {
            let text = named(&formats::text(&difference, &known));
            formats::colored(&text, terminal)
        }
        DiffFormat::Markdown => named(&formats::markdown(&difference, &known)),
        DiffFormat::Json => formats::json(&difference, &known),
    })
}

/// The files to compare: two that are named, or one, or each of the configuration, with what git has of
/// it in `HEAD`.
fn pairs(args: &DiffArgs) -> Result<Vec<(String, String)>, Error> {
    let with_head = |path: &str| (format!("HEAD:{path}"), path.to_owned());
    Ok(match (&args.old, &args.new) {
        (Some(old), Some(new)) => vec![(old.clone(), new.clone())],
        (Some(file), None) | (None, Some(file)) => vec![with_head(file)],
        (None, None) => {
            let files = strict_files(None)?;
            files
                .iter()
                .map(|path| with_head(&path.display().to_string()))
                .collect()
        }
    })
}

/// The lines about what changed between two strict files, without uploads and sizes.
pub fn changes(old: &StrictFile, new: &StrictFile) -> Vec<String> {
    formats::lines(&Difference::between(old, new), &CachedFiles::default())
}

/// The strict file of this name: a path, or `REVISION:PATH` in git.
pub(super) fn read(named: &str) -> Result<StrictFile, Error> {
    if Path::new(named).exists() {
        return strict_source::read(Path::new(named));
    }
    match named.split_once(':') {
        Some((revision, path)) if !revision.is_empty() && !path.is_empty() => {
            let bytes = pylock::unwrapped(in_revision(revision, path)?.into_bytes(), named)?;
            Ok(StrictFile::parse(&String::from_utf8_lossy(&bytes), named)?)
        }
        _ => Err(NoStrict::at(Path::new(named))),
    }
}

/// A file as it was in a revision; its path is relative to the current folder, as all are here.
fn in_revision(revision: &str, path: &str) -> Result<String, Error> {
    let fails = |reason: &str| GitError {
        what: format!("{revision}:{path}"),
        reason: reason.to_owned(),
    };
    if revision.starts_with('-') {
        return Err(fails("a revision does not begin with `-`").into());
    }
    let output = Command::new("git")
        .args(["show", &format!("{revision}:./{path}")])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fails(&error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or("no output");
        return Err(fails(first.trim_start_matches("fatal: ")).into());
    }
    Ok(String::from_utf8(output.stdout).map_err(|error| fails(&error.to_string()))?)
}
