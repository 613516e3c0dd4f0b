//! Mirrors of a wheelhouse: read with `--from`, filled with `--to`.

use std::time::Instant;

use harden_fetch::{
    Failure, FetchError, Lock, Mirror, MirrorAddress, MirrorError, MirrorLayout, Stored, Summary,
    Upload, upload,
};
use harden_index::Settings;

use super::error::WheelhouseError;
use super::job::Job;
use crate::report::format::{bytes, count, seconds};
use crate::report::progress::Fetching;
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, Layout};

/// The address given with an option, if any.
pub fn address(text: Option<&str>, option: &'static str) -> Result<Option<MirrorAddress>, Error> {
    let address = text.map(str::parse).transpose();
    Ok(address.map_err(|source| WheelhouseError::MirrorAddress { option, source })?)
}

/// A mirror to read or fill, with the network settings of the first job.
pub fn open(
    address: Option<&MirrorAddress>,
    jobs: &[Job],
    open: impl Fn(&MirrorAddress, &Settings) -> Result<Mirror, MirrorError>,
) -> Result<Option<Mirror>, Error> {
    let (Some(address), [job, ..]) = (address, jobs) else {
        return Ok(None);
    };
    let mirror = open(address, &job.settings).map_err(|error| FetchError {
        failures: vec![Failure::Mirror(error)],
        summary: Summary::default(),
    })?;
    Ok(Some(mirror))
}

/// Uploads the wheelhouse of some locks to a mirror, and prints a summary.
pub fn put(
    locks: &[Lock<'_>],
    mirror: &Mirror,
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<(), Error> {
    let started = Instant::now();
    let progress = Fetching::new(terminal);
    let what = Upload {
        locks,
        folder: &args.dest,
        layout: match args.layout {
            Layout::Flat => MirrorLayout::Flat,
            Layout::Simple => MirrorLayout::Simple,
        },
    };
    let stored = upload(&what, mirror, &progress);
    progress.finish();
    let stored = stored?;
    for name in &stored.replaced {
        terminal.detail(&format!("{name} replaced another file at the mirror"));
    }
    terminal.summary(&format!(
        "{} in {}: {}",
        described(&stored),
        seconds(started.elapsed()),
        mirror.address()
    ));
    Ok(())
}

fn described(stored: &Stored) -> String {
    let sent = format!("stored {}", count(stored.sent, "file"));
    let mut parts = vec![match stored.sent {
        0 => sent,
        _ => format!("{sent}, {}", bytes(stored.bytes)),
    }];
    for (number, what) in [
        (stored.replaced.len(), "replaced"),
        (stored.already_there, "already there"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join("; ")
}
