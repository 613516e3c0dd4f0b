//! The central directory of a zip file, read strictly: it refuses whatever readers may disagree about.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3.12 to 4.3.16.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use super::WheelDefect;

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";

/// The length of the record at the end without its comment.
const END_LENGTH: u64 = 22;
/// The length of the locator of the 64-bit record.
const LOCATOR_LENGTH: u64 = 20;
/// The largest directory that is read, in bytes: wheels of 100 000 files are not there yet.
const LARGEST: u64 = 32 << 20;

/// The extra field of 64-bit sizes.
pub(super) const ZIP_64: u16 = 0x0001;
/// The extra field that gives a member another name.
const UNICODE_NAME: u16 = 0x7075;

/// A member as the central directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    /// Where its local header begins.
    pub(super) offset: u64,
}

/// Where the central directory is.
struct Place {
    start: u64,
    length: u64,
    members: u64,
}

/// The members in the order of the file, and where the directory begins that follows them.
pub(super) fn read(reader: &mut (impl Read + Seek)) -> Result<(Vec<Member>, u64), WheelDefect> {
    let place = find(reader)?;
    if place.length > LARGEST {
        return Err(WheelDefect::archive("its directory is too large"));
    }
    let directory = bytes(reader, place.start, place.length)?;
    let mut rest = Bytes(&directory);
    let mut members = Vec::new();
    let mut names = HashSet::new();
    while !rest.0.is_empty() {
        let cut = || WheelDefect::archive("its directory is malformed");
        let member = entry(&mut rest).ok_or_else(cut)??;
        if !names.insert(member.name.clone()) {
            return Err(WheelDefect::member(&member.name, "is there more than once"));
        }
        members.push(member);
    }
    if members.len() as u64 != place.members {
        return Err(WheelDefect::archive(
            "its directory does not have the number of members that it states",
        ));
    }
    members.sort_by_key(|member| member.offset);
    Ok((members, place.start))
}

/// Bytes of the file.
pub(super) fn bytes(
    reader: &mut (impl Read + Seek),
    start: u64,
    length: u64,
) -> Result<Vec<u8>, WheelDefect> {
    reader.seek(SeekFrom::Start(start))?;
    // No more than is sure to be there.
    let likely = length.min(u64::from(u16::MAX));
    let mut bytes = Vec::with_capacity(usize::try_from(likely).unwrap_or(0));
    reader.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(WheelDefect::archive("it is truncated"))
    }
}

fn find(reader: &mut (impl Read + Seek)) -> Result<Place, WheelDefect> {
    let total = reader.seek(SeekFrom::End(0))?;
    let tail_start = total.saturating_sub(END_LENGTH + LOCATOR_LENGTH + u64::from(u16::MAX));
    let tail = bytes(reader, tail_start, total - tail_start)?;
    let at = tail.windows(4).rposition(|window| window == END);
    let at = at.ok_or_else(|| WheelDefect::archive("it has no end record"))?;
    let end = Bytes(&tail[at + 4..]).end_record();
    let (end, comment) = end.ok_or_else(|| WheelDefect::archive("it is truncated"))?;
    if (tail.len() - at) as u64 != END_LENGTH + u64::from(comment) {
        return Err(WheelDefect::archive("there are bytes after its end"));
    }
    let end_start = tail_start + at as u64;
    let locator = at
        .checked_sub(20)
        .and_then(|start| tail.get(start..at))
        .filter(|locator| locator.starts_with(&LOCATOR_64));
    let (place, place_end) = match locator {
        Some(locator) => place_64(reader, locator, end_start - LOCATOR_LENGTH, &end)?,
        None => (end, end_start),
    };
    match place.start.checked_add(place.length) {
        Some(end) if end == place_end => Ok(place),
        _ => Err(WheelDefect::archive(
            "its directory does not end where its end record begins",
        )),
    }
}

/// Reads the 64-bit record, which must agree with every field that the short one states.
fn place_64(
    reader: &mut (impl Read + Seek),
    locator: &[u8],
    locator_start: u64,
    end: &Place,
) -> Result<(Place, u64), WheelDefect> {
    let malformed = || WheelDefect::archive("its 64-bit end record is malformed");
    let start = Bytes(&locator[8..]).u64().ok_or_else(malformed)?;
    let length = locator_start
        .checked_sub(start)
        .filter(|length| *length == 56);
    let record = bytes(reader, start, length.ok_or_else(malformed)?)?;
    let mut fields = Bytes(&record);
    let read = (|| {
        let signature = fields.array::<4>()?;
        let length = fields.u64()?;
        let _versions = fields.u32()?;
        let disks = fields.u64()?;
        let (here, members) = (fields.u64()?, fields.u64()?);
        let (length_of_directory, start) = (fields.u64()?, fields.u64()?);
        let place = Place {
            start,
            length: length_of_directory,
            members,
        };
        (signature == END_64 && length == 44 && disks == 0 && here == members).then_some(place)
    })();
    let place = read.ok_or_else(malformed)?;
    let agree = |short: u64, most: u64, long: u64| short == most || short == long;
    let most = u64::from(u32::MAX);
    if agree(end.start, most, place.start)
        && agree(end.length, most, place.length)
        && agree(end.members, u64::from(u16::MAX), place.members)
    {
        Ok((place, start))
    } else {
        Err(WheelDefect::archive(
            "its two end records contradict each other",
        ))
    }
}

/// The next entry of the directory; `None` where it is malformed.
fn entry(rest: &mut Bytes<'_>) -> Option<Result<Member, WheelDefect>> {
    if rest.array::<4>()? != ENTRY {
        return None;
    }
    let _made_by_and_needed = rest.u32()?;
    let (flags, method) = (rest.u16()?, rest.u16()?);
    let _modified = rest.u32()?;
    let (crc, compressed, size) = (rest.u32()?, rest.u32()?, rest.u32()?);
    let (name, extra, comment) = (rest.u16()?, rest.u16()?, rest.u16()?);
    let disk = rest.u16()?;
    let _attributes = rest.array::<6>()?;
    let offset = rest.u32()?;
    let name = rest.take(name.into())?;
    let extra = rest.take(extra.into())?;
    let _comment = rest.take(comment.into())?;
    if disk != 0 {
        return None;
    }
    let mut member = Member {
        name: String::new(),
        flags,
        method,
        crc,
        compressed: compressed.into(),
        size: size.into(),
        offset: offset.into(),
    };
    let mut long = Bytes(&[]);
    for (id, value) in extra_fields(extra)? {
        match id {
            ZIP_64 => long = Bytes(value),
            UNICODE_NAME => {
                return Some(Err(WheelDefect::archive("a member has two names")));
            }
            _ => {}
        }
    }
    for field in [&mut member.size, &mut member.compressed, &mut member.offset] {
        if *field == u64::from(u32::MAX) {
            *field = long.u64()?;
        }
    }
    Some(named(member, name))
}

fn named(mut member: Member, name: &[u8]) -> Result<Member, WheelDefect> {
    const UTF_8: u16 = 1 << 11;
    member.name = String::from_utf8_lossy(name).into_owned();
    let is_read_one_way = name.is_ascii() || member.flags & UTF_8 != 0;
    if !is_read_one_way || std::str::from_utf8(name).is_err() {
        return Err(WheelDefect::member(
            &member.name,
            "has a name that is not UTF-8",
        ));
    }
    let path = member.name.strip_suffix('/').unwrap_or(&member.name);
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    if member.name.contains(|c: char| c.is_control() || c == '\\')
        || member.name.as_bytes().get(1) == Some(&b':')
        || !path.split('/').all(is_plain)
    {
        return Err(WheelDefect::member(
            &member.name,
            "has a path that leads elsewhere",
        ));
    }
    Ok(member)
}

/// The extra fields of a header, by number; `None` where they are malformed.
pub(super) fn extra_fields(extra: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut rest = Bytes(extra);
    let mut fields = Vec::new();
    while !rest.0.is_empty() {
        let (id, length) = (rest.u16()?, rest.u16()?);
        fields.push((id, rest.take(length.into())?));
    }
    Some(fields)
}

/// Bytes to be read from the front, little-endian.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The record at the end, behind its signature, and the length of its comment.
    fn end_record(&mut self) -> Option<(Place, u16)> {
        let disks = self.u32()?;
        let (here, members) = (self.u16()?, self.u16()?);
        let (length, start) = (self.u32()?, self.u32()?);
        let place = Place {
            start: start.into(),
            length: length.into(),
            members: members.into(),
        };
        (disks == 0 && here == members).then_some((place, self.u16()?))
    }
}
