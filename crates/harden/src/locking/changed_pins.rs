//! Compares the existing lock with the index: pinned versions must still be there, with the same bytes.
//!
//! A version that is gone and a file with other bytes are errors rather than reasons to pin something
//! else; `-P NAME` or `-U` accepts them.

use std::collections::BTreeSet;

use harden_hasher::StrictPin;
use harden_packaging::{Index, IndexErrorKind, PackageName, Pin, Resolution, Sha256};

use crate::locking::request::LockRequest;
use crate::report::{Error, Exit, Report};
use crate::settings::args::UpgradePackage;

/// How the index contradicts a lock.
#[derive(Debug, thiserror::Error)]
pub enum Contradiction {
    /// A pinned version is not at the index any more.
    #[error("{name} {version} is pinned in {file}, and the index no longer lists it")]
    Vanished {
        /// The package.
        name: PackageName,
        /// Its pinned version.
        version: String,
        /// The strict file.
        file: String,
    },
    /// A pinned file has other bytes.
    #[error(
        "{filename} has changed since {file} was locked: the index has sha256:{actual}, the pin has {pinned}"
    )]
    Replaced {
        /// The package.
        name: PackageName,
        /// The file.
        filename: String,
        /// The strict file.
        file: String,
        /// The digest at the index.
        actual: Sha256,
        /// The pinned digests.
        pinned: String,
    },
}

impl Report for Contradiction {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let (Self::Vanished { name, .. } | Self::Replaced { name, .. }) = self;
        Some(format!(
            "find out why before you accept it; `-P {name}` pins what the index has now"
        ))
    }
}

/// Compares `resolution` with the strict file that it replaces. Returns warnings about pins that keep their
/// version and change their files.
///
/// # Errors
///
/// The index no longer has a pinned version, or a pinned file has other bytes.
pub fn compare(
    task: &LockRequest,
    resolution: &Resolution,
    index: &dyn Index,
) -> Result<Vec<String>, Error> {
    let args = task.args();
    let mut changes = Vec::new();
    let output = args.output.as_ref().filter(|_| !args.upgrade);
    let (Some(output), Some(previous)) = (output, task.existing().any_strict()) else {
        return Ok(changes);
    };
    let file = output.to_string_lossy();
    let accepted: BTreeSet<_> = args
        .upgrade_package
        .iter()
        .map(UpgradePackage::name)
        .collect();
    for before in previous.pins() {
        let is_elsewhere = before.reference().is_some() || before.built_from().is_some();
        if is_elsewhere || accepted.contains(before.name()) {
            continue;
        }
        let mut pins = resolution
            .pins
            .iter()
            .filter(|pin| pin.name == *before.name());
        let mut same = pins.clone().filter(|pin| pin.version == *before.version());
        match same.next() {
            Some(pin) if pin.reference.is_none() => {
                changes.extend(compare_files(&file, before, pin, index)?);
            }
            // An imported lock says itself which version takes its place.
            None if pins.next().is_some() && !args.imports => {
                refuse_vanished(&file, before, index)?;
            }
            Some(_) | None => {}
        }
    }
    Ok(changes)
}

fn compare_files(
    file: &str,
    before: &StrictPin,
    pin: &Pin,
    index: &dyn Index,
) -> Result<Option<String>, Error> {
    let mut kept = false;
    for chosen in &pin.files {
        let filename = &chosen.file.filename;
        if !before.files().contains(&**filename) {
            continue;
        }
        kept = true;
        let actual = index.sha256(&chosen.file)?;
        if !before.hashes().contains(&actual) {
            let pinned = before.hashes().iter().map(|hash| format!("sha256:{hash}"));
            return Err(Contradiction::Replaced {
                name: pin.name.clone(),
                filename: filename.to_string(),
                file: file.to_owned(),
                actual,
                pinned: pinned.collect::<Vec<_>>().join(" or "),
            }
            .into());
        }
    }
    let names: Vec<&str> = pin
        .files
        .iter()
        .map(|chosen| &*chosen.file.filename)
        .collect();
    Ok((!kept && !before.files().is_empty()).then(|| {
        format!(
            "{} {} is pinned with other files than before: {}",
            pin.name,
            pin.version,
            names.join(", ")
        )
    }))
}

fn refuse_vanished(file: &str, before: &StrictPin, index: &dyn Index) -> Result<(), Error> {
    let project = match index.project(before.name()) {
        Ok(project) => project,
        Err(error) if error.kind == IndexErrorKind::NoSuchProject => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut releases = project.releases.iter();
    if releases.any(|release| release.version == *before.version()) {
        return Ok(());
    }
    Err(Contradiction::Vanished {
        name: before.name().clone(),
        version: before.version().to_string(),
        file: file.to_owned(),
    }
    .into())
}
