//! The inspection of a wheel.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, Read, Seek};
use std::path::Path;

use harden_packaging::{PackageName, Sha256, path_as_entry_point, takeovers};
use harden_target::WheelTags;
use pep440_rs::Version;
use sha2::Digest;

use super::WheelDefect;
use super::central_directory::{self, Member};
use super::listing::Listing;
use super::record::{self, Recorded};
use super::short_seek::ShortSeek;
use super::wheel_file;
use super::zip_layout::{self, Content};

/// The largest `METADATA`, `RECORD` and other text that is read as a whole, in bytes.
const LARGEST_TEXT: u64 = 32 << 20;

/// What is known about a wheel before its inspection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) name: &'a PackageName,
    pub(crate) version: &'a Version,
    /// The tags in its file name.
    pub(crate) tags: &'a WheelTags,
    /// Those of the other wheels of the same pin.
    pub(crate) other_tags: &'a [WheelTags],
    /// The digest of the metadata that the index serves beside it.
    pub(crate) sidecar: Option<Sha256>,
}

/// What an inspection found in a sound wheel.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    /// The text of its `METADATA`.
    pub(crate) metadata: Vec<u8>,
    /// The code that it would run by itself once it is installed (see [`takeovers`]).
    pub(crate) takeovers: Vec<String>,
}

/// How much of the members of a wheel is inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Headers, names, sizes and what `RECORD` lists; of the contents, only what describes the wheel.
    #[default]
    Structure,
    /// Every member is decompressed too, and compared with its checksum and with `RECORD`.
    Contents,
}

/// Inspects a wheel, all of which `reader` has.
pub(crate) fn inspect(
    reader: &mut (impl Read + Seek),
    expected: &Expected<'_>,
    depth: Depth,
) -> Result<Inspected, WheelDefect> {
    let reader = &mut ShortSeek::new(reader)?;
    let members = zip_layout::open(reader)?;
    let info = info_folder(members.iter().map(|content| &content.member))?;
    let find = |path: &str| members.iter().find(|content| content.member.name == path);
    let metadata_path = format!("{info}/METADATA");
    let metadata = text(reader, find(&metadata_path), &metadata_path)?;
    check_metadata(&metadata, expected)?;
    let wheel_path = format!("{info}/WHEEL");
    let wheel = text(reader, find(&wheel_path), &wheel_path)?;
    wheel_file::check(
        &String::from_utf8_lossy(&wheel),
        expected.tags,
        expected.other_tags,
    )?;
    let points_path = format!("{info}/entry_points.txt");
    let points = match find(&points_path) {
        Some(found) => text(reader, Some(found), &points_path)?,
        None => Vec::new(),
    };
    let recorded = read_record(reader, &members, &info)?;
    let listing = Listing {
        info: &info,
        recorded: &recorded,
        texts: &[
            (&metadata_path, &metadata),
            (&wheel_path, &wheel),
            (&points_path, &points),
        ],
        depth,
    };
    for content in &members {
        listing.check(reader, content)?;
    }
    let points = String::from_utf8_lossy(&points);
    if let Some(name) = path_as_entry_point(&points) {
        let name: String = name.escape_debug().take(100).collect();
        let what = format!("has the entry point `{name}`, whose name is a path");
        return Err(WheelDefect::member(&points_path, what));
    }
    let names = members.iter().map(|content| &*content.member.name);
    let takeovers = takeovers(names, &points, expected.name);
    Ok(Inspected {
        metadata,
        takeovers,
    })
}

/// Inspects only the metadata of a wheel, without its other members: for a file that was inspected as a
/// whole before.
pub(crate) fn inspect_again(
    reader: &mut (impl Read + Seek),
    expected: &Expected<'_>,
) -> Result<Inspected, WheelDefect> {
    let reader = &mut ShortSeek::new(reader)?;
    let (members, _) = central_directory::read(reader)?;
    let info = info_folder(members.iter())?;
    let mut read = |name: &str| {
        let path = format!("{info}/{name}");
        let found = members.iter().find(|member| member.name == path);
        let found = found
            .map(|member| Content::of(reader, member.clone()))
            .transpose()?;
        Ok::<_, WheelDefect>((path, found))
    };
    let (metadata, wheel, points) = (read("METADATA")?, read("WHEEL")?, read("entry_points.txt")?);
    let metadata = text(reader, metadata.1.as_ref(), &metadata.0)?;
    check_metadata(&metadata, expected)?;
    let wheel = text(reader, wheel.1.as_ref(), &wheel.0)?;
    let wheel = String::from_utf8_lossy(&wheel);
    wheel_file::check(&wheel, expected.tags, expected.other_tags)?;
    let points = match points.1 {
        Some(found) => text(reader, Some(&found), &points.0)?,
        None => Vec::new(),
    };
    let names = members.iter().map(|member| &*member.name);
    let takeovers = takeovers(names, &String::from_utf8_lossy(&points), expected.name);
    Ok(Inspected {
        metadata,
        takeovers,
    })
}

/// What a wheel requires: the values of `Requires-Dist` in its `METADATA`, as they are. No other
/// member is looked at.
pub(crate) fn requirements(reader: &mut (impl Read + Seek)) -> Result<Vec<String>, WheelDefect> {
    let metadata = metadata(reader)?;
    let values = fields(&metadata, "Requires-Dist");
    Ok(values.into_iter().map(str::to_owned).collect())
}

/// The text of a wheel's `METADATA`. No other member is read.
pub(crate) fn metadata(reader: &mut (impl Read + Seek)) -> Result<String, WheelDefect> {
    let reader = &mut ShortSeek::new(reader)?;
    let (members, _) = central_directory::read(reader)?;
    let path = format!("{}/METADATA", info_folder(members.iter())?);
    let found = Content::find(reader, members, &path)?;
    let metadata = text(reader, found.as_ref(), &path)?;
    Ok(String::from_utf8_lossy(&metadata).into_owned())
}

/// The values of `Requires-Dist` of a wheel on disk, as they are.
///
/// # Errors
///
/// Returns [`WheelDefect`] where it is not a wheel that can be read.
pub fn required_by(wheel: &Path) -> Result<Vec<String>, WheelDefect> {
    requirements(&mut File::open(wheel)?)
}

/// The values of a field in the header of a `METADATA`.
pub(super) fn fields<'a>(metadata: &'a str, wanted: &str) -> Vec<&'a str> {
    let header = metadata.lines().take_while(|line| !line.is_empty());
    let values = header.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then_some(value.trim())
    });
    values.collect()
}

/// The one `.dist-info` folder at the top.
pub(super) fn info_folder<'a>(
    members: impl Iterator<Item = &'a Member>,
) -> Result<String, WheelDefect> {
    let tops = members.filter_map(|member| {
        let (top, _) = member.name.split_once('/')?;
        top.ends_with(".dist-info").then_some(top)
    });
    let mut tops: Vec<&str> = tops.collect();
    tops.sort_unstable();
    tops.dedup();
    match tops[..] {
        [only] => Ok(only.to_owned()),
        [] => Err(WheelDefect::Info("no .dist-info folder".to_owned())),
        [one, other, ..] => Err(WheelDefect::Info(format!("both {one} and {other}"))),
    }
}

/// The member at `path`, read as a whole.
pub(super) fn text(
    reader: &mut (impl BufRead + Seek),
    found: Option<&Content>,
    path: &str,
) -> Result<Vec<u8>, WheelDefect> {
    let content = found.ok_or_else(|| WheelDefect::Info(format!("no {path}")))?;
    if content.member.size > LARGEST_TEXT {
        return Err(WheelDefect::member(path, "is too large"));
    }
    let mut bytes = Vec::new();
    content.copy(reader, &mut bytes)?;
    Ok(bytes)
}

/// Name and version are those of the file's name, and the metadata that served for the resolution
/// is this.
fn check_metadata(metadata: &[u8], expected: &Expected<'_>) -> Result<(), WheelDefect> {
    let text = String::from_utf8_lossy(metadata);
    let field = |wanted: &str| -> Result<&str, WheelDefect> {
        let values = fields(&text, wanted);
        match values[..] {
            [only] => Ok(only),
            _ => Err(WheelDefect::Info(format!(
                "{} `{wanted}` in its METADATA",
                if values.is_empty() {
                    "no"
                } else {
                    "more than one"
                }
            ))),
        }
    };
    let (name, version) = (field("Name")?, field("Version")?);
    let is_name = name
        .parse()
        .is_ok_and(|name: PackageName| name == *expected.name);
    let is_version = version
        .parse()
        .is_ok_and(|version: Version| version == *expected.version);
    let differs = |found: &str, named: String| {
        Err(WheelDefect::Metadata {
            found: found.escape_debug().take(100).collect(),
            named,
        })
    };
    match (is_name, is_version, expected.sidecar) {
        (false, _, _) => differs(name, expected.name.to_string()),
        (_, false, _) => differs(version, expected.version.to_string()),
        (_, _, Some(sidecar)) if sidecar.as_bytes()[..] != sha2::Sha256::digest(metadata)[..] => {
            Err(WheelDefect::Sidecar)
        }
        _ => Ok(()),
    }
}

/// What `RECORD` says of the members.
fn read_record(
    reader: &mut (impl BufRead + Seek),
    members: &[Content],
    info: &str,
) -> Result<HashMap<String, Recorded>, WheelDefect> {
    let path = format!("{info}/RECORD");
    let found = members.iter().find(|content| content.member.name == path);
    let text = text(reader, found, &path)?;
    let text =
        std::str::from_utf8(&text).map_err(|_| WheelDefect::member(&path, "is not UTF-8"))?;
    let names: HashSet<&str> = members
        .iter()
        .map(|content| &*content.member.name)
        .collect();
    let is_member = |path: &str| names.contains(path);
    record::read(text.trim_start_matches('\u{feff}'), is_member).map_err(|line| {
        let line: String = line.escape_debug().take(100).collect();
        WheelDefect::member(&path, format!("has a malformed line: `{line}`"))
    })
}
