//! Reads the loose requirements from files, URLs and standard input.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harden_hasher::ProjectRecord;
use harden_packaging::PackageName;
use harden_requirements::{
    Declared, IndexChoice, InputOptions, Inputs, ProjectParts, ReadError, ReadText, read_groups,
    read_uv_toml,
};

use super::error::InputsError;
use super::own_project::{OwnProject, replace_own, warn_of_unnamed_projects};
use crate::report::redact::with_variable_names;
use crate::report::terminal::Color;
use crate::report::{Error, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::config::current_folder;
use crate::settings::imported_lock::{self, Imported};
use crate::settings::own_projects::{NoBuilds, Wanted, files_of};
use crate::settings::project_folder::ProjectFolder;
use crate::settings::requirements_urls::{Texts, UrlDigests, WithoutUrls};
use crate::settings::side_by_side::before_reading;
use crate::settings::{misplaced_arguments, not_loose, own_projects, project_records};

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
/// is among `recorded`, those of a strict file. Files outside of `project` are not read. Projects whose
/// dependencies take a build have those of `records`.
pub fn read_all(
    args: &LockArgs,
    recorded: &UrlDigests,
    records: &[ProjectRecord],
    project: Option<&ProjectFolder>,
    terminal: Terminal,
) -> Result<Loose, Error> {
    if args.imports {
        return Ok(imported_lock::read(args)?.into());
    }
    let texts = Texts::new(args, recorded).within(project);
    let constraints = || reviewed_constraints(args, &texts, project);
    let read = read_from(args, &texts, &constraints, terminal);
    let mut inputs = read.map_err(|error| with_exit(error, &texts))?;
    let overrides = overrides_from(args, &texts, terminal);
    let overrides = overrides.map_err(|error| with_exit(error, &texts))?;
    let (urls, unread) = (texts.digests(), texts.unread());
    let mut lines = if urls.is_empty() && unread.is_empty() {
        lines(&inputs, &overrides)
    } else {
        lines_beside_urls(args, &texts, recorded)?
    };
    project_records::take_recorded(&mut inputs, &mut lines, &texts, records, false)?;
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
    let inputs = read_from(args, &here, &|| constraints(args, &here), silent)?;
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
        return Ok(imported_lock::read(args)?.inputs);
    }
    let none = UrlDigests::new();
    let texts = Texts::new(args, &none);
    read_from(args, &texts, &|| constraints(args, &texts), terminal)
        .map_err(|error| with_exit(error, &texts))
}

/// What the files of `--constraint` say.
fn constraints(args: &LockArgs, texts: &dyn ReadText) -> Result<Inputs, Error> {
    let files: Vec<&str> = args.constraints.iter().map(String::as_str).collect();
    Ok(harden_requirements::read_constraints(&files, texts)?)
}

/// The same for strict files under review, during which no file changes: what many locks share is read once.
/// What depends on more than files is read each time.
fn reviewed_constraints(
    args: &LockArgs,
    texts: &Texts<'_>,
    project: Option<&ProjectFolder>,
) -> Result<Inputs, Error> {
    let (Some(project), false) = (project, args.constraints.is_empty()) else {
        return constraints(args, texts);
    };
    let files = (
        current_folder()?,
        project.path().to_owned(),
        args.constraints.clone(),
    );
    // In a statement of its own: other threads need not wait until it is cloned.
    let known = reviewed().get(&files).cloned();
    if let Some(inputs) = known {
        return Ok(Inputs::clone(&inputs));
    }
    let inputs = constraints(args, texts)?;
    if texts.are_files() {
        reviewed().insert(files, Arc::new(inputs.clone()));
    }
    Ok(inputs)
}

/// Constraints that were read, by the folder that their paths are relative to, the project that they must be
/// in, and the paths.
type Reviewed = BTreeMap<(PathBuf, PathBuf, Vec<String>), Arc<Inputs>>;

/// Those of this run.
fn reviewed() -> MutexGuard<'static, Reviewed> {
    static REVIEWED: Mutex<Reviewed> = Mutex::new(BTreeMap::new());
    REVIEWED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What reads the constraints.
type ReadConstraints<'r> = &'r dyn Fn() -> Result<Inputs, Error>;

/// Reads all loose files; of one that is not what it should be, the error says what it is.
fn read_from(
    args: &LockArgs,
    texts: &dyn ReadText,
    constraints: ReadConstraints<'_>,
    terminal: Terminal,
) -> Result<Inputs, Error> {
    read_files(args, texts, constraints, terminal)
        .map_err(|error| not_loose::explain(&args.loose).map_or(error, Into::into))
}

fn read_files(
    args: &LockArgs,
    texts: &dyn ReadText,
    constraints: ReadConstraints<'_>,
    terminal: Terminal,
) -> Result<Inputs, Error> {
    for file in args.loose.iter().chain(&args.constraints) {
        before_reading(file);
    }
    let mut missing = args
        .loose
        .iter()
        .filter(|file| *file != "-" && !Path::new(file).exists());
    if let Some(error) = missing.find_map(|word| misplaced_arguments::explain(word, args)) {
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
    inputs.append(constraints()?);
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
    let (mut own, mut wanted) = (Vec::new(), Vec::new());
    for (file, form) in others {
        if *form == Form::Setup {
            wanted.push(Wanted::of_file(file, &args.extras));
            continue;
        }
        let text = match args.edited_text(file) {
            Some(text) => text.to_owned(),
            None => text_of(file)?,
        };
        if *form == Form::Project && is_declared_elsewhere(file, args) {
            inputs.append(read_groups(file, &text, &args.groups)?);
            wanted.push(Wanted::of_file(file, &args.extras));
            continue;
        }
        inputs.append(form.read(file, &text, args)?);
        if *form == Form::Project {
            inputs.append(own_projects::read_dependency_files(
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
    let is_project = |(_, form): &(_, Form)| *form != Form::Script;
    if !(args.extras.is_empty() && args.groups.is_empty() || others.iter().any(is_project)) {
        return Err(InputsError::NoProject.into());
    }
    own_projects::expand(inputs, wanted, texts, &NoBuilds)?;
    replace_own(inputs, &mut own)?;
    Ok(own)
}

/// Whether a `pyproject.toml` leaves what is asked of its project to its backend, or to `setup.cfg`.
fn is_declared_elsewhere(file: &str, args: &LockArgs) -> bool {
    let path = Path::new(file);
    if path.file_name().is_none_or(|name| name != "pyproject.toml") {
        return false;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let Ok(files) = files_of(folder) else {
        return false;
    };
    let text = files.pyproject.as_deref().unwrap_or_default();
    let has_project = text
        .parse::<toml::Table>()
        .map(|table| table.contains_key("project"));
    let asks_for_groups = !args.groups.is_empty() && args.extras.is_empty();
    let is_elsewhere = matches!(
        files.declared(&args.extras),
        Declared::SetupCfg | Declared::Build(_)
    );
    is_elsewhere && (has_project.unwrap_or_default() || !asks_for_groups)
}

/// The form of a loose file that is not a requirements file, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `pyproject.toml`.
    Project,
    /// `setup.py` or `setup.cfg`.
    Setup,
    /// A script with a PEP 723 block.
    Script,
}

impl Form {
    fn of(file: &str) -> Option<Self> {
        let name = Path::new(file).file_name()?;
        if name == "setup.py" || name == "setup.cfg" {
            return Some(Self::Setup);
        }
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
            Self::Setup => Inputs::default(),
            Self::Project => harden_requirements::read_pyproject(file, text, parts)?,
            Self::Script => harden_requirements::read_script(file, text)?,
        })
    }
}

fn text_of(file: &str) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|source| Error::read(file, source))
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

/// Reads the files of `--override`; warns of constraints and options in them, which have no effect.
pub fn read_overrides(args: &LockArgs, terminal: Terminal) -> Result<Inputs, Error> {
    if args.imports {
        return Ok(imported_lock::read(args)?.overrides);
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
