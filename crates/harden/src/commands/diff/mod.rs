//! `harden diff OLD NEW`: what changed between two strict files, for a reviewer.
//!
//! Either is a path, or `REVISION:PATH` in git. Pins are compared target by target; what the cache
//! knows of their files is told with them.

pub(super) mod compare;
pub(super) mod known;
mod show;

use std::path::Path;
use std::process::{Command, Stdio};

use harden_hasher::StrictFile;

use crate::locking::strict_source::{self, NoStrict};
use crate::report::output::print;
use crate::report::{Error, Report};
use crate::settings::args::{DiffArgs, DiffFormat};

use compare::Difference;
use known::Known;

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
pub fn diff(args: &DiffArgs) -> Result<(), Error> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let difference = Difference::between(&old, &new);
    let known = Known::of(&difference, [&old, &new], args.cache_dir.as_deref());
    let format = if args.json {
        DiffFormat::Json
    } else {
        args.format
    };
    print(&match format {
        DiffFormat::Text => show::text(&difference, &known),
        DiffFormat::Markdown => show::markdown(&difference, &known),
        DiffFormat::Json => show::json(&difference, &known),
    })
}

/// The strict file of this name: a path, or `REVISION:PATH` in git.
pub(super) fn read(named: &str) -> Result<StrictFile, Error> {
    if Path::new(named).exists() {
        return strict_source::read(Path::new(named));
    }
    match named.split_once(':') {
        Some((revision, path)) if !revision.is_empty() && !path.is_empty() => {
            let text = in_revision(revision, path)?;
            Ok(StrictFile::parse(&text, named)?)
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
