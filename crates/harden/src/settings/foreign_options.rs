//! Options of pip, pip-compile and uv that harden does not have: each error names the corresponding option.

/// An option of another tool, and what to use instead.
const OPTIONS: [(&str, &str); 64] = [
    ("-e", PROJECT),
    ("--editable", PROJECT),
    (
        "--no-deps",
        "`fetch` downloads what a strict file pins, and nothing else",
    ),
    (
        "--only-binary",
        "`fetch` downloads what a strict file pins; `harden` pins an sdist only with --allow-sdist",
    ),
    ("--wheel-dir", "`fetch -d FOLDER` downloads into a folder"),
    ("--group", CHOSEN),
    ("--extra", CHOSEN),
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
    (
        "--trusted-host",
        "name the certificate with SSL_CERT_FILE or pip's `cert`; an index over plain HTTP is used as it is",
    ),
    (
        "--cert",
        "set SSL_CERT_FILE, or `cert` in pip's configuration",
    ),
    (
        "--no-emit-package",
        "`--exclude NAME` leaves a package out of the whole resolution",
    ),
    (
        "--unsafe-package",
        "`--exclude NAME` leaves a package out of the whole resolution",
    ),
    (
        "--no-binary",
        "`--build NAME` builds a wheel if no wheel fits, `--allow-sdist NAME` pins the sdist",
    ),
    (
        "--system",
        "harden does not install; it locks for the targets named with -p",
    ),
    (
        "--user",
        "harden does not install; it locks for the targets named with -p",
    ),
    (
        "--target",
        "`-p` names the target to lock for; `fetch -d FOLDER` downloads into a folder",
    ),
    ("--dest", "`fetch -d FOLDER` downloads into a folder"),
    ("--no-cache-dir", "use `--no-cache`"),
    (
        "--rebuild",
        "use `--refresh`, or `-U` for the newest versions",
    ),
    ("--upgrade-all", "use `-U`"),
    (
        "--refresh-package",
        "`-P NAME` asks the index again for one package",
    ),
    (
        "--reinstall",
        "harden does not install; `fetch` replaces files that are wrong",
    ),
    (
        "--no-config",
        "no configuration is used for loose files that it does not lock",
    ),
    (
        "--no-build-isolation",
        "builds are always isolated; `--build-constraint` constrains their requirements",
    ),
    (
        "--pip-args",
        "harden does not run pip; `harden --help` lists its options",
    ),
    ("--constraints", "use `-c FILE`"),
    ("--overrides", "use `--override FILE`"),
    ("--python-executable", "use `--python PYTHON`"),
    (
        "--annotation-style",
        "the strict file always says what requires a pin",
    ),
    ("--no-color", "use `--color never`"),
    (
        "--no-progress",
        "use `-q`; nothing is drawn unless a person watches",
    ),
    ("--directory", "run harden in that folder"),
    (
        "--project",
        "name its pyproject.toml: `harden FOLDER/pyproject.toml`",
    ),
    ("--all-groups", "name each dependency group: `--group NAME`"),
    (
        "--no-dev",
        "dependency groups are left out unless `--group` names them",
    ),
    (
        "--only-group",
        "dependency groups are read with `--group NAME`",
    ),
    (
        "--keyring-provider",
        "a login comes from the URL of the index or from netrc",
    ),
    (
        "--native-tls",
        "the certificates of the system are always used",
    ),
    (
        "--torch-backend",
        "name the index: `--index torch=URL --index-package torch=torch`",
    ),
    ("--no-sources", "`[tool.uv.sources]` is never used"),
    (
        "--fork-strategy",
        "a package has one version on all targets where possible",
    ),
];

const PROJECT: &str = "name its pyproject.toml: `harden FOLDER/pyproject.toml`; `fetch --project FOLDER` builds its wheel";

const CHOSEN: &str = "extras and groups are chosen where the lock is made: `harden LOOSE --group NAME`, `harden import \
                      LOCK --group NAME`";

/// What to use instead of an option of another tool.
pub fn instead_of(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or(option);
    let known = OPTIONS.iter().find(|(known, _)| *known == name);
    known.map(|(_, instead)| *instead)
}
