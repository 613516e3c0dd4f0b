//! Logins from the `keyring` command line, as pip's and uv's subprocess provider ask for them.
//!
//! It is asked once a login is refused: for the password of the user that a URL names, or for user and
//! password. Backends of cloud services (`keyrings.codeartifact`, `keyrings.google-artifactregistry-auth`,
//! `artifacts-keyring`) are reached in the same way.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use super::Login;
use crate::single_flight::SingleFlight;

/// How long the command may take: a person may have to unlock the keyring first.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is looked whether the command has ended.
const POLL: Duration = Duration::from_millis(20);

/// The logins that the keyring has been asked for.
pub(super) struct Keyring {
    is_used: bool,
    answers: SingleFlight<Question, Option<Login>>,
}

/// A service, and the user whose password is wanted; without one, the user is wanted, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    service: Url,
    user: Option<String>,
}

impl Keyring {
    /// One that is asked only if `is_used`.
    pub(super) fn new(is_used: bool) -> Self {
        Self {
            is_used,
            answers: SingleFlight::default(),
        }
    }

    /// The login for `service` that the keyring has given before.
    pub(super) fn known(&self, service: &Url, user: Option<&str>) -> Option<Login> {
        self.answers.known(&Question::of(service, user)).flatten()
    }

    /// The login for `service`, if the keyring has one.
    pub(super) async fn login(&self, service: &Url, user: Option<&str>) -> Option<Login> {
        if !self.is_used {
            return None;
        }
        let question = Question::of(service, user);
        let asked = question.clone();
        let ask = async {
            let answer = tokio::task::spawn_blocking(move || asked.ask());
            answer.await.unwrap_or_default()
        };
        self.answers.get_or(&question, ask).await
    }
}

impl Question {
    fn of(service: &Url, user: Option<&str>) -> Self {
        Self {
            service: service.clone(),
            user: user.map(str::to_owned),
        }
    }

    /// Asks for the URL, then for the host alone: both are ways in which passwords are stored.
    fn ask(&self) -> Option<Login> {
        for service in self.services() {
            let output = match &self.user {
                Some(user) => run(&["get", &service, user]),
                None => run(&["--mode", "creds", "get", &service]),
            };
            match output {
                Ok(text) => {
                    if let Some(login) = text.and_then(|text| self.read(&text)) {
                        return Some(login);
                    }
                }
                Err(error) => {
                    if error.kind() != io::ErrorKind::NotFound {
                        tracing::warn!("keyring cannot be asked for a login: {error}");
                    }
                    return None;
                }
            }
        }
        None
    }

    /// Reads the password, or the user and the password, one a line.
    fn read(&self, text: &str) -> Option<Login> {
        let mut lines = text.lines();
        let user = match &self.user {
            Some(user) => user.clone(),
            None => lines.next()?.to_owned(),
        };
        let password = lines.next().filter(|password| !password.is_empty())?;
        Some(Login {
            user,
            password: Some(password.to_owned()),
        })
    }

    /// The names under which a password for a URL may be stored: the URL, with and without a slash at
    /// its end, and `HOST[:PORT]`.
    fn services(&self) -> Vec<String> {
        let url = self.service.as_str();
        let bare = url.trim_end_matches('/');
        let other = if bare == url {
            format!("{url}/")
        } else {
            bare.to_owned()
        };
        let mut services = vec![url.to_owned(), other];
        if let Some(host) = self.service.host_str() {
            let port = self.service.port();
            services.push(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        }
        services
    }
}

/// What `keyring` prints; `None` if it fails.
fn run(arguments: &[&str]) -> io::Result<Option<String>> {
    let mut child = Command::new("keyring")
        .args(arguments)
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if begun.elapsed() > PATIENCE => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "it does not answer",
                ));
            }
            None => std::thread::sleep(POLL),
        }
    };
    let mut text = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut text)?;
    }
    Ok(status.success().then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_looked_up_by_url_and_by_host() {
        let url = Url::parse("https://index.test:8443/simple").unwrap();
        assert_eq!(
            Question::of(&url, None).services(),
            [
                "https://index.test:8443/simple",
                "https://index.test:8443/simple/",
                "index.test:8443"
            ]
        );
    }

    #[test]
    fn user_and_password_are_a_line_each() {
        let url = Url::parse("https://index.test/simple").unwrap();
        let read = |user: Option<&str>, text: &str| {
            let login = Question::of(&url, user).read(text)?;
            Some((login.user, login.password?))
        };
        let login = Some(("me".to_owned(), "p w".to_owned()));
        assert_eq!(read(None, "me\r\np w\r\n"), login);
        assert_eq!(read(Some("me"), "p w\n"), login);
        assert_eq!(read(None, "me\n"), None);
        assert_eq!(read(Some("me"), "\n"), None);
    }
}
