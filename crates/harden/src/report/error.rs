//! Everything that ends a run without a result: what failed, what it means to a script, and what to
//! try.

use std::io;
use std::path::PathBuf;

use harden_fetch::build::BuildError;
use harden_fetch::{
    Failure, FetchError, FetchErrorKind, MirrorError, MirrorErrorKind, ParseMirrorError,
};
use harden_hasher::StrictError;
use harden_index::ParseAddressError;
use harden_packaging::{IndexError, IndexErrorKind, PackageName};
use harden_requirements::ReadError;
use harden_resolver::ResolveError;
use harden_target::{CompletePlatformError, ParseTargetError, ProbeError, Target};

use crate::report::Exit;
use crate::report::format::{count, list};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `harden` was given no requirements.
    #[error("no requirements file is named")]
    NoLoose,
    /// `harden.toml` or `[tool.harden]` is wrong.
    #[error("{}", .0.join("\n"))]
    Configuration(Vec<String>),
    /// No lock of the configuration writes the file named with `-o`.
    #[error("no lock of {file} writes `{}`; there are {}", output.display(), list(strict))]
    NoSuchLock {
        /// The configuration.
        file: String,
        /// The file named.
        output: PathBuf,
        /// What its locks write.
        strict: Vec<String>,
    },
    /// `--extra` or `--group` without a project.
    #[error("--extra and --group choose from a pyproject.toml, and none is named")]
    NoProject,
    /// A project does not admit the Python of a target.
    #[error("{place} requires Python {specifiers}, which {target} {}", if *admits_some { "is only with some patch releases" } else { "is not" })]
    OtherPython {
        /// Where it says so.
        place: String,
        /// What it says.
        specifiers: String,
        /// The target.
        target: Box<Target>,
        /// Whether it admits some patch releases of it.
        admits_some: bool,
    },
    /// A strict file does not say how it was made.
    #[error("{file} does not say by which command it was made")]
    NoCommand {
        /// The strict file.
        file: String,
    },
    /// A package is in no lock.
    #[error("{name} is not in {}", list(files))]
    NotLocked {
        /// The package.
        name: PackageName,
        /// The strict files, or the loose ones.
        files: Vec<String>,
        /// The package that was probably meant.
        meant: Option<PackageName>,
    },
    /// A strict file is for no such target.
    #[error("{} is not for {target}, but for {}", list(files), list(targets))]
    NotATarget {
        /// The target, in canonical spelling if it has one.
        target: String,
        /// The strict files.
        files: Vec<String>,
        /// What they are for.
        targets: Vec<String>,
    },
    /// More than two strict files to compare.
    #[error("{number} strict files cannot be compared with each other, but two can")]
    ManyToCompare {
        /// How many were named.
        number: usize,
    },
    /// git cannot show a file of a revision.
    #[error("git cannot show {what}: {reason}")]
    Git {
        /// `REVISION:PATH`.
        what: String,
        /// What git says.
        reason: String,
    },
    /// There is a configuration already.
    #[error("{} is there already", .0.display())]
    ConfigurationThere(PathBuf),
    /// There is nothing in the folder to lock.
    #[error("there is nothing to lock in this folder: {0}")]
    NothingToLock(String),
    /// Exemptions from the cutoff whose last day is over.
    #[error("{}", .0.join("\n"))]
    PastExemptions(Vec<String>),
    /// A check found something.
    #[error("{} {} not pass: {}", list(files), if files.len() == 1 { "does" } else { "do" }, count(*findings, "finding"))]
    Found {
        /// The strict files.
        files: Vec<String>,
        /// How many things are wrong with them.
        findings: usize,
    },
    /// A strict file was made of what nobody can read again.
    #[error("{file} was made from standard input, which is not there to compare it with")]
    FromStdin {
        /// The strict file.
        file: String,
    },
    /// The requirements files, or the requirements in them, are wrong.
    #[error(transparent)]
    Requirements(#[from] ReadError),
    /// A command stands where a requirements file should.
    #[error("there is no file `{0}`, and a command of that name comes before all options")]
    CommandNotFirst(String),
    /// `--json` takes standard output, so the strict file needs another place.
    #[error("--json speaks on standard output, where the strict file would go")]
    JsonWithoutOutput,
    /// A folder stands where a requirements file should.
    #[error("`{0}` is a folder, not a requirements file")]
    LooseIsFolder(String),
    /// Lines of the requirements files that have no place in a strict file.
    #[error("{}", .0.join("\n"))]
    Unsuitable(Vec<String>),
    /// A strict file is none.
    #[error(transparent)]
    Strict(#[from] StrictError),
    /// There is no strict file to fetch from.
    #[error("there is no file `{}`", path.display())]
    NoStrict {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write the result to standard output")]
    Stdout(#[source] io::Error),
    /// The output file is one of the inputs.
    #[error("{} is both read and written", .0.display())]
    OutputIsInput(PathBuf),
    /// A target that is none.
    #[error(transparent)]
    Target(#[from] ParseTargetError),
    /// A complete-platform file that is none.
    #[error("{}", path.display())]
    CompletePlatform {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CompletePlatformError,
    },
    /// There is no interpreter to ask.
    #[error("no Python was found: {looked_for}")]
    NoPython {
        /// What was looked for, and where.
        looked_for: String,
    },
    /// The interpreter did not answer.
    #[error("{} cannot be asked what it is: {reason}", python.display())]
    Python {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        reason: String,
    },
    /// The interpreter's answer is no target.
    #[error("{}", python.display())]
    Probe {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        source: ProbeError,
    },
    /// An address of an index or of a list of links that is none.
    #[error("{origin}")]
    Address {
        /// Where the address was given (`--index-url`).
        origin: String,
        /// Why.
        source: ParseAddressError,
    },
    /// An address of a mirror that is none.
    #[error("{option}")]
    MirrorAddress {
        /// The option it was given by (`--to`).
        option: &'static str,
        /// Why.
        source: ParseMirrorError,
    },
    /// A package is tied to an index that has no such name.
    #[error("--index-package {package}={index}: there is no --index of that name{}", if known.is_empty() { String::new() } else { format!("; the names are {}", list(known)) })]
    NoSuchIndex {
        /// The package.
        package: PackageName,
        /// The name.
        index: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A package is tied to two indexes.
    #[error("{package} is tied to two indexes, {} and {}", indexes.0, indexes.1)]
    TiedTwice {
        /// The package.
        package: PackageName,
        /// The names of the indexes.
        indexes: (String, String),
    },
    /// Two indexes of one name, or one that nothing is tied to.
    #[error("--index {name}: {fault}")]
    IndexName {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A folder or file of `--find-links` that is not there.
    #[error("{origin}: there is no file or folder `{}`", path.display())]
    NoLinks {
        /// Where it was given.
        origin: String,
        /// The path.
        path: PathBuf,
    },
    /// A strict file names no target, and neither does the command line.
    #[error("{file} does not say which platforms it is for")]
    NoPlatforms {
        /// The strict file.
        file: String,
    },
    /// A strict file was not made for a target.
    #[error("{file} was not made for {target}, but for {}", made_for.join(" and "))]
    NotMadeFor {
        /// The strict file.
        file: String,
        /// The target asked for.
        target: String,
        /// Those it was made for.
        made_for: Vec<String>,
    },
    /// A strict file was made for a target that a name alone does not say.
    #[error("{file} was made for {name}, which its name alone does not tell")]
    MadeForOther {
        /// The strict file.
        file: String,
        /// The name in its header.
        name: String,
        /// Why it is no spelling.
        source: ParseTargetError,
    },
    /// An environment variable of an option with many values holds a wrong one.
    #[error("{variable}: {reason}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// There is no place for a cache.
    #[error("no folder for the cache can be told from the environment")]
    NoCacheFolder,
    /// The cache failed.
    #[error("the cache in {} cannot be {action}", path.display())]
    Cache {
        /// What was to be done (`read`).
        action: &'static str,
        /// Its folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no resolution.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A wheelhouse is not what strict files ask for.
    #[error("{} is not what {} asks for", folder.display(), strict.join(" and "))]
    Wheelhouse {
        /// The wheelhouse.
        folder: PathBuf,
        /// Whether it has wheels that were built, and `--build` was not given.
        has_built: bool,
        /// The strict files.
        strict: Vec<String>,
    },
    /// The wheelhouse is not complete.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An sdist was not built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Where the strict file of a wheelhouse belongs, something else is.
    #[error("{} is in the way: it is no strict file that `fetch --build` wrote", .0.display())]
    ListInTheWay(PathBuf),
    /// What it takes to build an sdist cannot be had.
    #[error(
        "the build requirements of {sdist} cannot be had: {}",
        without_hints(reason)
    )]
    BuildRequirements {
        /// The sdist.
        sdist: String,
        /// Why.
        reason: Box<Error>,
    },
}

impl Error {
    /// What it means to a script.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Resolve(ResolveError::NoSolution(_) | ResolveError::Defect(_))
            | Self::NotLocked { .. }
            | Self::Found { .. }
            | Self::Wheelhouse { .. } => Exit::No,
            Self::Resolve(ResolveError::Index(error)) | Self::Index(error) => match error.kind {
                IndexErrorKind::Failed => Exit::Network,
                IndexErrorKind::NoSuchProject
                | IndexErrorKind::NoSuchFile
                | IndexErrorKind::BadMetadata => Exit::No,
            },
            Self::Fetch(error) => of_kind(error.kind()),
            Self::Build(error) => of_kind(error.kind()),
            Self::BuildRequirements { reason, .. } => reason.exit(),
            _ => Exit::Input,
        }
    }

    /// What to try, where the error itself does not say.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoLoose => {
                "name one, or `-` for standard input: `harden loose.txt -o strict.txt`; or let \
                 `harden init` write a harden.toml that does; `harden --help` lists all there is"
            }
            Self::NoStrict { .. } => {
                "make it with `harden loose.txt -o strict.txt`, or name another"
            }
            Self::OutputIsInput(_) => {
                "keep what you require and what is pinned in two files: `-o strict.txt`"
            }
            Self::Target(error) if error.suggestions().is_empty() => {
                "a target is written like manylinux2014_aarch64-cp-311-cp311; \
                 `harden targets` lists platforms and presets"
            }
            Self::NoPython { .. } | Self::Python { .. } | Self::Probe { .. } => {
                "name an interpreter with --python, or the platform to lock for with --platform; \
                 `harden targets` lists platforms"
            }
            Self::NoPlatforms { .. } => {
                "name one with --platform, as in `--platform manylinux2014_aarch64-cp311`"
            }
            Self::NotMadeFor { .. } => "run harden again with that platform added",
            Self::MadeForOther { .. } => {
                "name the complete-platform file it was made for: `--platform FILE.json`"
            }
            Self::JsonWithoutOutput => "name the strict file with -o",
            Self::LooseIsFolder(_) => "name a file in it, or run `harden init` there",
            Self::CommandNotFirst(command) => {
                return Some(format!(
                    "write `harden {command}` first, and options after it"
                ));
            }
            Self::Index(error) | Self::Resolve(ResolveError::Index(error))
                if error.kind == IndexErrorKind::Failed =>
            {
                "--index-url names another index; --offline makes do with what the cache holds"
            }
            Self::NoCommand { .. } => {
                "name the loose files and the targets: `harden explain NAME loose.txt --platform …`"
            }
            Self::NotLocked {
                meant: Some(meant), ..
            } => return Some(format!("`{meant}` was probably meant")),
            Self::OtherPython {
                admits_some: true, ..
            } => "name the patch release, as in manylinux2014_aarch64-cp-3.11.9-cp311",
            Self::OtherPython { .. } => {
                "lock for a Python that the project admits, or change the project"
            }
            Self::PastExemptions(_) => {
                "take it out, if the cutoff lets the version in by now, or give it a later day"
            }
            Self::ManyToCompare { .. } => "with --together they are shown side by side",
            Self::NoProject => "name it: `harden pyproject.toml --group dev`",
            Self::FromStdin { .. } => {
                "name what it is to answer: `harden check loose.txt strict.txt`"
            }
            Self::ConfigurationThere(_) => "change it by hand; `harden` locks what it says",
            Self::NothingToLock(_) => {
                "write what you require into loose.txt, one line each, and run this again"
            }
            Self::Wheelhouse {
                has_built: true, ..
            } => {
                "wheels were built here from sdists: with --build, what requirements.txt in the \
                 folder says of them counts"
            }
            Self::Wheelhouse { .. } => {
                "`fetch` brings what is missing and replaces what is wrong; `fetch --prune` removes \
                 what is extra"
            }
            Self::Fetch(error) => mirror_hint(error)?,
            Self::Build(error) => return build_hint(error).map(str::to_owned),
            Self::ListInTheWay(_) => "move it elsewhere, or name another folder with -d",
            Self::BuildRequirements { .. } => {
                "what an sdist is built with has to be a wheel on the index, or in a folder that \
                 --find-links names, for the interpreter that --python names"
            }
            Self::NoCacheFolder => "name one with --cache-dir, or use --no-cache",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// What to try where a mirror is to blame.
fn mirror_hint(error: &FetchError) -> Option<&'static str> {
    let mut faults = error.failures.iter().filter_map(|failure| match failure {
        Failure::Mirror(MirrorError { fault, .. }) => Some(fault),
        _ => None,
    });
    match faults.next()? {
        MirrorErrorKind::Setup(_) => Some(
            "`AWS_*`, `GOOGLE_*` or `AZURE_*` variables say what the address does not: \
             AZURE_STORAGE_ACCOUNT_NAME, AWS_ENDPOINT_URL and the like",
        ),
        MirrorErrorKind::Unencrypted { .. } | MirrorErrorKind::Failed(_) => None,
        MirrorErrorKind::NoCredentials(_) => Some(
            "set those of the service: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             GOOGLE_APPLICATION_CREDENTIALS, or AZURE_STORAGE_ACCOUNT_KEY; or AWS_SKIP_SIGNATURE=true \
             (GOOGLE_, AZURE_) for what anyone may read",
        ),
        MirrorErrorKind::Refused(_) => Some(
            "they are those of the environment; S3 also refuses a file that is not there to whoever \
             may not list the bucket",
        ),
        MirrorErrorKind::NoBucket => Some("make it first, or name another"),
        MirrorErrorKind::Unreachable(_) => Some(
            "AWS_ENDPOINT_URL (GOOGLE_BASE_URL, AZURE_STORAGE_ENDPOINT) says where the service is",
        ),
    }
}

fn of_kind(kind: FetchErrorKind) -> Exit {
    match kind {
        FetchErrorKind::Network => Exit::Network,
        FetchErrorKind::Input => Exit::Input,
        FetchErrorKind::Refused => Exit::No,
    }
}

/// What an error says, without what it proposes: nobody can change what an sdist requires.
fn without_hints(error: &Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.starts_with("hint: "));
    lines.collect::<Vec<_>>().join("\n")
}

fn build_hint(error: &BuildError) -> Option<&'static str> {
    let hint = match error {
        BuildError::Interpreter { .. } => {
            "name another interpreter with --python; `python -m ensurepip --upgrade` gives one its \
             pip, Debian's comes with python3-venv and python3-pip"
        }
        BuildError::Failed { .. } => {
            "it may need another interpreter (--python) or a compiler; a wheel that was built \
             elsewhere can be locked from a folder that --find-links names"
        }
        BuildError::Foreign { .. } => {
            "build it on that platform, and lock the wheel from a folder that --find-links names; or \
             ask its authors for a wheel"
        }
        _ => return None,
    };
    Some(hint)
}
