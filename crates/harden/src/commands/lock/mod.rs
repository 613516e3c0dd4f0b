//! `harden LOOSE…`, and `harden` for all locks of the configuration: from loose requirements to strict
//! files.

mod many;
mod one;
mod summary;
mod told;

use std::path::PathBuf;

use crate::report::output::print;
use crate::report::phases::Phases;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::config;
use crate::settings::shard::{NotDivided, Shard};

pub use many::Run;
pub use one::LockRun;

/// Why a result cannot be written where the arguments say.
#[derive(Debug, thiserror::Error)]
enum LockError {
    /// `--json` takes standard output, so the strict file needs another place.
    #[error("--json writes to standard output, where the strict file would go")]
    JsonWithoutOutput,
    /// The output file is one of the inputs.
    #[error("{} is both an input and the output", .0.display())]
    OutputIsInput(PathBuf),
}

impl Report for LockError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::JsonWithoutOutput => "name the strict file with -o",
            Self::OutputIsInput(_) => {
                "keep loose requirements and pins in two files, as with `-o strict.txt`"
            }
        };
        Some(hint.to_owned())
    }
}

/// Resolves and writes each lock that the arguments or the configuration name. An error leaves the
/// output file of its lock unchanged.
pub fn lock(
    args: &LockArgs,
    (as_json, shard): (bool, Option<Shard>),
    phases: &Phases,
    use_one_heap: fn(),
    terminal: Terminal,
) -> Result<(), Error> {
    let locks = chosen(config::locks(args, terminal)?, args, shard)?;
    if locks.len() == 1 {
        use_one_heap();
    }
    if as_json && locks.iter().any(|lock| lock.output.is_none()) {
        return Err(LockError::JsonWithoutOutput.into());
    }
    let is_labelled = locks.len() > 1 || args.output.is_none();
    let run = Run {
        is_labelled,
        as_json,
        shard,
        phases,
        terminal,
    };
    let made = run.make_all(locks);
    if let Some(reports) = made.reports.filter(|_| as_json) {
        print(&format!("{:#}\n", serde_json::Value::from(reports)))?;
    }
    made.outcome
}

/// The locks of the configuration that are in the shard, if one is named.
fn chosen(
    locks: Vec<LockArgs>,
    args: &LockArgs,
    shard: Option<Shard>,
) -> Result<Vec<LockArgs>, Error> {
    match shard {
        None => Ok(locks),
        Some(_) if !args.loose.is_empty() || args.output.is_some() => Err(NotDivided.into()),
        Some(shard) => Ok(shard.of(locks)),
    }
}
