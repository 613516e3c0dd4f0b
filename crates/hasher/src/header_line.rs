//! The `# harden:` line, which says what a strict file was made from.

use std::collections::BTreeMap;

use harden_packaging::PackageName;
use jiff::Timestamp;

use crate::file::Header;
use crate::write::FORMAT;

/// Reads what follows `# harden: `; what is wrong with it otherwise, as the end of a sentence.
///
/// Loose files, command, URLs and projects stand in other lines and are left empty.
pub(crate) fn read_header_line(text: &str) -> Result<Header, String> {
    let mut words = text.split(' ');
    match words.next() {
        Some(FORMAT) => {}
        version => {
            let version = version.unwrap_or_default();
            return Err(format!(
                "is of format `{version}`; this version reads format `{FORMAT}`"
            ));
        }
    }
    let (mut inputs, mut pins, mut platforms, mut exclude_newer) = (None, None, None, None);
    let mut exclude_newer_packages = None;
    for word in words {
        let fault = || format!("has an unknown, misspelled or repeated field: `{word}`");
        let (name, value) = word.split_once('=').ok_or_else(fault)?;
        let digest = || value.strip_prefix("sha256:")?.parse().ok();
        let is_new = match name {
            "inputs" => inputs.replace(digest().ok_or_else(fault)?).is_none(),
            "pins" => pins.replace(digest().ok_or_else(fault)?).is_none(),
            "platforms" => platforms.replace(names(value).ok_or_else(fault)?).is_none(),
            "exclude-newer" => exclude_newer
                .replace(value.parse().map_err(|_| fault())?)
                .is_none(),
            "exclude-newer-package" => exclude_newer_packages
                .replace(moments(value).ok_or_else(fault)?)
                .is_none(),
            _ => false,
        };
        if !is_new {
            return Err(fault());
        }
    }
    let lacks = |name: &str| format!("lacks the field `{name}`");
    Ok(Header {
        loose: Vec::new(),
        command: None,
        inputs: inputs.ok_or_else(|| lacks("inputs"))?,
        pins: pins.ok_or_else(|| lacks("pins"))?,
        platforms: platforms.ok_or_else(|| lacks("platforms"))?,
        exclude_newer,
        exclude_newer_packages: exclude_newer_packages.unwrap_or_default(),
        urls: BTreeMap::new(),
        projects: Vec::new(),
    })
}

fn names(value: &str) -> Option<Vec<String>> {
    let names: Vec<String> = value.split(',').map(str::to_owned).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

fn moments(value: &str) -> Option<BTreeMap<PackageName, Timestamp>> {
    let moments = value.split(',').map(|entry| {
        let (name, moment) = entry.split_once('=')?;
        Some((name.parse().ok()?, moment.parse().ok()?))
    });
    moments.collect()
}
