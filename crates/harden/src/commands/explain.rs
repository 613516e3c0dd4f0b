//! `harden explain NAME`: why a package is in a lock, at that version, and what keeps newer releases
//! out.
//!
//! Resolves the lock again, with its pins kept while they are valid, and writes nothing.

use std::collections::{BTreeSet, VecDeque};
use std::env;
use std::path::{Path, PathBuf};

use harden_hasher::StrictPin;
use harden_packaging::{PackageName, Resolution, Via};
use harden_resolver::{Answer, HeldBack, PinReasons};
use harden_target::Target;
use serde_json::{Value, json};

use crate::locking::build;
use crate::locking::client::Clients;
use crate::locking::existing_output::Existing;
use crate::locking::not_locked::NotLocked;
use crate::locking::recorded_command::repeating;
use crate::locking::request::LockRequest;
use crate::locking::strict_source;
use crate::locking::strict_source::{NoCommand, made_in, strict_files};
use crate::report::format::list;
use crate::report::output::print;
use crate::report::target_names::named;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{ExplainArgs, LockArgs};
use crate::settings::config::{PathPrefix, current_folder, governing, place};
use crate::settings::cutoffs::now;

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
enum ExplainError {
    /// The arguments do not name one package.
    #[error("{}", if .0.is_empty() { "no package given".to_owned() } else { format!("several packages given: {}", list(.0)) })]
    NotOneName(Vec<String>),
}

impl Report for ExplainError {
    fn hint(&self) -> Option<String> {
        Some("name one, as in `harden explain NAME`".to_owned())
    }
}

/// The words of the command line in any order: the package, and files.
struct Words {
    name: PackageName,
    /// Files that harden wrote.
    strict: Vec<String>,
    loose: Vec<String>,
}

impl Words {
    fn of(args: &ExplainArgs) -> Result<Self, Error> {
        let words = [&args.word].into_iter().chain(&args.lock.loose);
        let is_file = |word: &&String| {
            let has_extension =
                Path::new(word).extension().is_some() && word.parse::<PackageName>().is_err();
            *word == "-" || has_extension || Path::new(word).is_file() || word.contains('/')
        };
        let (files, names): (Vec<&String>, Vec<&String>) = words.partition(is_file);
        let [name] = names[..] else {
            let names = names.into_iter().cloned().collect();
            return Err(ExplainError::NotOneName(names).into());
        };
        let name = name.parse::<PackageName>();
        let name = name.map_err(|_| ExplainError::NotOneName(Vec::new()))?;
        let is_strict = |file: &&String| {
            let existing = Existing::read(Some(Path::new(file)));
            existing.is_ok_and(|existing| existing.strict().is_some())
        };
        let (strict, loose): (Vec<&String>, Vec<&String>) = files.into_iter().partition(is_strict);
        Ok(Self {
            name,
            strict: strict.into_iter().cloned().collect(),
            loose: loose.into_iter().cloned().collect(),
        })
    }
}

/// Prints the account of a package in each lock that has it.
pub fn explain(args: &ExplainArgs, terminal: Terminal) -> Result<(), Error> {
    let clients = Clients::default();
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut seen = NotLocked::default();
    let words = Words::of(args)?;
    for Lock {
        folder,
        file,
        args: lock,
    } in locks(args, &words, &mut seen)?
    {
        env::set_current_dir(&folder).map_err(|source| Error::read(folder, source))?;
        let task = LockRequest::new(lock, now(), terminal)?;
        let client = clients.client(task.settings(), terminal)?;
        let mut request = task.request()?;
        let read = &mut request.options.read_for_reasons;
        read.insert(words.name.clone());
        let mut answer = build::answer(&task, &mut request, &client, terminal)?.answer;
        let origin = task.repositories().get(&words.name);
        if origin.is_some() {
            // A project of that name on an index is another one.
            let accounts = answer.pin_reasons.iter_mut();
            for account in accounts.filter(|account| account.name == words.name) {
                account.newer.clear();
                account.held_back = None;
            }
        }
        seen.add(&file, answer.resolution.pins.iter().map(|pin| &pin.name));
        let way = way_in(&answer.resolution, &words.name);
        for account in accounts(&answer, &words.name) {
            texts.push(explanation(account, &file, &way, origin));
            values.push(value(account, &file, &way, origin));
        }
    }
    if texts.is_empty() {
        return Err(seen.error(&words.name));
    }
    print(&if args.json {
        format!("{:#}\n", json!({ "pins": values }))
    } else {
        texts.join("\n")
    })
}

/// A lock to look into.
struct Lock {
    /// What its paths are relative to.
    folder: PathBuf,
    /// Its strict file, else its loose ones.
    file: String,
    args: LockArgs,
}

/// The locks to look into: strict files that are named, those that were locked from the loose files that
/// are named, else those of the configuration or of the folder.
fn locks(args: &ExplainArgs, words: &Words, seen: &mut NotLocked) -> Result<Vec<Lock>, Error> {
    let mut given = args.lock.clone().with_environment()?;
    let start = current_folder()?;
    given.loose.clone_from(&words.loose);
    let named = words
        .strict
        .iter()
        .map(PathBuf::from)
        .chain(given.output.take());
    let mut files: Vec<PathBuf> = named.collect();
    let is_named = !files.is_empty();
    if !is_named && (given.loose.is_empty() || given.platform.is_empty()) {
        files = strict_files(None)?;
        let loose = places(&start, &given.loose);
        files.retain(|path| loose.is_empty() || is_of(path, &loose));
    }
    if files.is_empty() {
        return Ok(vec![Lock {
            folder: start,
            file: given.loose.join(" "),
            args: given,
        }]);
    }
    given.loose.clear();
    let given = given.with_path_prefix(PathPrefix(&start));
    let mut locks = Vec::new();
    let here = current_folder()?;
    for path in files {
        let strict = strict_source::read(&path)?;
        let file = path.display().to_string();
        seen.add(&file, strict.pins().iter().map(StrictPin::name));
        if strict.pins().iter().any(|pin| *pin.name() == words.name) {
            let Some(mut made_by) = repeating(&strict) else {
                return Err(NoCommand(file).into());
            };
            let folder = made_in(&path, &made_by);
            let output = path.strip_prefix(&folder).unwrap_or(&path);
            made_by.output = Some(output.to_owned());
            locks.push(Lock {
                folder: here.join(folder),
                file,
                args: LockArgs {
                    policy: governing(&path)?.map(|governing| governing.policy),
                    ..given.clone().over(made_by)
                },
            });
        }
    }
    Ok(locks)
}

/// Whether a strict file was locked from the loose files at these places.
fn is_of(path: &Path, loose: &BTreeSet<PathBuf>) -> bool {
    let strict = strict_source::read(path).ok();
    let recorded = strict.as_ref().and_then(repeating);
    recorded.is_some_and(|recorded| places(&made_in(path, &recorded), &recorded.loose) == *loose)
}

/// Where files are that are relative to a folder.
fn places(folder: &Path, files: &[String]) -> BTreeSet<PathBuf> {
    files.iter().map(|file| place(&folder.join(file))).collect()
}

fn accounts<'a>(answer: &'a Answer, name: &'a PackageName) -> impl Iterator<Item = &'a PinReasons> {
    let accounts = answer.pin_reasons.iter();
    accounts.filter(move |account| account.name == *name)
}

/// The shortest way from a loose file to a package, the file first.
fn way_in(resolution: &Resolution, name: &PackageName) -> Vec<String> {
    let mut ways = VecDeque::from([vec![name.clone()]]);
    let mut seen = BTreeSet::from([name.clone()]);
    while let Some(way) = ways.pop_front() {
        let first = way.last().expect("a way begins with the package");
        let pins = resolution.pins.iter().filter(|pin| pin.name == *first);
        for via in pins.flat_map(|pin| &pin.via) {
            match via {
                Via::File(file) => {
                    let names = way.iter().rev().map(ToString::to_string);
                    return [file.to_string()].into_iter().chain(names).collect();
                }
                Via::Package(by) => {
                    if seen.insert(by.clone()) {
                        let longer = way.iter().chain([by]).cloned().collect();
                        ways.push_back(longer);
                    }
                }
            }
        }
    }
    Vec::new()
}

fn explanation(
    account: &PinReasons,
    file: &str,
    way: &[String],
    origin: Option<&String>,
) -> String {
    let mut lines = vec![
        format!("{} {} in {file}", account.name, account.version),
        format!("  for {}", list(&account.targets)),
    ];
    if way.len() > 2 {
        lines.push(format!("  through {}", way.join(" → ")));
    }
    lines.push("  required by".to_owned());
    lines.extend(account.required_by.iter().map(|line| format!("    {line}")));
    if let Some(origin) = origin {
        lines.push(format!(
            "  from {origin}; `harden outdated` looks for newer commits"
        ));
    } else if account.newer.is_empty() {
        lines.push("  there is no newer release".to_owned());
    } else {
        lines.push("  newer releases".to_owned());
        lines.extend(account.newer.iter().map(|line| format!("    {line}")));
    }
    lines.extend(account.held_back.as_ref().map(|held| {
        let (could, could_not) = (list(&held.could), list(&held.could_not));
        let version = &held.version;
        format!("  held back: {version} is available for {could}, but not for {could_not}")
    }));
    named(&(lines.join("\n") + "\n"))
}

fn value(account: &PinReasons, file: &str, way: &[String], origin: Option<&String>) -> Value {
    let names =
        |targets: &[Target]| -> Vec<String> { targets.iter().map(ToString::to_string).collect() };
    let held_back = account.held_back.as_ref().map(|held: &HeldBack| {
        json!({
            "version": held.version.to_string(),
            "could": names(&held.could),
            "could_not": names(&held.could_not),
        })
    });
    json!({
        "name": account.name.as_str(),
        "version": account.version.to_string(),
        "file": file,
        "targets": names(&account.targets),
        "way": way,
        "required_by": account.required_by,
        "newer": account.newer,
        "held_back": held_back,
        "repository": origin,
    })
}
