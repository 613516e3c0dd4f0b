//! Where an index or a list of links is: URLs and folders, parsed once, shown without credentials.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use crate::http::Login;

/// The root of an index, as in `--index-url`: an `http` or `https` URL.
///
/// Displays, debug form included, without what may be secret in it: login and query.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexUrl {
    url: Url,
    login: Option<Login>,
}

/// An entry of `--find-links`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindLinks {
    /// A folder of distributions, an HTML file with links to some, or one distribution.
    Local(PathBuf),
    /// A page of links.
    Page(IndexUrl),
}

/// A text that is not the address of an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// Not a URL.
    #[error("not the URL of an index: {}", reason(*.0))]
    NotAUrl(url::ParseError),
    /// A URL with a scheme other than `http` and `https`.
    #[error(
        "an index is reached by http or https, not by {0}; a local folder is named with --find-links"
    )]
    Scheme(String),
    /// A `file` URL that names no path here.
    #[error("the file URL names no path on this machine")]
    NotAPath,
}

/// Why a text is not a URL, in words for whoever typed it.
fn reason(error: url::ParseError) -> String {
    match error {
        url::ParseError::RelativeUrlWithoutBase => {
            "it does not begin with a scheme, as in https://index.example/simple".to_owned()
        }
        other => other.to_string(),
    }
}

impl IndexUrl {
    /// Whether both lead to the same index, but for a slash at the end and logins.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let bare = |index: &Self| index.url.as_str().trim_end_matches('/').to_owned();
        bare(self) == bare(other)
    }

    /// The same index with this user and this password in place of those of its URL; each that is
    /// `None` stays.
    #[must_use]
    pub fn with_login(mut self, user: Option<String>, password: Option<String>) -> Self {
        if user.is_some() || password.is_some() {
            let old = self.login.take();
            let (old_user, old_password) =
                old.map_or((None, None), |old| (Some(old.user), old.password));
            self.login = Some(Login {
                user: user.or(old_user).unwrap_or_default(),
                password: password.or(old_password),
            });
        }
        self
    }

    /// The URL without its login.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The login that the URL held.
    pub(crate) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// The page of a project in the simple API, given its normalised name.
    pub(crate) fn project(&self, name: &str) -> Url {
        with_segments(&self.url, 0, &[name, ""])
    }

    /// Where PyPI's own JSON API has a release, if this index is where one would have it beside; without
    /// its login.
    pub fn release_json(&self, name: &str, version: &str) -> Option<String> {
        let project = self.json_api(name)?;
        Some(with_segments(&project, 1, &[version, "json"]).into())
    }

    /// Where PyPI's own JSON API has a project, if this index is where one would have it beside; without its
    /// login.
    pub fn project_json(&self, name: &str) -> Option<String> {
        Some(self.json_api(name)?.into())
    }

    /// Where PyPI's own JSON API has a project, if this index is where one would have it beside.
    pub(crate) fn json_api(&self, name: &str) -> Option<Url> {
        let last = self
            .url
            .path_segments()?
            .rev()
            .find(|part| !part.is_empty());
        (last == Some("simple")).then(|| with_segments(&self.url, 1, &["pypi", name, "json"]))
    }
}

/// `url` less its last `drop` path segments, plus `segments`.
fn with_segments(url: &Url, drop: usize, segments: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty();
        for _ in 0..drop {
            path.pop();
        }
        path.extend(segments);
    }
    url
}

impl FromStr for IndexUrl {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text).map_err(ParseAddressError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ParseAddressError::Scheme(url.scheme().to_owned()));
        }
        let login = Login::take(&mut url);
        url.set_fragment(None);
        Ok(Self { url, login })
    }
}

impl FromStr for FindLinks {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("file:") {
            let url = Url::parse(text).map_err(ParseAddressError::NotAUrl)?;
            let path = url
                .to_file_path()
                .map_err(|()| ParseAddressError::NotAPath)?;
            Ok(Self::Local(path))
        } else if text.contains("://") {
            text.parse().map(Self::Page)
        } else {
            Ok(Self::Local(text.into()))
        }
    }
}

impl fmt::Display for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.url.as_str()))
    }
}

impl fmt::Debug for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexUrl({self})")
    }
}

impl fmt::Display for FindLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Page(url) => write!(f, "{url}"),
        }
    }
}

/// `url` as it may be shown: without login, query or fragment, any of which may be secret.
pub(crate) fn shown(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return "an invalid URL".to_owned();
    };
    Login::take(&mut url);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_its_projects_below_it() {
        for text in ["https://index.test/simple", "https://index.test/simple/"] {
            let index: IndexUrl = text.parse().unwrap();
            assert_eq!(
                index.project("a-b").as_str(),
                "https://index.test/simple/a-b/"
            );
            assert_eq!(
                index.json_api("a-b").unwrap().as_str(),
                "https://index.test/pypi/a-b/json"
            );
        }
    }

    #[test]
    fn only_a_simple_index_may_have_a_json_api_beside_it() {
        let index: IndexUrl = "https://index.test/main/+simple/".parse().unwrap();
        assert_eq!(index.json_api("a"), None);
    }

    #[test]
    fn a_login_is_never_shown() {
        let index: IndexUrl = "https://me:secret@index.test/simple".parse().unwrap();
        assert_eq!(index.to_string(), "https://index.test/simple");
        assert!(!format!("{index:?}").contains("secret"));
        let index: IndexUrl = "https://index.test/simple?token=secret".parse().unwrap();
        assert_eq!(index.to_string(), "https://index.test/simple");
        assert_eq!(
            shown("https://me:secret@index.test/a.whl?token=secret#secret"),
            "https://index.test/a.whl"
        );
    }

    #[test]
    fn links_are_pages_or_local() {
        let local = |path: &str| FindLinks::Local(path.into());
        assert_eq!("wheelhouse".parse(), Ok(local("wheelhouse")));
        assert_eq!("file:///srv/wheels".parse(), Ok(local("/srv/wheels")));
        assert!(matches!(
            "https://index.test/links.html".parse(),
            Ok(FindLinks::Page(_))
        ));
        assert_eq!(
            "ftp://index.test/".parse::<FindLinks>(),
            Err(ParseAddressError::Scheme("ftp".to_owned()))
        );
    }
}
