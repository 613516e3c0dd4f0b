//! What a shared cache is made from: the trait of a store, and how one is connected to.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use harden_packaging::Sha256;

/// What a store replies in the end, or why there is no reply: one line, without credentials.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What a store has of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedObject {
    /// Nothing.
    Missing,
    /// More bytes than it may have.
    TooLarge,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// An object that is read piece by piece.
pub struct SharedStream {
    /// How many bytes it has, as the store says.
    pub size: u64,
    /// What it holds.
    pub pieces: Box<dyn SharedPieces>,
}

/// What an object holds, in order.
pub trait SharedPieces: Send {
    /// The next bytes; `None` at the end.
    fn next(&mut self) -> Reply<'_, Option<Bytes>>;
}

/// A file that goes to a store.
#[derive(Debug)]
pub struct SharedFile {
    /// Where it is.
    pub place: FilePlace,
    /// Its digest, which is compared while it is sent.
    pub sha256: Sha256,
    /// Whether what the store has under its name is known to be wrong.
    pub replaces: bool,
}

/// Where a file is that goes to a store.
#[derive(Debug)]
pub enum FilePlace {
    /// At this path.
    Path(PathBuf),
    /// Open, and read by nobody else.
    Open(File),
}

/// Objects by name, which machines share.
pub trait SharedStore: Send + Sync {
    /// The object of this name, of which no more than `limit` bytes are read.
    fn get<'a>(&'a self, name: &'a str, limit: usize) -> Reply<'a, SharedObject>;

    /// Begins to read the object of this name; `None` where there is none.
    fn open<'a>(&'a self, name: &'a str) -> Reply<'a, Option<SharedStream>>;

    /// Puts an object there, whole or not at all, in the place of what has its name; `false` if this user may
    /// only read.
    fn put<'a>(&'a self, name: &'a str, bytes: Vec<u8>) -> Reply<'a, bool>;

    /// Puts a file there, unless it is there: whole or not at all, with little of it in memory. It gives up by
    /// itself where nothing answers. `false` if this user may only read.
    fn put_file<'a>(&'a self, name: &'a str, file: SharedFile) -> Reply<'a, bool>;
}

type Connect = dyn Fn() -> Result<Arc<dyn SharedStore>, String> + Send + Sync;

/// A shared cache: where it is, how to connect to it, and whether it still works. Two at the same address are
/// the same; what is found out about one is known to all that were cloned from it.
#[derive(Clone)]
pub struct SharedCache {
    address: String,
    connect: Arc<Connect>,
    state: Arc<State>,
}

/// What is found out about a shared cache.
#[derive(Default)]
struct State {
    /// It does not work: nothing more is asked of it.
    is_off: AtomicBool,
    /// It takes nothing from this user, or too slowly.
    is_only_read: AtomicBool,
}

impl SharedCache {
    /// The one at `address`, which is shown and holds no secret; `connect` is called once, on a thread that
    /// may block, when it is first asked for something.
    pub fn new(
        address: String,
        connect: impl Fn() -> Result<Arc<dyn SharedStore>, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            address,
            connect: Arc::new(connect),
            state: Arc::default(),
        }
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> Result<Arc<dyn SharedStore>, String> {
        (self.connect)()
    }

    /// Whether it may be asked for something.
    pub(crate) fn is_on(&self) -> bool {
        !self.state.is_off.load(Ordering::Relaxed)
    }

    /// Nothing more is asked of it; whether that is new.
    pub(crate) fn turn_off(&self) -> bool {
        !self.state.is_off.swap(true, Ordering::SeqCst)
    }

    /// Whether it may be given something.
    pub(crate) fn takes(&self) -> bool {
        self.is_on() && !self.state.is_only_read.load(Ordering::Relaxed)
    }

    /// Nothing more is given to it; whether that is new.
    pub(crate) fn only_read(&self) -> bool {
        !self.state.is_only_read.swap(true, Ordering::SeqCst)
    }
}

impl fmt::Display for SharedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl fmt::Debug for SharedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedCache({})", self.address)
    }
}

impl PartialEq for SharedCache {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for SharedCache {}
