//! A wheelhouse filled, checked, or told what would come into it.

use std::path::Path;
use std::time::Instant;

use harden_fetch::{Extras, Origin, Planned, Request, Summary, check, fetch, plan};
use harden_hasher::StrictFile;
use harden_index::{IndexClient, Settings};
use harden_target::Target;

use crate::args::FetchArgs;
use crate::output::print;
use crate::pex_note::pex_note;
use crate::progress::Fetching;
use crate::words::{bytes, count, seconds};
use crate::{Error, Terminal};

/// How many files are on their way at once: enough to fill a line, few enough for any server.
const CONCURRENCY: usize = 16;

/// A strict file, what it is to be fetched for, and what to do.
#[derive(Debug, Clone, Copy)]
pub struct Wheelhouse<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// Where it is.
    pub path: &'a Path,
    /// What to fetch for.
    pub targets: &'a [Target],
    /// What to do, and in which folder.
    pub args: &'a FetchArgs,
    /// Where to tell of it.
    pub terminal: Terminal,
}

impl Wheelhouse<'_> {
    /// Does what the arguments say, with the index of `settings`.
    pub fn serve(&self, settings: Settings) -> Result<(), Error> {
        self.warn_of_edits();
        let cache_dir = settings.cache_dir.clone();
        let request = Request {
            strict: self.strict,
            strict_name: &self.path.display().to_string(),
            targets: self.targets,
            folder: &self.args.dest,
            extras: if self.args.prune {
                Extras::Remove
            } else {
                Extras::Leave
            },
            cache_dir: cache_dir.as_deref(),
            concurrency: CONCURRENCY,
        };
        if self.args.check {
            return self.compare(&request);
        }
        let client = IndexClient::new(settings)?;
        if self.args.dry_run {
            return self.list(&request, &client);
        }
        self.fill(&request, &client)
    }

    /// A strict file that was edited is still a list of pins, but no proof of anything.
    fn warn_of_edits(&self) {
        let header = self.strict.header();
        if header.is_some_and(|header| header.pins() != self.strict.content_digest()) {
            self.terminal.warning(&format!(
                "{} was edited after harden wrote it, so nothing proves that it can be installed; \
                 make it again with harden",
                self.path.display()
            ));
        }
    }

    /// Fills the wheelhouse.
    fn fill(&self, request: &Request<'_>, client: &IndexClient) -> Result<(), Error> {
        let started = Instant::now();
        let progress = Fetching::new(self.terminal);
        let filled = fetch(request, client, &progress);
        progress.finish();
        let summary = match &filled {
            Ok(summary) => *summary,
            Err(error) => error.summary,
        };
        self.terminal.summary(&format!(
            "{} in {}: {}",
            told(summary),
            seconds(started.elapsed()),
            request.folder.display()
        ));
        filled?;
        if let Some(note) = pex_note(self.strict, self.targets, self.path, &self.args.dest) {
            self.terminal.summary(&note);
        }
        Ok(())
    }

    /// Lists what is not as it should be in the wheelhouse.
    fn compare(&self, request: &Request<'_>) -> Result<(), Error> {
        let report = check(request)?;
        let findings = report.findings.iter();
        let findings = findings.map(|finding| format!("{finding}\n"));
        print(&findings.collect::<String>())?;
        let folder = self.args.dest.display();
        self.terminal.summary(&match report.right {
            1 => format!("1 file is right: {folder}"),
            right => format!("{right} files are right: {folder}"),
        });
        if report.findings.is_empty() {
            return Ok(());
        }
        Err(Error::Wheelhouse {
            folder: self.args.dest.clone(),
            strict: self.path.to_owned(),
        })
    }

    /// Lists what would come.
    fn list(&self, request: &Request<'_>, client: &IndexClient) -> Result<(), Error> {
        let planned = plan(request, client)?;
        print(&planned.iter().map(line).collect::<String>())?;
        let sizes = |origin| {
            let of_origin = planned.iter().filter(move |file| file.origin == origin);
            of_origin.filter_map(|file| file.size).sum()
        };
        self.terminal.summary(&format!(
            "{} would come, {} to download and {} from the cache: {}",
            count(planned.len(), "file"),
            bytes(sizes(Origin::Index)),
            bytes(sizes(Origin::Cache)),
            request.folder.display()
        ));
        Ok(())
    }
}

/// What there is to say of a file that would come.
fn line(planned: &Planned) -> String {
    let size = planned.size;
    let size = size.map_or_else(|| "size unknown".to_owned(), bytes);
    let origin = match planned.origin {
        Origin::Cache => ", in the cache",
        Origin::Index => "",
    };
    format!("{} ({size}{origin})\n", planned.file)
}

fn told(summary: Summary) -> String {
    let fetched = format!("fetched {}", count(summary.fetched, "file"));
    let mut told = vec![match summary.fetched {
        0 => fetched,
        _ => format!("{fetched}, {}", bytes(summary.bytes)),
    }];
    for (number, what) in [
        (summary.from_cache, "from the cache"),
        (summary.already_there, "already there"),
        (summary.removed, "removed"),
    ] {
        if number > 0 {
            told.push(format!("{number} {what}"));
        }
    }
    told.join("; ")
}
