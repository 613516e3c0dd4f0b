//! The target of an installed interpreter: a program that the interpreter runs, and the parser of its output.
//!
//! Nothing is run here; the caller runs the program.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::complete_platform::patch_level;
use crate::python::{Abi, Implementation, PythonVersion};
use crate::spelling::Spelling;
use crate::{Environment, EnvironmentError, Platform, Target};

/// A program for the interpreter to run as `python3 -I -c PROGRAM`; [`Target::from_probe`] reads its
/// standard output. It needs Python 3.7 or later and only the standard library.
pub const INTERPRETER_PROBE: &str = include_str!("probe.py");

#[derive(Deserialize)]
struct Output {
    platform: String,
    abi: String,
    markers: BTreeMap<String, String>,
}

impl Target {
    /// The target of the interpreter that printed this output of [`INTERPRETER_PROBE`]: it has a
    /// patch level, and all its marker values are known.
    ///
    /// # Errors
    ///
    /// The output is not that of the probe, or the implementation or the platform is unknown.
    pub fn from_probe(json: &str) -> Result<Self, ProbeError> {
        let output: Output = serde_json::from_str(json).map_err(ProbeError::Output)?;
        let implementation = implementation(&output)?;
        let markers = output.markers.into_iter();
        let known = markers.filter_map(|(name, value)| Some((name.parse().ok()?, value)));
        let environment = Environment::from_values(known).map_err(ProbeError::Markers)?;
        let platform = Platform::parse(&output.platform).map_err(ProbeError::Target)?;
        if platform.probably_meant().is_some() {
            return Err(ProbeError::NoLibc {
                platform: output.platform,
            });
        }
        let (major, minor) = environment.python_full_version().major_minor();
        let python =
            PythonVersion::parse(&format!("{major}.{minor}")).map_err(ProbeError::Target)?;
        let abi = Abi::parse(&output.abi, implementation, python).map_err(ProbeError::Target)?;
        let patch = patch_level(environment.python_full_version());
        let python = PythonVersion::new(python.major(), python.minor(), patch);
        let spelling = Spelling {
            platform,
            implementation,
            python,
            abi,
        };
        Ok(Self::new(spelling, environment, None))
    }
}

fn implementation(output: &Output) -> Result<Implementation, ProbeError> {
    let name = output
        .markers
        .get("implementation_name")
        .map_or("", String::as_str);
    let known = [Implementation::CPython, Implementation::PyPy];
    known
        .into_iter()
        .find(|implementation| implementation.marker_name() == name)
        .ok_or_else(|| ProbeError::Implementation { name: name.into() })
}

/// The error of probe output that is not a valid target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It is not the output of the probe.
    #[error("the interpreter's answer is not in the expected form")]
    Output(#[source] serde_json::Error),
    /// The interpreter is neither `CPython` nor `PyPy`.
    #[error("the interpreter is `{name}`; only CPython and PyPy are supported")]
    Implementation {
        /// Its `implementation_name`.
        name: Box<str>,
    },
    /// The marker values of the interpreter contradict each other.
    #[error("the interpreter contradicts itself about its version")]
    Markers(#[source] EnvironmentError),
    /// Neither glibc nor musl was found, so it is unknown which wheels run there.
    #[error("the interpreter runs on {platform} with neither glibc nor musl")]
    NoLibc {
        /// The known part of the platform.
        platform: String,
    },
    /// Its platform or ABI is unknown.
    #[error("the interpreter is for an unknown target: {0}")]
    Target(String),
}
