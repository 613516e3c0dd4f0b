//! The log of files once seen, beside a strict file: read, compared and added to.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harden_hasher::{Advice, Judged, Level, Rule, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{DistFile, Index, PackageName, Project, Release, Sha256};
use harden_policy::{FileLog, Policy, ReadLogError};

use crate::locking::record::listed_files;
use crate::report::output::Output;
use crate::report::{Error, Report, Terminal};

/// The name of the log.
const NAME: &str = "harden.sum";

/// The largest log that is read, in bytes: some 500,000 files.
const LARGEST: u64 = 64 << 20;

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
enum LogError {
    /// A line is wrong.
    #[error("{}:{}: {}", path.display(), wrong.line, wrong.reason)]
    Line {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        wrong: ReadLogError,
    },
    /// It is too large.
    #[error("{} is larger than {} MiB", .0.display(), LARGEST >> 20)]
    TooLarge(PathBuf),
    /// It is a folder, a pipe or a device.
    #[error("{} is not a file", .0.display())]
    NoFile(PathBuf),
}

impl Report for LogError {
    fn hint(&self) -> Option<String> {
        let hint = "restore it from version control; each line that was there must stay";
        Some(hint.to_owned())
    }
}

/// The log beside a strict file.
fn place(strict: &Path) -> PathBuf {
    strict.with_file_name(NAME)
}

/// Reads the log beside a strict file; `None` if there is none.
fn read(strict: &Path) -> Result<Option<FileLog>, Error> {
    read_at(place(strict))
}

fn read_at(path: PathBuf) -> Result<Option<FileLog>, Error> {
    let found = match fs::metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::read(&path, error)),
    };
    // A pipe or a device would be read without end.
    if !found.is_file() {
        return Err(LogError::NoFile(path).into());
    }
    if found.len() > LARGEST {
        return Err(LogError::TooLarge(path).into());
    }
    let text = fs::read_to_string(&path).map_err(|source| Error::read(&path, source))?;
    match FileLog::read(&text) {
        Ok(log) => Ok(Some(log)),
        Err(wrong) => Err(LogError::Line { path, wrong }.into()),
    }
}

/// The digest of the log beside a strict file, by which its content is recognised; `None` if it cannot be read.
pub fn state(strict: &Path) -> Option<Sha256> {
    let path = place(strict);
    let found = fs::metadata(&path).ok()?;
    let bytes = (found.is_file() && found.len() <= LARGEST).then(|| fs::read(&path))?;
    let bytes = bytes.ok()?;
    Some(Sha256::of(bytes))
}

/// What a strict file at `path` has that contradicts its log, or that the log lacks; nothing if the policy
/// asks for no log.
pub fn judge(path: &Path, strict: &StrictFile, policy: &Policy) -> Result<Vec<Judged>, Error> {
    if !policy.record_files {
        return Ok(Vec::new());
    }
    Ok(match read(path)? {
        Some(log) => log.judge(strict, true),
        None => vec![Judged {
            line: strict.pins().first().map_or(1, StrictPin::line),
            rule: Rule::KnownDigest,
            level: Level::Error,
            message: format!(
                "there is no {NAME} beside it, so nothing tells which files are known; lock again to make it"
            ),
            advice: Advice::lock(),
        }],
    })
}

/// The same, and what an index lists with another digest than the log has.
pub fn judge_listed(
    path: &Path,
    strict: &StrictFile,
    policy: &Policy,
    projects: &BTreeMap<PackageName, Arc<Project>>,
) -> Result<Vec<Judged>, Error> {
    let mut judged = judge(path, strict, policy)?;
    if policy.record_files
        && let Some(log) = read(path)?
    {
        judged.extend(contradictions(&log, strict, projects));
    }
    Ok(judged)
}

fn contradictions(
    log: &FileLog,
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
) -> Vec<Judged> {
    let mut judged = Vec::new();
    for pin in strict.pins() {
        if pin.reference().is_some() || pin.repository().is_some() {
            continue;
        }
        let releases = projects.get(pin.name());
        let releases = releases.into_iter().flat_map(|project| &project.releases);
        let releases = releases.filter(|release| release.version == *pin.version());
        let files = releases.flat_map(Release::files);
        judged.extend(files.filter_map(|file| log.judge_listed(pin, &file.filename, file.sha256?)));
    }
    judged
}

/// A log to which the files of a lock are added.
#[derive(Debug)]
pub struct Addition {
    path: PathBuf,
    log: FileLog,
    /// Whether a file of the lock is new.
    has_news: bool,
}

impl Addition {
    /// The log beside `path` with the files of `strict` added, and what contradicts it; `None` if the
    /// policy asks for no log.
    pub fn of(
        path: &Path,
        strict: &StrictFile,
        policy: &Policy,
        projects: &BTreeMap<PackageName, Arc<Project>>,
        client: &IndexClient,
    ) -> Result<Option<(Self, Vec<Judged>)>, Error> {
        if !policy.record_files {
            return Ok(None);
        }
        let known = read(path)?;
        let mut has_news = known.is_none();
        let mut log = known.unwrap_or_default();
        let mut judged = log.judge(strict, false);
        judged.extend(contradictions(&log, strict, projects));
        for pin in strict.pins() {
            for (file, sha256) in files_of(pin, projects, client)? {
                has_news |= log.add(&file, (pin.name(), pin.version()), sha256);
            }
        }
        let path = place(path);
        let addition = Self {
            path,
            log,
            has_news,
        };
        Ok(Some((addition, judged)))
    }

    /// Whether a file is new.
    pub fn has_news(&self) -> bool {
        self.has_news
    }

    /// Writes it, if a file is new, with what other runs have added meanwhile.
    pub fn write(&self, terminal: Terminal) -> Result<(), Error> {
        if !self.has_news {
            return Ok(());
        }
        let _alone = alone(&self.path);
        let mut log = read_at(self.path.clone())?.unwrap_or_default();
        log.add_all(&self.log);
        Output::new(Some(self.path.clone()))?.write(&log.to_string(), terminal)
    }
}

/// Waits until no other run adds to the log in this folder; for as long as the result lives, none does. Where a
/// folder cannot be locked, as on Windows, runs at the same time may lose each other's lines.
fn alone(path: &Path) -> Option<fs::File> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = fs::File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// The files of a pin, by name, with their digests.
fn files_of(
    pin: &StrictPin,
    projects: &BTreeMap<PackageName, Arc<Project>>,
    client: &IndexClient,
) -> Result<Vec<(String, Sha256)>, Error> {
    if let Some(reference) = pin.reference() {
        let digest = pin.hashes().first();
        let file = digest.map(|digest| (reference.file().as_str().to_owned(), *digest));
        return Ok(file.into_iter().collect());
    }
    let mut files = Vec::new();
    for file in listed_files(pin, projects) {
        files.push((
            file.filename.to_string(),
            client.sha256(&DistFile::clone(&file))?,
        ));
    }
    if let Some(built) = pin.built_from() {
        files.push((built.wheel.clone(), built.sha256));
    }
    files.retain(|(name, digest)| pin.files().contains(name) && pin.hashes().contains(digest));
    // What no index lists, such as an sdist that was packed from a repository, is the file that is left.
    let names = pin.files().iter();
    let names: Vec<_> = names
        .filter(|name| !files.iter().any(|(known, _)| known == *name))
        .collect();
    let digests = pin.hashes().iter();
    let digests: Vec<_> = digests
        .filter(|digest| !files.iter().any(|(_, known)| known == *digest))
        .collect();
    if let ([name], [digest]) = (&*names, &*digests) {
        files.push(((*name).clone(), **digest));
    }
    Ok(files)
}
