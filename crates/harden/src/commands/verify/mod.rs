//! `harden verify`: compares strict files with the index, and verifies attestations.

mod attested;

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::Arc;

use harden_hasher::{Expectations, Finding, HashChoice, Header, Read, StrictFile};
use harden_index::IndexClient;
use harden_packaging::{PackageName, Project};
use harden_policy::{
    AskedByName, INDEX_RULES, Judge, LicenceSource, Listed, RequiredAttestations, STRICT_RULES,
    Subject, Verdicts,
};
use harden_requirements::Inputs;
use harden_target::Target;

use crate::commands::check::{Checked, Exemptions, enter_all, sum_up, targets_of};
use crate::locking::attestations::{self, PinAttestations};
use crate::locking::client::Clients;
use crate::locking::file_log;
use crate::locking::licences;
use crate::locking::namesakes;
use crate::locking::owners;
use crate::locking::policy;
use crate::locking::publishers::{self, Asking};
use crate::locking::record;
use crate::locking::repositories;
use crate::locking::strict_source::{StrictSource, found_links};
use crate::locking::vetting::{self, AuditsReader};
use crate::report::each::each;
use crate::report::findings::{FindingsFormat, as_json, render};
use crate::report::output::print;
use crate::report::progress::Locking;
use crate::report::target_names::named;
use crate::report::{Error, Terminal};
use crate::settings::args::{CacheArgs, LockArgs, VerifyArgs};
use crate::settings::config::current_folder;
use crate::settings::cutoffs::now;
use crate::settings::inputs;
use crate::settings::requirements_urls::UrlDigests;
use crate::settings::shard::NotDivided;
use crate::settings::sources::{Sources, options_of};

/// Compares with the index, and prints the findings.
pub fn verify(args: &VerifyArgs, terminal: Terminal) -> Result<(), Error> {
    let start = current_folder()?;
    let shard = args.part.shard;
    let files = match &args.strict {
        None => StrictSource::unnamed(shard)?,
        Some(_) if shard.is_some() => return Err(NotDivided.into()),
        Some(strict) => vec![StrictSource::named(&[], strict)?],
    };
    let args = VerifyArgs {
        index: args.index.resolved_against(&start)?,
        cache: args.cache.with_absolute_path(),
        trusted_root: args.trusted_root.as_ref().map(|path| start.join(path)),
        ..args.clone()
    };
    let exemptions = Exemptions::new(args.strict.is_none(), shard);
    enter_all(&files, &start)?;
    let (mut verified_files, said) = verify_all(&files, &args, &exemptions, terminal)?;
    exemptions.add_findings(&mut verified_files, &[STRICT_RULES, INDEX_RULES].concat());
    said.print(&verified_files, &args)?;
    for line in &said.summaries {
        terminal.summary(line);
    }
    sum_up(&verified_files, "as the index has them", terminal)
}

/// Compares all files with the index, which is asked for each page once.
fn verify_all(
    files: &[StrictSource],
    args: &VerifyArgs,
    exemptions: &Exemptions,
    terminal: Terminal,
) -> Result<(Vec<Checked>, Said), Error> {
    // Not dropped: the process ends after this, and freeing all pages takes time.
    let clients = ManuallyDrop::new(Clients::default());
    let progress = (files.len() > 1).then(|| Locking::new(terminal, files.len()));
    let run = Run {
        args,
        clients: &clients,
        terminal: match progress {
            Some(_) => terminal.beside_others(),
            None => terminal,
        },
    };
    let results = each(files, 1, |file| {
        let mut said = Said::default();
        let checked = Checked::of(file, |read| run.verified(file, read, exemptions, &mut said));
        if let Some(progress) = &progress {
            progress.ended(checked.is_err());
        }
        checked.map(|checked| (checked, said))
    });
    let (mut verified, mut said) = (Vec::new(), Said::default());
    for result in results {
        let (checked, more) = result?;
        verified.push(checked);
        said.append(more);
    }
    Ok((verified, said))
}

/// What is said of attestations.
#[derive(Default)]
struct Said {
    text: String,
    values: Vec<serde_json::Value>,
    summaries: Vec<String>,
}

impl Said {
    fn add(&mut self, file: &str, pins: &[PinAttestations<'_>]) {
        self.text += &attested::text(pins);
        self.values.extend(attested::json(file, pins));
        let summary = attested::summary(pins);
        self.summaries.push(format!("{file}: {summary}"));
    }

    fn append(&mut self, more: Self) {
        self.text += &more.text;
        self.values.extend(more.values);
        self.summaries.extend(more.summaries);
    }

    /// Prints the findings, and who attests what.
    fn print(&self, files: &[Checked], args: &VerifyArgs) -> Result<(), Error> {
        let findings = files.iter().flat_map(|file| file.findings.clone());
        let findings: Vec<Finding> = findings.collect();
        if !args.json {
            let findings = named(&render(&findings, FindingsFormat::Text));
            return print(&format!("{findings}{}", self.text));
        }
        let mut document = as_json(&findings);
        if args.attestations {
            document["attestations"] = self.values.clone().into();
        }
        print(&format!("{document:#}\n"))
    }
}

/// A run, which verifies one file or several.
#[derive(Clone, Copy)]
struct Run<'a> {
    args: &'a VerifyArgs,
    clients: &'a Clients,
    terminal: Terminal,
}

impl Run<'_> {
    fn verified(
        self,
        file: &StrictSource,
        mut read: Read,
        exemptions: &Exemptions,
        said: &mut Said,
    ) -> Result<Vec<Finding>, Error> {
        let Self { args, terminal, .. } = self;
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
        let client = self.clients.client(&sources.settings, terminal)?;
        let findings = client.with_progress(|client| read.verify(&expectations, hashes, client));
        let question = Judged {
            strict: &strict,
            targets: &targets,
            asked: &asked,
            lock: &lock,
            args,
            terminal,
        };
        question.judge(file, findings?, &client.client, (exemptions, said))
    }
}

/// A verified strict file, to which its policy is applied.
struct Judged<'a> {
    strict: &'a StrictFile,
    targets: &'a [Target],
    asked: &'a AskedByName,
    lock: &'a LockArgs,
    args: &'a VerifyArgs,
    terminal: Terminal,
}

impl Judged<'_> {
    /// The findings, with those of the policy.
    fn judge(
        &self,
        file: &StrictSource,
        findings: Vec<Finding>,
        client: &IndexClient,
        (exemptions, said): (&Exemptions, &mut Said),
    ) -> Result<Vec<Finding>, Error> {
        let attested = self.attestations(file, client, said)?;
        let Some(governing) = file.policy() else {
            return Ok(sorted(file, findings, attested));
        };
        let database = policy::database(&governing.policy)?;
        let policy = &governing.policy;
        let projects = policy::projects(self.strict, client)?;
        let bound = policy::bound(&self.lock.index);
        let listed = Listed {
            strict: self.strict,
            projects: &projects,
            now: now(),
            database: database.as_deref(),
            bound: &bound,
            locking: None,
        };
        let subject = Subject {
            strict: self.strict,
            targets: self.targets,
            asked: self.asked,
            licences: LicenceSource::Files,
        };
        let asking = Asking {
            policy,
            projects: &projects,
            client,
            warn: &|text| self.terminal.warning(text),
        };
        let licences = licences::of_files(listed, policy, self.targets, client)?;
        let found = [
            publishers::as_recorded(self.strict, asking),
            namesakes::of_bound(self.strict, policy, &bound, client),
            owners::as_recorded(self.strict, asking)?,
            record::uploads_as_recorded(self.strict, &projects),
        ];
        let more = |judge: &mut Judge<'_>| {
            licences.judge(self.strict, judge);
            for one in &found {
                one.judge(self.strict, judge);
            }
        };
        let (mut verdicts, findings) =
            policy::judge_listed((subject, listed), policy, (findings, file.fix()), more);
        let contradictions = file_log::judge_listed(file.path(), self.strict, policy, &projects)?;
        verdicts.judged.extend(contradictions);
        let reader = AuditsReader::new(&self.args.index, &self.args.cache);
        let vetted = vetting::judge((self.strict, file.path()), policy, &reader)?;
        verdicts.add(vetted);
        verdicts.add(attested);
        exemptions.note(governing, self.strict, &verdicts);
        Ok(sorted(file, findings, verdicts))
    }

    /// What the attestations of the pins show, as far as they are asked for.
    fn attestations(
        &self,
        file: &StrictSource,
        client: &IndexClient,
        said: &mut Said,
    ) -> Result<Verdicts, Error> {
        let policy = file.policy().map(|governing| &governing.policy);
        let required = policy.map(|policy| &policy.attestations);
        if !self.args.attestations && required.is_none_or(RequiredAttestations::is_empty) {
            return Ok(Verdicts::default());
        }
        let root = self.args.trusted_root.as_ref();
        let root = root.or(policy.and_then(|policy| policy.trusted_root.as_ref()));
        let trust = attestations::trust(root.map(PathBuf::as_path))?;
        let projects: BTreeMap<PackageName, Arc<Project>> = policy::projects(self.strict, client)?;
        let is_wanted = |name: &PackageName| {
            self.args.attestations || required.is_some_and(|required| required.of(name))
        };
        let pins = attestations::attestations(self.strict, &projects, (client, &trust), is_wanted)?;
        if self.args.attestations {
            said.add(file.name(), &pins);
        }
        Ok(attestations::judge(&pins, policy))
    }
}

/// The findings of the rules that hold without a policy and with one: those in the strict file first.
fn sorted(file: &StrictSource, mut findings: Vec<Finding>, verdicts: Verdicts) -> Vec<Finding> {
    let judged = verdicts.judged.into_iter();
    findings.extend(judged.map(|judged| judged.in_file(file.name(), file.fix())));
    findings.sort_by(|a, b| (a.file != file.name(), a).cmp(&(b.file != file.name(), b)));
    findings
}

fn loose(file: &StrictSource, lock: &LockArgs, terminal: Terminal) -> Option<Inputs> {
    if file.came_from_stdin() {
        return None;
    }
    let none = UrlDigests::new();
    let strict = file.strict().ok();
    let header = strict.as_ref().and_then(StrictFile::header);
    let records = header.map_or(&[][..], Header::projects);
    let loose = inputs::read_all(lock, &none, records, file.own_project(), terminal);
    loose.ok().map(|loose| loose.inputs)
}
