//! Logins from URLs, from netrc and from the keyring, and which requests they are sent with.
//!
//! A login in the URL of an index is sent to what lies below that URL, and to the files that the index
//! lists on its own scheme, host and port, unless these lie below another place that was named.

use std::fmt;
use std::path::Path;

use url::Url;

use super::keyring::Keyring;
use super::netrc::Netrc;
use crate::address::shown;

/// A user name with its password, as basic authentication sends them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    /// The user, or the whole token where there is no password.
    pub(crate) user: String,
    /// The password.
    pub(crate) password: Option<String>,
}

impl Login {
    /// Takes the login out of `url`.
    pub(crate) fn take(url: &mut Url) -> Option<Self> {
        let has_login = !url.username().is_empty() || url.password().is_some();
        let login = has_login.then(|| Self {
            user: percent_decoded(url.username()),
            password: url.password().map(percent_decoded),
        });
        // Only URLs without a host refuse, and these have no login.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        login
    }
}

/// `text` with its `%20`s and the like as what they stand for.
pub(crate) fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(hidden)")
    }
}

/// The logins known for servers.
pub(crate) struct Logins {
    /// The indexes and link lists, those without a login included.
    places: Vec<(Url, Option<Login>)>,
    netrc: Netrc,
    keyring: Keyring,
}

/// For what a login is wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'r> {
    /// The URL of a request.
    pub(super) url: &'r Url,
    /// The login that the URL itself held, or that of the index that the request is for.
    pub(super) own: Option<&'r Login>,
    /// The index that lists the file at the URL; empty where none does.
    pub(super) listed_by: &'r str,
}

impl Logins {
    /// Those of the URLs of indexes and link lists; those of `netrc`, or of the usual file; and those
    /// of the keyring if that `is_used`.
    pub(crate) fn new(
        places: Vec<(Url, Option<Login>)>,
        netrc: Option<&Path>,
        keyring_is_used: bool,
    ) -> Self {
        Self {
            places,
            netrc: Netrc::read(netrc),
            keyring: Keyring::new(keyring_is_used),
        }
    }

    /// The login to send.
    pub(super) fn of(&self, wanted: Wanted<'_>) -> Option<Login> {
        let known = self.in_urls(wanted);
        match &known {
            Some(login) if login.password.is_some() => known,
            _ => {
                let user = known.as_ref().map(|login| &*login.user);
                let kept = || self.keyring.known(&self.service(wanted), user);
                let host = wanted.url.host_str();
                let netrc = host.and_then(|host| self.netrc.login(host, user));
                netrc.cloned().or_else(kept).or(known)
            }
        }
    }

    /// The login to send once the server has refused `sent` because it needs a login: that of the keyring.
    pub(super) async fn after_refusal(
        &self,
        wanted: Wanted<'_>,
        sent: Option<&Login>,
    ) -> Option<Login> {
        if sent.is_some_and(|login| login.password.is_some()) {
            return None;
        }
        let user = sent.map(|login| &*login.user);
        self.keyring.login(&self.service(wanted), user).await
    }

    /// The login in the URL itself, else in that of the place that it belongs to.
    fn in_urls(&self, wanted: Wanted<'_>) -> Option<Login> {
        let own = wanted.own;
        if own.is_some_and(|login| login.password.is_some()) {
            return own.cloned();
        }
        let is_of_user = |login: &&Login| own.is_none_or(|own| own.user == login.user);
        let of_place = self.place(wanted).and_then(|(_, login)| login.as_ref());
        of_place.filter(is_of_user).or(own).cloned()
    }

    /// The place that a URL belongs to: of those that it lies below the nearest, else the index that
    /// lists it.
    fn place(&self, wanted: Wanted<'_>) -> Option<&(Url, Option<Login>)> {
        let Wanted {
            url,
            own,
            listed_by,
        } = wanted;
        let is_lister = |place: &Url| shown(place.as_str()) == listed_by;
        let is_of_user = |login: &Option<Login>| match (own, login) {
            (Some(own), Some(login)) => own.user == login.user,
            (_, login) => login.is_some(),
        };
        let same_origin = || {
            let places = self.places.iter();
            places.filter(|(place, _)| place.origin() == url.origin())
        };
        let nearest = same_origin().filter(|(place, _)| is_below(url, place));
        let nearest = nearest.max_by_key(|(place, login)| {
            (prefix(place).len(), is_lister(place), is_of_user(login))
        });
        nearest.or_else(|| same_origin().find(|(place, _)| is_lister(place)))
    }

    /// What the keyring knows the password for `wanted` by: the URL of its place, else its server.
    fn service(&self, wanted: Wanted<'_>) -> Url {
        if let Some((place, _)) = self.place(wanted) {
            return place.clone();
        }
        let mut server = wanted.url.clone();
        server.set_path("");
        server.set_query(None);
        server
    }
}

/// Whether `url` lies below `place`.
fn is_below(url: &Url, place: &Url) -> bool {
    segments(url).starts_with(&prefix(place))
}

/// The path segments that all URLs of an index have in common. Files usually lie beside its `simple`,
/// which belongs to it unless it is all of the path.
fn prefix(place: &Url) -> Vec<&str> {
    let mut segments = segments(place);
    while segments.last() == Some(&"") {
        segments.pop();
    }
    if segments.len() > 1 && matches!(segments.last(), Some(&"simple" | &"+simple")) {
        segments.pop();
    }
    segments
}

fn segments(url: &Url) -> Vec<&str> {
    url.path_segments().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn login(user: &str, password: &str) -> Login {
        Login {
            user: user.to_owned(),
            password: Some(password.to_owned()),
        }
    }

    #[test]
    fn a_login_in_a_url_is_taken_out_of_it_and_decoded() {
        let mut url = url("https://me%40home:a%2Bb+c%26@index.test/simple");
        assert_eq!(Login::take(&mut url), Some(login("me@home", "a+b+c&")));
        assert_eq!(url.as_str(), "https://index.test/simple");
    }

    /// The logins of these places, each with a user and the password `pw`, or without a login.
    fn logins(places: &[(&str, &str)]) -> Logins {
        let places = places.iter().map(|(place, user)| {
            let login = (!user.is_empty()).then(|| login(user, "pw"));
            (url(place), login)
        });
        Logins::new(places.collect(), Some("/dev/null".as_ref()), false)
    }

    /// The user whose login is sent to `text`; empty where none is.
    fn user(logins: &Logins, text: &str, own: Option<&str>, listed_by: &str) -> String {
        let own = own.map(|user| Login {
            user: user.to_owned(),
            password: None,
        });
        let login = logins.of(Wanted {
            url: &url(text),
            own: own.as_ref(),
            listed_by,
        });
        login.map_or(String::new(), |login| match login.password {
            Some(_) => login.user,
            None => format!("{} without a password", login.user),
        })
    }

    #[test]
    fn a_login_goes_to_its_own_origin_and_prefix_only() {
        let logins = logins(&[("https://files.test/corp/simple/", "me")]);
        for own in [
            "https://files.test/corp/simple/a/",
            "https://files.test/corp/packages/a.whl",
        ] {
            assert_eq!(user(&logins, own, None, ""), "me", "{own}");
        }
        for other in [
            "http://files.test/corp/simple/a/",
            "https://files.test:8443/corp/simple/a/",
            "https://other.test/corp/simple/a/",
            "https://files.test/",
            "https://files.test/corporate/simple/a/",
            "https://files.test/simple/a/",
        ] {
            assert_eq!(user(&logins, other, None, ""), "", "{other}");
        }
    }

    #[test]
    fn a_login_goes_to_the_files_of_its_index_unless_another_place_has_them() {
        let logins = logins(&[
            ("https://files.test/simple", "me"),
            ("https://files.test/other/simple", ""),
        ]);
        let index = "https://files.test/simple";
        assert_eq!(
            user(&logins, "https://files.test/store/a.whl", None, index),
            "me"
        );
        assert_eq!(
            user(&logins, "https://files.test/store/a.whl", None, ""),
            ""
        );
        assert_eq!(
            user(&logins, "https://files.test/other/a.whl", None, index),
            ""
        );
        assert_eq!(user(&logins, "https://store.test/a.whl", None, index), "");
    }

    /// Two repositories of one server, each with a login of its own.
    #[test]
    fn each_of_several_logins_goes_to_its_own_paths() {
        let logins = logins(&[
            ("https://files.test/one/simple", "one"),
            ("https://files.test/two/simple", "two"),
            ("https://files.test/two/sub/simple", "sub"),
        ]);
        for (text, listed_by, expected) in [
            ("https://files.test/one/simple/a/", "", "one"),
            ("https://files.test/two/files/a.whl", "", "two"),
            ("https://files.test/two/sub/a.whl", "", "sub"),
            (
                "https://files.test/store/a.whl",
                "https://files.test/two/simple",
                "two",
            ),
            ("https://files.test/store/a.whl", "", ""),
        ] {
            assert_eq!(user(&logins, text, None, listed_by), expected, "{text}");
        }
    }

    #[test]
    fn a_url_with_a_user_takes_the_password_of_that_user() {
        let logins = logins(&[
            ("https://files.test/simple", "one"),
            ("https://files.test/simple", "two"),
        ]);
        let file = "https://files.test/simple/a.whl";
        assert_eq!(user(&logins, file, Some("one"), ""), "one");
        assert_eq!(user(&logins, file, Some("two"), ""), "two");
        assert_eq!(
            user(&logins, file, Some("three"), ""),
            "three without a password"
        );
    }
}
