//! The spellings of targets: pex's `PLATFORM-IMPL-VERSION-ABI`, shorter forms, and presets.
//!
//! <https://docs.pex-tool.org/api/vars.html> (`--platform`). Every spelling is displayed in one
//! canonical form, with all parts.

use std::fmt;
use std::str::FromStr;

use crate::python::{Abi, Implementation, PythonVersion};
use crate::{Platform, presets, suggest};

/// The parts of a target's spelling: the platform and the interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Spelling {
    pub(crate) platform: Platform,
    pub(crate) implementation: Implementation,
    pub(crate) python: PythonVersion,
    pub(crate) abi: Abi,
}

impl Spelling {
    /// The interpreter tag: `cp311`.
    pub(crate) fn python_tag(&self) -> String {
        let (major, minor) = (self.python.major(), self.python.minor());
        format!("{}{major}{minor}", self.implementation.abbreviation())
    }
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-",
            self.platform,
            self.implementation.abbreviation()
        )?;
        match self.python.patch() {
            Some(_) => write!(f, "{}", self.python)?,
            None => write!(f, "{}{}", self.python.major(), self.python.minor())?,
        }
        write!(f, "-{}", self.abi)
    }
}

impl FromStr for Spelling {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = match presets::resolve(text) {
            Some(expanded) => expanded.and_then(|expanded| parse(&expanded)),
            None => parse(text),
        };
        parsed.map_err(|problem| ParseTargetError {
            text: text.into(),
            problem,
            suggestions: suggest::suggestions(text),
        })
    }
}

/// Reads a spelling that is not a preset; the error says what is wrong.
fn parse(text: &str) -> Result<Spelling, String> {
    let fields: Vec<&str> = text.split('-').collect();
    if text == "current" {
        return Err("it stands for an installed interpreter, which must run first".into());
    }
    if text.contains('+') {
        return Err("a name with `+` stands for a complete-platform file; name the file".into());
    }
    if text.is_empty() {
        return Err("it is empty".into());
    }
    let Some(at) = fields
        .iter()
        .position(|field| implementation(field).is_some())
    else {
        return Err(without_interpreter(text, &fields));
    };
    let (platform, interpreter) = fields.split_at(at);
    if platform.iter().all(|field| field.is_empty()) {
        return Err("the platform is missing".into());
    }
    let platform = Platform::parse(&platform.join("-"))?;
    let (implementation, python, abi) = interpreter_fields(interpreter)?;
    let (version, flags) = split_flags(python);
    let python = PythonVersion::parse(version)?;
    let abi = match (flags, abi) {
        ("", Some(abi)) => Abi::parse(abi, implementation, python)?,
        ("", None) => Abi::usual(implementation, python).ok_or_else(|| {
            format!(
                "the ABI of {} {python} must be named",
                implementation.name()
            )
        })?,
        (flags, None) => Abi::parse(flags, implementation, python)?,
        (flags, Some(_)) => return Err(format!("the flags `{flags}` belong in the ABI")),
    };
    Ok(Spelling {
        platform,
        implementation,
        python,
        abi,
    })
}

/// What is wrong with a spelling in which no part names an interpreter.
fn without_interpreter(text: &str, fields: &[&str]) -> String {
    let named = fields
        .iter()
        .find(|field| suggest::python_in(field).is_some());
    match (Platform::parse(text), named) {
        (Ok(_), _) => "the Python is missing".into(),
        (Err(_), Some(field)) => {
            format!("`{field}` does not name an interpreter, as `cp312` does")
        }
        (Err(problem), None) => problem,
    }
}

/// The implementation that `cp`, `cp311` or `cp3.11` names.
fn implementation(field: &str) -> Option<Implementation> {
    let known = [Implementation::CPython, Implementation::PyPy];
    known.into_iter().find(|implementation| {
        let rest = field.strip_prefix(implementation.abbreviation());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// The implementation and the version that the Python tag `cp311` names.
pub(crate) fn implementation_of_tag(tag: &str) -> Option<(Implementation, &str)> {
    let implementation = implementation(tag)?;
    Some((
        implementation,
        tag.strip_prefix(implementation.abbreviation())?,
    ))
}

/// Implementation, version with flags, and ABI out of `cp-311-cp311`, `cp-311`, `cp311-cp311`, `cp311`.
fn interpreter_fields<'a>(
    fields: &[&'a str],
) -> Result<(Implementation, &'a str, Option<&'a str>), String> {
    let first = fields.first().copied().unwrap_or_default();
    let implementation = implementation(first).ok_or("the implementation of Python is missing")?;
    let (python, rest) = match first.strip_prefix(implementation.abbreviation()) {
        Some("") | None => match fields.get(1) {
            Some(python) => (*python, fields.get(2..).unwrap_or_default()),
            None => return Err(format!("the version of Python is missing after `{first}`")),
        },
        Some(python) => (python, fields.get(1..).unwrap_or_default()),
    };
    if python.is_empty() {
        return Err("the version of Python is blank".into());
    }
    match rest {
        [] => Ok((implementation, python, None)),
        [""] => Err("the ABI is blank".into()),
        [abi] => Ok((implementation, python, Some(abi))),
        [_, more @ ..] => Err(format!("unexpected `{}` after the ABI", more.join("-"))),
    }
}

/// Splits the ABI flags off `313t`.
fn split_flags(python: &str) -> (&str, &str) {
    let version = python.trim_end_matches(|c: char| c.is_ascii_lowercase());
    if version.is_empty() {
        (python, "")
    } else {
        python.split_at(version.len())
    }
}

/// The error of a text that is not a valid target: what is wrong, and similar targets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a target: {problem}{}", did_you_mean(.suggestions))]
pub struct ParseTargetError {
    text: Box<str>,
    problem: String,
    suggestions: Vec<String>,
}

impl ParseTargetError {
    /// Suggested spellings, most likely first; may be empty.
    pub fn suggestions(&self) -> &[String] {
        &self.suggestions
    }
}

fn did_you_mean(suggestions: &[String]) -> String {
    let quoted: Vec<_> = suggestions
        .iter()
        .map(|suggestion| format!("`{suggestion}`"))
        .collect();
    if quoted.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", quoted.join(" or "))
    }
}
