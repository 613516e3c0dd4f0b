//! `harden audit`: which pins have known vulnerabilities, which release is fixed, and whether the lock can
//! use it.

mod fixes;
mod json;
mod vex;
mod vulnerable_pin;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use harden_hasher::{Finding, Rule, StrictFile};
use harden_index::IndexClient;
use harden_packaging::PackageName;
use harden_policy::advisory::Database;
use harden_policy::{Policy, Setting};
use pep440_rs::Version;

use crate::commands::check::{Checked, Exemptions, sum_up};
use crate::locking::advisories;
use crate::locking::client::Clients;
use crate::locking::strict_source::StrictSource;
use crate::report::findings::render;
use crate::report::format::{count, list};
use crate::report::output::print;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{AuditArgs, AuditFormat};
use crate::settings::config::current_folder;
use crate::settings::shard::NotDivided;
use crate::settings::sources::{Sources, options_of};
use vulnerable_pin::{VulnerablePin, find};

/// The error for a strict file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file} is not a strict file: {reason}")]
struct Unreadable {
    file: String,
    reason: String,
}

impl Report for Unreadable {
    fn exit(&self) -> Exit {
        Exit::Input
    }

    fn hint(&self) -> Option<String> {
        Some(format!("`harden check {}` lists all problems", self.file))
    }
}

/// A strict file under audit.
struct Audited<'s> {
    source: &'s StrictSource,
    strict: StrictFile,
    found: Vec<VulnerablePin>,
}

/// Reads the advisories, and prints those that affect pins.
pub fn audit(args: &AuditArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let sources = match &*args.strict {
        [] => StrictSource::unnamed(args.part.shard)?,
        _ if args.part.shard.is_some() => return Err(NotDivided.into()),
        named => {
            let files = named.iter().map(|strict| StrictSource::named(&[], strict));
            files.collect::<Result<_, _>>()?
        }
    };
    let mut files = Vec::new();
    for source in &sources {
        files.push(read(source)?);
    }
    let args = &AuditArgs {
        index: args.index.resolved_against(&start)?,
        cache: args.cache.with_absolute_path(),
        ..args.clone()
    };
    let database = Arc::new(gather(args, &files, terminal)?);
    warn_of_repositories(&files, terminal);
    let exemptions = Exemptions::new(args.strict.is_empty(), args.part.shard);
    let clients = Clients::default();
    for file in &mut files {
        file.source.enter(&start)?;
        let policy = policy_of(file.source);
        file.found = find(&file.strict, &policy, &database, |used| {
            if let Some(governing) = file.source.policy() {
                exemptions.note(governing, &file.strict, used);
            }
        });
        let asked = fixes::FixSearch {
            source: file.source,
            strict: &file.strict,
            database: &database,
            cache: &args.cache,
        };
        fixes::find(&asked, &mut file.found, &clients, terminal);
    }
    std::env::set_current_dir(&start).map_err(|source| Error::read(start, source))?;
    conclude(args, &files, &exemptions, terminal)
}

/// Reads a strict file.
fn read(source: &StrictSource) -> Result<Audited<'_>, Error> {
    let read = source.read();
    if let Some(strict) = read.strict() {
        let strict = strict.clone();
        return Ok(Audited {
            source,
            strict,
            found: Vec::new(),
        });
    }
    let reason = read.into_findings().into_iter().next();
    Err(Unreadable {
        file: source.name().to_owned(),
        reason: reason.map_or_else(String::new, |finding| finding.message),
    }
    .into())
}

/// The policy for a strict file. An audit fails for what it finds, unless the policy says otherwise.
fn policy_of(source: &StrictSource) -> Policy {
    let mut policy = source
        .policy()
        .map(|governing| governing.policy.clone())
        .unwrap_or_default();
    for rule in [Rule::Vulnerability, Rule::Malware] {
        policy.settings.entry(rule).or_insert(Setting::Deny);
    }
    policy
}

/// The advisories about what is pinned.
fn gather(args: &AuditArgs, files: &[Audited<'_>], terminal: Terminal) -> Result<Database, Error> {
    let mut database = Database::default();
    let exports = exports(args, files);
    for path in &exports {
        advisories::of_export(path, &mut database)?;
    }
    if !exports.is_empty() && !args.pypi {
        return Ok(database);
    }
    let pins = files.iter().flat_map(|file| file.strict.pins());
    let pins = pins.filter(|pin| pin.repository().is_none());
    let releases: BTreeSet<(PackageName, Version)> = pins
        .map(|pin| (pin.name().clone(), pin.version().clone()))
        .collect();
    let Some(first) = files.first() else {
        return Ok(database);
    };
    let sources = Sources::of_pins(&args.index, &args.cache, &options_of(&first.strict))?;
    let indexes = sources.settings.indexes.clone();
    let client = IndexClient::new(sources.settings)?;
    if args.pypi {
        let unlisted = advisories::of_index(&indexes, &releases, &client, &mut database)?;
        if !unlisted.is_empty() {
            terminal.warning(&format!(
                "no index lists the vulnerabilities of {}: not audited",
                list(&unlisted)
            ));
        }
    } else {
        let names = releases.into_iter().map(|(name, _)| name).collect();
        advisories::of_osv(args.osv_url(), &names, &client, &mut database)?;
    }
    Ok(database)
}

/// The exports of OSV to read: those of the arguments, else those of the policies.
fn exports(args: &AuditArgs, files: &[Audited<'_>]) -> BTreeSet<PathBuf> {
    if args.names_advisories() {
        return args.osv.iter().cloned().collect();
    }
    let policies = files.iter().filter_map(|file| file.source.policy());
    let exports = policies.flat_map(|governing| governing.policy.osv.clone());
    exports.collect()
}

/// Warns of pins that no advisory is about: the commits of repositories, whatever project has their name on PyPI.
fn warn_of_repositories(files: &[Audited<'_>], terminal: Terminal) {
    for file in files {
        let pins = file.strict.pins().iter();
        let pins = pins.filter(|pin| pin.repository().is_some());
        let names: Vec<String> = pins.map(|pin| pin.name().to_string()).collect();
        if !names.is_empty() {
            let comes = if names.len() == 1 { "comes" } else { "come" };
            terminal.warning(&format!(
                "{}: {} {comes} from repositories, which advisories are not about: not audited",
                file.source.name(),
                list(&names)
            ));
        }
    }
}

fn conclude(
    args: &AuditArgs,
    files: &[Audited<'_>],
    exemptions: &Exemptions,
    terminal: Terminal,
) -> Result<(), Error> {
    let mut checked = Vec::new();
    for file in files {
        let findings = file.found.iter();
        let findings = findings.filter_map(|found| found.finding(file.source));
        checked.push(Checked::of(file.source, |_| Ok(findings.collect()))?);
    }
    exemptions.add_findings(&mut checked, &[Rule::Vulnerability, Rule::Malware]);
    let findings = checked.iter().flat_map(|file| file.findings.clone());
    let findings: Vec<Finding> = findings.collect();
    print(&match args.format().of_findings() {
        Some(format) => render(&findings, format),
        None if args.format() == AuditFormat::Vex => vex::vex(files),
        None => json::json(files, &findings),
    })?;
    let ignored = files.iter().flat_map(|file| &file.found);
    let ignored = ignored.filter(|found| found.exemption.is_some()).count();
    let good = match ignored {
        0 => "no known vulnerability".to_owned(),
        number => format!(
            "no known vulnerability except {}",
            count(number, "exempt one")
        ),
    };
    sum_up(&checked, &good, terminal)
}
