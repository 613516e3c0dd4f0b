//! Strict files inside `pylock.toml`: a file that harden exported is read wherever a strict file is.

use harden_interchange::{StrictOfPylockError, strict_of_pylock};

use crate::report::{Error, Report};

impl Report for StrictOfPylockError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Newer { .. } => "read it with the harden that wrote it, or a newer one",
            Self::Damaged { .. } | Self::Edited { .. } => {
                "write it again, as in `harden export --format pylock strict.txt -o pylock.toml`"
            }
        };
        Some(hint.to_owned())
    }
}

/// `bytes` as they are, or the strict file in them if they are a `pylock.toml` that harden wrote; `name`
/// is what the user calls them.
pub fn unwrapped(bytes: Vec<u8>, name: &str) -> Result<Vec<u8>, Error> {
    let is_pylock = |text: &&str| text.starts_with("lock-version = ");
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(is_pylock) else {
        return Ok(bytes);
    };
    let strict = strict_of_pylock(name, text)?;
    Ok(strict.map_or(bytes, |strict| strict.to_string().into_bytes()))
}
