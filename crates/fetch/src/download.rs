//! One file brought in: hashed while it streams, gone on with where the connection broke.

use std::time::Duration;

use harden_index::IndexClient;
use harden_packaging::IndexError;

use crate::folder::{Folder, Partial};
use crate::locate::Located;
use crate::{Failure, Progress};

/// How often a connection may break in a row before the file is given up.
const MOST_BREAKS: u32 = 4;

/// What a connection must have brought for the breaks before it to be forgotten, in bytes.
const GOOD_SHARE: u64 = 1 << 20;

/// Downloads a file into the folder, which has it only if its digest is right; its size in bytes.
pub(crate) fn download(
    located: &Located,
    folder: &Folder,
    client: &IndexClient,
    progress: &dyn Progress,
) -> Result<u64, Failure> {
    let name = &*located.file.filename;
    let mut partial = folder.begin(name)?;
    let mut transfer = Transfer {
        url: &located.file.url,
        name,
        client,
        progress,
        was_resumed: false,
    };
    transfer.run(&mut partial)?;
    if transfer.was_resumed && !located.expected.contains(&partial.digest()) {
        // The parts may be of two different files: only a whole one is proof against the index.
        partial.restart()?;
        transfer.run(&mut partial)?;
    }
    let actual = partial.digest();
    if !located.expected.contains(&actual) {
        return Err(Failure::WrongHash {
            file: name.to_owned(),
            expected: located.expected.clone(),
            actual,
        });
    }
    let length = partial.length();
    partial.keep()?;
    Ok(length)
}

/// The way of a file from the index into the folder.
struct Transfer<'a> {
    url: &'a str,
    name: &'a str,
    client: &'a IndexClient,
    progress: &'a dyn Progress,
    was_resumed: bool,
}

impl Transfer<'_> {
    /// Brings the whole file, over as many connections as it takes.
    fn run(&mut self, partial: &mut Partial<'_>) -> Result<(), Failure> {
        let mut breaks = 0;
        loop {
            let before = partial.length();
            let Some(error) = self.client.block_on(self.connect(partial))? else {
                return Ok(());
            };
            if partial.length() >= before + GOOD_SHARE {
                breaks = 0;
            }
            breaks += 1;
            if breaks > MOST_BREAKS {
                return Err(self.failure(error));
            }
            tracing::debug!(file = self.name, %error, "goes on after a broken connection");
            std::thread::sleep(Duration::from_millis(50) * 2_u32.pow(breaks));
            self.was_resumed |= partial.length() > 0;
        }
    }

    /// Takes what one connection brings; the reason if it broke.
    async fn connect(&self, partial: &mut Partial<'_>) -> Result<Option<IndexError>, Failure> {
        let opened = self.client.download(self.url, partial.length()).await;
        let mut download = opened.map_err(|source| self.failure(source))?;
        if download.start() != partial.length() {
            partial.restart()?;
        }
        if partial.length() == 0 {
            self.progress.begun(self.name, download.total());
        }
        loop {
            match download.chunk().await {
                Ok(Some(bytes)) => partial.append(&bytes)?,
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(error)),
            }
            self.progress.reached(self.name, partial.length());
        }
    }

    fn failure(&self, source: IndexError) -> Failure {
        Failure::Index {
            what: self.name.to_owned(),
            source,
        }
    }
}
