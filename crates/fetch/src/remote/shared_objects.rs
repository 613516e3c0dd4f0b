//! Object storage as a cache that machines share: small objects, read and written whole, and files.
//!
//! It never gets in the way: it is given a few seconds where a mirror is given minutes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use harden_index::{
    Settings, SharedCache, SharedFile, SharedObject, SharedReply, SharedStore, SharedStream,
};
use object_store::{GetOptions, ObjectStore, PutOptions, PutPayload};
use tokio::sync::OnceCell;

use super::address::MirrorAddress;
use super::connect::connect;
use super::error::{MirrorErrorKind, is_object_missing, is_refusal};
use super::shared_files::{self, PART_WAIT};

/// How long connecting may take, and how long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(4);

/// The cache at an address, with credentials from the environment. Of `settings` only what HTTP needs is
/// taken: authorities and proxies. Nothing is asked of it yet.
#[must_use]
pub fn shared_cache(address: &MirrorAddress, settings: &Settings) -> SharedCache {
    let settings = Settings {
        connect_timeout: settings.connect_timeout.min(PATIENCE),
        read_timeout: settings.read_timeout.min(PATIENCE),
        retries: 1,
        shared: None,
        ..settings.clone()
    };
    let (text, address) = (address.to_string(), address.clone());
    SharedCache::new(text, move || {
        let objects = connect(&address, &settings).map_err(|fault| fault.to_string())?;
        Ok(Arc::new(SharedObjects {
            address: address.clone(),
            objects,
            settings: settings.clone(),
            destination: OnceCell::new(),
        }))
    })
}

struct SharedObjects {
    address: MirrorAddress,
    objects: Arc<dyn ObjectStore>,
    settings: Settings,
    /// The same for files that go there. Its server is silent while a part is under way.
    destination: OnceCell<Arc<dyn ObjectStore>>,
}

impl SharedObjects {
    async fn destination(&self) -> Result<&dyn ObjectStore, String> {
        let made = self.destination.get_or_try_init(async || {
            let address = self.address.clone();
            let settings = Settings {
                read_timeout: PART_WAIT,
                ..self.settings.clone()
            };
            let made = tokio::task::spawn_blocking(move || connect(&address, &settings)).await;
            let made = made.map_err(|error| error.to_string())?;
            made.map_err(|fault| fault.to_string())
        });
        Ok(&**made.await?)
    }
}

impl SharedStore for SharedObjects {
    fn get<'a>(&'a self, name: &'a str, limit: usize) -> SharedReply<'a, SharedObject> {
        Box::pin(async move {
            let path = self.address.object(name);
            let found = match self.objects.get_opts(&path, GetOptions::default()).await {
                Err(error) if is_object_missing(&error) => return Ok(SharedObject::Missing),
                found => found.map_err(failed)?,
            };
            if found.meta.size > limit as u64 {
                return Ok(SharedObject::TooLarge);
            }
            let mut bytes = Vec::new();
            let mut stream = found.into_stream();
            while let Some(chunk) = stream.next().await {
                bytes.extend_from_slice(&chunk.map_err(failed)?);
                // A server may send more than it says.
                if bytes.len() > limit {
                    return Ok(SharedObject::TooLarge);
                }
            }
            Ok(SharedObject::Bytes(bytes))
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> SharedReply<'a, Option<SharedStream>> {
        Box::pin(async move {
            let path = self.address.object(name);
            shared_files::open(&*self.objects, &path).await
        })
    }

    fn put_file<'a>(&'a self, name: &'a str, file: SharedFile) -> SharedReply<'a, bool> {
        Box::pin(async move {
            let path = self.address.object(name);
            shared_files::send(self.destination().await?, &path, file).await
        })
    }

    fn put<'a>(&'a self, name: &'a str, bytes: Vec<u8>) -> SharedReply<'a, bool> {
        Box::pin(async move {
            let (path, payload) = (self.address.object(name), PutPayload::from(bytes));
            let put = self.objects.put_opts(&path, payload, PutOptions::default());
            match put.await {
                Err(error) if is_refusal(&error) => Ok(false),
                put => put.map_err(failed).map(|_| true),
            }
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: object_store::Error) -> String {
    MirrorErrorKind::of(&error).to_string()
}
