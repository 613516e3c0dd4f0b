//! Settings of other tools that would change the answer and that harden does not apply: each is a warning.

use toml::de::DeTable;

use super::Reader;
use super::document::Document;
use crate::inputs::Inputs;
use crate::read_error::ReadError;

/// The keys of `[tool.uv]` that affect which versions are chosen or where they come from, each with
/// what to use instead.
///
/// <https://docs.astral.sh/uv/reference/settings/>
const KEYS: [(&str, &str); 31] = [
    (
        "constraint-dependencies",
        "write them to a file for --constraint",
    ),
    (
        "override-dependencies",
        "write them to a file for --override",
    ),
    ("exclude-dependencies", "use --exclude"),
    ("build-constraint-dependencies", "use --build-constraint"),
    (
        "dev-dependencies",
        "move them to a dependency group and use --group",
    ),
    ("dependency-groups", "use `requires-python` of the project"),
    ("dependency-metadata", "state it with --metadata"),
    ("environments", "use --platform"),
    ("required-environments", "use --platform"),
    ("conflicts", "make a lock for each combination"),
    ("index", "use --index-url, --extra-index-url or --index"),
    ("index-url", "use --index-url"),
    ("extra-index-url", "use --extra-index-url"),
    ("index-strategy", "use --index-strategy"),
    ("find-links", "use --find-links"),
    ("no-index", "use --no-index"),
    ("exclude-newer", "use --exclude-newer"),
    ("exclude-newer-package", "use --exclude-newer-package"),
    ("prerelease", "use --prerelease"),
    ("resolution", "use --resolution"),
    (
        "fork-strategy",
        "a package has one version on all targets where possible",
    ),
    (
        "no-binary",
        "only wheels are locked, unless --allow-sdist is given",
    ),
    (
        "no-binary-package",
        "only wheels are locked, unless --allow-sdist is given",
    ),
    (
        "no-build",
        "sdists are used only with --allow-sdist or --build",
    ),
    (
        "no-build-package",
        "sdists are used only with --allow-sdist or --build",
    ),
    (
        "extra-build-dependencies",
        "a build has the requirements that its project states",
    ),
    ("default-groups", "use --group"),
    ("torch-backend", "use --index and --index-package"),
    (
        "keyring-provider",
        "a login comes from the URL of the index or from netrc",
    ),
    ("pip", "it is for `uv pip`; use the options of harden"),
    ("workspace", "name the pyproject.toml files of its members"),
];

/// Tables of other tools in a `pyproject.toml` that hold requirements, each with what to use instead.
const TABLES: [([&str; 3], &str); 5] = [
    (
        ["tool", "poetry", "dependencies"],
        "requirements are read from `[project]`",
    ),
    (
        ["tool", "poetry", "dev-dependencies"],
        "move them to a dependency group and use --group",
    ),
    (
        ["tool", "poetry", "group"],
        "move them to `[dependency-groups]` and use --group",
    ),
    (
        ["tool", "pdm", "dev-dependencies"],
        "move them to a dependency group and use --group",
    ),
    (
        ["tool", "pdm", "resolution"],
        "use --override, --exclude and --prerelease",
    ),
];

/// What happens to a package that has a source of its own in uv.
const FROM_INDEX: &str = "the package comes from the index; use --index-package, or a URL or path in \
                          its requirement";

/// Reads the settings of a `uv.toml`, which uv applies in place of `[tool.uv]`. They have no effect: the
/// inputs consist of warnings. `file` is its name in messages.
///
/// # Errors
///
/// [`ReadError`] if it is not TOML.
pub fn read_uv_toml(file: &str, text: &str) -> Result<Inputs, ReadError> {
    let document = Document::of_file(file, text);
    document.read(|root| {
        let mut reader = Reader::new(&document);
        reader.warn_of_uv_table(root, "");
        reader.finish()
    })
}

impl<'t> Reader<'t> {
    /// Warns of the settings in `[tool.uv]` that have no effect here.
    pub(super) fn warn_of_uv_settings(&mut self, root: &'t DeTable<'t>) {
        let tool = root.get("tool").and_then(|tool| tool.get_ref().as_table());
        let uv = tool.and_then(|tool| tool.get("uv")?.get_ref().as_table());
        if let Some(uv) = uv {
            self.warn_of_uv_table(uv, "tool.uv");
        }
    }

    /// Warns of tables of other tools that hold requirements.
    pub(super) fn warn_of_other_tables(&mut self, root: &'t DeTable<'t>) {
        for (path, instead) in TABLES {
            let [first, second, third] = path;
            let table = |table: &'t DeTable<'t>, key| table.get(key)?.get_ref().as_table();
            let tool = table(root, first).and_then(|tool| table(tool, second));
            let found = tool.and_then(|tool| tool.get_key_value(third));
            if let Some((key, _)) = found {
                let what = format!("`[{}]`", path.join("."));
                self.warn(key.span().start, &what, instead);
            }
        }
    }

    /// Warns of the settings in a table of uv.
    fn warn_of_uv_table(&mut self, uv: &'t DeTable<'t>, table: &str) {
        let in_table = |key: &str| match table {
            "" => format!("`{key}`"),
            table => format!("`{key}` in `[{table}]`"),
        };
        let mut found = Vec::new();
        for (key, value) in uv {
            let name = key.get_ref();
            if name == "sources" {
                let sources = value.get_ref().as_table().into_iter().flatten();
                found.extend(sources.map(|(package, _)| {
                    let what = format!("`{}` in `[{table}.sources]`", package.get_ref());
                    (package.span().start, what, FROM_INDEX)
                }));
            } else if let Some((_, instead)) = KEYS.iter().find(|(key, _)| key == name) {
                let what = in_table(name);
                found.push((key.span().start, what, *instead));
            }
        }
        found.sort_unstable();
        for (at, what, instead) in found {
            self.warn(at, &what, instead);
        }
    }

    fn warn(&mut self, at: usize, what: &str, instead: &str) {
        let place = self.document.origin(at);
        let warning = format!("{place}: {what} has no effect; {instead}");
        self.inputs.warnings.push(warning);
    }
}
