//! The proof of an answer: for each environment, walks all packages from the user's lines on and checks
//! each requirement. Only packages that the walk reaches become part of the resolution.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{
    ChosenFile, DistFile, EnvironmentId, ExtraName, PackageName, Pin, Reference, Resolution,
    ResolvedFor, Via, Yanked,
};
use harden_target::Environment;
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::Reasons;
use crate::catalog::Catalog;
use crate::dependency::{Dependency, Held, Owner, holds};
use crate::interrupt::Interrupt;
use crate::node::NameId;
use crate::report::demands::{Demand, Demands};
use crate::report::pin_reasons::PinReasons;
use crate::solver::search::Found;
use crate::{Answer, DependencyMode, ResolveError, Statistics, Warning};

mod newest;
mod rules;

/// The version that the solver chose of each package in each environment.
pub(crate) type Selection = HashMap<(NameId, EnvironmentId), Version, FxBuildHasher>;

/// The key of a pin: a version of a package, from the index or from a direct reference.
type Pinned = (PackageName, Version, Option<Reference>);

/// A proven answer, without the reasons of its pins, which only an answer that is shown needs.
pub(crate) struct Proven {
    pub(crate) answer: Answer,
    demands: Vec<(BTreeSet<EnvironmentId>, Demands)>,
}

impl Proven {
    /// The answer with the reasons of each pin.
    pub(crate) fn into_answer(mut self, catalog: &Catalog<'_>) -> Result<Answer, Interrupt> {
        let pins = self.answer.resolution.pins.iter().zip(&self.demands);
        self.answer.pin_reasons = pins
            .map(|(pin, (environments, demands))| {
                let version = (&pin.name, &pin.version);
                match catalog.rules.options.reasons {
                    Reasons::All => {
                        PinReasons::of(catalog, &pin.name, &pin.version, environments, demands)
                    }
                    Reasons::HeldBack => {
                        PinReasons::held_back(catalog, version, environments, demands)
                    }
                }
            })
            .collect::<Result<_, Interrupt>>()?;
        Ok(self.answer)
    }
}

#[derive(Default)]
struct Draft {
    files: BTreeMap<Box<str>, (Arc<DistFile>, BTreeSet<EnvironmentId>)>,
    environments: BTreeSet<EnvironmentId>,
    extras: BTreeSet<ExtraName>,
    via: BTreeSet<Via>,
    demands: Demands,
}

struct Walk<'c, 'a> {
    catalog: &'c Catalog<'a>,
    chosen: &'c Selection,
    pins: BTreeMap<Pinned, Draft>,
    warnings: BTreeSet<Warning>,
}

/// Proves an answer.
///
/// # Errors
///
/// The answer is wrong, which is a defect of the resolver; or targets that no marker distinguishes need
/// different versions.
pub(crate) fn prove(catalog: &Catalog<'_>, found: &Found) -> Result<Proven, Interrupt> {
    let mut walk = Walk {
        catalog,
        chosen: &found.selection,
        pins: BTreeMap::new(),
        warnings: BTreeSet::new(),
    };
    for environment in 0..catalog.environments.len() {
        walk.environment(environment)?;
    }
    walk.check_prereleases()?;
    walk.check_newest(&found.skipped)?;
    let Walk {
        pins: drafts,
        warnings,
        ..
    } = walk;
    let mut pins = Vec::with_capacity(drafts.len());
    let mut demands = Vec::with_capacity(drafts.len());
    for (pinned, mut draft) in drafts {
        demands.push((
            draft.environments.clone(),
            std::mem::take(&mut draft.demands),
        ));
        pins.push(pin(pinned, draft, catalog.environments)?);
    }
    let answer = Answer {
        resolution: Resolution {
            resolved_for: catalog.environments.to_vec(),
            pins,
        },
        warnings: warnings.into_iter().collect(),
        pin_reasons: Vec::new(),
        order: found.order.iter().map(|name| catalog.name(*name)).collect(),
        statistics: Statistics::default(),
    };
    Ok(Proven { answer, demands })
}

impl Walk<'_, '_> {
    /// Walks the packages of one environment.
    fn environment(&mut self, id: EnvironmentId) -> Result<(), Interrupt> {
        let mut open: Vec<(NameId, Option<ExtraName>)> = Vec::new();
        let lines = self.catalog.rules.lines.iter();
        for line in lines.filter(|line| line.environments.contains(id)) {
            let asked = line.asked;
            let dependency = Dependency::new(
                asked.requirement.clone(),
                &mut self.catalog.vocabulary.borrow_mut(),
            );
            self.follow(
                &dependency,
                id,
                Via::File(Arc::clone(&asked.file)),
                &asked.place,
                &mut open,
            )?;
        }
        let mut seen = BTreeSet::new();
        while let Some((name, extra)) = open.pop() {
            if seen.insert((name, extra.clone())) {
                self.package(name, extra.as_ref(), id, &mut open)?;
            }
        }
        Ok(())
    }

    /// Walks the requirements of a package, with or without an extra.
    fn package(
        &mut self,
        name: NameId,
        extra: Option<&ExtraName>,
        id: EnvironmentId,
        open: &mut Vec<(NameId, Option<ExtraName>)>,
    ) -> Result<(), Interrupt> {
        let listing = self.catalog.listing(name)?;
        let version = self.version(name, id)?.clone();
        let Some(file) = self.catalog.file(&listing, &version, id)? else {
            return Err(self.defect(
                id,
                &format!("{} {version} has no file for it", listing.name),
            ));
        };
        let dependencies = match self.catalog.dependencies(&file)? {
            Ok(dependencies) => dependencies,
            Err(reason) => return Err(self.defect(id, &format!("{}: {reason}", file.filename))),
        };
        self.note(&listing.name, &version, &file, id)?;
        if let Some(extra) = extra {
            if dependencies.extras.contains(extra) {
                let draft = self.draft(&listing.name, &version, id);
                draft.extras.insert(extra.clone());
            } else {
                let mut known = dependencies.extras.clone();
                known.sort();
                self.warnings.insert(Warning::NoSuchExtra {
                    name: listing.name.clone(),
                    version: version.clone(),
                    extra: extra.clone(),
                    known,
                });
            }
        }
        let environment = &self.catalog.environments[id];
        let owner = Owner::Distribution {
            name: &listing.name,
            version: &version,
            rules: self.catalog.rules,
        };
        if self.catalog.rules.options.dependencies == DependencyMode::Ignored {
            return Ok(());
        }
        let whose = format!("{} {version}", listing.name);
        for dependency in &dependencies.requires {
            match holds(
                &dependency.requirement,
                id,
                environment,
                extra.map_or(&[], std::slice::from_ref),
                &owner,
            )? {
                Held::Yes => {
                    self.follow(
                        dependency,
                        id,
                        Via::Package(listing.name.clone()),
                        &whose,
                        open,
                    )?;
                }
                Held::No => {}
                Held::Undefined(reason) => return Err(self.defect(id, &reason)),
            }
        }
        Ok(())
    }

    /// Checks a requirement, and adds its package to those to walk.
    fn follow(
        &mut self,
        dependency: &Dependency,
        id: EnvironmentId,
        via: Via,
        whose: &str,
        open: &mut Vec<(NameId, Option<ExtraName>)>,
    ) -> Result<(), Interrupt> {
        let rules = self.catalog.rules;
        if rules.excludes(&dependency.requirement.name) {
            return Ok(());
        }
        let replacement = rules
            .overrides(&dependency.requirement.name)
            .iter()
            .find(|replacement| replacement.environments.contains(id));
        let (versions, demand) = match replacement {
            Some(replacement) => (
                &replacement.versions,
                format!(
                    "{} overrides it as {}",
                    replacement.asked.place,
                    replacement.asked.requirement.shown()
                ),
            ),
            None => (
                &dependency.versions,
                format!("{whose} requires {}", dependency.requirement.shown()),
            ),
        };
        let version = self.version(dependency.name, id)?.clone();
        if !versions.contains(&version) {
            return Err(self.defect(
                id,
                &format!(
                    "`{}` is not met by {version}",
                    dependency.requirement.shown()
                ),
            ));
        }
        let name = &dependency.requirement.name;
        if via != Via::Package(name.clone()) {
            let draft = self.draft(name, &version, id);
            draft.via.insert(via);
            let demand = Demand {
                text: demand,
                versions: Rc::clone(versions),
            };
            draft.demands.insert(demand);
        }
        open.push((dependency.name, None));
        open.extend(
            dependency
                .requirement
                .extras
                .iter()
                .map(|extra| (dependency.name, Some(extra.clone()))),
        );
        Ok(())
    }

    /// Notes that an environment installs a file.
    fn note(
        &mut self,
        name: &PackageName,
        version: &Version,
        file: &Arc<DistFile>,
        id: EnvironmentId,
    ) -> Result<(), Interrupt> {
        let draft = self.draft(name, version, id);
        draft.environments.insert(id);
        let (_, environments) = draft
            .files
            .entry(file.filename.clone())
            .or_insert_with(|| (Arc::clone(file), BTreeSet::new()));
        environments.insert(id);
        if let Yanked::Yes(reason) = &file.yanked {
            self.check_yanked(name, version, id)?;
            self.warnings.insert(Warning::Yanked {
                name: name.clone(),
                version: version.clone(),
                reason: reason.to_string(),
            });
        }
        if let Some(named) = self.catalog.rules.reference(name, id)
            && named.reference.is_of_one_machine()
        {
            self.warnings.insert(Warning::OneMachine {
                name: name.clone(),
                reference: named.reference.clone(),
            });
        }
        if file.wheel_tags().is_none() {
            self.warnings.insert(Warning::Sdist {
                name: name.clone(),
                version: version.clone(),
            });
        }
        Ok(())
    }

    /// The draft of the pin that an environment has of a version.
    fn draft(&mut self, name: &PackageName, version: &Version, id: EnvironmentId) -> &mut Draft {
        let named = self.catalog.rules.reference(name, id);
        let reference = named.map(|named| named.reference.clone());
        let pinned = (name.clone(), version.clone(), reference);
        self.pins.entry(pinned).or_default()
    }

    fn version(&self, name: NameId, id: EnvironmentId) -> Result<&Version, Interrupt> {
        self.chosen
            .get(&(name, id))
            .ok_or_else(|| self.defect(id, &format!("{} is missing", self.catalog.name(name))))
    }

    fn defect(&self, id: EnvironmentId, what: &str) -> Interrupt {
        let target = &self.catalog.environments[id].target;
        Interrupt::Error(ResolveError::Defect(format!("on {target}, {what}")))
    }
}

fn pin(
    (name, version, reference): Pinned,
    draft: Draft,
    resolved_for: &[ResolvedFor],
) -> Result<Pin, ResolveError> {
    let (these, others): (Vec<EnvironmentId>, Vec<EnvironmentId>) =
        (0..resolved_for.len()).partition(|id| draft.environments.contains(id));
    let of = |ids: &[EnvironmentId]| -> Vec<&Environment> {
        ids.iter()
            .map(|id| &resolved_for[*id].environment)
            .collect()
    };
    let marker = Environment::tell_apart(&of(&these), &of(&others)).map_err(|error| {
        let target = |ids: &[EnvironmentId], place: usize| ids.get(place).map(|id| resolved_for[*id].target.to_string());
        let these_target = target(&these, error.pair().0).unwrap_or_default();
        let others_target = target(&others, error.pair().1).unwrap_or_default();
        ResolveError::NoSolution(format!(
            "no single file can serve {these_target} and {others_target}\n  \
             1. {name} {version} is needed on {these_target} and cannot be on {others_target}\n  \
             2. no marker tells these two targets apart\n\
             hint: make two files, one with --platform {these_target}, one with --platform {others_target}"
        ))
    })?;
    Ok(Pin {
        name,
        version,
        reference,
        extras: draft.extras.into_iter().collect(),
        environments: these,
        marker,
        files: draft
            .files
            .into_values()
            .map(|(file, environments)| ChosenFile {
                file,
                environments: environments.into_iter().collect(),
            })
            .collect(),
        via: draft.via.into_iter().collect(),
    })
}
