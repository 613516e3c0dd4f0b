//! The user's own projects: `.`, `./path`, `-e path` and `file:` URLs of folders in loose files.
//!
//! A project has no hash that a strict file could pin, since it changes with every commit. Its
//! dependencies take its place among the requirements, and no requirement of another package brings
//! it in from an index. `fetch` builds its wheel into the wheelhouse.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{
    Direct, Entry, Input, Inputs, LocalProject, Location, Marker, Origin, ProjectParts, ReadText,
    Requirement, Source, dependency_files, project_name, read_pyproject,
};
use url::Url;

use crate::report::Error;

/// A project whose dependencies are to be read.
struct Wanted {
    folder: String,
    /// The name that the line gives it.
    name: Option<PackageName>,
    extras: Vec<ExtraName>,
    marker: Option<Marker>,
    origin: Arc<Origin>,
}

/// Why a project was not read.
enum Unread {
    /// It does not state its dependencies.
    Project(String),
    Other(Error),
}

fn unreadable(file: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no {file}"),
        _ => format!("{file} cannot be read: {error}"),
    }
}

/// Puts the dependencies of projects in the place of the lines that name their folders.
///
/// A project that does not state its dependencies is noted as unsuitable.
///
/// # Errors
///
/// Returns an error for a `pyproject.toml` that cannot be understood.
pub fn expand(inputs: &mut Inputs, files: &dyn ReadText) -> Result<(), Error> {
    let mut wanted: Vec<Wanted> = Vec::new();
    take(inputs, &mut wanted, project_of);
    let mut read = BTreeSet::new();
    while !wanted.is_empty() {
        for project in std::mem::take(&mut wanted) {
            if read.insert(project.key()) {
                match project.read(files) {
                    Ok(mut found) => {
                        // One that several lines name is one project.
                        found.projects.retain(|found| {
                            let mut known = inputs.projects.iter();
                            known.all(|known| known.name != found.name)
                        });
                        inputs.append(found);
                    }
                    Err(Unread::Project(reason)) => inputs.unsuitable.push(reason),
                    Err(Unread::Other(error)) => return Err(error),
                }
            }
        }
        take(inputs, &mut wanted, project_of);
        // Projects may require each other, by name and with extras.
        let known = inputs.projects.clone();
        take(inputs, &mut wanted, |input| required_project(input, &known));
    }
    Ok(())
}

/// The requirements in the files that a `pyproject.toml` names for its dynamic dependencies.
pub fn read_dependency_files(
    file: &str,
    text: &str,
    extras: &[ExtraName],
    files: &dyn ReadText,
) -> Result<Inputs, Error> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let named = dependency_files(text, extras);
    let paths = named
        .iter()
        .map(|named| folder.join(named).to_string_lossy().into_owned());
    let paths: Vec<String> = paths.collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    if paths.is_empty() {
        return Ok(Inputs::default());
    }
    Ok(harden_requirements::read(&paths, files)?)
}

/// Moves the requirements that are projects.
fn take(inputs: &mut Inputs, wanted: &mut Vec<Wanted>, project: impl Fn(&Input) -> Option<Wanted>) {
    inputs.requirements.retain(|input| match project(input) {
        Some(project) => {
            wanted.push(project);
            false
        }
        None => true,
    });
}

/// The project that a line names by its folder.
fn project_of(input: &Input) -> Option<Wanted> {
    let (location, name, extras, marker) = match &input.entry {
        Entry::Unnamed(direct) | Entry::Editable(direct) => {
            let Direct {
                location,
                name,
                extras,
                marker,
            } = direct;
            let location = match location {
                Location::Path(path) => path.to_string(),
                Location::Url(url) => path_of(url)?,
                Location::Vcs(_) => return None,
            };
            (location, name.clone(), extras, marker)
        }
        Entry::Named(requirement) => {
            let Source::Url(url) = &requirement.source else {
                return None;
            };
            let name = Some(requirement.name.clone());
            (
                path_of(url)?,
                name,
                &requirement.extras,
                &requirement.marker,
            )
        }
    };
    let folder = without_fragment(&location);
    Path::new(folder).is_dir().then(|| Wanted {
        folder: folder.to_owned(),
        name,
        extras: extras.clone(),
        marker: marker.clone(),
        origin: Arc::clone(&input.origin),
    })
}

/// A known project that another one requires by its name.
fn required_project(input: &Input, known: &[LocalProject]) -> Option<Wanted> {
    let Entry::Named(requirement) = &input.entry else {
        return None;
    };
    let project = known.iter().find(|known| known.name == requirement.name)?;
    Some(Wanted {
        folder: project.folder.clone(),
        name: Some(project.name.clone()),
        extras: requirement.extras.clone(),
        marker: requirement.marker.clone(),
        origin: Arc::clone(&project.origin),
    })
}

/// The path in a `file:` URL, which pip takes relative to the working folder without slashes.
fn path_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("file:")?;
    if !rest.starts_with('/') {
        return Some(rest.to_owned());
    }
    let path = Url::parse(url).ok()?.to_file_path().ok()?;
    Some(path.to_string_lossy().into_owned())
}

fn without_fragment(path: &str) -> &str {
    path.split_once("#egg=").map_or(path, |(path, _)| path)
}

impl Wanted {
    /// What distinguishes it from others that are read.
    fn key(&self) -> (String, Vec<ExtraName>, String) {
        let marker = self.marker.as_ref().map(ToString::to_string);
        let folder = fs::canonicalize(&self.folder);
        let folder = folder.map_or_else(|_| self.folder.clone(), |path| path.display().to_string());
        (folder, self.extras.clone(), marker.unwrap_or_default())
    }

    /// The dependencies that its `pyproject.toml` states, or the files that it names.
    fn read(&self, files: &dyn ReadText) -> Result<Inputs, Unread> {
        let file = self.file();
        let text = fs::read_to_string(&file);
        let text = text.map_err(|error| self.refusal(&unreadable(&file, &error)))?;
        let Some(name) = project_name(&text) else {
            let why = format!("{file} has no `[project]` table with a name");
            return Err(self.refusal(&why));
        };
        if let Some(expected) = &self.name
            && *expected != name
        {
            let place = &self.origin;
            return Err(Unread::Project(format!(
                "{place} requires `{expected}`, but {file} is that of `{name}`"
            )));
        }
        let parts = ProjectParts {
            extras: &self.extras,
            groups: &[],
        };
        let mut inputs =
            read_pyproject(&file, &text, parts).map_err(|error| Unread::Other(error.into()))?;
        let listed = read_dependency_files(&file, &text, &self.extras, files);
        inputs.append(listed.map_err(Unread::Other)?);
        for input in &mut inputs.requirements {
            if let Entry::Named(requirement) = &mut input.entry {
                self.bound(requirement);
            }
        }
        inputs.projects.push(LocalProject {
            name,
            folder: self.folder.clone(),
            origin: Arc::clone(&self.origin),
        });
        Ok(inputs)
    }

    /// A dependency is required where the project is.
    fn bound(&self, requirement: &mut Requirement) {
        requirement.marker = match (&self.marker, requirement.marker.take()) {
            (Some(outer), Some(inner)) => Some(outer.and(&inner)),
            (outer, inner) => outer.clone().or(inner),
        };
    }

    /// Its `pyproject.toml`, as messages and comments name it.
    fn file(&self) -> String {
        let folder = self.folder.trim_end_matches('/');
        let folder = folder.strip_prefix("./").unwrap_or(folder);
        match folder {
            "" | "." => "pyproject.toml".to_owned(),
            folder => format!("{folder}/pyproject.toml"),
        }
    }

    fn refusal(&self, why: &str) -> Unread {
        let (place, folder) = (&self.origin, &self.folder);
        Unread::Project(format!(
            "{place}: `{folder}` is a project whose dependencies are not known: {why}; declare them \
             in `[project]`, or list them in a requirements file"
        ))
    }
}
