//! Options of pip, pip-compile and uv that harden does not have: each is answered by what does it here.

/// An option of another tool, and what to use instead.
const OPTIONS: [(&str, &str); 24] = [
    (
        "--no-header",
        "the header is what `harden check` and `fetch` work with, and is always written",
    ),
    ("--header", "the header is always written"),
    (
        "--python-version",
        "name the Python with the target, as in `-p manylinux2014_x86_64-cp312`, or with `--python 3.12`",
    ),
    (
        "--python-platform",
        "name the target, as in `-p manylinux2014_x86_64-cp312`; `harden targets` lists platforms",
    ),
    (
        "--platform-tag",
        "name the target, as in `-p manylinux2014_x86_64-cp312`",
    ),
    (
        "--implementation",
        "name the target, as in `-p manylinux2014_x86_64-cp312`",
    ),
    (
        "--abi",
        "name the target, as in `-p manylinux2014_x86_64-cp312`",
    ),
    (
        "--emit-index-url",
        "indexes given on the command line or in loose files are always written, without credentials",
    ),
    (
        "--no-emit-index-url",
        "indexes given on the command line or in loose files are always written, without credentials; set HARDEN_INDEX_URL or pip's configuration to leave them out",
    ),
    ("--emit-find-links", "link lists are always written"),
    (
        "--universal",
        "name each target: `-p manylinux2014_x86_64-cp312 -p win_amd64-cp312`; all share one strict file",
    ),
    (
        "--locked",
        "`harden check` says whether the lock is up to date",
    ),
    (
        "--frozen",
        "`harden check` says whether the lock is up to date",
    ),
    (
        "--check",
        "`harden check` says whether the lock is up to date",
    ),
    (
        "--annotate",
        "the strict file always says what requires a pin",
    ),
    (
        "--no-annotate",
        "the strict file always says what requires a pin",
    ),
    (
        "--strip-extras",
        "extras are always left out of pins, and stand in a comment",
    ),
    ("--no-strip-extras", "extras stand in a comment of the pin"),
    (
        "--allow-unsafe",
        "pip, setuptools and wheel are always pinned like other packages",
    ),
    ("--resolver", "there is one resolver"),
    ("--all-extras", "name each extra: `--extra NAME`"),
    ("--dev", "name the dependency group: `--group dev`"),
    (
        "--no-build",
        "wheels are preferred, and sdists need --allow-sdist",
    ),
    ("--require-hashes", "every pin has its hashes"),
];

/// What to use instead of an option of another tool.
pub fn instead_of(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or(option);
    let known = OPTIONS.iter().find(|(known, _)| *known == name);
    known.map(|(_, instead)| *instead)
}
