//! Where a file of audits is.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

/// A file of audits: by its path, or by a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditsPlace {
    /// A path.
    File(PathBuf),
    /// A URL, without fragment.
    Url(Url),
}

impl AuditsPlace {
    /// Where `from`, as a file at this place names it, leads.
    ///
    /// # Errors
    ///
    /// If it is neither a path nor an HTTPS URL, or if a file from elsewhere names a path of this machine.
    pub(crate) fn joined(&self, from: &str) -> Result<Self, String> {
        if from.contains("://") {
            let mut url = Url::parse(from).map_err(|error| error.to_string())?;
            if !matches!(url.scheme(), "https" | "http") {
                return Err("expected an https:// URL, or a path".to_owned());
            }
            url.set_fragment(None);
            return Ok(Self::Url(url));
        }
        if from.is_empty() {
            return Err("expected a path or an https:// URL".to_owned());
        }
        match self {
            Self::File(path) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                Ok(Self::File(folder.join(from)))
            }
            Self::Url(url) => {
                let joined = url.join(from).map_err(|error| error.to_string())?;
                // `file:/etc/passwd` has no `//`, and is a URL all the same.
                if !matches!(joined.scheme(), "https" | "http") {
                    return Err("expected an https:// URL, or a path".to_owned());
                }
                Ok(Self::Url(joined))
            }
        }
    }

    /// What tells it apart from others: a path without `.` and `..`.
    pub(crate) fn key(&self) -> Self {
        let Self::File(path) = self else {
            return self.clone();
        };
        let mut parts = PathBuf::new();
        for part in path.components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir if parts.file_name().is_some() => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Self::File(parts)
    }
}

impl fmt::Display for AuditsPlace {
    /// Without login and query, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => {
                let mut shown = url.clone();
                let _ = shown.set_username("");
                let _ = shown.set_password(None);
                shown.set_query(None);
                shown.as_str().fmt(f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_elsewhere_names_no_file_of_this_machine() {
        let elsewhere = AuditsPlace::Url(Url::parse("https://audits.test/a/b.toml").unwrap());
        for from in ["file:/etc/passwd", "file:///etc/passwd", "data:,x", ""] {
            assert!(elsewhere.joined(from).is_err(), "{from}");
        }
        assert!(elsewhere.joined("../c.toml").is_ok());
    }
}
