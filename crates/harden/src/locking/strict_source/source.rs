//! A strict file under review, with the settings it is made with: from its header or the configuration.

use std::env;
use std::path::{Component, Path, PathBuf};

use harden_hasher::{Read, Rule, StrictFile, command_of, with_options};
use harden_target::Target;

use super::difference::difference;
use super::files::read_bytes;
use super::fix::{fix, fix_of_configured};
use super::made_in::{made_in, way};
use crate::locking::recorded_command;
use crate::report::Error;
use crate::report::each::each;
use crate::settings::args::LockArgs;
use crate::settings::config::{Config, GoverningPolicy, STRICT, current_folder, governing, place};
use crate::settings::platforms::note_names;
use crate::settings::project_folder::{ProjectFolder, ProjectFolders};
use crate::settings::shard::Shard;

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
    policy: Option<GoverningPolicy>,
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
    /// The strict files if none is named: those of the configuration, or the part of them that `shard` is,
    /// else `strict.txt`.
    pub fn unnamed(shard: Option<Shard>) -> Result<Vec<Self>, Error> {
        let Some(config) = Config::find()? else {
            let only = vec![Self::named(&[], STRICT)?];
            return Ok(part(only, shard));
        };
        let above = from_here(config.folder())?;
        let is_own = config.locks.len() == 1;
        let start = current_folder()?;
        let locks = part(config.locks, shard);
        let projects = ProjectFolders::default();
        let made = each(&locks, SHARE, |lock| {
            let mut lock = lock.clone();
            let path = above.join(lock.output.as_deref().unwrap_or(Path::new(STRICT)));
            let shown = path.display().to_string();
            let bytes = read_bytes(&path)?;
            let recorded = recorded_in(&bytes);
            lock.imports = recorded
                .as_ref()
                .is_some_and(|recorded| imports(recorded, &lock));
            Ok(Self {
                fix: fix_of_configured(&lock, &above, &shown),
                recorded,
                policy: lock.policy.clone().map(|policy| GoverningPolicy {
                    policy,
                    file: above.join(&config.file),
                    is_own,
                }),
                source: Source::Configuration(config.file.clone(), Box::new(lock)),
                folder: above.clone(),
                project: projects.of(&absolute(&path)?, &start, &above),
                path: absolute(&path)?,
                shown,
                bytes,
            })
        });
        made.into_iter().collect()
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

    /// The command that locks it again with further options, such as `-P NAME==VERSION`, if it is known.
    pub fn known_fix_with(&self, options: &str) -> Option<String> {
        Some(with_options(self.known_fix()?, options))
    }

    /// The command that locks it again, if it is known.
    fn known_fix(&self) -> Option<&str> {
        let is_known = matches!(self.source, Source::Configuration(..)) || self.recorded.is_some();
        is_known.then_some(&*self.fix)
    }

    /// The policy that holds for it, with the path of its configuration from the folder that the user
    /// is in.
    pub fn policy(&self) -> Option<&GoverningPolicy> {
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
                format!("`{path}` would be read, but it is outside of the project in {project}");
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
        match &self.source {
            Source::Configuration(file, lock) => difference(file, lock, self.recorded.as_ref()?),
            Source::Header | Source::Named(_) => None,
        }
    }
}

/// How many strict files one worker should have at least: reading one takes about 0.1 ms.
const SHARE: usize = 8;

/// The part of the items that `shard` is.
fn part<T>(items: Vec<T>, shard: Option<Shard>) -> Vec<T> {
    match shard {
        Some(shard) => shard.of(items),
        None => items,
    }
}

/// Whether a strict file was imported from what its lock in the configuration is made from.
fn imports(recorded: &LockArgs, lock: &LockArgs) -> bool {
    recorded.imports && recorded.loose == lock.loose
}

/// The policy with the way to its configuration from here, where there is one.
fn shown_from_here(mut governing: GoverningPolicy) -> GoverningPolicy {
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

/// The way to a folder that is this one or above it.
fn from_here(folder: &Path) -> Result<PathBuf, Error> {
    let here = current_folder()?;
    let below = here.strip_prefix(folder).unwrap_or(Path::new(""));
    Ok(below.components().map(|_| Component::ParentDir).collect())
}

fn recorded_in(bytes: &[u8]) -> Option<LockArgs> {
    let recorded = recorded_command::of_command(&command_of(bytes)?)?;
    note_names(&recorded.platform);
    Some(recorded)
}
