//! Runs `git` from `PATH`, without hooks of a repository and without prompts.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Settings of a repository or a user that would run programs or change what is checked out.
const SETTINGS: [&str; 7] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "advice.detachedHead=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "log.showSignature=false",
];

/// Variables by which `git` would work on another repository than the one in its folder. A hook or `git
/// rebase --exec` sets them for the programs that it runs.
const OTHER_REPOSITORY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
];

/// The parts of a repository that its versions and tags are read from: neither its configuration,
/// which may hold credentials, nor its hooks.
const HISTORY: [&str; 6] = ["HEAD", "index", "packed-refs", "shallow", "objects", "refs"];

/// The largest history that is copied for a build, in bytes. That of `CPython` has 700 MB.
const LARGEST_HISTORY: u64 = 1 << 30;

/// The configuration that takes the place of the repository's own.
pub(super) const CONFIGURATION: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";

/// `git` at work in `folder`.
pub(super) fn git<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new("git");
    for variable in OTHER_REPOSITORY {
        command.env_remove(variable);
    }
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// The answer of `git`, if it is there and has one.
fn asked(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = git(folder, arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The files of a working tree below `folder`, relative to it, without those that are ignored, and with
/// those of the submodules that are checked out; `None` where it is not in a working tree.
pub(super) fn files(folder: &Path) -> Option<Vec<PathBuf>> {
    let own = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let tracked = ["ls-files", "-z", "--cached", "--recurse-submodules"];
    let mut listed = asked(folder, &own)?;
    listed.extend(asked(folder, &tracked)?);
    let names = listed.split(|byte| *byte == 0);
    let names = names.filter(|name| !name.is_empty()).map(path);
    let names: Option<Vec<PathBuf>> = names.collect();
    // A folder that is ignored as a whole is still a project.
    names.filter(|names| !names.is_empty())
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere names must be UTF-8")]
fn path(name: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(name).into())
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(name).ok().map(PathBuf::from)
}

/// When the commit that is checked out was made, in seconds since 1970.
pub(super) fn moment(folder: &Path) -> Option<u64> {
    let said = asked(folder, &["log", "-1", "--format=%ct"])?;
    std::str::from_utf8(&said).ok()?.trim().parse().ok()
}

/// The files of the repository whose working tree begins in `folder`, relative to it, that determine its
/// history; none where it is too large.
pub(super) fn history(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut size = 0;
    let mut unread: Vec<PathBuf> = HISTORY.map(|part| Path::new(".git").join(part)).into();
    while let Some(path) = unread.pop() {
        let Ok(metadata) = fs::symlink_metadata(folder.join(&path)) else {
            continue;
        };
        if metadata.is_dir() {
            let entries = fs::read_dir(folder.join(&path)).into_iter().flatten();
            unread.extend(entries.flatten().map(|entry| path.join(entry.file_name())));
        } else if metadata.is_file() {
            size += metadata.len();
            files.push(path);
        }
    }
    if size > LARGEST_HISTORY {
        tracing::debug!("the history is not copied for the build: it is too large ({size} bytes)");
        files.clear();
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_works_on_the_repository_in_its_folder() {
        let command = git(Path::new("x"), &["log"]);
        let removed: Vec<&OsStr> = command
            .get_envs()
            .filter_map(|(name, value)| value.is_none().then_some(name))
            .collect();
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            assert!(removed.contains(&OsStr::new(name)), "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let output = git(folder.path(), arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run(&["init", "-q"]);
        run(&["config", "log.showSignature", "true"]);
        let commit = "commit -q --allow-empty -m x --date @1000000000".split(' ');
        let commit: Vec<&str> = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
            .into_iter()
            .chain(commit)
            .collect();
        run(&commit);
        assert!(moment(folder.path()).is_some());
    }
}
