//! A mirror: lists its files and reads them.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt;
use harden_index::Settings;
use harden_packaging::Sha256;
use object_store::{Attribute, GetOptions, GetResult, GetResultPayload, ObjectStore};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::address::{MirrorAddress, Service};
use super::connect::connect;
use super::error::{MirrorError, MirrorErrorKind, is_object_missing, is_refusal};

/// The key in an object's metadata under which its SHA-256 stands, in hexadecimal.
pub(super) const SHA256: &str = "sha256";

/// How many bytes of files may be in memory on their way out, in MiB.
pub(super) const ROOM: usize = 40;

/// How long it may take to send all of [`ROOM`]: a line of 1.1 Mbit/s does.
const SLOWEST: Duration = Duration::from_mins(5);

/// What waits for servers needs few threads.
const THREADS: usize = 2;

/// How much of a local file is read at once.
const CHUNK: usize = 256 << 10;

/// A wheelhouse on object storage. Its methods block; call them from outside of async code.
pub struct Mirror {
    pub(super) address: MirrorAddress,
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) runtime: Runtime,
    /// A permit for each MiB in memory.
    pub(super) room: Arc<Semaphore>,
    /// What went wrong first: what is wrong with one object is wrong with all.
    broken: OnceLock<MirrorError>,
}

/// An object that is there.
pub(super) struct Found {
    /// In bytes.
    pub(super) size: u64,
    /// What its metadata says its SHA-256 is.
    pub(super) sha256: Option<Sha256>,
}

impl Mirror {
    /// The mirror at an address, to take files from, with credentials from the environment. Nothing
    /// is asked of it yet.
    ///
    /// Of `settings` only what HTTP needs is taken: authorities, time-outs, retries.
    ///
    /// # Errors
    ///
    /// When the environment lacks or garbles what the service needs.
    pub fn source(address: &MirrorAddress, settings: &Settings) -> Result<Self, MirrorError> {
        let failed = |fault| MirrorError {
            mirror: address.to_string(),
            fault,
        };
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(THREADS).enable_all().build();
        Ok(Self {
            objects: connect(address, settings).map_err(failed)?,
            runtime: runtime.map_err(|error| failed(MirrorErrorKind::Failed(error.to_string())))?,
            address: address.clone(),
            room: Arc::new(Semaphore::new(ROOM)),
            broken: OnceLock::new(),
        })
    }

    /// The same, to put files to.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn destination(address: &MirrorAddress, settings: &Settings) -> Result<Self, MirrorError> {
        // A server says nothing while a file goes there, all the parts under way at once.
        let settings = Settings {
            read_timeout: settings.read_timeout.max(SLOWEST),
            ..settings.clone()
        };
        Self::source(address, &settings)
    }

    /// Where it is.
    pub fn address(&self) -> &MirrorAddress {
        &self.address
    }

    /// Whether its objects are the files of a folder, which have no metadata.
    pub(super) fn is_folder(&self) -> bool {
        *self.address.service() == Service::Folder
    }

    /// What is known of an object without reading it; `None` where there is none.
    pub(super) fn find(&self, name: &str) -> Result<Option<Found>, MirrorError> {
        let options = GetOptions {
            head: true,
            ..GetOptions::default()
        };
        let path = self.address.object(name);
        let found = self.runtime.block_on(async {
            self.is_sound()?;
            match self.objects.get_opts(&path, options).await {
                // The reply to HEAD does not say why.
                Err(error) if is_refusal(&error) => self.ask(name, GetOptions::default()).await,
                answer => self.answer(answer),
            }
        })?;
        Ok(found.map(|result| {
            let written = result.attributes.get(&Attribute::Metadata(SHA256.into()));
            Found {
                size: result.meta.size,
                sha256: written.and_then(|text| text.parse().ok()),
            }
        }))
    }

    /// The size of an object in bytes; `None` where there is none.
    pub(crate) fn size(&self, name: &str) -> Result<Option<u64>, MirrorError> {
        Ok(self.find(name)?.map(|found| found.size))
    }

    /// Reads an object: `begin` hears its size in bytes, `take` what it holds, piece by piece.
    /// Whether there is such an object.
    pub(crate) fn read<E: From<MirrorError>>(
        &self,
        name: &str,
        begin: impl FnOnce(u64) -> Result<(), E>,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        self.runtime.block_on(async {
            let Some(result) = self.ask(name, GetOptions::default()).await? else {
                return Ok(false);
            };
            begin(result.meta.size)?;
            match result.payload {
                GetResultPayload::File(file, _) => {
                    let mut reader = BufReader::with_capacity(CHUNK, file);
                    loop {
                        let bytes = reader.fill_buf();
                        let bytes = bytes.map_err(|error| {
                            self.failed(MirrorErrorKind::Failed(error.to_string()))
                        })?;
                        if bytes.is_empty() {
                            return Ok(true);
                        }
                        take(bytes)?;
                        let read = bytes.len();
                        reader.consume(read);
                    }
                }
                GetResultPayload::Stream(mut stream) => {
                    while let Some(bytes) = stream.next().await {
                        let bytes =
                            bytes.map_err(|error| self.failed(MirrorErrorKind::of(&error)))?;
                        take(&bytes)?;
                    }
                    Ok(true)
                }
            }
        })
    }

    /// An object's beginning; `None` where there is no such object.
    async fn ask(&self, name: &str, options: GetOptions) -> Result<Option<GetResult>, MirrorError> {
        self.is_sound()?;
        let path = self.address.object(name);
        self.answer(self.objects.get_opts(&path, options).await)
    }

    fn answer(
        &self,
        answer: object_store::Result<GetResult>,
    ) -> Result<Option<GetResult>, MirrorError> {
        match answer {
            Ok(result) => Ok(Some(result)),
            Err(error) if is_object_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(MirrorErrorKind::of(&error))),
        }
    }

    /// A failure, after which nothing more is asked.
    pub(super) fn failed(&self, fault: MirrorErrorKind) -> MirrorError {
        let mirror = self.address.to_string();
        let error = MirrorError { mirror, fault };
        self.broken.get_or_init(|| error).clone()
    }

    /// What went wrong, if something did.
    pub(super) fn is_sound(&self) -> Result<(), MirrorError> {
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mirror({})", self.address)
    }
}
