//! The releases that a policy refused for their licence while a lock was resolved.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use harden_packaging::PackageName;
use pep440_rs::Version;

/// Why releases were refused, by package and version.
#[derive(Debug, Default)]
pub struct RefusedLicences(Mutex<BTreeMap<PackageName, BTreeMap<Version, String>>>);

impl RefusedLicences {
    /// A warning that releases of a package newer than the pinned one were refused; `None` if none was.
    ///
    /// Without it, nobody would see that a list of licences holds a package back, as it does if newer
    /// releases only state their licence in another way.
    pub fn warning(&self, name: &PackageName, pinned: &Version) -> Option<String> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newer = refused
            .get(name)?
            .iter()
            .filter(|(version, _)| *version > pinned);
        let (newest, why) = newer.next_back()?;
        let others = match newer.count() {
            0 => String::new(),
            1 => " and 1 older release".to_owned(),
            more => format!(" and {more} older releases"),
        };
        Some(format!(
            "{name} {pinned} is pinned, since the policy denies {newest}{others}: {why} [licence]; to admit it, \
             extend `licences` or add an exemption"
        ))
    }

    /// Notes why a release is refused.
    pub(crate) fn note(&self, name: &PackageName, version: &Version, why: &str) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let releases = refused.entry(name.clone()).or_default();
        releases.insert(version.clone(), why.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_newer_releases_hold_a_package_back() {
        let (name, version) = ("a".parse().unwrap(), |text: &str| text.parse().unwrap());
        let refused = RefusedLicences::default();
        assert_eq!(refused.warning(&name, &version("1")), None);
        for text in ["0.9", "2", "2.1"] {
            refused.note(&name, &version(text), "its licence is unknown");
        }
        assert_eq!(
            refused.warning(&name, &version("1")).unwrap(),
            "a 1 is pinned, since the policy denies 2.1 and 1 older release: its licence is unknown [licence]; to \
             admit it, extend `licences` or add an exemption"
        );
        assert_eq!(refused.warning(&name, &version("2.1")), None);
    }
}
