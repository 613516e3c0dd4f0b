//! The part of a line before its options, or after `-e`: a requirement, a URL or a path.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#example>
//!
//! Read as pip reads it: the marker begins at the first `;` (after a URL, at the first `; `), and a
//! text with the extension of an archive is an archive.

use harden_packaging::{DistFilename, ExtraName, PackageName};

use crate::inputs::{Direct, Entry, Location, is_url};
use crate::marker::Marker;
use crate::requirement::{Requirement, Source, extras};
use crate::syntax::{Cursor, Fault, SyntaxError, strip};

/// The extensions of archives that pip supports.
const ARCHIVES: [&str; 12] = [
    ".zip",
    ".whl",
    ".tar.bz2",
    ".tbz",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// Reads the requirement of a line; `exists` says whether a path is an existing file or folder.
pub(super) fn entry(text: &str, exists: &dyn Fn(&str) -> bool) -> Result<Entry, Fault> {
    let separator = if is_url(text) { "; " } else { ";" };
    let (written, marker) = match text.split_once(separator) {
        Some((written, marker)) => (
            written,
            self::marker(marker).map_err(|fault| fault.shifted(written.len() + separator.len()))?,
        ),
        None => (text, None),
    };
    let written = strip(written);
    if is_url(written) {
        let location = Location::of(written);
        return Ok(Entry::Unnamed(direct(location, Vec::new(), marker)?));
    }
    if let Some((path, extras)) = path(written, exists) {
        let location = Location::Path(path.into());
        return Ok(Entry::Unnamed(direct(location, extras, marker)?));
    }
    let requirement: Requirement = written.parse().map_err(|error: SyntaxError| {
        let reason = if looks_like_path(written) && !written.contains('@') {
            format!("`{written}` is neither a requirement nor an existing file or folder")
        } else {
            error.reason().to_owned()
        };
        Fault::new(error.offset(), reason)
    })?;
    Ok(Entry::Named(Requirement {
        marker,
        ..requirement
    }))
}

/// Reads the value of `-e`.
pub(super) fn editable(text: &str) -> Result<Entry, Fault> {
    if let Ok(Requirement {
        name,
        extras,
        source: Source::Url(url),
        marker,
    }) = text.parse()
    {
        return Ok(Entry::Editable(Direct {
            location: Location::of(&url),
            name: Some(name),
            extras,
            marker,
        }));
    }
    let (place, extras) = split_extras(text);
    if is_url(text) && !text.starts_with("file:") {
        return direct(Location::of(text), Vec::new(), None).map(Entry::Editable);
    }
    direct(Location::of(place), extras, None).map(Entry::Editable)
}

fn direct(
    location: Location,
    extras: Vec<ExtraName>,
    marker: Option<Marker>,
) -> Result<Direct, Fault> {
    let egg = match &location {
        Location::Url(url) | Location::Vcs(url) => egg(url)?,
        Location::Path(_) => None,
    };
    let place = match &location {
        Location::Url(url) => url.split(['?', '#']).next().unwrap_or_default(),
        Location::Vcs(_) => "",
        Location::Path(path) => path,
    };
    let name = DistFilename::at(place).ok().map(|file| file.name().clone());
    Ok(Direct {
        location,
        name: name.or(egg),
        extras,
        marker,
    })
}

/// The name in `#egg=name`.
fn egg(url: &str) -> Result<Option<PackageName>, Fault> {
    let Some(at) = url.find("#egg=").or_else(|| url.find("&egg=")) else {
        return Ok(None);
    };
    let start = at + "#egg=".len();
    let name = url[start..].split('&').next().unwrap_or_default();
    name.parse().map(Some).map_err(|_| {
        Fault::new(
            start,
            format!("`{name}` is not a name; extras are written as `name[extra] @ URL`"),
        )
    })
}

fn marker(text: &str) -> Result<Option<Marker>, Fault> {
    let trimmed = strip(text);
    if trimmed.is_empty() {
        return Ok(None);
    }
    let leading = text.find(trimmed).unwrap_or_default();
    trimmed
        .parse()
        .map(Some)
        .map_err(|error: SyntaxError| Fault::new(leading + error.offset(), error.reason()))
}

/// The path, if `text` is one, and the extras after it.
fn path<'t>(text: &'t str, exists: &dyn Fn(&str) -> bool) -> Option<(&'t str, Vec<ExtraName>)> {
    let (path, extras) = split_extras(text);
    if is_archive(path) {
        // `name @ URL` ends like an archive, too.
        let reference = text
            .split_once('@')
            .is_some_and(|(before, _)| !looks_like_path(before));
        return (!reference || exists(path)).then_some((path, extras));
    }
    (looks_like_path(text) && exists(path)).then_some((path, extras))
}

fn is_archive(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| path.ends_with(ending))
}

fn looks_like_path(text: &str) -> bool {
    text.contains('/') || text.starts_with('.')
}

/// Splits `path[extra]`; brackets that do not hold a list of extras belong to the path.
fn split_extras(text: &str) -> (&str, Vec<ExtraName>) {
    let whole = (text, Vec::new());
    let Some(at) = text.rfind('[').filter(|&at| at > 0 && text.ends_with(']')) else {
        return whole;
    };
    match extras(&mut Cursor::new(&text[at..])) {
        Ok(extras) => (text[..at].trim_end(), extras),
        Err(_) => whole,
    }
}
