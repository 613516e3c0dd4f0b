//! The error for a package that none of the locks has, with the name that was probably meant.

use std::collections::BTreeSet;

use harden_packaging::PackageName;

use crate::report::format::{list, nearest};
use crate::report::{Error, Exit, Report};

/// The files that were searched, and all packages in them.
#[derive(Debug, Default)]
pub struct NotLocked {
    files: Vec<String>,
    names: BTreeSet<PackageName>,
}

impl NotLocked {
    /// Remembers the packages of a file that was searched.
    pub fn add<'n>(&mut self, file: &str, names: impl Iterator<Item = &'n PackageName>) {
        if !self.files.iter().any(|known| known == file) {
            self.files.push(file.to_owned());
        }
        self.names.extend(names.cloned());
    }

    /// The error for a package that none of the files has.
    pub fn error(self, name: &PackageName) -> Error {
        let names = self.names.iter().map(PackageName::as_str);
        let meant = nearest(name.as_str(), names).map(str::to_owned);
        NotLockedError {
            name: name.clone(),
            files: self.files,
            meant,
        }
        .into()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{name} is not in {}", list(files))]
struct NotLockedError {
    name: PackageName,
    files: Vec<String>,
    meant: Option<String>,
}

impl Report for NotLockedError {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let meant = self.meant.as_ref()?;
        Some(format!("did you mean `{meant}`?"))
    }
}
