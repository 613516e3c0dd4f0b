//! The lock of pex, as `pex3 lock create` writes it and `pex --lock` reads it.
//!
//! <https://docs.pex-tool.org/locking.html>. Edges are those of the strict file, each with the version it
//! leads to, so that pex finds the same answer without metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::{Sha256, Via};
use serde_json::{Value, json};

use super::{Export, ExportError, Known, addressed, no_address};

/// The pex whose form of locks this is; it reads its own and older ones.
const PEX: &str = "2.97.1";

/// The name of the format.
const FORMAT: &str = "pex-lock";

/// Writes a strict file as a lock of pex. `folder` is the name of a folder that has the files, which
/// `pex --path-mapping` gives a place; without one, they are named by their addresses.
///
/// # Errors
///
/// Returns [`ExportError`] where a file's address is not known, or is a path; in a folder, where its name
/// is not known.
pub fn pex_lock(export: &Export<'_>, folder: Option<&str>) -> Result<String, ExportError> {
    let locked = export
        .pins()
        .map(|(pin, known)| requirement(export, pin, known, folder));
    let locked = locked.collect::<Result<Vec<_>, _>>()?;
    let files = export.known.iter().flat_map(|known| &known.files);
    let has_sdists = files
        .clone()
        .any(|file| Path::new(&file.name).extension() != Some(OsStr::new("whl")));
    let is_direct = |pin: &&StrictPin| {
        pin.via().is_empty() || pin.via().iter().any(|via| matches!(via, Via::File(_)))
    };
    let direct = export.strict.pins().iter().filter(is_direct).map(pinned);
    let mapping = |name| (name, "a folder that `fetch` filled");
    let mappings: BTreeMap<&str, &str> = folder.into_iter().map(mapping).collect();
    let document = json!({
        "allow_builds": has_sdists,
        "allow_prereleases": export.strict.pins().iter().any(|pin| pin.version().any_prerelease()),
        "allow_wheels": true,
        "build_isolation": true,
        "constraints": [],
        "elide_unused_requires_dist": false,
        "excluded": [],
        "locked_resolves": [{
            "locked_requirements": locked,
            "marker": null,
            "platform_tag": null,
        }],
        "only_builds": [],
        "only_wheels": [],
        "overridden": [],
        "path_mappings": mappings,
        "pex_version": PEX,
        "pip_version": null,
        "prefer_older_binary": false,
        "requirements": direct.collect::<BTreeSet<_>>(),
        "requires_python": pythons(export),
        "resolver_version": "pip-2020-resolver",
        "style": "universal",
        "target_systems": systems(export),
        "transitive": true,
        "use_pep517": null,
        "use_system_time": false,
        // pex looks at no other keys than its own.
        "written_by": "harden",
    });
    Ok(format!("{document:#}\n"))
}

fn requirement(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &Known,
    folder: Option<&str>,
) -> Result<Value, ExportError> {
    let files = match folder {
        Some(folder) => in_folder(export, pin, known, folder)?,
        None => at_addresses(export, pin, known)?,
    };
    let artifacts = files.iter().map(
        |(sha256, url)| json!({ "algorithm": "sha256", "hash": sha256.to_string(), "url": url }),
    );
    let required: BTreeSet<String> = export.required_by(pin).into_iter().map(pinned).collect();
    Ok(json!({
        "artifacts": artifacts.collect::<Vec<_>>(),
        "project_name": pin.name().as_str(),
        "requires_dists": required,
        "requires_python": null,
        "version": pin.version().to_string(),
    }))
}

/// The digests and addresses of the files of a pin.
fn at_addresses(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &Known,
) -> Result<Vec<(Sha256, String)>, ExportError> {
    let files = addressed(export, pin, known, FORMAT)?;
    let files = files.into_iter();
    Ok(files
        .map(|(file, url)| (file.sha256, url.to_owned()))
        .collect())
}

/// The digests of the files of a pin, and their paths in a folder of this name.
fn in_folder(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &Known,
    folder: &str,
) -> Result<Vec<(Sha256, String)>, ExportError> {
    let name_of = |sha256: &Sha256| {
        let listed = known.files.iter().find(|file| file.sha256 == *sha256);
        match listed {
            Some(file) => Some(file.name.as_str()),
            // A wheel that was built here, which no index lists.
            None if pin.hashes().len() == 1 => pin.files().first().map(String::as_str),
            None => None,
        }
    };
    let file = |sha256: &Sha256| match name_of(sha256) {
        Some(name) => Ok((*sha256, format!("file://${{{folder}}}/{name}"))),
        None => Err(no_address(
            export,
            pin,
            &format!("the file with sha256 {sha256}"),
            FORMAT,
        )),
    };
    pin.hashes().iter().map(file).collect()
}

/// The requirement that a pin answers.
fn pinned(pin: &StrictPin) -> String {
    let requirement = format!("{}=={}", pin.name(), pin.version());
    match pin.marker_text() {
        Some(marker) => format!("{requirement}; {marker}"),
        None => requirement,
    }
}

/// The Pythons of the targets, any of which will do.
fn pythons(export: &Export<'_>) -> BTreeSet<String> {
    let targets = export.targets.iter().map(|target| {
        let python = target.python();
        format!("CPython=={}.{}.*", python.major(), python.minor())
    });
    targets.collect()
}

/// The operating systems of the targets, by pex's names; none is for all.
fn systems(export: &Export<'_>) -> BTreeSet<&'static str> {
    let systems = export.targets.iter().map(|target| {
        let platform = target.platform().to_string();
        if platform.starts_with("win") {
            "windows"
        } else if platform.starts_with("macosx") {
            "mac"
        } else {
            "linux"
        }
    });
    systems.collect()
}
