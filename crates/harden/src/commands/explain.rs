//! `harden explain NAME`: why a package is in a lock, at that version, and what keeps newer releases
//! out.
//!
//! The lock is made anew, its pins being kept where they are still valid, and nothing is written.

use std::collections::{BTreeSet, VecDeque};
use std::env;
use std::path::PathBuf;

use harden_hasher::{Header, StrictFile};
use harden_packaging::{PackageName, Resolution, Via};
use harden_resolver::{Answer, HeldBack, PinReasons};
use harden_target::Target;
use serde_json::{Value, json};

use crate::locking::build;
use crate::locking::client::Clients;
use crate::locking::request::LockRequest;
use crate::locking::strict_source::made_in;
use crate::locking::{recorded_command, strict_source};
use crate::report::format::{list, nearest};
use crate::report::output::print;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{Cutoff, ExplainArgs, LockArgs};
use crate::settings::config::{Config, STRICT, current_folder};
use crate::settings::cutoffs::now;

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
enum ExplainError {
    /// The header of this strict file records no command.
    #[error("{0} does not record the command that wrote it")]
    NoCommand(String),
    /// The package is in none of the locks.
    #[error("{name} is not in {}", list(files))]
    NotLocked {
        name: PackageName,
        /// The strict files, or the loose ones.
        files: Vec<String>,
        /// The name that was probably meant.
        meant: Option<PackageName>,
    },
}

impl Report for ExplainError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoCommand(_) => Exit::Input,
            Self::NotLocked { .. } => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoCommand(_) => Some(
                "name the loose files and the targets: `harden explain NAME loose.txt --platform …`"
                    .to_owned(),
            ),
            Self::NotLocked { meant, .. } => {
                let meant = meant.as_ref()?;
                Some(format!("did you mean `{meant}`?"))
            }
        }
    }
}

/// Prints the account of a package in each lock that has it.
pub fn explain(args: &ExplainArgs, terminal: Terminal) -> Result<(), Error> {
    let mut clients = Clients::default();
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut seen = Seen::default();
    for Lock {
        folder,
        file,
        args: lock,
    } in locks(args, &mut seen)?
    {
        env::set_current_dir(&folder).map_err(|source| Error::read(folder, source))?;
        let task = LockRequest::new(lock, now(), terminal)?;
        let client = clients.client(task.settings(), terminal)?;
        let mut request = task.request(terminal)?;
        let answer = build::answer(&task, &mut request, client, terminal)?.answer;
        seen.add(&file, answer.resolution.pins.iter().map(|pin| &pin.name));
        let way = way_in(&answer.resolution, &args.name);
        for account in accounts(&answer, &args.name) {
            texts.push(told(account, &file, &way));
            values.push(value(account, &file, &way));
        }
    }
    if texts.is_empty() {
        return Err(seen.without(&args.name));
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

/// The locks to look into: what is named, else what strict files say of their making.
fn locks(args: &ExplainArgs, seen: &mut Seen) -> Result<Vec<Lock>, Error> {
    let mut given = args.lock.clone().with_environment()?;
    given.cache = given.cache.in_this_folder();
    if !given.loose.is_empty() {
        return Ok(vec![Lock {
            folder: current_folder()?,
            file: given.loose.join(" "),
            args: given,
        }]);
    }
    let mut locks = Vec::new();
    let files = strict_files(&given)?;
    let here = current_folder()?;
    given.output = None;
    for path in files {
        let strict = strict_source::read(&path)?;
        let file = path.display().to_string();
        seen.add(
            &file,
            strict.pins().iter().map(harden_hasher::StrictPin::name),
        );
        if strict.pins().iter().any(|pin| *pin.name() == args.name) {
            let Some(mut made_by) = made_by(&strict) else {
                return Err(ExplainError::NoCommand(file).into());
            };
            let folder = made_in(&path, &made_by);
            let output = path.strip_prefix(&folder).unwrap_or(&path);
            made_by.output = Some(output.to_owned());
            locks.push(Lock {
                folder: here.join(folder),
                file,
                args: given.clone().over(made_by),
            });
        }
    }
    Ok(locks)
}

fn strict_files(given: &LockArgs) -> Result<Vec<PathBuf>, Error> {
    if let Some(path) = &given.output {
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

/// The arguments that make a strict file again as it is: at its moment, for its targets.
fn made_by(strict: &StrictFile) -> Option<LockArgs> {
    let header: &Header = strict.header()?;
    let mut arguments = recorded_command::arguments(header)?;
    arguments.exclude_newer = header.exclude_newer().map(Cutoff::At);
    for own in &mut arguments.exclude_newer_package {
        let moment = header.exclude_newer_packages().get(&own.name);
        own.cutoff = moment.copied().map(Cutoff::At).or(own.cutoff);
    }
    if arguments.platform.is_empty() {
        arguments.platform = header.platforms().to_vec();
    }
    Some(arguments)
}

/// The files that were looked into, and all packages in them.
#[derive(Default)]
struct Seen {
    files: Vec<String>,
    names: BTreeSet<PackageName>,
}

impl Seen {
    fn add<'n>(&mut self, file: &str, names: impl Iterator<Item = &'n PackageName>) {
        if !self.files.iter().any(|known| known == file) {
            self.files.push(file.to_owned());
        }
        self.names.extend(names.cloned());
    }

    fn without(self, name: &PackageName) -> Error {
        let names = self.names.iter().map(PackageName::as_str);
        let meant = nearest(name.as_str(), names).and_then(|name| name.parse().ok());
        ExplainError::NotLocked {
            name: name.clone(),
            files: self.files,
            meant,
        }
        .into()
    }
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

fn told(account: &PinReasons, file: &str, way: &[String]) -> String {
    let mut lines = vec![
        format!("{} {} in {file}", account.name, account.version),
        format!("  for {}", list(&account.targets)),
    ];
    if way.len() > 2 {
        lines.push(format!("  by way of {}", way.join(" → ")));
    }
    lines.push("  required by".to_owned());
    lines.extend(account.required_by.iter().map(|line| format!("    {line}")));
    if account.newer.is_empty() {
        lines.push("  there is no newer release".to_owned());
    } else {
        lines.push("  newer releases".to_owned());
        lines.extend(account.newer.iter().map(|line| format!("    {line}")));
    }
    lines.extend(account.held_back.as_ref().map(|held| {
        let (could, could_not) = (list(&held.could), list(&held.could_not));
        let version = &held.version;
        format!("  held back: {version} could be had for {could}, but not for {could_not}")
    }));
    lines.join("\n") + "\n"
}

fn value(account: &PinReasons, file: &str, way: &[String]) -> Value {
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
    })
}
