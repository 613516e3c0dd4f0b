//! `harden check`: whether strict files are valid, unedited, and match their loose requirements.
//!
//! Reads files: no index, no cache, no interpreter. The network is used only if loose files name URLs,
//! whose content may have changed; offline, the digests in the strict file count.

mod exemptions;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use harden_hasher::{Expectations, Finding, Header, Level, Read, Rule, StrictFile};
use harden_packaging::{Sha256, Via};
use harden_policy::{LicenceSource, STRICT_RULES};
use harden_requirements::{Entry, Input, Inputs, Origin};
use harden_target::Target;

use crate::locking::file_log;
use crate::locking::policy;
use crate::locking::repositories;
use crate::locking::strict_source::{StrictSource, targets};
use crate::locking::vetting::{self, AuditsReader};
use crate::report::each::each;
use crate::report::findings::{FindingsFormat, is_good, render};
use crate::report::format::{count, some_of};
use crate::report::output::print;
use crate::report::target_names::named;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{CheckArgs, LockArgs};
use crate::settings::config::current_folder;
use crate::settings::cutoffs::now;
use crate::settings::exemptions::past;
use crate::settings::inputs::{self, Loose};
use crate::settings::requirements_urls::{UrlDigests, shown};
use crate::settings::shard::NotDivided;

pub use exemptions::Exemptions;

/// How many files one worker should have at least: checking one takes about 0.1 ms.
const SHARE: usize = 8;

/// From this many files on, those without findings are counted rather than listed.
const MANY: usize = 20;

/// Why strict files do not pass.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There are findings.
    #[error("{} {} not pass: {}", some_of(files), if files.len() == 1 { "does" } else { "do" }, count(*findings, "finding"))]
    Found {
        /// The strict files.
        files: Vec<String>,
        /// How many findings there are.
        findings: usize,
    },
    /// The loose requirements of this file came from standard input and cannot be read again.
    #[error("{0} was locked from standard input, which cannot be read again to compare")]
    FromStdin(String),
}

impl Report for CheckError {
    fn exit(&self) -> Exit {
        match self {
            Self::Found { .. } => Exit::No,
            Self::FromStdin(_) => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = "name the loose requirements, as in `harden check loose.txt strict.txt`";
        matches!(self, Self::FromStdin(_)).then(|| hint.to_owned())
    }
}

/// Checks, and prints what is wrong.
pub fn check(args: &CheckArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let shard = args.part.shard;
    let files = match args.files.split_last() {
        None => StrictSource::unnamed(shard)?,
        Some(_) if shard.is_some() => return Err(NotDivided.into()),
        Some((strict, loose)) => vec![StrictSource::named(loose, strict)?],
    };
    let exemptions = Exemptions::new(args.files.is_empty(), shard);
    enter_all(&files, &start)?;
    let checked = each(&files, SHARE, |file| {
        checked(file, args.offline, &exemptions, terminal)
    });
    let mut checked_files = checked.into_iter().collect::<Result<Vec<_>, _>>()?;
    exemptions.add_findings(&mut checked_files, STRICT_RULES);
    conclude(&checked_files, args.format(), "up to date", terminal)
}

/// Makes the folder that the files were made in the current one: all those of a configuration have the same.
pub fn enter_all(files: &[StrictSource], start: &Path) -> Result<(), Error> {
    files.first().map_or(Ok(()), |file| file.enter(start))
}

/// A strict file that was checked or verified.
pub struct Checked {
    file: String,
    pins: usize,
    targets: usize,
    /// Its faults.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// The file, with what `findings` returns for it as it was read.
    pub fn of(
        file: &StrictSource,
        findings: impl FnOnce(Read) -> Result<Vec<Finding>, Error>,
    ) -> Result<Self, Error> {
        let read = file.read();
        let pins = read.strict().map_or(0, |strict| strict.pins().len());
        let header = read.strict().and_then(StrictFile::header);
        let targets = header.map_or(0, |header| header.platforms().len());
        Ok(Self {
            file: file.name().to_owned(),
            pins,
            targets,
            findings: findings(read)?,
        })
    }

    /// What it holds: `21 pins, 2 targets`.
    fn numbers(&self) -> String {
        let (pins, targets) = (count(self.pins, "pin"), count(self.targets, "target"));
        format!("{pins}, {targets}")
    }
}

/// Prints the findings and the files without any. Any finding above a warning is a failure.
pub fn conclude(
    files: &[Checked],
    format: FindingsFormat,
    good: &str,
    terminal: Terminal,
) -> Result<(), Error> {
    let findings: Vec<Finding> = files
        .iter()
        .flat_map(|file| file.findings.clone())
        .collect();
    let rendered = render(&findings, format);
    print(&match format {
        FindingsFormat::Text => named(&rendered),
        _ => rendered,
    })?;
    sum_up(files, good, terminal)
}

/// Says which files have no findings but warnings, and fails if one has others.
pub fn sum_up(files: &[Checked], good: &str, terminal: Terminal) -> Result<(), Error> {
    let passing: Vec<&Checked> = files
        .iter()
        .filter(|file| is_good(&file.findings))
        .collect();
    if passing.len() > MANY {
        let pins = passing.iter().map(|file| file.pins).sum();
        let (files, pins) = (count(passing.len(), "file"), count(pins, "pin"));
        terminal.summary(&format!("{files}: {pins}, {good}"));
    } else {
        for file in passing {
            terminal.summary(&format!("{}: {}, {good}", file.file, file.numbers()));
        }
    }
    let findings = files.iter().flat_map(|file| &file.findings);
    let errors = findings.filter(|finding| finding.level == Level::Error);
    let failing = files.iter().filter(|file| !is_good(&file.findings));
    if errors.clone().count() == 0 {
        return Ok(());
    }
    Err(CheckError::Found {
        files: failing.map(|file| file.file.clone()).collect(),
        findings: errors.count(),
    }
    .into())
}

/// Checks a strict file, in whose folder this is.
pub(super) fn checked(
    file: &StrictSource,
    is_offline: bool,
    exemptions: &Exemptions,
    terminal: Terminal,
) -> Result<Checked, Error> {
    Checked::of(file, |read| {
        findings(file, read, is_offline, exemptions, terminal)
    })
}

/// Reads the loose files, and reports URLs whose content has changed.
fn read_loose(
    file: &StrictSource,
    read: &mut Read,
    args: &LockArgs,
    terminal: Terminal,
) -> Result<Loose, Error> {
    let header = read.strict().and_then(StrictFile::header);
    let recorded = header.map_or_else(UrlDigests::new, |header| header.urls().clone());
    let records = header.map_or(&[][..], Header::projects);
    let mut loose = inputs::read_all(args, &recorded, records, file.own_project(), terminal)?;
    for (url, reason) in &loose.unread {
        let name = file.name();
        terminal.warning(&format!(
            "{url} is compared by the digest in {name} alone: {reason}"
        ));
    }
    for url in changed(&recorded, &loose.urls) {
        read.add(
            Rule::Stale,
            format!("{url} has changed since the file was written"),
        );
    }
    add_unread(&mut loose, read.strict());
    Ok(loose)
}

/// The URLs whose content is not what it was.
fn changed<'u>(recorded: &UrlDigests, read: &'u UrlDigests) -> Vec<&'u String> {
    let is_other = |(url, now): &(&String, &BTreeSet<Sha256>)| {
        recorded
            .get(*url)
            .is_some_and(|before| !now.is_subset(before))
    };
    read.iter().filter(is_other).map(|(url, _)| url).collect()
}

/// Adds the requirements of URLs that could not be read, and of projects that take a build and have no
/// record: the names that the pins say they require.
fn add_unread(loose: &mut Loose, strict: Option<&StrictFile>) {
    let is_all_known = loose.unread.is_empty() && loose.inputs.unbuilt.is_empty();
    let (Some(strict), false) = (strict, is_all_known) else {
        return;
    };
    let is_unbuilt = |file: &str| {
        let mut unbuilt = loose.inputs.unbuilt.iter();
        unbuilt.any(|project| project.file == file)
    };
    let recorded = strict.header().map(Header::urls);
    let is_unread = |url: &str| {
        let is_recorded = recorded.is_some_and(|recorded| recorded.contains_key(url));
        is_recorded && !loose.urls.contains_key(url)
    };
    let mut required = Vec::new();
    for pin in strict.pins() {
        for via in pin.via() {
            let Via::File(url) = via else { continue };
            if let Ok(requirement) = pin.name().as_str().parse()
                && (is_unread(&shown(url)) || is_unbuilt(url))
            {
                required.push(Input {
                    entry: Entry::Named(requirement),
                    hashes: Vec::new(),
                    origin: Arc::new(Origin {
                        file: url.clone(),
                        line: 0,
                        included_from: None,
                    }),
                });
            }
        }
    }
    loose.inputs.requirements.extend(required);
}

fn findings(
    file: &StrictSource,
    mut read: Read,
    is_offline: bool,
    exemptions: &Exemptions,
    terminal: Terminal,
) -> Result<Vec<Finding>, Error> {
    let Some(mut args) = file.arguments() else {
        let mut args = LockArgs::default();
        args.cache.offline = is_offline;
        judge(file, &mut read, (&args, None), &[], exemptions)?;
        return Ok(read.into_findings());
    };
    args.cache.offline |= is_offline;
    if file.came_from_stdin() {
        return Err(CheckError::FromStdin(file.name().to_owned()).into());
    }
    if file.find_outside(&mut read) {
        return Ok(read.into_findings());
    }
    add_expired(&mut read, &args);
    let loose = read_loose(file, &mut read, &args, terminal)?;
    let Loose {
        mut inputs,
        overrides,
        lines: input_lines,
        ..
    } = loose;
    repositories::as_names(&mut inputs);
    let targets = targets_of(&mut read, &args);
    let asked = (&args, Some(&inputs));
    judge(file, &mut read, asked, &targets, exemptions)?;
    Ok(read.check(&Expectations {
        inputs: &inputs,
        overrides: &overrides,
        excluded: &inputs::excluded(&args, &inputs),
        markers: &args.target.markers(),
        follows_dependencies: !args.no_deps,
        input_lines: &input_lines,
        targets: &targets,
        folder: &file.before_names(),
    }))
}

/// Reports exemptions that have expired.
fn add_expired(read: &mut Read, args: &LockArgs) {
    for past in past(args, now()) {
        let message = format!("{past}; remove it, or extend its date");
        read.add(Rule::Expired, message);
    }
}

/// The targets in the header of a strict file; reports invalid ones.
pub(super) fn targets_of(read: &mut Read, args: &LockArgs) -> Vec<Target> {
    let header = read.strict().and_then(StrictFile::header);
    let (targets, faults) =
        header.map_or_else(Default::default, |header| targets(header, Some(args)));
    for fault in faults {
        read.add(Rule::Header, fault);
    }
    targets
}

/// Adds the findings of the policy of a strict file.
pub(super) fn judge(
    file: &StrictSource,
    read: &mut Read,
    (args, inputs): (&LockArgs, Option<&Inputs>),
    targets: &[Target],
    exemptions: &Exemptions,
) -> Result<(), Error> {
    if let (Some(governing), Some(strict)) = (file.policy(), read.strict()) {
        let asked = policy::asked(args, inputs);
        let asked = (&asked, LicenceSource::StrictFile);
        let mut verdicts = policy::judge(strict, &governing.policy, targets, asked);
        let reader = AuditsReader::new(&args.index, &args.cache);
        let vetted = vetting::judge((strict, file.path()), &governing.policy, &reader)?;
        verdicts.add(vetted);
        let contradictions = file_log::judge(file.path(), strict, &governing.policy)?;
        exemptions.note(governing, strict, &verdicts);
        read.judge(verdicts.judged);
        read.judge(contradictions);
    }
    Ok(())
}
