//! The environment variables of a build.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use super::visible_paths::rust_toolchains;

/// What a build may know of the environment: where programs and compilers are and their settings. No
/// credentials, no configuration of Python or pip.
const PASSED_ON: [&str; 22] = [
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "CC",
    "CXX",
    "AR",
    "LD",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "PKG_CONFIG_PATH",
    "RUSTFLAGS",
    "ARCHFLAGS",
    "MACOSX_DEPLOYMENT_TARGET",
    "SDKROOT",
    "DEVELOPER_DIR",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "PROGRAMFILES",
];

/// The variables of every command, with `home` and `temporary` as the command sees them.
pub(super) fn variables(home: &Path, temporary: &Path) -> Vec<(OsString, OsString)> {
    let passed_on = PASSED_ON.iter();
    let passed_on = passed_on.filter_map(|name| Some((name.into(), env::var_os(name)?)));
    let own = [
        ("HOME", home.as_os_str()),
        ("USERPROFILE", home.as_os_str()),
        ("TMPDIR", temporary.as_os_str()),
        ("TEMP", temporary.as_os_str()),
        ("TMP", temporary.as_os_str()),
        ("TZ", "UTC".as_ref()),
        ("PYTHONDONTWRITEBYTECODE", "1".as_ref()),
        // Backends may write sets in the order of their hashes.
        ("PYTHONHASHSEED", "0".as_ref()),
        ("PYTHONIOENCODING", "utf-8".as_ref()),
        ("PYTHONNOUSERSITE", "1".as_ref()),
    ];
    let own = own.map(|(name, value)| (name.into(), value.to_owned()));
    let rust = rust_toolchains().map(|folder| ("RUSTUP_HOME".into(), folder.into_os_string()));
    passed_on.chain(own).chain(rust).collect()
}
