//! `harden report`: what is in a lock, to look at; and the graphs of `harden tree`.
//!
//! Strict files, cache and wheelhouse are read; nothing is asked of an index. What they do not say is
//! unknown, and shown so.

mod changes;
mod error;
mod files;
mod gather;
mod graph;
mod known;
mod newer;
mod required;

use harden_hasher::StrictFile;
use harden_report::{Report, Text, html, markdown, plain};

use crate::commands::check::findings;
use crate::commands::diff::read;
use crate::locking::strict_source::StrictSource;
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::args::{KnownArgs, ReportArgs, ReportFormat};
use crate::settings::config::current_folder;

use error::ReportError;
use gather::gather;
pub use graph::graph;
use known::Known;

/// A strict file and its name.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) strict: StrictFile,
}

/// Writes the report.
pub fn report(args: &ReportArgs, terminal: Terminal) -> Result<(), Error> {
    let output = Output::new(args.output.clone())?;
    let files = files(&args.strict)?;
    let report = match files.as_slice() {
        [old, new] if !args.together && !args.strict.is_empty() => {
            let mut report = made_of(std::slice::from_ref(new), &args.known);
            report.findings = found(std::slice::from_ref(new), terminal);
            report.title = Text::new(format!("{} → {}", old.name, new.name));
            changes::compare(&mut report, old, new, &Known::of(old, &args.known));
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
    let text = match args.format {
        ReportFormat::Html => html(&report),
        ReportFormat::Markdown => markdown(&report),
        ReportFormat::Text => plain(&report),
    };
    output.write(&text, terminal)
}

/// The strict files of these names; without any, those of the configuration, or the usual one.
fn files(names: &[String]) -> Result<Vec<Named>, Error> {
    let names = match names {
        [] => {
            let files = StrictSource::unnamed()?.into_iter();
            files.map(|file| file.name().to_owned()).collect()
        }
        names => names.to_vec(),
    };
    let files = names.into_iter().map(|name| {
        let strict = read(&name)?;
        Ok(Named { name, strict })
    });
    files.collect()
}

/// What is known of the files together.
fn made_of(files: &[Named], args: &KnownArgs) -> Report {
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
        gather(&mut report, file, &Known::of(file, args));
    }
    report
}

/// What `harden check` says of the files; `None` where it cannot be asked, as of a file in a revision
/// or where loose files are not there.
fn found(files: &[Named], terminal: Terminal) -> Option<Vec<harden_report::model::Finding>> {
    let start = current_folder().ok()?;
    let mut all = Vec::new();
    for file in files {
        let source = StrictSource::named(&[], &file.name).ok()?;
        let found = source
            .enter(&start)
            .and_then(|()| findings(&source, terminal));
        std::env::set_current_dir(&start).ok()?;
        all.extend(
            found
                .ok()?
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
