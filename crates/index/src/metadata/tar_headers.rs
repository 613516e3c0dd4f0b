//! Extended headers of a tar: what they say of the member behind them, read within a limit.
//!
//! The `tar` crate reads such a header into memory, however large it is, unless it is asked for raw entries.
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_02>

use std::io::{self, Read};

use tar::{Entry, EntryType, PaxExtensions};

/// No long name or other extended header of an archive is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// What the extended headers before a member say of it. Of use to a reader of [raw](tar::Entries::raw) entries.
#[derive(Debug, Default)]
pub struct TarHeaders {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// A member of a tar, as its own header and those before it say.
#[derive(Debug)]
pub struct TarMember {
    /// Its path.
    pub path: Vec<u8>,
    /// Where it leads, if it is a link.
    pub link: Option<Vec<u8>>,
}

impl TarHeaders {
    /// Takes in `entry` if it is an extended header; else it is a member, which is returned.
    ///
    /// # Errors
    ///
    /// Fails if a header cannot be read or is too large, or if two headers tell different sizes of a member:
    /// readers then disagree about where the next one begins.
    pub fn member<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> io::Result<Option<TarMember>> {
        let kind = entry.header().entry_type();
        let is_header = matches!(
            kind,
            EntryType::GNULongName
                | EntryType::GNULongLink
                | EntryType::XHeader
                | EntryType::XGlobalHeader
        );
        if is_header {
            self.take_in(kind, &value(entry)?);
            return Ok(None);
        }
        let headers = std::mem::take(self);
        if headers.size.is_some_and(|size| size != entry.size()) {
            return Err(io::Error::other("a member has two sizes"));
        }
        let own = |text: std::borrow::Cow<'_, [u8]>| text.into_owned();
        Ok(Some(TarMember {
            path: headers.path.unwrap_or_else(|| own(entry.path_bytes())),
            link: headers.link.or_else(|| entry.link_name_bytes().map(own)),
        }))
    }

    fn take_in(&mut self, kind: EntryType, value: &[u8]) {
        let name = || Some(value.split(|byte| *byte == 0).next()?.to_vec());
        match kind {
            EntryType::GNULongName => self.path = name(),
            EntryType::GNULongLink => self.link = name(),
            EntryType::XHeader => self.take_in_fields(value),
            // What holds for the whole archive says nothing of one member's place.
            _ => {}
        }
    }

    fn take_in_fields(&mut self, value: &[u8]) {
        for field in PaxExtensions::new(value).filter_map(Result::ok) {
            let value = || Some(field.value_bytes().to_vec());
            match field.key_bytes() {
                b"path" => self.path = value(),
                b"linkpath" => self.link = value(),
                b"size" => self.size = field.value().ok().and_then(|size| size.parse().ok()),
                _ => {}
            }
        }
    }
}

fn value<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Vec<u8>> {
    if entry.size() > LARGEST {
        let why = format!("a header is larger than {} MiB", LARGEST >> 20);
        return Err(io::Error::other(why));
    }
    let mut value = Vec::new();
    entry.take(LARGEST).read_to_end(&mut value)?;
    Ok(value)
}
