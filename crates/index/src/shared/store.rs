//! What a shared cache is made from: the trait of a store, and how one is connected to.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

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

/// Objects by name, which machines share.
pub trait SharedStore: Send + Sync {
    /// The object of this name, of which no more than `limit` bytes are read.
    fn get<'a>(&'a self, name: &'a str, limit: usize) -> Reply<'a, SharedObject>;

    /// Puts an object there, whole or not at all, in the place of what has its name; `false` if this user may
    /// only read.
    fn put<'a>(&'a self, name: &'a str, bytes: Vec<u8>) -> Reply<'a, bool>;
}

type Connect = dyn Fn() -> Result<Arc<dyn SharedStore>, String> + Send + Sync;

/// A shared cache: where it is, and how to connect to it. Two at the same address are the same.
#[derive(Clone)]
pub struct SharedCache {
    address: String,
    connect: Arc<Connect>,
}

impl SharedCache {
    /// The one at `address`, which is shown and holds no secret; `connect` is called once, on a thread that
    /// may block, when it is first asked for something.
    pub fn new(
        address: String,
        connect: impl Fn() -> Result<Arc<dyn SharedStore>, String> + Send + Sync + 'static,
    ) -> Self {
        let connect = Arc::new(connect);
        Self { address, connect }
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> Result<Arc<dyn SharedStore>, String> {
        (self.connect)()
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
