//! The file of a direct reference: brought here once, hashed on the way, its metadata read from its bytes.

use std::path::Path;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, CoreMetadataFile, DistFile, IndexError, Reference, Yanked};
use url::Url;

use crate::core::Core;
use crate::download;
use crate::error::{failed, in_one_line, no_such_file};
use crate::metadata;

/// A file and what its metadata says, or why that is of no use.
pub(crate) struct Found {
    pub(crate) file: DistFile,
    pub(crate) metadata: Result<Arc<CoreMetadata>, IndexError>,
}

/// Brings the file that `reference` leads to.
pub(crate) async fn read(core: &Core, reference: &Reference) -> Result<Found, IndexError> {
    let mut file = file_at(reference)?;
    if reference.is_path() && !Path::new(&reference.location()).exists() {
        return Err(no_such_file(format!("there is no file {reference}")));
    }
    let whole = download::whole(core, &file.url, None).await?;
    file.sha256 = Some(whole.sha256);
    file.size = whole.file.metadata().ok().map(|found| found.len());
    let metadata = metadata::of_whole(core, &file, &whole.file).map(Arc::new);
    if let Ok(metadata) = &metadata {
        file.requires_python.clone_from(&metadata.requires_python);
    }
    Ok(Found { file, metadata })
}

/// The file that `reference` leads to, of which nothing is known but its name and where it is.
///
/// # Errors
///
/// When that is no URL.
pub fn file_at(reference: &Reference) -> Result<DistFile, IndexError> {
    let url = url_of(reference).map_err(|why| failed(format!("cannot read {reference}: {why}")))?;
    let name = reference.file();
    Ok(DistFile {
        project: name.name().clone(),
        version: name.version().clone(),
        filename: name.as_str().into(),
        kind: name.kind().clone(),
        url: String::from(url).into(),
        sha256: None,
        size: None,
        requires_python: None,
        upload_time: None,
        yanked: Yanked::No,
        core_metadata: CoreMetadataFile::Unknown,
    })
}

/// Where the file is, as a URL: a path is relative to the working folder.
fn url_of(reference: &Reference) -> Result<Url, String> {
    let location = reference.location();
    if !reference.is_path() {
        return Url::parse(&location).map_err(|error| error.to_string());
    }
    let path = std::path::absolute(Path::new(&location)).map_err(|error| in_one_line(&error))?;
    Url::from_file_path(&path).map_err(|()| "its path is no URL".to_owned())
}
