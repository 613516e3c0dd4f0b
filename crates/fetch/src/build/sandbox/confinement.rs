//! How this machine can confine the code of builds, determined by trying.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::limits::Limits;
use super::run_command::{Failure, Job};
use super::setup_file::INSIDE;
use super::{BuildFolder, View};

/// How code of a build is kept from the rest of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confinement {
    /// By namespaces, which this executable sets up.
    Namespaces,
    /// By namespaces, which this executable of Bubblewrap sets up.
    Bubblewrap(PathBuf),
    /// Not at all, for this reason.
    None(String),
}

/// A way to run commands of a build.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(super) confinement: Confinement,
    pub(super) limits: Limits,
}

impl Sandbox {
    /// The tightest sandbox that works on this machine.
    pub fn find(limits: Limits) -> Self {
        let with = |confinement| Self {
            confinement,
            limits,
        };
        if !cfg!(target_os = "linux") {
            let reason = "only Linux has the necessary namespaces".to_owned();
            return with(Confinement::None(reason));
        }
        let own = with(Confinement::Namespaces);
        let Err(reason) = own.try_out() else {
            return own;
        };
        let Some(program) = super::bubblewrap::find() else {
            return with(Confinement::None(reason));
        };
        let bubblewrap = with(Confinement::Bubblewrap(program.clone()));
        match bubblewrap.try_out() {
            Ok(()) => bubblewrap,
            Err(why) => {
                let program = program.display();
                with(Confinement::None(format!("{reason}; {program}: {why}")))
            }
        }
    }

    /// How it confines.
    pub fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// Whether a build sees its folder under the same path each time.
    pub(in crate::build) fn hides_paths(&self) -> bool {
        !matches!(self.confinement, Confinement::None(_))
    }

    /// What a build can reach that it should not; `None` where it is confined.
    pub fn warning(&self) -> Option<String> {
        let Confinement::None(reason) = &self.confinement else {
            return None;
        };
        Some(format!(
            "builds are not isolated on this machine ({reason}): code of an sdist can read and \
             change your files, use the network and see other processes; on Linux, allow user \
             namespaces or install bubblewrap"
        ))
    }

    /// Where a build finds the file or folder at `path`, which is in `folder`, its own.
    pub(in crate::build) fn seen(&self, path: &Path, folder: &Path) -> PathBuf {
        match (&self.confinement, path.strip_prefix(folder)) {
            (Confinement::None(_), _) | (_, Err(_)) => path.to_owned(),
            (_, Ok(within)) if within.as_os_str().is_empty() => PathBuf::from(INSIDE),
            (_, Ok(within)) => Path::new(INSIDE).join(within),
        }
    }

    /// Runs a shell in it; the reason where that does not work.
    fn try_out(&self) -> Result<(), String> {
        // A program that does not call `enter` would start again as itself.
        const SAID: &str = "sandboxed";
        let folder = BuildFolder::new().map_err(|error| error.to_string())?;
        let own = folder.path().join("1");
        fs::create_dir(&own).map_err(|error| error.to_string())?;
        let log = folder.path().join("log");
        let ran = self.run(&Job {
            program: Path::new("sh"),
            arguments: vec!["-c".into(), format!("echo {SAID}").into()],
            variables: Vec::new(),
            current_dir: &own,
            folder: &own,
            log: &log,
            view: &View::new(&[]),
        });
        let output = fs::read_to_string(&log).unwrap_or_default();
        match ran {
            Ok(_) if output.trim() == SAID => Ok(()),
            Ok(_) => Err("this program cannot start as a sandbox".to_owned()),
            Err(Failure::Limit(reason) | Failure::Start(reason)) => Err(reason),
            Err(Failure::Ended(status)) => {
                let last = output.lines().last().map(str::to_owned);
                Err(last.unwrap_or(status))
            }
        }
    }
}

impl fmt::Display for Sandbox {
    /// In one line, for those who want to know what was done.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMESPACES: &str = "user, PID, mount, IPC, network and UTS namespaces";
        match &self.confinement {
            Confinement::Namespaces => write!(f, "{NAMESPACES} of its own")?,
            Confinement::Bubblewrap(path) => {
                write!(f, "{NAMESPACES} of its own, by {}", path.display())?;
            }
            Confinement::None(reason) => write!(f, "no isolation ({reason})")?,
        }
        let (minutes, megabytes) = (
            self.limits.time.as_secs().div_ceil(60),
            self.limits.bytes / 1_000_000,
        );
        write!(f, "; at most {minutes} min and {megabytes} MB a command")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: std::time::Duration::from_mins(1),
        bytes: 1 << 30,
    };

    #[test]
    fn a_program_that_does_not_enter_the_sandbox_is_not_taken_for_confined() {
        // The executable of this test never calls `enter`.
        let sandbox = Sandbox::find(LIMITS);
        assert_ne!(sandbox.confinement, Confinement::Namespaces);
    }

    #[test]
    fn paths_are_shown_as_the_build_sees_them() {
        let seen = |confinement, path| {
            let limits = LIMITS;
            let sandbox = Sandbox {
                confinement,
                limits,
            };
            let seen = sandbox.seen(Path::new(path), Path::new("/tmp/b/1"));
            seen.to_string_lossy().into_owned()
        };
        let own = || Confinement::Namespaces;
        assert_eq!(seen(own(), "/tmp/b/1/env"), "/harden-build/env");
        assert_eq!(seen(own(), "/tmp/b/1"), "/harden-build");
        assert_eq!(seen(own(), "/usr/bin"), "/usr/bin");
        let none = Confinement::None(String::new());
        assert_eq!(seen(none, "/tmp/b/1/env"), "/tmp/b/1/env");
    }
}
