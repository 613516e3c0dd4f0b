//! The formats of locks, recognised by their content.

use std::fmt;

use serde_json::Value;
use toml::Table;

use crate::read::without_comments;

/// The largest lock that is read, in bytes: a parser of TOML takes 45 times that of memory.
pub(crate) const MAX_BYTES: usize = 10 << 20;

/// The formats of locks that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `uv.lock`.
    Uv,
    /// `poetry.lock`.
    Poetry,
    /// `pdm.lock`.
    Pdm,
    /// `Pipfile.lock`.
    Pipfile,
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// What `pex3 lock create` writes.
    Pex,
    /// `conda-lock.yml`, of which the packages that pip installs are read.
    CondaLock,
    /// What `pip install --report` writes.
    PipReport,
    /// Pinned requirements, as pip-compile, uv and `pip freeze` write them.
    Requirements,
}

impl Format {
    /// The format of a lock; pinned requirements where it is nothing else, or too large for a lock.
    pub fn of(text: &str) -> Self {
        if text.len() > MAX_BYTES {
            return Self::Requirements;
        }
        let start = without_comments(text);
        if start.trim_start().starts_with('{') {
            return serde_json::from_str(&start).map_or(Self::Requirements, |json| of_json(&json));
        }
        if is_conda_lock(text) {
            return Self::CondaLock;
        }
        text.parse().map_or_else(
            |_| of_damaged_toml(text),
            |document| of_toml(&document).unwrap_or(Self::Requirements),
        )
    }

    /// The format that a file of this name has, where the name alone says so.
    pub fn of_name(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let is_pylock = name
            .strip_prefix("pylock.")
            .and_then(|rest| rest.strip_suffix("toml"))
            .is_some_and(|middle| middle.is_empty() || middle.ends_with('.'));
        match name {
            "uv.lock" => Some(Self::Uv),
            "poetry.lock" => Some(Self::Poetry),
            "pdm.lock" => Some(Self::Pdm),
            "Pipfile.lock" => Some(Self::Pipfile),
            "conda-lock.yml" => Some(Self::CondaLock),
            _ if is_pylock => Some(Self::Pylock),
            _ => None,
        }
    }

    /// The tool or the file that people know it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pdm => "pdm.lock",
            Self::Pipfile => "Pipfile.lock",
            Self::Pylock => "pylock.toml",
            Self::Pex => "pex lock",
            Self::CondaLock => "conda-lock.yml",
            Self::PipReport => "pip report",
            Self::Requirements => "requirements file",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn of_json(json: &Value) -> Format {
    let has = |key: &str| json.get(key).is_some();
    if has("locked_resolves") {
        Format::Pex
    } else if has("_meta") {
        Format::Pipfile
    } else if has("install") {
        Format::PipReport
    } else {
        Format::Requirements
    }
}

fn of_toml(document: &Table) -> Option<Format> {
    let metadata = document.get("metadata").and_then(|value| value.as_table());
    let says = |key: &str| metadata.is_some_and(|metadata| metadata.contains_key(key));
    if document.contains_key("lock-version") {
        Some(Format::Pylock)
    } else if says("lock_version") {
        Some(Format::Pdm)
    } else if says("lock-version") || says("content-hash") {
        Some(Format::Poetry)
    } else if document.contains_key("version") {
        Some(Format::Uv)
    } else {
        None
    }
}

/// For an invalid document, the format that its headings suggest, so that the error names it.
fn of_damaged_toml(text: &str) -> Format {
    let has = |line: &str| text.lines().any(|found| found.trim_end() == line);
    let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
    if begins("lock-version = ") && has("[[packages]]") {
        Format::Pylock
    } else if !has("[[package]]") {
        Format::Requirements
    } else if begins("lock_version = ") {
        Format::Pdm
    } else if begins("content-hash = ") || begins("optional = ") {
        Format::Poetry
    } else {
        Format::Uv
    }
}

fn is_conda_lock(text: &str) -> bool {
    let has = |line: &str| text.lines().any(|found| found.trim_end() == line);
    let has_version = text.lines().any(|line| line.starts_with("version:"));
    has_version && has("package:") && has("metadata:")
}
