//! What an interpreter says of itself: a program for it to run, and the target in what that prints.
//!
//! Nothing is run here; who wants the target of an interpreter gives it the program.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::complete_platform::patch_level;
use crate::python::{Abi, Implementation, PythonVersion};
use crate::spelling::Spelling;
use crate::{Environment, EnvironmentError, Platform, Target};

/// A program for the interpreter to run, as `python3 -I -c PROGRAM`; its standard output is what
/// [`Target::from_probe`] reads. For Python 3.7 and later; it needs the standard library alone.
pub const INTERPRETER_PROBE: &str = include_str!("probe.py");

#[derive(Deserialize)]
struct Output {
    platform: String,
    abi: String,
    markers: BTreeMap<String, String>,
}

impl Target {
    /// The target that an interpreter is, by what [`INTERPRETER_PROBE`] printed: with its patch
    /// level, and with all markers known.
    ///
    /// # Errors
    ///
    /// The output is not the probe's, or the interpreter is of an implementation or on a platform
    /// that is not known here.
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

/// Why the output of the probe is no target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It is not what the probe prints.
    #[error("the interpreter printed something else than what it was asked for")]
    Output(#[source] serde_json::Error),
    /// The interpreter is neither `CPython` nor `PyPy`.
    #[error("the interpreter is `{name}`; only CPython and PyPy are known")]
    Implementation {
        /// Its `implementation_name`.
        name: Box<str>,
    },
    /// The interpreter's markers make no environment.
    #[error("the interpreter contradicts itself about its version")]
    Markers(#[source] EnvironmentError),
    /// Neither glibc nor musl was found, so no wheel can be known to run there.
    #[error("the interpreter runs on {platform} with neither glibc nor musl")]
    NoLibc {
        /// The platform as far as it is known.
        platform: String,
    },
    /// Its platform or ABI is not known here.
    #[error("the interpreter is for a target that is not known: {0}")]
    Target(String),
}
