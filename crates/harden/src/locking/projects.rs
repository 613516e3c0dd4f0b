//! Projects of the user whose dependencies only a build tells: a `setup.py`, a plug-in of a backend, a
//! backend with a table of its own.
//!
//! The folder is packed as an sdist, as a commit of a repository is, and its metadata is prepared in the
//! isolated environment of builds, where `--build` allows it. The strict file records what was found and a
//! digest of the files that the build read, by which `harden check` knows without a build whether it still
//! holds.

use std::cell::{OnceCell, RefCell};

use harden_fetch::build::{Prepared, SdistFile, Source, Tree, pack};
use harden_hasher::ProjectRecord;
use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{BuiltMetadata, Inputs, Requirement, UnbuiltProject};
use harden_resolver::AllowSdist;
use harden_target::Target;
use pep440_rs::Version;

use crate::locking::build::{Builder, built_version};
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::interpreter::decides_alike;
use crate::settings::own_projects::{Builds, Found, Unread, files_of};
use crate::settings::project_records::{deciding, digest, input_line, tree_of};

/// The name that a project is packed under where it states none.
const NAMELESS: &str = "project";

/// Why the metadata of a project cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the metadata that {file} builds cannot be used: {reason}")]
pub struct BadMetadata {
    file: String,
    reason: String,
}

impl Report for BadMetadata {
    fn exit(&self) -> Exit {
        Exit::Input
    }
}

/// Builds projects to learn what they require.
pub struct ProjectBuilds<'a, 'b, F> {
    allowed: &'a AllowSdist,
    make_builder: F,
    /// What it has made.
    made: OnceCell<Builder<'b>>,
    targets: &'a [&'a Target],
    terminal: Terminal,
    /// What the strict file is to record.
    records: RefCell<Vec<ProjectRecord>>,
}

/// Notes projects that nothing allows to build among the lines that cannot be used.
pub fn refuse(inputs: &mut Inputs, allowed: &AllowSdist) {
    let mut refused = Vec::new();
    inputs.unbuilt.retain(|project| {
        let is_allowed = is_allowed(project, allowed);
        if !is_allowed {
            refused.push(refusal(project));
        }
        is_allowed
    });
    inputs.unsuitable.extend(refused);
}

/// Why a project is not built without leave.
fn refusal(project: &UnbuiltProject) -> String {
    let UnbuiltProject {
        folder,
        origin,
        why,
        ..
    } = project;
    let option = match &project.name {
        Some(name) => format!("--build {name}"),
        None => "--build :all:".to_owned(),
    };
    format!(
        "{origin}: what `{folder}` requires takes a build of it, which runs its code: {why}; allow it \
         with `{option}`, or declare the dependencies in `[project]`"
    )
}

/// Whether a project may be built.
fn is_allowed(project: &UnbuiltProject, allowed: &AllowSdist) -> bool {
    match &project.name {
        Some(name) => allowed.allows(name),
        None => *allowed == AllowSdist::All,
    }
}

impl<'b, F: Fn() -> Result<Builder<'b>, Error>> Builds for ProjectBuilds<'_, 'b, F> {
    fn found(&self, project: &UnbuiltProject) -> Result<Option<Found>, Unread> {
        if !is_allowed(project, self.allowed) {
            return Err(Unread::Project(refusal(project)));
        }
        let (source, prepared) = self.prepared(project).map_err(Unread::Other)?;
        let bad = |reason| {
            let file = project.file.clone();
            Unread::Other(BadMetadata { file, reason }.into())
        };
        let metadata = BuiltMetadata::read(&prepared.text).map_err(bad)?;
        let requires = metadata.requires(&project.extras).map_err(|reason| {
            let (place, file) = (&project.origin, &project.file);
            Unread::Project(format!("{place}: {reason} (in {file})"))
        })?;
        self.warn_of_host(project, &source);
        let record = record(project, &prepared, &metadata, &requires);
        self.records.borrow_mut().push(record);
        Ok(Some(Found {
            name: metadata.name,
            requires_python: metadata.requires_python,
            requires,
        }))
    }
}

impl<'a, 'b, F: Fn() -> Result<Builder<'b>, Error>> ProjectBuilds<'a, 'b, F> {
    /// Builds for a lock for `targets`, of the projects that are `allowed`. `make_builder` is asked if
    /// there is something to build.
    pub fn new(
        allowed: &'a AllowSdist,
        targets: &'a [&'a Target],
        terminal: Terminal,
        make_builder: F,
    ) -> Self {
        Self {
            allowed,
            make_builder,
            made: OnceCell::new(),
            targets,
            terminal,
            records: RefCell::default(),
        }
    }

    /// The records, and the lines about them that the digest of the inputs covers.
    pub fn into_records(self) -> (Vec<ProjectRecord>, Vec<String>) {
        let mut records = self.records.into_inner();
        records.sort_by(|a, b| (&a.file, &a.extras).cmp(&(&b.file, &b.extras)));
        records.dedup();
        let lines = records
            .iter()
            .map(|record| input_line(record, record.sha256));
        let lines = lines.collect();
        (records, lines)
    }

    fn builder(&self) -> Result<&Builder<'b>, Error> {
        if self.made.get().is_none() {
            let builder = (self.make_builder)()?;
            return Ok(self.made.get_or_init(|| builder));
        }
        Ok(self.made.get().expect("it was just found"))
    }

    /// The metadata that its backend prepares. The version that it is packed under decides nothing of what
    /// it requires; a backend that only builds wheels insists on its own, which its wheel has.
    fn prepared(&self, project: &UnbuiltProject) -> Result<(Source, Prepared), Error> {
        let builder = self.builder()?;
        let tree = tree_of(project);
        let stated = files_of(&tree.folder).unwrap_or_default().version();
        let version = stated.unwrap_or_else(|| Version::new([0]));
        let name = match &project.name {
            Some(name) => name.clone(),
            None => NAMELESS.parse().expect("it is a name"),
        };
        let source = open(builder, &tree, &name, &version)?;
        let prepared = builder.prepared(&source);
        match prepared
            .as_ref()
            .err()
            .map(|error| built_version(error, &name))
        {
            Some(Some(version)) => {
                let source = open(builder, &tree, &name, &version)?;
                let prepared = builder.prepared(&source)?;
                Ok((source, prepared))
            }
            _ => Ok((source, prepared?)),
        }
    }

    fn warn_of_host(&self, project: &UnbuiltProject, source: &Source) {
        let Some(here) = self.made.get().map(Builder::target) else {
            return;
        };
        let differs = |target: &&&Target| !decides_alike(target, here);
        if let Some(other) = self
            .targets
            .iter()
            .find(differs)
            .filter(|_| source.reads_host())
        {
            self.terminal.warning(&format!(
                "{} inspects the machine it runs on: its requirements are those for {here}; check them \
                 for {other}",
                project.file
            ));
        }
    }
}

/// Packs a project, and opens it as a source to build.
fn open(
    builder: &Builder<'_>,
    tree: &Tree,
    name: &PackageName,
    version: &Version,
) -> Result<Source, Error> {
    let packed = pack(tree, name, version, false, builder.cache_dir())?;
    builder.open(&SdistFile {
        file: packed.file,
        name: name.clone(),
        version: version.clone(),
        sha256: packed.sha256,
    })
}

fn record(
    project: &UnbuiltProject,
    prepared: &Prepared,
    metadata: &BuiltMetadata,
    requires: &[Requirement],
) -> ProjectRecord {
    let tree = tree_of(project);
    let read = deciding(&tree, prepared.read.as_deref());
    let extras: Vec<ExtraName> = project.extras.clone();
    let python = metadata.requires_python.as_ref();
    ProjectRecord {
        name: metadata.name.clone(),
        extras,
        file: project.shown(),
        sha256: digest(&tree, read.as_deref()),
        read,
        requires_python: python.map(ToString::to_string),
        requires: requires.iter().map(Requirement::shown).collect(),
    }
}
