//! Writers, one for each format, and what they are given.
//!
//! What a strict file does not say (addresses, sizes, licences) comes in as [`Known`]; what is not
//! known there is left out, or said to be unknown, and never invented. Each writer gives the same bytes
//! for the same inputs.

mod cyclonedx;
mod identity;
mod nix;
mod pex;
mod plain;
mod pylock;
mod pylock_back;
mod recognise;
mod spdx;

use std::collections::BTreeMap;

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::{LicenceFields, Sha256};
use harden_requirements::Truth;
use harden_target::Target;
use jiff::Timestamp;

pub use cyclonedx::{cyclonedx, cyclonedx_component, cyclonedx_document};
pub use identity::purl;
pub use nix::nix;
pub use pex::pex_lock;
pub use plain::{Lines, constraints, requirements};
pub use pylock::pylock;
pub use pylock_back::{StrictOfPylockError, strict_of_pylock};
pub use recognise::Written;
pub use spdx::spdx;

/// A strict file to be written in another format, with what else is known.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// What to call it: the name of its file.
    pub name: &'a str,
    /// The targets that it was made for.
    pub targets: &'a [Target],
    /// What is known of the files of each pin, in the order of the pins.
    pub known: &'a [Known],
    /// The version of harden.
    pub harden: &'a str,
}

/// What is known of a pin beyond the strict file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Its files.
    pub files: Vec<KnownFile>,
    /// The index that has them.
    pub index: Option<String>,
    /// What its metadata says of it, if that is known.
    pub about: Option<About>,
}

/// A file of a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name.
    pub name: String,
    /// Its digest, which is one of the pin's.
    pub sha256: Sha256,
    /// Where it is, without a login.
    pub url: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
    /// When it was uploaded.
    pub upload_time: Option<Timestamp>,
}

/// What the core metadata of a distribution says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What names its licence.
    pub licence: LicenceFields,
    /// `Maintainer` or `Author`, by name where it has one.
    pub publisher: Option<String>,
    /// `Summary`.
    pub summary: Option<String>,
}

/// Why a strict file cannot be written in a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The format needs an address that is not known.
    #[error(
        "{format} needs the URL of {what} of {name} {version}: {file} does not have it, and no index lists it"
    )]
    NoAddress {
        /// The strict file.
        file: String,
        /// The package.
        name: String,
        /// Its version.
        version: String,
        /// The file, or its digest.
        what: String,
        /// The format.
        format: &'static str,
    },
    /// The format has no place for something.
    #[error("{file}: {name} {version}: {reason}")]
    NoPlace {
        /// The strict file.
        file: String,
        /// The package.
        name: String,
        /// Its version.
        version: String,
        /// What has no place.
        reason: &'static str,
    },
}

impl About {
    /// Reads core metadata; `None` if it is not core metadata.
    ///
    /// <https://packaging.python.org/en/latest/specifications/core-metadata/>
    pub fn read(metadata: &str) -> Option<Self> {
        let mut about = Self::default();
        let mut people: BTreeMap<&str, String> = BTreeMap::new();
        let mut lines = metadata.lines().peekable();
        let mut has_name = false;
        while let Some(line) = lines.next() {
            if line.trim().is_empty() {
                break;
            }
            let Some((field, value)) = line.split_once(':') else {
                continue;
            };
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                value.push('\n');
                value.push_str(more.trim());
            }
            let is_said = !value.is_empty() && value != "UNKNOWN";
            let field = field.to_ascii_lowercase();
            match field.as_str() {
                "name" => has_name = true,
                "summary" if is_said => about.summary = Some(value.replace('\n', " ")),
                "maintainer" if is_said => drop(people.insert("1", value)),
                "author" if is_said => drop(people.insert("2", value)),
                "maintainer-email" if is_said => drop(people.insert("3", mail_name(&value))),
                "author-email" if is_said => drop(people.insert("4", mail_name(&value))),
                field => about.licence.read(field, &value),
            }
        }
        about.publisher = people
            .into_values()
            .next()
            .map(|name| name.replace('\n', " "));
        has_name.then_some(about)
    }

    /// Its licence as an SPDX expression: as it states it, or as its classifiers or its name have it.
    fn license_expression(&self) -> Option<String> {
        let stated = self.licence.expression.as_deref().map(str::to_owned);
        stated.or_else(|| Some(self.licence.licence().ok()?.to_string()))
    }
}

/// The name in `Name <mail>`; the address where there is none.
fn mail_name(text: &str) -> String {
    let name = text.split('<').next().unwrap_or_default().trim();
    let name = name.trim_matches('"');
    if name.is_empty() {
        text.to_owned()
    } else {
        name.to_owned()
    }
}

impl<'a> Export<'a> {
    /// The pins with what is known of them.
    fn pins(&self) -> impl Iterator<Item = (&'a StrictPin, &'a Known)> {
        self.strict.pins().iter().zip(self.known)
    }

    /// The targets that install a pin.
    fn targets_of(&self, pin: &StrictPin) -> Vec<&'a Target> {
        let installs = |target: &&Target| {
            pin.marker().is_none_or(|marker| {
                let truth = marker.evaluate(&target.environment(), &[]);
                matches!(truth, Truth::True | Truth::Unknown(_))
            })
        };
        self.targets.iter().filter(installs).collect()
    }

    /// The pins that a pin requires, as the strict file says who asks for them; only those that some
    /// target installs together with it.
    fn required_by(&self, pin: &StrictPin) -> Vec<&'a StrictPin> {
        let own = self.targets_of(pin);
        let via = harden_packaging::Via::Package(pin.name().clone());
        let pins = self.strict.pins().iter();
        let required = pins.filter(|other| {
            let targets = self.targets_of(other);
            let is_together =
                self.targets.is_empty() || targets.iter().any(|target| own.contains(target));
            other.via().contains(&via) && is_together
        });
        required.collect()
    }
}

/// What a pin is called in messages: its place and version.
fn no_address(
    export: &Export<'_>,
    pin: &StrictPin,
    what: &str,
    format: &'static str,
) -> ExportError {
    ExportError::NoAddress {
        file: export.name.to_owned(),
        name: pin.name().to_string(),
        version: pin.version().to_string(),
        what: what.to_owned(),
        format,
    }
}

/// The files of a pin with their addresses, by name; the format cannot do without.
fn addressed<'k>(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &'k Known,
    format: &'static str,
) -> Result<Vec<(&'k KnownFile, &'k str)>, ExportError> {
    for digest in pin.hashes() {
        if !known.files.iter().any(|file| file.sha256 == *digest) {
            let what = match (pin.files().first(), pin.hashes().len()) {
                (Some(file), 1) => file.clone(),
                _ => format!("the file with sha256 {digest}"),
            };
            return Err(no_address(export, pin, &what, format));
        }
    }
    let files = known.files.iter().map(|file| match &file.url {
        Some(url) => Ok((file, url.as_str())),
        None => Err(no_address(export, pin, &file.name, format)),
    });
    files.collect()
}
