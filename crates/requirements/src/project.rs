//! Requirements in TOML: `pyproject.toml`, and the metadata block of a script.
//!
//! - `[project]`: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>
//! - `[dependency-groups]`: <https://packaging.python.org/en/latest/specifications/dependency-groups/>
//! - scripts: <https://packaging.python.org/en/latest/specifications/inline-script-metadata/>

mod built;
mod closure;
mod document;
mod dynamic;
mod folder;
mod ignored_settings;
mod own_extras;
mod script;
mod setup_cfg;

use std::str::FromStr;

use harden_packaging::{ExtraName, PackageName};
use pep440_rs::Version;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use crate::inputs::{Entry, Input, Inputs, PythonRequirement};
use crate::marker::{Marker, normal_name};
use crate::read_error::{Problem, ReadError};
use crate::requirement::Requirement;

pub use built::BuiltMetadata;
use document::{Document, Item};
pub use dynamic::dependency_files;
pub use folder::{Declared, ProjectFiles};
pub use ignored_settings::read_uv_toml;
use own_extras::OwnExtras;
pub use own_extras::{RequiredExtra, take_own};
pub use setup_cfg::read_setup_cfg;

/// How deep dependency groups may include each other: far deeper than real ones, far less than a
/// stack can hold.
const MAX_DEPTH: usize = 64;

/// The parts of a `pyproject.toml` to read in addition to its `[project]` dependencies.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProjectParts<'a> {
    /// Extras that the user names.
    pub extras: &'a [ExtraName],
    /// Dependency groups that the user names (PEP 735).
    pub groups: &'a [PackageName],
}

/// Reads the requirements of a `pyproject.toml`: its `[project]` dependencies and other `parts`.
/// `file` is its name in messages.
///
/// A requirement of the project itself (`name[a,b]`) is replaced by what these extras require.
///
/// # Errors
///
/// [`ReadError`] lists all faults: invalid TOML or requirements, unknown extras and groups, and
/// dynamic dependencies, except those in [`dependency_files`], which the caller reads.
pub fn read_pyproject(
    file: &str,
    text: &str,
    parts: ProjectParts<'_>,
) -> Result<Inputs, ReadError> {
    let document = Document::of_file(file, text);
    document.read(|root| {
        let mut reader = Reader::new(&document);
        match reader.table(root, "project") {
            Some(project) => reader.project(root, project, parts.extras),
            None if parts.groups.is_empty() && reader.problems.is_empty() => {
                let tool = root.get("tool").and_then(|tool| tool.get_ref().as_table());
                let reason = if tool.is_some_and(|tool| tool.contains_key("poetry")) {
                    "there is no `[project]` table: Poetry keeps the requirements in `[tool.poetry]`; move \
                     them to `[project]`, or list them in a requirements file"
                } else {
                    "there is no `[project]` table; name a dependency group with --group"
                };
                reader.problems.push(document.problem(None, reason));
            }
            None => {}
        }
        if !parts.groups.is_empty() {
            reader.groups(root, parts.groups);
        }
        reader.warn_of_uv_settings(root);
        reader.warn_of_other_tables(root);
        reader.finish()
    })
}

/// Reads the dependency groups of a `pyproject.toml`, and no dependencies of the project itself. `file` is
/// its name in messages.
///
/// # Errors
///
/// [`ReadError`] lists all faults, as for [`read_pyproject`].
pub fn read_groups(file: &str, text: &str, groups: &[PackageName]) -> Result<Inputs, ReadError> {
    let document = Document::of_file(file, text);
    document.read(|root| {
        let mut reader = Reader::new(&document);
        if let Some(project) = reader.table(root, "project") {
            reader.start_project(project);
            reader.warn_of_other_tables(root);
        }
        if !groups.is_empty() {
            reader.groups(root, groups);
        }
        reader.warn_of_uv_settings(root);
        reader.finish()
    })
}

/// Reads the requirements of some extras of a `pyproject.toml`, which other files require with
/// `name[extra]`. `file` is its name in messages.
///
/// # Errors
///
/// [`ReadError`] lists all faults, as for [`read_pyproject`].
pub fn read_extras(
    file: &str,
    text: &str,
    required: &[RequiredExtra],
) -> Result<Inputs, ReadError> {
    let document = Document::of_file(file, text);
    document.read(|root| {
        let mut reader = Reader::new(&document);
        if let Some(project) = reader.table(root, "project") {
            reader.start_project(project);
            for required in required {
                reader.extra(required.clone(), None);
            }
            reader.read_pending_extras();
        }
        reader.finish()
    })
}

/// The name of the project of a `pyproject.toml`; `None` if it has none or is not valid TOML.
pub fn project_name(text: &str) -> Option<PackageName> {
    declared(text, "name")
}

/// The version of the project of a `pyproject.toml`; `None` if it has none, or one that its backend
/// computes.
pub fn project_version(text: &str) -> Option<Version> {
    declared(text, "version")
}

fn declared<T: FromStr>(text: &str, key: &str) -> Option<T> {
    let root = DeTable::parse(text).ok()?;
    let project = root.get_ref().get("project")?.get_ref().as_table()?;
    project.get(key)?.get_ref().as_str()?.parse().ok()
}

/// Reads the dependencies of a script with a PEP 723 block. `file` is its name in messages.
///
/// # Errors
///
/// [`ReadError`] lists all faults: no block, or more than one; invalid TOML or requirements.
pub fn read_script(file: &str, text: &str) -> Result<Inputs, ReadError> {
    let document = script::document(file, text)?;
    document.read(|root| {
        let mut reader = Reader::new(&document);
        reader.python(root);
        if let Some(list) = reader.array(root, "dependencies") {
            list.iter().for_each(|item| reader.requirement(item, None));
        }
        reader.warn_of_uv_settings(root);
        reader.finish()
    })
}

struct Reader<'t> {
    document: &'t Document,
    own: OwnExtras<'t>,
    inputs: Inputs,
    problems: Vec<Problem>,
}

/// The groups of a document, which may include each other.
struct Groups<'t> {
    lists: Lists<'t>,
    /// The groups that are being read; each includes the next.
    open: Vec<PackageName>,
    /// The groups that have been read.
    read: Vec<PackageName>,
}

/// The lists of a table, by name.
#[derive(Default)]
struct Lists<'t>(Vec<(&'t Spanned<DeString<'t>>, &'t Item<'t>)>);

impl<'t> Lists<'t> {
    fn of(table: Option<&'t DeTable<'t>>) -> Self {
        Self(table.into_iter().flatten().collect())
    }

    /// The lists whose name is `name` in normal form.
    fn named(&self, name: &str) -> Vec<(&'t Spanned<DeString<'t>>, &'t Item<'t>)> {
        let mut lists = self.0.clone();
        lists.retain(|(key, _)| normal_name(key.get_ref()) == name);
        lists
    }

    /// The end of the message about an unknown name: the names that exist.
    fn there_are(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let names: Vec<_> = self
            .0
            .iter()
            .map(|(key, _)| format!("`{}`", key.get_ref()))
            .collect();
        format!("; known: {}", names.join(", "))
    }
}

impl<'t> Reader<'t> {
    fn new(document: &'t Document) -> Self {
        Self {
            document,
            own: OwnExtras::default(),
            inputs: Inputs::default(),
            problems: Vec::new(),
        }
    }

    fn finish(self) -> Result<Inputs, ReadError> {
        match ReadError::gather(self.problems) {
            Some(error) => Err(error),
            None => Ok(self.inputs),
        }
    }

    fn project(&mut self, root: &'t DeTable<'t>, project: &'t DeTable<'t>, wanted: &[ExtraName]) {
        self.python(project);
        if dynamic::of_dependencies(root).is_none() {
            self.refuse_dynamic(project, "dependencies");
        }
        let in_files = |extra: &ExtraName| dynamic::of_extra(root, extra).is_some();
        if !wanted.iter().all(in_files) {
            self.refuse_dynamic(project, "optional-dependencies");
        }
        self.start_project(project);
        if let Some(list) = self.array(project, "dependencies") {
            list.iter().for_each(|item| self.requirement(item, None));
        }
        for extra in wanted.iter().filter(|extra| !in_files(extra)) {
            let marker = None;
            let extra = extra.clone();
            self.extra(RequiredExtra { extra, marker }, None);
        }
        self.read_pending_extras();
    }

    fn refuse_dynamic(&mut self, project: &'t DeTable<'t>, field: &str) {
        let Some(dynamic) = self.array(project, "dynamic") else {
            return;
        };
        if let Some(item) = dynamic
            .iter()
            .find(|item| item.get_ref().as_str() == Some(field))
        {
            let reason = format!(
                "`{field}` is dynamic: its value is only known after a build of the project"
            );
            self.problem(item, reason);
        }
    }

    fn groups(&mut self, root: &'t DeTable<'t>, wanted: &[PackageName]) {
        let mut groups = Groups {
            lists: Lists::of(self.table(root, "dependency-groups")),
            open: Vec::new(),
            read: Vec::new(),
        };
        for group in wanted {
            self.group(group, None, &mut groups);
        }
        self.read_pending_extras();
    }

    /// Reads a group; `asked` is the entry that includes it, unless the user names it.
    fn group(&mut self, group: &PackageName, asked: Option<&Item>, groups: &mut Groups<'t>) {
        if groups.open.contains(group) {
            return self.problem_at(
                asked,
                format!("the dependency group `{group}` includes itself"),
            );
        }
        if groups.open.len() > MAX_DEPTH {
            let reason = format!("dependency groups are nested deeper than {MAX_DEPTH}");
            return self.problem_at(asked, reason);
        }
        if groups.read.contains(group) {
            return;
        }
        groups.read.push(group.clone());
        let list = match groups.lists.named(group.as_str()).as_slice() {
            [] => {
                let known = groups.lists.there_are();
                return self.problem_at(
                    asked,
                    format!("there is no dependency group `{group}`{known}"),
                );
            }
            [(_, list)] => *list,
            [_, (again, _), ..] => {
                let reason = format!("two dependency groups have the name `{group}`");
                let at = Some(again.span().start);
                return self.problems.push(self.document.problem(at, reason));
            }
        };
        if let Some(list) = self.as_array(list, "a dependency group") {
            groups.open.push(group.clone());
            for item in list {
                match included(item) {
                    Some(Ok(name)) => self.group(&name, Some(item), groups),
                    Some(Err(reason)) => self.problem(item, reason),
                    None => self.requirement(item, None),
                }
            }
            groups.open.pop();
        }
    }

    /// Reads one requirement, which applies only if `outer` also holds. If it is of the project itself,
    /// its extras are read later.
    fn requirement(&mut self, item: &'t Item<'t>, outer: Option<&Marker>) {
        let Some(requirement) = self.parse(item, outer) else {
            return;
        };
        if self.own.is_project(&requirement) {
            for extra in requirement.extras {
                let marker = requirement.marker.clone();
                self.extra(RequiredExtra { extra, marker }, Some(item));
            }
        } else {
            self.push(item, requirement);
        }
    }

    /// Reads one requirement, which applies only if `outer` also holds.
    fn parse(&mut self, item: &Item, outer: Option<&Marker>) -> Option<Requirement> {
        let Some(text) = item.get_ref().as_str() else {
            self.problem(item, "expected a requirement, as a string");
            return None;
        };
        match text.parse::<Requirement>() {
            Ok(mut requirement) => {
                requirement.marker = match (outer, requirement.marker) {
                    (Some(outer), Some(inner)) => Some(outer.and(&inner)),
                    (outer, inner) => outer.cloned().or(inner),
                };
                Some(requirement)
            }
            Err(error) => {
                let at = self.document.offset_in(item, text, error.offset());
                self.problems
                    .push(self.document.problem(Some(at), error.reason()));
                None
            }
        }
    }

    fn push(&mut self, item: &Item, requirement: Requirement) {
        self.inputs.requirements.push(Input {
            entry: Entry::Named(requirement),
            hashes: Vec::new(),
            origin: self.document.origin(item.span().start),
        });
    }

    fn python(&mut self, table: &DeTable) {
        let Some(item) = table.get("requires-python") else {
            return;
        };
        let Some(text) = item.get_ref().as_str() else {
            return self.problem(item, "expected a version specifier, as a string");
        };
        match text.parse() {
            Ok(specifiers) => self.inputs.requires_python.push(PythonRequirement {
                specifiers,
                origin: self.document.origin(item.span().start),
            }),
            Err(error) => {
                let at = self.document.offset_in(item, text, error.offset());
                self.problems
                    .push(self.document.problem(Some(at), error.reason()));
            }
        }
    }

    fn table(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t DeTable<'t>> {
        let item = table.get(key)?;
        let found = item.get_ref().as_table();
        if found.is_none() {
            self.problem(item, format!("`{key}` must be a table"));
        }
        found
    }

    fn array(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t DeArray<'t>> {
        let item = table.get(key)?;
        self.as_array(item, &format!("`{key}`"))
    }

    fn as_array(&mut self, item: &'t Item<'t>, what: &str) -> Option<&'t DeArray<'t>> {
        let found = item.get_ref().as_array();
        if found.is_none() {
            self.problem(item, format!("{what} must be a list"));
        }
        found
    }

    fn problem(&mut self, item: &Item, reason: impl Into<Box<str>>) {
        self.problem_at(Some(item), reason);
    }

    fn problem_at(&mut self, item: Option<&Item>, reason: impl Into<Box<str>>) {
        let at = item.map(|item| item.span().start);
        self.problems.push(self.document.problem(at, reason));
    }
}

/// The group that `{include-group = "name"}` names; `None` if the item is not a table.
fn included(item: &Item) -> Option<Result<PackageName, String>> {
    let DeValue::Table(table) = item.get_ref() else {
        return None;
    };
    let name = table.get("include-group").filter(|_| table.len() == 1);
    let name = name.and_then(|name| name.get_ref().as_str());
    Some(match name {
        Some(name) => name.parse().map_err(|error| format!("{error}")),
        None => Err("expected a table with one key: `{include-group = \"name\"}`".to_owned()),
    })
}
