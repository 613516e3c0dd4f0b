//! The projects among the loose files, whose own names mean the projects and not packages of an index.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harden_packaging::PackageName;
use harden_requirements::{Inputs, RequiredExtra};

use crate::report::{Error, Terminal};
use crate::settings::args::LockArgs;

/// A project that is locked.
pub(super) struct OwnProject<'a> {
    file: &'a str,
    text: String,
    name: PackageName,
    /// Those of its extras that other files require and that have been read.
    known: Vec<RequiredExtra>,
}

impl<'a> OwnProject<'a> {
    /// The project of a `pyproject.toml`, if it has a name.
    pub(super) fn of(file: &'a str, text: String) -> Option<Self> {
        Some(Self {
            file,
            name: harden_requirements::project_name(&text)?,
            text,
            known: Vec::new(),
        })
    }
}

/// Replaces requirements of the projects themselves, in any file, by what their extras require. A
/// package of the same name on an index is a different one.
pub(super) fn replace_own(inputs: &mut Inputs, projects: &mut [OwnProject]) -> Result<(), Error> {
    let mut is_done = false;
    while !is_done {
        is_done = true;
        for project in &mut *projects {
            let required = harden_requirements::take_own(inputs, &project.name, &mut project.known);
            if !required.is_empty() {
                is_done = false;
                let extras =
                    harden_requirements::read_extras(project.file, &project.text, &required)?;
                inputs.append(extras);
            }
        }
    }
    Ok(())
}

/// Warns of requirements that have the name of a project beside their file that is not locked itself.
pub(super) fn warn_of_unnamed_projects(
    inputs: &Inputs,
    projects: &[OwnProject],
    terminal: Terminal,
) {
    let mut names = BTreeMap::new();
    for input in &inputs.requirements {
        let project = Path::new(&*input.origin.file).with_file_name("pyproject.toml");
        let name = names.entry(project.clone()).or_insert_with(|| {
            let is_locked = projects.iter().any(|own| Path::new(own.file) == project);
            let text = (!is_locked).then(|| fs::read_to_string(&project).ok())??;
            harden_requirements::project_name(&text)
        });
        let is_its = name.is_some()
            && input.entry.name() == name.as_ref()
            && input.entry.reference().is_none();
        if is_its {
            terminal.warning(&format!(
                "{0}: {1} has the name of the project in {2} but is taken from an index; to lock the \
                 project itself, name {2} too",
                input.origin,
                name.as_ref().expect("it was compared"),
                project.display(),
            ));
        }
    }
}

/// The packages that no requirement adds: those that the arguments exclude, and the user's own
/// projects, which `fetch` builds.
pub fn excluded(args: &LockArgs, inputs: &Inputs) -> Vec<PackageName> {
    let projects = inputs.projects.iter().map(|project| &project.name);
    args.exclude.iter().chain(projects).cloned().collect()
}
