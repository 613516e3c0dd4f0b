//! Hints after a failed build, recognised in its output.

use harden_requirements::Requirement;

/// C libraries and programs, by what the output of a build without them has: what is missing, and the
/// package of Debian that has it.
const LIBRARIES: [(&[&str], &str); 29] = [
    (&["libpq-fe.h", "pg_config"], "libpq-dev"),
    (
        &["pkg-config --exists mysqlclient", "mysql_config", "mysql.h"],
        "default-libmysqlclient-dev",
    ),
    (
        &["lber.h", "ldap.h", "sasl.h"],
        "libldap2-dev and libsasl2-dev",
    ),
    (&["krb5-config", "gssapi.h", "krb5.h"], "libkrb5-dev"),
    (&["libmemcached/"], "libmemcached-dev"),
    (&["xmlsec"], "libxmlsec1-dev"),
    (
        &["cairo.h", "\"cairo\" not found", "'cairo' not found"],
        "libcairo2-dev",
    ),
    (&["ffi.h"], "libffi-dev"),
    (
        &[
            "libxml2 and libxslt",
            "libxml/",
            "xslt-config",
            "xml2-config",
        ],
        "libxml2-dev and libxslt1-dev",
    ),
    (
        &["could not be found for jpeg", "jpeglib.h"],
        "libjpeg-dev and zlib1g-dev",
    ),
    (&["could not be found for zlib", "zlib.h"], "zlib1g-dev"),
    (&["curl-config", "curl/curl.h"], "libcurl4-openssl-dev"),
    (&["openssl/"], "libssl-dev"),
    (&["portaudio.h"], "portaudio19-dev"),
    (&["snappy-c.h", "snappy.h"], "libsnappy-dev"),
    (&["gdal-config", "gdal.h"], "libgdal-dev"),
    (&["geos-config", "geos_c.h"], "libgeos-dev"),
    (&["leveldb/"], "libleveldb-dev"),
    (&["hdf5.h"], "libhdf5-dev"),
    (&["magic.h"], "libmagic-dev"),
    (&["pcap.h"], "libpcap-dev"),
    (&["libsystemd", "systemd/sd-"], "libsystemd-dev"),
    (&["dbus-1", "dbus/dbus.h"], "libdbus-1-dev"),
    (
        &["gobject-introspection", "girepository"],
        "libgirepository1.0-dev",
    ),
    (&["alsa/asoundlib.h"], "libasound2-dev"),
    (&["bluetooth/bluetooth.h"], "libbluetooth-dev"),
    (&["X11/"], "libx11-dev"),
    (&["'apxs' command", "apxs: not found"], "apache2-dev"),
    (&["Python.h"], "build-essential and python3-dev"),
];

/// Other causes, by what the output has.
const CAUSES: [(&[&str], &str); 11] = [
    (
        &["No module named 'pkg_resources'"],
        "setuptools 82 removed pkg_resources: `build-constraints = [\"setuptools<82\"]` in the \
         configuration builds with an older one",
    ),
    (
        &["use_2to3 is invalid"],
        "setuptools 58 removed use_2to3: `build-constraints = [\"setuptools<58\"]` in the \
         configuration builds with an older one",
    ),
    (
        &[
            "No module named 'distutils'",
            "\"distutils\" standard module",
            "No module named 'imp'",
            "has no attribute 'ImpImporter'",
        ],
        "Python 3.12 removed distutils and imp, 3.11 and 3.10 parts of them: build with an older Python \
         (such as --python 3.9)",
    ),
    (
        &[
            "has no attribute 'SafeConfigParser'",
            "has no attribute 'readfp'",
        ],
        "Python 3.12 removed what its setup code calls: build with an older Python (--python 3.11)",
    ),
    (
        &[
            "longintrepr.h",
            "‘PyThreadState’",
            "‘PyFrameObject’",
            "‘PyTypeObject’",
            "_PyGC_FINALIZED",
            "UsingDeprecatedTrashcanMacro",
            "_PyUnicode_",
        ],
        "its native code is for an older Python: lock a newer release, or for an older Python, which then \
         builds it (--platform …-cp310)",
    ),
    (
        &["Missing parentheses in call to 'print'", "invalid syntax"],
        "its setup code is written for Python 2, or for a newer Python than the one of --python",
    ),
    (
        &[
            "Temporary failure in name resolution",
            "Could not resolve host",
            "Name or service not known",
            "failed to download",
            "Network is unreachable",
            // The step of CMake's ExternalProject.
            "-download /harden-build",
        ],
        "its build needs the network, and builds have none: lock a release with wheels, or give \
         a folder with a wheel built elsewhere (--find-links)",
    ),
    (
        &["find Rust compiler", "cargo: not found", "'cargo'", "rustc"],
        "it has native code in Rust: install a Rust compiler",
    ),
    (
        &[
            "No such file or directory: 'gcc'",
            "command 'gcc' failed: No such file",
            "No such file or directory: 'cc'",
        ],
        "it has native code: install a C compiler and the headers of Python (Debian: build-essential \
         and python3-dev)",
    ),
    (
        &[
            ".h: No such file or directory",
            "_config executable not found",
            "pkg-config",
            "cannot find -l",
        ],
        "it needs a C library that is not installed: install its development package (Debian: \
         lib…-dev), or lock a release or a sibling package that has wheels",
    ),
    (
        &["No module named"],
        "its setup code imports a module that it does not declare as a build requirement; an older or \
         newer release may declare it",
    ),
];

/// What the last lines of a failed build call for.
pub(super) fn advice(said: &[String]) -> String {
    let has = |part: &&str| said.iter().any(|line| line.contains(part));
    let mut libraries = LIBRARIES.iter();
    if let Some((_, package)) = libraries.find(|(parts, _)| parts.iter().any(has)) {
        return format!("it needs a library or program that is not installed (Debian: {package})");
    }
    let mut causes = CAUSES.iter();
    let found = causes.find(|(parts, _)| parts.iter().any(has));
    let advice = found.map_or(
        "the build may need another interpreter (--python), a compiler or libraries; a wheel built \
         elsewhere can be locked from a folder given with --find-links",
        |(_, advice)| advice,
    );
    advice.to_owned()
}

/// The build requirement with which a build may succeed that failed with these last lines: the last
/// release of a tool before it removed what the setup code uses.
pub(super) fn older_tool(said: &[String]) -> Option<Requirement> {
    let has = |part: &str| said.iter().any(|line| line.contains(part));
    let older = match () {
        () if has("No module named 'pkg_resources'") => "setuptools<82",
        () if has("use_2to3 is invalid") => "setuptools<58",
        () => return None,
    };
    older.parse().ok()
}

/// The lines that say why, at most `most`: the last ones from the first error on, without the frames
/// of tracebacks and what compilers and build tools say beside their errors.
pub(super) fn telling(said: &[String], most: usize) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut frame = None;
    // scikit-build ends with the command lines of CMake, which has told before what failed.
    let told = |line: &&String| !line.contains("An error occurred while building with CMake.");
    for line in said.iter().take_while(told) {
        let text = line.trim();
        let depth = line.len() - line.trim_start().len();
        if frame.is_some_and(|frame| depth > frame) {
            continue;
        }
        let is_frame = text.starts_with("File \"");
        frame = is_frame.then_some(depth);
        if !is_frame && !is_noise(text) {
            kept.push(text);
        }
    }
    if kept.is_empty() {
        kept.extend(said.iter().map(|line| line.trim()));
    }
    let is_error = |line: &&str| {
        let words = ["rror", "ERROR", "FAILED: ", "xception", "cannot"];
        !line.contains("Warning") && words.iter().any(|word| line.contains(word))
    };
    let first = kept.iter().position(is_error).unwrap_or(0);
    let from = kept.len().saturating_sub(most).max(first);
    kept.split_off(from)
}

/// What compilers say beside their errors.
const COMPILERS_SAY: [&str; 3] = [": warning: ", ": note: each undeclared", ": In function ‘"];

fn is_noise(line: &str) -> bool {
    const BEGINS: [&str; 7] = [
        "ninja: build stopped",
        "Traceback (most recent",
        "compilation terminated",
        "In file included from",
        "warnings.warn(",
        "error: Command '[",
        "error: command '/",
    ];
    let is_mark = |c: char| "^~|*-! ".contains(c);
    let is_number = |c: char| c.is_ascii_digit() || c == ' ';
    line.chars().all(is_mark)
        || line.trim_start_matches(is_number).starts_with('|')
        || BEGINS.iter().any(|begin| line.starts_with(begin))
        || COMPILERS_SAY.iter().any(|part| line.contains(part))
        || line.contains("UserWarning:")
        || line.contains("DeprecationWarning:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_output_of_a_build() {
        for (line, part) in [
            (
                "ModuleNotFoundError: No module named 'pkg_resources'",
                "setuptools<82",
            ),
            (
                "error in X setup command: use_2to3 is invalid.",
                "setuptools<58",
            ),
            (
                "ModuleNotFoundError: No module named 'distutils'",
                "Python 3.12",
            ),
            (
                "ModuleNotFoundError: No module named 'numpy'",
                "does not declare",
            ),
            (
                "fatal error: Python.h: No such file or directory",
                "python3-dev",
            ),
            (
                "fatal error: libmemcached/memcached.h: No such file or directory",
                "libmemcached-dev",
            ),
            ("fatal error: rare.h: No such file or directory", "lib…-dev"),
            (
                "Command 'krb5-config --libs gssapi' returned non-zero exit status 127.",
                "libkrb5-dev",
            ),
            (
                "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
                "builds have none",
            ),
            (
                "FAILED: x-prefix/src/x-stamp/x-download /harden-build/x",
                "builds have none",
            ),
            ("something else", "--python"),
        ] {
            let advice = advice(&[line.to_owned()]);
            assert!(advice.contains(part), "{line}: {advice}");
        }
    }

    #[test]
    fn the_relevant_lines_are_kept() {
        let said = "    Traceback (most recent call last):\n      File \"setup.py\", line 1\n        \
                    run()\n        ^^^^^\n      File \"lib.py\", line 2, in run\n        raise \
                    E\n    Exception: no such library\n    look there\n    src/a.h:42:10: fatal error: \
                    b.h: No such file or directory\n    src/a.h:50:1: warning: old [-Wold]\n       42 | #include <b.h>\n          |          \
                    ^~~~~\n    compilation terminated.\n    error: Command '['gcc', '-c']' returned 1.";
        let said: Vec<String> = said.lines().map(str::to_owned).collect();
        assert_eq!(
            telling(&said, 9),
            [
                "Exception: no such library",
                "look there",
                "src/a.h:42:10: fatal error: b.h: No such file or directory",
            ]
        );
        let last = ["src/a.h:42:10: fatal error: b.h: No such file or directory"];
        assert_eq!(telling(&said, 1), last);
        let said = [
            "a.py:4: FutureWarning: an error soon",
            "warn(",
            "error: no",
            "see above",
        ];
        assert_eq!(
            telling(&said.map(str::to_owned), 9),
            ["error: no", "see above"]
        );
        assert_eq!(telling(&["^^^".to_owned()], 3), ["^^^"]);
        let said = [
            "FAILED: a.o",
            "cc -c a.c",
            "a.c:1: error: no",
            "ninja: build stopped: subcommand failed.",
            "An error occurred while building with CMake.",
            "  Command:",
        ];
        let told = ["FAILED: a.o", "cc -c a.c", "a.c:1: error: no"];
        assert_eq!(telling(&said.map(str::to_owned), 9), told);
    }
}
