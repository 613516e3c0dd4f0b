//! Plain requirements and constraints files: pins without comments.

use std::collections::BTreeSet;
use std::fmt::Write;

use harden_hasher::StrictPin;

use super::Export;

/// How the lines of requirements look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A line each pin, without hashes.
    Bare,
    /// A line each pin, its hashes behind it, for tools that read no continued lines.
    Hashed,
}

/// Requirements without comments, a line each pin, below the options that installers need.
pub fn requirements(export: &Export<'_>, lines: Lines) -> String {
    let options = export
        .strict
        .options()
        .iter()
        .map(|option| format!("{option}\n"));
    let pins = export.strict.pins().iter().map(|pin| {
        let mut line = pinned(pin);
        if lines == Lines::Hashed {
            for hash in pin.hashes() {
                let _ = write!(line, " --hash=sha256:{hash}");
            }
        }
        line + "\n"
    });
    options.chain(pins).collect()
}

/// Constraints: what limits versions and requires nothing.
pub fn constraints(export: &Export<'_>) -> String {
    let pins = export.strict.pins().iter();
    let lines: BTreeSet<String> = pins
        .map(|pin| match pin.reference() {
            // pip takes no path as a constraint.
            Some(reference) if reference.is_path() => {
                with_marker(pin, format!("{}=={}", pin.name(), pin.version()))
            }
            _ => pinned(pin),
        })
        .collect();
    lines.into_iter().map(|line| line + "\n").collect()
}

fn pinned(pin: &StrictPin) -> String {
    let requirement = match pin.reference() {
        Some(reference) => reference.requirement(),
        None => format!("{}=={}", pin.name(), pin.version()),
    };
    with_marker(pin, requirement)
}

fn with_marker(pin: &StrictPin, requirement: String) -> String {
    match pin.marker_text() {
        Some(marker) => format!("{requirement} ; {marker}"),
        None => requirement,
    }
}
