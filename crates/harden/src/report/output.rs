//! Writing results: to standard output, or to a file that changes as a whole or not at all.

use std::fs;
use std::fs::Permissions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::error::FileError;
use super::{Error, Terminal, capture};

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// The file named with `-o`; without a name, standard output. Its folder must exist, so that a run
    /// does not fail at its end.
    pub fn new(path: Option<PathBuf>) -> Result<Self, Error> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::Stdout);
        };
        let problem = if path.is_dir() {
            Some((ErrorKind::IsADirectory, "it is a folder"))
        } else if folder_of(&path).is_dir() {
            None
        } else {
            Some((ErrorKind::NotFound, "its folder does not exist"))
        };
        match problem {
            Some((kind, why)) => Err(Error::write(path, io::Error::new(kind, why))),
            None => Ok(Self::File(path)),
        }
    }

    /// Writes the whole text; warns if the file could not be replaced as a whole.
    pub fn write(&self, text: &str, terminal: Terminal) -> Result<(), Error> {
        let Self::File(path) = self else {
            return print(text);
        };
        let failed = |source| Error::write(path, source);
        if is_special(path) {
            return write_into(path, text).map_err(failed);
        }
        match replace(path, text) {
            Err(error) if error.kind() == ErrorKind::ResourceBusy => {
                fs::write(path, text).map_err(failed)?;
                terminal.warning(&format!(
                    "{} is a mount point and cannot be replaced, so it was overwritten in place: an \
                     interruption would have left it incomplete; mount its folder instead",
                    path.display()
                ));
                Ok(())
            }
            replaced => replaced.map_err(failed),
        }
    }
}

impl Output {
    /// Makes the file, whose text is to stay, as new as if it was written.
    pub fn touch(&self, terminal: Terminal) -> Result<(), Error> {
        let Self::File(path) = self else {
            return Ok(());
        };
        let failed = |source| Error::write(path, source);
        let touched = fs::OpenOptions::new().write(true).open(path);
        let touched = touched.and_then(|file| file.set_modified(SystemTime::now()));
        if touched.is_err() {
            let text = fs::read_to_string(path).map_err(failed)?;
            return self.write(&text, terminal);
        }
        Ok(())
    }
}

/// Writes to standard output. A reader that stops early (`| head`) is not a failure.
pub fn print(text: &str) -> Result<(), Error> {
    if capture::result(text) {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(FileError::Stdout(error).into()),
        _ => Ok(()),
    }
}

/// Whether a path leads to a pipe or a device (`/dev/stdout`, `/dev/null`), which is written to rather
/// than replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes to a pipe or a device; a reader that stops early is not a failure.
fn write_into(path: &Path, text: &str) -> io::Result<()> {
    match fs::OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(text.as_bytes())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Puts `text` in the place of what the file held, by renaming a complete file over it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one, and the file it leads to changes.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&target).ok();
    let mut file = temporary_in(
        folder_of(&target),
        before.map(|before| before.permissions()),
    )?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// A file with these permissions, else those that any new file gets.
fn temporary_in(folder: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".harden-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::Color;

    fn write(path: &Path, text: &str) -> Result<(), Error> {
        Output::new(Some(path.to_owned()))?.write(text, Terminal::new(Color::Never, true, 0))
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strict.txt");
        for text in ["a long text\n", "short\n"] {
            write(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay_what_they_were() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&path, "before").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        write(&link, "after").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "after");
        assert!(link.is_symlink());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn an_output_that_cannot_be_written_is_reported_before_anything_is_done() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            folder.path().to_owned(),
            folder.path().join("none/strict.txt"),
        ] {
            let error = Output::new(Some(path)).unwrap_err();
            assert!(error.to_string().starts_with("cannot write "), "{error}");
        }
    }
}
