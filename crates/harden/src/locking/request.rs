//! A request for a lock: everything that decides the result, except the content of the index.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use harden_hasher::{
    BuiltFrom, Header, ProjectRecord, Provenance, Rule, StrictFile, StrictPin, inputs_digest,
};
use harden_index::{FindLinks, IndexClient, Settings};
use harden_packaging::{PackageName, Sha256};
use harden_policy::advisory::Database;
use harden_policy::{
    AskedByName, Deny, Judge, LicenceSource, Listed, RefusedLicences, Ripening, Setting, Subject,
};
use harden_requirements::{
    Admission, InputOptions, Inputs, LocalProject, Requirement, UnbuiltProject,
};
use harden_resolver::{
    AllowSdist, Answer, Asked, Denials, DependencyMode, Limits, Options, PrereleaseMode, Reasons,
    Request, Undated,
};
use harden_target::Target;
use jiff::Timestamp;

use crate::locking::attestations;
use crate::locking::build::{BuildRules, Builder};
use crate::locking::existing_output::{Existing, RecordedLock, Versions};
use crate::locking::file_log::{self, Addition};
use crate::locking::header_command;
use crate::locking::likely::{likely, usual};
use crate::locking::namesakes;
use crate::locking::owners;
use crate::locking::policy;
use crate::locking::preferred_locks::Preferred;
use crate::locking::projects::{self, ProjectBuilds};
use crate::locking::publishers::{self, Asking};
use crate::locking::record::with_records;
use crate::locking::relative_path::relative;
use crate::locking::repositories::{Repositories, RepositorySettings};
use crate::locking::vetting::{self, AuditsReader};
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{self, LockArgs, StatedMetadata};
use crate::settings::config::{STRICT, current_folder};
use crate::settings::cutoffs::Cutoffs;
use crate::settings::inputs::{self, Loose};
use crate::settings::interpreter;
use crate::settings::own_projects;
use crate::settings::pip_config::{self, ThisMachine};
use crate::settings::platforms::{Machine, NamedTarget};
use crate::settings::project_records;
use crate::settings::requirements_urls::{Texts, UrlDigests};
use crate::settings::sources::{self, Sources};

/// A project does not admit the Python of a target.
#[derive(Debug, thiserror::Error)]
#[error("{place} requires Python {specifiers}, which {} {target}", if *admits_some { "admits only some patch releases of" } else { "excludes" })]
pub struct OtherPython {
    /// The line that says so.
    place: String,
    specifiers: String,
    target: Box<Target>,
    /// Whether it admits some patch releases of the target.
    admits_some: bool,
}

impl Report for OtherPython {
    fn hint(&self) -> Option<String> {
        let hint = if self.admits_some {
            "name the patch release, as in manylinux2014_aarch64-cp-3.11.9-cp311"
        } else {
            "lock for a Python that the project supports, or change its requires-python"
        };
        Some(hint.to_owned())
    }
}

/// A request for a lock.
pub struct LockRequest {
    args: LockArgs,
    platforms: Platforms,
    inputs: Inputs,
    overrides: Inputs,
    sources: Sources,
    cutoffs: Cutoffs,
    repositories: Repositories,
    /// What was learned of projects by builds.
    projects: Vec<ProjectRecord>,
    /// The lines that the digest of the inputs covers.
    input_lines: Vec<String>,
    /// The digests of the URLs among the inputs.
    urls: UrlDigests,
    existing: Existing,
    /// The moment of the run.
    now: Timestamp,
    /// The advisories that its policy names.
    advisories: Option<Arc<Database>>,
    preferred: Preferred,
    /// The metadata of sdists that is taken as stated.
    stated: Vec<StatedMetadata>,
    /// When its policy stops denying what it denies now.
    ripening: Arc<Ripening>,
    refused: Arc<RefusedLicences>,
}

/// What a policy that does not refuse an answer has to say of it.
#[derive(Debug, Default)]
pub struct Enforced {
    /// Whether that may change with time alone.
    pub is_of_now: bool,
    /// The log of files to write, if there is one.
    pub log: Option<Addition>,
}

/// The targets to lock for.
enum Platforms {
    /// This machine, because no target was named.
    Default(Target),
    Named(Vec<NamedTarget>),
}

impl LockRequest {
    /// Reads all files that the arguments name. Cutoffs that are spans count back from `now`.
    pub fn new(args: LockArgs, now: Timestamp, terminal: Terminal) -> Result<Self, Error> {
        let loose = inputs::read_all(&args, &UrlDigests::new(), &[], None, terminal)?;
        Self::of(args, loose, now, terminal)
    }

    /// A request for what was read already.
    pub fn of(
        args: LockArgs,
        Loose {
            mut inputs,
            overrides,
            lines,
            urls,
            ties,
            ..
        }: Loose,
        now: Timestamp,
        terminal: Terminal,
    ) -> Result<Self, Error> {
        if !args.index.no_pip_config {
            warn_of_pip(terminal);
        }
        projects::refuse(&mut inputs, &packages(args.sdists.build.iter()));
        let existing = Existing::read(args.output.as_deref())?;
        let preferred = Preferred::read(&args.prefer)?;
        let mut sources = Sources::new(&args.index, &args.cache, &inputs.options)?;
        sources.tie(&args.index, &ties)?;
        sources.refresh_upgraded(&args);
        let machine = Machine {
            python: args.target.python.clone(),
            cache_dir: sources.settings.cache_dir.clone(),
            builds: !args.sdists.build.is_empty(),
        };
        let advisories = args.policy.as_ref().map(policy::database).transpose()?;
        let advisories = advisories.flatten();
        let stated = args.metadata.clone();
        let mut task = Self {
            stated,
            platforms: platforms(&args, &machine, terminal)?,
            input_lines: lines,
            urls,
            args,
            inputs,
            overrides,
            sources,
            cutoffs: Cutoffs::default(),
            repositories: Repositories::default(),
            projects: Vec::new(),
            existing,
            now,
            advisories,
            preferred,
            ripening: Arc::default(),
            refused: Arc::default(),
        };
        task.refuse_other_pythons()?;
        let kept = task.settle_cutoffs()?;
        task.take_projects(terminal)?;
        task.take_repositories(&kept, terminal)?;
        Ok(task)
    }

    /// Settles the cutoffs, by the existing strict file if it is of the same inputs. Returns the commits
    /// of repositories that it records.
    fn settle_cutoffs(&mut self) -> Result<BTreeMap<PackageName, String>, Error> {
        let (mut inputs, mut lines) = (Inputs::default(), self.input_lines.clone());
        inputs.unbuilt.clone_from(&self.inputs.unbuilt);
        self.take_recorded(&mut inputs, &mut lines, false)?;
        let inputs = inputs_digest(&lines);
        let recorded = self.existing.cutoffs(&self.args, inputs, &self.urls);
        let kept = recorded.as_ref().map(RecordedLock::repositories);
        self.cutoffs = Cutoffs::settle(&self.args, recorded.as_ref(), self.now);
        Ok(kept.unwrap_or_default())
    }

    /// Puts what the output file records of projects in their place.
    fn take_recorded(
        &self,
        inputs: &mut Inputs,
        lines: &mut Vec<String>,
        only_fresh: bool,
    ) -> Result<(), Error> {
        let header = self.existing.strict().and_then(StrictFile::header);
        let records = header.map_or(&[][..], Header::projects);
        let none = UrlDigests::new();
        let texts = Texts::new(&self.args, &none);
        project_records::take_recorded(inputs, lines, &texts, records, only_fresh)
    }

    /// Puts the dependencies of projects that only a build tells in their place. A dry run builds nothing,
    /// and goes by what the output file records of projects that have not changed.
    fn take_projects(&mut self, terminal: Terminal) -> Result<(), Error> {
        if self.inputs.unbuilt.is_empty() {
            return Ok(());
        }
        let allowed = self.builds();
        let (mut inputs, mut lines) = (self.inputs.clone(), self.input_lines.clone());
        if self.args.writing.dry_run {
            self.take_recorded(&mut inputs, &mut lines, true)?;
            projects::refuse(&mut inputs, &allowed);
        } else {
            let targets = self.targets();
            let make_builder = || self.builder(terminal);
            let builds = ProjectBuilds::new(&allowed, &targets, terminal, make_builder);
            let none = UrlDigests::new();
            let texts = Texts::new(&self.args, &none);
            own_projects::expand_unbuilt(&mut inputs, &texts, &builds)?;
            let (records, more) = builds.into_records();
            project_records::add_lines(&mut lines, more);
            self.projects = records;
        }
        (self.inputs, self.input_lines) = (inputs, lines);
        self.refuse_other_pythons()
    }

    /// The projects whose dependencies are not known without a build, in a dry run.
    pub fn unbuilt_projects(&self) -> &[UnbuiltProject] {
        &self.inputs.unbuilt
    }

    /// What builds sources for this lock.
    pub fn builder(&self, terminal: Terminal) -> Result<Builder<'static>, Error> {
        let (settings, rules) = (self.sources.settings.clone(), self.build_rules());
        let python = self.building_python();
        let limits = self.args.sdists.limits.into();
        Builder::new(python.as_deref(), settings, rules, limits, None, terminal)
    }

    /// Puts releases in the place of repositories.
    fn take_repositories(
        &mut self,
        kept: &BTreeMap<PackageName, String>,
        terminal: Terminal,
    ) -> Result<(), Error> {
        if !Repositories::are_in(&self.inputs) {
            return Ok(());
        }
        let allowed = self.builds();
        let mut inputs = self.inputs.clone();
        let taking = RepositorySettings {
            allowed: &allowed,
            kept,
            pinned: self.existing.versions(),
            dry_run: self.args.writing.dry_run,
            cache_dir: self.sources.settings.cache_dir.as_deref(),
            terminal,
        };
        let taken = Repositories::take(&mut inputs, &taking, || self.builder(terminal))?;
        (self.inputs, self.repositories) = (inputs, taken);
        let links = self.repositories.links().map(FindLinks::Local);
        self.sources.settings.find_links.extend(links);
        Ok(())
    }

    /// Repository and commit of each package that comes from a repository.
    pub fn repositories(&self) -> &BTreeMap<PackageName, String> {
        self.repositories.origins()
    }

    /// Those whose version is not known without a build, in a dry run.
    pub fn unbuilt_repositories(&self) -> &BTreeMap<PackageName, String> {
        self.repositories.unbuilt()
    }

    /// The user's own projects among its inputs.
    pub fn projects(&self) -> &[LocalProject] {
        &self.inputs.projects
    }

    /// The metadata of sdists that is taken as stated.
    pub fn stated(&self) -> &[StatedMetadata] {
        &self.stated
    }

    /// Takes the sdists of these packages whatever they require, unless they are built.
    pub fn pass_over_requirements<'n>(&mut self, names: impl Iterator<Item = &'n PackageName>) {
        let (unbuilt, built) = (self.unbuilt(), self.builds());
        let taken = names.filter(|name| unbuilt.allows(name) && !built.allows(name));
        let stated = taken.map(|name| StatedMetadata::without_requirements(name.clone()));
        self.stated.extend(stated);
    }

    /// Its arguments.
    pub fn args(&self) -> &LockArgs {
        &self.args
    }

    /// Whether it is for this machine because no target was named.
    pub fn is_for_this_machine(&self) -> bool {
        matches!(self.platforms, Platforms::Default(_))
    }

    /// The moment of the run.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The output file as it is before the lock.
    pub fn existing(&self) -> &Existing {
        &self.existing
    }

    /// Its cutoffs by upload time.
    pub fn cutoffs(&self) -> &Cutoffs {
        &self.cutoffs
    }

    /// The folders of distributions that the strict file cannot name.
    pub fn unrecorded_links(&self) -> Vec<String> {
        sources::unrecorded_links(&self.sources.options)
    }

    /// The settings for the index client.
    pub fn settings(&self) -> &Settings {
        &self.sources.settings
    }

    /// The files that it reads.
    pub fn files(&self) -> BTreeSet<&str> {
        let all = self.inputs.requirements.iter();
        let all = all.chain(&self.inputs.constraints);
        let all = all.chain(&self.overrides.requirements);
        let read = all.map(|input| &*input.origin.file);
        let args = &self.args;
        let named = args.loose.iter().chain(&args.constraints);
        let named = named.chain(&args.overrides);
        read.chain(named.map(String::as_str)).collect()
    }

    /// The request to the resolver.
    pub fn request(&self) -> Result<Request, Error> {
        let mut requested = inputs::requested(&self.inputs)?;
        requested.constraints.extend(self.upgrade_bounds());
        let args = &self.args;
        let named = match (args.pre, args.prerelease) {
            (true, _) => Some(PrereleaseMode::Allow),
            (false, mode) => mode.map(PrereleaseMode::from),
        };
        let requirements = requested.requirements;
        // No index may offer a package that is one of a repository.
        let unbuilt = self.repositories.unbuilt().keys().cloned();
        Ok(Request {
            constraints: requested.constraints,
            overrides: inputs::requested(&self.overrides)?.requirements,
            excluded: inputs::excluded(args, &self.inputs)
                .into_iter()
                .chain(unbuilt)
                .collect(),
            targets: self.targets().into_iter().cloned().collect(),
            markers: args.target.markers(),
            options: Options {
                prerelease: named.unwrap_or_else(|| inputs::prerelease_mode(&self.inputs)),
                prerelease_packages: self.prerelease_packages(),
                exhaustive: args.exhaustive,
                limits: Limits::default(),
                resolution: args.resolution.map(Into::into).unwrap_or_default(),
                dependencies: if args.no_deps {
                    DependencyMode::Ignored
                } else {
                    DependencyMode::Followed
                },
                exclude_newer: self.cutoffs.all,
                exclude_newer_packages: self.undated(),
                exempt: self.cutoffs.exempt.clone(),
                undated: args.undated.map_or(Undated::default(), Undated::from),
                allow_sdist: packages(self.args.sdists.usable()),
                unusable: BTreeMap::new(),
                preferences: self.preferences(),
                likely: self.likely(&requirements),
                usual: usual(&self.sources.settings),
                leaves_memory: false,
                kept_files: self.kept_files(),
                denials: self.denials(),
                reasons: Reasons::All,
                read_for_reasons: BTreeSet::new(),
            },
            requirements,
        })
    }

    /// What its policy denies.
    fn denials(&self) -> Option<Arc<dyn Denials>> {
        let policy = self.args.policy.as_ref()?;
        let pins = self.existing.strict().map_or(&[] as &[_], StrictFile::pins);
        let before = pins.iter();
        let before = before.map(|pin| (pin.name().clone(), pin.version().clone()));
        Some(Arc::new(Deny {
            policy: policy.clone(),
            asked: self.asked(),
            today: policy::today(),
            now: self.now,
            database: self.advisories.clone(),
            repositories: self.repositories.origins().keys().cloned().collect(),
            before: before.collect(),
            ripening: Arc::clone(&self.ripening),
            refused: Arc::clone(&self.refused),
        }))
    }

    /// What it asks for by name.
    fn asked(&self) -> AskedByName {
        policy::asked(&self.args, Some(&self.inputs))
    }

    /// Refuses an answer that its policy denies, and tells `warn` of what it finds.
    pub fn enforce_policy(
        &self,
        (file, strict): (&str, &StrictFile),
        client: &IndexClient,
        warn: &dyn Fn(&str),
    ) -> Result<Enforced, Error> {
        let Some(policy) = &self.args.policy else {
            return Ok(Enforced::default());
        };
        let targets: Vec<Target> = self.targets().into_iter().cloned().collect();
        let subject = Subject {
            strict,
            targets: &targets,
            asked: &self.asked(),
            licences: LicenceSource::StrictFile,
        };
        let projects = policy::projects(strict, client)?;
        let bound = policy::bound(&self.args.index);
        let before = self.existing.strict();
        let listed = Listed {
            strict,
            projects: &projects,
            now: self.now,
            database: self.advisories.as_deref(),
            bound: &bound,
            locking: Some(before),
        };
        let asking = Asking {
            policy,
            projects: &projects,
            client,
            warn,
        };
        let found = [
            namesakes::of_bound(strict, policy, &bound, client),
            owners::since(before, strict),
            publishers::since(before, strict, asking),
        ];
        let more = |judge: &mut Judge<'_>| {
            for one in &found {
                one.judge(strict, judge);
            }
        };
        let (mut verdicts, _) =
            policy::judge_listed((subject, listed), policy, (Vec::new(), ""), more);
        let log = match &self.args.output {
            Some(output) => Addition::of(output, strict, policy, &projects, client)?,
            None => None,
        };
        let (log, contradictions) = log.unzip();
        verdicts.judged.extend(contradictions.unwrap_or_default());
        let attested = attestations::required(strict, &projects, client, policy)?;
        verdicts.add(attested);
        let path = self.args.output.as_deref();
        let path = path.unwrap_or(Path::new(STRICT));
        let reader = AuditsReader::new(&self.args.index, &self.args.cache);
        verdicts.add(vetting::warn((strict, path), policy, &reader)?);
        policy::enforce((file, strict), policy, &verdicts, warn)?;
        Ok(Enforced {
            is_of_now: verdicts.depend_on_age(),
            log,
        })
    }

    /// Whether its policy asks for attestations or audits, by which no answer is known.
    fn reads_trust(&self) -> bool {
        let policy = self.args.policy.as_ref();
        policy.is_some_and(|policy| {
            let is_vetted = policy.setting(Rule::Unvetted) != Setting::Off;
            is_vetted || !policy.attestations.is_empty()
        })
    }

    /// What its policy refused for its licence, as far as it has been asked.
    pub fn refused_licences(&self) -> &RefusedLicences {
        &self.refused
    }

    /// Until when its policy denies the same releases as now, as far as it has been asked.
    pub fn denies_until(&self) -> Option<Timestamp> {
        self.ripening.earliest()
    }

    /// Everything that decides its result beside the index and the time, as a text; `None` if there is
    /// more to it than can be told without making the lock.
    pub fn identity(&self) -> Option<String> {
        let (args, settings) = (&self.args, &self.sources.settings);
        let reads_more = args.imports
            || args.format.is_some()
            || args.writing.dry_run
            || args.upgrade
            || !args.upgrade_package.is_empty()
            || !args.sdists.build.is_empty()
            || !settings.find_links.is_empty()
            || !self.repositories.origins().is_empty()
            || !self.projects.is_empty()
            || self.advisories.is_some()
            || self.reads_trust()
            || self.existing.has_conflict();
        if args.no_reuse || settings.cache_dir.is_none() || reads_more {
            return None;
        }
        let targets: Vec<_> = self
            .targets()
            .iter()
            .map(|target| (target.to_string(), target.environment()))
            .collect();
        let day = args.policy.as_ref().map(|_| policy::today());
        let log = match (&args.policy, &args.output) {
            (Some(policy), Some(output)) if policy.record_files => file_log::state(output),
            _ => None,
        };
        Some(format!(
            "{:?}",
            (
                (args, &self.inputs, &self.overrides, &self.input_lines),
                (&self.sources, settings.addresses()),
                (&self.cutoffs, &self.urls, &self.preferred, &self.stated),
                (targets, self.platform_names(), self.is_for_this_machine()),
                (self.existing.digest(), day, log),
            )
        ))
    }

    /// The packages with a mode of their own for pre-releases: those named as arguments, else as
    /// options in the files.
    fn prerelease_packages(&self) -> BTreeMap<PackageName, PrereleaseMode> {
        let mut modes = inputs::prerelease_packages(&self.inputs);
        let named = self.args.prerelease_package.iter();
        modes.extend(named.map(|package| (package.name.clone(), package.mode.into())));
        modes
    }

    /// The strict file of an answer.
    pub fn strict(
        &self,
        answer: &Answer,
        built: &BTreeMap<String, BuiltFrom>,
        client: &IndexClient,
        warn: &dyn Fn(&str),
    ) -> Result<StrictFile, Error> {
        let options = self.options_beside_output()?;
        let recipe = Provenance {
            loose: &self.loose_names(),
            command: &header_command::command(&self.args, &self.platform_names()),
            input_lines: &self.input_lines,
            urls: &self.urls,
            projects: &self.projects,
            options: &options,
            exclude_newer: self.cutoffs.all,
            exclude_newer_packages: &self.cutoffs.packages,
            exempt: &self.cutoffs.exempt,
            hashes: self.args.writing.hashes.map(Into::into).unwrap_or_default(),
            built,
            repositories: self.repositories.origins(),
        };
        let strict = StrictFile::from_resolution(&answer.resolution, &recipe, client)?;
        let Some(policy) = &self.args.policy else {
            return Ok(strict);
        };
        let policy = (policy, self.existing.strict());
        with_records(strict, &answer.resolution, policy, client, warn)
    }

    /// The options for installers. Folders are relative to the folder of the strict file, since
    /// installers look for them there.
    fn options_beside_output(&self) -> Result<InputOptions, Error> {
        let mut options = self.sources.options.clone();
        if let Some(output) = &self.args.output {
            let here = current_folder()?;
            let folder = output.parent().unwrap_or(output);
            for link in &mut options.find_links {
                if let Ok(FindLinks::Local(path)) = link.parse()
                    && let Some(path) = relative(&path, &here, folder)
                {
                    *link = path.into();
                }
            }
        }
        Ok(options)
    }

    fn targets(&self) -> Vec<&Target> {
        match &self.platforms {
            Platforms::Default(target) => vec![target],
            Platforms::Named(named) => named.iter().map(|named| &named.target).collect(),
        }
    }

    /// Refuses targets whose Python a project does not admit.
    fn refuse_other_pythons(&self) -> Result<(), Error> {
        for python in &self.inputs.requires_python {
            for target in self.targets() {
                let admission = python.specifiers.admits(&target.environment());
                if admission != Admission::All {
                    return Err(OtherPython {
                        place: python.origin.to_string(),
                        specifiers: python.specifiers.to_string(),
                        target: Box::new(target.clone()),
                        admits_some: admission != Admission::None,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    /// The cutoffs of single packages. Commits of repositories have none.
    fn undated(&self) -> BTreeMap<PackageName, Option<Timestamp>> {
        let mut packages = self.cutoffs.packages.clone();
        let names = self.repositories.origins().keys();
        packages.extend(names.map(|name| (name.clone(), None)));
        packages
    }

    /// The packages that may be pinned as sdists, without a wheel.
    pub fn unbuilt(&self) -> AllowSdist {
        packages(self.args.sdists.allow_sdist.iter())
    }

    /// The packages whose sdists are built.
    pub fn builds(&self) -> AllowSdist {
        packages(self.args.sdists.build.iter())
    }

    /// The interpreter to build with: the one that `--python` names, else one of the version of a
    /// target.
    pub fn building_python(&self) -> Option<PathBuf> {
        let cache_dir = self.sources.settings.cache_dir.as_deref();
        let named = self.args.target.python.clone();
        named.or_else(|| interpreter::for_targets(&self.targets(), cache_dir))
    }

    /// The rules for the choice of build requirements: the cutoffs of this request.
    pub fn build_rules(&self) -> BuildRules {
        BuildRules {
            options: Options {
                exclude_newer: self.cutoffs.all,
                exclude_newer_packages: self.cutoffs.packages.clone(),
                exempt: self.cutoffs.exempt.clone(),
                undated: self.args.undated.map_or(Undated::default(), Undated::from),
                allow_sdist: self.builds(),
                denials: self.denials(),
                exhaustive: self.args.exhaustive,
                ..Options::default()
            },
            constraints: constraints(&self.args.sdists.build_constraint),
        }
    }

    /// The versions given with `--upgrade-package NAME==VERSION`, as constraints.
    fn upgrade_bounds(&self) -> impl Iterator<Item = Asked> {
        let bounds = self
            .args
            .upgrade_package
            .iter()
            .filter_map(args::UpgradePackage::bound);
        bounds.map(|requirement| Asked {
            requirement: requirement.clone(),
            file: "--upgrade-package".into(),
            place: "--upgrade-package".into(),
            hashes: BTreeSet::new(),
        })
    }

    /// The locks whose versions are preferred.
    pub fn preferred(&self) -> &Preferred {
        &self.preferred
    }

    /// The pins of the output file, then those of `--prefer`, except those that `-U` and `-P` ignore.
    fn preferences(&self) -> Versions {
        if self.args.upgrade {
            return Versions::new();
        }
        let mut preferences = self.existing.versions().clone();
        for (name, versions) in self.preferred.versions() {
            let known = preferences.entry(name.clone());
            known.or_insert_with(|| versions.clone());
        }
        preferences.retain(|name, _| !self.ignores_pin(name));
        preferences
    }

    /// The packages that the answer is likely to have.
    fn likely(&self, requirements: &[Asked]) -> Vec<PackageName> {
        if self.args.no_deps {
            return Vec::new();
        }
        let earlier = self.existing.versions().keys();
        let earlier = earlier.chain(self.preferred.versions().keys());
        likely(
            earlier.cloned().collect(),
            requirements.iter().map(|asked| &asked.requirement),
            &self.targets(),
            &self.sources.settings,
        )
    }

    /// The files of these pins.
    fn kept_files(&self) -> BTreeSet<Sha256> {
        if self.args.upgrade {
            return BTreeSet::new();
        }
        let Some(strict) = self.existing.strict() else {
            return self.existing.hashes().clone();
        };
        let pins = strict.pins().iter();
        let ignored = pins.filter(|pin| self.ignores_pin(pin.name()));
        let ignored: BTreeSet<_> = ignored.flat_map(StrictPin::hashes).collect();
        let hashes = self.existing.hashes().iter();
        hashes
            .filter(|hash| !ignored.contains(hash))
            .copied()
            .collect()
    }

    fn ignores_pin(&self, name: &PackageName) -> bool {
        let mut upgraded = self.args.upgrade_package.iter();
        upgraded.any(|upgrade| upgrade.name() == name)
    }

    /// The names of the loose files for the header.
    fn loose_names(&self) -> Vec<String> {
        let name = |file: &String| if file == "-" { "<stdin>" } else { file }.to_owned();
        self.args.loose.iter().map(name).collect()
    }

    fn platform_names(&self) -> Vec<String> {
        match &self.platforms {
            Platforms::Default(_) => Vec::new(),
            Platforms::Named(named) => named.iter().map(|named| named.name.clone()).collect(),
        }
    }
}

/// Warns of pip's settings that have no effect, once in a run.
pub fn warn_of_pip(terminal: Terminal) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        for setting in pip_config::unused(&ThisMachine) {
            terminal.warning(&setting);
        }
    });
}

/// Constraints for build requirements, as the resolver takes them.
pub fn constraints(given: &[Requirement]) -> Vec<Asked> {
    let asked = given.iter().map(|requirement| Asked {
        requirement: requirement.clone(),
        file: "--build-constraint".into(),
        place: "--build-constraint".into(),
        hashes: BTreeSet::new(),
    });
    asked.collect()
}

/// The packages that options name.
pub fn packages<'a>(named: impl Iterator<Item = &'a args::AllowSdist>) -> AllowSdist {
    let mut names = BTreeSet::new();
    for package in named {
        match package {
            args::AllowSdist::All => return AllowSdist::All,
            args::AllowSdist::Package(name) => names.insert(name.clone()),
        };
    }
    AllowSdist::Of(names)
}

/// The targets to lock for; if none is named, the interpreter of this machine.
fn platforms(args: &LockArgs, machine: &Machine, terminal: Terminal) -> Result<Platforms, Error> {
    if args.platform.is_empty() {
        return Ok(Platforms::Default(machine.current()?));
    }
    if args.sdists.build.is_empty() {
        machine.warn_of_unused_python(&args.platform, terminal);
    }
    machine
        .targets(&args.platform, terminal)
        .map(Platforms::Named)
}
