//! Marker environments: the eleven variables of one interpreter, as far as they are known.
//!
//! A foreign target leaves some open; an open value is `None`, never a guess. `python_full_version` is
//! a range, since a target without a patch level stands for every patch release.
//!
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::Version;

use crate::MarkerVariable;

const VARIABLES: usize = MarkerVariable::ALL.len();

/// The environment in which markers are evaluated: one interpreter, or several that differ only in
/// `python_full_version` (and on `CPython` also in `implementation_version`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Environment {
    values: [Option<Arc<str>>; VARIABLES],
    python: PythonFullVersion,
}

/// The known part of `python_full_version`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PythonFullVersion {
    /// Exactly this one.
    Exact(Version),
    /// `major.minor.P` for every `P` from `first_patch` to `last_patch` (no end if `None`).
    Patches {
        /// The major version.
        major: u64,
        /// The minor version.
        minor: u64,
        /// The first patch level.
        first_patch: u64,
        /// The last patch level, inclusive; `None`: no end.
        last_patch: Option<u64>,
    },
}

impl Environment {
    /// The environment with these values; a variable that is not among them is open.
    ///
    /// # Errors
    ///
    /// Neither `python_version` nor `python_full_version` is given, one of them is not a version, or
    /// they contradict each other.
    pub fn from_values<V: Into<Arc<str>>>(
        values: impl IntoIterator<Item = (MarkerVariable, V)>,
    ) -> Result<Self, EnvironmentError> {
        let mut known: [Option<Arc<str>>; VARIABLES] = [const { None }; VARIABLES];
        for (variable, value) in values {
            known[variable as usize] = Some(value.into());
        }
        let full = known[MarkerVariable::PythonFullVersion as usize].take();
        let short = known[MarkerVariable::PythonVersion as usize].clone();
        let (exact, (major, minor)) = match (&full, &short) {
            (Some(full), _) => {
                let version = parse_full_version(full)?;
                let minor = major_minor(&version);
                (Some(version), minor)
            }
            (None, Some(short)) => (None, major_minor(&parse_version(short)?)),
            (None, None) => return Err(EnvironmentError::NoPython),
        };
        known[MarkerVariable::PythonVersion as usize] = Some(format!("{major}.{minor}").into());
        let mut environment = Self {
            values: known,
            python: PythonFullVersion::Patches {
                major,
                minor,
                first_patch: 0,
                last_patch: None,
            },
        };
        if let Some(short) = short {
            environment.check_minor(MarkerVariable::PythonVersion, &short)?;
        }
        if let Some(version) = exact {
            environment.set_exact(version);
        }
        Ok(environment)
    }

    /// The value of a variable; `None` if the target leaves it open.
    pub fn get(&self, variable: MarkerVariable) -> Option<&str> {
        self.values[variable as usize].as_deref()
    }

    /// The known part of the interpreter's version.
    pub fn python_full_version(&self) -> &PythonFullVersion {
        &self.python
    }

    /// The two environments on either side of a patch level: below `patch`, and `patch` or above.
    ///
    /// `None` if `patch` is not strictly inside the range.
    pub fn split_at_patch(&self, patch: u64) -> Option<(Environment, Environment)> {
        let PythonFullVersion::Patches {
            first_patch,
            last_patch,
            ..
        } = self.python
        else {
            return None;
        };
        let below = patch.checked_sub(1)?;
        if patch <= first_patch || last_patch.is_some_and(|last| last < patch) {
            return None;
        }
        Some((
            self.with_patches(first_patch, Some(below)),
            self.with_patches(patch, last_patch),
        ))
    }

    /// Sets a variable, as `--marker NAME=VALUE` does.
    ///
    /// # Errors
    ///
    /// The value contradicts what the target says about its Python. A `python_full_version` with the
    /// target's minor version is accepted and narrows the range.
    pub fn set(&mut self, variable: MarkerVariable, value: String) -> Result<(), EnvironmentError> {
        match variable {
            MarkerVariable::PythonVersion => self.check_minor(variable, &value),
            MarkerVariable::PythonFullVersion => {
                let version = parse_full_version(&value)?;
                if !self.python.may_be(&version) {
                    return Err(self.contradiction(variable, &value));
                }
                self.set_exact(version);
                Ok(())
            }
            _ => {
                self.values[variable as usize] = Some(value.into());
                Ok(())
            }
        }
    }

    /// The same environment on another machine.
    pub(crate) fn with_machine(&self, machine: &str) -> Self {
        let mut environment = self.clone();
        environment.values[MarkerVariable::PlatformMachine as usize] = Some(machine.into());
        environment
    }

    fn with_patches(&self, first_patch: u64, last_patch: Option<u64>) -> Self {
        let mut environment = self.clone();
        let (major, minor) = self.python.major_minor();
        if last_patch == Some(first_patch) {
            environment.set_exact(Version::new([major, minor, first_patch]));
        } else {
            environment.python = PythonFullVersion::Patches {
                major,
                minor,
                first_patch,
                last_patch,
            };
        }
        environment
    }

    /// Sets the exact version and the variables that follow from it.
    fn set_exact(&mut self, version: Version) {
        let text: Arc<str> = version.to_string().into();
        if self.get(MarkerVariable::ImplementationName) == Some("cpython") {
            // CPython's implementation version is its Python version.
            self.values[MarkerVariable::ImplementationVersion as usize]
                .get_or_insert_with(|| text.clone());
        }
        self.values[MarkerVariable::PythonFullVersion as usize] = Some(text);
        self.python = PythonFullVersion::Exact(version);
    }

    fn check_minor(&self, variable: MarkerVariable, value: &str) -> Result<(), EnvironmentError> {
        let agrees = major_minor(&parse_version(value)?) == self.python.major_minor();
        agrees
            .then_some(())
            .ok_or_else(|| self.contradiction(variable, value))
    }

    fn contradiction(&self, variable: MarkerVariable, value: &str) -> EnvironmentError {
        EnvironmentError::Contradiction {
            variable,
            value: value.into(),
            python: self.python.to_string().into(),
        }
    }
}

impl PythonFullVersion {
    /// The major and minor version, which are always known.
    pub fn major_minor(&self) -> (u64, u64) {
        match self {
            Self::Exact(version) => major_minor(version),
            Self::Patches { major, minor, .. } => (*major, *minor),
        }
    }

    /// Whether the interpreter may have this version.
    fn may_be(&self, version: &Version) -> bool {
        match self {
            Self::Exact(exact) => exact == version,
            Self::Patches {
                first_patch,
                last_patch,
                ..
            } => {
                let patch = version.release().get(2).copied().unwrap_or(0);
                major_minor(version) == self.major_minor()
                    && *first_patch <= patch
                    && last_patch.is_none_or(|last| patch <= last)
            }
        }
    }
}

impl fmt::Display for PythonFullVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => write!(f, "{version}"),
            Self::Patches {
                major,
                minor,
                first_patch: 0,
                last_patch: None,
            } => write!(f, "{major}.{minor}"),
            Self::Patches {
                major,
                minor,
                first_patch,
                last_patch: None,
            } => write!(f, "{major}.{minor}.{first_patch} and later"),
            Self::Patches {
                major,
                minor,
                first_patch,
                last_patch: Some(last),
            } => write!(f, "{major}.{minor}.{first_patch} to {major}.{minor}.{last}"),
        }
    }
}

/// Reads a `python_full_version`. A Python built from a checkout reports `3.13.0+`, which the
/// specification treats as the local version `3.13.0+local`.
fn parse_full_version(text: &str) -> Result<Version, EnvironmentError> {
    match text.strip_suffix('+') {
        Some(release) => parse_version(&format!("{release}+local")),
        None => parse_version(text),
    }
}

fn parse_version(text: &str) -> Result<Version, EnvironmentError> {
    Version::from_str(text).map_err(|_| EnvironmentError::NoVersion { text: text.into() })
}

fn major_minor(version: &Version) -> (u64, u64) {
    let number = |index| version.release().get(index).copied().unwrap_or(0);
    (number(0), number(1))
}

/// The error of values that are not a valid environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// The values do not include the version of Python.
    #[error("neither `python_version` nor `python_full_version` is given")]
    NoPython,
    /// A text that is not a version of Python.
    #[error("`{text}` is not a Python version; write it like 3.11.9")]
    NoVersion {
        /// What was given.
        text: Box<str>,
    },
    /// A value that contradicts another.
    #[error("`{variable}` cannot be `{value}`, since the target's Python is {python}")]
    Contradiction {
        /// The variable.
        variable: MarkerVariable,
        /// The value that was given for it.
        value: Box<str>,
        /// The known version of Python.
        python: Box<str>,
    },
}
