//! The inputs of a lock: the model that requirements files, `pyproject.toml` and scripts are read into.

mod canonical;
mod options;

use std::fmt;
use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName, ParseReferenceError, Reference};

use crate::{Marker, Requirement, Source, Specifiers};

pub(crate) use canonical::without_credentials;
pub use options::{FormatChoice, IndexChoice, InputOptions, PackageChoice, ReleaseChoice};

/// The inputs of a lock: everything that the named loose files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// In the order of the files.
    pub requirements: Vec<Input>,
    /// What `-c` files say, in order.
    pub constraints: Vec<Input>,
    /// The options of all files.
    pub options: InputOptions,
    /// The Requires-Python of projects and scripts: a target's interpreter must satisfy all of them.
    pub requires_python: Vec<PythonRequirement>,
    /// The user's own projects whose dependencies are among the requirements.
    pub projects: Vec<LocalProject>,
    /// The projects of the user whose dependencies take a build.
    pub unbuilt: Vec<UnbuiltProject>,
    /// Lines that cannot be used, each with its place and the reason.
    pub unsuitable: Vec<String>,
    /// Lines and options that have no effect: one line of text each, with its place, in order.
    pub warnings: Vec<String>,
}

/// A project in a folder of the user, whose dependencies are required in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalProject {
    /// Its name.
    pub name: PackageName,
    /// Its folder; relative to the working folder if it was written that way.
    pub folder: String,
    /// The line that names the folder.
    pub origin: Arc<Origin>,
}

/// A project in a folder of the user whose dependencies only a build tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnbuiltProject {
    /// Its folder; relative to the working folder if it was written that way.
    pub folder: String,
    /// Its name, as the line or its files state it.
    pub name: Option<PackageName>,
    /// The extras that are required.
    pub extras: Vec<ExtraName>,
    /// The marker under which it is required.
    pub marker: Option<Marker>,
    /// The line that names it; of its own file, if that is locked.
    pub origin: Arc<Origin>,
    /// Its own file, as messages and comments name it.
    pub file: String,
    /// Why it takes a build, as the part of a sentence.
    pub why: String,
}

/// The `requires-python` of a project or script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonRequirement {
    /// The versions of Python that it admits.
    pub specifiers: Specifiers,
    /// The line it was read from.
    pub origin: Arc<Origin>,
}

/// One requirement or constraint, and the line it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The required project.
    pub entry: Entry,
    /// The `--hash` options of its line, in order.
    pub hashes: Vec<Hash>,
    /// The line it was read from.
    pub origin: Arc<Origin>,
}

/// What one line of a requirements file requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// `name[extras]>=1 ; marker`, or `name @ URL ; marker`.
    Named(Requirement),
    /// A URL or a path with no name before it.
    Unnamed(Direct),
    /// `-e` with a repository or a folder. Nothing checks that the folder is there.
    Editable(Direct),
}

/// A distribution that is named by its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// Its location.
    pub location: Location,
    /// Its name, if the line gives one: in `name @ URL`, in the file name at the end of the URL, or in
    /// `#egg=name`.
    pub name: Option<PackageName>,
    /// The extras that are required; sorted, without duplicates.
    pub extras: Vec<ExtraName>,
    /// The marker, if there is one.
    pub marker: Option<Marker>,
}

/// The location that a direct reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An archive or folder by URL (`https:`, `http:`, `file:`, …), as written.
    Url(Box<str>),
    /// A repository (`git+https://…`), as written.
    Vcs(Box<str>),
    /// An archive or folder by path, as written: relative to the working folder.
    Path(Box<str>),
}

/// A `--hash` option.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest as written. Like pip, nothing checks its length or its digits.
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

/// The place of an entry; displayed as `loose.txt:3`, or without a line as `loose.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user would recognise it (`loose.txt`, `sub/base.txt`, `<stdin>`).
    pub file: Arc<str>,
    /// The line it begins on, from 1; 0 if it is none of the file.
    pub line: usize,
    /// The `-r` or `-c` line that included the file.
    pub included_from: Option<Arc<Origin>>,
}

impl Inputs {
    /// Adds the content of other files, as if they had been read after these.
    pub fn append(&mut self, other: Self) {
        self.requirements.extend(other.requirements);
        self.constraints.extend(other.constraints);
        self.options.append(other.options);
        self.requires_python.extend(other.requires_python);
        self.projects.extend(other.projects);
        self.unbuilt.extend(other.unbuilt);
        self.unsuitable.extend(other.unsuitable);
        self.warnings.extend(other.warnings);
    }
}

impl Entry {
    /// The name of the required project, if the entry gives one.
    pub fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Named(requirement) => Some(&requirement.name),
            Self::Unnamed(direct) | Self::Editable(direct) => direct.name.as_ref(),
        }
    }

    /// The file that it names by its location, or why that file cannot be pinned; `None` if it names none.
    pub fn reference(&self) -> Option<Result<Reference, ParseReferenceError>> {
        match self {
            Self::Named(requirement) => match &requirement.source {
                Source::Specifiers(_) => None,
                Source::Url(url) => Some(url.parse()),
            },
            Self::Unnamed(direct) | Self::Editable(direct) => {
                Some(direct.location.as_str().parse())
            }
        }
    }

    /// The marker under which it is required.
    pub fn marker(&self) -> Option<&Marker> {
        match self {
            Self::Named(requirement) => requirement.marker.as_ref(),
            Self::Unnamed(direct) | Self::Editable(direct) => direct.marker.as_ref(),
        }
    }
}

impl Location {
    /// The location that `text` names: the URL of a `name @ URL` or of a bare line.
    pub fn of(text: &str) -> Self {
        match text.split_once(':') {
            Some((scheme, _)) if scheme.contains('+') => Self::Vcs(text.into()),
            Some(_) if is_url(text) => Self::Url(text.into()),
            _ => Self::Path(text.into()),
        }
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Url(text) | Self::Vcs(text) | Self::Path(text) => text,
        }
    }
}

/// The version control systems that pip supports, each with its transports.
const REPOSITORIES: [(&str, &[&str]); 4] = [
    (
        "bzr",
        &["http", "https", "ssh", "sftp", "ftp", "lp", "file"],
    ),
    ("git", &["http", "https", "ssh", "git", "file"]),
    ("hg", &["file", "http", "https", "ssh", "static-http"]),
    ("svn", &["ssh", "http", "https", "svn", "file"]),
];

/// Whether pip treats `text` as a URL.
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.split_once('+') {
        None => matches!(&*scheme, "http" | "https" | "file" | "ftp"),
        Some((repository, transport)) => REPOSITORIES
            .into_iter()
            .any(|(name, transports)| name == repository && transports.contains(&transport)),
    }
}

impl HashAlgorithm {
    /// Its name in `--hash` and in Python's hashlib.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.as_str(), self.digest)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.line {
            0 => Ok(()),
            line => write!(f, ":{line}"),
        }
    }
}
