//! `harden verify`: compares strict files with the index.

use std::sync::Arc;

use harden_hasher::{Expectations, Finding, HashChoice, Read, StrictFile};
use harden_index::IndexClient;
use harden_policy::{AskedByName, INDEX_RULES, Listed, STRICT_RULES, Subject, finding};
use harden_requirements::Inputs;
use harden_target::Target;

use crate::commands::check::{Checked, Exemptions, conclude, targets_of};
use crate::locking::policy;
use crate::locking::repositories;
use crate::locking::strict_source::{StrictSource, found_links};
use crate::report::findings::FindingsFormat;
use crate::report::progress::Resolving;
use crate::report::{Error, Terminal};
use crate::settings::args::{CacheArgs, LockArgs, VerifyArgs};
use crate::settings::config::current_folder;
use crate::settings::cutoffs::now;
use crate::settings::inputs;
use crate::settings::requirements_urls::UrlDigests;
use crate::settings::sources::{Sources, options_of};

/// Compares with the index, and prints the findings.
pub fn verify(args: &VerifyArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let files = match &args.strict {
        None => StrictSource::unnamed()?,
        Some(strict) => vec![StrictSource::named(&[], strict)?],
    };
    let args = VerifyArgs {
        index: args.index.resolved_against(&start)?,
        cache: args.cache.with_absolute_path(),
        ..args.clone()
    };
    let mut exemptions = Exemptions::new(args.strict.is_none());
    let mut verified_files = Vec::new();
    for file in &files {
        file.enter(&start)?;
        verified_files.push(Checked::of(file, |read| {
            verified(file, read, &args, &mut exemptions, terminal)
        })?);
    }
    exemptions.add_findings(&mut verified_files, &[STRICT_RULES, INDEX_RULES].concat());
    let format = if args.json {
        FindingsFormat::Json
    } else {
        FindingsFormat::Text
    };
    conclude(&verified_files, format, "as the index has them", terminal)
}

fn verified(
    file: &StrictSource,
    mut read: Read,
    args: &VerifyArgs,
    exemptions: &mut Exemptions,
    terminal: Terminal,
) -> Result<Vec<Finding>, Error> {
    if file.find_outside(&mut read) {
        return Ok(read.into_findings());
    }
    let Some(strict) = read.strict().cloned() else {
        return Ok(read.into_findings());
    };
    let lock = file.arguments().unwrap_or_default();
    // Cached pages may be out of date, so the index has to confirm them.
    let cache = CacheArgs {
        refresh: !args.cache.offline,
        ..args.cache.clone()
    };
    let mut options = options_of(&strict);
    options.find_links = found_links(&options.find_links, file.path(), terminal);
    let mut sources = Sources::of_pins(&args.index, &cache, &options)?;
    sources.log_in(&lock.index.index);
    let targets = targets_of(&mut read, &lock);
    // Without the loose files, no pin of the user excuses a yanked release.
    let mut inputs = loose(file, &lock, terminal).unwrap_or_default();
    let asked = policy::asked(&lock, Some(&inputs));
    repositories::as_names(&mut inputs);
    let overrides = inputs::read_overrides(&lock, terminal)?;
    let expectations = Expectations {
        inputs: &inputs,
        overrides: &overrides,
        excluded: &inputs::excluded(&lock, &inputs),
        markers: &lock.target.markers(),
        follows_dependencies: !lock.no_deps,
        input_lines: &[],
        targets: &targets,
        folder: &file.before_names(),
    };
    let hashes = lock
        .writing
        .hashes
        .map(HashChoice::from)
        .unwrap_or_default();
    let progress = Arc::new(Resolving::new(terminal));
    let client = IndexClient::with_progress(sources.settings, progress.clone())?;
    let findings = read.verify(&expectations, hashes, &client);
    progress.finish();
    let question = Judged {
        strict: &strict,
        targets: &targets,
        asked: &asked,
        lock: &lock,
    };
    question.judge(file, findings?, &client, exemptions)
}

/// A verified strict file, to which its policy is applied.
struct Judged<'a> {
    strict: &'a StrictFile,
    targets: &'a [Target],
    asked: &'a AskedByName,
    lock: &'a LockArgs,
}

impl Judged<'_> {
    /// The findings, with those of the policy.
    fn judge(
        &self,
        file: &StrictSource,
        findings: Vec<Finding>,
        client: &IndexClient,
        exemptions: &mut Exemptions,
    ) -> Result<Vec<Finding>, Error> {
        let Some(governing) = file.policy() else {
            return Ok(findings);
        };
        let database = policy::database(&governing.policy)?;
        let listed = Listed {
            strict: self.strict,
            projects: &policy::projects(self.strict, client)?,
            now: now(),
            database: database.as_deref(),
            bound: &policy::bound(&self.lock.index),
            locking: None,
        };
        let subject = Subject {
            strict: self.strict,
            targets: self.targets,
            asked: self.asked,
        };
        let (verdicts, mut findings) =
            policy::judge_listed(subject, listed, &governing.policy, findings);
        exemptions.note(governing, self.strict, &verdicts);
        let judged = verdicts.judged.into_iter();
        findings.extend(judged.map(|judged| finding(judged, file.name(), file.fix())));
        findings.sort_by(|a, b| (a.file != file.name(), a).cmp(&(b.file != file.name(), b)));
        Ok(findings)
    }
}

fn loose(file: &StrictSource, lock: &LockArgs, terminal: Terminal) -> Option<Inputs> {
    if file.came_from_stdin() {
        return None;
    }
    let none = UrlDigests::new();
    let loose = inputs::read_all(lock, &none, file.own_project(), terminal);
    loose.ok().map(|loose| loose.inputs)
}
