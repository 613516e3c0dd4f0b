//! Files in a shared cache on object storage: read piece by piece, and sent in parts, hashed on the way.

use std::io;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use harden_index::{FilePlace, SharedFile, SharedPieces, SharedReply, SharedStream};
use harden_packaging::Sha256;
use object_store::path::Path;
use object_store::{
    GetOptions, GetResult, GetResultPayload, MultipartUpload, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload,
};
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::timeout;

use super::error::{MirrorErrorKind, is_object_missing, is_refusal};
use crate::hash::finish;

/// The size of a part in bytes: S3 takes no less, and it is in memory for each file that is being sent.
const PART: u64 = 5 << 20;

/// How long a part may take. At 2 Mbit/s it takes less.
pub(super) const PART_WAIT: Duration = Duration::from_secs(25);

/// How much of a local file is read at once.
const CHUNK: usize = 256 << 10;

/// Begins to read an object; `None` where there is none.
pub(super) async fn open(
    objects: &dyn ObjectStore,
    path: &Path,
) -> Result<Option<SharedStream>, String> {
    match objects.get_opts(path, GetOptions::default()).await {
        Err(error) if is_object_missing(&error) => Ok(None),
        Err(error) => Err(failed(&error)),
        Ok(result) => Ok(Some(SharedStream {
            size: result.meta.size,
            pieces: pieces(result),
        })),
    }
}

fn pieces(result: GetResult) -> Box<dyn SharedPieces> {
    match result.payload {
        GetResultPayload::File(file, _) => Box::new(LocalPieces(tokio::fs::File::from_std(file))),
        GetResultPayload::Stream(stream) => Box::new(RemotePieces(stream)),
    }
}

struct RemotePieces(BoxStream<'static, object_store::Result<bytes::Bytes>>);

impl SharedPieces for RemotePieces {
    fn next(&mut self) -> SharedReply<'_, Option<bytes::Bytes>> {
        Box::pin(async { self.0.next().await.transpose().map_err(|why| failed(&why)) })
    }
}

/// The library reads local files in pieces of 8 KiB, each on another thread.
struct LocalPieces(tokio::fs::File);

impl SharedPieces for LocalPieces {
    fn next(&mut self) -> SharedReply<'_, Option<bytes::Bytes>> {
        Box::pin(async {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = self.0.read_buf(&mut chunk).await;
            let read = read.map_err(|error| error.to_string())?;
            Ok((read > 0).then(|| chunk.into()))
        })
    }
}

/// Sends a file unless it is there; `false` if this user may only read. Nothing of a file that was changed
/// meanwhile is kept.
pub(super) async fn send(
    objects: &dyn ObjectStore,
    path: &Path,
    file: SharedFile,
) -> Result<bool, String> {
    match sent(objects, path, file).await {
        Ok(()) => Ok(true),
        Err(Unsent::Refused) => Ok(false),
        Err(Unsent::Changed) => {
            tracing::debug!("{path} is not sent: the file has changed, or is gone");
            Ok(true)
        }
        Err(Unsent::Failed(why)) => Err(why),
    }
}

async fn sent(objects: &dyn ObjectStore, path: &Path, file: SharedFile) -> Result<(), Unsent> {
    let (opened, size) = opened(file.place).await.map_err(|_| Unsent::Changed)?;
    if !file.replaces && is_there(objects, path, size).await? {
        return Ok(());
    }
    let sending = Sending {
        objects,
        path,
        file: opened,
        sha256: file.sha256,
    };
    if size <= PART {
        sending.whole(size).await
    } else {
        sending.parts().await
    }
}

async fn opened(place: FilePlace) -> io::Result<(tokio::fs::File, u64)> {
    let mut file = match place {
        FilePlace::Path(path) => tokio::fs::File::open(path).await?,
        FilePlace::Open(file) => tokio::fs::File::from_std(file),
    };
    file.rewind().await?;
    let size = file.metadata().await?.len();
    Ok((file, size))
}

/// Whether an object of this size is there: one of its digest and name is the same. The question costs far less
/// than sending it again, and other machines may have sent it a moment ago.
async fn is_there(objects: &dyn ObjectStore, path: &Path, size: u64) -> Result<bool, Unsent> {
    let head = async {
        match objects
            .get_opts(path, GetOptions::new().with_head(true))
            .await
        {
            // Who may only write is refused; so is a question for what is not there, without the right to list.
            Err(error) if is_object_missing(&error) || is_refusal(&error) => Ok(None),
            found => found.map(|found| Some(found.meta.size)),
        }
    };
    Ok(answered(head).await? == Some(size))
}

/// Why a file was not sent.
enum Unsent {
    Refused,
    Changed,
    Failed(String),
}

/// What a store answers, if it does so soon.
async fn answered<T>(asked: impl Future<Output = object_store::Result<T>>) -> Result<T, Unsent> {
    match timeout(PART_WAIT, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if is_refusal(&error) => Err(Unsent::Refused),
        Ok(Err(error)) => Err(Unsent::Failed(failed(&error))),
        Err(_) => {
            let seconds = PART_WAIT.as_secs();
            Err(Unsent::Failed(format!("no answer within {seconds} s")))
        }
    }
}

/// A file on its way to a store.
struct Sending<'a> {
    objects: &'a dyn ObjectStore,
    path: &'a Path,
    file: tokio::fs::File,
    sha256: Sha256,
}

impl Sending<'_> {
    async fn whole(mut self, size: u64) -> Result<(), Unsent> {
        let bytes = next_part(&mut self.file, size + 1).await?;
        self.compare(Sha256::of(&bytes))?;
        let payload = PutPayload::from(bytes);
        let put = self
            .objects
            .put_opts(self.path, payload, PutOptions::default());
        answered(put).await?;
        Ok(())
    }

    async fn parts(mut self) -> Result<(), Unsent> {
        let begun = self
            .objects
            .put_multipart_opts(self.path, PutMultipartOptions::default());
        let mut parts = answered(begun).await?;
        let sent = match self.each_part(&mut *parts).await {
            Ok(()) => answered(parts.complete()).await.map(drop),
            Err(why) => Err(why),
        };
        if sent.is_err() {
            // What cannot be taken back is never seen as an object.
            let _ = answered(parts.abort()).await;
        }
        sent
    }

    async fn each_part(&mut self, parts: &mut dyn MultipartUpload) -> Result<(), Unsent> {
        let mut hasher = sha2::Sha256::new();
        loop {
            let bytes = next_part(&mut self.file, PART).await?;
            if bytes.is_empty() {
                return self.compare(finish(hasher));
            }
            hasher.update(&bytes);
            answered(parts.put_part(bytes.into())).await?;
        }
    }

    /// A wheelhouse may be written to by others.
    fn compare(&self, found: Sha256) -> Result<(), Unsent> {
        if found == self.sha256 {
            Ok(())
        } else {
            Err(Unsent::Changed)
        }
    }
}

/// What comes next in a file, so many bytes at most.
async fn next_part(file: &mut tokio::fs::File, most: u64) -> Result<Vec<u8>, Unsent> {
    let mut bytes = Vec::new();
    let read = file.take(most).read_to_end(&mut bytes).await;
    read.map_err(|_| Unsent::Changed)?;
    Ok(bytes)
}

fn failed(error: &object_store::Error) -> String {
    MirrorErrorKind::of(error).to_string()
}
