//! Downloads one file: hashes it while it streams, resumes after a broken connection or an earlier run, and
//! stops if it is longer than the index says.

use std::time::Duration;

use harden_index::{Download, IndexClient};
use harden_packaging::{DistFile, IndexError, IndexErrorKind};

use crate::locate::Located;
use crate::partial::Partial;
use crate::streams::Streams;
use crate::{Failure, Progress};

/// How often in a row a connection may break before the download fails.
const MOST_BREAKS: u32 = 4;

/// How much a connection must deliver to reset the count of broken ones, in bytes.
const GOOD_SHARE: u64 = 1 << 20;

/// What downloads are made with.
#[derive(Clone, Copy)]
pub(crate) struct Downloader<'a> {
    pub(crate) client: &'a IndexClient,
    pub(crate) streams: &'a Streams,
    pub(crate) progress: &'a dyn Progress,
}

/// Downloads a file into `partial`, and verifies its digest. What comes is hashed and written by whoever polls
/// this; the connection is read by the threads of the client. Whether the server lets caches keep it that others
/// use.
pub(crate) async fn download(
    located: &Located,
    partial: &mut Partial<'_>,
    with: Downloader<'_>,
) -> Result<bool, Failure> {
    let _permit = with.streams.one(with.client).await;
    let name = &*located.file.filename;
    let mut transfer = Transfer {
        file: &located.file,
        name,
        // No distribution is empty: an index that says so does not know.
        most: located.file.size.filter(|size| *size > 0),
        with,
        was_resumed: partial.length() > 0,
        may_be_shared: false,
    };
    if transfer.most.is_some_and(|size| partial.length() > size) {
        partial.restart();
    }
    if partial.length() == 0 || transfer.most != Some(partial.length()) {
        transfer.run(partial).await?;
    }
    if transfer.was_resumed && !located.expected.contains(&partial.digest()) {
        // The parts may be of two different files: only a whole one is proof against the index.
        partial.restart();
        transfer.run(partial).await?;
    }
    let actual = partial.digest();
    if located.expected.contains(&actual) {
        return Ok(transfer.may_be_shared);
    }
    Err(Failure::WrongHash {
        file: name.to_owned(),
        expected: located.expected.clone(),
        actual,
    })
}

/// The transfer of a file from the index to the disk.
struct Transfer<'a> {
    file: &'a DistFile,
    name: &'a str,
    /// How long the file may be, in bytes, where the index lists it; else the download is bounded by what its
    /// server tells.
    most: Option<u64>,
    with: Downloader<'a>,
    was_resumed: bool,
    /// What the server said last of caches that others use.
    may_be_shared: bool,
}

impl Transfer<'_> {
    /// Downloads the whole file, with as many connections as necessary.
    async fn run(&mut self, partial: &mut Partial<'_>) -> Result<(), Failure> {
        let mut breaks = 0;
        loop {
            let before = partial.length();
            let Some(error) = self.connect(partial).await? else {
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
            tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(breaks)).await;
            self.was_resumed |= partial.length() > 0;
        }
    }

    /// Takes what one connection delivers; returns the reason if it broke.
    async fn connect(&mut self, partial: &mut Partial<'_>) -> Result<Option<IndexError>, Failure> {
        let mut download = self.open(partial.length()).await?;
        let is_same = |download: &Download| {
            download.start() == partial.length()
                && (partial.length() == 0 || partial.is_of(download.validator()))
        };
        if !is_same(&download) {
            partial.restart();
            if download.start() > 0 {
                download = self.open(0).await?;
            }
        }
        if partial.length() == 0 {
            partial.begin(download.validator())?;
        }
        self.may_be_shared = download.may_be_shared();
        self.with.progress.begun(self.name, download.total());
        loop {
            match download.chunk().await {
                Ok(Some(bytes)) => partial.append(&bytes)?,
                Ok(None) => return Ok(None),
                Err(error) if error.kind == IndexErrorKind::Corrupt => {
                    return Err(self.failure(error));
                }
                Err(error) => return Ok(Some(error)),
            }
            self.check_length(partial.length())?;
            self.with.progress.reached(self.name, partial.length());
        }
    }

    async fn open(&self, from: u64) -> Result<Download, Failure> {
        let opened = self.with.client.download(self.file, from).await;
        let opened = opened.map_err(|source| self.failure(source))?;
        self.with.streams.widen(self.with.client);
        Ok(opened)
    }

    /// An endless body must not fill the disk.
    fn check_length(&self, length: u64) -> Result<(), Failure> {
        match self.most {
            Some(announced) if length > announced => Err(Failure::TooLong {
                file: self.name.to_owned(),
                announced,
            }),
            _ => Ok(()),
        }
    }

    fn failure(&self, source: IndexError) -> Failure {
        match source.kind {
            IndexErrorKind::NoSuchFile => Failure::Gone {
                file: self.name.to_owned(),
                source,
            },
            _ => Failure::Index {
                what: self.name.to_owned(),
                source,
            },
        }
    }
}
