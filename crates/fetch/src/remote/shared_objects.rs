//! Object storage as a cache that machines share: small objects, read and written whole.
//!
//! It never gets in the way: it is given a few seconds where a mirror is given minutes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use harden_index::{Settings, SharedCache, SharedObject, SharedReply, SharedStore};
use object_store::{GetOptions, ObjectStore, PutOptions, PutPayload};

use super::address::MirrorAddress;
use super::connect::connect;
use super::error::{MirrorErrorKind, is_object_missing, is_refusal};

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
        let address = address.clone();
        Ok(Arc::new(SharedObjects { address, objects }))
    })
}

struct SharedObjects {
    address: MirrorAddress,
    objects: Arc<dyn ObjectStore>,
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
