//! The requirements of a version that are active in some environments.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{DistFile, EnvironmentId, ExtraName};
use harden_requirements::{Admission, Source, Specifiers};
use pep440_rs::Version;

use crate::DependencyMode;
use crate::catalog::Catalog;
use crate::catalog::active_dependencies::{ActiveDependencies, ActiveDependency, Asker};
use crate::catalog::listing::Listing;
use crate::dependency::{Dependencies, Dependency, Held, Owner, holds};
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, ExtraId, NameId};

/// The metadata of a file, and the environments that install the file.
type Reader = (Rc<Dependencies>, EnvironmentSet);

impl Catalog<'_> {
    /// The requirements of a version in some environments; with an extra, those whose markers hold with it.
    pub(crate) fn active(
        &self,
        name: NameId,
        version: &Version,
        extra: Option<ExtraId>,
        environments: EnvironmentSet,
    ) -> Result<ActiveDependencies, Interrupt> {
        let asker: Asker = (name, extra, environments, version.clone());
        if let Some(known) = self.actives.borrow().get(&asker) {
            return Ok(known.clone());
        }
        let actives = self
            .decide(name, version, extra, environments)?
            .map(Rc::new);
        self.actives.borrow_mut().insert(asker, actives.clone());
        Ok(actives)
    }

    fn decide(
        &self,
        name: NameId,
        version: &Version,
        extra: Option<ExtraId>,
        environments: EnvironmentSet,
    ) -> Result<Result<Vec<ActiveDependency>, Arc<str>>, Interrupt> {
        let listing = self.listing(name)?;
        let readers = match self.readers(&listing, version, environments)? {
            Ok(_) if self.rules.options.dependencies == DependencyMode::Ignored => {
                return Ok(Ok(Vec::new()));
            }
            Ok(readers) => readers,
            Err(reason) => return Ok(Err(reason)),
        };
        let vocabulary = self.vocabulary.borrow();
        let asked: Vec<ExtraName> = extra
            .iter()
            .map(|extra| vocabulary.extra(*extra).clone())
            .collect();
        drop(vocabulary);
        let owner = Owner::Distribution {
            name: &listing.name,
            version,
            rules: self.rules,
        };
        let overridden = self.rules.overridden(&listing.name);
        let mut actives: BTreeMap<(usize, usize), ActiveDependency> = BTreeMap::new();
        for (reader, (source, held)) in readers.iter().enumerate() {
            for (line, dependency) in source.requires.iter().enumerate() {
                if !asked.is_empty() && dependency.requirement.marker.is_none() {
                    // It is a requirement of the base.
                    continue;
                }
                let mut environments = EnvironmentSet::EMPTY;
                for id in held.iter() {
                    match self.holds(dependency, id, (extra, &asked), &owner)? {
                        Held::Yes => environments = environments.with(id),
                        Held::No => {}
                        Held::Undefined(reason) => return Ok(Err(reason.into())),
                    }
                }
                if environments.is_empty() {
                    continue;
                }
                let excludes_itself =
                    dependency.name == name && !dependency.versions.contains(version);
                if excludes_itself && !environments.without(overridden).is_empty() {
                    let shown = dependency.requirement.shown();
                    return Ok(Err(format!("it requires itself as `{shown}`").into()));
                }
                let active = ActiveDependency {
                    source: Rc::clone(source),
                    line,
                    environments,
                };
                // By line first, so that the order is the same for wheels with the same requirements.
                actives.insert((line, reader), active);
            }
        }
        Ok(Ok(actives.into_values().collect()))
    }

    /// Whether a requirement of a distribution holds; found out once for all that have the same line.
    fn holds(
        &self,
        dependency: &Rc<Dependency>,
        id: EnvironmentId,
        (extra, asked): (Option<ExtraId>, &[ExtraName]),
        owner: &Owner<'_>,
    ) -> Result<Held, Interrupt> {
        let key = (Rc::as_ptr(dependency), id, extra);
        if let Some(holds) = self.held.borrow().get(&key) {
            return Ok(if *holds { Held::Yes } else { Held::No });
        }
        let environment = &self.environments[id];
        let held = holds(&dependency.requirement, id, environment, asked, owner)?;
        // Whether a direct reference is followed depends on its owner, and so does each message.
        let is_shared = matches!(dependency.requirement.source, Source::Specifiers(_));
        match held {
            Held::Yes if is_shared => drop(self.held.borrow_mut().insert(key, true)),
            Held::No if is_shared => drop(self.held.borrow_mut().insert(key, false)),
            Held::Yes | Held::No | Held::Undefined(_) => {}
        }
        Ok(held)
    }

    /// The metadata of the files that some environments install of a version.
    fn readers(
        &self,
        listing: &Listing,
        version: &Version,
        environments: EnvironmentSet,
    ) -> Result<Result<Vec<Reader>, Arc<str>>, Interrupt> {
        let mut files: Vec<(Arc<DistFile>, EnvironmentSet)> = Vec::new();
        for id in environments.iter() {
            let Some(file) = self.file(listing, version, id)? else {
                let target = &self.environments[id].target;
                return Ok(Err(format!("it has no file for {target}").into()));
            };
            match files
                .iter_mut()
                .find(|(known, _)| Arc::ptr_eq(known, &file))
            {
                Some((_, held)) => *held = held.with(id),
                None => files.push((file, EnvironmentSet::only(id))),
            }
        }
        if files.len() > 1 {
            for (file, _) in &files {
                self.prefetch_metadata(file);
            }
        }
        let mut readers = Vec::with_capacity(files.len());
        for (file, held) in files {
            let dependencies = match self.dependencies(&file)? {
                Ok(dependencies) => dependencies,
                Err(reason) => return Ok(Err(reason)),
            };
            if let Some(refused) = self.refuses(&dependencies, held) {
                return Ok(Err(refused));
            }
            readers.push((dependencies, held));
        }
        Ok(Ok(readers))
    }

    /// Why the Requires-Python of the metadata excludes an environment; an index need not repeat it.
    pub(crate) fn refuses(
        &self,
        dependencies: &Dependencies,
        environments: EnvironmentSet,
    ) -> Option<Arc<str>> {
        let text = dependencies.requires_python.as_ref()?;
        let mut refused = environments
            .iter()
            .filter(|id| self.admission(Some(text), *id) != Admission::All);
        let target = &self.environments[refused.next()?].target;
        let shown = text
            .parse()
            .map_or(text.to_string(), |read: Specifiers| read.to_string());
        Some(format!("it requires Python {shown}, which {target} is not").into())
    }
}
