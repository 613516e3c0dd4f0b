//! Filling a wheelhouse, checking it, or listing what would be downloaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use harden_fetch::{
    Lock, Mirror, Origin, PlannedFile, Request, Summary, check, dry_run, fetch, prune,
    write_archive, write_pylock, write_simple,
};
use harden_index::IndexClient;

use super::error::WheelhouseError;
use super::job::{Job, plain};
use super::{build, mirror, pex, projects};
use crate::report::format::{bytes, count, seconds};
use crate::report::output::print;
use crate::report::progress::Fetching;
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, Layout};

/// How many files are in work at once: as many as one HTTP/2 connection usually carries.
const CONCURRENCY: usize = 100;

/// Fills, checks or lists the wheelhouse of all `jobs`, as the arguments say.
pub fn serve(jobs: &[Job], args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    for job in jobs {
        warn_of_edits(job, terminal);
    }
    let jobs = &projects::add(jobs, args, terminal)?[..];
    let builds = args.build || jobs.iter().any(|job| !job.projects.is_empty());
    let recorded = builds.then(|| build::as_recorded(jobs, &args.dest));
    let mut run = WheelhouseRun {
        jobs: recorded.as_deref().unwrap_or(jobs),
        args,
        terminal,
        from: None,
    };
    if args.check {
        return run.compare();
    }
    let from = mirror::address(args.from.as_deref(), "--from")?;
    let to = mirror::address(args.to.as_deref(), "--to")?;
    run.from = mirror::open(from.as_ref(), jobs, Mirror::source)?;
    if args.dry_run {
        return run.jobs.iter().try_for_each(|job| run.list(job));
    }
    let to = mirror::open(to.as_ref(), jobs, Mirror::destination)?;
    let built = builds.then(|| build::build(jobs, args, run.from.as_ref(), terminal));
    let built = built.transpose()?;
    for (job, built) in jobs.iter().zip(built.iter().flatten()) {
        projects::prove(built, &job.name(), &args.dest)?;
    }
    let run = WheelhouseRun {
        jobs: built.as_deref().unwrap_or(jobs),
        ..run
    };
    run.fill_all(jobs)?;
    match to {
        Some(to) => run.with_locks(|locks| mirror::put(locks, &to, args, terminal)),
        None => Ok(()),
    }
}

/// An edited strict file is still a list of pins, but no longer a proven resolution.
fn warn_of_edits(job: &Job, terminal: Terminal) {
    if job.is_edited {
        terminal.warning(&format!(
            "{} was edited after harden wrote it, so its pins are not proven to be installable; \
             run harden again",
            job.name()
        ));
    }
}

/// The strict files of a wheelhouse, and what to do with it.
struct WheelhouseRun<'a> {
    jobs: &'a [Job],
    args: &'a FetchArgs,
    terminal: Terminal,
    /// The mirror to try before an index.
    from: Option<Mirror>,
}

impl WheelhouseRun<'_> {
    /// Fills the wheelhouse for all jobs, and writes the other files in it. `originals` are the jobs
    /// before their sdists became wheels.
    fn fill_all(&self, originals: &[Job]) -> Result<(), Error> {
        self.jobs.iter().try_for_each(|job| self.fill(job))?;
        if self.jobs.iter().all(|job| job.is_installable) {
            let folder = self.jobs.first().map(Job::way_back).unwrap_or_default();
            self.with_locks(|locks| pex::print_commands(locks, &folder, self.args, self.terminal))?;
        }
        for (job, original) in self.jobs.iter().zip(originals) {
            // A job whose sdists became wheels has its own strict file in the wheelhouse.
            if job.path != original.path {
                build::write_list(job, self.terminal)?;
            }
        }
        if self.args.prune {
            self.prune()?;
        }
        self.write_forms()
    }

    /// Fills the wheelhouse from one strict file.
    fn fill(&self, job: &Job) -> Result<(), Error> {
        let started = Instant::now();
        let progress = Arc::new(Fetching::new(self.terminal));
        let client = IndexClient::with_progress(job.settings.clone(), progress.clone())?;
        let filled = fetch(&self.request(job, &job.name()), &client, &*progress);
        progress.finish();
        let summary = match &filled {
            Ok(summary) => *summary,
            Err(error) => error.summary,
        };
        if filled.is_ok() || summary.fetched > 0 {
            self.terminal.summary(&format!(
                "{} in {}: {}",
                described(summary),
                seconds(started.elapsed()),
                self.shown(&self.args.dest).display()
            ));
        }
        client.settle();
        filled?;
        pex::write_platforms(&job.lock(&job.name()), self.args, self.terminal)
    }

    /// Removes what no strict file pins.
    fn prune(&self) -> Result<(), Error> {
        let removed = self.with_locks(|locks| prune(locks, &self.args.dest))?;
        for file in &removed {
            self.terminal.detail(&format!("removed {file}"));
        }
        if !removed.is_empty() {
            let removed = count(removed.len(), "file");
            self.terminal
                .summary(&format!("removed {removed} that no strict file pins"));
        }
        Ok(())
    }

    /// Writes the other forms of the wheelhouse: pylock.toml, a static index, an archive.
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
                .summary(&format!("packed into {}", self.shown(archive).display()));
        }
        Ok(())
    }

    /// Lists what is missing, wrong or extra in the wheelhouse.
    fn compare(&self) -> Result<(), Error> {
        let report = self.with_locks(|locks| check(locks, &self.args.dest, self.args.depth()))?;
        let findings = report.findings.iter();
        let findings = findings.map(|finding| format!("{finding}\n"));
        print(&findings.collect::<String>())?;
        let folder = self.shown(&self.args.dest);
        let shown = folder.display();
        self.terminal.summary(&match report.right {
            1 => format!("1 file matches: {shown}"),
            right => format!("{right} files match: {shown}"),
        });
        if report.findings.is_empty() {
            return Ok(());
        }
        Err(WheelhouseError::Mismatch {
            folder,
            has_built: !self.args.build && build::is_recorded(self.jobs, &self.args.dest),
            strict: self.jobs.iter().map(Job::shown_name).collect(),
        }
        .into())
    }

    /// Lists what would be downloaded.
    fn list(&self, job: &Job) -> Result<(), Error> {
        let client = IndexClient::new(job.settings.clone())?;
        let planned = dry_run(&self.request(job, &job.name()), &client)?;
        print(&planned.iter().map(line).collect::<String>())?;
        let sizes = |origin| {
            let of_origin = planned.iter().filter(move |file| file.origin == origin);
            of_origin.filter_map(|file| file.size).sum()
        };
        self.terminal.summary(&format!(
            "would fetch {}: {} to download{} and {} from the cache, into {}",
            count(planned.len(), "file"),
            bytes(sizes(Origin::Index)),
            match self.from {
                Some(_) => format!(", {} from the mirror", bytes(sizes(Origin::Mirror))),
                None => String::new(),
            },
            bytes(sizes(Origin::Cache)),
            self.shown(&self.args.dest).display()
        ));
        Ok(())
    }

    /// A path as the user finds it.
    fn shown(&self, path: &Path) -> PathBuf {
        let job = self.jobs.first();
        job.map_or_else(|| path.to_owned(), |job| job.seen_by_user(path))
    }

    fn request<'a>(&'a self, job: &'a Job, name: &'a str) -> Request<'a> {
        Request {
            lock: job.lock(name),
            folder: &self.args.dest,
            cache_dir: job.settings.cache_dir.as_deref(),
            mirror: self.from.as_ref(),
            concurrency: CONCURRENCY,
            depth: self.args.depth(),
            admission: match &job.admission {
                Some(admission) => admission,
                None => &(),
            },
        }
    }

    /// Calls `work` with the locks of all strict files.
    fn with_locks<R>(&self, work: impl FnOnce(&[Lock<'_>]) -> R) -> R {
        let names: Vec<String> = self.jobs.iter().map(Job::name).collect();
        let locks = self.jobs.iter().zip(&names);
        work(&locks.map(|(job, name)| job.lock(name)).collect::<Vec<_>>())
    }
}

/// The line about a file that would be downloaded.
fn line(planned: &PlannedFile) -> String {
    let size = planned.size;
    let size = size.map_or_else(|| "size unknown".to_owned(), bytes);
    let origin = match planned.origin {
        Origin::Cache => ", in the cache",
        Origin::Mirror => ", at the mirror",
        Origin::Build => ", to be built",
        Origin::Index => "",
    };
    format!("{} ({size}{origin})\n", planned.file)
}

fn described(summary: Summary) -> String {
    let fetched = format!("fetched {}", count(summary.fetched, "file"));
    let mut parts = vec![match summary.fetched {
        0 => fetched,
        _ => format!("{fetched}, {}", bytes(summary.bytes)),
    }];
    for (number, what) in [
        (summary.from_mirror, "of them from the mirror"),
        (summary.from_shared, "of them from the shared cache"),
        (summary.from_cache, "from the cache"),
        (summary.already_there, "already there"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join("; ")
}
