//! Advisories: from an export of OSV, from its API, or from the JSON API of an index.
//!
//! A server that fails is an error, never "no vulnerabilities".

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use harden_index::{IndexClient, IndexUrl};
use harden_packaging::{IndexError, IndexErrorKind, PackageName};
use harden_policy::advisory::{
    Advisory, Database, ReadAdvisoryError, batch_query, package_query, read_batch, read_osv,
    read_package, read_pypi,
};
use pep440_rs::Version;

use crate::report::{Error, Exit, Report};

/// How many packages one query to OSV names: the maximum of its API.
const MOST_QUERIES: usize = 1_000;

/// How many pages of an answer are read before it counts as endless.
const MOST_PAGES: usize = 1_000;

/// Why advisories cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AdvisoryError {
    /// A file of an export is malformed.
    #[error("cannot read the advisory in {place}")]
    Record {
        /// The file, and the member of an archive.
        place: String,
        /// Why.
        source: ReadAdvisoryError,
    },
    /// A zip file is damaged.
    #[error("cannot read the archive {}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: zip::result::ZipError,
    },
    /// A folder or an archive has no records.
    #[error("{} holds no advisories: no file in it ends in .json", .0.display())]
    Nothing(PathBuf),
    /// A server gives an unexpected answer.
    #[error("the advisories of {name} cannot be read from {server}: {reason}")]
    Answer {
        /// The package.
        name: String,
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
    /// A server of advisories does not answer.
    #[error("the advisories cannot be had from {server}")]
    NoAnswer {
        /// The server.
        server: String,
        /// Why.
        source: IndexError,
    },
    /// No index has PyPI's JSON API.
    #[error("no index has a JSON API that lists vulnerabilities")]
    NoJsonApi,
    /// No index lists the vulnerabilities of any pinned release.
    #[error("{} lists the vulnerabilities of no pinned release: each is 404 in its JSON API", .0.join(" and "))]
    NoneListed(Vec<String>),
}

impl Report for AdvisoryError {
    fn exit(&self) -> Exit {
        match self {
            Self::Answer { .. } | Self::NoAnswer { .. } | Self::NoneListed(_) => Exit::Network,
            _ => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Record { .. } | Self::Archive { .. } => "download the export again",
            Self::Nothing(_) => "name the folder into which the export was unpacked",
            Self::NoAnswer { source, .. } if source.kind == IndexErrorKind::NotCached => {
                "advisories change, so no answer is kept: leave out --offline, or read an export with --osv PATH or \
                 `osv` in the policy"
            }
            Self::Answer { .. } | Self::NoAnswer { .. } => {
                "check the address of --osv-url, or read an export with --osv PATH or `osv` in the policy"
            }
            Self::NoneListed(_) => "leave out --pypi, or read an export with --osv",
            Self::NoJsonApi => "leave out --pypi, or name an index whose URL ends in `/simple/`",
        };
        Some(hint.to_owned())
    }
}

/// Reads an export: a record, a zip file of records or a folder of both.
pub fn of_export(path: &Path, database: &mut Database) -> Result<(), Error> {
    let failed = |source| Error::read(path, source);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return of_file(path, database);
    }
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let ending = file.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("json" | "zip")) {
            files.insert(file);
        }
    }
    if files.is_empty() {
        return Err(AdvisoryError::Nothing(path.to_owned()).into());
    }
    files.iter().try_for_each(|file| of_file(file, database))
}

fn of_file(path: &Path, database: &mut Database) -> Result<(), Error> {
    let failed = |source| Error::read(path, source);
    if path.extension().is_some_and(|ending| ending == "zip") {
        return of_archive(path, database);
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let read = read_osv(&text).map_err(|source| AdvisoryError::Record {
        place: path.display().to_string(),
        source,
    })?;
    database.add(read);
    Ok(())
}

fn of_archive(path: &Path, database: &mut Database) -> Result<(), Error> {
    let broken = |source| AdvisoryError::Archive {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|source| Error::read(path, source))?;
    let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
    let mut advisories = Vec::new();
    let mut has_records = false;
    for place in 0..archive.len() {
        let mut member = archive.by_index(place).map_err(broken)?;
        let name = member.name().map_err(broken)?.into_owned();
        if Path::new(&name)
            .extension()
            .is_none_or(|ending| ending != "json")
        {
            continue;
        }
        has_records = true;
        let mut text = String::new();
        member
            .read_to_string(&mut text)
            .map_err(|source| Error::read(path.join(&name), source))?;
        advisories.extend(read_osv(&text).map_err(|source| AdvisoryError::Record {
            place: format!("{}:{name}", path.display()),
            source,
        })?);
    }
    if !has_records {
        return Err(AdvisoryError::Nothing(path.to_owned()).into());
    }
    database.add(advisories);
    Ok(())
}

/// The ids of the advisories of a package, with their dates of change.
type Stamps = BTreeSet<(String, String)>;

/// The content of a package's advisories, by their stamps.
type Stamped = BTreeMap<(String, String), Vec<Advisory>>;

/// What parts the pages of an answer that is kept; it cannot stand in JSON.
const PAGE_END: char = '\u{1e}';

/// Asks the OSV API at `server` about packages: one query about all, then one for each package whose
/// advisories have changed since they were cached.
pub fn of_osv(
    server: &str,
    packages: &BTreeSet<PackageName>,
    client: &IndexClient,
    database: &mut Database,
) -> Result<(), Error> {
    let server = server.trim_end_matches('/');
    let url = format!("{server}/v1/query");
    let names: Vec<&PackageName> = packages.iter().collect();
    let mut listed: BTreeMap<&PackageName, Stamps> = BTreeMap::new();
    for names in names.chunks(MOST_QUERIES) {
        list(server, names, client, &mut listed)?;
    }
    listed.retain(|_, stamps| !stamps.is_empty());
    let mut missing = Vec::new();
    for (name, stamps) in &listed {
        let kept = client.kept_answer(&url, name.as_str());
        let kept = kept.and_then(|kept| read_pages(kept.split(PAGE_END)).ok());
        match kept.filter(|kept| kept.keys().eq(stamps)) {
            Some(kept) => database.add(kept.into_values().flatten()),
            None => missing.push(*name),
        }
    }
    for (name, pages) in ask(&url, server, missing, client)? {
        let wrong = |reason: String| AdvisoryError::Answer {
            name: name.to_string(),
            server: server.to_owned(),
            reason,
        };
        let read = read_pages(pages.iter().map(String::as_str));
        let read = read.map_err(|error| wrong(error.to_string()))?;
        let lacks = |stamp: &&(String, String)| !read.keys().any(|(id, _)| *id == stamp.0);
        let listed = listed.get(name).into_iter().flatten();
        if let Some((id, _)) = listed.clone().find(lacks) {
            return Err(wrong(format!("it lists {id} but does not return it")).into());
        }
        let kept = pages.join(&PAGE_END.to_string());
        client.keep_answer(&url, name.as_str(), &kept);
        database.add(read.into_values().flatten());
    }
    Ok(())
}

fn read_pages<'p>(pages: impl Iterator<Item = &'p str>) -> Result<Stamped, ReadAdvisoryError> {
    let mut read = Stamped::new();
    for page in pages {
        read.extend(read_package(page)?.items);
    }
    Ok(read)
}

/// Asks which advisories there are, page by page.
fn list<'n>(
    server: &str,
    names: &[&'n PackageName],
    client: &IndexClient,
    listed: &mut BTreeMap<&'n PackageName, Stamps>,
) -> Result<(), Error> {
    let url = format!("{server}/v1/querybatch");
    let mut questions: Vec<(&PackageName, Option<String>)> =
        names.iter().map(|name| (*name, None)).collect();
    for _ in 0..MOST_PAGES {
        if questions.is_empty() {
            return Ok(());
        }
        let asked = questions.iter();
        let body = batch_query(asked.map(|(name, page)| (*name, page.as_deref())));
        let answer = client.post_json(&url, vec![body]).remove(0);
        let answer = answer.map_err(|source| no_answer(server, source))?;
        let pages = read_batch(&answer, questions.len());
        let pages = pages.map_err(|reason| unreadable(server, reason))?;
        let asked = std::mem::take(&mut questions);
        for ((name, _), page) in asked.into_iter().zip(pages) {
            listed.entry(name).or_default().extend(page.items);
            if page.next.is_some() {
                questions.push((name, page.next));
            }
        }
    }
    Err(endless(server))
}

/// Asks for the content of the advisories of each package, in parallel; returns the pages of each answer.
fn ask<'n>(
    url: &str,
    server: &str,
    names: Vec<&'n PackageName>,
    client: &IndexClient,
) -> Result<Vec<(&'n PackageName, Vec<String>)>, Error> {
    let mut pages: BTreeMap<&PackageName, Vec<String>> = BTreeMap::new();
    let mut questions: Vec<(&PackageName, Option<String>)> =
        names.into_iter().map(|name| (name, None)).collect();
    for _ in 0..MOST_PAGES {
        if questions.is_empty() {
            return Ok(pages.into_iter().collect());
        }
        let asked = std::mem::take(&mut questions);
        let bodies = asked.iter();
        let bodies = bodies.map(|(name, page)| package_query(name, page.as_deref()));
        let answers = client.post_json(url, bodies.collect());
        for ((name, _), answer) in asked.into_iter().zip(answers) {
            let answer = answer.map_err(|source| no_answer(server, source))?;
            let read = read_package(&answer);
            let read = read.map_err(|error| unreadable(server, in_one_line(&error)))?;
            pages.entry(name).or_default().push(answer);
            if read.next.is_some() {
                questions.push((name, read.next));
            }
        }
    }
    Err(endless(server))
}

fn no_answer(server: &str, source: IndexError) -> Error {
    let server = server.to_owned();
    AdvisoryError::NoAnswer { server, source }.into()
}

fn endless(server: &str) -> Error {
    unreadable(server, "its answer has no end".to_owned())
}

fn unreadable(server: &str, reason: String) -> Error {
    AdvisoryError::Answer {
        name: "the pinned packages".to_owned(),
        server: server.to_owned(),
        reason,
    }
    .into()
}

fn in_one_line(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(ToString::to_string);
    match cause {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Reads the vulnerabilities that the JSON API of an index lists of each release, one question a release;
/// the releases that no index lists.
pub fn of_index(
    indexes: &[IndexUrl],
    releases: &BTreeSet<(PackageName, Version)>,
    client: &IndexClient,
    database: &mut Database,
) -> Result<Vec<String>, Error> {
    let mut has_api = false;
    let mut unlisted = releases.clone();
    for index in indexes {
        let asked = releases.iter().filter_map(|release| {
            let (name, version): &(PackageName, Version) = release;
            let url = index.release_json(name.as_str(), &version.to_string())?;
            Some((release, url))
        });
        let (asked, urls): (Vec<_>, Vec<_>) = asked.unzip();
        has_api |= !urls.is_empty();
        for (release, page) in asked.into_iter().zip(client.json(urls)) {
            let Some(page) = page? else {
                continue;
            };
            unlisted.remove(release);
            let (name, version) = release;
            let read = read_pypi(&page, (name, version));
            database.add(read.map_err(|error| AdvisoryError::Answer {
                name: name.to_string(),
                server: index.to_string(),
                reason: error.to_string(),
            })?);
        }
    }
    if !has_api && !releases.is_empty() {
        return Err(AdvisoryError::NoJsonApi.into());
    }
    if !releases.is_empty() && unlisted.len() == releases.len() {
        let indexes = indexes.iter().map(ToString::to_string).collect();
        return Err(AdvisoryError::NoneListed(indexes).into());
    }
    let unlisted = unlisted.iter();
    Ok(unlisted
        .map(|(name, version)| format!("{name} {version}"))
        .collect())
}
