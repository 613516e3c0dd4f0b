//! What each target installs, and whether all that these files require is met by the pins.

use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, ExtraName, IndexError, IndexErrorKind};
use harden_requirements::{Admission, Marker, Open, Requirement, Source, Specifiers, Truth};
use harden_target::{Environment, Target};

use super::Verification;
use crate::check::{InstallEnvironment, Rule, Violations};
use crate::{StrictPin, metadata_digest};

/// A pin with the files that its hashes are of.
pub(super) type Pinned<'a> = (&'a StrictPin, Vec<Arc<DistFile>>);

impl Verification<'_> {
    /// Checks, in each environment, that every pin there has a file for it, and that what these files
    /// require is met.
    pub(super) fn check_installations(
        &self,
        pinned: &[Pinned<'_>],
        violations: &mut Violations<'_>,
    ) -> Result<(), IndexError> {
        let mut chosen = Vec::new();
        for (id, environment) in self.installed.environments.iter().enumerate() {
            let Some((target, environment)) = environment.known() else {
                continue;
            };
            for (pin, files) in pinned {
                let mut here = self.installed.pins(id, pin.name()).iter();
                // A pin without a file was reported.
                if files.is_empty() || !here.any(|other| std::ptr::eq(*other, *pin)) {
                    continue;
                }
                if let Some(file) = installed_file(files, target) {
                    if file.wheel_tags().is_some() {
                        self.index.prefetch_metadata(file);
                    }
                    chosen.push((id, environment, *pin, file));
                } else {
                    let message = format!(
                        "{} {} has no hash of a file that the target can install",
                        pin.name(),
                        pin.version()
                    );
                    violations.add(pin.line(), Rule::NoFile, message, id);
                }
            }
        }
        for (id, environment, pin, file) in chosen {
            // Only a build determines the requirements of an sdist; its wheel is pinned by hash.
            if file.wheel_tags().is_none() && pin.built_from().is_some() {
                continue;
            }
            self.check_file_requirements(id, environment, pin, file, violations)?;
        }
        Ok(())
    }

    fn check_file_requirements(
        &self,
        id: usize,
        environment: &Environment,
        pin: &StrictPin,
        file: &DistFile,
        violations: &mut Violations<'_>,
    ) -> Result<(), IndexError> {
        let metadata = match self.index.metadata(file) {
            Ok(metadata) => metadata,
            Err(error) if error.kind == IndexErrorKind::BadMetadata => {
                violations.add(pin.line(), Rule::Dependency, error.to_string(), id);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        check_metadata((pin, id), file, &metadata, violations);
        let mut add = |message| violations.add(pin.line(), Rule::Dependency, message, id);
        if let Some(python) = refused_python(&metadata, environment) {
            add(format!(
                "{} {} requires Python {python}",
                pin.name(),
                pin.version()
            ));
        }
        if !self.expectations.follows_dependencies {
            return Ok(());
        }
        let extras: Vec<ExtraName> = pin.extras().iter().cloned().collect();
        for text in &metadata.requires_dist {
            match text.parse::<Requirement>() {
                Ok(requirement) => {
                    if may_hold(requirement.marker.as_ref(), environment, &extras)
                        && let Some(reason) = self.unmet(&requirement, id)
                    {
                        add(format!("{} {} {reason}", pin.name(), pin.version()));
                    }
                }
                Err(error) => add(format!(
                    "{} {} has the requirement `{text}`, which cannot be read: {}",
                    pin.name(),
                    pin.version(),
                    error.to_string().lines().next().unwrap_or_default()
                )),
            }
        }
        Ok(())
    }

    /// Why a requirement that holds in an environment is not met there.
    fn unmet(&self, requirement: &Requirement, environment: usize) -> Option<String> {
        let name = &requirement.name;
        if self.expectations.excluded.contains(name) {
            return None;
        }
        let pins = self.installed.pins(environment, name);
        let [pin, ..] = pins else {
            return Some(format!("requires {name}, which is not pinned"));
        };
        let is_met = match &requirement.source {
            Source::Specifiers(specifiers) => specifiers.contains(pin.version()),
            Source::Url(url) => pin
                .reference()
                .is_some_and(|pinned| url.parse().as_ref() == Ok(pinned)),
        };
        if is_met || self.is_overridden(requirement, environment) {
            return None;
        }
        let pinned = match pin.reference() {
            Some(reference) => reference.requirement(),
            None => format!("{name}=={}", pin.version()),
        };
        let bare = Requirement {
            extras: Vec::new(),
            marker: None,
            ..requirement.clone()
        };
        Some(format!(
            "requires `{}`, which the pin {pinned} does not meet",
            bare.shown()
        ))
    }

    fn is_overridden(&self, requirement: &Requirement, environment: usize) -> bool {
        let environment: &InstallEnvironment = &self.installed.environments[environment];
        let mut overrides = self.expectations.overrides.requirements.iter();
        overrides.any(|input| {
            input.entry.name() == Some(&requirement.name) && environment.has(input.entry.marker())
        })
    }
}

/// Reports metadata that differs from what the strict file records.
fn check_metadata(
    (pin, environment): (&StrictPin, usize),
    file: &DistFile,
    metadata: &CoreMetadata,
    violations: &mut Violations<'_>,
) {
    let recorded = pin.metadata_digest(&file.filename);
    if recorded.is_some_and(|recorded| recorded != metadata_digest(metadata)) {
        let message = format!(
            "the metadata of {} on the index differs from what it was resolved with",
            file.filename
        );
        violations.add(pin.line(), Rule::Metadata, message, environment);
    }
}

/// The file that an installer takes: the wheel that fits best, else an sdist.
fn installed_file<'a>(files: &'a [Arc<DistFile>], target: &Target) -> Option<&'a Arc<DistFile>> {
    let rank = |file: &DistFile| target.tags().rank(file.wheel_tags()?);
    let wheels = files.iter().filter(|file| rank(file).is_some());
    wheels
        .max_by_key(|file| rank(file))
        .or_else(|| files.iter().find(|file| file.wheel_tags().is_none()))
}

/// The Requires-Python of a file, where it does not admit the whole environment.
fn refused_python(metadata: &CoreMetadata, environment: &Environment) -> Option<Specifiers> {
    // As pip has it: what cannot be read admits every Python.
    let specifiers: Specifiers = metadata.requires_python.as_ref()?.parse().ok()?;
    (specifiers.admits(environment) != Admission::All).then_some(specifiers)
}

/// Whether a marker holds in an environment, or in a part of it. Where nobody can say, it does not:
/// the resolver had to be told, and the pins say what of.
fn may_hold(marker: Option<&Marker>, environment: &Environment, extras: &[ExtraName]) -> bool {
    let Some(marker) = marker else {
        return true;
    };
    match marker.evaluate(environment, extras) {
        Truth::True => true,
        Truth::False | Truth::Undefined(_) | Truth::Unknown(Open::Variable(_)) => false,
        Truth::Unknown(Open::PatchLevel { split_at }) => environment
            .split_at_patch(split_at)
            .is_some_and(|(lower, upper)| {
                may_hold(Some(marker), &lower, extras) || may_hold(Some(marker), &upper, extras)
            }),
    }
}
