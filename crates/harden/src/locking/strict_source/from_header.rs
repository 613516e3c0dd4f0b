//! The targets and link lists that the header of a strict file names.

use std::path::Path;

use harden_hasher::Header;
use harden_index::FindLinks;
use harden_target::Target;

use crate::report::Terminal;
use crate::settings::args::LockArgs;
use crate::settings::platforms;

/// The targets that a header names, and the faults of invalid names.
///
/// A target that was made of a complete-platform file is read from that, if the arguments name it;
/// else, as that of an interpreter, it is taken for the plain one that is nearest.
pub fn targets(header: &Header, args: Option<&LockArgs>) -> (Vec<Target>, Vec<String>) {
    let named = args.map_or(&[] as &[String], |args| &args.platform);
    let files: Vec<Target> = named
        .iter()
        .filter(|name| name.parse::<Target>().is_err())
        .filter_map(|name| platforms::complete_platform(Path::new(name)).ok())
        .collect();
    let (mut targets, mut faults) = (Vec::new(), Vec::new());
    for name in header.platforms() {
        let file = files.iter().find(|target| target.to_string() == *name);
        let plain = name.split('+').next().unwrap_or(name);
        match file.cloned().map_or_else(|| plain.parse(), Ok) {
            Ok(target) => targets.push(target),
            Err(error) => faults.push(format!("`{name}` is not a platform: {error}")),
        }
    }
    (targets, faults)
}

/// The link lists of a strict file that exist. A folder is looked for beside the file first, as pip
/// does. A missing folder may be on another machine, and its files may be in the wheelhouse already.
pub fn found_links(links: &[Box<str>], strict: &Path, terminal: Terminal) -> Vec<Box<str>> {
    let beside = strict.parent().unwrap_or(strict);
    let found = |link: &str| {
        let Ok(FindLinks::Local(path)) = link.parse() else {
            return Some(link.into());
        };
        let places = [beside.join(&path), path];
        let place = places.iter().find(|place| place.exists());
        if place.is_none() {
            terminal.warning(&format!(
                "{} names `--find-links {link}`, but there is no such folder; uv refuses the file \
                 without it",
                strict.display()
            ));
        }
        Some(place?.to_string_lossy().into())
    };
    links.iter().filter_map(|link| found(link)).collect()
}
