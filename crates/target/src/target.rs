//! A target: a platform and an interpreter, with the tags and markers that follow from them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use crate::spelling::Spelling;
use crate::{
    Abi, Environment, Implementation, MarkerVariable, ParseTargetError, Platform, PythonVersion,
    Tags, WheelTags,
};

/// What to install *for*: a platform and an interpreter; never taken from the machine we run *on*.
///
/// Read from pex's `PLATFORM-IMPL-VERSION-ABI`, from a shorthand of it or from a preset, and
/// displayed in the first form. Cheap to clone.
///
/// ```
/// use harden_target::Target;
///
/// let target: Target = "manylinux2014_aarch64-cp311".parse()?;
/// assert_eq!(target.to_string(), "manylinux2014_aarch64-cp-311-cp311");
/// let preset: Target = "lambda-3.12-arm64".parse()?;
/// assert_eq!(preset.to_string(), "manylinux_2_34_aarch64-cp-312-cp312");
/// # Ok::<(), harden_target::ParseTargetError>(())
/// ```
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    spelling: Spelling,
    environment: Environment,
    /// The tags of a complete platform that no spelling produces.
    listed: Option<Listed>,
    tags: OnceLock<Tags>,
    pex_tags: OnceLock<Tags>,
}

/// The tags of a complete platform, and a name that stands for what it says.
pub(crate) struct Listed {
    pub(crate) tags: Tags,
    /// The fingerprint that distinguishes it from the plain target, if they differ.
    pub(crate) fingerprint: Option<u32>,
}

impl Target {
    /// The target with this spelling, and the markers that follow from it.
    pub(crate) fn from_spelling(spelling: Spelling) -> Self {
        let environment = environment_of(&spelling);
        Self::new(spelling, environment, None)
    }

    pub(crate) fn new(
        spelling: Spelling,
        environment: Environment,
        listed: Option<Listed>,
    ) -> Self {
        Self(Arc::new(Inner {
            spelling,
            environment,
            listed,
            tags: OnceLock::new(),
            pex_tags: OnceLock::new(),
        }))
    }

    /// The platform.
    pub fn platform(&self) -> &Platform {
        &self.0.spelling.platform
    }

    /// The implementation of Python.
    pub fn implementation(&self) -> Implementation {
        self.0.spelling.implementation
    }

    /// The version of Python.
    pub fn python(&self) -> PythonVersion {
        self.0.spelling.python
    }

    /// The ABI.
    pub fn abi(&self) -> &Abi {
        &self.0.spelling.abi
    }

    /// Whether its Python has no global interpreter lock (PEP 703).
    pub fn is_free_threaded(&self) -> bool {
        self.abi().is_free_threaded()
    }

    /// The marker environment; values that the target does not determine are open.
    pub fn environment(&self) -> Environment {
        self.0.environment.clone()
    }

    /// The ordered wheel tags, including those of older platforms.
    pub fn tags(&self) -> &Tags {
        let expand = || Tags::of_machine(&self.0.spelling);
        self.listed_tags()
            .unwrap_or_else(|| self.0.tags.get_or_init(expand))
    }

    /// Its name for `pex --platform`; `None` if it needs `--complete-platform`.
    pub fn pex_platform(&self) -> Option<String> {
        self.fingerprint()
            .is_none()
            .then(|| self.0.spelling.to_string())
    }

    /// Whether a pex built for this target accepts the wheel: with `--platform` if that can express the
    /// target (it accepts fewer wheels than the machine), else with `--complete-platform`.
    pub fn pex_accepts(&self, wheel: &WheelTags) -> bool {
        let tags = match self.fingerprint() {
            Some(_) => self.tags(),
            None => self
                .0
                .pex_tags
                .get_or_init(|| Tags::of_pex(&self.0.spelling)),
        };
        tags.rank(wheel).is_some()
    }

    /// The same target with this patch level of Python: the remedy if Requires-Python admits only some
    /// patch levels.
    #[must_use]
    pub fn with_patch(&self, patch: u8) -> Self {
        let mut spelling = self.0.spelling.clone();
        let python = spelling.python;
        spelling.python = PythonVersion::new(python.major(), python.minor(), Some(patch));
        Self::from_spelling(spelling)
    }

    /// A warning about the spelling, if it probably does not mean what was intended.
    pub fn note(&self) -> Option<String> {
        let spelling = &self.0.spelling;
        let platform = spelling.platform.probably_meant()?;
        let meant = Spelling {
            platform,
            ..spelling.clone()
        };
        Some(format!(
            "`{}` names no C library: pip would accept no manylinux wheel for it; harden and pex \
             read it as {}, which is better written `{meant}`",
            spelling.platform,
            meant.platform.describe(),
        ))
    }

    fn listed_tags(&self) -> Option<&Tags> {
        self.0.listed.as_ref().map(|listed| &listed.tags)
    }

    fn fingerprint(&self) -> Option<u32> {
        self.0.listed.as_ref()?.fingerprint
    }
}

/// The markers that follow from a spelling. Python 2 has no `sys.implementation`; for it the
/// specification says an empty name and version 0.
pub(crate) fn environment_of(spelling: &Spelling) -> Environment {
    let Spelling {
        platform,
        implementation,
        python,
        ..
    } = spelling;
    let (major, minor) = (python.major(), python.minor());
    let values = [
        (MarkerVariable::OsName, Some(platform.os_name().into())),
        (
            MarkerVariable::SysPlatform,
            Some(platform.sys_platform(major).into()),
        ),
        (
            MarkerVariable::PlatformMachine,
            platform.platform_machine().map(String::from),
        ),
        (
            MarkerVariable::PlatformPythonImplementation,
            Some(implementation.name().into()),
        ),
        (
            MarkerVariable::PlatformSystem,
            platform.platform_system().map(String::from),
        ),
        (
            MarkerVariable::PythonVersion,
            Some(format!("{major}.{minor}")),
        ),
        (
            MarkerVariable::PythonFullVersion,
            python.patch().map(|_| python.to_string()),
        ),
        (
            MarkerVariable::ImplementationName,
            Some(
                if major == 2 {
                    ""
                } else {
                    implementation.marker_name()
                }
                .into(),
            ),
        ),
        (
            MarkerVariable::ImplementationVersion,
            (major == 2).then(|| "0".into()),
        ),
    ];
    let known = values
        .into_iter()
        .filter_map(|(variable, value)| Some((variable, value?)));
    Environment::from_values(known).expect("the versions are numbers, and agree")
}

impl FromStr for Target {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::from_spelling)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.spelling)?;
        self.fingerprint()
            .map_or(Ok(()), |fingerprint| write!(f, "+{fingerprint:08x}"))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.0.spelling == other.0.spelling
            && self.0.environment == other.0.environment
            && self.listed_tags() == other.listed_tags()
    }
}

impl Eq for Target {}

impl std::hash::Hash for Target {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.spelling.hash(state);
        self.0.environment.hash(state);
    }
}
