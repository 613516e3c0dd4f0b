//! `harden cache`: where the cache is, how large, and cleaning it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harden_index::{CacheSize, clean_cache, prune_cache, size_cache};

use crate::report::format::{bytes, count};
use crate::report::output::print;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::CacheCommand;
use crate::settings::sources::usual_cache_dir;

/// The cache cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the cache in {}", path.display())]
struct CacheError {
    /// What was to be done (`read`).
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Report for CacheError {}

/// How long something in the cache may be unused before it is pruned.
const UNUSED: Duration = Duration::from_hours(30 * 24);

/// Does what `harden cache COMMAND` says.
pub fn cache(
    command: CacheCommand,
    named: Option<PathBuf>,
    terminal: Terminal,
) -> Result<(), Error> {
    let folder = named.map_or_else(usual_cache_dir, Ok)?;
    let failed = |action| {
        let path = folder.clone();
        move |source| CacheError {
            action,
            path,
            source,
        }
    };
    match command {
        CacheCommand::Dir => print(&format!("{}\n", folder.display())),
        CacheCommand::Size => {
            let size = size_cache(&folder).map_err(failed("read"))?;
            print(&format!("{}\n", described(size)))
        }
        CacheCommand::Clean => {
            let removed = clean_cache(&folder).map_err(failed("delete"))?;
            print_removed(removed, &folder, terminal);
            Ok(())
        }
        CacheCommand::Prune => {
            let removed = prune_cache(&folder, UNUSED).map_err(failed("prune"))?;
            print_removed(removed, &folder, terminal);
            Ok(())
        }
    }
}

fn print_removed(removed: CacheSize, folder: &Path, terminal: Terminal) {
    terminal.summary(&format!(
        "removed {} from {}",
        described(removed),
        folder.display()
    ));
}

fn described(size: CacheSize) -> String {
    let files = usize::try_from(size.files).unwrap_or(usize::MAX);
    format!("{}, {}", bytes(size.bytes), count(files, "file"))
}
