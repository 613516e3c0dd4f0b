//! Who we are to a server: logins from URLs and from netrc.
//!
//! A login is sent to the scheme, host and port it was given for, and to no other; of several for one
//! server, each to what lies nearest to its own URL.
//! netrc: <https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

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
    /// Those of the URLs of indexes and link lists.
    of_places: Vec<(Url, Login)>,
    of_machines: Vec<(Machine, Login)>,
}

/// Whom an entry of netrc is for.
#[derive(Debug, PartialEq, Eq)]
enum Machine {
    Named(String),
    Any,
}

impl Logins {
    /// Those of the URLs of indexes and link lists, then those of the netrc file, where there is one.
    pub(crate) fn new(of_places: Vec<(Url, Login)>, netrc: Option<&Path>) -> Self {
        let path = netrc.map(Path::to_owned).or_else(usual_netrc);
        let text = path.and_then(|path| fs_err::read_to_string(path).ok());
        Self {
            of_places,
            of_machines: text.map(|text| read_netrc(&text)).unwrap_or_default(),
        }
    }

    /// The login for `url`, of `user` where that is known, of the index `listed_by` where that lists it.
    ///
    /// Of several logins for one server, that of the index counts, then the one whose URL has most
    /// path segments in common with `url`; where two have as many, neither is sent.
    pub(super) fn of(&self, url: &Url, user: Option<&str>, listed_by: &str) -> Option<&Login> {
        let is_of_user = |login: &Login| user.is_none_or(|user| login.user == user);
        let places = || {
            let places = self.of_places.iter();
            places.filter(|(place, login)| place.origin() == url.origin() && is_of_user(login))
        };
        let of_index = places().find(|(place, _)| shown(place.as_str()) == listed_by);
        if let Some((_, login)) = of_index.or_else(|| nearest(places().collect(), url)) {
            return Some(login);
        }
        let host = url.host_str()?;
        let fits = |machine: &Machine| match machine {
            Machine::Named(name) => name.eq_ignore_ascii_case(host),
            Machine::Any => true,
        };
        let mut machines = self.of_machines.iter();
        let found = machines.find(|(machine, login)| fits(machine) && is_of_user(login));
        found.map(|(_, login)| login)
    }
}

/// The place that has most path segments in common with `url`, unless another login has as many.
fn nearest<'p>(places: Vec<&'p (Url, Login)>, url: &Url) -> Option<&'p (Url, Login)> {
    let common = |place: &Url| match (place.path_segments(), url.path_segments()) {
        (Some(one), Some(other)) => one
            .zip(other)
            .take_while(|(one, other)| one == other)
            .count(),
        _ => 0,
    };
    let most = places.iter().map(|(place, _)| common(place)).max()?;
    let mut nearest = places
        .into_iter()
        .filter(|(place, _)| common(place) == most);
    let first = nearest.next()?;
    nearest.all(|(_, login)| *login == first.1).then_some(first)
}

fn usual_netrc() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("NETRC") {
        return Some(path.into());
    }
    let home = std::env::home_dir()?;
    [".netrc", "_netrc"]
        .into_iter()
        .map(|name| home.join(name))
        .find(|path| path.is_file())
}

/// The entries of a netrc file that have a login, in their order.
fn read_netrc(text: &str) -> Vec<(Machine, Login)> {
    let mut entries: Vec<(Machine, Login)> = Vec::new();
    let mut words = without_macros(text).into_iter();
    while let Some(word) = words.next() {
        match word {
            "machine" => {
                let name = words.next().unwrap_or_default().to_owned();
                entries.push((Machine::Named(name), nobody()));
            }
            "default" => entries.push((Machine::Any, nobody())),
            "login" | "password" | "account" => {
                let value = words.next().unwrap_or_default().to_owned();
                match (word, entries.last_mut()) {
                    ("login", Some((_, login))) => login.user = value,
                    ("password", Some((_, login))) => login.password = Some(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    entries.retain(|(_, login)| *login != nobody());
    entries
}

fn nobody() -> Login {
    Login {
        user: String::new(),
        password: None,
    }
}

/// The words of a netrc file; comments and macros, which end at an empty line, left out.
fn without_macros(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        let line = line.trim();
        in_macro = (in_macro && !line.is_empty()) || line.starts_with("macdef");
        if !in_macro && !line.starts_with('#') {
            words.extend(line.split_ascii_whitespace());
        }
    }
    words
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

    #[test]
    fn netrc_entries_are_read() {
        let text = "# mine\nmachine index.test login me password one\nmacdef init\nmachine x login y\n\n\
                    machine other.test\n  login you\n  account none\n  password two\n\
                    default login any password three\n";
        let named = |name: &str| Machine::Named(name.to_owned());
        assert_eq!(
            read_netrc(text),
            [
                (named("index.test"), login("me", "one")),
                (named("other.test"), login("you", "two")),
                (Machine::Any, login("any", "three")),
            ]
        );
    }

    fn logins(places: &[(&str, &str)]) -> Logins {
        let places = places.iter();
        Logins {
            of_places: places
                .map(|(place, user)| (url(place), login(user, "pw")))
                .collect(),
            of_machines: vec![
                (
                    Machine::Named("index.test".to_owned()),
                    login("first", "pw"),
                ),
                (
                    Machine::Named("index.test".to_owned()),
                    login("second", "pw"),
                ),
            ],
        }
    }

    fn user<'l>(logins: &'l Logins, text: &str, user: Option<&str>, listed_by: &str) -> &'l str {
        let login = logins.of(&url(text), user, listed_by);
        login.map_or("", |login| &login.user)
    }

    #[test]
    fn a_login_goes_to_its_own_origin_only() {
        let logins = logins(&[("https://files.test/simple", "me")]);
        assert_eq!(
            user(&logins, "https://files.test/simple/a/", None, ""),
            "me"
        );
        for other in [
            "http://files.test/",
            "https://files.test:8443/",
            "https://other.test/",
        ] {
            assert_eq!(user(&logins, other, None, ""), "", "{other}");
        }
    }

    /// Two repositories of one server, each with a login of its own.
    #[test]
    fn each_of_several_logins_goes_to_its_own_paths() {
        let logins = logins(&[
            ("https://files.test/one/simple", "one"),
            ("https://files.test/two/simple", "two"),
        ]);
        for (text, listed_by, expected) in [
            ("https://files.test/one/simple/a/", "", "one"),
            ("https://files.test/two/files/a.whl", "", "two"),
            (
                "https://files.test/store/a.whl",
                "https://files.test/two/simple",
                "two",
            ),
            ("https://files.test/store/a.whl", "", ""),
        ] {
            assert_eq!(user(&logins, text, None, listed_by), expected, "{text}");
        }
        let text = "https://files.test/store/a.whl";
        assert_eq!(user(&logins, text, Some("two"), ""), "two");
    }

    #[test]
    fn netrc_has_the_password_of_a_user_whom_the_url_names() {
        let logins = logins(&[]);
        assert_eq!(user(&logins, "https://index.test/", None, ""), "first");
        assert_eq!(
            user(&logins, "https://index.test/", Some("second"), ""),
            "second"
        );
        assert_eq!(user(&logins, "https://index.test/", Some("third"), ""), "");
    }
}
