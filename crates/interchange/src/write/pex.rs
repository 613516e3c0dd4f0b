//! The lock of pex, as `pex3 lock create` writes it and `pex --lock` reads it.
//!
//! <https://docs.pex-tool.org/locking.html>. Edges are those of the strict file, each with the version it
//! leads to, so that pex finds the same answer without metadata.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::Via;
use serde_json::{Value, json};

use super::{Export, ExportError, Known, addressed};

/// The pex whose form of locks this is; it reads its own and older ones.
const PEX: &str = "2.97.1";

/// Writes a strict file as a lock of pex.
///
/// # Errors
///
/// Returns [`ExportError`] where a file's address is not known, or is a path.
pub fn pex_lock(export: &Export<'_>) -> Result<String, ExportError> {
    let locked = export
        .pins()
        .map(|(pin, known)| requirement(export, pin, known));
    let locked = locked.collect::<Result<Vec<_>, _>>()?;
    let files = export.known.iter().flat_map(|known| &known.files);
    let has_sdists = files
        .clone()
        .any(|file| Path::new(&file.name).extension() != Some(OsStr::new("whl")));
    let is_direct = |pin: &&StrictPin| {
        pin.via().is_empty() || pin.via().iter().any(|via| matches!(via, Via::File(_)))
    };
    let direct = export.strict.pins().iter().filter(is_direct).map(pinned);
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
        "path_mappings": {},
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

fn requirement(export: &Export<'_>, pin: &StrictPin, known: &Known) -> Result<Value, ExportError> {
    let files = addressed(export, pin, known, "pex-lock")?;
    let artifacts = files.iter().map(
        |(file, url)| json!({ "algorithm": "sha256", "hash": file.sha256.to_string(), "url": url }),
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
