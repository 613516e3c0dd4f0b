//! The text of a strict file: what pip, uv and pex read, and what people review.
//!
//! A pin is one requirement line, wrapped after its version and after each hash but the last, so
//! that the comments below it do not belong to it
//! (<https://pip.pypa.io/en/stable/reference/requirements-file-format/#line-continuations>).

use std::fmt::{self, Write};

use harden_packaging::{Sha256, Via};

use crate::comment_text::{joined_names, one_line};
use crate::file::{Header, StrictFile, StrictPin};
use crate::{BuiltFrom, ProjectRecord};

/// The parts of the header's first line around the names of the loose files.
pub(crate) const FIRST_LINE: (&str, &str) = (
    "# Hardened by harden; change ",
    " and run this again, rather than edit:",
);

/// What stands before the command, and before each entry of a `# via` list.
pub(crate) const COMMAND: &str = "#     ";

/// What stands before the repository that a pin comes from.
pub(crate) const REPOSITORY: &str = "repository: ";

/// What stands before a URL that was read, and before the digest of its bytes.
pub(crate) const URL: (&str, &str) = ("# url: ", " sha256:");

/// What stands before the fields of the header.
pub(crate) const HEADER_LINE: &str = "# harden: ";

/// What stands before the digest of the content, in the header.
pub(crate) const PINS: &str = "pins=sha256:";

/// The bytes that a hash takes.
const BYTES_OF_HASH: usize = 85;

/// The version of this format.
pub(crate) const FORMAT: &str = "1";

impl fmt::Display for StrictFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(header) = &self.header {
            f.write_str(&head(header, Some(header.pins)))?;
        }
        for option in &self.options {
            writeln!(f, "{option}")?;
        }
        self.pins
            .iter()
            .try_for_each(|pin| f.write_str(&entry(pin)))
    }
}

/// The header; without the digest of the content for the sake of that digest.
pub(crate) fn head(header: &Header, pins: Option<Sha256>) -> String {
    let mut lines = Vec::new();
    if !header.loose.is_empty() {
        let (before, after) = FIRST_LINE;
        lines.push(format!("{before}{}{after}", joined_names(&header.loose)));
    }
    if let Some(command) = &header.command {
        lines.push(format!("{COMMAND}{command}"));
    }
    let (before, digest_is) = URL;
    for (url, digests) in &header.urls {
        let digests = digests.iter();
        lines.extend(digests.map(|digest| format!("{before}{}{digest_is}{digest}", one_line(url))));
    }
    lines.extend(header.projects.iter().flat_map(ProjectRecord::lines));
    let mut fields = vec![format!("inputs=sha256:{}", header.inputs)];
    fields.extend(pins.map(|pins| format!("{PINS}{pins}")));
    fields.push(format!("platforms={}", header.platforms.join(",")));
    fields.extend(
        header
            .exclude_newer
            .map(|moment| format!("exclude-newer={moment}")),
    );
    let own = header.exclude_newer_packages.iter();
    let own: Vec<String> = own
        .map(|(name, moment)| format!("{name}={moment}"))
        .collect();
    if !own.is_empty() {
        fields.push(format!("exclude-newer-package={}", own.join(",")));
    }
    lines.push(format!("{HEADER_LINE}{FORMAT} {}", fields.join(" ")));
    lines.join("\n") + "\n"
}

/// A pin and the comments that belong to it.
pub(crate) fn entry(pin: &StrictPin) -> String {
    // A lock of many pins is mostly digests.
    let mut text = String::with_capacity(256 + pin.hashes.len() * BYTES_OF_HASH);
    match &pin.reference {
        Some(reference) => text.push_str(&reference.requirement()),
        None => {
            let _ = write!(text, "{}=={}", pin.name, pin.version);
        }
    }
    if let Some(marker) = pin.marker_text() {
        text.push_str(" ; ");
        text.push_str(marker);
    }
    for hash in &pin.hashes {
        let _ = write!(text, " \\\n    --hash=sha256:{hash}");
    }
    text.push('\n');
    for comment in comments(pin) {
        text.push_str("    # ");
        text.push_str(&comment);
        text.push('\n');
    }
    text
}

impl StrictPin {
    /// The comment lines, without `#`, between the file names and the record of a build: the digests of
    /// the metadata that its wheels were resolved with (see [`crate::metadata_digest`]), the
    /// repository of its sdist, and what is recorded of its origin (see [`crate::Recorded`]).
    pub fn record_lines(&self) -> Vec<String> {
        let repository = self.repository.iter();
        let repository = repository.map(|url| format!("{REPOSITORY}{}", one_line(url)));
        let lines = self.metadata.lines().chain(repository);
        lines.chain(self.recorded.lines()).collect()
    }
}

fn comments(pin: &StrictPin) -> Vec<String> {
    let mut via: Vec<String> = pin.via.iter().map(via_text).collect();
    via.sort();
    let mut comments = match via.as_slice() {
        [] => Vec::new(),
        [only] => vec![format!("via {only}")],
        several => std::iter::once("via".to_owned())
            .chain(several.iter().map(|entry| format!("  {entry}")))
            .collect(),
    };
    if !pin.extras.is_empty() {
        let extras: Vec<&str> = pin.extras.iter().map(AsRef::as_ref).collect();
        comments.push(format!("extras: {}", extras.join(", ")));
    }
    comments.extend(pin.files.iter().cloned());
    comments.extend(pin.record_lines());
    comments.extend(pin.built_from.iter().flat_map(BuiltFrom::lines));
    comments
}

fn via_text(via: &Via) -> String {
    match via {
        Via::Package(name) => name.to_string(),
        Via::File(file) => format!("-r {file}"),
    }
}
