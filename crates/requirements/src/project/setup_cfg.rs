//! The dependencies in a `setup.cfg`, as setuptools reads them without running code.
//!
//! <https://setuptools.pypa.io/en/latest/userguide/declarative_config.html>; the file format is that of
//! Python's `configparser`.

use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName};

use super::closure::{Dependency, closure};
use super::dynamic::is_inside;
use crate::inputs::{Entry, Input, Inputs, Origin, PythonRequirement};
use crate::marker::normal_name;
use crate::read_error::{Problem, ReadError};
use crate::requirement::Requirement;

/// A `setup.cfg`.
pub(super) struct SetupCfg<'t> {
    values: Vec<Value<'t>>,
}

/// A value, with the number and the text of each of its lines.
struct Value<'t> {
    section: &'t str,
    key: String,
    lines: Vec<(usize, &'t str)>,
}

impl<'t> SetupCfg<'t> {
    /// Reads the values; lines that `configparser` would refuse have none.
    pub(super) fn read(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut values: Vec<Value<'t>> = Vec::new();
        let (mut section, mut indent, mut is_open) = ("", 0, false);
        for (number, line) in (1..).zip(text.lines()) {
            let content = line.trim();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            let here = line.len() - line.trim_start().len();
            if let (true, Some(value)) = (is_open && here > indent, values.last_mut()) {
                value.lines.push((number, content));
            } else if let Some(name) = content
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
            {
                (section, is_open) = (name.0, false);
            } else if let Some((key, value)) = content.split_once(['=', ':']) {
                (indent, is_open) = (here, true);
                values.push(Value {
                    section,
                    key: key.trim().to_ascii_lowercase().replace('-', "_"),
                    lines: vec![(number, value.trim())],
                });
            }
        }
        Self { values }
    }

    /// A value of one word.
    pub(super) fn word(&self, section: &str, key: &str) -> Option<String> {
        let (_, text) = *self.value(section, key)?.lines.first()?;
        let is_word = !text.is_empty() && !text.contains([':', '%']);
        is_word.then(|| text.to_owned())
    }

    /// Whether it has dependencies or a package, and nothing about these is left to code or to others
    /// than `plain` build requirements.
    pub(super) fn is_static(&self, plain: &[&str]) -> bool {
        let mut about = self
            .values
            .iter()
            .filter(|value| value.is_about_dependencies());
        let has_options = self.values.iter().any(|value| value.section == "options");
        let has_name = self.value("metadata", "name").is_some();
        has_options
            && has_name
            && self.value("options", "setup_requires").is_none_or(|value| {
                let names = value.items().into_iter();
                let mut names = names.map(|(_, text)| text.parse::<Requirement>());
                names.all(|name| name.is_ok_and(|name| plain.contains(&name.name.as_str())))
            })
            && about.all(|value| {
                let mut lines = value.lines.iter();
                let is_plain = |(_, line): &(usize, &str)| !line.contains("%(");
                let is_key = !value.key.contains(':') && !value.key.is_empty();
                is_key
                    && lines.all(is_plain)
                    && value
                        .files()
                        .is_none_or(|files| files.iter().all(is_inside))
            })
    }

    fn value(&self, section: &str, key: &str) -> Option<&Value<'t>> {
        let mut values = self.values.iter();
        values.find(|value| value.section == section && value.key == key)
    }

    fn extra(&self, extra: &ExtraName) -> Option<&Value<'t>> {
        let mut values = self.values.iter();
        values.find(|value| {
            value.section == Value::EXTRAS && normal_name(&value.key) == extra.as_str()
        })
    }

    fn extras(&self) -> Vec<String> {
        let values = self.values.iter();
        let values = values.filter(|value| value.section == Value::EXTRAS);
        values.map(|value| normal_name(&value.key)).collect()
    }
}

impl<'t> Value<'t> {
    const EXTRAS: &'static str = "options.extras_require";

    fn is_about_dependencies(&self) -> bool {
        let is_option = matches!(&*self.key, "install_requires" | "python_requires");
        self.section == Self::EXTRAS || self.section == "options" && is_option
    }

    /// The items of a list: its lines, or if it has but one, what `;` separates.
    fn items(&self) -> Vec<(usize, &'t str)> {
        let items: Vec<(usize, &str)> = match self.lines.as_slice() {
            [(number, only)] => only.split(';').map(|item| (*number, item)).collect(),
            lines => lines.to_vec(),
        };
        let plain = items.into_iter().map(|(number, item)| {
            let item = item.split_once(" #").map_or(item, |(item, _)| item);
            (number, item.trim())
        });
        plain.filter(|(_, item)| !item.is_empty()).collect()
    }

    /// The files that it names instead of a list (`file: a.txt, b.txt`).
    fn files(&self) -> Option<Vec<String>> {
        let lines = self.lines.iter().map(|(_, line)| *line);
        let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>();
        let files = text.join("\n");
        let files = files.strip_prefix("file:")?.split(',');
        Some(files.map(|file| file.trim().to_owned()).collect())
    }
}

/// Reads the dependencies of a `setup.cfg` that no code changes, and those of `extras`. `file` is its
/// name in messages. Also gives the requirements files that it names, relative to its folder.
///
/// # Errors
///
/// [`ReadError`] lists all faults: invalid requirements, unknown extras.
pub fn read_setup_cfg(
    file: &str,
    text: &str,
    extras: &[ExtraName],
) -> Result<(Inputs, Vec<String>), ReadError> {
    let cfg = SetupCfg::read(text);
    let mut reader = Reader {
        file: file.into(),
        files: Vec::new(),
        problems: Vec::new(),
    };
    let name: Option<PackageName> = cfg
        .word("metadata", "name")
        .and_then(|name| name.parse().ok());
    let of = |extra: Option<&ExtraName>| match extra {
        None => Some(reader.list(cfg.value("options", "install_requires"))),
        Some(extra) => Some(reader.list(Some(cfg.extra(extra)?))),
    };
    let found = closure(name.as_ref(), extras, &cfg.extras(), of);
    let mut inputs = Inputs::default();
    match found {
        Ok(found) => inputs
            .requirements
            .extend(found.into_iter().map(|found| Input {
                entry: Entry::Named(found.requirement),
                hashes: Vec::new(),
                origin: reader.origin(found.line),
            })),
        Err(reason) => reader.problems.push(Problem::new(reader.origin(0), reason)),
    }
    if let Some((line, python)) = cfg
        .value("options", "python_requires")
        .and_then(|value| value.items().first().copied())
    {
        match python.parse() {
            Ok(specifiers) => inputs.requires_python.push(PythonRequirement {
                specifiers,
                origin: reader.origin(line),
            }),
            Err(error) => reader.problem(line, python, error.offset(), error.reason()),
        }
    }
    match ReadError::gather(reader.problems) {
        Some(error) => Err(error),
        None => Ok((inputs, reader.files)),
    }
}

struct Reader {
    file: Arc<str>,
    files: Vec<String>,
    problems: Vec<Problem>,
}

impl Reader {
    /// The dependencies in a value; the files that it names are noted.
    fn list(&mut self, value: Option<&Value<'_>>) -> Vec<Dependency> {
        let Some(value) = value else {
            return Vec::new();
        };
        if let Some(files) = value.files() {
            self.files.extend(files);
            return Vec::new();
        }
        let mut found = Vec::new();
        for (line, text) in value.items() {
            match text.parse() {
                Ok(requirement) => found.push(Dependency { requirement, line }),
                Err(error) => self.problem(line, text, error.offset(), error.reason()),
            }
        }
        found
    }

    fn problem(&mut self, line: usize, text: &str, offset: usize, reason: &str) {
        let origin = self.origin(line);
        self.problems
            .push(Problem::at(origin, text, offset, reason));
    }

    fn origin(&self, line: usize) -> Arc<Origin> {
        Arc::new(Origin {
            file: Arc::clone(&self.file),
            line,
            included_from: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, extras: &[&str]) -> String {
        let extras: Vec<ExtraName> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
        let (inputs, files) = match read_setup_cfg("setup.cfg", text, &extras) {
            Ok(read) => read,
            Err(error) => return error.to_string(),
        };
        let requirements = inputs.requirements.iter().map(|input| {
            let Entry::Named(requirement) = &input.entry else {
                unreachable!("setup.cfg names packages");
            };
            format!("{} at {}", requirement, input.origin)
        });
        let files = files.iter().map(|file| format!("file {file}"));
        let python = inputs.requires_python.iter();
        let python = python.map(|python| format!("python {}", python.specifiers));
        requirements
            .chain(files)
            .chain(python)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn lists_are_read_as_setuptools_reads_them() {
        let head = "[metadata]\nname = shop\n[options]\npython_requires = >=3.8\n";
        let list = "install_requires =\n    lib<2\n    # a comment\n\n    tool ; os_name == 'nt'\n";
        assert_eq!(
            read(&format!("{head}{list}[flake8]\nmax = 1"), &[]),
            "lib<2 at setup.cfg:6, tool; os_name == \"nt\" at setup.cfg:9, python >=3.8"
        );
        assert_eq!(
            read(&format!("{head}install-requires: lib; tool>1 # new"), &[]),
            "lib at setup.cfg:5, tool>1 at setup.cfg:5, python >=3.8"
        );
        assert_eq!(
            read("[options]\ninstall_requires = file: a.txt, b.txt", &[]),
            "file a.txt, file b.txt"
        );
    }

    #[test]
    fn extras_may_require_each_other() {
        let text = "[metadata]\nname = shop\n[options]\n[options.extras_require]\nDev =\n  tool\n  \
                    shop[docs]\ndocs = sphinx\n";
        assert_eq!(
            read(text, &["dev"]),
            "tool at setup.cfg:6, sphinx at setup.cfg:8"
        );
        assert_eq!(
            read(text, &["x"]),
            "setup.cfg: the project has no extra `x`; known: `dev`, `docs`"
        );
        assert_eq!(read(text, &[]), "");
    }

    #[test]
    fn faults_have_their_place() {
        assert_eq!(
            read("[options]\ninstall_requires =\n  lib=2", &[]),
            "setup.cfg:3:4: `=` is not an operator; did you mean `==`?\n    lib=2\n       ^"
        );
    }
}
