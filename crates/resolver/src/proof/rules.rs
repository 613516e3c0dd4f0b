//! Checks an answer against the user's rules on pre-releases and yanked releases. The rules are read
//! from the lines themselves; each applies in the environments in which its line holds.

use harden_packaging::{EnvironmentId, PackageName};
use harden_requirements::{Specifiers, Truth};
use pep440_rs::Version;

use super::Walk;
use crate::interrupt::Interrupt;
use crate::{PrereleaseMode, Warning};

impl Walk<'_, '_> {
    /// Whether a line of the user's for `name` that holds in an environment has specifiers that satisfy
    /// `is_it`.
    fn has_line(
        &self,
        name: &PackageName,
        id: EnvironmentId,
        is_it: impl Fn(&Specifiers) -> bool,
    ) -> bool {
        let request = self.catalog.rules.request;
        let lines = request.requirements.iter();
        let lines = lines.chain(&request.constraints).chain(&request.overrides);
        let environment = &self.catalog.environments[id].environment;
        let mut held = lines.filter(|asked| {
            let marker = asked.requirement.marker.as_ref();
            asked.requirement.name == *name
                && marker
                    .is_none_or(|marker| matches!(marker.evaluate(environment, &[]), Truth::True))
        });
        held.any(|asked| asked.requirement.specifiers().is_some_and(&is_it))
    }

    /// Fails if an environment has a yanked file that no exact pin of the user's admits there.
    pub(super) fn check_yanked(
        &self,
        name: &PackageName,
        version: &Version,
        id: EnvironmentId,
    ) -> Result<(), Interrupt> {
        let is_pinned =
            |specifiers: &Specifiers| specifiers.exact().is_some() && specifiers.contains(version);
        if self.catalog.rules.reference(name, id).is_some() || self.has_line(name, id, is_pinned) {
            return Ok(());
        }
        let what = format!("{name} {version} is yanked, and no line of the user's pins it there");
        Err(self.defect(id, &what))
    }

    /// Checks each pinned pre-release, and warns about it.
    pub(super) fn check_prereleases(&mut self) -> Result<(), Interrupt> {
        let mut pins = Vec::new();
        for ((name, version, _), draft) in &self.pins {
            if version.any_prerelease() {
                pins.push((name.clone(), version.clone(), draft.environments.clone()));
            }
        }
        for (name, version, environments) in pins {
            let mode = self.catalog.rules.options.prerelease_mode(&name);
            for id in environments {
                self.check_prerelease(&name, &version, mode, id)?;
            }
            // By itself, neither a direct reference nor a kept pin says that no stable release fits.
            let is_direct = !self.catalog.rules.references(&name).is_empty();
            let is_kept = self.is_kept(&name, &version);
            self.warnings.insert(Warning::Prerelease {
                name,
                version,
                necessary: mode != PrereleaseMode::Allow && !is_direct && !is_kept,
            });
        }
        Ok(())
    }

    fn check_prerelease(
        &self,
        name: &PackageName,
        version: &Version,
        mode: PrereleaseMode,
        id: EnvironmentId,
    ) -> Result<(), Interrupt> {
        if self.catalog.rules.reference(name, id).is_some() {
            return Ok(());
        }
        let is_refused = match mode {
            PrereleaseMode::Allow => false,
            PrereleaseMode::Disallow => true,
            PrereleaseMode::Explicit => !self.has_line(name, id, Specifiers::names_prerelease),
            PrereleaseMode::IfNecessary => {
                !self.has_line(name, id, Specifiers::names_prerelease)
                    && !self.is_kept(name, version)
                    && self.has_stable_instead(name, version, id)?
            }
        };
        if !is_refused {
            return Ok(());
        }
        let what = format!("{name} {version} is a pre-release that the rules do not admit there");
        Err(self.defect(id, &what))
    }

    /// Whether a pin is one of the output file that is kept.
    pub(super) fn is_kept(&self, name: &PackageName, version: &Version) -> bool {
        let kept = self.catalog.rules.options.preferences.get(name);
        kept.is_some_and(|versions| versions.contains(version))
    }
}
