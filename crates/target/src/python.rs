//! The interpreter of a target: implementation, version and ABI, as wheel tags name them.
//!
//! <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#python-tag>

use std::fmt;

/// An implementation of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Implementation {
    /// `cp`: `CPython`.
    CPython,
    /// `pp`: `PyPy`.
    PyPy,
}

impl Implementation {
    /// The abbreviation in tags: `cp`, `pp`.
    pub fn abbreviation(self) -> &'static str {
        match self {
            Self::CPython => "cp",
            Self::PyPy => "pp",
        }
    }

    /// Its name, as in `platform_python_implementation`: `CPython`, `PyPy`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CPython => "CPython",
            Self::PyPy => "PyPy",
        }
    }

    /// Its value of `implementation_name`.
    pub(crate) fn marker_name(self) -> &'static str {
        match self {
            Self::CPython => "cpython",
            Self::PyPy => "pypy",
        }
    }
}

/// A version of Python: major, minor and, if the target has one, the patch level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PythonVersion {
    major: u8,
    minor: u8,
    patch: Option<u8>,
}

impl PythonVersion {
    pub(crate) const fn new(major: u8, minor: u8, patch: Option<u8>) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// The 3 of 3.11.9.
    pub fn major(self) -> u8 {
        self.major
    }

    /// The 11 of 3.11.9.
    pub fn minor(self) -> u8 {
        self.minor
    }

    /// The 9 of 3.11.9; `None`: every patch release.
    pub fn patch(self) -> Option<u8> {
        self.patch
    }

    /// Reads `311` or `3.11` or `3.11.9`; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (major, minor, patch) = if text.contains('.') {
            let mut parts = text.split('.');
            let number = |part: Option<&str>| part.and_then(number);
            let (major, minor) = (number(parts.next()), number(parts.next()));
            let patch = parts.next();
            if parts.next().is_some() || patch.is_some_and(|patch| number(Some(patch)).is_none()) {
                return Err(format!(
                    "`{text}` is not a Python version; write 3.11 or 3.11.9"
                ));
            }
            (major, minor, number(patch))
        } else {
            (
                number(text.get(..1).unwrap_or("")),
                number(text.get(1..).unwrap_or("")),
                None,
            )
        };
        match (major, minor) {
            (Some(major @ 2..=3), Some(minor @ 0..=99)) => Ok(Self::new(major, minor, patch)),
            (Some(_), Some(_)) => Err(format!("there is no Python {text}")),
            (Some(_), None) if text.len() == 1 => Err(format!(
                "`{text}` does not name a minor version of Python; write 311 or 3.11"
            )),
            _ => Err(format!(
                "`{text}` is not a Python version; write 311, 3.11 or 3.11.9"
            )),
        }
    }
}

/// A decimal number without sign or leading zeros.
pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let short = text.len() == 1 || !text.starts_with('0');
    (plain && short).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

/// The ABI of an interpreter: what its extension modules are compiled for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Abi(Box<str>);

impl Abi {
    /// The usual ABI of the implementation; `None` if there is none.
    pub(crate) fn usual(implementation: Implementation, python: PythonVersion) -> Option<Self> {
        let PythonVersion { major, minor, .. } = python;
        match (implementation, major, minor) {
            // PEP 3149: pymalloc, `m`, was a build option until Python 3.8.
            (Implementation::CPython, 3, ..8) => Some(Self(format!("cp{major}{minor}m").into())),
            // Whether Unicode is wide depends on the system.
            (Implementation::CPython, 2, _) => None,
            (Implementation::CPython, ..) => Some(Self(format!("cp{major}{minor}").into())),
            (Implementation::PyPy, 3, 6..=11) => {
                Some(Self(format!("pypy{major}{minor}_pp73").into()))
            }
            (Implementation::PyPy, ..) => None,
        }
    }

    /// Reads an ABI tag, in full or only `CPython`'s flags (`m`); the error says what is wrong.
    pub(crate) fn parse(
        text: &str,
        implementation: Implementation,
        python: PythonVersion,
    ) -> Result<Self, String> {
        match implementation {
            Implementation::CPython => Self::parse_cpython(text, python),
            Implementation::PyPy if is_pypy(text) => Ok(Self(text.into())),
            Implementation::PyPy => Err(format!(
                "`{text}` is not an ABI of PyPy; write it like pypy310_pp73"
            )),
        }
    }

    fn parse_cpython(text: &str, python: PythonVersion) -> Result<Self, String> {
        let (major, minor) = (python.major, python.minor);
        let version = format!("cp{major}{minor}");
        let flags = text.strip_prefix(version.as_str()).unwrap_or(text);
        // In the order in which CPython writes them.
        let known: &[&str] = match (major, minor) {
            (2, _) | (3, ..8) => &["", "m", "mu", "u", "d", "dm", "dmu", "du"],
            (_, ..13) => &["", "d"],
            _ => &["", "t", "d", "td"],
        };
        if known.contains(&flags) {
            Ok(Self(format!("{version}{flags}").into()))
        } else {
            Err(format!("`{text}` is not an ABI of CPython {major}.{minor}"))
        }
    }

    /// The tag, such as `cp311`, `cp37m`, `cp313t` or `pypy310_pp73`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it belongs to a `CPython` without the global interpreter lock (PEP 703).
    pub fn is_free_threaded(&self) -> bool {
        self.0.starts_with("cp") && self.0.contains('t')
    }
}

fn is_pypy(text: &str) -> bool {
    text.starts_with("pypy")
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
