//! The layout of a wheel's zip file: local headers must agree with the central directory, with nothing
//! between the members.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3.7 to 4.3.9.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::WheelDefect;
use super::central_directory::{self, Bytes, Member, ZIP_64, bytes, extra_fields};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const LOCAL_LENGTH: u64 = 30;

/// How much of a member is decompressed at once, in bytes.
const CHUNK: u64 = 64 << 10;

/// The most bytes that deflate makes of one.
const MOST_RATIO: u64 = 1032;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The flags of a header that decide what a member is: encrypted, described behind it, UTF-8, and
/// the like; those left out are hints of the compressor.
const DECIDING_FLAGS: u16 = !0b110;
const ENCRYPTED: u16 = 1;
const DESCRIBED: u16 = 1 << 3;

/// A member and where its bytes are.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) member: Member,
    start: u64,
}

/// Reads all headers; the members in the order of the file.
pub(super) fn open(reader: &mut (impl BufRead + Seek)) -> Result<Vec<Content>, WheelDefect> {
    let (members, end) = central_directory::read(reader)?;
    let next = members.iter().skip(1).map(|member| member.offset);
    let ends: Vec<u64> = next.chain([end]).collect();
    let first = members.first().map_or(end, |member| member.offset);
    if first != 0 {
        return Err(WheelDefect::archive(
            "there are bytes before its first member",
        ));
    }
    let mut contents = Vec::with_capacity(members.len());
    for (member, end) in members.into_iter().zip(ends) {
        let start = data_start(reader, &member)?;
        let data_end = start.checked_add(member.compressed);
        let behind = data_end.and_then(|data_end| end.checked_sub(data_end));
        let is_described = member.flags & DESCRIBED != 0;
        match behind {
            Some(0) if !is_described => {}
            Some(length @ (12 | 16 | 20 | 24)) if is_described => {
                let descriptor = bytes(reader, end - length, length)?;
                if !describes(&descriptor, &member) {
                    return Err(disagrees(&member));
                }
            }
            Some(_) => {
                return Err(WheelDefect::member(
                    &member.name,
                    "is followed by bytes that belong to no member",
                ));
            }
            None => return Err(WheelDefect::member(&member.name, "overlaps another")),
        }
        contents.push(Content { member, start });
    }
    Ok(contents)
}

/// Where the bytes of a member begin, whose local header must agree with the directory.
fn data_start(reader: &mut (impl Read + Seek), member: &Member) -> Result<u64, WheelDefect> {
    let what = match member.method {
        _ if member.flags & ENCRYPTED != 0 => Some("is encrypted"),
        STORED | DEFLATED => None,
        _ => Some("is compressed with a method that wheels may not use"),
    };
    let what = what.or_else(|| (!has_possible_sizes(member)).then_some("has sizes that cannot be"));
    if let Some(what) = what {
        return Err(WheelDefect::member(&member.name, what));
    }
    let header = bytes(reader, member.offset, LOCAL_LENGTH)?;
    let mut fields = Bytes(&header);
    let read = (|| {
        let signature = fields.array::<4>()?;
        let _needed = fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _modified = fields.u32()?;
        let sizes = (fields.u32()?, fields.u32()?, fields.u32()?);
        let lengths = (fields.u16()?, fields.u16()?);
        (signature == LOCAL).then_some((flags, method, sizes, lengths))
    })();
    let (flags, method, sizes, lengths) = read.ok_or_else(|| disagrees(member))?;
    let (name_length, extra_length) = (u64::from(lengths.0), u64::from(lengths.1));
    let behind = bytes(
        reader,
        member.offset + LOCAL_LENGTH,
        name_length + extra_length,
    )?;
    let mut behind = Bytes(&behind);
    let name = behind.take(lengths.0.into());
    let agrees = flags & DECIDING_FLAGS == member.flags & DECIDING_FLAGS
        && method == member.method
        && name == Some(member.name.as_bytes())
        && sizes_agree(sizes, behind.0, member);
    if agrees {
        Ok(member.offset + LOCAL_LENGTH + name_length + extra_length)
    } else {
        Err(disagrees(member))
    }
}

/// Whether bytes of that number may become bytes of that number, so that sizes tell what a wheel takes
/// before anything is decompressed.
fn has_possible_sizes(member: &Member) -> bool {
    match member.method {
        STORED => member.size == member.compressed,
        _ => member.size <= member.compressed.saturating_mul(MOST_RATIO),
    }
}

/// Whether the local header has the sizes of the directory, or leaves them to what follows the data.
fn sizes_agree((crc, compressed, size): (u32, u32, u32), extra: &[u8], member: &Member) -> bool {
    let Some(fields) = extra_fields(extra) else {
        return false;
    };
    let long = fields.iter().find(|(id, _)| *id == ZIP_64);
    let mut long = Bytes(long.map_or(&[], |(_, value)| value));
    let mut full = |short: u32| match short {
        u32::MAX => long.u64(),
        short => Some(short.into()),
    };
    let (size, compressed) = (full(size), full(compressed));
    let same = |found: Option<u64>, expected: u64| {
        found == Some(expected) || member.flags & DESCRIBED != 0 && matches!(found, None | Some(0))
    };
    same(Some(crc.into()), member.crc.into())
        && same(compressed, member.compressed)
        && same(size, member.size)
}

/// Whether the descriptor after the data agrees with the directory.
fn describes(descriptor: &[u8], member: &Member) -> bool {
    let mut fields = Bytes(descriptor);
    if matches!(descriptor.len(), 16 | 24) && fields.array() != Some(DESCRIPTOR) {
        return false;
    }
    let crc = fields.u32();
    let mut size = || match descriptor.len() {
        20 | 24 => fields.u64(),
        _ => fields.u32().map(u64::from),
    };
    let (compressed, size) = (size(), size());
    (crc, compressed, size) == (Some(member.crc), Some(member.compressed), Some(member.size))
}

fn disagrees(member: &Member) -> WheelDefect {
    WheelDefect::member(
        &member.name,
        "differs between the directory and its own header",
    )
}

impl Content {
    /// The one member of this name, whatever the others are; `None` where there is none.
    pub(super) fn find(
        reader: &mut (impl BufRead + Seek),
        members: Vec<Member>,
        name: &str,
    ) -> Result<Option<Self>, WheelDefect> {
        let found = members.into_iter().find(|member| member.name == name);
        found.map(|member| Self::of(reader, member)).transpose()
    }

    /// Where the bytes of a member are.
    pub(super) fn of(
        reader: &mut (impl BufRead + Seek),
        member: Member,
    ) -> Result<Self, WheelDefect> {
        let start = data_start(reader, &member)?;
        Ok(Self { member, start })
    }

    /// Writes what the member holds, decompressed, to `sink`.
    pub(super) fn copy(
        &self,
        reader: &mut (impl BufRead + Seek),
        sink: &mut impl Write,
    ) -> Result<(), WheelDefect> {
        let member = &self.member;
        reader.seek(SeekFrom::Start(self.start))?;
        let packed = reader.take(member.compressed);
        let mut checked = Checked {
            sink,
            crc: Crc::new(),
            length: 0,
        };
        let rest = if member.method == STORED {
            copy_up_to(packed, member.size, &mut checked)
        } else {
            let mut inflated = DeflateDecoder::new(packed);
            let copied = copy_up_to(&mut inflated, member.size, &mut checked);
            copied.map(|more| more || inflated.total_in() != member.compressed)
        };
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                WheelDefect::member(&member.name, "cannot be decompressed")
            }
            _ => error.into(),
        };
        let is_right = !rest.map_err(unreadable)?
            && checked.length == member.size
            && checked.crc.sum() == member.crc;
        if is_right {
            Ok(())
        } else {
            let what = "does not match its checksum and sizes";
            Err(WheelDefect::member(&member.name, what))
        }
    }
}

/// Copies no more than `most` bytes; whether there were more.
fn copy_up_to(mut source: impl Read, most: u64, sink: &mut impl Write) -> io::Result<bool> {
    // One byte more than there should be shows that there are more.
    let chunk = most.saturating_add(1).min(CHUNK);
    let mut buffer = vec![0; usize::try_from(chunk).expect("a chunk is small")];
    let mut left = most;
    loop {
        let length = match source.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if length == 0 {
            return Ok(false);
        }
        if length as u64 > left {
            return Ok(true);
        }
        sink.write_all(&buffer[..length])?;
        left -= length as u64;
    }
}

/// Counts what passes.
struct Checked<'a, W> {
    sink: &'a mut W,
    crc: Crc,
    length: u64,
}

impl<W: Write> Write for Checked<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.crc.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
