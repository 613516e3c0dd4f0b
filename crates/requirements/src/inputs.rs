//! skeleton
use std::io;
use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName};

use crate::{Marker, Requirement};

/// Where the text of requirements files comes from; this crate does no IO itself.
pub trait ReadText {
    /// The bytes of a file, by its path as [`read`] was given it or as an `-r`/`-c` line leads to
    /// it (joined to the folder of the including file), of a URL, or of standard input (`-`).
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether there is a file or folder at this path: decides whether a `--find-links` value is
    /// relative to the file it stands in.
    fn exists(&self, _path: &str) -> bool {
        false
    }

    /// The value of an environment variable, for `${NAME}` in requirements files.
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
}

/// What the user requires: all that the named files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// In the order of the files.
    pub requirements: Vec<Input>,
    /// What `-c` files say, in order.
    pub constraints: Vec<Input>,
    /// The options of all files.
    pub options: InputOptions,
    /// What was read but has no effect (an option that pip would ignore, a repeated one), each in one line.
    pub warnings: Vec<String>,
}

/// One requirement or constraint with the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What is required.
    pub entry: Entry,
    /// The `--hash` options of its line, in order.
    pub hashes: Vec<Hash>,
    /// Where it stands.
    pub origin: Arc<Origin>,
}

/// What a line of a requirements file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// `name[extras]>=1 ; marker`, or `name @ URL ; marker`.
    Named(Requirement),
    /// A URL or a path with no name before it.
    Unnamed {
        /// Where the distribution is.
        location: Location,
        /// The extras asked for; sorted, each once.
        extras: Vec<ExtraName>,
        /// When.
        marker: Option<Marker>,
    },
    /// `-e` with a VCS URL or a folder.
    Editable {
        /// Where the source tree is.
        location: Location,
        /// Its name, where the line tells it.
        name: Option<PackageName>,
        /// The extras asked for; sorted, each once.
        extras: Vec<ExtraName>,
        /// When.
        marker: Option<Marker>,
    },
}

/// Where a direct reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An archive by URL (`https:`, `http:`, `file:`, …), as written.
    Url(Box<str>),
    /// A repository (`git+https://…`), as written.
    Vcs(Box<str>),
    /// An archive or folder by path, relative to the working folder, as written.
    Path(Box<str>),
}

/// A `--hash` option.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest as written; pip checks neither its length nor its digits, and compares it in lower case.
    pub digest: Box<str>,
}

/// The algorithms that pip allows in `--hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The place of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user would recognise it (`loose.txt`, `sub/base.txt`, `<stdin>`).
    pub file: Arc<str>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// The `-r` or `-c` line that led to the file.
    pub included_from: Option<Arc<Origin>>,
}

/// The options that requirements files set for a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// `--index-url` and `--no-index`.
    pub index: IndexChoice,
    /// `--extra-index-url`, in order.
    pub extra_index_urls: Vec<Box<str>>,
    /// `--find-links`, in order; a path that is there relative to its file is given as that.
    pub find_links: Vec<Box<str>>,
    /// `--pre`.
    pub pre: bool,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
    /// `--no-binary` and `--only-binary`.
    pub formats: FormatChoice,
    /// `--trusted-host`, in order.
    pub trusted_hosts: Vec<Box<str>>,
    /// `--use-feature`, in order.
    pub features: Vec<Box<str>>,
}

/// Which index requirements files name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IndexChoice {
    /// None: the configured one.
    #[default]
    Default,
    /// `--index-url`.
    Url(Box<str>),
    /// `--no-index`.
    NoIndex,
}

/// Which packages may be, or must be, taken from wheels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatChoice {
    /// `--no-binary`: names, or the one word `:all:`; sorted.
    pub no_binary: Vec<Box<str>>,
    /// `--only-binary`: names, or the one word `:all:`; sorted.
    pub only_binary: Vec<Box<str>>,
}

/// Why requirements files could not be read: everything that is wrong with them, in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid requirements")]
pub struct ReadError {}

/// Reads requirements files, with all that they include.
///
/// `files` are paths (or URLs) as the user gave them, `-` for standard input.
pub fn read(_files: &[&str], _source: &dyn ReadText) -> Result<Inputs, ReadError> {
    todo!()
}

/// Reads the `[project]` dependencies of a `pyproject.toml`, those of `extras`, and PEP 735 `groups`.
pub fn read_pyproject(
    _file: &str,
    _text: &str,
    _extras: &[ExtraName],
    _groups: &[PackageName],
) -> Result<Inputs, ReadError> {
    todo!()
}

/// Reads the dependencies of a script with a PEP 723 block.
pub fn read_script(_file: &str, _text: &str) -> Result<Inputs, ReadError> {
    todo!()
}

impl Inputs {
    /// The content that matters, one line each, sorted: what the `inputs=sha256:` digest is taken of.
    pub fn canonical_lines(&self) -> Vec<String> {
        todo!()
    }
}
