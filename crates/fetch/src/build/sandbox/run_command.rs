//! One command of a build, watched until it ends or exceeds a limit.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::limits::Size;
use super::setup_file::{Setup, TEMPORARY};
use super::{Confinement, Sandbox, View, environment};

/// The longest that the end of a command goes unnoticed.
const PAUSE: Duration = Duration::from_millis(50);
/// How often the size of a folder is measured.
const MEASURE: Duration = Duration::from_secs(1);
/// Measuring takes at most this part of the time.
const MEASURING: u32 = 20;

/// A command to run for a build. Paths in its arguments and variables are as the build sees them.
#[derive(Debug)]
pub(in crate::build) struct Job<'a> {
    pub(in crate::build) program: &'a Path,
    pub(in crate::build) arguments: Vec<OsString>,
    /// Variables besides those of every command.
    pub(in crate::build) variables: Vec<(OsString, OsString)>,
    /// Where it starts, in `folder`.
    pub(in crate::build) current_dir: &'a Path,
    /// The build's own folder, the only one that it can write to.
    pub(in crate::build) folder: &'a Path,
    /// Where its output goes, outside of its folder.
    pub(in crate::build) log: &'a Path,
    /// What it sees besides.
    pub(in crate::build) view: &'a View,
}

/// What a command took.
#[derive(Debug, Clone, Copy)]
pub(in crate::build) struct Ran {
    pub(in crate::build) took: Duration,
    /// The size of the build's folder at its end.
    pub(in crate::build) bytes: u64,
}

/// Why a command is not done.
#[derive(Debug)]
pub(in crate::build) enum Failure {
    /// It could not be started.
    Start(String),
    /// It ended with this status.
    Ended(String),
    /// It was ended since it exceeded a limit.
    Limit(String),
}

impl Sandbox {
    /// Runs a command to its end.
    pub(in crate::build) fn run(&self, job: &Job<'_>) -> Result<Ran, Failure> {
        let started = Instant::now();
        let could_not = |error: io::Error| Failure::Start(error.to_string());
        let mut command = self.command(job).map_err(could_not)?;
        let log = File::create(job.log).map_err(could_not)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(could_not)?)
            .stderr(log);
        let mut child = command.spawn().map_err(could_not)?;
        let ended = self.watch(&mut child, job, started);
        end(&mut child);
        let status = ended?;
        // What it wrote since it was last measured counts too.
        let size = self.measure(job);
        if let Some(excess) = size.excess(&self.limits) {
            return Err(Failure::Limit(excess));
        }
        if status.success() {
            Ok(Ran {
                took: started.elapsed(),
                bytes: size.bytes,
            })
        } else {
            Err(Failure::Ended(shown(status)))
        }
    }

    /// Measures what a command has written: its folder and its output.
    fn measure(&self, job: &Job<'_>) -> Size {
        let mut size = Size::of(job.folder, &self.limits);
        size.add_file(job.log);
        size
    }

    /// Waits for the end of a command, or for a limit that it exceeds.
    fn watch(
        &self,
        child: &mut Child,
        job: &Job<'_>,
        started: Instant,
    ) -> Result<ExitStatus, Failure> {
        let mut pause = Duration::from_millis(1);
        let mut measured = started;
        let mut measure_after = MEASURE;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(error) => return Err(Failure::Start(error.to_string())),
            }
            if started.elapsed() > self.limits.time {
                let seconds = self.limits.time.as_secs();
                return Err(Failure::Limit(format!(
                    "it ran longer than {seconds} s, the limit"
                )));
            }
            if measured.elapsed() > measure_after {
                let begun = Instant::now();
                if let Some(excess) = self.measure(job).excess(&self.limits) {
                    return Err(Failure::Limit(excess));
                }
                measured = Instant::now();
                measure_after = MEASURE.max(begun.elapsed() * MEASURING);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSE);
        }
    }

    /// The command, as it is started from here.
    fn command(&self, job: &Job<'_>) -> io::Result<Command> {
        let temporary = job.folder.join(TEMPORARY);
        let home = job.folder.join("home");
        make_own(&temporary)?;
        make_own(&home)?;
        let mut command = self.started(job)?;
        let temporary = match self.confinement {
            Confinement::None(_) => temporary,
            _ => "/tmp".into(),
        };
        command
            .env_clear()
            .envs(environment::variables(
                &self.seen(&home, job.folder),
                &temporary,
            ))
            .envs(job.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// On Linux, this executable starts as a sandbox, even where it sets only limits.
    #[cfg(target_os = "linux")]
    fn started(&self, job: &Job<'_>) -> io::Result<Command> {
        use std::os::unix::process::CommandExt;

        let root = job.folder.with_extension("root");
        fs::create_dir_all(&root)?;
        let setup = Setup {
            namespaces: self.confinement == Confinement::Namespaces,
            parent: std::process::id(),
            folder: job.folder.to_owned(),
            shown: job.view.shown().map(Path::to_owned).collect(),
            current_dir: self.seen(job.current_dir, job.folder),
            file_bytes: self.limits.bytes,
            root,
        };
        let file = job.folder.with_extension("setup");
        fs::write(&file, serde_json::to_string(&setup)?)?;
        let mut command = Command::new("/proc/self/exe");
        command.arg0(super::linux::SANDBOX).arg(file);
        if let Confinement::Bubblewrap(program) = &self.confinement {
            command
                .arg(program)
                .args(super::bubblewrap::arguments(&setup)?);
        }
        command.arg(job.program).args(&job.arguments);
        command.current_dir(job.current_dir);
        Ok(command)
    }

    #[cfg(not(target_os = "linux"))]
    fn started(&self, job: &Job<'_>) -> io::Result<Command> {
        let mut command = Command::new(job.program);
        command.args(&job.arguments).current_dir(job.current_dir);
        Ok(command)
    }
}

/// Makes a folder that the build may write to. An earlier command of the build may have put a link in its
/// place, which would lead the next one, and whoever mounts it, elsewhere.
fn make_own(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => {
            fs::remove_file(folder)?;
            fs::create_dir(folder)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}

/// Ends a command and, on Linux, the processes of its session; namespaces end by themselves.
fn end(child: &mut Child) {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::signal::{Signal, killpg};
        use nix::unistd::Pid;

        if let Ok(group) = i32::try_from(child.id()) {
            // There may be none left.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

/// How a command ended. Processes of a sandbox pass on a signal as a shell does.
fn shown(status: ExitStatus) -> String {
    match status.code() {
        Some(code @ 129..=192) => format!("signal {}", code - 128),
        _ => status.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_place_of_a_folder_of_the_build_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("outside")).unwrap();
        std::os::unix::fs::symlink("outside", path("tmp")).unwrap();
        std::os::unix::fs::symlink("nowhere", path("home")).unwrap();
        for name in ["tmp", "home", "new"] {
            make_own(&path(name)).unwrap();
            assert!(fs::symlink_metadata(path(name)).unwrap().is_dir(), "{name}");
            make_own(&path(name)).unwrap();
        }
        fs::write(path("file"), "").unwrap();
        make_own(&path("file")).unwrap();
        assert!(path("file").is_dir());
    }
}
