//! The rule `drift`: how a new release differs from the pinned one, in what the index lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_packaging::{DistFile, Release};
use harden_target::WheelTags;

/// Growth by this factor is an objection.
const FACTOR: u64 = 3;

/// Growth by fewer bytes is not.
const LEAST_GROWTH: u64 = 100_000;

/// Objections to a release, compared with the previous one.
pub fn objections(before: &Release, now: &Release) -> Vec<String> {
    let (old, new) = (before.files(), now.files());
    let mut found = Vec::new();
    if let (Some(old), Some(new)) = (largest(old), largest(new))
        && new / FACTOR >= old
        && new - old >= LEAST_GROWTH
    {
        found.push(format!(
            "its largest file has {new} B, where it had {old} B"
        ));
    }
    let gone: Vec<&str> = systems(old).difference(&systems(new)).copied().collect();
    if !gone.is_empty() && !is_pure(new) {
        found.push(format!(
            "it no longer has wheels for {}",
            gone.join(" and ")
        ));
    }
    if is_pure(old) && has_native(new) {
        found.push("it has native code, where it had none".to_owned());
    }
    found
}

fn largest(files: &[Arc<DistFile>]) -> Option<u64> {
    files.iter().filter_map(|file| file.size).max()
}

/// The systems that there are platform wheels for.
fn systems(files: &[Arc<DistFile>]) -> BTreeSet<&'static str> {
    let tags = files.iter().filter_map(|file| file.wheel_tags());
    let platforms = tags.flat_map(WheelTags::platforms);
    let systems = platforms.filter_map(|platform| {
        let of = |prefix: &str| platform.starts_with(prefix);
        match () {
            () if of("musllinux") => Some("musl Linux"),
            () if of("manylinux") || of("linux") => Some("Linux"),
            () if of("macosx") => Some("macOS"),
            () if of("win") => Some("Windows"),
            () => None,
        }
    });
    systems.collect()
}

fn has_native(files: &[Arc<DistFile>]) -> bool {
    !systems(files).is_empty()
}

/// Whether there are wheels, and all of them are for any platform.
fn is_pure(files: &[Arc<DistFile>]) -> bool {
    files.iter().any(|file| file.wheel_tags().is_some()) && !has_native(files)
}
