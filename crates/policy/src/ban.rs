//! Banned releases, and packages that only certain others may require.

use std::collections::BTreeSet;

use harden_hasher::Advice;
use harden_packaging::{PackageName, Via};
use harden_requirements::{Requirement, Source, Specifiers};
use pep440_rs::Version;

/// Versions of a package that must not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    package: PackageName,
    versions: Specifiers,
    reason: String,
    instead: Option<String>,
}

impl Ban {
    /// Bans the versions that `what` admits: `NAME`, or `NAME>=1,<2`.
    ///
    /// # Errors
    ///
    /// Says why `what` names no versions of a package, or that there is no reason.
    pub fn read(what: &str, reason: &str, instead: Option<&str>) -> Result<Self, String> {
        let requirement: Requirement = what.parse().map_err(|error| format!("{error}"))?;
        let is_plain = requirement.extras.is_empty() && requirement.marker.is_none();
        let Source::Specifiers(versions) = requirement.source else {
            return Err(format!(
                "`{what}` is a URL: expected a name, as in `NAME<2`"
            ));
        };
        if !is_plain {
            return Err(format!(
                "`{what}` has extras or a marker: expected a name and versions, as in `NAME<2`"
            ));
        }
        Ok(Self {
            package: requirement.name,
            versions,
            reason: one_line(reason).ok_or("a ban needs a reason, in one line")?,
            instead: instead.map(str::to_owned),
        })
    }

    /// What to do about a pin that it bans: another release, if it bans only some.
    pub(crate) fn advice(&self, package: &PackageName) -> Advice {
        let is_whole = self.versions.to_string().is_empty();
        match (&self.instead, is_whole) {
            (_, false) => Advice::lock(),
            (Some(instead), true) => Advice::hint(format!(
                "require {instead} in its place; `harden explain {package}` says what requires it"
            )),
            (None, true) => {
                Advice::hint(format!("`harden explain {package}` says what requires it"))
            }
        }
    }

    /// Why a release is banned, if it is.
    pub(crate) fn bans(&self, package: &PackageName, version: &Version) -> Option<String> {
        if self.package != *package || !self.versions.contains(version) {
            return None;
        }
        Some(match &self.instead {
            Some(instead) => format!("{}; use {instead} instead", self.reason),
            None => self.reason.clone(),
        })
    }
}

/// A package that only some others may require.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyBelow {
    package: PackageName,
    below: BTreeSet<PackageName>,
    reason: String,
}

impl OnlyBelow {
    /// Allows `package` only if one of `below` requires it.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub fn new(
        package: PackageName,
        below: BTreeSet<PackageName>,
        reason: &str,
    ) -> Result<Self, String> {
        if below.is_empty() {
            return Err("`below` names the packages that may require it".to_owned());
        }
        let reason = one_line(reason).ok_or("`only-below` needs a reason, in one line")?;
        Ok(Self {
            package,
            below,
            reason,
        })
    }

    /// The objection to a pin of a package that `via` requires, if there is one.
    pub(crate) fn breaks(&self, package: &PackageName, via: &BTreeSet<Via>) -> Option<String> {
        if self.package != *package {
            return None;
        }
        let allowed: Vec<&str> = self.below.iter().map(PackageName::as_str).collect();
        let allowed = format!(
            "{package} is allowed only below {}: {}",
            allowed.join(", "),
            self.reason
        );
        if via.is_empty() {
            return Some(format!(
                "{allowed}; the file does not record what requires it"
            ));
        }
        let others: Vec<String> = via
            .iter()
            .filter_map(|via| match via {
                Via::Package(name) if self.below.contains(name) => None,
                Via::Package(name) => Some(name.to_string()),
                Via::File(file) => Some(file.to_string()),
            })
            .collect();
        (!others.is_empty()).then(|| format!("{allowed}; it is required by {}", others.join(", ")))
    }
}

fn one_line(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_holds_for_the_versions_it_names() {
        let ban = Ban::read("left-pad>=2,<3", "it deletes files", Some("right-pad")).unwrap();
        let bans =
            |name: &str, version: &str| ban.bans(&name.parse().unwrap(), &version.parse().unwrap());
        assert_eq!(
            bans("left-pad", "2.1").as_deref(),
            Some("it deletes files; use right-pad instead")
        );
        assert_eq!(bans("left-pad", "3.0"), None);
        assert_eq!(bans("other", "2.1"), None);
        let all = Ban::read("left-pad", "no", None).unwrap();
        assert!(
            all.bans(&"left-pad".parse().unwrap(), &"0.1.dev1".parse().unwrap())
                .is_some()
        );
    }

    #[test]
    fn a_ban_names_versions_of_a_package_and_a_reason() {
        for (what, reason) in [
            ("", "why"),
            ("a b", "why"),
            ("a[x]<2", "why"),
            ("a<2; os_name == 'nt'", "why"),
            ("a @ https://index.test/a.whl", "why"),
            ("a<2", " "),
        ] {
            assert!(Ban::read(what, reason, None).is_err(), "{what}");
        }
    }

    #[test]
    fn a_package_below_others_is_required_by_nothing_else() {
        let below = BTreeSet::from(["app".parse().unwrap()]);
        let rule = OnlyBelow::new("lib".parse().unwrap(), below, "internal").unwrap();
        let breaks = |via: &[Via]| {
            let via = via.iter().cloned().collect();
            rule.breaks(&"lib".parse().unwrap(), &via)
        };
        let package = |name: &str| Via::Package(name.parse().unwrap());
        assert_eq!(breaks(&[package("app")]), None);
        for via in [
            vec![package("app"), package("web")],
            vec![Via::File("loose.txt".into())],
            vec![],
        ] {
            assert!(breaks(&via).is_some(), "{via:?}");
        }
    }
}
