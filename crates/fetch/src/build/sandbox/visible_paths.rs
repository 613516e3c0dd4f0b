//! The paths outside of its own folder that a build sees: programs, libraries and headers of the system,
//! the interpreter, and the folders on `PATH`; none of the user's files.

use std::collections::BTreeSet;
use std::env;
use std::path::{Component, Path, PathBuf};

/// Where systems keep programs, libraries and headers; the last two are Nix's and Guix's.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
];

/// What programs read in `/etc` to find libraries, each other and the name of the distribution.
const ETC: [&str; 8] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld-musl-x86_64.path",
    "/etc/ld-musl-aarch64.path",
    "/etc/alternatives",
    "/etc/os-release",
    "/etc/debian_version",
];

/// Folders that are never shown as a whole, whatever names them.
const HIDDEN: [&str; 8] = [
    "/dev", "/etc", "/home", "/proc", "/root", "/run", "/tmp", "/var/tmp",
];

/// Variables that hold lists of folders a build may read.
const LISTS: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH"];

/// Files and folders that a build can read and not change, by the path they have everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    shown: BTreeSet<PathBuf>,
}

impl View {
    /// The view of a build by an interpreter that needs `folders` to run.
    pub fn new(folders: &[PathBuf]) -> Self {
        let system = SYSTEM.iter().chain(&ETC).map(PathBuf::from);
        let listed = LISTS.iter().filter_map(env::var_os);
        let listed: Vec<PathBuf> = listed
            .flat_map(|list| env::split_paths(&list).collect::<Vec<_>>())
            .filter(|folder| is_of_programs(folder, &private()))
            .collect();
        let all = system.chain(folders.iter().cloned()).chain(listed);
        let all = all.chain(rust_toolchains());
        let hidden: Vec<PathBuf> = HIDDEN.iter().map(PathBuf::from).collect();
        let shown = all.filter(|path| path.exists() && is_of_programs(path, &hidden));
        Self {
            shown: outermost(shown.collect()),
        }
    }

    /// What it shows, no path within another.
    pub fn shown(&self) -> impl Iterator<Item = &Path> {
        self.shown.iter().map(PathBuf::as_path)
    }
}

/// The folders whose content is a user's: home and the one `fetch` runs in.
fn private() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    home.into_iter().chain(env::current_dir().ok()).collect()
}

/// Whether a folder of a list is one of programs or libraries, not one that holds the user's files
/// and is on `PATH` by accident. Links are followed before folders are compared.
fn is_of_programs(folder: &Path, private: &[PathBuf]) -> bool {
    let is_plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    let real = real(folder);
    let is_above =
        |private: &PathBuf| private.starts_with(folder) || self::real(private).starts_with(&real);
    folder.is_absolute() && folder.components().all(is_plain) && !private.iter().any(is_above)
}

/// The path without links, if it exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Where rustup keeps its toolchains; `cargo` on `PATH` starts one of them.
pub(super) fn rust_toolchains() -> Option<PathBuf> {
    let named = env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let usual = || Some(PathBuf::from(env::var_os("HOME")?).join(".rustup"));
    named.or_else(usual).filter(|folder| folder.is_dir())
}

/// Drops what is within another path.
fn outermost(paths: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut kept = BTreeSet::<PathBuf>::new();
    // A path sorts before those within it.
    for path in paths {
        let mut above = path.ancestors().skip(1);
        if !above.any(|above| kept.contains(above)) {
            kept.insert(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_another_path_is_dropped() {
        let paths = [
            "/usr/bin",
            "/usr",
            "/usr-local",
            "/opt/python/3.11",
            "/usr/lib/x",
        ];
        let kept = outermost(paths.map(PathBuf::from).into());
        let kept: Vec<&str> = kept.iter().filter_map(|path| path.to_str()).collect();
        assert_eq!(kept, ["/opt/python/3.11", "/usr", "/usr-local"]);
    }

    #[test]
    fn a_folder_of_the_user_on_path_is_not_shown() {
        let private = ["/home/u", "/home/u/project"].map(PathBuf::from);
        for shown in [
            "/home/u/.cargo/bin",
            "/opt/tools/bin",
            "/home/u/project/bin",
        ] {
            assert!(is_of_programs(Path::new(shown), &private), "{shown}");
        }
        for hidden in [
            "/home/u",
            "/home",
            "/",
            "bin",
            "",
            "/home/u/project",
            "/opt/../home/u",
        ] {
            assert!(!is_of_programs(Path::new(hidden), &private), "{hidden}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_of_the_user_is_not_shown() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |name: &str| temporary.path().join(name);
        std::fs::create_dir_all(at("home/u/bin")).unwrap();
        std::os::unix::fs::symlink("home", at("link")).unwrap();
        let private = [at("home/u")];
        assert!(!is_of_programs(&at("link"), &private));
        assert!(!is_of_programs(&at("link/u"), &private));
        assert!(is_of_programs(&at("link/u/bin"), &private));
        // The home folder may itself be named by a link.
        let private = [at("link/u")];
        assert!(!is_of_programs(&at("home/u"), &private));
    }
}
