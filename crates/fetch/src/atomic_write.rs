//! Writes files atomically: complete or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::partial::Parts;
use crate::{Failure, FetchError};

/// Writes a file through a temporary one in the same folder.
pub(crate) fn write_atomically(
    path: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), FetchError> {
    write_whole(path, content).map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "write",
            path: path.to_owned(),
            source,
        })
    })
}

/// The same, with the plain error. Temporary files that killed runs left in the folder are removed.
pub(crate) fn write_whole(
    path: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let parts = Parts::in_wheelhouse(folder.unwrap_or(Path::new(".")));
    parts.tidy()?;
    let mut file = parts.temporary(".")?;
    content(file.as_file_mut())?;
    file.as_file_mut().flush()?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            ".a.harden-part",
            ".b.harden-part",
            "c.harden-part",
            ".other",
        ] {
            fs::write(at(name), "").unwrap();
        }
        let in_use = fs::File::open(at(".b.harden-part")).unwrap();
        in_use.lock().unwrap();
        write_whole(&at("file"), |file| file.write_all(b"text")).unwrap();
        assert_eq!(fs::read(at("file")).unwrap(), b"text");
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [".b.harden-part", ".other", "c.harden-part", "file"]);
    }
}
