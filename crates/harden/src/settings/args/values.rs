//! The values of options, parsed at the edge.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use harden_hasher::HashChoice;
use harden_packaging::PackageName;
use harden_requirements::{Requirement, Source};
use harden_resolver::{PrereleaseMode, ResolutionMode};
use harden_target::MarkerVariable;

/// A value for a marker variable (`--marker NAME=VALUE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerValue {
    /// The variable.
    pub variable: MarkerVariable,
    /// Its value.
    pub value: String,
}

impl FromStr for MarkerValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text
            .split_once('=')
            .ok_or("expected NAME=VALUE, as platform_release=6.1.0")?;
        let variable = name.trim().parse();
        Ok(Self {
            variable: variable.map_err(|error| format!("{error}"))?,
            value: value.to_owned(),
        })
    }
}

impl fmt::Display for MarkerValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.variable, self.value)
    }
}

/// A package whose sdist may be taken, or all (`--allow-sdist`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowSdist {
    /// `:all:`.
    All,
    /// This one.
    Package(PackageName),
}

impl FromStr for AllowSdist {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == ":all:" {
            return Ok(Self::All);
        }
        let name = text.parse();
        name.map(Self::Package).map_err(|error| format!("{error}"))
    }
}

impl fmt::Display for AllowSdist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(":all:"),
            Self::Package(name) => name.fmt(f),
        }
    }
}

/// A package whose pin is let go, with the version it is to have (`--upgrade-package`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradePackage {
    name: PackageName,
    bound: Option<Requirement>,
}

impl UpgradePackage {
    /// The package.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// What the new version has to satisfy.
    pub fn bound(&self) -> Option<&Requirement> {
        self.bound.as_ref()
    }
}

impl FromStr for UpgradePackage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let requirement: Requirement = text.parse().map_err(|error| format!("{error}"))?;
        let Source::Specifiers(specifiers) = &requirement.source else {
            return Err("expected a package, or a package and its version".to_owned());
        };
        if !requirement.extras.is_empty() || requirement.marker.is_some() {
            return Err("extras and markers have no place here".to_owned());
        }
        Ok(Self {
            name: requirement.name.clone(),
            bound: (!specifiers.is_empty()).then_some(requirement),
        })
    }
}

/// Which pre-releases may be chosen (`--prerelease`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Prerelease {
    /// Those of packages that a specifier names a pre-release of, or that have nothing else
    IfNecessaryOrExplicit,
    /// Those of packages that a specifier names a pre-release of
    Explicit,
    /// All
    Allow,
    /// None
    Disallow,
}

impl From<Prerelease> for PrereleaseMode {
    fn from(mode: Prerelease) -> Self {
        match mode {
            Prerelease::IfNecessaryOrExplicit => Self::IfNecessaryOrExplicit,
            Prerelease::Explicit => Self::Explicit,
            Prerelease::Allow => Self::Allow,
            Prerelease::Disallow => Self::Disallow,
        }
    }
}

/// Which of the versions that fit is chosen (`--resolution`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resolution {
    /// The newest
    Highest,
    /// The oldest
    Lowest,
    /// The oldest of what is required directly, the newest of what that brings in
    LowestDirect,
}

impl From<Resolution> for ResolutionMode {
    fn from(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Highest => Self::Highest,
            Resolution::Lowest => Self::Lowest,
            Resolution::LowestDirect => Self::LowestDirect,
        }
    }
}

/// Which files of a release installers may take (`--hashes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hashes {
    /// Those that the targets install
    Selected,
    /// Every wheel that fits one of the targets
    Compatible,
    /// Every file of the release
    All,
}

impl From<Hashes> for HashChoice {
    fn from(hashes: Hashes) -> Self {
        match hashes {
            Hashes::Selected => Self::Selected,
            Hashes::Compatible => Self::Compatible,
            Hashes::All => Self::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_value_may_hold_anything() {
        let value: MarkerValue = "platform_version=#1 SMP a=b".parse().unwrap();
        assert_eq!(value.variable, MarkerVariable::PlatformVersion);
        assert_eq!(value.value, "#1 SMP a=b");
        assert_eq!(value.to_string(), "platform_version=#1 SMP a=b");
        for text in ["platform_version", "platform_versoin=1", "=1"] {
            assert!(text.parse::<MarkerValue>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_package_to_upgrade_may_have_a_version_and_nothing_else() {
        let plain: UpgradePackage = "Flask".parse().unwrap();
        assert_eq!((plain.name().as_str(), plain.bound()), ("flask", None));
        let bound: UpgradePackage = "flask==2.0".parse().unwrap();
        assert_eq!(bound.bound().unwrap().to_string(), "flask==2.0");
        for text in [
            "",
            "flask[async]",
            "flask; os_name=='nt'",
            "flask @ https://index.test/a.whl",
        ] {
            assert!(text.parse::<UpgradePackage>().is_err(), "{text}");
        }
    }

    #[test]
    fn sdists_are_allowed_by_name_or_for_all() {
        assert_eq!(":all:".parse(), Ok(AllowSdist::All));
        assert_eq!(
            "Old_Thing".parse::<AllowSdist>().unwrap().to_string(),
            "old-thing"
        );
        assert!("a b".parse::<AllowSdist>().is_err());
    }
}
