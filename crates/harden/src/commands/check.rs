//! `harden check`: whether strict files are sound, as they were written, and still the answer to
//! their loose requirements.
//!
//! Reads files and nothing else: no network, no cache, no interpreter, no thread.

use harden_hasher::{Expectations, Finding, Rule, StrictFile};

use crate::locking::strict_source::{StrictSource, current_folder, targets};
use crate::report::findings::render;
use crate::report::format::count;
use crate::report::output::print;
use crate::report::{Error, Terminal};
use crate::settings::args::CheckArgs;
use crate::settings::cutoffs::now;
use crate::settings::{exemptions, inputs};

/// Checks, and prints what is wrong.
pub fn check(args: &CheckArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let files = match args.files.split_last() {
        None => StrictSource::unnamed()?,
        Some((strict, loose)) => vec![StrictSource::named(loose, strict)?],
    };
    let mut findings = Vec::new();
    for file in &files {
        file.enter(&start)?;
        findings.extend(self::findings(file, terminal)?);
    }
    print(&render(&findings, args.format()))?;
    conclude(&files, &findings, terminal)
}

/// What comes of findings: none is a success, any a failure.
pub fn conclude(
    files: &[StrictSource],
    findings: &[Finding],
    terminal: Terminal,
) -> Result<(), Error> {
    let names: Vec<String> = files.iter().map(|file| file.name().to_owned()).collect();
    if findings.is_empty() {
        terminal.detail(&format!("{} passed", count(files.len(), "strict file")));
        return Ok(());
    }
    Err(Error::Found {
        files: names,
        findings: findings.len(),
    })
}

/// What is wrong with a strict file, in whose folder this is.
pub(super) fn findings(file: &StrictSource, terminal: Terminal) -> Result<Vec<Finding>, Error> {
    let mut read = file.read();
    let Some(args) = file.arguments() else {
        return Ok(read.into_findings());
    };
    if file.came_from_stdin() {
        return Err(Error::FromStdin {
            file: file.name().to_owned(),
        });
    }
    for past in exemptions::past(&args, now()) {
        read.add(
            Rule::Expired,
            format!("{past}; take it out, or give it a later day"),
        );
    }
    let inputs = inputs::read(&args, terminal)?;
    let overrides = inputs::read_overrides(&args.overrides, terminal)?;
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
        excluded: &args.exclude,
        markers: &markers,
        follows_dependencies: !args.no_deps,
        input_lines: &inputs::lines(&inputs, &overrides),
        targets: &targets,
        folder: &file.before_names(),
    }))
}
