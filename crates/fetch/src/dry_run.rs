//! The files that a run would bring, listed without fetching them.

use harden_index::IndexClient;
use harden_packaging::Index;

use crate::choose::{Wanted, choose};
use crate::fetch::missing;
use crate::folder::Folder;
use crate::locate::locate;
use crate::store::Store;
use crate::{Failure, FetchError, Mirror, Request, Summary};

/// A file that a run would bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its name.
    pub file: String,
    /// In bytes; `None` where the index does not say.
    pub size: Option<u64>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The cache, where another run left it.
    Cache,
    /// The mirror, which has a file of its name.
    Mirror,
    /// The index, from which it would be downloaded.
    Index,
    /// A build (`--build`).
    Build,
}

/// The files that [`crate::fetch`] would bring, by name.
///
/// # Errors
///
/// Returns [`FetchError`] with every file that is already known to be missing.
pub fn dry_run(
    request: &Request<'_>,
    client: &IndexClient,
) -> Result<Vec<PlannedFile>, FetchError> {
    let folder = Folder::at(request.folder);
    let store = request.cache_dir.and_then(Store::open);
    let (wanted, mut failures) = choose(&request.lock, client);
    let missing = missing(&wanted, &folder, store.as_ref());
    if request.mirror.is_none() {
        let names = missing.iter().map(|wanted| wanted.pin.name().clone());
        client.prefetch_projects(&names.collect::<Vec<_>>());
    }
    let mut planned = Vec::new();
    for wanted in &wanted {
        match to_come(wanted, &folder, store.as_ref(), request.mirror, client) {
            Ok(file) => planned.extend(file),
            // What is wrong with a mirror is wrong for all files.
            Err(failure @ Failure::Mirror(_)) => return Err(FetchError::one(failure)),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        return Ok(planned);
    }
    Err(FetchError {
        failures,
        summary: Summary::default(),
    })
}

fn to_come(
    wanted: &Wanted<'_>,
    folder: &Folder,
    store: Option<&Store>,
    mirror: Option<&Mirror>,
    client: &IndexClient,
) -> Result<Option<PlannedFile>, Failure> {
    let name = &wanted.file.name;
    let mut digests = wanted.pin.hashes().iter();
    if let Some(digest) = folder.digest(name)?
        && wanted.pin.hashes().contains(&digest)
    {
        return Ok(None);
    }
    let kept = store.and_then(|store| digests.find_map(|digest| store.size(*digest, name)));
    let mirrored = || match mirror {
        Some(mirror) => mirror.size(name),
        None => Ok(None),
    };
    let (size, origin) = if let Some(size) = kept {
        (Some(size), Origin::Cache)
    } else if let Some(size) = mirrored()? {
        (Some(size), Origin::Mirror)
    } else if wanted.is_built() {
        (None, Origin::Build)
    } else {
        let places = client.block_on(locate(wanted, client))?;
        let size = places.iter().find_map(|located| located.file.size);
        (size, Origin::Index)
    };
    Ok(Some(PlannedFile {
        file: name.clone(),
        size,
        origin,
    }))
}
