//! The interpreter for builds: what it must have, and the commands it runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{BuildError, Sandbox, View};

/// Prints what [`Probe`] holds; fails where it has no pip, or no `venv`.
const PROBE: &str = include_str!("probe.py");

/// What an interpreter says of itself.
#[derive(Debug, Deserialize)]
struct Probe {
    pip: String,
    /// The interpreter itself, where the program that was named is a script or a link.
    executable: PathBuf,
    /// The folders that it needs to run.
    folders: Vec<PathBuf>,
}

/// The first pip that works for another interpreter than its own (`--python`).
const OLDEST_PIP: (u32, u32) = (22, 3);

/// An interpreter that can build: it has `venv`, and a pip that works for the environments it makes.
#[derive(Debug, Clone)]
pub struct Interpreter {
    path: PathBuf,
    sandbox: Sandbox,
    view: View,
}

impl Interpreter {
    /// Asks the interpreter at `path` for what building takes. Code of sdists runs in
    /// `sandbox`.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError::Interpreter`] where it lacks something.
    pub fn new(path: &Path, sandbox: Sandbox) -> Result<Self, BuildError> {
        let lacks = |reason: String| BuildError::Interpreter {
            python: path.to_owned(),
            reason,
        };
        let mut command = Command::new(path);
        command.args(["-I", "-c", PROBE]).stdin(Stdio::null());
        let output = command.output().map_err(|error| lacks(error.to_string()))?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            let said = said(&output.stderr);
            return Err(lacks(match said.lines().last() {
                Some(last) => format!("it has no pip, or no venv: {last}"),
                None => output.status.to_string(),
            }));
        }
        let probe: Probe = serde_json::from_slice(&output.stdout)
            .map_err(|error| lacks(format!("its description of itself cannot be read: {error}")))?;
        if is_too_old(&probe.pip) {
            let (version, (major, minor)) = (probe.pip, OLDEST_PIP);
            return Err(lacks(format!(
                "its pip is {version}; {major}.{minor} or newer is needed"
            )));
        }
        Ok(Self {
            path: probe.executable,
            sandbox,
            view: View::new(&probe.folders),
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What its commands run in.
    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// What its commands see beside the folder of a build.
    pub(super) fn view(&self) -> &View {
        &self.view
    }
}

fn is_too_old(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST_PIP,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pip_that_knows_only_its_own_interpreter_is_too_old() {
        for version in ["20.3.4", "22.2.2", "9.0"] {
            assert!(is_too_old(version), "{version}");
        }
        for version in ["22.3", "23.2.1", "26.3", "new"] {
            assert!(!is_too_old(version), "{version}");
        }
    }
}
