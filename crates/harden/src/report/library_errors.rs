//! Exit codes and hints for errors of the library crates that several commands share.

use harden_hasher::StrictError;
use harden_packaging::{IndexError, IndexErrorKind};
use harden_requirements::ReadError;
use harden_resolver::ResolveError;
use harden_target::ParseTargetError;

use super::Exit;
use super::error::Report;

impl Report for IndexError {
    fn exit(&self) -> Exit {
        match self.kind {
            IndexErrorKind::Failed | IndexErrorKind::NotCached => Exit::Network,
            IndexErrorKind::NoSuchProject
            | IndexErrorKind::NoSuchFile
            | IndexErrorKind::BadMetadata
            | IndexErrorKind::NotTried
            | IndexErrorKind::Corrupt => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.kind {
            IndexErrorKind::Failed => {
                "use another index with --index-url, or what the cache holds with --offline"
            }
            IndexErrorKind::NotCached => {
                "run once without --offline to fill the cache; then --offline works"
            }
            IndexErrorKind::Corrupt | IndexErrorKind::NoSuchFile => {
                "--refresh reads the index again; if that does not help, tell the operator of the index, and \
                 leave the version out with a constraint such as `NAME!=VERSION`"
            }
            IndexErrorKind::NoSuchProject
            | IndexErrorKind::BadMetadata
            | IndexErrorKind::NotTried => return None,
        };
        Some(hint.to_owned())
    }
}

impl Report for ResolveError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoSolution(_) | Self::Defect(_) => Exit::No,
            Self::Input(_) => Exit::Input,
            Self::Index(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Index(error) => error.hint(),
            _ => None,
        }
    }
}

impl Report for ReadError {}

impl Report for StrictError {}

impl Report for ParseTargetError {
    fn hint(&self) -> Option<String> {
        let hint = "write a target like manylinux2014_aarch64-cp311; `harden targets` lists \
                    platforms and presets";
        self.suggestions().is_empty().then(|| hint.to_owned())
    }
}
