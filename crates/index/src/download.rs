//! A file as it arrives, piece by piece, from a server or from a folder.

use bytes::Bytes;
use harden_packaging::{IndexError, Sha256};
use reqwest::Response;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedSemaphorePermit;

use crate::address::shown;
use crate::error::{failed, in_one_line};
use crate::statistics::Meter;

/// A file on its way here.
///
/// Nothing is verified yet: that is the work of whoever reads it. While it lives it counts as one
/// of the requests that may be under way at once.
pub struct Download {
    url: String,
    start: u64,
    total: Option<u64>,
    source: Source,
}

enum Source {
    Server {
        response: Response,
        meter: Meter,
        _permit: OwnedSemaphorePermit,
    },
    Local(tokio::fs::File),
}

impl Download {
    /// The offset in the file of the first byte to come: what was asked for, or 0 where the
    /// server sends the whole file regardless.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The size of the whole file in bytes, where the server says so.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the connection fails or the body is cut short. Asking for the rest again may do better.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, IndexError> {
        todo!()
    }
}
