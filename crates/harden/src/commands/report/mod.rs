//! `harden report`: a lock as a page or a table; and the graphs of `harden tree`.
//!
//! Reads strict files, the cache and the wheelhouse, and no index. What they do not contain is shown as
//! unknown.

mod audit;
mod build_model;
mod changes;
mod error;
mod files;
mod graph;
mod local_facts;
mod newer;
mod requirement_text;

use std::path::Path;

use harden_hasher::StrictFile;
use harden_report::{Report, Text, html, markdown, plain};

use crate::commands::check::{Exemptions, checked};
use crate::commands::diff::read;
use crate::locking::existing_output::Existing;
use crate::locking::strict_source::StrictSource;
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::args::{FactsArgs, ReportArgs, ReportFormat};
use crate::settings::config::current_folder;

use audit::Audit;
use build_model::gather;
use error::ReportError;
pub use graph::graph;
use local_facts::LocalFacts;

/// A strict file and its name.
pub(super) struct NamedStrict {
    pub(super) name: String,
    pub(super) strict: StrictFile,
    /// How to check it; `None` if it is in a revision.
    source: Option<StrictSource>,
}

/// Writes the report.
pub fn report(args: &ReportArgs, terminal: Terminal) -> Result<(), Error> {
    refuse_input(args.output.as_deref())?;
    let output = Output::new(args.output.clone())?;
    let audit = args.audit.as_deref().map(Audit::read).transpose()?;
    let files = files(&args.strict)?;
    let mut report = match files.as_slice() {
        [old, new] if !args.together && !args.strict.is_empty() => {
            let mut report = made_of(std::slice::from_ref(new), &args.known);
            report.findings = found(std::slice::from_ref(new), terminal);
            report.title = Text::new(format!("{} → {}", old.name, new.name));
            changes::compare(&mut report, old, new, &LocalFacts::of(old, &args.known));
            report
        }
        [_, _, _, ..] if !args.together && !args.strict.is_empty() => {
            return Err(ReportError::ManyToCompare(files.len()).into());
        }
        files => {
            let mut report = made_of(files, &args.known);
            report.findings = found(files, terminal);
            report
        }
    };
    if let Some(audit) = audit {
        audit.add_to(&mut report);
    }
    let text = match args.format {
        ReportFormat::Html => html(&report),
        ReportFormat::Markdown => markdown(&report),
        ReportFormat::Text => plain(&report),
    };
    output.write(&text, terminal)
}

/// Refuses to write a report over requirements, which `-o` means for other commands.
fn refuse_input(output: Option<&Path>) -> Result<(), Error> {
    let Some(output) = output else {
        return Ok(());
    };
    let extension = output.extension().and_then(|end| end.to_str());
    let is_source = matches!(extension, Some("py" | "pyw" | "toml" | "lock"));
    if is_source && output.exists() || Existing::read(Some(output))?.may_be_requirements() {
        return Err(ReportError::OutputIsInput(output.to_owned()).into());
    }
    Ok(())
}

/// The strict files of these names; without any, those of the configuration, or the usual one.
fn files(names: &[String]) -> Result<Vec<NamedStrict>, Error> {
    let of_source = |source: StrictSource| {
        Ok(NamedStrict {
            name: source.name().to_owned(),
            strict: source.strict()?,
            source: Some(source),
        })
    };
    if names.is_empty() {
        let sources = StrictSource::unnamed(None)?.into_iter();
        return sources.map(of_source).collect();
    }
    let files = names.iter().map(|name| {
        if Path::new(name).exists() {
            return of_source(StrictSource::named(&[], name)?);
        }
        Ok(NamedStrict {
            name: name.clone(),
            strict: read(name)?,
            source: None,
        })
    });
    files.collect()
}

/// The report of all files.
fn made_of(files: &[NamedStrict], args: &FactsArgs) -> Report {
    let mut report = Report {
        title: Text::new(
            files
                .iter()
                .map(|file| file.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        ),
        ..Report::default()
    };
    for file in files {
        gather(&mut report, file, &LocalFacts::of(file, args));
    }
    report
}

/// The findings of `harden check`; `None` if it cannot run: for a file in a revision, or without the loose
/// files.
fn found(files: &[NamedStrict], terminal: Terminal) -> Option<Vec<harden_report::model::Finding>> {
    let start = current_folder().ok()?;
    let mut all = Vec::new();
    for file in files {
        let source = file.source.as_ref()?;
        let found = source
            .enter(&start)
            .and_then(|()| checked(source, true, &Exemptions::default(), terminal));
        std::env::set_current_dir(&start).ok()?;
        all.extend(
            found
                .ok()?
                .findings
                .into_iter()
                .map(|finding| harden_report::model::Finding {
                    rule: Text::new(finding.rule),
                    message: Text::new(format!(
                        "{}:{}: {}",
                        finding.file, finding.line, finding.message
                    )),
                }),
        );
    }
    Some(all)
}
