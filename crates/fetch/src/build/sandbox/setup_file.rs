//! The setup of a sandbox, passed in a file to the processes that create it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a build finds its own folder in a sandbox with a file system of its own. It is the same for
/// every build, since compilers record it.
pub(super) const INSIDE: &str = "/harden-build";

/// The name of the folder for temporary files, within the build's own.
pub(super) const TEMPORARY: &str = "tmp";

/// The user and group that a build runs as in a user namespace of its own.
pub(super) const USER: u32 = 1000;

/// What `/etc/passwd` holds for a build.
pub(super) const PASSWD: &str = "builder:x:1000:1000::/harden-build/home:/bin/sh\n";

/// The setup of a sandbox for one command.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// Whether it has its own namespaces; otherwise it has only limits.
    pub(super) namespaces: bool,
    /// Its parent, which it dies with.
    pub(super) parent: u32,
    /// An empty folder, where the file system is put together.
    pub(super) root: PathBuf,
    /// The build's own folder.
    pub(super) folder: PathBuf,
    /// What the build sees besides.
    pub(super) shown: Vec<PathBuf>,
    /// Where the command starts, as the build sees it.
    pub(super) current_dir: PathBuf,
    /// The largest file that may be written, in bytes.
    pub(super) file_bytes: u64,
}
