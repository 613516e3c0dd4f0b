//! File names of distributions, accepted only if they belong to a pin.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention>,
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name>

use harden_hasher::StrictPin;
use harden_packaging::{DistKind, PackageName};
use harden_target::WheelFilename;
use pep440_rs::Version;

/// A distribution file of a pin: its name can be in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PinnedFile {
    pub(crate) name: String,
    pub(crate) kind: DistKind,
}

impl PinnedFile {
    /// Takes the name of a file of `pin`; `None` where it is not one.
    pub(crate) fn of(pin: &StrictPin, name: &str) -> Option<Self> {
        if !is_plain(name) {
            return None;
        }
        let kind = match name.strip_suffix(".whl") {
            Some(_) => wheel_kind(pin, name)?,
            None => sdist_kind(pin, name)?,
        };
        Some(Self {
            name: name.to_owned(),
            kind,
        })
    }
}

/// Whether the name is a plain file name on every system.
fn is_plain(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.+!".contains(c);
    !name.starts_with('.') && name.chars().all(is_safe)
}

fn wheel_kind(pin: &StrictPin, name: &str) -> Option<DistKind> {
    let wheel: WheelFilename = name.parse().ok()?;
    let of_pin = is_of(pin, &wheel.name, &wheel.version);
    of_pin.then_some(DistKind::Wheel(wheel.tags))
}

fn sdist_kind(pin: &StrictPin, name: &str) -> Option<DistKind> {
    let endings = [".tar.gz", ".zip", ".tar.bz2", ".tgz"];
    let stem = endings
        .iter()
        .find_map(|ending| name.strip_suffix(ending))?;
    let parts = stem
        .match_indices('-')
        .map(|(at, _)| (&stem[..at], &stem[at + 1..]));
    let of_pin = |(name, version): (&str, &str)| {
        version
            .parse()
            .is_ok_and(|version: Version| is_of(pin, name, &version))
    };
    parts.into_iter().any(of_pin).then_some(DistKind::Sdist)
}

fn is_of(pin: &StrictPin, name: &str, version: &Version) -> bool {
    let name = name.parse::<PackageName>();
    name.is_ok_and(|name| name == *pin.name()) && version == pin.version()
}
