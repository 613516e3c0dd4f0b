//! A wheelhouse filled, checked, or told what would come into it.

use std::time::Instant;

use harden_fetch::{
    Lock, Mirror, Origin, Planned, Request, Summary, check, fetch, plan, prune, write_archive,
    write_pylock, write_simple,
};
use harden_index::IndexClient;

use super::job::{Job, plain};
use super::{build, mirror, pex};
use crate::report::format::{bytes, count, seconds};
use crate::report::output::print;
use crate::report::progress::Fetching;
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, Layout};

/// How many files are on their way at once: enough to fill a line, few enough for any server.
const CONCURRENCY: usize = 16;

/// Does what the arguments say with the one wheelhouse of all `jobs`.
pub fn serve(jobs: &[Job], args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    for job in jobs {
        warn_of_edits(job, terminal);
    }
    let recorded = args.build.then(|| build::as_recorded(jobs, &args.dest));
    let mut serving = Serving {
        jobs: recorded.as_deref().unwrap_or(jobs),
        args,
        terminal,
        from: None,
    };
    if args.check {
        return serving.compare();
    }
    let from = mirror::address(args.from.as_deref(), "--from")?;
    let to = mirror::address(args.to.as_deref(), "--to")?;
    serving.from = mirror::open(from.as_ref(), jobs, Mirror::source)?;
    if args.dry_run {
        return serving.jobs.iter().try_for_each(|job| serving.list(job));
    }
    let to = mirror::open(to.as_ref(), jobs, Mirror::destination)?;
    let built = args
        .build
        .then(|| build::build(jobs, args, serving.from.as_ref(), terminal));
    let built = built.transpose()?;
    let serving = Serving {
        jobs: built.as_deref().unwrap_or(jobs),
        ..serving
    };
    serving.jobs.iter().try_for_each(|job| serving.fill(job))?;
    if args.build {
        serving.jobs.iter().try_for_each(build::write_list)?;
    }
    if args.prune {
        serving.prune()?;
    }
    serving.write_forms()?;
    match to {
        Some(to) => serving.with_locks(|locks| mirror::put(locks, &to, args, terminal)),
        None => Ok(()),
    }
}

/// A strict file that was edited is still a list of pins, but no proof of anything.
fn warn_of_edits(job: &Job, terminal: Terminal) {
    let header = job.strict.header();
    if header.is_some_and(|header| header.pins() != job.strict.content_digest()) {
        terminal.warning(&format!(
            "{} was edited after harden wrote it, so nothing proves that it can be installed; \
             make it again with harden",
            job.name()
        ));
    }
}

/// Strict files, and what to do with the wheelhouse for them.
struct Serving<'a> {
    jobs: &'a [Job],
    args: &'a FetchArgs,
    terminal: Terminal,
    /// Where files are taken from before an index is asked.
    from: Option<Mirror>,
}

impl Serving<'_> {
    /// Fills the wheelhouse from one strict file.
    fn fill(&self, job: &Job) -> Result<(), Error> {
        let started = Instant::now();
        let client = IndexClient::new(job.settings.clone())?;
        let progress = Fetching::new(self.terminal);
        let filled = fetch(&self.request(job, &job.name()), &client, &progress);
        progress.finish();
        let summary = match &filled {
            Ok(summary) => *summary,
            Err(error) => error.summary,
        };
        self.terminal.summary(&format!(
            "{} in {}: {}",
            told(summary),
            seconds(started.elapsed()),
            self.args.dest.display()
        ));
        filled?;
        let name = job.name();
        pex::write_platforms(&job.lock(&name), self.args)?;
        pex::tell(&job.lock(&name), self.args, self.terminal)
    }

    /// Removes what none of the strict files asks for.
    fn prune(&self) -> Result<(), Error> {
        let removed = self.with_locks(|locks| prune(locks, &self.args.dest))?;
        for file in &removed {
            self.terminal.detail(&format!("removed {file}"));
        }
        if !removed.is_empty() {
            let removed = count(removed.len(), "file");
            self.terminal
                .summary(&format!("removed {removed} that nothing asks for"));
        }
        Ok(())
    }

    /// Writes what else the wheelhouse shall be read as.
    fn write_forms(&self) -> Result<(), Error> {
        let folder = &self.args.dest;
        if self.args.pylock {
            for job in self.jobs {
                let name = match self.jobs {
                    [_] => "pylock.toml".to_owned(),
                    _ => format!("pylock.{}.toml", plain(&job.name())),
                };
                write_pylock(&job.lock(&job.name()), folder, &name)?;
            }
        }
        if self.args.layout == Layout::Simple {
            self.with_locks(|locks| write_simple(locks, folder))?;
        }
        if let Some(archive) = &self.args.archive {
            self.with_locks(|locks| write_archive(locks, folder, archive))?;
            self.terminal
                .summary(&format!("packed into {}", archive.display()));
        }
        Ok(())
    }

    /// Lists what is not as it should be in the wheelhouse.
    fn compare(&self) -> Result<(), Error> {
        let report = self.with_locks(|locks| check(locks, &self.args.dest))?;
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
            has_built: !self.args.build && build::is_recorded(self.jobs, &self.args.dest),
            strict: self.jobs.iter().map(Job::name).collect(),
        })
    }

    /// Lists what would come.
    fn list(&self, job: &Job) -> Result<(), Error> {
        let client = IndexClient::new(job.settings.clone())?;
        let planned = plan(&self.request(job, &job.name()), &client)?;
        print(&planned.iter().map(line).collect::<String>())?;
        let sizes = |origin| {
            let of_origin = planned.iter().filter(move |file| file.origin == origin);
            of_origin.filter_map(|file| file.size).sum()
        };
        self.terminal.summary(&format!(
            "{} would come, {} to download{} and {} from the cache: {}",
            count(planned.len(), "file"),
            bytes(sizes(Origin::Index)),
            match self.from {
                Some(_) => format!(", {} from the mirror", bytes(sizes(Origin::Mirror))),
                None => String::new(),
            },
            bytes(sizes(Origin::Cache)),
            self.args.dest.display()
        ));
        Ok(())
    }

    fn request<'a>(&'a self, job: &'a Job, name: &'a str) -> Request<'a> {
        Request {
            lock: job.lock(name),
            folder: &self.args.dest,
            cache_dir: job.settings.cache_dir.as_deref(),
            mirror: self.from.as_ref(),
            concurrency: CONCURRENCY,
        }
    }

    /// What `work` makes of all strict files.
    fn with_locks<R>(&self, work: impl FnOnce(&[Lock<'_>]) -> R) -> R {
        let names: Vec<String> = self.jobs.iter().map(Job::name).collect();
        let locks = self.jobs.iter().zip(&names);
        work(&locks.map(|(job, name)| job.lock(name)).collect::<Vec<_>>())
    }
}

/// What there is to say of a file that would come.
fn line(planned: &Planned) -> String {
    let size = planned.size;
    let size = size.map_or_else(|| "size unknown".to_owned(), bytes);
    let origin = match planned.origin {
        Origin::Cache => ", in the cache",
        Origin::Mirror => ", at the mirror",
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
        (summary.from_mirror, "of them from the mirror"),
        (summary.from_cache, "from the cache"),
        (summary.already_there, "already there"),
    ] {
        if number > 0 {
            told.push(format!("{number} {what}"));
        }
    }
    told.join("; ")
}
