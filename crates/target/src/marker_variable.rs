//! The variables that a marker may name, except `extra`.
//!
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>

use std::fmt;
use std::str::FromStr;

/// A variable of a marker, other than `extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MarkerVariable {
    /// `os_name`: `os.name`, as `posix`.
    OsName,
    /// `sys_platform`: `sys.platform`, as `linux`.
    SysPlatform,
    /// `platform_machine`: `platform.machine()`, as `x86_64`.
    PlatformMachine,
    /// `platform_python_implementation`: `platform.python_implementation()`, as `CPython`.
    PlatformPythonImplementation,
    /// `platform_release`: `platform.release()`, the version of the kernel.
    PlatformRelease,
    /// `platform_system`: `platform.system()`, as `Linux`.
    PlatformSystem,
    /// `platform_version`: `platform.version()`, the build of the kernel.
    PlatformVersion,
    /// `python_version`: major and minor version, as `3.11`.
    PythonVersion,
    /// `python_full_version`: the version in full, as `3.11.9`.
    PythonFullVersion,
    /// `implementation_name`: `sys.implementation.name`, as `cpython`.
    ImplementationName,
    /// `implementation_version`: `sys.implementation.version`, as `3.11.9`.
    ImplementationVersion,
}

impl MarkerVariable {
    /// All of them, in the order of the specification.
    pub const ALL: [Self; 11] = [
        Self::OsName,
        Self::SysPlatform,
        Self::PlatformMachine,
        Self::PlatformPythonImplementation,
        Self::PlatformRelease,
        Self::PlatformSystem,
        Self::PlatformVersion,
        Self::PythonVersion,
        Self::PythonFullVersion,
        Self::ImplementationName,
        Self::ImplementationVersion,
    ];

    /// The name in a marker.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OsName => "os_name",
            Self::SysPlatform => "sys_platform",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::PlatformRelease => "platform_release",
            Self::PlatformSystem => "platform_system",
            Self::PlatformVersion => "platform_version",
            Self::PythonVersion => "python_version",
            Self::PythonFullVersion => "python_full_version",
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
        }
    }

    /// The names of PEP 345 and of setuptools, which packaging still reads.
    fn from_legacy(name: &str) -> Option<Self> {
        match name {
            "os.name" => Some(Self::OsName),
            "sys.platform" => Some(Self::SysPlatform),
            "platform.machine" => Some(Self::PlatformMachine),
            "platform.version" => Some(Self::PlatformVersion),
            "platform.python_implementation" | "python_implementation" => {
                Some(Self::PlatformPythonImplementation)
            }
            _ => None,
        }
    }
}

impl fmt::Display for MarkerVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MarkerVariable {
    type Err = ParseMarkerVariableError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|variable| variable.as_str() == name)
            .or_else(|| Self::from_legacy(name))
            .ok_or_else(|| ParseMarkerVariableError { name: name.into() })
    }
}

/// The error of a name that is not a marker variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a marker variable; use one of {}", variables())]
pub struct ParseMarkerVariableError {
    name: Box<str>,
}

fn variables() -> String {
    MarkerVariable::ALL.map(MarkerVariable::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is displayed is read back as the same variable.
    #[test]
    fn names_round_trip() {
        for variable in MarkerVariable::ALL {
            assert_eq!(variable.to_string().parse(), Ok(variable));
        }
    }

    /// packaging accepts six names from before PEP 508, and so do we.
    #[test]
    fn legacy_names_are_read() {
        for (legacy, name) in [
            ("os.name", "os_name"),
            ("sys.platform", "sys_platform"),
            ("platform.version", "platform_version"),
            ("platform.machine", "platform_machine"),
            (
                "platform.python_implementation",
                "platform_python_implementation",
            ),
            ("python_implementation", "platform_python_implementation"),
        ] {
            assert_eq!(legacy.parse::<MarkerVariable>(), name.parse());
        }
        assert!("platform.system".parse::<MarkerVariable>().is_err());
        assert!("extra".parse::<MarkerVariable>().is_err());
    }
}
