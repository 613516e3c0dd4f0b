//! The command line by which Bubblewrap sets up a sandbox.
//!
//! <https://github.com/containers/bubblewrap>

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::setup_file::{INSIDE, PASSWD, Setup, TEMPORARY, USER};

/// Bubblewrap on `PATH`.
pub(super) fn find() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut programs = env::split_paths(&folders).map(|folder| folder.join("bwrap"));
    programs.find(|program| program.is_absolute() && program.is_file())
}

/// The arguments that set up what `setup` says, for the command that follows them.
///
/// # Errors
///
/// Returns an error where the user database of the build cannot be written.
pub(super) fn arguments(setup: &Setup) -> io::Result<Vec<OsString>> {
    let user = USER.to_string();
    let mut words: Vec<OsString> = [
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--uid",
        &user,
        "--gid",
        &user,
        "--hostname",
        "build",
        "--proc",
        "/proc",
        "--ro-bind",
        "/proc/sys",
        "/proc/sys",
        "--dev",
        "/dev",
    ]
    .map(OsString::from)
    .into();
    let passwd = setup.root.with_extension("passwd");
    fs::write(&passwd, PASSWD)?;
    let mut mount = |how: &str, from: &Path, to: &Path| {
        words.extend([how.into(), from.into(), to.into()]);
    };
    mount("--bind", &setup.folder, Path::new(INSIDE));
    mount("--bind", &setup.folder.join(TEMPORARY), Path::new("/tmp"));
    mount("--ro-bind", &passwd, Path::new("/etc/passwd"));
    for shown in &setup.shown {
        match link_at_the_top(shown) {
            Some(target) => mount("--symlink", &target, shown),
            None => mount("--ro-bind", shown, shown),
        }
    }
    words.extend([
        "--chdir".into(),
        setup.current_dir.clone().into(),
        "--".into(),
    ]);
    Ok(words)
}

/// Where a link such as `/bin` leads, which has to be a link in the sandbox too.
pub(super) fn link_at_the_top(path: &Path) -> Option<PathBuf> {
    let is_at_the_top = path.parent() == Some(Path::new("/"));
    is_at_the_top.then(|| fs::read_link(path).ok()).flatten()
}
