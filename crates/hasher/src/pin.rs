//! Parses one pin: `NAME[EXTRAS]==VERSION ; MARKER --hash=sha256:…`, with `NAME @ URL` or a path instead of
//! the version.

use std::collections::BTreeSet;

use harden_packaging::{ExtraName, PackageName, ParseReferenceError, Reference, Sha256};
use pep440_rs::Version;

use crate::comment_text::{excerpt, is_file_name, one_line};
use crate::error::{ProblemKind, Remark};
use crate::file::{PinMarker, StrictPin};
use crate::metadata_digest::MetadataDigests;
use crate::recorded::Recorded;

/// Reads the joined line of a pin; what it ignores goes to `remarks`.
pub(crate) fn read_pin(
    text: &str,
    line: usize,
    remarks: &mut Vec<Remark>,
) -> Result<StrictPin, ProblemKind> {
    let (requirement, options) = split_options(text);
    if is_read_otherwise(text) {
        return Err(ProblemKind::NoPin(excerpt(text)));
    }
    let asked = read_requirement(requirement, text)?;
    let hashes = read_hashes(options, line, remarks)?;
    if hashes.is_empty() {
        return Err(ProblemKind::NoHash(asked.name));
    }
    if let Some(spelled) = asked
        .spelled
        .filter(|spelled| *spelled != asked.name.as_str())
    {
        remarks.push(Remark::SpelledName {
            line,
            name: spelled.to_owned(),
        });
    }
    Ok(StrictPin {
        name: asked.name,
        version: asked.version,
        reference: asked.reference,
        extras: asked.extras,
        marker: asked.marker.map(read_marker).transpose()?,
        hashes,
        via: BTreeSet::new(),
        files: BTreeSet::new(),
        metadata: MetadataDigests::default(),
        built_from: None,
        repository: None,
        recorded: Recorded::default(),
        line,
    })
}

/// What stands before the hashes.
struct Asked<'t> {
    name: PackageName,
    /// The name as written, where it is.
    spelled: Option<&'t str>,
    version: Version,
    reference: Option<Reference>,
    extras: BTreeSet<ExtraName>,
    marker: Option<&'t str>,
}

fn read_requirement<'t>(requirement: &'t str, text: &str) -> Result<Asked<'t>, ProblemKind> {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    if marks.iter().any(|mark| requirement.starts_with(mark)) {
        return Err(ProblemKind::MergeConflict(excerpt(requirement)));
    }
    let (requirement, marker) = match requirement.split_once(';') {
        Some((requirement, marker)) => (requirement, Some(marker)),
        None => (requirement, None),
    };
    if is_reference(requirement) {
        let is_glued = marker.is_some() && !requirement.ends_with([' ', '\t']);
        // Of a URL it would be a part, and whatever follows no marker.
        return if is_glued {
            Err(ProblemKind::NoPin(excerpt(text)))
        } else {
            read_reference(requirement.trim(), marker)
        };
    }
    let no_pin = || ProblemKind::NoPin(excerpt(text));
    let (spelled, extras, specifier) = split_name(requirement).ok_or_else(no_pin)?;
    let name: PackageName = spelled.parse().map_err(|_| no_pin())?;
    let version = exact_version(specifier).ok_or_else(|| ProblemKind::NotPinned {
        name: name.clone(),
        specifier: excerpt(specifier),
    })?;
    Ok(Asked {
        version: version.parse().map_err(|_| no_pin())?,
        name,
        spelled: Some(spelled),
        reference: None,
        extras: read_extras(extras).ok_or_else(no_pin)?,
        marker,
    })
}

/// Whether a requirement without its marker names a file or a repository by its place.
fn is_reference(requirement: &str) -> bool {
    let requirement = requirement.trim();
    requirement.contains(['@', '/', '\\'])
        || requirement.starts_with('.')
        || is_file_name(requirement)
}

/// Reads `NAME[EXTRAS] @ URL`, a URL or a path.
fn read_reference<'t>(
    requirement: &'t str,
    marker: Option<&'t str>,
) -> Result<Asked<'t>, ProblemKind> {
    let bad = |why: String| ProblemKind::BadReference(excerpt(requirement), why);
    let (spelled, extras, place) = match split_name(requirement) {
        Some((name, extras, rest)) if rest.starts_with('@') => {
            (Some(name), extras, rest[1..].trim())
        }
        _ => (None, "", requirement),
    };
    let reference: Reference = place.parse().map_err(|error| match error {
        ParseReferenceError::Repository => {
            ProblemKind::NotARelease(excerpt(requirement), "a repository")
        }
        error => bad(error.to_string()),
    })?;
    if reference.has_login() {
        return Err(bad("its login is a secret".to_owned()));
    }
    let file = reference.file();
    let name = file.name().clone();
    if spelled.is_some_and(|spelled| spelled.parse().as_ref() != Ok(&name)) {
        return Err(bad(format!("the file is one of {name}")));
    }
    Ok(Asked {
        name,
        spelled,
        version: file.version().clone(),
        extras: read_extras(extras).ok_or_else(|| bad("its extras are malformed".to_owned()))?,
        reference: Some(reference.without_login()),
        marker,
    })
}

/// Whether installers disagree on the text: pip puts the value of a variable for `${NAME}`, and
/// takes no white space but that of ASCII inside a requirement.
fn is_read_otherwise(text: &str) -> bool {
    let has_variable = text.contains('$') && text.contains("${");
    has_variable || !text.is_ascii() && text.contains(|c: char| c.is_whitespace() && !c.is_ascii())
}

/// Parts a line where its first option begins, as pip does: at the first `-` behind a space.
fn split_options(text: &str) -> (&str, &str) {
    text.split_at(text.find(" -").unwrap_or(text.len()))
}

/// Parts `name[extras]specifier`; the name is as written, the extras without their brackets.
fn split_name(requirement: &str) -> Option<(&str, &str, &str)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let end = requirement
        .find(|c| !is_of_name(c))
        .unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let rest = rest.trim();
    match rest.strip_prefix('[') {
        Some(rest) => {
            let (extras, specifier) = rest.split_once(']')?;
            Some((name, extras, specifier.trim()))
        }
        None => Some((name, "", rest)),
    }
}

/// The version of `==VERSION`; `None` for any other specifier.
fn exact_version(specifier: &str) -> Option<&str> {
    let version = specifier.strip_prefix("==")?.trim();
    // A `!` ends the epoch of a version (`1!2.0`); `!=` holds a `=`.
    let is_one = !version.is_empty() && !version.contains(['=', ',', '*', '<', '>', '~']);
    is_one.then_some(version)
}

fn read_extras(text: &str) -> Option<BTreeSet<ExtraName>> {
    if text.trim().is_empty() {
        return Some(BTreeSet::new());
    }
    text.split(',')
        .map(|extra| extra.trim().parse().ok())
        .collect()
}

fn read_marker(text: &str) -> Result<PinMarker, ProblemKind> {
    let text = text.trim();
    match text.parse() {
        Ok(marker) => Ok(PinMarker {
            text: text.to_owned(),
            marker,
        }),
        Err(error) => Err(ProblemKind::BadMarker(one_line(&error.to_string()))),
    }
}

/// Reads `--hash=ALGORITHM:DIGEST` options, or the same with white space for `=`.
fn read_hashes(
    options: &str,
    line: usize,
    remarks: &mut Vec<Remark>,
) -> Result<BTreeSet<Sha256>, ProblemKind> {
    let mut hashes = BTreeSet::new();
    let mut words = options.split_whitespace();
    while let Some(word) = words.next() {
        let hash = match word.strip_prefix("--hash") {
            Some("") => words.next().unwrap_or("--hash"),
            Some(rest) => rest
                .strip_prefix('=')
                .ok_or_else(|| ProblemKind::BadPinOption(excerpt(word)))?,
            None => return Err(ProblemKind::BadPinOption(excerpt(word))),
        };
        match hash.split_once(':') {
            Some(("sha256", digest)) => {
                let digest = digest.parse();
                hashes.insert(digest.map_err(|_| ProblemKind::BadHash(excerpt(hash)))?);
            }
            Some(("sha384" | "sha512", digest)) if !digest.is_empty() => {
                let hash = hash.to_owned();
                remarks.push(Remark::OtherHash { line, hash });
            }
            _ => return Err(ProblemKind::BadHash(excerpt(hash))),
        }
    }
    Ok(hashes)
}
