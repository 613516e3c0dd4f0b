//! One pin read: `NAME[EXTRAS]==VERSION ; MARKER --hash=sha256:…`.

use std::collections::BTreeSet;

use harden_packaging::{ExtraName, PackageName, Sha256};

use crate::error::{ProblemKind, Remark};
use crate::file::{PinMarker, StrictPin};
use crate::print::{excerpt, is_file_name, one_line};

/// Reads the joined line of a pin; what it passes over goes to `remarks`.
pub(crate) fn read_pin(
    text: &str,
    line: usize,
    remarks: &mut Vec<Remark>,
) -> Result<StrictPin, ProblemKind> {
    let (requirement, options) = split_options(text);
    if is_read_otherwise(text) {
        return Err(ProblemKind::NoPin(excerpt(text)));
    }
    refuse_other_than_releases(requirement)?;
    let (requirement, marker) = match requirement.split_once(';') {
        Some((requirement, marker)) => (requirement, Some(marker)),
        None => (requirement, None),
    };
    let (spelled, extras, specifier) =
        split_name(requirement).ok_or_else(|| ProblemKind::NoPin(excerpt(text)))?;
    let name: PackageName = spelled
        .parse()
        .map_err(|_| ProblemKind::NoPin(excerpt(text)))?;
    let version = exact_version(specifier).ok_or_else(|| ProblemKind::NotPinned {
        name: name.clone(),
        specifier: excerpt(specifier),
    })?;
    let version = version
        .parse()
        .map_err(|_| ProblemKind::NoPin(excerpt(text)))?;
    let hashes = read_hashes(options, line, remarks)?;
    if hashes.is_empty() {
        return Err(ProblemKind::NoHash(name));
    }
    if name.as_str() != spelled {
        remarks.push(Remark::SpelledName {
            line,
            name: spelled.to_owned(),
        });
    }
    Ok(StrictPin {
        name,
        version,
        extras: read_extras(extras).ok_or_else(|| ProblemKind::NoPin(excerpt(text)))?,
        marker: marker.map(read_marker).transpose()?,
        hashes,
        via: BTreeSet::new(),
        files: BTreeSet::new(),
        line,
    })
}

/// Whether installers disagree on the text: pip puts the value of a variable for `${NAME}`, and
/// takes no white space but that of ASCII inside a requirement.
fn is_read_otherwise(text: &str) -> bool {
    text.contains("${") || text.contains(|c: char| c.is_whitespace() && !c.is_ascii())
}

/// Parts a line where its first option begins, as pip does: at the first `-` behind a space.
fn split_options(text: &str) -> (&str, &str) {
    text.split_at(text.find(" -").unwrap_or(text.len()))
}

fn refuse_other_than_releases(requirement: &str) -> Result<(), ProblemKind> {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    if marks.iter().any(|mark| requirement.starts_with(mark)) {
        return Err(ProblemKind::MergeConflict(excerpt(requirement)));
    }
    let refuse = |what| Err(ProblemKind::NotARelease(excerpt(requirement), what));
    let before_marker = requirement.split(';').next().unwrap_or_default().trim();
    if let Some((scheme, _)) = requirement.split_once("://") {
        let scheme = scheme.rsplit([' ', '@']).next().unwrap_or_default();
        let repository = ["git", "hg", "svn", "bzr"]
            .iter()
            .any(|vcs| scheme.starts_with(vcs));
        refuse(if repository {
            "a repository"
        } else {
            "a direct reference"
        })
    } else if before_marker.contains('@') {
        refuse("a direct reference")
    } else if before_marker.starts_with('.')
        || before_marker.contains(['/', '\\'])
        || is_file_name(before_marker)
    {
        refuse("a path")
    } else {
        Ok(())
    }
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
    let is_one = !version.is_empty() && !version.contains(['=', ',', '*', '<', '>', '~', '!']);
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
