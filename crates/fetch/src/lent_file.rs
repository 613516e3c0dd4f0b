//! Files by digest in the cache that machines share: taken from there before an index is asked, and lent to it when
//! they came from one.

use futures_util::{StreamExt, stream};
use harden_index::LentFile;
use harden_packaging::Sha256;

use crate::Failure;
use crate::choose::Wanted;
use crate::fill_file::FileFiller;
use crate::locate::{Located, look_up};
use crate::partial::Partial;
use crate::store::Store;
use crate::workers::Workers;

/// By how many digests a file is looked for. A pin does not say which of its digests is that of which file, and
/// beyond this one question to the index tells it with fewer requests.
const MOST_ASKED: usize = 8;

impl<'e> FileFiller<'e> {
    /// Takes a file from the shared cache, if that has the right one; its size in bytes. `known` is what the cache
    /// of the index says of the file.
    pub(crate) async fn borrow(
        &'e self,
        wanted: &'e Wanted<'e>,
        known: Option<&Located>,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<Option<u64>, Failure> {
        if wanted.pin.reference().is_some() || !self.placer.client.may_borrow() {
            return Ok(None);
        }
        let permit = self.streams.one(self.placer.client).await;
        let Some(lent) = self.find_lent(wanted, known).await else {
            return Ok(None);
        };
        let mut partial = self.placer.parts(store).take_up(&wanted.file.name, None);
        if !self.receive(lent, wanted, &mut partial).await? {
            return Ok(None);
        }
        drop(permit);
        let settle = move || self.placer.settle_pinned(partial, wanted, store);
        workers.run(settle).await.map(Some)
    }

    /// The file in the shared cache, by the digest that it is known to have, else by each that its pin has.
    async fn find_lent(&self, wanted: &Wanted<'_>, known: Option<&Located>) -> Option<LentFile> {
        let hashes = wanted.pin.hashes();
        let found;
        let known = if known.is_none() && hashes.len() > MOST_ASKED {
            found = look_up(wanted, self.placer.client).await;
            found.as_ref()
        } else {
            known
        };
        let (digests, size) = match known.map(|known| (known.only_digest(), known.file.size)) {
            Some((Some(digest), size)) => (vec![digest], size.filter(|size| *size > 0)),
            _ if hashes.len() > MOST_ASKED => return None,
            _ => (hashes.iter().copied().collect(), None),
        };
        let name = &wanted.file.name;
        let ask = |digest: Sha256| async move {
            let client = self.placer.client;
            client.borrow_file(&digest, name, size).await
        };
        let asked = stream::iter(digests.into_iter().map(ask)).buffer_unordered(MOST_ASKED);
        let found = asked.filter_map(|lent| async { lent });
        Box::pin(found).next().await
    }

    /// Takes what the shared cache sends; whether it is the file.
    async fn receive(
        &self,
        mut lent: LentFile,
        wanted: &Wanted<'_>,
        partial: &mut Partial<'_>,
    ) -> Result<bool, Failure> {
        let (name, progress) = (&*wanted.file.name, self.placer.progress);
        partial.begin(None)?;
        progress.begun(name, Some(lent.size()));
        loop {
            match lent.chunk().await {
                Ok(Some(bytes)) => partial.append(&bytes)?,
                Ok(None) => return Ok(lent.is_right(&partial.digest())),
                Err(_) => return Ok(false),
            }
            progress.reached(name, partial.length());
        }
    }

    /// Lends a file that an index lists and that is in the wheelhouse now, which may be for a moment only, unlike
    /// the cache.
    pub(crate) fn lend(&self, located: &Located, digest: Sha256, store: Option<&Store>) {
        let name = &*located.file.filename;
        let kept = store.filter(|store| store.size(digest, name).is_some());
        let path = match kept {
            Some(store) => store.path(digest, name),
            None => self.placer.folder.path(name),
        };
        let client = self.placer.client;
        client.lend_file(&located.file, &digest, path);
    }
}
