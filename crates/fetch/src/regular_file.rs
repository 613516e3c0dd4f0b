//! Opens regular files only: another process may have replaced one by a link, a pipe or a device.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file for reading. It follows no link at the end of the path and does not wait for the
/// other end of a pipe.
///
/// # Errors
///
/// If there is something else at the path, or it cannot be opened.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(File::options().read(true), path)
}

/// As [`open`], for reading and writing.
pub(crate) fn open_to_write(path: &Path) -> io::Result<File> {
    open_with(File::options().read(true).write(true), path)
}

/// Whether there is something other than a regular file or a folder at the path, such as a link.
pub(crate) fn is_special(path: &Path) -> bool {
    let found = fs::symlink_metadata(path);
    found.is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn open_with(options: &mut fs::OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use nix::fcntl::OFlag;

        options.custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    }
    let opened = options.open(path);
    // The system's message for a link is about a loop of links.
    let file = opened.map_err(|error| {
        if is_special(path) {
            not_regular()
        } else {
            error
        }
    })?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(not_regular())
    }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not a regular file")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_pipes_and_folders_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "text").unwrap();
        assert!(open(&path("file")).is_ok() && open_to_write(&path("file")).is_ok());
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for name in ["link", "pipe", "."] {
            for opened in [open(&path(name)), open_to_write(&path(name))] {
                assert!(opened.is_err(), "{name}");
            }
        }
        let error = open(&path("link")).unwrap_err();
        assert_eq!(error.to_string(), "it is not a regular file");
        assert_eq!(
            open(&path("none")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(is_special(&path("link")) && !is_special(&path("file")) && !is_special(&path(".")));
    }
}
