//! Files written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::{Failure, FetchError};

/// Writes a file through a temporary one in the same folder, so that it appears whole or not at all.
pub(crate) fn write_atomically(
    path: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), FetchError> {
    let written = (|| {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".harden-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        content(file.as_file_mut())?;
        file.as_file_mut().flush()?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    })();
    written.map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "write",
            path: path.to_owned(),
            source,
        })
    })
}
