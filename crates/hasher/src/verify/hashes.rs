//! Each hash of a pin, and each file name beside it, against what the index lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_packaging::{DistFile, IndexError, Reference, Release, Sha256, Yanked};
use harden_requirements::{Entry, Requirement, Source};
use jiff::SignedDuration;

use super::Verification;
use crate::check::{Report, Rule};
use crate::{BuiltFrom, HashChoice, StrictPin};

/// How long after its first file a release may get more without a second look.
const RELEASE_LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);

impl Verification<'_> {
    /// The files on the index that a pin's hashes belong to; reports hashes of no such file,
    /// and of files that need a second look.
    pub(super) fn pinned_files(
        &self,
        pin: &StrictPin,
        report: &mut Report,
    ) -> Result<Vec<Arc<DistFile>>, IndexError> {
        if let Some(reference) = pin.reference() {
            return self.named_file(pin, reference, report);
        }
        if pin.repository().is_some() {
            // No index has it. `fetch --build` packs the sdist of the commit and builds the wheel again,
            // and refuses both if their hashes are not those of the pin.
            return Ok(Vec::new());
        }
        let Some(project) = self.listed.projects.get(pin.name()) else {
            return Ok(Vec::new());
        };
        let mut releases = project.releases.iter();
        let Some(release) = releases.find(|release| release.version == *pin.version()) else {
            let message = format!(
                "the index no longer has release {} of {}",
                pin.version(),
                pin.name()
            );
            report.add(pin.line(), Rule::Vanished, message);
            return Ok(Vec::new());
        };
        self.files_of_release(pin, release, report)
    }

    /// The files of a release that a pin's hashes belong to.
    fn files_of_release(
        &self,
        pin: &StrictPin,
        release: &Release,
        report: &mut Report,
    ) -> Result<Vec<Arc<DistFile>>, IndexError> {
        let by_hash = self.files_by_hash(pin, release)?;
        let (mut files, mut unknown) = (Vec::new(), Vec::new());
        let mut is_swapped = false;
        let built = pin.built_from();
        if let Some(built) = built {
            check_origin(pin, built, &by_hash, report);
        }
        let from_index = |hash: &&Sha256| built.is_none_or(|built| built.sha256 != **hash);
        for hash in pin.hashes().iter().filter(from_index) {
            if let Some(file) = by_hash.get(hash) {
                is_swapped |= !names(pin, file);
                self.check_file(pin, release, file, report);
                files.push(Arc::clone(file));
            } else if let Some(file) = self.listed.find(hash) {
                is_swapped = true;
                report.add(pin.line(), Rule::ForeignHash, swapped(pin, &file));
            } else {
                unknown.push(hash);
            }
        }
        if !check_names(pin, &by_hash, is_swapped, report) {
            for hash in unknown {
                let message = format!(
                    "sha256:{hash} is not the hash of any file of {} {} on the index",
                    pin.name(),
                    pin.version()
                );
                report.add(pin.line(), Rule::ForeignHash, message);
            }
        }
        Ok(files)
    }

    /// The file that a pin names by its place, unless it is another now.
    fn named_file(
        &self,
        pin: &StrictPin,
        reference: &Reference,
        report: &mut Report,
    ) -> Result<Vec<Arc<DistFile>>, IndexError> {
        let file = match self.index.direct(reference) {
            Ok(file) => file,
            Err(error) if error.kind.is_no_answer() => return Err(error),
            Err(error) => {
                report.add(pin.line(), Rule::Vanished, error.to_string());
                return Ok(Vec::new());
            }
        };
        match self.index.sha256(&file)? {
            digest if !pin.hashes().contains(&digest) => {
                let message =
                    format!("the hash of {reference} is sha256:{digest}, which is not pinned");
                report.add(pin.line(), Rule::Replaced, message);
                Ok(Vec::new())
            }
            _ => Ok(vec![file]),
        }
    }

    /// The files of a release by their hashes. Of those without a listed one, the ones that the pin
    /// names are downloaded; all of them where it names none.
    fn files_by_hash(
        &self,
        pin: &StrictPin,
        release: &Release,
    ) -> Result<BTreeMap<Sha256, Arc<DistFile>>, IndexError> {
        let mut by_hash = BTreeMap::new();
        for file in release.files().iter().chain(release.repeated()) {
            let is_origin = |(name, _): (&str, Sha256)| *name == *file.filename;
            let origin = pin.built_from().and_then(BuiltFrom::sdist);
            let is_named = pin.files().is_empty()
                || pin.files().contains(&*file.filename)
                || origin.is_some_and(is_origin);
            if file.sha256.is_some() || is_named {
                by_hash.insert(self.index.sha256(file)?, Arc::clone(file));
            }
        }
        Ok(by_hash)
    }

    fn check_file(&self, pin: &StrictPin, release: &Release, file: &DistFile, report: &mut Report) {
        let line = pin.line();
        let name = &file.filename;
        if !names(pin, file) {
            report.add(line, Rule::ForeignHash, swapped(pin, file));
        }
        if self.hashes != HashChoice::All && !self.fits_somewhere(file) {
            let message = format!("{name} fits none of the targets");
            report.add(line, Rule::NoFile, message);
        }
        if let Yanked::Yes(reason) = &file.yanked
            && !self.is_users_own(pin)
        {
            let reason = match &**reason {
                "" => "no reason is given",
                reason => reason,
            };
            report.add(line, Rule::Yanked, format!("{name} is yanked: {reason}"));
        }
        let uploads = release.files().iter().filter_map(|file| file.upload_time);
        if let (Some(began), Some(uploaded)) = (uploads.min(), file.upload_time)
            && uploaded.duration_since(began) > RELEASE_LASTS
        {
            let days = uploaded.duration_since(began).as_hours() / 24;
            let message = format!("{name} was uploaded {days} days after its release began");
            report.add(line, Rule::Late, message);
        }
    }

    fn fits_somewhere(&self, file: &DistFile) -> bool {
        let Some(tags) = file.wheel_tags() else {
            return true;
        };
        let targets = self.expectations.targets;
        targets.is_empty()
            || targets
                .iter()
                .any(|target| target.tags().rank(tags).is_some())
    }

    /// Whether the user asks for this very version, which lets in a yanked release.
    fn is_users_own(&self, pin: &StrictPin) -> bool {
        let requirements = self.expectations.inputs.requirements.iter();
        requirements
            .chain(&self.expectations.inputs.constraints)
            .any(|input| match &input.entry {
                Entry::Named(Requirement {
                    name,
                    source: Source::Specifiers(specifiers),
                    ..
                }) => name == pin.name() && specifiers.exact() == Some(pin.version()),
                _ => false,
            })
    }
}

/// Whether the pin says that it has a hash of the file; one that names no files says nothing else.
fn names(pin: &StrictPin, file: &DistFile) -> bool {
    pin.files().is_empty() || pin.files().contains(&*file.filename)
}

fn swapped(pin: &StrictPin, file: &DistFile) -> String {
    format!(
        "a hash of {} {} was replaced: it belongs to {}, which the pin does not name",
        pin.name(),
        pin.version(),
        file.filename
    )
}

/// Requires that the index lists the sdist that a wheel is said to be built from: the comment exempts the
/// hash of the wheel, which no index lists, and `fetch --build` builds the same wheel from that sdist or
/// refuses it.
fn check_origin(
    pin: &StrictPin,
    built: &BuiltFrom,
    by_hash: &BTreeMap<Sha256, Arc<DistFile>>,
    report: &mut Report,
) {
    let is_listed = built.sdist().is_some_and(|(name, sha256)| {
        let listed = by_hash.get(&sha256);
        listed.is_some_and(|file| *file.filename == *name)
    });
    if !is_listed {
        let message = format!(
            "{} was built from {}, according to its comment, but the index lists no such file of {} {}",
            built.wheel,
            built.origin,
            pin.name(),
            pin.version()
        );
        report.add(pin.line(), Rule::ForeignHash, message);
    }
}

/// Looks for the files that a pin names; says whether one is missing, or is another now, as it is
/// where a hash was swapped.
fn check_names(
    pin: &StrictPin,
    by_hash: &BTreeMap<Sha256, Arc<DistFile>>,
    is_swapped: bool,
    report: &mut Report,
) -> bool {
    let mut found = false;
    let built = pin.built_from();
    let from_index = |name: &&String| built.is_none_or(|built| built.wheel != **name);
    for name in pin.files().iter().filter(from_index) {
        let mut listed = by_hash.iter().filter(|(_, file)| *file.filename == **name);
        // The name may be listed with other bytes too, in another place.
        let is_pinned = |(hash, _): &(&Sha256, _)| pin.hashes().contains(hash);
        let Some((hash, _)) = listed.clone().find(is_pinned).or_else(|| listed.next()) else {
            let message = format!("the index no longer has the file {name}");
            report.add(pin.line(), Rule::Vanished, message);
            found = true;
            continue;
        };
        if !pin.hashes().contains(hash) {
            found = true;
            if !is_swapped {
                let message = format!(
                    "the hash of {name} on the index is sha256:{hash}, which is not pinned: the file was replaced there, or the pin was changed here"
                );
                report.add(pin.line(), Rule::Replaced, message);
            }
        }
    }
    found
}
