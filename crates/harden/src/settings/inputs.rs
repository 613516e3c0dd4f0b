//! The loose requirements: read from files and standard input, and turned into what the resolver is
//! asked for.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::report::{Error, Terminal};
use crate::settings::args::{Command, LockArgs};
use clap::Subcommand;
use harden_packaging::{ParseReferenceError, Sha256};
use harden_requirements::{
    Entry, Hash, HashAlgorithm, Input, InputOptions, Inputs, PackageChoice, ReadText, Requirement,
    Source,
};
use harden_resolver::{Asked, PrereleaseMode};

/// Requirements files of this machine.
struct Files;

impl ReadText for Files {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if path == "-" {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        if path.contains("://") {
            return Err(io::Error::other(
                "requirements files are not read over the network; download it and name the file",
            ));
        }
        fs::read(path)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// Reads all that the arguments name, with all that it includes.
pub fn read(args: &LockArgs, terminal: Terminal) -> Result<Inputs, Error> {
    let is_command = |file: &&String| Command::has_subcommand(file) && !Path::new(file).exists();
    if let Some(command) = args.loose.iter().find(is_command) {
        return Err(Error::CommandNotFirst(command.clone()));
    }
    if let Some(folder) = args.loose.iter().find(|file| Path::new(file).is_dir()) {
        return Err(Error::LooseIsFolder(folder.clone()));
    }
    let (mut requirements, mut others) = (Vec::new(), Vec::new());
    for file in &args.loose {
        match Form::of(file) {
            None => requirements.push(file.as_str()),
            Some(form) => others.push((file, form)),
        }
    }
    let mut inputs = harden_requirements::read(&requirements, &Files)?;
    for (file, form) in &others {
        inputs.append(form.read(file, args)?);
    }
    let is_project = |(_, form): &(_, Form)| *form == Form::Project;
    if !(args.extras.is_empty() && args.groups.is_empty() || others.iter().any(is_project)) {
        return Err(Error::NoProject);
    }
    let constraints: Vec<&str> = args.constraints.iter().map(String::as_str).collect();
    inputs.append(harden_requirements::read_constraints(&constraints, &Files)?);
    for warning in &inputs.warnings {
        terminal.warning(warning);
    }
    Ok(inputs)
}

/// What a file is, by its name, where it is no requirements file.
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

    fn read(self, file: &str, args: &LockArgs) -> Result<Inputs, Error> {
        let text = fs::read_to_string(file).map_err(|source| Error::Read {
            path: file.into(),
            source,
        })?;
        Ok(match self {
            Self::Project => {
                harden_requirements::read_pyproject(file, &text, &args.extras, &args.groups)?
            }
            Self::Script => harden_requirements::read_script(file, &text)?,
        })
    }
}

/// What the digest of the inputs is taken of; a requirement that overrides others is another one.
pub fn lines(inputs: &Inputs, overrides: &Inputs) -> Vec<String> {
    let overrides = overrides.canonical_lines();
    let overrides = overrides.iter().map(|line| format!("--override {line}"));
    inputs
        .canonical_lines()
        .into_iter()
        .chain(overrides)
        .collect()
}

/// What is required and what bounds it.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// The requirements.
    pub requirements: Vec<Asked>,
    /// The constraints.
    pub constraints: Vec<Asked>,
}

/// Reads the files of `--override`, whose constraints and options mean nothing.
pub fn read_overrides(files: &[String], terminal: Terminal) -> Result<Inputs, Error> {
    if files.is_empty() {
        return Ok(Inputs::default());
    }
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    let inputs = harden_requirements::read(&paths, &Files)?;
    for warning in &inputs.warnings {
        terminal.warning(warning);
    }
    if inputs.options != InputOptions::default() || !inputs.constraints.is_empty() {
        let files = files.join(", ");
        terminal.warning(&format!(
            "{files}: options and constraints have no effect in a file of overrides"
        ));
    }
    Ok(inputs)
}

/// What the resolver is asked for; all lines that it cannot be asked for, if there are any.
pub fn wishes(inputs: &Inputs) -> Result<Expectations, Error> {
    let mut unsuitable = Vec::new();
    let mut all = |inputs: &[Input]| -> Vec<Asked> {
        let asked = inputs.iter().map(asked);
        asked
            .filter_map(|asked| asked.map_err(|reason| unsuitable.push(reason)).ok())
            .collect()
    };
    let wishes = Expectations {
        requirements: all(&inputs.requirements),
        constraints: all(&inputs.constraints),
    };
    unsuitable.extend(no_binary(&inputs.options.formats.no_binary));
    if unsuitable.is_empty() {
        Ok(wishes)
    } else {
        Err(Error::Unsuitable(unsuitable))
    }
}

fn asked(input: &Input) -> Result<Asked, String> {
    let place = input.origin.to_string();
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

/// Why a line that names something by its place has none in a strict file.
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
    let instead = "require the package by its name, from an index or from a folder of wheels that \
                   --find-links names, or name the URL or path of a wheel";
    match why {
        Some(why @ ParseReferenceError::Filename(_)) if before.is_empty() => {
            format!("{place}: `{shown}` cannot be pinned: {why}; {instead}")
        }
        Some(why) if before.is_empty() && *why != ParseReferenceError::Repository => {
            format!("{place}: `{shown}` cannot be pinned: {why}")
        }
        _ => format!("{place}: `{before}{shown}` has no hash that could be pinned; {instead}"),
    }
}

/// The URL without what stands before its host, which may be a login, and without its query.
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
            "`--hash={hash}` cannot bind a strict file, whose hashes are sha256"
        )),
    };
    hashes.iter().map(digest).collect()
}

fn no_binary(choice: &PackageChoice) -> Option<String> {
    let names = named(choice)?;
    Some(format!(
        "`--no-binary {names}` asks for sdists where there are wheels, and a strict file holds \
         wheels; leave it out, or build those wheels and name their folder with --find-links"
    ))
}

/// The names of a choice as an option's value; `None` where there are none.
fn named(choice: &PackageChoice) -> Option<String> {
    let names: Vec<&str> = choice.names.iter().map(AsRef::as_ref).collect();
    let all = choice.all.then_some(":all:");
    let names: Vec<&str> = all.into_iter().chain(names).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// The mode that the files ask for with `--pre` and its kin.
pub fn prerelease_mode(inputs: &Inputs, terminal: Terminal) -> PrereleaseMode {
    let releases = &inputs.options.releases;
    for (option, choice) in [
        ("--all-releases", &releases.all_releases),
        ("--only-final", &releases.only_final),
    ] {
        let names = PackageChoice {
            all: false,
            ..choice.clone()
        };
        if let Some(names) = named(&names) {
            terminal.warning(&format!(
                "`{option} {names}` has no effect; a specifier that names a pre-release, as \
                 `>=2.0rc1`, opens one package to them"
            ));
        }
    }
    if releases.all_releases.all {
        PrereleaseMode::Allow
    } else if releases.only_final.all {
        PrereleaseMode::Disallow
    } else {
        PrereleaseMode::default()
    }
}
