//! Values that a shell completes while the user types an argument: targets, and the packages of a lock.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate;
use harden_hasher::StrictFile;
use harden_target::PRESETS;

use crate::settings::config::{Config, STRICT};

/// Platforms that most wheels are published for.
const PLATFORMS: [&str; 9] = [
    "manylinux2014_x86_64",
    "manylinux2014_aarch64",
    "manylinux_2_28_x86_64",
    "manylinux_2_28_aarch64",
    "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64",
    "macosx_12_0_arm64",
    "win_amd64",
    "win_arm64",
];

/// Versions of CPython that are offered with a platform that does not imply one.
const PYTHONS: [&str; 5] = ["cp310", "cp311", "cp312", "cp313", "cp314"];

/// Targets that start with what was typed: presets, usual platforms with a Python, and `current`.
pub fn targets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let presets = PRESETS.iter().flat_map(|preset| match preset.python {
        Some(_) => vec![preset.name.to_owned()],
        None => with_pythons(preset.name),
    });
    let platforms = PLATFORMS.into_iter().flat_map(with_pythons);
    starting_with(
        typed,
        presets.chain(platforms).chain(["current".to_owned()]),
    )
}

/// Packages that the locks of the configuration hold, or those of `strict.txt`. Files that cannot be
/// read offer nothing: a completion has nowhere to say so.
pub fn locked_packages(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut names: Vec<String> = strict_files().iter().flat_map(packages).collect();
    names.sort_unstable();
    names.dedup();
    starting_with(typed, names)
}

fn with_pythons(platform: &str) -> Vec<String> {
    PYTHONS.map(|python| format!("{platform}-{python}")).into()
}

fn starting_with(
    typed: &OsStr,
    values: impl IntoIterator<Item = String>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    values
        .into_iter()
        .filter(|value| value.starts_with(&*typed))
        .map(CompletionCandidate::new)
        .collect()
}

fn strict_files() -> Vec<PathBuf> {
    match Config::find() {
        Ok(Some(config)) => config
            .locks
            .iter()
            .filter_map(|lock| lock.output.as_ref())
            .map(|output| config.folder().join(output))
            .collect(),
        _ => vec![STRICT.into()],
    }
}

fn packages(file: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    StrictFile::parse(&text, &file.to_string_lossy()).map_or_else(
        |_| Vec::new(),
        |strict| {
            strict
                .pins()
                .iter()
                .map(|pin| pin.name().to_string())
                .collect()
        },
    )
}
