//! The members of a wheel: sizes, digests, which are native code, and the texts that are compared.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use harden_packaging::{Sha256, printable};
use sha2::Digest as _;
use zip::ZipArchive;

/// How many members a wheel may have. The largest of PyPI have some 20,000.
const MOST_MEMBERS: usize = 200_000;

/// How large the members may be together once they are unpacked, in bytes.
const LARGEST: u64 = 16 << 30;

/// How much of one member is kept as text, in bytes.
const LARGEST_TEXT: u64 = 4 << 20;

/// How much is kept as text in all, in bytes.
const MOST_TEXT: u64 = 256 << 20;

/// The content of a wheel, by paths without the version in the names of its metadata folders.
#[derive(Debug, Clone, Default)]
pub struct WheelContents {
    pub(crate) members: BTreeMap<String, Member>,
}

/// A member of a wheel.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) digest: Sha256,
    pub(crate) is_native: bool,
    /// Its text, if it is one of those that are compared.
    pub(crate) text: Option<String>,
}

/// Why a wheel is not read.
#[derive(Debug, thiserror::Error)]
pub enum WheelReadError {
    /// It is not a zip file, or damaged.
    #[error("it is not a wheel, or damaged: {0}")]
    Damaged(String),
    /// It has more members than any real one.
    #[error("it has {0} members, more than {MOST_MEMBERS}")]
    TooMany(usize),
    /// It is larger than any real one.
    #[error("unpacked, it has more than {} GiB", LARGEST >> 30)]
    TooLarge,
}

impl WheelContents {
    /// Reads a wheel, whose digest has been verified.
    ///
    /// # Errors
    ///
    /// If it is damaged, or too large.
    pub fn read(wheel: impl Read + Seek) -> Result<Self, WheelReadError> {
        let mut archive = ZipArchive::new(wheel).map_err(damaged)?;
        if archive.len() > MOST_MEMBERS {
            return Err(WheelReadError::TooMany(archive.len()));
        }
        let mut contents = Self::default();
        let (mut unpacked, mut texts) = (0, 0);
        for place in 0..archive.len() {
            let mut file = archive.by_index(place).map_err(damaged)?;
            if file.is_dir() {
                continue;
            }
            let path = comparable(&printable(&file.name().map_err(damaged)?));
            let may_be_text = is_compared(&path) && texts < MOST_TEXT;
            let member = Member::read(&mut file, may_be_text, LARGEST - unpacked)?;
            unpacked += member.size;
            texts += member.text.as_ref().map_or(0, |text| text.len() as u64);
            contents.members.insert(path, member);
        }
        Ok(contents)
    }

    /// The text of the metadata file of this name, as `METADATA`.
    pub(crate) fn metadata(&self, name: &str) -> &str {
        let member = self.members.get(&format!("*.dist-info/{name}"));
        member
            .and_then(|member| member.text.as_deref())
            .unwrap_or_default()
    }
}

impl Member {
    fn read(file: &mut impl Read, may_be_text: bool, most: u64) -> Result<Self, WheelReadError> {
        let mut digest = sha2::Sha256::new();
        let mut text = Vec::new();
        let mut size = 0;
        let mut is_native = false;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(error)),
            };
            let bytes = &buffer[..length];
            if size == 0 {
                is_native = is_native_code(bytes);
            }
            size += length as u64;
            if size > most {
                return Err(WheelReadError::TooLarge);
            }
            digest.update(bytes);
            if may_be_text && size <= LARGEST_TEXT {
                text.extend_from_slice(bytes);
            }
        }
        let is_whole = may_be_text && size <= LARGEST_TEXT;
        Ok(Self {
            size,
            digest: Sha256::from_bytes(digest.finalize().into()),
            is_native,
            text: is_whole.then(|| String::from_utf8_lossy(&text).into_owned()),
        })
    }
}

/// A path as it is compared: the folders of metadata without name and version.
fn comparable(path: &str) -> String {
    let Some((top, rest)) = path.split_once('/') else {
        return path.to_owned();
    };
    for kind in [".dist-info", ".data"] {
        if top.ends_with(kind) {
            return format!("*{kind}/{rest}");
        }
    }
    path.to_owned()
}

/// Whether the content of a member is compared, and not only its digest.
fn is_compared(path: &str) -> bool {
    let is_metadata = ["*.dist-info/METADATA", "*.dist-info/entry_points.txt"].contains(&path);
    is_metadata
        || [".py", ".pyi", ".pth"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// Whether a file that begins like this is native code.
fn is_native_code(start: &[u8]) -> bool {
    const STARTS: [&[u8]; 9] = [
        b"\x7fELF",
        b"MZ",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\0asm",
        b"!<arch>\n",
    ];
    STARTS.iter().any(|magic| start.starts_with(magic))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it takes errors as `map_err` gives them"
)]
fn damaged(error: impl ToString) -> WheelReadError {
    WheelReadError::Damaged(printable(&error.to_string()).into_owned())
}
