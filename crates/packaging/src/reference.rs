//! Direct references: one distribution file, named by its URL or path.
//!
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references>;
//! paths, which that page does not cover, follow pip's requirements files.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{DigestAlgorithm, DistFilename, ListedDigest, ParseDistFilenameError, Sha256};

/// The URL or the path of one wheel or sdist.
///
/// It is displayed, compared and ordered without login and fragment, as in a strict file;
/// a relative path then begins with `./` or `../`. Two references are equal if they lead to
/// the same place.
///
/// ```
/// use harden_packaging::Reference;
///
/// let reference: Reference = "https://me:pw@files.test/a-1.0-py3-none-any.whl#egg=a".parse()?;
/// assert_eq!(reference.to_string(), "https://files.test/a-1.0-py3-none-any.whl");
/// assert_eq!(reference.file().name().as_str(), "a");
/// # Ok::<(), harden_packaging::ParseReferenceError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reference {
    shown: Arc<str>,
    login: Option<Arc<str>>,
    file: DistFilename,
    sha256: Option<Sha256>,
    other_digests: Arc<[ListedDigest]>,
}

/// The error of a text that is not a reference to a file that can be pinned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseReferenceError {
    /// A repository, for whose contents no hash can be pinned.
    #[error("a repository has no hash that could be pinned")]
    Repository,
    /// A URL with an unsupported scheme.
    #[error("files are read by https, http and file URLs, not by {0}")]
    Scheme(String),
    /// The last part is not the file name of a distribution.
    #[error(transparent)]
    Filename(#[from] ParseDistFilenameError),
    /// The URL has a query.
    #[error(
        "the query of a URL (`?…`) may be a secret, which has no place in a strict file; download the file and name its path"
    )]
    Query,
    /// A malformed digest in the fragment.
    #[error("`#{0}` is not a digest of that algorithm")]
    Digest(String),
    /// A fragment that names a folder inside the archive.
    #[error("`#{0}` names a folder in an archive, which only a build can use")]
    Subdirectory(String),
    /// A character that tools interpret differently.
    #[error("`{0}` in a pinned URL or path is interpreted differently by different tools")]
    Character(char),
}

impl Reference {
    /// The URL or path with its login. Must not be printed.
    pub fn location(&self) -> String {
        match (&self.login, self.shown.split_once("://")) {
            (Some(login), Some((scheme, rest))) => format!("{scheme}://{login}@{rest}"),
            _ => self.shown.to_string(),
        }
    }

    /// The distribution that the file name states.
    pub fn file(&self) -> &DistFilename {
        &self.file
    }

    /// The SHA-256 that the fragment prescribes.
    pub fn sha256(&self) -> Option<Sha256> {
        self.sha256
    }

    /// The digests of other algorithms that the fragment prescribes.
    pub fn other_digests(&self) -> &Arc<[ListedDigest]> {
        &self.other_digests
    }

    /// The URL or path without login and fragment.
    #[must_use]
    pub fn without_login(self) -> Self {
        Self {
            login: None,
            sha256: None,
            other_digests: Arc::default(),
            ..self
        }
    }

    /// Whether it is a path (relative to the working folder, or absolute) and not a URL.
    pub fn is_path(&self) -> bool {
        !is_url(&self.shown)
    }

    /// Whether it contains a login.
    pub fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// Whether it is valid on one machine only: an absolute path or a `file` URL.
    pub fn is_of_one_machine(&self) -> bool {
        match scheme(&self.shown) {
            Some(scheme) => scheme.eq_ignore_ascii_case("file"),
            None => !is_relative(&self.shown),
        }
    }

    /// The requirement that pins `name` to this file, as pip, uv and pex read it. pex does not accept a
    /// relative path after a name; it takes the name from the path.
    pub fn requirement(&self) -> String {
        if self.is_path() {
            self.shown.to_string()
        } else {
            format!("{} @ {}", self.file.name(), self.shown)
        }
    }
}

impl FromStr for Reference {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The scheme of `file:wheels/a.whl`, which pip reads as a relative path.
        let text = match text.strip_prefix("file:") {
            Some(path) if !path.starts_with('/') => path,
            _ => text,
        };
        if scheme(text).is_some_and(|scheme| scheme.contains('+')) {
            return Err(ParseReferenceError::Repository);
        }
        let is_read_otherwise =
            |c: char| c.is_whitespace() || c.is_control() || ";\"'`$<>".contains(c);
        if let Some(found) = text.chars().find(|c| is_read_otherwise(*c)) {
            return Err(ParseReferenceError::Character(found));
        }
        if is_url(text) {
            of_url(text)
        } else {
            of_path(text)
        }
    }
}

fn of_path(path: &str) -> Result<Reference, ParseReferenceError> {
    if path.contains('#') {
        return Err(ParseReferenceError::Character('#'));
    }
    let shown = if is_relative(path) && !path.starts_with("./") && !path.starts_with("../") {
        format!("./{path}")
    } else {
        path.to_owned()
    };
    Ok(Reference {
        shown: shown.into(),
        login: None,
        file: DistFilename::at(path)?,
        sha256: None,
        other_digests: Arc::default(),
    })
}

fn of_url(url: &str) -> Result<Reference, ParseReferenceError> {
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    if url.contains('?') {
        return Err(ParseReferenceError::Query);
    }
    let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
    if !["https", "http", "file"].contains(&&*scheme.to_ascii_lowercase()) {
        return Err(ParseReferenceError::Scheme(scheme.to_owned()));
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, authority),
    };
    let (sha256, other_digests) = digests(fragment)?;
    Ok(Reference {
        shown: format!("{scheme}://{host}{path}").into(),
        login: login.map(Into::into),
        file: DistFilename::at(url)?,
        sha256,
        other_digests,
    })
}

/// The SHA-256 and the other digests that a fragment prescribes. A name in it (`egg=a`) repeats that
/// of the file.
fn digests(fragment: &str) -> Result<(Option<Sha256>, Arc<[ListedDigest]>), ParseReferenceError> {
    let mut sha256 = None;
    let mut others = Vec::new();
    for part in fragment.split('&') {
        let malformed = || ParseReferenceError::Digest(part.to_owned());
        match part.split_once('=') {
            Some(("sha256", text)) => sha256 = Some(text.parse().map_err(|_| malformed())?),
            Some(("subdirectory", _)) => {
                return Err(ParseReferenceError::Subdirectory(part.to_owned()));
            }
            // A misspelled folder must not be left out.
            Some((name, _)) if strsim::osa_distance(name, "subdirectory") <= 2 => {
                return Err(ParseReferenceError::Subdirectory(part.to_owned()));
            }
            Some((name, text)) => {
                if let Some(algorithm) = DigestAlgorithm::named(name) {
                    let digest = ListedDigest::parse(algorithm, text);
                    others.push(digest.map_err(|_| malformed())?);
                }
            }
            None => {}
        }
    }
    Ok((sha256, others.into()))
}

fn is_url(text: &str) -> bool {
    scheme(text).is_some()
}

/// The scheme of a URL. A drive letter is not a scheme.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (is_scheme && rest.starts_with('/')).then_some(scheme)
}

fn is_relative(path: &str) -> bool {
    let mut characters = path.chars();
    let has_drive = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.next() == Some(':');
    !path.starts_with(['/', '\\', '~']) && !has_drive
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

impl Eq for Reference {}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> Ordering {
        self.shown.cmp(&other.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(text: &str) -> Result<Reference, ParseReferenceError> {
        text.parse()
    }

    #[test]
    fn a_reference_is_shown_without_login_and_fragment() {
        for (text, shown) in [
            (
                "https://files.test/a-1.0-py3-none-any.whl#egg=a&x",
                "https://files.test/a-1.0-py3-none-any.whl",
            ),
            (
                "https://me:p@w@files.test:81/a-1.0.zip",
                "https://files.test:81/a-1.0.zip",
            ),
            ("file:///srv/a-1.0.zip", "file:///srv/a-1.0.zip"),
            ("file:wheels/a-1.0.zip", "./wheels/a-1.0.zip"),
            ("a-1.0.zip", "./a-1.0.zip"),
            ("../wheels/a-1.0.zip", "../wheels/a-1.0.zip"),
            ("/srv/a-1.0.zip", "/srv/a-1.0.zip"),
            (r"C:\wheels\a-1.0.zip", r"C:\wheels\a-1.0.zip"),
        ] {
            assert_eq!(reference(text).unwrap().to_string(), shown);
            assert_eq!(reference(shown).unwrap(), reference(text).unwrap());
        }
    }

    #[test]
    fn the_login_is_kept_for_the_server_alone() {
        let secret = reference("https://me:pw@files.test/a-1.0.zip#sha256=0").unwrap_err();
        assert!(!secret.to_string().contains("pw"));
        let secret = reference("https://me:pw@files.test/a-1.0.zip#x").unwrap();
        assert_eq!(secret.location(), "https://me:pw@files.test/a-1.0.zip");
    }

    #[test]
    fn file_names_in_urls_are_decoded() {
        let file =
            reference("https://files.test/torch-2.1%2Bcpu-cp311-cp311-win_amd64.whl").unwrap();
        assert_eq!(file.file().version().to_string(), "2.1+cpu");
    }

    #[test]
    fn the_digest_of_the_fragment_is_read() {
        let digest = "0123456789abcdef".repeat(4);
        let text = format!("https://files.test/a-1.0.zip#egg=a&sha256={digest}");
        assert_eq!(
            reference(&text).unwrap().sha256().unwrap().to_string(),
            digest
        );
    }

    #[test]
    fn digests_of_every_algorithm_in_the_fragment_are_read() {
        let (md5, sha1) = ("0a".repeat(16), "0b".repeat(20));
        let text = format!("https://files.test/a-1.0.zip#md5={md5}&sha1={sha1}&egg=a");
        let reference = reference(&text).unwrap();
        let shown = reference.other_digests().iter().map(ToString::to_string);
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [format!("md5:{md5}"), format!("sha1:{sha1}")]
        );
    }

    #[test]
    fn what_cannot_be_pinned_is_refused_with_the_reason() {
        for (text, reason) in [
            (
                "git+https://files.test/a.git",
                "a repository has no hash that could be pinned",
            ),
            (
                "ftp://files.test/a-1.0.zip",
                "files are read by https, http and file URLs, not by ftp",
            ),
            (
                "https://files.test/main.zip",
                "`main.zip` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz",
            ),
            (
                "https://files.test/",
                "`` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz",
            ),
            (
                "https://files.test/a-1.0.zip?token=secret",
                "the query of a URL (`?…`) may be a secret, which has no place in a strict file; download the file and name its path",
            ),
            (
                "https://files.test/a-1.0.zip#md5=0",
                "`#md5=0` is not a digest of that algorithm",
            ),
            (
                "https://files.test/a-1.0.zip#subdirectory=x",
                "`#subdirectory=x` names a folder in an archive, which only a build can use",
            ),
            (
                "my wheels/a-1.0.zip",
                "` ` in a pinned URL or path is interpreted differently by different tools",
            ),
        ] {
            assert_eq!(reference(text).unwrap_err().to_string(), reason);
        }
    }
}
