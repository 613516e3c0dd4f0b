//! A Git repository that a requirement names, checked out at one commit.
//!
//! `git` on `PATH` takes it, with the logins that the user has set up there. It runs no hook, takes
//! submodules only where the URL asks for them, and no file of Git LFS. <https://pip.pypa.io/en/stable/topics/vcs-support/>

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::git::git;

/// What a URL of a Git repository begins with.
const SCHEME: &str = "git+";
/// How `git` may be told to reach a repository.
const SCHEMES: [&str; 5] = ["https", "ssh", "file", "http", "git"];
/// Where branches come to be in a checkout.
const BRANCHES: &str = "refs/remotes/origin/";

/// What a fragment says of a repository whose submodules are wanted.
const SUBMODULES: &str = "submodules=true";

/// A repository as `git+URL@REFERENCE#subdirectory=FOLDER&submodules=true` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitUrl {
    /// What `git` is given, with the login that the URL has.
    url: String,
    reference: Option<String>,
    subdirectory: Option<PathBuf>,
    has_submodules: bool,
}

/// Why a repository cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {reason}")]
pub struct RepositoryError {
    /// The URL, without a login.
    pub url: String,
    /// Why.
    pub reason: String,
}

/// A working tree of a repository.
#[derive(Debug)]
pub struct Checkout {
    /// The full digest of the commit.
    pub commit: String,
    /// The folder to build.
    pub folder: PathBuf,
    /// Whether it names submodules that the URL does not ask for.
    pub lacks_submodules: bool,
}

impl GitUrl {
    /// Reads a URL that begins with `git+`; `None` where it is another one.
    ///
    /// # Errors
    ///
    /// Returns [`RepositoryError`] where a part of it cannot be used.
    pub fn parse(text: &str) -> Option<Result<Self, RepositoryError>> {
        text.strip_prefix(SCHEME).map(Self::read)
    }

    fn read(text: &str) -> Result<Self, RepositoryError> {
        let (place, fragment) = text.split_once('#').unwrap_or((text, ""));
        let start = place.find("://").map_or(0, |at| at + 3);
        let path = place[start..]
            .find('/')
            .map_or(place.len(), |at| start + at);
        let (url, reference) = match place[path..].rfind('@') {
            Some(at) => (&place[..path + at], Some(&place[path + at + 1..])),
            None => (place, None),
        };
        let reference = reference.filter(|reference| !reference.is_empty());
        let mut read = Self {
            url: url.to_owned(),
            reference: reference.map(str::to_owned),
            subdirectory: None,
            has_submodules: fragment.split('&').any(|part| part == SUBMODULES),
        };
        if start == 0 || url.starts_with('-') {
            return Err(read.error("expected `git+https://HOST/PATH@REFERENCE`"));
        }
        if reference.is_some_and(|reference| reference.starts_with('-')) {
            return Err(read.error("a reference does not begin with `-`"));
        }
        let scheme = url.split("://").next().unwrap_or_default();
        if !SCHEMES.contains(&scheme) {
            let all = SCHEMES.map(|scheme| format!("{SCHEME}{scheme}"));
            let wrong = format!(
                "`{SCHEME}{scheme}` is not read; there are {}",
                all.join(", ")
            );
            return Err(read.error(&wrong));
        }
        for part in fragment.split('&').filter(|part| !part.is_empty()) {
            let folder = match part.split_once('=') {
                Some(("subdirectory", folder)) => folder,
                Some(("egg", _) | ("submodules", "true" | "false")) => continue,
                _ => return Err(read.error(&unknown_part(part))),
            };
            let folder = Path::new(folder);
            if !folder
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
            {
                return Err(read.error("`subdirectory` names a folder outside of the repository"));
            }
            read.subdirectory = Some(folder.to_owned());
        }
        Ok(read)
    }

    /// The branch, tag or commit that it names.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The same repository at another reference.
    #[must_use]
    pub fn at(&self, reference: &str) -> Self {
        Self {
            reference: Some(reference.to_owned()),
            ..self.clone()
        }
    }

    /// Whether it names the same folder of the same repository, at whatever reference.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let place = |url: &Self| {
            let folder = url.subdirectory.clone();
            (without_login(&url.url), folder, url.has_submodules)
        };
        place(self) == place(other)
    }

    /// Checks it out in an empty folder.
    ///
    /// # Errors
    ///
    /// Returns [`RepositoryError`] where `git` fails, or there is no such reference.
    pub fn check_out(&self, folder: &Path) -> Result<Checkout, RepositoryError> {
        self.run(folder, &["init", "-q", "--template="])?;
        let all = [
            "+HEAD:refs/remotes/origin/HEAD",
            "+refs/heads/*:refs/remotes/origin/*",
            "+refs/tags/*:refs/tags/*",
        ];
        self.run(
            folder,
            &[
                &["fetch", "-q", "--no-recurse-submodules", &self.url][..],
                &all,
            ]
            .concat(),
        )?;
        let commit = match &self.reference {
            None => commit_of(folder, "refs/remotes/origin/HEAD"),
            Some(reference) => self.find(folder, reference)?,
        };
        let Some(commit) = commit else {
            let reference = self.reference.as_deref().unwrap_or("HEAD");
            return Err(self.error(&format!("it has no branch, tag or commit `{reference}`")));
        };
        self.run(folder, &["checkout", "-q", "--detach", &commit])?;
        let names_submodules = folder.join(".gitmodules").exists();
        if self.has_submodules && names_submodules {
            self.take_submodules(folder)?;
        }
        let own = match &self.subdirectory {
            Some(subdirectory) => folder.join(subdirectory),
            None => folder.to_owned(),
        };
        if !own.is_dir() {
            return Err(self.error("it has no folder that `subdirectory` names"));
        }
        Ok(Checkout {
            commit,
            lacks_submodules: names_submodules && !self.has_submodules,
            folder: own,
        })
    }

    /// Checks out the submodules at the commits that the repository records, and theirs.
    fn take_submodules(&self, folder: &Path) -> Result<(), RepositoryError> {
        // Git takes no submodule from a path of this machine, which a repository elsewhere could name.
        let is_local = self.url.starts_with("file://");
        let local = is_local.then_some(["-c", "protocol.file.allow=always"]);
        let local = local.as_ref().map_or(&[][..], |words| words);
        let update = ["submodule", "--quiet", "update", "--init", "--recursive"];
        self.run(folder, &[local, &update].concat())
    }

    /// The commit of a reference: a branch, a tag, or a commit, which may be on no branch.
    fn find(&self, folder: &Path, reference: &str) -> Result<Option<String>, RepositoryError> {
        let named = [
            format!("{BRANCHES}{reference}"),
            format!("refs/tags/{reference}"),
        ];
        let is_digest = reference.len() >= 7 && reference.chars().all(|c| c.is_ascii_hexdigit());
        let digest = is_digest.then(|| reference.to_owned());
        let known = || {
            let mut names = named.iter().chain(&digest);
            names.find_map(|name| commit_of(folder, name))
        };
        if let Some(commit) = known() {
            return Ok(Some(commit));
        }
        self.run(
            folder,
            &[
                "fetch",
                "-q",
                "--no-recurse-submodules",
                &self.url,
                reference,
            ],
        )?;
        Ok(known().or_else(|| commit_of(folder, "FETCH_HEAD")))
    }

    fn run(&self, folder: &Path, arguments: &[&str]) -> Result<(), RepositoryError> {
        let mut command = git(folder, arguments);
        command.env("GIT_LFS_SKIP_SMUDGE", "1");
        if std::env::var_os("GIT_SSH_COMMAND").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        let output = command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.error("`git` is not on PATH"),
            _ => self.error(&format!("git: {error}")),
        })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        Err(self.error(&format!("git failed: {}", lines.join("; "))))
    }

    /// An error whose text does not have the login of the URL.
    fn error(&self, reason: &str) -> RepositoryError {
        let mut reason = reason.replace(&self.url, &without_login(&self.url));
        for secret in secrets(&self.url) {
            reason = reason.replace(secret, "***");
        }
        RepositoryError {
            url: self.to_string(),
            reason: reason.replace(char::is_control, " "),
        }
    }
}

/// That a part of a fragment means nothing: a misspelled one would be left out.
fn unknown_part(part: &str) -> String {
    let part: String = part.chars().take(80).collect();
    format!(
        "`#{part}` is not known; there are `#subdirectory=FOLDER`, `#submodules=true` and `#egg=NAME`, joined by `&`"
    )
}

/// As it was named, without a login; of the fragment, what decides which files are taken.
impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", without_login(&self.url))?;
        if let Some(reference) = &self.reference {
            write!(f, "@{reference}")?;
        }
        let folder = self.subdirectory.as_ref();
        let folder = folder.map(|folder| format!("subdirectory={}", folder.display()));
        let submodules = self.has_submodules.then(|| SUBMODULES.to_owned());
        let parts: Vec<String> = folder.into_iter().chain(submodules).collect();
        match &parts[..] {
            [] => Ok(()),
            parts => write!(f, "#{}", parts.join("&")),
        }
    }
}

/// The full digest of the commit that a name stands for.
fn commit_of(folder: &Path, name: &str) -> Option<String> {
    let name = format!("{name}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "-q", "--end-of-options", &name];
    let output = git(folder, &arguments).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| commit.trim().to_owned())
}

/// The parts of a login that must not be shown. The user of SSH is part of the address and has a name such
/// as `git`, which stands in every message.
fn secrets(url: &str) -> Vec<&str> {
    let parts = login(url).into_iter().flat_map(|login| login.split(':'));
    let is_ssh = url.starts_with("ssh://");
    let parts = parts.skip(usize::from(is_ssh));
    parts
        .filter(|part| !part.is_empty() && *part != "git")
        .collect()
}

/// What stands before the host.
fn login(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    authority.rsplit_once('@').map(|(login, _)| login)
}

/// The URL without its login, but for the user of SSH, who is part of the address.
fn without_login(url: &str) -> String {
    let Some(login) = login(url) else {
        return url.to_owned();
    };
    let user = login.split(':').next().unwrap_or_default();
    let kept = if url.starts_with("ssh://") {
        format!("{user}@")
    } else {
        String::new()
    };
    url.replacen(&format!("{login}@"), &kept, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> GitUrl {
        GitUrl::parse(text).unwrap().unwrap()
    }

    #[test]
    fn messages_hold_no_login_and_stay_readable() {
        for (url, said, shown) in [
            (
                "git+ssh://git@git.test/b.git",
                "git failed: ssh://git@git.test/b.git is not a git repository",
                "git failed: ssh://git@git.test/b.git is not a git repository",
            ),
            (
                "git+https://git:tok3n@git.test/b.git",
                "git failed: https://git:tok3n@git.test/b.git: tok3n is not valid",
                "git failed: https://git.test/b.git: *** is not valid",
            ),
            (
                "git+https://tok3n@git.test/b.git",
                "git failed for tok3n",
                "git failed for ***",
            ),
            ("git+ssh://git:pw99@git.test/b", "pw99", "***"),
        ] {
            assert_eq!(parse(url).error(said).reason, shown);
        }
    }

    #[test]
    fn urls_are_read_and_shown_without_logins() {
        for (text, url, reference, shown) in [
            (
                "git+https://git.test/a/b.git",
                "https://git.test/a/b.git",
                None,
                "git+https://git.test/a/b.git",
            ),
            (
                "git+https://me:tok@git.test/b@v1.0#egg=b",
                "https://me:tok@git.test/b",
                Some("v1.0"),
                "git+https://git.test/b@v1.0",
            ),
            (
                "git+ssh://git@git.test/b.git@main#subdirectory=x/y",
                "ssh://git@git.test/b.git",
                Some("main"),
                "git+ssh://git@git.test/b.git@main#subdirectory=x/y",
            ),
            (
                "git+https://git.test/b@main#egg=b&submodules=true&subdirectory=x",
                "https://git.test/b",
                Some("main"),
                "git+https://git.test/b@main#subdirectory=x&submodules=true",
            ),
            (
                "git+file:///srv/b@feature/x",
                "file:///srv/b",
                Some("feature/x"),
                "git+file:///srv/b@feature/x",
            ),
        ] {
            let read = parse(text);
            assert_eq!(
                (&*read.url, read.reference(), &*read.to_string()),
                (url, reference, shown)
            );
        }
        assert!(GitUrl::parse("https://git.test/b").is_none());
        for wrong in [
            "git+b",
            "git+https://git.test/b@--upload-pack=x",
            "git+https://git.test/b#subdirectory=../x",
        ] {
            assert!(GitUrl::parse(wrong).unwrap().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_known_says_what_there_is() {
        let why = |text: &str| GitUrl::parse(text).unwrap().unwrap_err().reason;
        assert_eq!(
            why("git+ftp://git.test/b"),
            "`git+ftp` is not read; there are git+https, git+ssh, git+file, git+http, git+git"
        );
        assert_eq!(
            why("git+https://git.test/b#subdirectry=x"),
            "`#subdirectry=x` is not known; there are `#subdirectory=FOLDER`, `#submodules=true` and `#egg=NAME`, \
             joined by `&`"
        );
        for part in ["submodules=yes", "lfs=true", "main"] {
            let text = format!("git+https://git.test/b#egg=b&{part}");
            assert!(
                why(&text).starts_with(&format!("`#{part}` is not known")),
                "{part}"
            );
        }
        assert!(parse("git+https://git.test/b#").subdirectory.is_none());
    }

    #[test]
    fn the_same_place_is_recognised_at_another_reference_and_without_a_login() {
        let one = parse("git+https://me:tok@git.test/b@main#subdirectory=x");
        assert!(one.is_same_place(&parse("git+https://git.test/b@abc#subdirectory=x")));
        assert!(!one.is_same_place(&parse("git+https://git.test/b@main")));
    }

    #[test]
    fn no_login_is_in_an_error() {
        let error = parse("git+https://me:s3cret@git.test/b")
            .error("cannot reach https://me:s3cret@git.test/b as me");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
