//! The engine behind the client: which index answers for which project, each question once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use harden_packaging::{
    CoreMetadata, DistFile, IndexError, IndexErrorKind, PackageName, Project, Reference, Sha256,
};
use jiff::Timestamp;

use crate::context::Context;
use crate::error::no_such_project;
use crate::http::{Logins, Request};
use crate::learned::Learned;
use crate::protocol::ProjectBuilder;
use crate::single_flight::SingleFlight;
use crate::source::{LinkList, RemoteIndex};
use crate::statistics::Meter;
use crate::{
    FindLinks, Freshness, IndexStrategy, IndexUrl, PinnedFile, Settings, direct, download,
    last_modified, metadata,
};

/// The indexes of a client, and every answer that is already in memory.
pub(crate) struct Engine {
    context: Context,
    indexes: Vec<Arc<RemoteIndex>>,
    strategy: IndexStrategy,
    tied: BTreeMap<PackageName, Arc<RemoteIndex>>,
    links: Vec<LinkList>,
    projects: SingleFlight<PackageName, Answer<Arc<Project>>>,
    metadata: SingleFlight<String, Answer<Arc<CoreMetadata>>>,
    digests: SingleFlight<String, Answer<Sha256>>,
    direct: SingleFlight<String, Answer<Arc<DistFile>>>,
    modified: SingleFlight<String, Answer<Option<Timestamp>>>,
    learned: Learned,
    pinned: SingleFlight<String, Option<Arc<DistFile>>>,
}

type Answer<T> = Result<T, IndexError>;

impl Engine {
    pub(crate) fn new(settings: Settings, meter: Meter) -> Self {
        let pages = settings.find_links.iter().filter_map(|links| match links {
            FindLinks::Page(url) => Some(url),
            FindLinks::Local(_) => None,
        });
        let tied = settings.tied.values();
        let places = settings.indexes.iter().chain(tied).chain(pages);
        let places = places.map(|place| (place.url().clone(), place.login().cloned()));
        let netrc = settings.netrc.as_deref();
        let logins = Logins::new(places.collect(), netrc, settings.keyring);
        let links = settings.find_links.iter().cloned();
        let indexes = settings.indexes.iter().cloned();
        let indexes: Vec<_> = indexes.map(|url| Arc::new(RemoteIndex::new(url))).collect();
        let tied = tied_indexes(&settings.tied, &indexes);
        Self {
            tied,
            indexes,
            strategy: settings.strategy,
            links: links.map(LinkList::new).collect(),
            context: Context::new(settings, logins, meter),
            projects: SingleFlight::default(),
            metadata: SingleFlight::default(),
            digests: SingleFlight::default(),
            direct: SingleFlight::default(),
            modified: SingleFlight::default(),
            learned: Learned::default(),
            pinned: SingleFlight::default(),
        }
    }

    /// What requests are made with.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// The files of `name`: those of the lists of links, then those of the first index that has it.
    pub(crate) async fn project(&self, name: &PackageName) -> Answer<Arc<Project>> {
        let read = async {
            let project = self.read_project(name).await?;
            self.context.meter.progress().project_read(name);
            Ok(project)
        };
        self.projects.get_or(name, read).await
    }

    /// The core metadata of `file`.
    pub(crate) async fn metadata(&self, file: &DistFile) -> Answer<Arc<CoreMetadata>> {
        let read = async {
            let mut metadata = metadata::read(&self.context, file).await;
            if let Err(error) = &metadata
                && self.may_have_moved(file, error)
            {
                for place in self.places_now(file).await {
                    metadata = metadata::read(&self.context, &place).await;
                    if metadata.is_ok() {
                        break;
                    }
                }
            }
            let metadata = metadata?;
            self.context.meter.progress().metadata_read(&file.filename);
            Ok(Arc::new(metadata))
        };
        self.metadata.get_or(&*file.url, Box::pin(read)).await
    }

    /// The digest of `file`, as listed, else as its bytes have it.
    pub(crate) async fn sha256(&self, file: &DistFile) -> Answer<Sha256> {
        if let Some(listed) = file.sha256 {
            return Ok(listed);
        }
        let hash = async {
            let mut sha256 = self.hash(file).await;
            if let Err(error) = &sha256
                && self.may_have_moved(file, error)
            {
                for place in self.places_now(file).await {
                    sha256 = self.hash(&place).await;
                    if sha256.is_ok() {
                        break;
                    }
                }
            }
            sha256
        };
        let question = format!("{} {:?}", file.url, file.other_digests);
        self.digests.get_or(&*question, Box::pin(hash)).await
    }

    /// The digest of a file by its bytes, which must be those of a distribution.
    async fn hash(&self, file: &DistFile) -> Answer<Sha256> {
        let whole = download::verified(&self.context, file, None).await?;
        match metadata::of_whole(&self.context, file, (&whole.file, &whole.sha256)) {
            // A folder is the user's own; what a server sends may be an error page.
            Err(error)
                if error.kind == IndexErrorKind::Corrupt && !file.url.starts_with("file:") =>
            {
                Err(error)
            }
            // Invalid metadata is reported when the metadata is asked for.
            _ => Ok(whole.sha256),
        }
    }

    /// Whether an error may come from a place that has changed since the page was read.
    fn may_have_moved(&self, file: &DistFile, error: &IndexError) -> bool {
        matches!(
            error.kind,
            IndexErrorKind::NoSuchFile | IndexErrorKind::Failed
        ) && self.context.freshness != Freshness::Offline
            && !file.listed_by.is_empty()
    }

    /// The places of `file`, by name and digest, that the index which lists it names now: links
    /// expire, and files move to other hosts.
    pub(crate) async fn places_now(&self, file: &DistFile) -> Vec<Arc<DistFile>> {
        let mut indexes = self.indexes.iter().chain(self.tied.values());
        let index = indexes.find(|index| index.address().to_string() == *file.listed_by);
        let project = match index {
            Some(index) => index.project_now(&self.context, &file.project).await,
            None => return Vec::new(),
        };
        let is_same = |other: &&Arc<DistFile>| {
            other.filename == file.filename && other.sha256 == file.sha256 && other.url != file.url
        };
        let project = project.ok().flatten();
        let releases = project.iter().flat_map(|project| &project.releases);
        let files = releases.flat_map(|release| release.files().iter().chain(release.repeated()));
        files.filter(is_same).cloned().collect()
    }

    /// The project `name` of every index after the one that answers for it.
    pub(crate) async fn elsewhere(&self, name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        if self.strategy != IndexStrategy::FirstIndex || self.tied.contains_key(name) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for index in &self.indexes {
            if let Ok(Some(project)) = index.project(&self.context, name).await {
                found.push((index.address().to_string().into(), project));
            }
        }
        let answered = usize::from(!found.is_empty());
        found.drain(..answered);
        found
    }

    /// The index that others are extra to.
    pub(crate) fn main_index(&self) -> Option<&IndexUrl> {
        self.indexes.last().map(|index| index.address())
    }

    /// Whether that index has the project `name`.
    pub(crate) async fn is_on_main_index(&self, name: &PackageName) -> Answer<bool> {
        match self.indexes.last() {
            Some(index) => Ok(index.project(&self.context, name).await?.is_some()),
            None => Ok(false),
        }
    }

    /// When `file` was last changed, where its server says so.
    pub(crate) async fn last_modified(&self, file: &DistFile) -> Answer<Option<Timestamp>> {
        let read = last_modified::read(&self.context, file);
        self.modified.get_or(&*file.url, read).await
    }

    /// The file that `reference` leads to; its metadata is known then, too.
    pub(crate) async fn direct(&self, reference: &Reference) -> Answer<Arc<DistFile>> {
        let read = async {
            let found = direct::read(&self.context, reference).await?;
            let metadata = async { found.metadata };
            let _ = self.metadata.get_or(&*found.file.url, metadata).await;
            self.context
                .meter
                .progress()
                .metadata_read(&found.file.filename);
            Ok(Arc::new(found.file))
        };
        // Each digest that a line prescribes is verified, whatever another line says of the same place.
        let digests = (reference.sha256(), reference.other_digests());
        let question = format!("{} {digests:?}", reference.location());
        Box::pin(self.direct.get_or(&*question, read)).await
    }

    /// The answer to [`Self::project`], if it is there already.
    pub(crate) fn known_project(&self, name: &PackageName) -> Option<Answer<Arc<Project>>> {
        self.projects.known(name)
    }

    /// The answer to [`Self::metadata`], if it is there already.
    pub(crate) fn known_metadata(&self, file: &DistFile) -> Option<Answer<Arc<CoreMetadata>>> {
        self.metadata.known(&*file.url)
    }

    /// The project `name` as the cache has it, whatever its age, from the index that answers for it;
    /// `None` where links or other indexes may have a say.
    pub(crate) fn cached_project(&self, name: &PackageName) -> Option<Project> {
        if self.context.freshness_of(name) == Freshness::Refresh {
            return None;
        }
        self.index_of(name)?.cached(&self.context, name)
    }

    /// The index that alone answers for the project `name`; `None` where links or other indexes may have a
    /// say.
    fn index_of(&self, name: &PackageName) -> Option<&Arc<RemoteIndex>> {
        match self.tied.get(name) {
            Some(tied) => Some(tied),
            None => self.single_index(),
        }
    }

    /// Where `wanted` is, if that can be told without reading all of the page of its project.
    pub(crate) async fn pinned_file(&self, wanted: &PinnedFile) -> Option<Arc<DistFile>> {
        if self.context.freshness == Freshness::Offline {
            return None;
        }
        let index = self.index_of(&wanted.project)?;
        let find = async {
            if wanted.has_metadata
                && let Some(file) = index.file_of_release(&self.context, wanted).await
            {
                return Some(file);
            }
            index.file_on_page(&self.context, wanted).await
        };
        self.pinned.get_or(&*wanted.filename, Box::pin(find)).await
    }

    /// Whether an index is read without a login.
    pub(crate) fn has_public_index(&self) -> bool {
        let mut indexes = self.indexes.iter().chain(self.tied.values());
        indexes.any(|index| {
            let request = Request::get(index.address().url().clone());
            self.context.http.is_public(&request)
        })
    }

    /// The index that all projects come from which are not tied to another one, if there is such.
    fn single_index(&self) -> Option<&Arc<RemoteIndex>> {
        match &*self.indexes {
            [only] if self.links.is_empty() => Some(only),
            _ => None,
        }
    }

    /// The index that all projects come from, if there is such.
    pub(crate) fn only_index(&self) -> Option<&RemoteIndex> {
        let only = self.single_index().filter(|_| self.tied.is_empty());
        only.map(AsRef::as_ref)
    }

    /// What was looked up of what earlier runs have learned.
    pub(crate) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// The entries of the cache that what is known of the project `name` may come from.
    pub(crate) fn entries(&self, name: &PackageName) -> Vec<PathBuf> {
        let indexes = self.tied.get(name).into_iter().chain(&self.indexes);
        indexes.flat_map(|index| index.entries(name)).collect()
    }

    /// The pages of the project `name` that the cache has, whatever their age, of every index.
    pub(crate) fn cached_pages(&self, name: &PackageName) -> Vec<Project> {
        let indexes = self.tied.get(name).into_iter().chain(&self.indexes);
        indexes
            .filter_map(|index| index.cached(&self.context, name))
            .collect()
    }

    async fn read_project(&self, name: &PackageName) -> Answer<Arc<Project>> {
        if let Some(index) = self.tied.get(name) {
            let found = index.project(&self.context, name).await?;
            return found.ok_or_else(|| {
                no_such_project(format!(
                    "no project {name} at {}, the index that --index-package names for it",
                    asked(index, name)
                ))
            });
        }
        let mut found = ProjectBuilder::new(name.clone());
        for list in &self.links {
            let listed_by = list.place().to_string();
            for file in Box::pin(list.files(&self.context)).await? {
                found.add(file, &listed_by);
            }
        }
        for index in &self.indexes {
            let Some(project) = index.project(&self.context, name).await? else {
                continue;
            };
            if found.is_empty() && self.strategy == IndexStrategy::FirstIndex {
                return Ok(project);
            }
            found.add_project(&project);
            self.context.store.check()?;
            if self.strategy == IndexStrategy::FirstIndex {
                break;
            }
        }
        if found.is_empty() {
            return Err(self.unknown(name));
        }
        Ok(Arc::new(found.finish()))
    }

    fn unknown(&self, name: &PackageName) -> IndexError {
        let indexes = self.indexes.iter().map(|index| asked(index, name));
        let links = self.links.iter().map(|list| list.place().to_string());
        let asked: Vec<String> = indexes.chain(links).collect();
        no_such_project(match &*asked.join(", ") {
            "" => format!("no project {name}: no index and no list of links is configured"),
            places => format!("no project {name} at {places}"),
        })
    }
}

/// An index that was asked for `name`, with the status where it refused.
fn asked(index: &RemoteIndex, name: &PackageName) -> String {
    match index.refusal(name) {
        Some(status) => format!("{} (it answers {status})", index.address()),
        None => index.address().to_string(),
    }
}

/// The index of each tied project: each once, so that what is found out about it is known to all.
fn tied_indexes(
    tied: &BTreeMap<PackageName, IndexUrl>,
    indexes: &[Arc<RemoteIndex>],
) -> BTreeMap<PackageName, Arc<RemoteIndex>> {
    let mut known = indexes.to_vec();
    let mut index_of = |url: &IndexUrl| {
        if let Some(index) = known.iter().find(|index| index.address() == url) {
            return Arc::clone(index);
        }
        let index = Arc::new(RemoteIndex::new(url.clone()));
        known.push(Arc::clone(&index));
        index
    };
    tied.iter()
        .map(|(name, url)| (name.clone(), index_of(url)))
        .collect()
}
