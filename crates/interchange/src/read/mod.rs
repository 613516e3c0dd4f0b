//! Readers, one for each format, and what they share.

mod conda;
mod constraint;
mod pdm;
mod pex;
mod pip_report;
mod pipfile;
mod poetry;
mod pylock;
mod requirements;
mod uv;

pub(crate) use poetry::all_extras;
pub(crate) use uv::conflict_names;

use std::str::FromStr;

use harden_packaging::{ExtraName, PackageName, Sha256};
use harden_requirements::{Marker, Requirement, Specifiers};
use pep440_rs::Version;
use serde::de::DeserializeOwned;

use crate::lock::Lock;
use crate::{Format, ReadLockError};

/// Reads a lock of this format.
pub(crate) fn read(file: &str, text: &str, format: Format) -> Result<Lock, ReadLockError> {
    let reading = Reading::new(file, text, format);
    match format {
        Format::Uv => uv::read(&reading),
        Format::Poetry => poetry::read(&reading),
        Format::Pdm => pdm::read(&reading),
        Format::Pipfile => pipfile::read(&reading),
        Format::Pylock => pylock::read(&reading),
        Format::Pex => pex::read(&reading),
        Format::CondaLock => conda::read(&reading),
        Format::PipReport => pip_report::read(&reading),
        Format::Requirements => requirements::read(&reading),
    }
}

/// The text without the lines of `//` comments that Pants puts before the JSON of pex; they are left
/// empty, for lines to keep their numbers.
pub(crate) fn without_comments(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut is_head = true;
    let lines = text.split_inclusive('\n').map(|line| {
        let is_comment = line.trim_start().starts_with("//");
        is_head &= is_comment || line.trim().is_empty();
        if is_head { "\n" } else { line }
    });
    let joined: String = lines.collect();
    if joined.trim_start().starts_with('{') {
        joined
    } else {
        text.to_owned()
    }
}

/// A text that is being read.
pub(crate) struct Reading<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
    pub(crate) format: Format,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'t> Reading<'t> {
    fn new(file: &'t str, text: &'t str, format: Format) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            file,
            text,
            format,
            starts: ends.map(|(end, _)| end + 1).collect(),
        }
    }

    /// The line of a place in the text, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + self.starts.partition_point(|start| *start <= offset)
    }

    /// The first line from `from` on that holds `what`; `from` where none does.
    pub(crate) fn line_with(&self, what: &str, from: usize) -> usize {
        let skipped = from.saturating_sub(1);
        let mut lines = self.text.lines().skip(skipped);
        lines
            .position(|line| line.contains(what))
            .map_or(from, |place| skipped + 1 + place)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass texts and errors alike"
    )]
    pub(crate) fn damaged(&self, line: usize, reason: impl ToString) -> ReadLockError {
        ReadLockError::Damaged {
            file: self.file.to_owned(),
            line: line.max(1),
            format: self.format,
            reason: reason.to_string().replace('\n', "; "),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass texts and errors alike"
    )]
    pub(crate) fn other_version(
        &self,
        field: &'static str,
        version: impl ToString,
        known: &'static str,
    ) -> ReadLockError {
        ReadLockError::Version {
            file: self.file.to_owned(),
            format: self.format,
            field,
            version: version.to_string(),
            known,
        }
    }

    /// The text as a document of TOML.
    pub(crate) fn toml<T: DeserializeOwned>(&self) -> Result<T, ReadLockError> {
        toml::from_str(self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| self.line(span.start));
            self.damaged(line, error.message())
        })
    }

    /// The text as a document of JSON, below comments.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ReadLockError> {
        let text = without_comments(self.text);
        serde_json::from_str(&text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            self.damaged(error.line().max(1), message)
        })
    }

    fn parsed<T: FromStr>(&self, text: &str, field: &str, line: usize) -> Result<T, ReadLockError>
    where
        T::Err: std::fmt::Display,
    {
        text.parse()
            .map_err(|error| self.damaged(line, format!("`{field}`: {error}")))
    }

    pub(crate) fn name(&self, text: &str, line: usize) -> Result<PackageName, ReadLockError> {
        self.parsed(text, "name", line)
    }

    pub(crate) fn version(&self, text: &str, line: usize) -> Result<Version, ReadLockError> {
        self.parsed(text, "version", line)
    }

    pub(crate) fn group(&self, text: &str, line: usize) -> Result<ExtraName, ReadLockError> {
        self.parsed(text, "groups", line)
    }

    pub(crate) fn marker(
        &self,
        text: Option<&str>,
        line: usize,
    ) -> Result<Option<Marker>, ReadLockError> {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| self.parsed(text, "marker", line))
            .transpose()
    }

    pub(crate) fn specifiers(
        &self,
        text: &str,
        field: &str,
        line: usize,
    ) -> Result<Specifiers, ReadLockError> {
        self.parsed(text, field, line)
    }

    pub(crate) fn requirement(
        &self,
        text: &str,
        line: usize,
    ) -> Result<Requirement, ReadLockError> {
        self.parsed(text, "requirement", line)
    }

    pub(crate) fn names<C: FromIterator<ExtraName>>(
        &self,
        names: &[String],
        field: &str,
        line: usize,
    ) -> Result<C, ReadLockError> {
        let names = names.iter().map(|name| self.parsed(name, field, line));
        names.collect()
    }

    /// The digest of `sha256:…`; `None` for one of another kind.
    pub(crate) fn digest(&self, text: &str, line: usize) -> Result<Option<Sha256>, ReadLockError> {
        match text.split_once(':') {
            Some(("sha256", digest)) => self.parsed(digest, "hash", line).map(Some),
            Some(_) => Ok(None),
            None => Err(self.damaged(line, format!("`hash`: `{text}` names no algorithm"))),
        }
    }
}

/// The name of a file by its URL or path.
pub(crate) fn file_name(place: &str) -> Option<Box<str>> {
    let place = place.split(['#', '?']).next().unwrap_or(place);
    let file = harden_packaging::DistFilename::at(place).ok()?;
    Some(file.as_str().into())
}
