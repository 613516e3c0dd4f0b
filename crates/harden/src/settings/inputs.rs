//! The loose requirements: read from files and standard input, and turned into a request for the
//! resolver.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::report::format::at_most;
use crate::report::redact::with_variable_names;
use crate::report::terminal::Color;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::archives::repository_of_archive;
use crate::settings::args::LockArgs;
use crate::settings::imported::{self, Imported};
use crate::settings::project_folder::ProjectFolder;
use crate::settings::urls::{Texts, UrlDigests, WithoutUrls};
use crate::settings::{misplaced, projects};
use harden_packaging::{PackageName, ParseReferenceError, Sha256};
use harden_requirements::{
    Entry, Hash, HashAlgorithm, IndexChoice, Input, InputOptions, Inputs, PackageChoice,
    ProjectParts, ReadError, ReadText, RequiredExtra, Requirement, Source, read_uv_toml,
};
use harden_resolver::{Asked, PrereleaseMode};

/// Why the loose requirements cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputsError {
    /// A folder stands where a requirements file is expected.
    #[error("`{0}` is a folder, not a requirements file")]
    LooseIsFolder(String),
    /// `--extra` or `--group` without a project.
    #[error("--extra and --group need a pyproject.toml, and none is given")]
    NoProject,
    /// A URL cannot be read, perhaps among other faults.
    #[error("{0}")]
    NotDownloaded(ReadError, Exit),
    /// Lines that cannot be pinned by a hash.
    #[error("{}", at_most(.0, 10))]
    Unsuitable(Vec<String>),
}

impl Report for InputsError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotDownloaded(_, exit) => *exit,
            _ => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::LooseIsFolder(folder) => {
                let project = Path::new(folder).join("pyproject.toml");
                Some(if project.is_file() {
                    format!("name its project: `harden {}`", project.display())
                } else {
                    "name a file in it, or run `harden init` there".to_owned()
                })
            }
            Self::NoProject => Some("add it, as in `harden pyproject.toml --group dev`".to_owned()),
            Self::NotDownloaded(..) | Self::Unsuitable(_) => None,
        }
    }
}

/// Puts `${NAME}` back into the addresses, since they are written to the strict file. Only the index
/// client gets the values.
fn unexpand(options: &mut InputOptions) {
    let index = match &mut options.index {
        IndexChoice::Url(url) => Some(url),
        IndexChoice::Default | IndexChoice::NoIndex => None,
    };
    let others = options.extra_index_urls.iter_mut();
    for address in index
        .into_iter()
        .chain(others)
        .chain(&mut options.find_links)
    {
        *address = with_variable_names(address).into();
    }
}

/// The inputs of a lock, with what the digest in the header of its strict file covers.
pub struct Loose {
    /// What the loose files and constraints say.
    pub inputs: Inputs,
    /// What the files of `--override` say.
    pub overrides: Inputs,
    /// The lines that the digest covers. For a URL, one has the digest of its bytes.
    pub lines: Vec<String>,
    /// The digests of all URLs that were read.
    pub urls: UrlDigests,
    /// The recorded URLs that could not be read, with the reason.
    pub unread: BTreeMap<String, String>,
    /// The indexes that an imported lock ties packages to.
    pub ties: BTreeMap<PackageName, Box<str>>,
}

impl From<Imported> for Loose {
    fn from(imported: Imported) -> Self {
        Self {
            lines: lines(&imported.inputs, &imported.overrides),
            inputs: imported.inputs,
            overrides: imported.overrides,
            urls: UrlDigests::new(),
            unread: BTreeMap::new(),
            ties: imported.ties,
        }
    }
}

/// Reads everything that the arguments name. A URL that cannot be read is taken for empty if its digest
/// is among `recorded`, those of a strict file. Files outside of `project` are not read.
pub fn read_all(
    args: &LockArgs,
    recorded: &UrlDigests,
    project: Option<&ProjectFolder>,
    terminal: Terminal,
) -> Result<Loose, Error> {
    if args.imports {
        return Ok(imported::read(args)?.into());
    }
    let texts = Texts::new(args, recorded).within(project);
    let inputs = read_from(args, &texts, terminal).map_err(|error| with_exit(error, &texts))?;
    let overrides = overrides_from(args, &texts, terminal);
    let overrides = overrides.map_err(|error| with_exit(error, &texts))?;
    let (urls, unread) = (texts.digests(), texts.unread());
    let lines = if urls.is_empty() && unread.is_empty() {
        lines(&inputs, &overrides)
    } else {
        lines_beside_urls(args, &texts, recorded)?
    };
    Ok(Loose {
        inputs,
        overrides,
        lines,
        urls,
        unread,
        ties: BTreeMap::new(),
    })
}

/// The canonical lines of what this machine has, and a line for each URL that it names, with the
/// recorded digest if there is one.
fn lines_beside_urls(
    args: &LockArgs,
    texts: &Texts<'_>,
    recorded: &UrlDigests,
) -> Result<Vec<String>, Error> {
    let here = WithoutUrls::new(texts);
    let silent = Terminal::new(Color::Never, true, 0);
    let inputs = read_from(args, &here, silent)?;
    let overrides = overrides_from(args, &here, silent)?;
    let mut lines = lines(&inputs, &overrides);
    let read = texts.digests();
    for url in here.named() {
        let digests = recorded.get(&url).or_else(|| read.get(&url));
        let digests = digests.into_iter().flatten();
        lines.extend(digests.map(|digest| format!("url {url} sha256:{digest}")));
    }
    Ok(lines)
}

/// The error with the exit code of a URL that could not be read.
fn with_exit(error: Error, texts: &Texts<'_>) -> Error {
    match (error.of::<ReadError>(), texts.exit()) {
        (Some(faults), Some(exit)) => InputsError::NotDownloaded(faults.clone(), exit).into(),
        _ => error,
    }
}

/// Reads all loose files that the arguments name, with the files they include.
pub fn read(args: &LockArgs, terminal: Terminal) -> Result<Inputs, Error> {
    if args.imports {
        return Ok(imported::read(args)?.inputs);
    }
    let none = UrlDigests::new();
    let texts = Texts::new(args, &none);
    read_from(args, &texts, terminal).map_err(|error| with_exit(error, &texts))
}

fn read_from(args: &LockArgs, texts: &dyn ReadText, terminal: Terminal) -> Result<Inputs, Error> {
    let mut missing = args
        .loose
        .iter()
        .filter(|file| *file != "-" && !Path::new(file).exists());
    if let Some(error) = missing.find_map(|word| misplaced::explain(word, args)) {
        return Err(error.into());
    }
    if let Some(folder) = args.loose.iter().find(|file| Path::new(file).is_dir()) {
        return Err(InputsError::LooseIsFolder(folder.clone()).into());
    }
    let (mut requirements, mut others) = (Vec::new(), Vec::new());
    for file in &args.loose {
        match Form::of(file) {
            None => requirements.push(file.as_str()),
            Some(form) => others.push((file, form)),
        }
    }
    let mut inputs = harden_requirements::read(&requirements, texts)?;
    let own = append_others(&mut inputs, &others, args, texts)?;
    warn_of_unnamed_projects(&inputs, &own, terminal);
    let constraints: Vec<&str> = args.constraints.iter().map(String::as_str).collect();
    inputs.append(harden_requirements::read_constraints(&constraints, texts)?);
    for warning in &inputs.warnings {
        terminal.warning(warning);
    }
    unexpand(&mut inputs.options);
    Ok(inputs)
}

/// Adds what projects and scripts require, with the projects that they name.
fn append_others<'f>(
    inputs: &mut Inputs,
    others: &[(&'f String, Form)],
    args: &LockArgs,
    texts: &dyn ReadText,
) -> Result<Vec<OwnProject<'f>>, Error> {
    let mut own = Vec::new();
    for (file, form) in others {
        let text = text_of(file)?;
        inputs.append(form.read(file, &text, args)?);
        if *form == Form::Project {
            inputs.append(projects::read_dependency_files(
                file,
                &text,
                &args.extras,
                texts,
            )?);
            own.extend(OwnProject::of(file, text));
            let uv = Path::new(file).with_file_name("uv.toml");
            if let Ok(text) = fs::read_to_string(&uv) {
                let warnings = read_uv_toml(&uv.to_string_lossy(), &text).unwrap_or_default();
                inputs.append(warnings);
            }
        }
    }
    let is_project = |(_, form): &(_, Form)| *form == Form::Project;
    if !(args.extras.is_empty() && args.groups.is_empty() || others.iter().any(is_project)) {
        return Err(InputsError::NoProject.into());
    }
    projects::expand(inputs, texts)?;
    replace_own(inputs, &mut own)?;
    Ok(own)
}

/// The form of a loose file that is not a requirements file, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `pyproject.toml`.
    Project,
    /// A script with a PEP 723 block.
    Script,
}

impl Form {
    fn of(file: &str) -> Option<Self> {
        match Path::new(file).extension()?.to_str()? {
            "toml" => Some(Self::Project),
            "py" | "pyw" => Some(Self::Script),
            _ => None,
        }
    }

    fn read(self, file: &str, text: &str, args: &LockArgs) -> Result<Inputs, Error> {
        let parts = ProjectParts {
            extras: &args.extras,
            groups: &args.groups,
        };
        Ok(match self {
            Self::Project => harden_requirements::read_pyproject(file, text, parts)?,
            Self::Script => harden_requirements::read_script(file, text)?,
        })
    }
}

fn text_of(file: &str) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|source| Error::read(file, source))
}

/// A project that is locked.
struct OwnProject<'a> {
    file: &'a str,
    text: String,
    name: PackageName,
    /// Those of its extras that other files require and that have been read.
    known: Vec<RequiredExtra>,
}

impl<'a> OwnProject<'a> {
    /// The project of a `pyproject.toml`, if it has a name.
    fn of(file: &'a str, text: String) -> Option<Self> {
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
fn replace_own(inputs: &mut Inputs, projects: &mut [OwnProject]) -> Result<(), Error> {
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
fn warn_of_unnamed_projects(inputs: &Inputs, projects: &[OwnProject], terminal: Terminal) {
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

/// The packages that no requirement brings in: those that the arguments exclude, and the user's own
/// projects, which `fetch` builds.
pub fn excluded(args: &LockArgs, inputs: &Inputs) -> Vec<PackageName> {
    let projects = inputs.projects.iter().map(|project| &project.name);
    args.exclude.iter().chain(projects).cloned().collect()
}

/// The canonical lines of inputs and overrides. Overrides differ from plain requirements.
fn lines(inputs: &Inputs, overrides: &Inputs) -> Vec<String> {
    let overrides = overrides.canonical_lines();
    let overrides = overrides.iter().map(|line| format!("--override {line}"));
    inputs
        .canonical_lines()
        .into_iter()
        .chain(overrides)
        .collect()
}

/// Requirements and constraints for the resolver.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The requirements.
    pub requirements: Vec<Asked>,
    /// The constraints.
    pub constraints: Vec<Asked>,
}

/// Reads the files of `--override`; warns of constraints and options in them, which have no effect.
pub fn read_overrides(args: &LockArgs, terminal: Terminal) -> Result<Inputs, Error> {
    if args.imports {
        return Ok(imported::read(args)?.overrides);
    }
    overrides_from(args, &Texts::new(args, &UrlDigests::new()), terminal)
}

fn overrides_from(
    args: &LockArgs,
    texts: &dyn ReadText,
    terminal: Terminal,
) -> Result<Inputs, Error> {
    let files = &args.overrides;
    if files.is_empty() {
        return Ok(Inputs::default());
    }
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    let inputs = harden_requirements::read(&paths, texts)?;
    for warning in &inputs.warnings {
        terminal.warning(warning);
    }
    if inputs.options != InputOptions::default() || !inputs.constraints.is_empty() {
        let files = files.join(", ");
        terminal.warning(&format!(
            "{files}: options and constraints have no effect in an override file"
        ));
    }
    Ok(inputs)
}

/// The requirements and constraints as the resolver takes them, or all lines that it cannot take.
pub fn requested(inputs: &Inputs) -> Result<Requested, Error> {
    let mut unsuitable = inputs.unsuitable.clone();
    let mut all = |inputs: &[Input]| -> Vec<Asked> {
        let asked = inputs.iter().map(asked);
        asked
            .filter_map(|asked| asked.map_err(|reason| unsuitable.push(reason)).ok())
            .collect()
    };
    let requested = Requested {
        requirements: all(&inputs.requirements),
        constraints: all(&inputs.constraints),
    };
    unsuitable.extend(no_binary(&inputs.options.formats.no_binary));
    if unsuitable.is_empty() {
        Ok(requested)
    } else {
        Err(InputsError::Unsuitable(unsuitable).into())
    }
}

fn asked(input: &Input) -> Result<Asked, String> {
    let place = input.origin.to_string();
    if let Entry::Named(requirement) = &input.entry
        && requirement.name.as_str() == "python"
    {
        return Err(format!(
            "{place}: `python` is the interpreter, not a package; it is part of the target, as in \
             `-p manylinux2014_x86_64-cp312`"
        ));
    }
    let requirement = match (&input.entry, input.entry.reference()) {
        (Entry::Named(requirement), None | Some(Ok(_))) => requirement.clone(),
        (Entry::Unnamed(direct), Some(Ok(reference))) => Requirement {
            name: reference.file().name().clone(),
            extras: direct.extras.clone(),
            source: Source::Url(direct.location.as_str().into()),
            marker: direct.marker.clone(),
        },
        (entry, reference) => {
            let why = reference.and_then(Result::err);
            return Err(refusal(&place, entry, why.as_ref()));
        }
    };
    Ok(Asked {
        requirement,
        file: input.origin.file.clone(),
        hashes: digests(&input.hashes).map_err(|reason| format!("{place}: {reason}"))?,
        place: place.into(),
    })
}

/// Why a requirement with a URL or path cannot be pinned.
fn refusal(place: &str, entry: &Entry, why: Option<&ParseReferenceError>) -> String {
    let (before, location) = match entry {
        Entry::Named(requirement) => match &requirement.source {
            Source::Url(url) => ("", &**url),
            Source::Specifiers(_) => ("", ""),
        },
        Entry::Unnamed(direct) => ("", direct.location.as_str()),
        Entry::Editable(direct) => ("-e ", direct.location.as_str()),
    };
    let shown = shown(location);
    let instead = "require the package by name, from an index or a folder of wheels given with --find-links, \
                   or name the URL or path of a wheel";
    match why {
        Some(ParseReferenceError::Filename(_)) if repository_of_archive(&shown).is_some() => {
            let repository = repository_of_archive(&shown).unwrap_or_default();
            format!(
                "{place}: `{shown}` cannot be pinned by a digest: hosts make such archives on request \
                 and may change their bytes; leave out the digest, or require the commit in place of it, \
                 as `NAME @ {repository}`"
            )
        }
        Some(why @ ParseReferenceError::Filename(_)) if before.is_empty() => {
            format!("{place}: `{shown}` cannot be pinned: {why}; {instead}")
        }
        Some(why) if before.is_empty() && *why != ParseReferenceError::Repository => {
            format!("{place}: `{shown}` cannot be pinned: {why}")
        }
        _ => format!("{place}: `{before}{shown}` has no hash to pin; {instead}"),
    }
}

/// The URL without credentials, query and fragment.
fn shown(location: &str) -> String {
    let location = location.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = location.split_once("://") else {
        return location.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

fn digests(hashes: &[Hash]) -> Result<BTreeSet<Sha256>, String> {
    let digest = |hash: &Hash| match hash.algorithm {
        HashAlgorithm::Sha256 => hash.digest.parse().map_err(|error| format!("{error}")),
        _ => Err(format!(
            "`--hash={hash}` is not SHA-256, the only algorithm that strict files use"
        )),
    };
    hashes.iter().map(digest).collect()
}

fn no_binary(choice: &PackageChoice) -> Option<String> {
    let names = named(choice)?;
    Some(format!(
        "`--no-binary {names}` asks for sdists, but a strict file pins wheels; remove the option, or \
         build the wheels and give their folder with --find-links"
    ))
}

/// The names of a choice as an option's value; `None` if there are none.
fn named(choice: &PackageChoice) -> Option<String> {
    let names: Vec<&str> = choice.names.iter().map(AsRef::as_ref).collect();
    let all = choice.all.then_some(":all:");
    let names: Vec<&str> = all.into_iter().chain(names).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// The modes that `--all-releases NAME` and `--only-final NAME` in the files select.
pub fn prerelease_packages(inputs: &Inputs) -> BTreeMap<PackageName, PrereleaseMode> {
    let releases = &inputs.options.releases;
    let choices = [
        (&releases.all_releases, PrereleaseMode::Allow),
        (&releases.only_final, PrereleaseMode::Disallow),
    ];
    let named = choices.into_iter().flat_map(|(choice, mode)| {
        let names = choice.names.iter().cloned();
        names.map(move |name| (name, mode))
    });
    named.collect()
}

/// The mode that `--pre` and similar options in the files select for all packages.
pub fn prerelease_mode(inputs: &Inputs) -> PrereleaseMode {
    let releases = &inputs.options.releases;
    if releases.all_releases.all {
        PrereleaseMode::Allow
    } else if releases.only_final.all {
        PrereleaseMode::Disallow
    } else {
        PrereleaseMode::default()
    }
}
