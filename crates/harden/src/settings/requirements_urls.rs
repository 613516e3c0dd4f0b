//! Requirements files that URLs name (`-r URL`, `-c URL`): each is downloaded once, and known by the
//! digest of its bytes, which the strict file records.
//!
//! A check has the digests of the strict file. If a URL cannot be read, it uses these and looks
//! at what this machine has.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use harden_index::IndexClient;
use harden_packaging::Sha256;
use harden_requirements::{InputOptions, ReadText};
use url::Url;

use crate::report::redact::note_variable;
use crate::report::{Error, Exit, Report};
use crate::settings::args::LockArgs;
use crate::settings::project_folder::ProjectFolder;
use crate::settings::side_by_side::before_reading;
use crate::settings::sources::Sources;

/// The digests of the bytes at URLs, which are without login and query. Several if only these distinguish
/// URLs apart.
pub type UrlDigests = BTreeMap<String, BTreeSet<Sha256>>;

/// Why a URL or a file that loose files name is not read.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// `--offline`.
    #[error("a URL cannot be read with --offline")]
    Offline,
    /// A file outside of the project whose strict file is checked.
    #[error(
        "it is outside of the project in {}, and a check reads only files of the project",
        .0.display()
    )]
    Outside(PathBuf),
    /// It has more bytes than a requirements file may have.
    #[error("it is larger than {} MiB", MAX_DOWNLOAD >> 20)]
    TooLarge,
}

impl Report for UrlError {}

/// How large a file that a URL names may be, in bytes. The constraints of Airflow have 100 kB.
const MAX_DOWNLOAD: usize = 16 << 20;

/// What this run has downloaded, by URL.
static DOWNLOADED: Mutex<BTreeMap<String, Arc<Mutex<Option<Downloaded>>>>> =
    Mutex::new(BTreeMap::new());

/// The bytes at a URL, or why there are none: many locks need not find that out again, each in minutes.
type Downloaded = Result<Vec<u8>, NotDownloaded>;

/// A URL that could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
struct NotDownloaded {
    text: String,
    exit: Exit,
}

impl Report for NotDownloaded {
    fn exit(&self) -> Exit {
        self.exit
    }
}

/// The texts that loose files consist of: files, standard input, and what URLs name.
pub struct Texts<'a> {
    args: &'a LockArgs,
    /// The digests of a strict file, which count where a URL cannot be read.
    recorded: &'a UrlDigests,
    /// The only folder that files are read from, if there is one.
    project: Option<&'a ProjectFolder>,
    /// A client with the settings for indexes, made when the first URL is read.
    client: OnceCell<IndexClient>,
    seen: RefCell<Seen>,
}

/// What was read so far.
#[derive(Default)]
struct Seen {
    stdin: Option<Vec<u8>>,
    contents: BTreeMap<String, Vec<u8>>,
    digests: UrlDigests,
    /// URLs that could not be read, with the reason.
    unread: BTreeMap<String, String>,
    /// The exit code of the first failure.
    exit: Option<Exit>,
    /// Whether a variable of the environment was asked for.
    has_variables: bool,
}

impl<'a> Texts<'a> {
    /// The texts for a lock with these arguments. A URL that cannot be read and is among `recorded` is
    /// taken for empty.
    pub fn new(args: &'a LockArgs, recorded: &'a UrlDigests) -> Self {
        Self {
            args,
            recorded,
            project: None,
            client: OnceCell::new(),
            seen: RefCell::default(),
        }
    }

    /// The same, but without files outside of `project`.
    #[must_use]
    pub fn within(mut self, project: Option<&'a ProjectFolder>) -> Self {
        self.project = project;
        self
    }

    /// Refuses a file outside of the project.
    fn refuse_outside(&self, path: &str) -> Result<(), UrlError> {
        match self.project {
            Some(project) if !project.holds(Path::new(path)) => {
                Err(UrlError::Outside(project.path().to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The digests of all URLs that were read.
    pub fn digests(&self) -> UrlDigests {
        self.seen.borrow().digests.clone()
    }

    /// The recorded URLs that could not be read, with the reason.
    pub fn unread(&self) -> BTreeMap<String, String> {
        self.seen.borrow().unread.clone()
    }

    /// Whether all that was read were files, without variables of the environment in them.
    pub fn are_files(&self) -> bool {
        let seen = self.seen.borrow();
        let are_local = seen.stdin.is_none() && seen.contents.is_empty();
        are_local && !seen.has_variables
    }

    /// What the failure to read a URL means to a script; `None` if none failed.
    pub fn exit(&self) -> Option<Exit> {
        self.seen.borrow().exit
    }

    fn url(&self, url: &str) -> io::Result<Vec<u8>> {
        if let Some(content) = self.seen.borrow().contents.get(url) {
            return Ok(content.clone());
        }
        let key = shown(url);
        let content = match self.download(url) {
            Ok(content) => {
                let digest = Sha256::of(&content);
                let mut seen = self.seen.borrow_mut();
                seen.digests.entry(key).or_default().insert(digest);
                content
            }
            Err(error) if self.recorded.contains_key(&key) => {
                let reason = reason(&error, &key);
                self.seen.borrow_mut().unread.insert(key, reason);
                Vec::new()
            }
            Err(error) => {
                self.seen.borrow_mut().exit.get_or_insert(error.exit());
                return Err(io::Error::other(reason(&error, &key)));
            }
        };
        let mut seen = self.seen.borrow_mut();
        seen.contents.insert(url.to_owned(), content.clone());
        Ok(content)
    }

    /// Downloads a file, with the certificates, proxies and logins that apply to indexes. The locks of a run
    /// share what was downloaded.
    fn download(&self, url: &str) -> Result<Vec<u8>, Error> {
        if self.args.cache.offline {
            return Err(UrlError::Offline.into());
        }
        let place = {
            let mut all = DOWNLOADED.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(url.to_owned()).or_default())
        };
        // Another lock may be downloading it now.
        let mut known = place.lock().unwrap_or_else(PoisonError::into_inner);
        let content = known.get_or_insert_with(|| {
            self.download_now(url).map_err(|error| NotDownloaded {
                text: error.to_string(),
                exit: error.exit(),
            })
        });
        Ok(content.clone()?)
    }

    fn download_now(&self, url: &str) -> Result<Vec<u8>, Error> {
        if self.client.get().is_none() {
            let options = InputOptions::default();
            let mut sources = Sources::new(&self.args.index, &self.args.cache, &options)?;
            if !self.recorded.is_empty() {
                // There is something to go by: it is not worth a wait.
                sources.settings.retries = 0;
            }
            let client = IndexClient::new(sources.settings)?;
            self.client.get_or_init(|| client);
        }
        let client = self.client.get().expect("it was made above");
        client.block_on(content(client, url))
    }

    fn stdin(&self) -> io::Result<Vec<u8>> {
        let mut seen = self.seen.borrow_mut();
        if let Some(bytes) = &seen.stdin {
            return Ok(bytes.clone());
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(seen.stdin.insert(bytes).clone())
    }
}

/// Why a URL is not read, without its name, which stands before it.
fn reason(error: &Error, url: &str) -> String {
    let text = error.to_string();
    let named = format!("cannot download {url}: ");
    text.strip_prefix(&named).unwrap_or(&text).to_owned()
}

/// The bytes at a URL.
pub async fn content(client: &IndexClient, url: &str) -> Result<Vec<u8>, Error> {
    let mut download = client.download_url(url).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = download.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_DOWNLOAD {
            return Err(UrlError::TooLarge.into());
        }
    }
    Ok(bytes)
}

impl ReadText for Texts<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path {
            "-" => self.stdin(),
            url if url.contains("://") => self.url(url),
            path => {
                self.refuse_outside(path).map_err(io::Error::other)?;
                if let Some(text) = self.args.edited_text(path) {
                    return Ok(text.as_bytes().to_vec());
                }
                before_reading(path);
                fs::read(path)
            }
        }
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.seen.borrow_mut().has_variables = true;
        let value = std::env::var(name).ok()?;
        note_variable(name, &value);
        Some(value)
    }
}

/// The texts with nothing in what URLs name. The digest of the inputs is of these, and has the digests
/// of the URLs beside them, so that it can be compared without a network.
pub struct WithoutUrls<'t, 'a> {
    texts: &'t Texts<'a>,
    named: RefCell<BTreeSet<String>>,
}

impl<'t, 'a> WithoutUrls<'t, 'a> {
    /// The same texts.
    pub fn new(texts: &'t Texts<'a>) -> Self {
        let named = RefCell::default();
        Self { texts, named }
    }

    /// The URLs that files of this machine name.
    pub fn named(self) -> BTreeSet<String> {
        self.named.into_inner()
    }
}

impl ReadText for WithoutUrls<'_, '_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if path.contains("://") {
            self.named.borrow_mut().insert(shown(path));
            return Ok(Vec::new());
        }
        self.texts.read(path)
    }

    fn exists(&self, path: &str) -> bool {
        self.texts.exists(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.texts.variable(name)
    }
}

/// A URL without login, query and fragment.
pub fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return url.to_owned();
    };
    let _ = (parsed.set_username(""), parsed.set_password(None));
    parsed.set_query(None);
    parsed.set_fragment(None);
    parsed.into()
}
