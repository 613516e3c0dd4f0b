//! The output of a build, read without trust: a file may have been replaced by a link or a pipe.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::regular_file;

/// How many lines of the output of a failed command an error shows.
const LINES_SHOWN: usize = 20;
/// The largest file of the backend's answers that is read, and the most of a log.
const SMALL: u64 = 16 << 20;

/// Opens a file that a build made: a regular one, in a folder that is one.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let folder = path.parent().map(fs::symlink_metadata).transpose()?;
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not in a folder of the build",
        ));
    }
    regular_file::open(path)
}

/// The name of the only file in a folder that a build made.
pub(super) fn only_file(folder: &Path) -> io::Result<String> {
    let names: io::Result<Vec<_>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect();
    match names?.as_slice() {
        [name] => Ok(name.to_string_lossy().into_owned()),
        names => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it holds {} files, not one", names.len()),
        )),
    }
}

/// Reads a small file that a build made.
pub(super) fn read_small(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(SMALL).read_to_string(&mut text)?;
    Ok(text)
}

/// The last lines of a log that are not empty, printable.
pub(super) fn last_lines(log: &Path) -> Vec<String> {
    let mut bytes = Vec::new();
    let read = File::open(log).and_then(|mut log| {
        use std::io::Seek;
        let length = log.metadata()?.len();
        log.seek(io::SeekFrom::Start(length.saturating_sub(SMALL)))?;
        log.take(SMALL).read_to_end(&mut bytes)
    });
    if let Err(error) = read {
        return vec![format!("its output cannot be read: {error}")];
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let first = lines.len().saturating_sub(LINES_SHOWN);
    let printable = |line: &&str| line.replace(char::is_control, " ");
    lines[first..].iter().map(printable).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_and_pipes_in_place_of_a_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "text").unwrap();
        assert_eq!(read_small(&path("file")).unwrap(), "text");
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink(".", path("folder-link")).unwrap();
        for name in ["link", "pipe", ".", "folder-link/file"] {
            assert!(open(&path(name)).is_err(), "{name}");
        }
    }
}
