//! Decides whether a release is available in an environment, and which file is installed.
//!
//! A release is available if it is admitted by constraints and hashes, was uploaded before the cutoff, is
//! not denied by a policy, is not yanked (or is pinned by the user), and has a wheel whose tags fit (or an
//! allowed sdist) with a Requires-Python that admits every interpreter of the environment.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_packaging::{DistFile, EnvironmentId, Listed, PackageName, Release, Sha256, Yanked};
use harden_requirements::{Admission, Specifiers};
use harden_target::{TagRank, WheelTags};

use crate::catalog::Catalog;
use crate::catalog::availability::{Availability, UnavailableReason};
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::{ResolveError, Undated, Unusable};

/// Whether no file is for the environment.
fn is_not_built_for(availability: &Availability) -> bool {
    matches!(
        availability,
        Availability::Unavailable(UnavailableReason::NoWheel { .. } | UnavailableReason::OnlySdist)
    )
}

impl Catalog<'_> {
    pub(crate) fn judge(
        &self,
        listing: &Listing,
        release: &Release,
        environment: EnvironmentId,
    ) -> Result<Availability, Interrupt> {
        let name = &listing.name;
        let limits = self
            .rules
            .limits(name)
            .iter()
            .filter(|limit| limit.environments.contains(environment));
        for limit in limits.clone() {
            if let Some(specifiers) = limit
                .specifiers
                .filter(|specifiers| !specifiers.contains(&release.version))
            {
                return Ok(Availability::Unavailable(UnavailableReason::Constraint {
                    place: Arc::clone(limit.place),
                    specifiers: specifiers.to_string().into(),
                }));
            }
        }
        let mut files = match listing.direct_file(environment) {
            Some(named) if named.file.version == release.version => {
                vec![Listed::whole(&named.file)]
            }
            Some(named) => {
                let place = Arc::clone(&named.place);
                return Ok(Availability::Unavailable(UnavailableReason::NotNamed {
                    place,
                }));
            }
            None => match listing.only_direct(release) {
                Some(place) => {
                    return Ok(Availability::Unavailable(
                        UnavailableReason::NamedElsewhere { place },
                    ));
                }
                None => self.visible(name, release)?,
            },
        };
        if files.is_empty() {
            let mut denied = None;
            if self.rules.options.denials.is_some() {
                denied = release.files().iter().find_map(|file| self.denied(file));
            }
            return Ok(Availability::Unavailable(match denied {
                Some(reason) => UnavailableReason::Denied(reason),
                None => UnavailableReason::Newer,
            }));
        }
        let malformed = files.iter().find(|file| !file.is_usable()).copied();
        files.retain(|file| file.is_usable());
        if let (true, Some(malformed)) = (files.is_empty(), malformed) {
            let reason = malformed.file()?.unusable.clone().unwrap_or_default();
            return Ok(Availability::Unavailable(UnavailableReason::Malformed(
                reason,
            )));
        }
        let listed = files.clone();
        let mut hashed_by = None;
        for limit in limits.filter(|limit| !limit.hashes.is_empty()) {
            hashed_by = Some(Arc::clone(limit.place));
            let mut admitted = Vec::with_capacity(files.len());
            for file in files {
                let found = self.admitted(file.file()?, release, limit.hashes, environment)?;
                admitted.extend(found.map(Listed::whole));
            }
            files = admitted;
            if files.is_empty() {
                return Ok(Availability::Unavailable(UnavailableReason::Hashes {
                    place: Arc::clone(limit.place),
                }));
            }
        }
        if let Some(place) = hashed_by
            && is_not_built_for(&self.best(name, &files, environment)?)
            && !is_not_built_for(&self.best(name, &listed, environment)?)
        {
            return Ok(Availability::Unavailable(UnavailableReason::Hashes {
                place,
            }));
        }
        self.best_unless_yanked(name, release, &files, environment)
    }

    /// The best of `files` that is not yanked. A yanked one counts if the user pins the release.
    fn best_unless_yanked(
        &self,
        name: &PackageName,
        release: &Release,
        files: &[Listed<'_>],
        environment: EnvironmentId,
    ) -> Result<Availability, Interrupt> {
        let Some(yanked) = files.iter().find(|file| file.is_yanked()).copied() else {
            return self.best(name, files, environment);
        };
        let mut good = files.to_vec();
        good.retain(|file| !file.is_yanked());
        let best = match &*good {
            [] => None,
            good => Some(self.best(name, good, environment)?),
        };
        match best {
            Some(best @ Availability::Installable(_)) => Ok(best),
            _ if self.rules.pins(name, &release.version, environment) => {
                self.best(name, files, environment)
            }
            Some(best) => Ok(best),
            None => {
                let reason = match &yanked.file()?.yanked {
                    Yanked::Yes(reason) => Arc::clone(reason),
                    Yanked::No => Arc::default(),
                };
                Ok(Availability::Unavailable(UnavailableReason::Yanked(reason)))
            }
        }
    }

    /// The first listed file with the name of `file` and a digest among `hashes`. A file without a listed
    /// digest is downloaded if the environment might install it.
    fn admitted<'f>(
        &self,
        file: &'f Arc<DistFile>,
        release: &'f Release,
        hashes: &BTreeSet<Sha256>,
        environment: EnvironmentId,
    ) -> Result<Option<&'f Arc<DistFile>>, Interrupt> {
        // What cannot be read any more must not count as absent.
        let all = release.all_files()?.into_iter();
        let repeated = all.skip(release.files().len());
        let listed = repeated.filter(|other| other.filename == file.filename);
        for file in std::iter::once(file).chain(listed) {
            let digest = match file.sha256 {
                None if self.may_install(file, environment) => Some(self.index.sha256(file)?),
                digest => digest,
            };
            if digest.is_some_and(|digest| hashes.contains(&digest)) {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// Whether the tags of a file fit, or it is an allowed sdist.
    fn may_install(&self, file: &DistFile, environment: EnvironmentId) -> bool {
        match file.wheel_tags() {
            Some(tags) => {
                let target = &self.environments[environment].target;
                target.tags().rank(tags).is_some()
            }
            None => self.rules.options.allow_sdist.allows(&file.project),
        }
    }

    /// Why a file is denied, if it is.
    fn denied(&self, file: &DistFile) -> Option<Arc<str>> {
        self.rules.options.denials.as_ref()?.denies(file)
    }

    /// The files of a release of `name` that the cutoff admits and nothing denies.
    pub(crate) fn visible<'r>(
        &self,
        name: &PackageName,
        release: &'r Release,
    ) -> Result<Vec<Listed<'r>>, Interrupt> {
        let recent = self.recent(name, release)?;
        if self.rules.options.denials.is_none() {
            return Ok(recent);
        }
        let mut visible = Vec::with_capacity(recent.len());
        for file in recent {
            if self.denied(file.file()?).is_none() {
                visible.push(file);
            }
        }
        Ok(visible)
    }

    /// The files of a release of `name` that the cutoff shows.
    fn recent<'r>(
        &self,
        name: &PackageName,
        release: &'r Release,
    ) -> Result<Vec<Listed<'r>>, Interrupt> {
        let options = self.rules.options;
        let listed = release.listed()?;
        let Some(cutoff) = options.cutoff(name, &release.version) else {
            return Ok(listed);
        };
        let mut files = Vec::with_capacity(listed.len());
        for file in listed {
            let uploaded = match (file.upload_time(), options.undated) {
                (None, Undated::LastModified) => self.index.last_modified(file.file()?)?,
                (uploaded, _) => uploaded,
            };
            match (uploaded, options.undated) {
                (Some(uploaded), _) if uploaded < cutoff => files.push(file),
                (Some(_), _) | (None, Undated::Rejected) => {}
                (None, Undated::Allowed) => files.push(file),
                (None, asked) => return Err(Interrupt::Error(undated(file.file()?, asked))),
            }
        }
        Ok(files)
    }

    /// The file that an environment installs: one to keep, else the best wheel, else an sdist if those
    /// are allowed.
    fn best(
        &self,
        name: &PackageName,
        files: &[Listed<'_>],
        environment: EnvironmentId,
    ) -> Result<Availability, Interrupt> {
        let mut fitting = self.fitting(files, environment);
        let sdists = files.iter().filter(|file| file.wheel_tags().is_none());
        let mut unusable = None;
        if self.rules.options.allow_sdist.allows(name) {
            for sdist in sdists.clone() {
                let file = sdist.file()?;
                match self.unusable(file, environment) {
                    None => fitting.push(*sdist),
                    Some(known) => unusable = Some((file, known)),
                }
            }
        }
        let kept = &self.rules.options.kept_files;
        if !kept.is_empty() {
            let mut others = Vec::new();
            let mut first = Vec::new();
            for file in fitting {
                let digest = file.file()?.sha256;
                let is_kept = digest.is_some_and(|digest| kept.contains(&digest));
                if is_kept { &mut first } else { &mut others }.push(file);
            }
            first.append(&mut others);
            fitting = first;
        }
        let mut refused = None;
        for file in fitting {
            match self.admission(file.requires_python(), environment) {
                Admission::All => return Ok(Availability::Installable(Arc::clone(file.file()?))),
                outcome => refused = refused.or(Some((outcome, file))),
            }
        }
        if let Some((outcome, file)) = refused {
            let python = file.requires_python().cloned().unwrap_or_default();
            return Ok(Availability::Unavailable(match outcome {
                Admission::Some { split_at } => {
                    UnavailableReason::RequiresPatch { python, split_at }
                }
                Admission::All | Admission::None => UnavailableReason::RequiresPython(python),
            }));
        }
        if let Some((sdist, unusable)) = unusable {
            let reason = Arc::clone(&unusable.reason);
            if !unusable.was_built {
                self.pass_over(sdist, &reason);
            }
            return Ok(Availability::Unavailable(UnavailableReason::Unusable {
                reason,
            }));
        }
        let sdist = sdists.count() > 0;
        let has_wheel = files.iter().any(|file| file.wheel_tags().is_some());
        Ok(Availability::Unavailable(if has_wheel {
            UnavailableReason::NoWheel { sdist }
        } else {
            UnavailableReason::OnlySdist
        }))
    }

    /// Why an environment cannot use an sdist; `None` if it can.
    fn unusable(&self, sdist: &DistFile, environment: EnvironmentId) -> Option<&Unusable> {
        let unusable = self.rules.options.unusable.get(&*sdist.filename)?;
        let target = &self.environments[environment].target;
        unusable.iter().find(|unusable| unusable.target == *target)
    }

    /// The wheels whose tags fit an environment, best first; `files` are in the order of their names.
    ///
    /// The best is the one with the highest rank. If `pex --platform` would reject it for the spelling of
    /// its platform tag, a wheel of the same interpreter and ABI that pex accepts comes first.
    fn fitting<'f>(&self, files: &[Listed<'f>], environment: EnvironmentId) -> Vec<Listed<'f>> {
        let target = &self.environments[environment].target;
        let mut wheels: Vec<(TagRank, &WheelTags, Listed<'f>)> = files
            .iter()
            .filter_map(|file| {
                let tags = file.wheel_tags()?;
                Some((target.tags().rank(tags)?, tags, *file))
            })
            .collect();
        wheels.sort_by(|a, b| b.0.cmp(&a.0));
        if let Some((_, best, _)) = wheels.first()
            && !target.pex_accepts(best)
        {
            let best = (*best).clone();
            let alike = wheels.iter().position(|(_, tags, _)| {
                tags.pythons().eq(best.pythons())
                    && tags.abis().eq(best.abis())
                    && target.pex_accepts(tags)
            });
            if let Some(alike) = alike {
                wheels[..=alike].rotate_right(1);
            }
        }
        wheels.into_iter().map(|(_, _, file)| file).collect()
    }

    /// Whether Requires-Python admits an environment.
    pub(crate) fn admission(
        &self,
        requires_python: Option<&Arc<str>>,
        environment: EnvironmentId,
    ) -> Admission {
        let Some(text) = requires_python else {
            return Admission::All;
        };
        let key = (Arc::clone(text), environment);
        if let Some(admission) = self.admissions.borrow().get(&key) {
            return *admission;
        }
        // As in pip: an invalid Requires-Python admits every Python.
        let admission = text
            .parse::<Specifiers>()
            .map_or(Admission::All, |specifiers| {
                specifiers.admits(&self.environments[environment].environment)
            });
        self.admissions.borrow_mut().insert(key, admission);
        admission
    }
}

/// The error of a file without an upload time, with the options that treat such files.
fn undated(file: &DistFile, asked: Undated) -> ResolveError {
    let (file, name) = (&file.filename, &file.project);
    let (who, also) = match asked {
        Undated::LastModified => ("neither the index nor the server says", ""),
        _ => (
            "the index does not say",
            ", `last-modified` uses the time that their server gives",
        ),
    };
    ResolveError::Input(format!(
        "{who} when {file} was uploaded, so --exclude-newer cannot be applied\n\
         hint: --undated reject ignores such files, `allow` accepts them{also}\n\
         hint: --exclude-newer-package {name}=false removes the cutoff for this package"
    ))
}
