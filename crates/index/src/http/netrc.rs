//! The netrc file, parsed like Python's `netrc` module does, and thus pip.
//!
//! Words are separated by white space; `"…"` holds white space, and a backslash makes the next character
//! part of the word. `user` is another word for `login`. Of several entries for one host the last counts,
//! unless the URL names a user; `default` counts where no entry names the host.
//! <https://docs.python.org/3/library/netrc.html>

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use super::Login;

/// The entries of a netrc file that have a login.
#[derive(Debug, Default)]
pub(super) struct Netrc {
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The host; `None` for `default`.
    machine: Option<String>,
    login: Login,
}

impl Netrc {
    /// Reads the file at `path`, else the one that `NETRC` names, else `.netrc` or `_netrc` in the home
    /// folder. A file that is missing or cannot be read has no entries.
    pub(super) fn read(path: Option<&Path>) -> Self {
        let path = path.map(Path::to_owned).or_else(usual_path);
        let text = path.and_then(|path| fs_err::read_to_string(path).ok());
        Self::parse(&text.unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut words = Words::of(text);
        while let Some(word) = words.next_keyword() {
            match &*word {
                "machine" => entries.push(Entry::of(words.next())),
                "default" => entries.push(Entry::of(None)),
                "macdef" => words.skip_macro(),
                "login" | "user" | "password" | "account" => {
                    let value = words.next().unwrap_or_default();
                    match (&*word, entries.last_mut()) {
                        ("login" | "user", Some(entry)) => entry.login.user = value,
                        ("password", Some(entry)) => entry.login.password = Some(value),
                        _ => {}
                    }
                }
                // git's helper and others have keywords of their own.
                _ => {}
            }
        }
        entries.retain(|entry| !entry.login.user.is_empty() || entry.login.password.is_some());
        Self { entries }
    }

    /// The login for `host`, of `user` where that is given.
    pub(super) fn login(&self, host: &str, user: Option<&str>) -> Option<&Login> {
        let host = host.trim_matches(['[', ']']);
        let is_named = |entry: &&Entry| {
            let machine = entry.machine.as_deref();
            machine
                .is_some_and(|machine| machine.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
        };
        let is_of_user = |entry: &&Entry| user.is_none_or(|user| entry.login.user == user);
        let named = || self.entries.iter().rev().filter(is_named);
        let default = self
            .entries
            .iter()
            .rev()
            .filter(|entry| entry.machine.is_none());
        let found = match named().next() {
            Some(_) => named().find(is_of_user),
            None => default.take(1).find(is_of_user),
        };
        found.map(|entry| &entry.login)
    }
}

/// Reads a netrc file and looks for a login.
pub(crate) fn read(text: &str) {
    let _ = Netrc::parse(text).login("files.test", None);
}

impl Entry {
    fn of(machine: Option<String>) -> Self {
        let login = Login {
            user: String::new(),
            password: None,
        };
        Self { machine, login }
    }
}

fn usual_path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("NETRC") {
        return Some(path.into());
    }
    let home = std::env::home_dir()?;
    let names = [".netrc", "_netrc"].into_iter();
    names
        .map(|name| home.join(name))
        .find(|path| path.is_file())
}

/// The words of a netrc file.
struct Words<'t> {
    rest: Peekable<Chars<'t>>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            rest: text
                .strip_prefix('\u{feff}')
                .unwrap_or(text)
                .chars()
                .peekable(),
        }
    }

    /// The next word where a keyword is due: a `#` there begins a comment, which ends with the line.
    fn next_keyword(&mut self) -> Option<String> {
        loop {
            self.skip_white_space();
            if self.rest.peek() != Some(&'#') {
                return self.next();
            }
            self.skip_line();
        }
    }

    fn skip_white_space(&mut self) {
        while self.rest.next_if(|c| is_white_space(*c)).is_some() {}
    }

    /// Skips the rest of a line; returns whether that was empty.
    fn skip_line(&mut self) -> bool {
        let mut is_empty = true;
        for c in self.rest.by_ref() {
            if c == '\n' {
                break;
            }
            is_empty &= c == '\r';
        }
        is_empty
    }

    /// Skips a macro: its name, and the lines up to the first empty one.
    fn skip_macro(&mut self) {
        self.skip_line();
        while self.rest.peek().is_some() {
            if self.skip_line() {
                return;
            }
        }
    }
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.skip_white_space();
        self.rest.peek()?;
        let is_quoted = self.rest.next_if_eq(&'"').is_some();
        let mut word = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                '"' if is_quoted => break,
                '\\' => word.extend(self.rest.next()),
                c if !is_quoted && is_white_space(c) => break,
                c => word.push(c),
            }
        }
        Some(word)
    }
}

fn is_white_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `USER:PASSWORD` of the login that `text` has for index.test.
    fn login(text: &str, user: Option<&str>) -> Option<String> {
        let netrc = Netrc::parse(text);
        let login = netrc.login("index.test", user)?;
        Some(format!(
            "{}:{}",
            login.user,
            login.password.as_deref().unwrap_or_default()
        ))
    }

    /// The expected values are what `netrc.netrc(FILE).authenticators("index.test")` of Python returns.
    #[test]
    fn netrc_is_read_as_python_does() {
        for (text, expected) in [
            ("machine index.test login me password pw", "me:pw"),
            (
                "machine index.test\n\tlogin me\r\n\tpassword pw\r\n",
                "me:pw",
            ),
            ("machine index.test user me password pw", "me:pw"),
            ("machine index.test password pw login me account x", "me:pw"),
            (
                r#"machine "index.test" login "me" password "p w\"\\x""#,
                r#"me:p w"\x"#,
            ),
            (r"machine index.test login me password p\ w\#", "me:p w#"),
            (r#"machine index.test login "" password pw"#, ":pw"),
            ("machine index.test login me password #pw", "me:#pw"),
            (
                "# ours\nmachine index.test # ours\n  login me # me\n  password pw",
                "me:pw",
            ),
            (
                "default login x password y\nmachine index.test login me password pw",
                "me:pw",
            ),
            (
                "machine other.test login me password pw\ndefault login x password y",
                "x:y",
            ),
            (
                "machine index.test login a password b\nmachine index.test login me password pw",
                "me:pw",
            ),
            (
                "macdef init\nmachine index.test login a password b\n\nmachine index.test login me password pw",
                "me:pw",
            ),
        ] {
            assert_eq!(login(text, None).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn of_several_entries_the_one_of_the_user_counts() {
        let text = "machine index.test login me password pw\n\
                    machine index.test login other password no\n\
                    default login any password x\n";
        assert_eq!(login(text, Some("me")).as_deref(), Some("me:pw"));
        assert_eq!(login(text, None).as_deref(), Some("other:no"));
        assert_eq!(login(text, Some("any")), None);
        assert_eq!(
            login("default login any password x", Some("any")).as_deref(),
            Some("any:x")
        );
    }

    #[test]
    fn files_without_a_login_for_the_host_have_none() {
        for text in [
            "",
            "machine",
            "machine index.test",
            "login me password pw",
            "index.test me pw",
        ] {
            assert_eq!(login(text, None), None, "{text}");
        }
    }

    #[test]
    fn unknown_keywords_are_ignored() {
        let text = "machine INDEX.test port 443 login me protocol https password pw";
        assert_eq!(login(text, None).as_deref(), Some("me:pw"));
    }

    #[test]
    fn an_address_of_ipv6_is_named_without_brackets() {
        let netrc = Netrc::parse("machine ::1 login me password pw");
        assert!(netrc.login("[::1]", None).is_some());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = Netrc::parse(&text);
        }
    }
}
