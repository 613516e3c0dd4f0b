//! `harden outdated`: which pins of a lock have newer releases, which of these `harden -U` would take, and
//! what holds back the others.
//!
//! The lock is resolved twice as its header records, with its cutoff: as it is, for what holds it back,
//! and upgraded, for what fits. Nothing is written.
//!
//! What comes from a repository is compared with the commit that an upgrade takes, and what comes from a URL or a
//! path with nothing: a project of the same name on an index is another one.

use std::env;

use harden_packaging::{Index, PackageName, Pin, Release};
use harden_resolver::Answer;
use jiff::Timestamp;
use pep440_rs::Version;
use serde_json::{Value, json};

use crate::locking::build;
use crate::locking::client::{Client, Clients};
use crate::locking::recorded_command::repeating;
use crate::locking::request::LockRequest;
use crate::locking::strict_source::{NoCommand, made_in, read, strict_files, strict_files_of};
use crate::report::output::print;
use crate::report::target_names::named;
use crate::report::{Error, Terminal};
use crate::settings::args::{LockArgs, OutdatedArgs};
use crate::settings::config::{current_folder, governing};
use crate::settings::cutoffs::now;
use crate::settings::shard::NotDivided;

/// How many digits of a commit are shown.
const SHORT: usize = 10;

/// A pin that has newer releases.
struct Outdated {
    name: PackageName,
    locked: Version,
    /// What an upgrade of the whole lock takes.
    fits: Version,
    /// The newest release that the index has.
    newest: Version,
    /// How many days ago the newest file of the locked release was uploaded.
    age_in_days: Option<i64>,
    /// Why the newest release is not taken.
    held_back_by: Option<String>,
    /// The commit that is locked, and the one that an upgrade takes, of what comes from a repository.
    commits: Option<[String; 2]>,
}

/// Prints a table of the outdated pins of each lock.
pub fn outdated(args: &OutdatedArgs, terminal: Terminal) -> Result<(), Error> {
    let clients = Clients::default();
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let cache = args.cache.with_absolute_path();
    let files = match (&args.strict, args.part.shard) {
        (Some(_), Some(_)) => return Err(NotDivided.into()),
        (None, Some(shard)) => strict_files_of(shard)?,
        (strict, None) => strict_files(strict.as_ref())?,
    };
    let start = current_folder()?;
    for path in &files {
        let strict = read(path)?;
        let file = path.display().to_string();
        let mut recorded = repeating(&strict).ok_or_else(|| NoCommand(file.clone()))?;
        let folder = made_in(path, &recorded);
        recorded.output = Some(path.strip_prefix(&folder).unwrap_or(path).to_owned());
        recorded.cache = cache.clone();
        recorded.policy = governing(path)?.map(|governing| governing.policy);
        let folder = start.join(folder);
        env::set_current_dir(&folder).map_err(|source| Error::read(folder, source))?;
        let outdated = compare(recorded, &clients, terminal)?;
        if outdated.is_empty() {
            terminal.summary(&format!(
                "{file}: {}",
                match strict.pins().len() {
                    1 => "its pin is the newest release".to_owned(),
                    pins => format!("all {pins} pins are the newest releases"),
                }
            ));
        } else if files.len() > 1 {
            texts.push(format!("{file}:\n{}", table(&outdated)));
        } else {
            texts.push(table(&outdated));
        }
        values.push(
            json!({ "file": file, "outdated": outdated.iter().map(value).collect::<Vec<_>>() }),
        );
    }
    print(&if args.json {
        format!("{:#}\n", json!({ "locks": values }))
    } else {
        texts.join("\n")
    })
}

fn compare(
    recorded: LockArgs,
    clients: &Clients,
    terminal: Terminal,
) -> Result<Vec<Outdated>, Error> {
    let upgraded = LockArgs {
        upgrade: true,
        ..recorded.clone()
    };
    let moment = now();
    let task = LockRequest::new(recorded, moment, terminal)?;
    let client = clients.client(task.settings(), terminal)?;
    let locked = build::answer(&task, &mut task.request()?, &client, terminal)?.answer;
    let upgrade = LockRequest::new(upgraded, moment, terminal.silenced())?;
    // Sdists of newer commits lie in a folder of their own, which is among its settings.
    let upgrading = clients.client(upgrade.settings(), terminal)?;
    let fitting = build::answer(&upgrade, &mut upgrade.request()?, &upgrading, terminal)?.answer;
    let mut outdated = Vec::new();
    for pin in &locked.resolution.pins {
        let name = &pin.name;
        let commits = [
            task.repositories().get(name),
            upgrade.repositories().get(name),
        ];
        outdated.extend(match commits {
            [Some(locked), Some(newest)] => of_commits(pin, [locked, newest], &fitting),
            _ if pin.reference.is_some() => None,
            _ => of_pin(name, &pin.version, &fitting, &upgrading, moment),
        });
    }
    Ok(outdated)
}

/// A pin from a repository, if an upgrade takes another commit.
fn of_commits(pin: &Pin, origins: [&String; 2], fitting: &Answer) -> Option<Outdated> {
    let [locked, newest] = origins.map(|origin| commit(origin));
    if locked == newest {
        return None;
    }
    let mut pins = fitting.resolution.pins.iter();
    let fits = pins.find(|other| other.name == pin.name);
    let fits = fits.map_or(&pin.version, |other| &other.version).clone();
    Some(Outdated {
        name: pin.name.clone(),
        locked: pin.version.clone(),
        newest: fits.clone(),
        fits,
        age_in_days: None,
        held_back_by: None,
        commits: Some([locked, newest]),
    })
}

/// The commit of `git+https://…@COMMIT#subdirectory=…`.
fn commit(origin: &str) -> String {
    let place = origin.split('#').next().unwrap_or_default();
    place.rsplit('@').next().unwrap_or_default().to_owned()
}

fn of_pin(
    name: &PackageName,
    locked: &Version,
    fitting: &Answer,
    client: &Client,
    now: Timestamp,
) -> Option<Outdated> {
    let pins = fitting.resolution.pins.iter();
    let versions = pins.filter(|pin| pin.name == *name).map(|pin| &pin.version);
    let fits = versions.chain([locked]).max().unwrap_or(locked).clone();
    let project = client.client.project(name).ok()?;
    let mut releases = project.releases.iter().map(|release| &release.version);
    let newest = releases.find(|version| locked.any_prerelease() || !version.any_prerelease());
    let newest = newest
        .into_iter()
        .chain([locked])
        .max()
        .unwrap_or(locked)
        .clone();
    if newest == *locked && fits == *locked {
        return None;
    }
    let release = project
        .releases
        .iter()
        .find(|release| release.version == *locked);
    let uploads = release.into_iter().flat_map(Release::files);
    let uploaded = uploads.filter_map(|file| file.upload_time).max();
    let reasons = fitting
        .pin_reasons
        .iter()
        .find(|reasons| reasons.name == *name);
    let held_back_by = reasons
        .filter(|_| fits < newest)
        .and_then(|reasons| reasons.newer.first());
    Some(Outdated {
        name: name.clone(),
        locked: locked.clone(),
        fits,
        newest,
        age_in_days: uploaded.map(|uploaded| (now.as_second() - uploaded.as_second()) / 86_400),
        held_back_by: held_back_by.map(|reason| named(reason)),
        commits: None,
    })
}

fn table(outdated: &[Outdated]) -> String {
    let mut rows =
        vec![["package", "locked", "fits", "newest", "age", "held back by"].map(str::to_owned)];
    rows.extend(outdated.iter().map(|one| {
        let at = |version: &Version, place: usize| match &one.commits {
            Some(commits) => {
                let commit = commits[place].get(..SHORT).unwrap_or(&commits[place]);
                format!("{version} ({commit})")
            }
            None => version.to_string(),
        };
        [
            one.name.to_string(),
            at(&one.locked, 0),
            at(&one.fits, 1),
            at(&one.newest, 1),
            one.age_in_days
                .map_or_else(|| "?".to_owned(), |days| format!("{days} days")),
            one.held_back_by.clone().unwrap_or_default(),
        ]
    }));
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn value(one: &Outdated) -> Value {
    json!({
        "name": one.name.as_str(),
        "locked": one.locked.to_string(),
        "fits": one.fits.to_string(),
        "newest": one.newest.to_string(),
        "age_in_days": one.age_in_days,
        "held_back_by": one.held_back_by,
        "commits": one.commits.as_ref().map(|[locked, newest]| json!({ "locked": locked, "newest": newest })),
    })
}
