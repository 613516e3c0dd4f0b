//! Requirements that stand in TOML: `pyproject.toml`, and the block of a script.
//!
//! - `[project]`: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>
//! - `[dependency-groups]`: <https://packaging.python.org/en/latest/specifications/dependency-groups/>
//! - scripts: <https://packaging.python.org/en/latest/specifications/inline-script-metadata/>

mod document;
mod script;

use std::str::FromStr;

use harden_packaging::{ExtraName, PackageName};
use pep440_rs::Version;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use crate::inputs::{Entry, Input, Inputs, PythonRequirement};
use crate::marker::{Marker, normal_name};
use crate::read_error::{Problem, ReadError};
use crate::requirement::{Requirement, Source};

use document::{Document, Item};

/// Reads what a `pyproject.toml` requires: its `[project]` dependencies, those of `extras`, and
/// the dependency `groups` (PEP 735). `file` names it in messages.
///
/// An extra that requires others of its own project (`name[a,b]`) stands for what they require.
///
/// # Errors
///
/// [`ReadError`] has all that is wrong with it: TOML or requirements that cannot be read, extras
/// and groups that are not there, and dependencies that are dynamic.
pub fn read_pyproject(
    file: &str,
    text: &str,
    extras: &[ExtraName],
    groups: &[PackageName],
) -> Result<Inputs, ReadError> {
    let document = Document::of_file(file, text);
    document.read(|root| {
        let mut reader = Reader::new(&document);
        match reader.table(root, "project") {
            Some(project) => reader.project(project, extras),
            None if groups.is_empty() && reader.problems.is_empty() => {
                let reason = "there is no `[project]` table, and no dependency group was asked for";
                reader.problems.push(document.problem(None, reason));
            }
            None => {}
        }
        if !groups.is_empty() {
            reader.groups(root, groups);
        }
        reader.finish()
    })
}

/// The name of the project that a `pyproject.toml` declares; `None` where it declares none.
pub fn project_name(text: &str) -> Option<PackageName> {
    declared(text, "name")
}

/// The version of the project that a `pyproject.toml` declares; `None` where it declares none, or one
/// that its backend computes.
pub fn project_version(text: &str) -> Option<Version> {
    declared(text, "version")
}

fn declared<T: FromStr>(text: &str, key: &str) -> Option<T> {
    let root = DeTable::parse(text).ok()?;
    let project = root.get_ref().get("project")?.get_ref().as_table()?;
    project.get(key)?.get_ref().as_str()?.parse().ok()
}

/// Reads the dependencies of a script with a PEP 723 block. `file` names it in messages.
///
/// # Errors
///
/// [`ReadError`] has all that is wrong with it: no block, or two; TOML or requirements that
/// cannot be read.
pub fn read_script(file: &str, text: &str) -> Result<Inputs, ReadError> {
    let document = script::document(file, text)?;
    document.read(|root| {
        let mut reader = Reader::new(&document);
        reader.python(root);
        if let Some(list) = reader.array(root, "dependencies") {
            list.iter().for_each(|item| reader.requirement(item));
        }
        reader.finish()
    })
}

struct Reader<'d> {
    document: &'d Document,
    inputs: Inputs,
    problems: Vec<Problem>,
}

/// The extras of a project, which may require each other.
struct Extras<'t> {
    project: Option<PackageName>,
    lists: Lists<'t>,
    /// What has been read: the extras, and the markers under which they were required.
    read: Vec<(ExtraName, Option<Marker>)>,
}

/// The groups of a document, which may include each other.
struct Groups<'t> {
    lists: Lists<'t>,
    /// The groups that are being read, each including the next.
    open: Vec<PackageName>,
    /// The groups that have been read.
    read: Vec<PackageName>,
}

/// The lists of a table, by name.
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

    /// What to tell who asked for a name that is not there.
    fn there_are(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let names: Vec<_> = self
            .0
            .iter()
            .map(|(key, _)| format!("`{}`", key.get_ref()))
            .collect();
        format!("; there are {}", names.join(", "))
    }
}

impl<'d> Reader<'d> {
    fn new(document: &'d Document) -> Self {
        Self {
            document,
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

    fn project<'t>(&mut self, project: &'t DeTable<'t>, wanted: &[ExtraName]) {
        self.python(project);
        self.refuse_dynamic(project, "dependencies");
        if !wanted.is_empty() {
            self.refuse_dynamic(project, "optional-dependencies");
        }
        let name = project.get("name").and_then(|name| name.get_ref().as_str());
        let mut extras = Extras {
            project: name.and_then(|name| name.parse().ok()),
            lists: Lists::of(self.table(project, "optional-dependencies")),
            read: Vec::new(),
        };
        if let Some(list) = self.array(project, "dependencies") {
            self.project_list(list, None, &mut extras);
        }
        for extra in wanted {
            self.extra(extra, None, None, &mut extras);
        }
    }

    fn refuse_dynamic(&mut self, project: &DeTable, field: &str) {
        let Some(dynamic) = self.array(project, "dynamic") else {
            return;
        };
        if let Some(item) = dynamic
            .iter()
            .find(|item| item.get_ref().as_str() == Some(field))
        {
            let reason = format!("`{field}` is dynamic: only a build of the project would tell it");
            self.problem(item, reason);
        }
    }

    /// Reads what an extra requires; `asked` is the requirement that asks for it, if not the user.
    fn extra(
        &mut self,
        extra: &ExtraName,
        asked: Option<&Item>,
        marker: Option<&Marker>,
        extras: &mut Extras,
    ) {
        let reading = (extra.clone(), marker.cloned());
        if extras.read.contains(&reading) {
            return;
        }
        extras.read.push(reading);
        let Some(&(_, list)) = extras.lists.named(extra.as_str()).first() else {
            let reason = format!(
                "the project has no extra `{extra}`{}",
                extras.lists.there_are()
            );
            return self.problem_at(asked, reason);
        };
        if let Some(list) = self.as_array(list, "an extra") {
            self.project_list(list, marker, extras);
        }
    }

    /// Reads a list of requirements in which the project may require its own extras.
    fn project_list(&mut self, list: &DeArray, marker: Option<&Marker>, extras: &mut Extras) {
        for item in list {
            let Some(requirement) = self.parse(item, marker) else {
                continue;
            };
            let own = matches!(requirement.source, Source::Specifiers(_))
                && extras.project.as_ref() == Some(&requirement.name);
            if own {
                for extra in &requirement.extras {
                    self.extra(extra, Some(item), requirement.marker.as_ref(), extras);
                }
            } else {
                self.push(item, requirement);
            }
        }
    }

    fn groups<'t>(&mut self, root: &'t DeTable<'t>, wanted: &[PackageName]) {
        let mut groups = Groups {
            lists: Lists::of(self.table(root, "dependency-groups")),
            open: Vec::new(),
            read: Vec::new(),
        };
        for group in wanted {
            self.group(group, None, &mut groups);
        }
    }

    /// Reads a group; `asked` is the entry that includes it, if not the user.
    fn group(&mut self, group: &PackageName, asked: Option<&Item>, groups: &mut Groups) {
        if groups.open.contains(group) {
            return self.problem_at(
                asked,
                format!("the dependency group `{group}` includes itself"),
            );
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
                    None => self.requirement(item),
                }
            }
            groups.open.pop();
        }
    }

    fn requirement(&mut self, item: &Item) {
        if let Some(requirement) = self.parse(item, None) {
            self.push(item, requirement);
        }
    }

    /// Reads one requirement, which counts only where `outer` holds, too.
    fn parse(&mut self, item: &Item, outer: Option<&Marker>) -> Option<Requirement> {
        let Some(text) = item.get_ref().as_str() else {
            self.problem(item, "expected a requirement, which is a string");
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
            return self.problem(item, "expected a version specifier, which is a string");
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

    fn table<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t DeTable<'t>> {
        let item = table.get(key)?;
        let found = item.get_ref().as_table();
        if found.is_none() {
            self.problem(item, format!("`{key}` must be a table"));
        }
        found
    }

    fn array<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t DeArray<'t>> {
        let item = table.get(key)?;
        self.as_array(item, &format!("`{key}`"))
    }

    fn as_array<'t>(&mut self, item: &'t Item<'t>, what: &str) -> Option<&'t DeArray<'t>> {
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

/// The group that `{include-group = "name"}` names, if the item is a table at all.
fn included(item: &Item) -> Option<Result<PackageName, String>> {
    let DeValue::Table(table) = item.get_ref() else {
        return None;
    };
    let name = table.get("include-group").filter(|_| table.len() == 1);
    let name = name.and_then(|name| name.get_ref().as_str());
    Some(match name {
        Some(name) => name.parse().map_err(|error| format!("{error}")),
        None => Err("expected `{include-group = \"name\"}`, and nothing else in it".to_owned()),
    })
}
