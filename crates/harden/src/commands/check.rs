//! `harden check`: whether strict files are sound, as they were written, and still the answer to
//! their loose requirements.
//!
//! Reads files and nothing else: no network, no cache, no interpreter, no thread.

use harden_hasher::{Expectations, Finding, Rule, StrictFile};

use crate::locking::repositories;
use crate::locking::strict_source::{StrictSource, targets};
use crate::report::findings::{FindingsFormat, render};
use crate::report::format::{count, list};
use crate::report::output::print;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::CheckArgs;
use crate::settings::config::current_folder;
use crate::settings::cutoffs::now;
use crate::settings::{exemptions, inputs};

/// Why strict files do not pass.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There are findings.
    #[error("{} {} not pass: {}", list(files), if files.len() == 1 { "does" } else { "do" }, count(*findings, "finding"))]
    Found {
        /// The strict files.
        files: Vec<String>,
        /// How many findings there are.
        findings: usize,
    },
    /// The loose requirements of this file came from standard input and cannot be read again.
    #[error("{0} was locked from standard input, which cannot be read again to compare")]
    FromStdin(String),
}

impl Report for CheckError {
    fn exit(&self) -> Exit {
        match self {
            Self::Found { .. } => Exit::No,
            Self::FromStdin(_) => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = "name the loose requirements, as in `harden check loose.txt strict.txt`";
        matches!(self, Self::FromStdin(_)).then(|| hint.to_owned())
    }
}

/// Checks, and prints what is wrong.
pub fn check(args: &CheckArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let files = match args.files.split_last() {
        None => StrictSource::unnamed()?,
        Some((strict, loose)) => vec![StrictSource::named(loose, strict)?],
    };
    let mut checked_files = Vec::new();
    for file in &files {
        file.enter(&start)?;
        checked_files.push((file, self::findings(file, terminal)?));
    }
    conclude(&checked_files, args.format(), "up to date", terminal)
}

/// Prints the findings, and which files have none; any finding is a failure.
pub fn conclude(
    files: &[(&StrictSource, Vec<Finding>)],
    format: FindingsFormat,
    good: &str,
    terminal: Terminal,
) -> Result<(), Error> {
    let findings: Vec<Finding> = files.iter().flat_map(|(_, found)| found.clone()).collect();
    print(&render(&findings, format))?;
    for (file, _) in files.iter().filter(|(_, found)| found.is_empty()) {
        terminal.summary(&format!("{}: {}, {good}", file.name(), file.numbers()));
    }
    if findings.is_empty() {
        return Ok(());
    }
    let failing = files.iter().filter(|(_, found)| !found.is_empty());
    Err(CheckError::Found {
        files: failing.map(|(file, _)| file.name().to_owned()).collect(),
        findings: findings.len(),
    }
    .into())
}

/// What is wrong with a strict file, in whose folder this is.
pub(super) fn findings(file: &StrictSource, terminal: Terminal) -> Result<Vec<Finding>, Error> {
    let mut read = file.read();
    let Some(args) = file.arguments() else {
        return Ok(read.into_findings());
    };
    if file.came_from_stdin() {
        return Err(CheckError::FromStdin(file.name().to_owned()).into());
    }
    for past in exemptions::past(&args, now()) {
        read.add(
            Rule::Expired,
            format!("{past}; take it out, or give it a later day"),
        );
    }
    let mut inputs = inputs::read(&args, terminal)?;
    let overrides = inputs::read_overrides(&args, terminal)?;
    let input_lines = inputs::lines(&inputs, &overrides);
    repositories::as_names(&mut inputs);
    let header = read.strict().and_then(StrictFile::header);
    let (targets, faults) =
        header.map_or_else(Default::default, |header| targets(header, Some(&args)));
    for fault in faults {
        read.add(Rule::Header, fault);
    }
    let markers: Vec<_> = args
        .marker
        .iter()
        .map(|marker| (marker.variable, marker.value.clone()))
        .collect();
    Ok(read.check(&Expectations {
        inputs: &inputs,
        overrides: &overrides,
        excluded: &inputs::excluded(&args, &inputs),
        markers: &markers,
        follows_dependencies: !args.no_deps,
        input_lines: &input_lines,
        targets: &targets,
        folder: &file.before_names(),
    }))
}
