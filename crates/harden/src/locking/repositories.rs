//! Repositories in loose files (`name @ git+https://…@REFERENCE`): each becomes a release of its
//! package, an sdist packed from one commit.
//!
//! The sdist lies in a folder of links for the resolver, and its digest binds the requirement, so that
//! no index can offer another one. The strict file records the repository and the commit, from which
//! `fetch --build` packs the same sdist again.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use harden_fetch::build::{GitUrl, Packed, RepositoryError, SdistFile, Tree, pack};
use harden_packaging::{PackageName, Reference, Sha256};
use harden_requirements::{
    Direct, Entry, Hash, HashAlgorithm, Input, Inputs, Location, Requirement, Source, project_name,
    project_version,
};
use harden_resolver::AllowSdist;
use pep440_rs::Version;
use tempfile::TempDir;

use crate::locking::build::{Builder, built_version};
use crate::locking::existing_output::Versions;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::commit_archives::repository_of_archive;

/// The page that links to sdists, in their folder.
const LINKS: &str = "links.html";

/// Repositories that became releases.
#[derive(Debug, Default)]
pub struct Repositories {
    folder: Option<TempDir>,
    origins: BTreeMap<PackageName, String>,
    /// Those whose version takes a build, which a dry run does not make.
    unbuilt: BTreeMap<PackageName, String>,
}

/// By what repositories are taken.
pub struct RepositorySettings<'a> {
    /// The packages that may be built.
    pub allowed: &'a AllowSdist,
    /// The repositories and commits of the previous lock, which are kept.
    pub kept: &'a BTreeMap<PackageName, String>,
    /// The versions that the output file pins.
    pub pinned: &'a Versions,
    /// Whether nothing is built.
    pub dry_run: bool,
    pub cache_dir: Option<&'a Path>,
    pub terminal: Terminal,
}

/// Why a line that names a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RepositoriesError {
    /// The line has no name.
    #[error("{place}: `{url}` does not name the package")]
    Nameless {
        /// Where it stands.
        place: String,
        /// The repository.
        url: String,
    },
    /// No option allows building it.
    #[error("{place}: {name} comes from `{url}` and must be built, which runs its code")]
    NotAllowed {
        /// Where it stands.
        place: String,
        /// The package.
        name: PackageName,
        /// The repository.
        url: String,
    },
    /// It is that of another project.
    #[error("{place} requires {name}, but `{url}` contains {found}")]
    OtherName {
        /// Where it stands.
        place: String,
        /// The package.
        name: PackageName,
        /// The repository.
        url: String,
        /// The package that it is of.
        found: PackageName,
    },
    /// The version is not known.
    #[error("{place}: the metadata that `{url}` builds for {name} has no version")]
    NoVersion {
        /// Where it stands.
        place: String,
        /// The package.
        name: PackageName,
        /// The repository.
        url: String,
    },
    /// Without a cache, there is no place for it.
    #[error("{place}: `{url}` needs the cache, which is disabled")]
    NoCache {
        /// Where it stands.
        place: String,
        /// The repository.
        url: String,
    },
    /// The commit gives another sdist than the strict file pins.
    #[error(
        "{url} gives other files than the pinned ones: expected {sdist} with sha256:{expected}, \
         packed sha256:{actual}"
    )]
    OtherFiles {
        /// The sdist.
        sdist: String,
        /// The repository.
        url: String,
        /// Its digest.
        expected: Sha256,
        /// That of what was packed.
        actual: Sha256,
    },
    /// Its URL cannot be read.
    #[error("{place}: {reason}")]
    Url {
        /// Where it stands.
        place: String,
        /// Why.
        reason: RepositoryError,
    },
    /// The repository cannot be used.
    #[error("{place}: {reason}")]
    Repository {
        /// Where it stands.
        place: String,
        /// Why.
        reason: RepositoryError,
    },
}

impl Report for RepositoriesError {
    fn exit(&self) -> Exit {
        match self {
            Self::Repository { .. } => Exit::Network,
            Self::OtherFiles { .. } => Exit::No,
            _ => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Nameless { url, .. } => Some(format!("write it as `NAME @ {url}`")),
            Self::NotAllowed { name, .. } => Some(format!("allow it with `--build {name}`")),
            Self::NoCache { .. } => Some("leave out --no-cache".to_owned()),
            _ => None,
        }
    }
}

/// A line that names a repository.
struct Line<'a> {
    place: String,
    name: PackageName,
    url: GitUrl,
    requirement: Requirement,
    taking: &'a RepositorySettings<'a>,
}

impl Repositories {
    /// Whether any requirement names a Git repository.
    pub fn are_in(inputs: &Inputs) -> bool {
        inputs
            .requirements
            .iter()
            .any(|input| url_of(input).is_some())
    }

    /// Checks out the repositories of the requirements, and puts releases in their place. `builder` is
    /// made only for those whose version is computed; in a dry run these are left out.
    pub fn take<'b>(
        inputs: &mut Inputs,
        taking: &RepositorySettings<'_>,
        builder: impl Fn() -> Result<Builder<'b>, Error>,
    ) -> Result<Self, Error> {
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|error| Error::write(std::env::temp_dir(), error))?;
        let (mut origins, mut unbuilt) = (BTreeMap::new(), BTreeMap::new());
        let made = OnceCell::new();
        let build = || {
            let builder = match made.get() {
                Some(_) => None,
                None => Some(builder()?),
            };
            Ok(made.get_or_init(|| builder.expect("there was none yet")))
        };
        if refuse(inputs, taking) {
            as_names(inputs);
            return Ok(Self::default());
        }
        for input in &mut inputs.requirements {
            let Some(line) = Line::read(input, taking)? else {
                continue;
            };
            if let Some((url, _)) = named_url(input).filter(|(url, _)| !url.starts_with("git+")) {
                let archive = url.split_once("://").map_or(url, |(_, rest)| rest);
                let archive = archive.rsplit_once('@').map_or(archive, |(_, rest)| rest);
                taking.terminal.warning(&format!(
                    "{}: hosts make archives such as {archive} on request and may change their bytes: \
                     the commit is pinned instead, of {}",
                    line.place, line.url
                ));
            }
            let (origin, sdist) = line.take(folder.path(), &build)?;
            let Some(sdist) = sdist else {
                unbuilt.insert(line.name, origin);
                continue;
            };
            input.hashes = vec![Hash {
                algorithm: HashAlgorithm::Sha256,
                digest: sdist.sha256.to_string().into(),
            }];
            input.entry = Entry::Named(line.pinned(&sdist)?);
            origins.insert(line.name, origin);
        }
        let is_unbuilt = |(_, name): (_, Option<PackageName>)| {
            name.is_some_and(|name| unbuilt.contains_key(&name))
        };
        let requirements = &mut inputs.requirements;
        requirements.retain(|input| !url_of(input).is_some_and(is_unbuilt));
        Ok(Self {
            folder: Some(folder),
            origins,
            unbuilt,
        })
    }

    /// The page that links to their sdists, with digests, if there are any.
    pub fn links(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.path().join(LINKS))
    }

    /// Repository and commit of each package.
    pub fn origins(&self) -> &BTreeMap<PackageName, String> {
        &self.origins
    }

    /// Repository and commit of each package whose version is not known, since a dry run builds nothing.
    pub fn unbuilt(&self) -> &BTreeMap<PackageName, String> {
        &self.unbuilt
    }
}

/// Notes the lines that cannot be used without looking at a repository; whether there are any.
fn refuse(inputs: &mut Inputs, taking: &RepositorySettings<'_>) -> bool {
    let mut refused = Vec::new();
    inputs.requirements.retain(|input| {
        let error = Line::read(input, taking).err();
        refused.extend(error.map(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        }));
        url_of(input).is_none_or(|(_, name)| name.is_some())
    });
    inputs.unsuitable.extend(refused);
    !inputs.unsuitable.is_empty()
}

/// Puts plain requirements in the place of repositories: what they were is in the digest of the inputs.
pub fn as_names(inputs: &mut Inputs) {
    for input in &mut inputs.requirements {
        if let Some((_, Some(name))) = url_of(input) {
            input.entry = Entry::Named(plain(input, name));
        }
    }
}

/// The URL of the Git repository that a requirement names, itself or by an archive of a host, and its
/// name, if the line states it.
fn url_of(input: &Input) -> Option<(String, Option<PackageName>)> {
    let (url, name) = named_url(input)?;
    if url.starts_with("git+") {
        return Some((url.to_owned(), name));
    }
    let is_release = url.parse::<Reference>().is_ok();
    let archive = (input.hashes.is_empty() && !is_release).then(|| repository_of_archive(url))?;
    Some((archive?, name))
}

/// The URL that a requirement names.
fn named_url(input: &Input) -> Option<(&str, Option<PackageName>)> {
    Some(match &input.entry {
        Entry::Named(requirement) => match &requirement.source {
            Source::Url(url) => (&**url, Some(requirement.name.clone())),
            Source::Specifiers(_) => return None,
        },
        Entry::Unnamed(direct) | Entry::Editable(direct) => match &direct.location {
            Location::Vcs(url) | Location::Url(url) => (&**url, direct.name.clone()),
            Location::Path(_) => return None,
        },
    })
}

/// The requirement of a line without its URL.
fn plain(input: &Input, name: PackageName) -> Requirement {
    let (extras, marker) = match &input.entry {
        Entry::Named(Requirement { extras, marker, .. })
        | Entry::Unnamed(Direct { extras, marker, .. })
        | Entry::Editable(Direct { extras, marker, .. }) => (extras, marker),
    };
    Requirement {
        name,
        extras: extras.clone(),
        source: Source::Specifiers("".parse().expect("it admits all versions")),
        marker: marker.clone(),
    }
}

/// Adds an sdist to a page of links.
fn add_link(page: &Path, sdist: &Packed) -> Result<(), Error> {
    let Packed { file, sha256 } = sdist;
    let before = fs::read_to_string(page).unwrap_or_default();
    let link = format!("<a href=\"{file}#sha256={sha256}\">{file}</a>\n");
    fs::write(page, before + &link).map_err(|error| Error::write(page, error))
}

/// Packs the sdist of a pin again, from the repository and commit that a strict file records.
///
/// # Errors
///
/// Returns [`RepositoriesError`] if the commit cannot be fetched, or gives another sdist than is pinned.
pub fn bring(origin: &str, sdist: &SdistFile, cache_dir: &Path) -> Result<(), Error> {
    let place = sdist.file.clone();
    let failed = |reason| RepositoriesError::Repository {
        place: place.clone(),
        reason,
    };
    let Some(url) = GitUrl::parse(origin).transpose().map_err(failed)? else {
        return Ok(());
    };
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|error| Error::write(std::env::temp_dir(), error))?;
    let checkout = url.check_out(folder.path()).map_err(failed)?;
    let tree = Tree {
        folder: checkout.folder,
        without: None,
    };
    let packed = pack(&tree, &sdist.name, &sdist.version, false, cache_dir)?;
    if packed.sha256 == sdist.sha256 {
        return Ok(());
    }
    Err(RepositoriesError::OtherFiles {
        sdist: sdist.file.clone(),
        url: url.to_string(),
        expected: sdist.sha256,
        actual: packed.sha256,
    }
    .into())
}

impl<'a> Line<'a> {
    fn read(input: &Input, taking: &'a RepositorySettings<'a>) -> Result<Option<Self>, Error> {
        let Some((text, name)) = url_of(input) else {
            return Ok(None);
        };
        let place = input.origin.to_string();
        let url = GitUrl::parse(&text).transpose();
        let url = url.map_err(|reason| RepositoriesError::Url {
            place: place.clone(),
            reason,
        })?;
        let Some(url) = url else {
            return Ok(None);
        };
        let shown = url.to_string();
        let Some(name) = name else {
            return Err(RepositoriesError::Nameless { place, url: shown }.into());
        };
        if !taking.allowed.allows(&name) {
            let url = shown;
            return Err(RepositoriesError::NotAllowed { place, name, url }.into());
        }
        Ok(Some(Self {
            requirement: plain(input, name.clone()),
            place,
            name,
            url,
            taking,
        }))
    }

    /// Checks it out and packs it; repository and commit, and the sdist, unless a build must tell its
    /// version and this is a dry run.
    fn take<'b, 'c: 'b>(
        &self,
        links: &Path,
        builder: &impl Fn() -> Result<&'b Builder<'c>, Error>,
    ) -> Result<(String, Option<Packed>), Error> {
        let shown = || self.url.to_string();
        let Some(cache_dir) = self.taking.cache_dir else {
            let (place, url) = (self.place.clone(), shown());
            return Err(RepositoriesError::NoCache { place, url }.into());
        };
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|error| Error::write(std::env::temp_dir(), error))?;
        let url = self.kept().unwrap_or_else(|| self.url.clone());
        let failed = |reason| RepositoriesError::Repository {
            place: self.place.clone(),
            reason,
        };
        let checkout = url.check_out(folder.path()).map_err(failed)?;
        if checkout.lacks_submodules {
            let text = format!(
                "{}: the submodules of {url} are not included; `#submodules=true` at the end of the URL \
                 includes them",
                self.place
            );
            self.taking.terminal.warning(&text);
        }
        let tree = Tree {
            folder: checkout.folder,
            without: None,
        };
        let origin = url.at(&checkout.commit).to_string();
        let version = match self.declared_version(&tree)? {
            Some(version) => version,
            None if self.taking.dry_run => match self.pinned_version(&origin) {
                Some(version) => version,
                None => return Ok((origin, None)),
            },
            None => self.computed_version(&tree, cache_dir, builder)?,
        };
        let packed = pack(&tree, &self.name, &version, false, cache_dir)?;
        packed.copy_to(links, cache_dir)?;
        add_link(&links.join(LINKS), &packed)?;
        Ok((origin, Some(packed)))
    }

    /// The version that the previous lock pins, if that is of the same commit.
    fn pinned_version(&self, origin: &str) -> Option<Version> {
        let recorded = self.taking.kept.get(&self.name)?;
        let pinned = self.taking.pinned.get(&self.name)?;
        let only = (pinned.len() == 1 && recorded == origin).then(|| pinned.first())?;
        only.cloned()
    }

    /// The repository at the commit of the previous lock.
    fn kept(&self) -> Option<GitUrl> {
        let recorded = self.taking.kept.get(&self.name)?;
        let recorded = GitUrl::parse(recorded)?.ok()?;
        let is_same = recorded.is_same_place(&self.url);
        is_same.then(|| self.url.at(recorded.reference().unwrap_or("HEAD")))
    }

    /// The version that its `pyproject.toml` declares, if it does.
    fn declared_version(&self, tree: &Tree) -> Result<Option<Version>, Error> {
        let text = fs::read_to_string(tree.folder.join("pyproject.toml")).unwrap_or_default();
        if let Some(found) = project_name(&text).filter(|found| *found != self.name) {
            return Err(RepositoriesError::OtherName {
                place: self.place.clone(),
                name: self.name.clone(),
                url: self.url.to_string(),
                found,
            }
            .into());
        }
        Ok(project_version(&text))
    }

    /// The version that its backend computes.
    fn computed_version<'b, 'c: 'b>(
        &self,
        tree: &Tree,
        cache_dir: &Path,
        builder: &impl Fn() -> Result<&'b Builder<'c>, Error>,
    ) -> Result<Version, Error> {
        let placeholder = Version::new([0]);
        let packed = pack(tree, &self.name, &placeholder, true, cache_dir)?;
        let builder = builder()?;
        let source = builder.open(&SdistFile {
            file: packed.file,
            name: self.name.clone(),
            version: placeholder,
            sha256: packed.sha256,
        })?;
        let metadata = match builder.metadata(&source) {
            Ok(metadata) => metadata,
            // A backend that only builds wheels built one of the version that is looked for.
            Err(error) => return built_version(&error, &self.name).ok_or(error),
        };
        let mut lines = metadata.lines().take_while(|line| !line.is_empty());
        let version = lines.find_map(|line| line.strip_prefix("Version:")?.trim().parse().ok());
        version.ok_or_else(|| {
            RepositoriesError::NoVersion {
                place: self.place.clone(),
                name: self.name.clone(),
                url: self.url.to_string(),
            }
            .into()
        })
    }

    /// The requirement of the release that was packed.
    fn pinned(&self, sdist: &Packed) -> Result<Requirement, Error> {
        let version = SdistFile::new(&sdist.file, sdist.sha256).map(|sdist| sdist.version);
        let specifiers = version.and_then(|version| format!("=={version}").parse().ok());
        let specifiers = specifiers.ok_or_else(|| RepositoriesError::NoVersion {
            place: self.place.clone(),
            name: self.name.clone(),
            url: self.url.to_string(),
        })?;
        Ok(Requirement {
            source: Source::Specifiers(specifiers),
            ..self.requirement.clone()
        })
    }
}
