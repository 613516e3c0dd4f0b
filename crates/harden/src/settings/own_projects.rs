//! The user's own projects: `.`, `./path`, `-e path` and `file:` URLs of folders in loose files.
//!
//! A project has no hash that a strict file could pin, since it changes with every commit. Its
//! dependencies take its place among the requirements, and no requirement of another package brings
//! it in from an index. `fetch` builds its wheel into the wheelhouse.
//!
//! Dependencies that only a build tells come through [`Builds`]: from a build, for a lock, or from what
//! the strict file records, for a check.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{
    Declared, Direct, Entry, Input, Inputs, LocalProject, Location, Marker, Origin, ProjectFiles,
    ProjectParts, PythonRequirement, ReadText, Requirement, Source, Specifiers, UnbuiltProject,
    dependency_files, read_pyproject, read_setup_cfg,
};
use url::Url;

use crate::report::Error;

/// A project whose dependencies are to be read.
pub struct Wanted {
    folder: String,
    /// The name that the line gives it.
    name: Option<PackageName>,
    extras: Vec<ExtraName>,
    marker: Option<Marker>,
    origin: Arc<Origin>,
}

/// Why the dependencies of a project are not known.
pub enum Unread {
    /// A reason for the user, with the place, which is reported among others.
    Project(String),
    /// An error.
    Other(Error),
}

/// What the build of a project tells of it.
pub struct Found {
    /// Its name.
    pub name: PackageName,
    /// The versions of Python that it admits, if it says so.
    pub requires_python: Option<Specifiers>,
    /// What it requires with the extras that were asked for.
    pub requires: Vec<Requirement>,
}

/// Tells what projects require whose dependencies take a build.
pub trait Builds {
    /// What a project requires; `None` leaves it among those that are not built.
    fn found(&self, project: &UnbuiltProject) -> Result<Option<Found>, Unread>;
}

/// Nothing is built.
pub struct NoBuilds;

impl Builds for NoBuilds {
    fn found(&self, _project: &UnbuiltProject) -> Result<Option<Found>, Unread> {
        Ok(None)
    }
}

/// The files of a project.
///
/// # Errors
///
/// Returns the reason, for a file that is there and cannot be read.
pub fn files_of(folder: &Path) -> Result<ProjectFiles, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    };
    let [pyproject, setup_cfg, setup_py] = ProjectFiles::NAMES;
    Ok(ProjectFiles {
        pyproject: read(pyproject)?,
        setup_cfg: read(setup_cfg)?,
        setup_py: read(setup_py)?,
    })
}

/// Puts the dependencies of projects in the place of the lines that name their folders, and adds those
/// of `wanted`.
///
/// A project that is none, or does not say what was asked for, is noted as unsuitable.
///
/// # Errors
///
/// Returns an error for a `pyproject.toml` that cannot be understood.
pub fn expand(
    inputs: &mut Inputs,
    mut wanted: Vec<Wanted>,
    files: &dyn ReadText,
    builds: &dyn Builds,
) -> Result<(), Error> {
    take(inputs, &mut wanted, project_of);
    let mut read = BTreeSet::new();
    while !wanted.is_empty() {
        for project in std::mem::take(&mut wanted) {
            if read.insert(project.key()) {
                match project.read(files, builds) {
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

/// Puts the dependencies of projects that were not built in their place, as far as `builds` tells them.
///
/// # Errors
///
/// As [`expand`].
pub fn expand_unbuilt(
    inputs: &mut Inputs,
    files: &dyn ReadText,
    builds: &dyn Builds,
) -> Result<(), Error> {
    let unbuilt = std::mem::take(&mut inputs.unbuilt);
    let wanted = unbuilt.into_iter().map(|unbuilt| Wanted {
        folder: unbuilt.folder,
        name: unbuilt.name,
        extras: unbuilt.extras,
        marker: unbuilt.marker,
        origin: unbuilt.origin,
    });
    expand(inputs, wanted.collect(), files, builds)
}

/// The requirements in the files that a `pyproject.toml` names for its dynamic dependencies.
pub fn read_dependency_files(
    file: &str,
    text: &str,
    extras: &[ExtraName],
    files: &dyn ReadText,
) -> Result<Inputs, Error> {
    read_named(file, &dependency_files(text, extras), files)
}

/// Reads requirements files that the `file` of a project names.
fn read_named(file: &str, named: &[String], files: &dyn ReadText) -> Result<Inputs, Error> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
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
    /// The project that a file of it, which is locked itself, stands for.
    pub fn of_file(file: &str, extras: &[ExtraName]) -> Self {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let folder = match folder.to_string_lossy() {
            folder if folder.is_empty() => ".".to_owned(),
            folder => folder.into_owned(),
        };
        Self {
            folder,
            name: None,
            extras: extras.to_vec(),
            marker: None,
            origin: Arc::new(Origin {
                file: file.into(),
                line: 0,
                included_from: None,
            }),
        }
    }

    /// What distinguishes it from others that are read.
    fn key(&self) -> (String, Vec<ExtraName>, String) {
        let marker = self.marker.as_ref().map(ToString::to_string);
        let folder = fs::canonicalize(&self.folder);
        let folder = folder.map_or_else(|_| self.folder.clone(), |path| path.display().to_string());
        (folder, self.extras.clone(), marker.unwrap_or_default())
    }

    /// Its dependencies, where they are declared.
    fn read(&self, texts: &dyn ReadText, builds: &dyn Builds) -> Result<Inputs, Unread> {
        let files = files_of(Path::new(&self.folder));
        let files = files.map_err(|why| self.refusal(&why))?;
        let file = self.file(files.main());
        let mut inputs = match files.declared(&self.extras) {
            Declared::Pyproject => self.in_pyproject(&file, &files, texts)?,
            Declared::SetupCfg => self.in_setup_cfg(&files, texts)?,
            Declared::Build(why) => return self.after_a_build(file, &files, why, builds),
            Declared::Nowhere => {
                return Err(self.refusal("it has neither a pyproject.toml nor a setup.py"));
            }
        };
        let name = files.name().ok_or_else(|| {
            let why = format!("{file} has no `[project]` table with a name");
            self.refusal(&why)
        })?;
        self.expect(&name, &file)?;
        self.bind(&mut inputs);
        inputs.projects.push(self.local(name));
        Ok(inputs)
    }

    fn in_pyproject(
        &self,
        file: &str,
        files: &ProjectFiles,
        texts: &dyn ReadText,
    ) -> Result<Inputs, Unread> {
        let text = files.pyproject.as_deref().unwrap_or_default();
        let parts = ProjectParts {
            extras: &self.extras,
            groups: &[],
        };
        let mut inputs =
            read_pyproject(file, text, parts).map_err(|error| Unread::Other(error.into()))?;
        let listed = read_dependency_files(file, text, &self.extras, texts);
        inputs.append(listed.map_err(Unread::Other)?);
        Ok(inputs)
    }

    fn in_setup_cfg(&self, files: &ProjectFiles, texts: &dyn ReadText) -> Result<Inputs, Unread> {
        let file = self.file("setup.cfg");
        let text = files.setup_cfg.as_deref().unwrap_or_default();
        let read = read_setup_cfg(&file, text, &self.extras);
        let (mut inputs, named) = read.map_err(|error| Unread::Other(error.into()))?;
        inputs.append(read_named(&file, &named, texts).map_err(Unread::Other)?);
        Ok(inputs)
    }

    fn after_a_build(
        &self,
        file: String,
        files: &ProjectFiles,
        why: String,
        builds: &dyn Builds,
    ) -> Result<Inputs, Unread> {
        let project = UnbuiltProject {
            folder: self.folder.clone(),
            name: self.name.clone().or_else(|| files.name()),
            extras: self.extras.clone(),
            marker: self.marker.clone(),
            origin: Arc::clone(&self.origin),
            file,
            why,
        };
        let mut inputs = Inputs::default();
        let Some(found) = builds.found(&project)? else {
            inputs.unbuilt.push(project);
            return Ok(inputs);
        };
        self.expect(&found.name, &project.file)?;
        let origin = Arc::new(Origin {
            file: project.file.as_str().into(),
            line: 0,
            included_from: None,
        });
        let requires = found.requires.into_iter().map(|requirement| Input {
            entry: Entry::Named(requirement),
            hashes: Vec::new(),
            origin: Arc::clone(&origin),
        });
        inputs.requirements.extend(requires);
        let python = found.requires_python.map(|specifiers| PythonRequirement {
            specifiers,
            origin: Arc::clone(&origin),
        });
        inputs.requires_python.extend(python);
        self.bind(&mut inputs);
        inputs.projects.push(self.local(found.name));
        Ok(inputs)
    }

    /// Refuses the project of another name than the line states.
    fn expect(&self, name: &PackageName, file: &str) -> Result<(), Unread> {
        match &self.name {
            Some(expected) if expected != name => Err(Unread::Project(format!(
                "{} requires `{expected}`, but {file} is that of `{name}`",
                self.origin
            ))),
            _ => Ok(()),
        }
    }

    fn local(&self, name: PackageName) -> LocalProject {
        LocalProject {
            name,
            folder: self.folder.clone(),
            origin: Arc::clone(&self.origin),
        }
    }

    /// Its dependencies are required where the project is.
    fn bind(&self, inputs: &mut Inputs) {
        for input in &mut inputs.requirements {
            if let Entry::Named(requirement) = &mut input.entry {
                requirement.marker = match (&self.marker, requirement.marker.take()) {
                    (Some(outer), Some(inner)) => Some(outer.and(&inner)),
                    (outer, inner) => outer.clone().or(inner),
                };
            }
        }
    }

    /// A file of it, as messages and comments name it.
    fn file(&self, name: &str) -> String {
        let folder = self.folder.trim_end_matches('/');
        let folder = folder.strip_prefix("./").unwrap_or(folder);
        match folder {
            "" | "." => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    fn refusal(&self, why: &str) -> Unread {
        let (place, folder) = (&self.origin, &self.folder);
        Unread::Project(format!(
            "{place}: `{folder}` is not a project whose dependencies are known: {why}"
        ))
    }
}
