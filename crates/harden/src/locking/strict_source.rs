//! Strict files with the settings they are made with, from their headers or from the configuration.

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use harden_hasher::{Header, Read, Rule, StrictFile, command_of, quoted_command, shown_command};
use harden_index::FindLinks;
use harden_target::Target;

use crate::locking::existing::Existing;
use crate::locking::{header_command, pylock, recorded_command};
use crate::report::{Error, Report, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::config::{Config, Governing, STRICT, current_folder, governing, place};
use crate::settings::platforms;
use crate::settings::platforms::note_names;
use crate::settings::project_folder::ProjectFolder;

/// A strict file whose header records no command.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not record the command that wrote it")]
pub struct NoCommand(pub String);

impl Report for NoCommand {
    fn hint(&self) -> Option<String> {
        let hint = "lock it with harden first, as in `harden loose.txt -p TARGET -o strict.txt`";
        Some(hint.to_owned())
    }
}

/// A strict file that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no such file: `{}`", .0.display())]
pub struct NoStrict(PathBuf);

impl NoStrict {
    /// The error for this path.
    pub fn at(path: &Path) -> Error {
        Self(path.to_owned()).into()
    }
}

impl Report for NoStrict {
    fn hint(&self) -> Option<String> {
        let hint = "create it with `harden loose.txt -o strict.txt`, or name another file";
        Some(hint.to_owned())
    }
}

/// A strict file, and the settings it is made with. Its paths are relative to the folder that it was made
/// in; [`StrictSource::enter`] makes that the current one.
pub struct StrictSource {
    bytes: Vec<u8>,
    /// Its absolute path.
    path: PathBuf,
    /// Its name, from the folder that the user is in.
    shown: String,
    /// Where it was made, from the folder that the user is in; empty for the same.
    folder: PathBuf,
    /// The arguments that its header says it was made with.
    recorded: Option<LockArgs>,
    /// Where the arguments are from that it should be made with.
    source: Source,
    /// The command that locks it again.
    fix: String,
    policy: Option<Governing>,
    /// The folder of its project.
    project: ProjectFolder,
}

/// Where the settings of a strict file come from.
enum Source {
    /// Its header.
    Header,
    /// The command line names the loose files; the header says the rest.
    Named(Vec<String>),
    /// The configuration of this name.
    Configuration(String, Box<LockArgs>),
}

impl StrictSource {
    /// The strict files if none is named: those of the configuration, else
    /// `strict.txt`.
    pub fn unnamed() -> Result<Vec<Self>, Error> {
        let Some(config) = Config::find()? else {
            return Ok(vec![Self::named(&[], STRICT)?]);
        };
        let above = from_here(config.folder())?;
        let is_own = config.locks.len() == 1;
        let start = current_folder()?;
        let made = config.locks.into_iter().map(|lock| {
            let path = above.join(lock.output.as_deref().unwrap_or(Path::new(STRICT)));
            let shown = path.display().to_string();
            let bytes = read_bytes(&path)?;
            Ok(Self {
                fix: quoted_command(&["harden".into(), "--output".into(), shown.clone()]),
                recorded: recorded_in(&bytes),
                policy: lock.policy.clone().map(|policy| Governing {
                    policy,
                    file: above.join(&config.file),
                    is_own,
                }),
                source: Source::Configuration(config.file.clone(), Box::new(lock)),
                folder: above.clone(),
                project: ProjectFolder::of(&absolute(&path)?, &start, &above),
                path: absolute(&path)?,
                shown,
                bytes,
            })
        });
        made.collect()
    }

    /// The strict file of this name, which is to answer `loose`; where that is empty, what its
    /// header names.
    pub fn named(loose: &[String], strict: &str) -> Result<Self, Error> {
        let bytes = read_bytes(Path::new(strict))?;
        let recorded = recorded_in(&bytes);
        let folder = match &recorded {
            Some(recorded) if loose.is_empty() => made_in(Path::new(strict), recorded),
            _ => PathBuf::new(),
        };
        Ok(Self {
            fix: fix(loose, strict, &folder, recorded.as_ref()),
            source: match loose {
                [] => Source::Header,
                loose => Source::Named(loose.to_vec()),
            },
            policy: governing(Path::new(strict))?.map(shown_from_here),
            project: ProjectFolder::of(&absolute(Path::new(strict))?, &current_folder()?, &folder),
            path: absolute(Path::new(strict))?,
            shown: strict.to_owned(),
            bytes,
            folder,
            recorded,
        })
    }

    /// The command that locks it again, as far as it is known.
    pub fn fix(&self) -> &str {
        &self.fix
    }

    /// The command of [`Self::known_fix`] with further options, such as `-P NAME==VERSION`.
    pub fn known_fix_with(&self, options: &str) -> Option<String> {
        let fix = self.known_fix()?;
        Some(match fix.split_once(LEFT_OUT) {
            Some((command, left_out)) => format!("{command} {options}{LEFT_OUT}{left_out}"),
            None => format!("{fix} {options}"),
        })
    }

    /// The command that locks it again, if it is known.
    fn known_fix(&self) -> Option<&str> {
        let is_known = matches!(self.source, Source::Configuration(..)) || self.recorded.is_some();
        is_known.then_some(&*self.fix)
    }

    /// The policy that holds for it, with the path of its configuration from the folder that the user
    /// is in.
    pub fn policy(&self) -> Option<&Governing> {
        self.policy.as_ref()
    }

    /// Its name, as it is shown.
    pub fn name(&self) -> &str {
        &self.shown
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder it was made in the current one.
    pub fn enter(&self, start: &Path) -> Result<(), Error> {
        let folder = start.join(&self.folder);
        env::set_current_dir(&folder).map_err(|source| Error::read(folder, source))
    }

    /// What stands before the names of loose files for them to be found from where the user is.
    pub fn before_names(&self) -> String {
        if self.folder.as_os_str().is_empty() {
            String::new()
        } else {
            format!("{}/", self.folder.display())
        }
    }

    /// The file, with the faults that it shows by itself.
    pub fn read(&self) -> Read {
        let mut read = harden_hasher::read(&self.bytes, &self.shown, &self.fix);
        if let Some(difference) = self.difference() {
            read.add(Rule::Stale, difference);
        }
        read
    }

    /// The strict file, without a check.
    pub fn strict(&self) -> Result<StrictFile, Error> {
        let text = String::from_utf8_lossy(&self.bytes);
        Ok(StrictFile::parse(&text, &self.shown)?)
    }

    /// The arguments that it should be made with; `None` if neither its header nor anything else says.
    pub fn arguments(&self) -> Option<LockArgs> {
        match &self.source {
            Source::Header => self.recorded.clone(),
            Source::Named(loose) => Some(LockArgs {
                loose: loose.clone(),
                ..self.recorded.clone().unwrap_or_default()
            }),
            Source::Configuration(_, lock) => Some((**lock).clone()),
        }
    }

    /// The folder of its project, if someone other than the user says which loose files to read.
    pub fn own_project(&self) -> Option<&ProjectFolder> {
        let is_under_review = !matches!(self.source, Source::Named(_));
        Some(&self.project).filter(|_| is_under_review)
    }

    /// Reports the files outside of its project that it would have read; whether there are any.
    pub fn find_outside(&self, read: &mut Read) -> bool {
        let outside = self.outside_files();
        for path in &outside {
            let project = self.project.path().display();
            let message =
                format!("`{path}` is to be read, and it is outside of the project in {project}");
            read.add(Rule::Header, message);
        }
        !outside.is_empty()
    }

    fn outside_files(&self) -> Vec<&String> {
        let (loose, args) = match (&self.source, &self.recorded) {
            (Source::Header, Some(recorded)) => (&recorded.loose[..], recorded),
            (Source::Named(_), Some(recorded)) => (&[][..], recorded),
            (Source::Configuration(_, lock), _) => (&lock.loose[..], &**lock),
            (Source::Header | Source::Named(_), None) => return Vec::new(),
        };
        let platforms = args.platform.iter();
        let platforms = platforms.filter(|name| name.parse::<Target>().is_err());
        let files = loose.iter().chain(&args.constraints).chain(&args.overrides);
        let files = files.filter(|file| *file != "-" && !file.contains("://"));
        let outside = |file: &&String| !self.project.holds(Path::new(file));
        files.chain(platforms).filter(outside).collect()
    }

    /// Whether its loose requirements came from standard input, and cannot be read again.
    pub fn came_from_stdin(&self) -> bool {
        let recorded = self.recorded.as_ref();
        matches!(self.source, Source::Header)
            && recorded.is_some_and(|recorded| recorded.loose.iter().any(|file| file == "-"))
    }

    /// How the configuration differs from the header, if it does.
    fn difference(&self) -> Option<String> {
        let Source::Configuration(file, lock) = &self.source else {
            return None;
        };
        let recorded = self.recorded.as_ref()?;
        let said = shown_words(lock);
        let done = shown_words(&without_unsaid(recorded.clone(), lock));
        if said == done {
            return None;
        }
        let only = |words: &[String], others: &[String], args: &LockArgs| -> String {
            let only = words.iter().filter(|word| !others.contains(word));
            let only = only.map(|word| format!(" `{}`", as_given(word, args)));
            only.collect()
        };
        Some(
            match (only(&said, &done, lock), only(&done, &said, recorded)) {
                (new, old) if old.is_empty() => {
                    format!("{file} says{new} now, which the file was made without")
                }
                (new, old) if new.is_empty() => {
                    format!("{file} no longer says{old}, which the file was made with")
                }
                (new, old) => format!("{file} says{new} now, and the file was made with{old}"),
            },
        )
    }
}

/// The policy with the way to its configuration from here, where there is one.
fn shown_from_here(mut governing: Governing) -> Governing {
    let folder = governing.file.parent().map(place);
    if let (Some(folder), Ok(here)) = (folder, current_folder())
        && let Some(name) = governing.file.file_name()
    {
        governing.file = way(&place(&here), &folder).join(name);
    }
    governing
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::read(path, source))
}

/// The arguments, spelled one way, a word each option with its value.
fn shown_words(args: &LockArgs) -> Vec<String> {
    let name = |name: &String| match name.parse::<Target>() {
        Ok(target) => target.to_string(),
        Err(_) => name.clone(),
    };
    let platforms: Vec<String> = args.platform.iter().map(name).collect();
    let mut options: Vec<Vec<String>> = Vec::new();
    for word in header_command::command(args, &platforms) {
        match options.last_mut() {
            Some(option) if option[0].starts_with("--") && !word.starts_with("--") => {
                option.push(word);
            }
            _ => options.push(vec![word]),
        }
    }
    options.iter().map(|option| shown_command(option)).collect()
}

/// An option with its target as the arguments name it, if it is one of a target.
fn as_given(word: &str, args: &LockArgs) -> String {
    let canonical = word.strip_prefix("--platform ");
    let is_it = |name: &&String| {
        let target = name.parse::<Target>().ok();
        target.is_some_and(|target| Some(&*target.to_string()) == canonical)
    };
    match args.platform.iter().find(is_it) {
        Some(name) => format!("--platform {name}"),
        None => word.to_owned(),
    }
}

/// The recorded arguments without indexes that the configuration leaves to the environment.
fn without_unsaid(mut recorded: LockArgs, lock: &LockArgs) -> LockArgs {
    let (index, said) = (&mut recorded.index, &lock.index);
    if said.index_url.is_none() && !said.no_index {
        index.index_url = None;
        index.no_index = false;
    }
    if said.extra_index_url.is_empty() {
        index.extra_index_url.clear();
    }
    if said.find_links.is_empty() {
        index.find_links.clear();
    }
    recorded
}

/// The link lists of a strict file that exist. A folder is looked for beside the file first, as pip
/// does. A missing folder may be on another machine, and its files may be in the wheelhouse already.
pub fn found_links(links: &[Box<str>], strict: &Path, terminal: Terminal) -> Vec<Box<str>> {
    let beside = strict.parent().unwrap_or(strict);
    let found = |link: &str| {
        let Ok(FindLinks::Local(path)) = link.parse() else {
            return Some(link.into());
        };
        let places = [beside.join(&path), path];
        let place = places.iter().find(|place| place.exists());
        if place.is_none() {
            terminal.warning(&format!(
                "{} names `--find-links {link}`, but there is no such folder; uv refuses the file \
                 without it",
                strict.display()
            ));
        }
        Some(place?.to_string_lossy().into())
    };
    links.iter().filter_map(|link| found(link)).collect()
}

/// The targets that a header names, and the faults of invalid names.
///
/// A target that was made of a complete-platform file is read from that, if the arguments name it;
/// else, as that of an interpreter, it is taken for the plain one that is nearest.
pub fn targets(header: &Header, args: Option<&LockArgs>) -> (Vec<Target>, Vec<String>) {
    let named = args.map_or(&[] as &[String], |args| &args.platform);
    let files: Vec<Target> = named
        .iter()
        .filter(|name| name.parse::<Target>().is_err())
        .filter_map(|name| platforms::complete_platform(Path::new(name)).ok())
        .collect();
    let (mut targets, mut faults) = (Vec::new(), Vec::new());
    for name in header.platforms() {
        let file = files.iter().find(|target| target.to_string() == *name);
        let plain = name.split('+').next().unwrap_or(name);
        match file.cloned().map_or_else(|| plain.parse(), Ok) {
            Ok(target) => targets.push(target),
            Err(error) => faults.push(format!("the platform `{name}` is none: {error}")),
        }
    }
    (targets, faults)
}

/// The way to a folder that is this one or above it.
fn from_here(folder: &Path) -> Result<PathBuf, Error> {
    let here = current_folder()?;
    let below = here.strip_prefix(folder).unwrap_or(Path::new(""));
    Ok(below.components().map(|_| Component::ParentDir).collect())
}

/// The strict files: the named one, else those of the configuration that exist, whose folder becomes the
/// current one, else `strict.txt`.
pub fn strict_files(named: Option<&PathBuf>) -> Result<Vec<PathBuf>, Error> {
    if let Some(path) = named {
        return Ok(vec![path.clone()]);
    }
    let Some(config) = Config::find()? else {
        return Ok(vec![STRICT.into()]);
    };
    config.enter()?;
    let strict = config.locks.into_iter().filter_map(|lock| lock.output);
    let there: Vec<PathBuf> = strict.filter(|path| path.exists()).collect();
    Ok(if there.is_empty() {
        vec![STRICT.into()]
    } else {
        there
    })
}

/// The lock file of another tool.
#[derive(Debug, thiserror::Error)]
#[error("{} is a lock file of another tool", .0.display())]
struct OtherLock(PathBuf);

impl OtherLock {
    const NAMES: [&str; 5] = [
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
    ];

    fn is(path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| Self::NAMES.contains(&name))
    }
}

impl Report for OtherLock {
    fn hint(&self) -> Option<String> {
        let lock = self.0.display();
        Some(format!(
            "make a strict file of it: `harden import {lock} -p TARGET -o strict.txt`"
        ))
    }
}

/// Reads a strict file.
pub fn read(path: &Path) -> Result<StrictFile, Error> {
    let text = match String::from_utf8(read_bytes(path)?) {
        Ok(text) => text,
        Err(error) => {
            let error = io::Error::new(ErrorKind::InvalidData, error);
            return Err(Error::read(path.to_owned(), error));
        }
    };
    let strict = StrictFile::parse(&text, &path.to_string_lossy());
    if strict.is_err() && OtherLock::is(path) {
        return Err(OtherLock(path.to_owned()).into());
    }
    let strict = strict?;
    strict.header().map(note_target_names);
    Ok(strict)
}

/// Notes how the user named the targets, for messages.
pub fn note_target_names(header: &Header) {
    let recorded = recorded_command::arguments(header);
    note_names(&recorded.unwrap_or_default().platform);
}

/// Whether a strict file is one by itself, which installers take, rather than part of a `pylock.toml`.
pub fn is_plain(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "toml")
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => NoStrict::at(path),
        _ => Error::read(path.to_owned(), source),
    })?;
    pylock::unwrapped(bytes, &path.to_string_lossy())
}

fn recorded_in(bytes: &[u8]) -> Option<LockArgs> {
    let recorded = recorded_command::of_command(&command_of(bytes)?)?;
    note_names(&recorded.platform);
    Some(recorded)
}

/// The folder that a file was made in: what its path has before the path it was written to; where
/// that cannot be told, its own folder, if the loose files are not here.
pub fn made_in(strict: &Path, recorded: &LockArgs) -> PathBuf {
    let own = || strict.parent().unwrap_or(Path::new("")).to_owned();
    let is_plain = |path: &Path| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    };
    match &recorded.output {
        Some(output) if is_plain(output) && strict.ends_with(output) => {
            let depth = output.components().count();
            strict
                .ancestors()
                .nth(depth)
                .unwrap_or(Path::new(""))
                .to_owned()
        }
        Some(output) if is_plain(output) => match folder_above(strict, output) {
            Some(folder) => folder,
            None if has_loose(recorded) => PathBuf::new(),
            None => own(),
        },
        _ if has_loose(recorded) => PathBuf::new(),
        _ => own(),
    }
}

fn has_loose(recorded: &LockArgs) -> bool {
    let mut loose = recorded.loose.iter();
    loose.all(|loose| Path::new(loose).exists())
}

/// The way from here to the folder in which `output` is the file at `strict`, however that is spelled.
fn folder_above(strict: &Path, output: &Path) -> Option<PathBuf> {
    let file = place(strict);
    let depth = output.components().count();
    let folder = file
        .ends_with(output)
        .then(|| file.ancestors().nth(depth))??;
    let here = current_folder().and_then(|here| {
        here.canonicalize()
            .map_err(|source| Error::read(here, source))
    });
    Some(way(&here.ok()?, folder))
}

/// The relative path from one folder to another; both are absolute.
fn way(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components());
    let common = same.take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// What a command says before the names of the options that it leaves out.
const LEFT_OUT: &str = " # add your own ";

/// The command that locks a file again, in its place.
///
/// Of what the file says of its making, only its kind, its format and the names of loose files and targets are used: a change
/// under review could name another index in its header, and people copy the command.
fn fix(loose: &[String], strict: &str, folder: &Path, recorded: Option<&LockArgs>) -> String {
    let Some(recorded) = recorded else {
        return fix_of_unknown(loose, strict);
    };
    let (loose, output) = if loose.is_empty() {
        let name = Path::new(strict).strip_prefix(folder);
        let name = name.unwrap_or(Path::new(strict)).to_owned();
        (
            recorded.loose.clone(),
            recorded.output.clone().unwrap_or(name),
        )
    } else {
        (loose.to_vec(), strict.into())
    };
    let targets = recorded.platform.iter();
    let targets = targets.filter_map(|name| name.parse::<Target>().ok());
    let targets: Vec<String> = targets.map(|target| target.to_string()).collect();
    let args = LockArgs {
        loose,
        output: Some(output),
        format: recorded.format,
        imports: recorded.imports,
        ..LockArgs::default()
    };
    let words = header_command::command(&args, &targets);
    let mut command = quoted_command(&words);
    let left_out = options_beside(&words, recorded);
    if !left_out.is_empty() {
        command = format!("{command}{LEFT_OUT}{}", left_out.join(", "));
    }
    if folder.as_os_str().is_empty() {
        return command;
    }
    let folder = quoted_command(&[folder.display().to_string()]);
    format!("cd {folder} && {command}")
}

/// The names of the recorded options that a command leaves out.
fn options_beside(words: &[String], recorded: &LockArgs) -> Vec<String> {
    let all = header_command::command(recorded, &recorded.platform);
    let mut names: Vec<String> = Vec::new();
    for word in all {
        let is_option = word.starts_with("--") && word.len() > 2;
        if is_option && !words.contains(&word) && !names.contains(&word) {
            names.push(word);
        }
    }
    names
}

/// The command that locks into a file of which no command is known. It never overwrites a file that
/// may be a list of loose requirements.
fn fix_of_unknown(loose: &[String], strict: &str) -> String {
    let existing = |path: &str| Existing::read(Some(Path::new(path))).unwrap_or_default();
    if !existing(strict).is_plain() {
        let loose = match loose {
            [] => "LOOSE".to_owned(),
            loose => quoted_command(loose),
        };
        let strict = quoted_command(&[strict.to_owned()]);
        return format!("harden {loose} --platform TARGET --output {strict}");
    }
    match loose {
        [first] if existing(first).strict().is_some() => {
            let files = quoted_command(&[strict.to_owned(), first.clone()]);
            format!("harden check {files}")
        }
        _ => {
            let loose = quoted_command(&[strict.to_owned()]);
            format!("harden {loose} --platform TARGET --output {STRICT}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(command: &str) -> LockArgs {
        recorded_command::of_command(command).unwrap()
    }

    #[test]
    fn the_folder_a_file_was_made_in_is_what_stands_before_its_output() {
        for (strict, command, folder) in [
            ("strict.txt", "harden loose.txt --output strict.txt", ""),
            (
                "web/strict.txt",
                "harden loose.txt --output strict.txt",
                "web",
            ),
            (
                "web/strict.txt",
                "harden web/loose.txt --output web/strict.txt",
                "",
            ),
            (
                "../a/web/strict.txt",
                "harden web/loose.txt --output web/strict.txt",
                "../a",
            ),
            ("web/strict.txt", "harden no-such-loose.txt", "web"),
        ] {
            assert_eq!(
                made_in(Path::new(strict), &recorded(command)),
                Path::new(folder),
                "{strict}"
            );
        }
    }

    #[test]
    fn the_fix_writes_a_file_where_it_is() {
        let fix = |strict: &str, command: &str| {
            let recorded = recorded(command);
            let folder = made_in(Path::new(strict), &recorded);
            super::fix(&[], strict, &folder, Some(&recorded))
        };
        assert_eq!(
            fix("strict.txt", "harden loose.txt --output strict.txt"),
            "harden loose.txt --output strict.txt"
        );
        assert_eq!(
            fix("my web/strict.txt", "harden loose.txt --output strict.txt"),
            "cd 'my web' && harden loose.txt --output strict.txt"
        );
        assert_eq!(
            fix("web/strict.txt", "harden no-such-loose.txt"),
            "cd web && harden no-such-loose.txt --output strict.txt"
        );
        assert_eq!(
            super::fix(&["in.txt".into()], "out.txt", Path::new(""), None),
            "harden in.txt --platform TARGET --output out.txt"
        );
    }
}
