//! The values of options, parsed from their text.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;
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
            .ok_or("expected NAME=VALUE, as in platform_release=6.1.0")?;
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

/// A package whose sdist is admitted, or all (`--allow-sdist`).
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

/// A package whose pin is ignored, with an optional new version (`--upgrade-package`).
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

    /// The specifier that the new version must satisfy.
    pub fn bound(&self) -> Option<&Requirement> {
        self.bound.as_ref()
    }
}

impl FromStr for UpgradePackage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let requirement: Requirement = text.parse().map_err(|error| format!("{error}"))?;
        let Source::Specifiers(specifiers) = &requirement.source else {
            return Err("expected NAME or NAME==VERSION".to_owned());
        };
        if !requirement.extras.is_empty() || requirement.marker.is_some() {
            return Err("extras and markers are not allowed here".to_owned());
        }
        Ok(Self {
            name: requirement.name.clone(),
            bound: (!specifiers.is_empty()).then_some(requirement),
        })
    }
}

/// Which pre-releases to admit (`--prerelease`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Prerelease {
    /// Where no stable release fits
    #[value(alias = "if-necessary-or-explicit")]
    IfNecessary,
    /// Where no stable release fits and a line of yours names one
    Explicit,
    /// All
    Allow,
    /// None
    Disallow,
}

impl From<Prerelease> for PrereleaseMode {
    fn from(mode: Prerelease) -> Self {
        match mode {
            Prerelease::IfNecessary => Self::IfNecessary,
            Prerelease::Explicit => Self::Explicit,
            Prerelease::Allow => Self::Allow,
            Prerelease::Disallow => Self::Disallow,
        }
    }
}

/// Which pre-releases of a package to admit (`--prerelease-package NAME=MODE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePrerelease {
    /// The package.
    pub name: PackageName,
    /// Its mode, which replaces the common one.
    pub mode: Prerelease,
}

impl FromStr for PackagePrerelease {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, mode) = text
            .split_once('=')
            .ok_or("expected NAME=MODE, as in torch=allow")?;
        let name = name.trim().parse().map_err(|error| format!("{error}"))?;
        let mode = Prerelease::from_str(mode.trim(), false).map_err(|_| {
            let all = Prerelease::value_variants().iter();
            let all = all.filter_map(ValueEnum::to_possible_value);
            let all: Vec<_> = all.map(|mode| format!("`{}`", mode.get_name())).collect();
            format!("expected a mode, one of {}", all.join(", "))
        })?;
        Ok(Self { name, mode })
    }
}

impl fmt::Display for PackagePrerelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = self.mode.to_possible_value();
        let mode = mode.as_ref().map_or("", PossibleValue::get_name);
        write!(f, "{}={mode}", self.name)
    }
}

/// Which of the matching versions to choose (`--resolution`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resolution {
    /// The newest
    Highest,
    /// The oldest
    Lowest,
    /// The oldest of direct requirements, the newest of all others
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

/// Which files of a release to hash (`--hashes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hashes {
    /// The files that the targets install
    Selected,
    /// Every wheel that fits a target
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
