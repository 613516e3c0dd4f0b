//! The error that ends a run: its message, exit code and hint.
//!
//! Each command and each library has its own error type, which implements [`Report`].

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use super::Exit;

/// An error that can end a run.
pub trait Report: StdError + Send {
    /// The exit code.
    fn exit(&self) -> Exit {
        Exit::Input
    }

    /// What to try, if the message does not say.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Any error that ends a run.
#[derive(Debug)]
pub struct Error(Box<dyn Report>);

impl Error {
    /// A file or folder that cannot be read.
    pub fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        FileError::Read { path, source }.into()
    }

    /// A file that cannot be written.
    pub fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        FileError::Write { path, source }.into()
    }

    /// The error itself, if it is of this type.
    pub fn of<E: StdError + 'static>(&self) -> Option<&E> {
        let error: &(dyn StdError + 'static) = self.0.as_ref();
        error.downcast_ref()
    }

    /// What the error means to a script.
    pub fn exit(&self) -> Exit {
        self.0.exit()
    }

    /// What to try, where the error itself does not say.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }
}

impl<E: Report + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for Error {
    /// The message and its causes, separated by colons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
}

impl Report for FileError {}
