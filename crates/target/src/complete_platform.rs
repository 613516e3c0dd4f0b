//! Complete platforms: all tags and markers of a target, as pex reads and writes them in JSON.
//!
//! `pex3 interpreter inspect --markers --tags` prints one on the target machine itself; here one is
//! made without it. <https://docs.pex-tool.org/api/vars.html> (`--complete-platform`).

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::python::{Abi, PythonVersion};
use crate::spelling::{Spelling, implementation_of_tag};
use crate::target::{Listed, environment_of};
use crate::{
    Environment, EnvironmentError, MarkerVariable, Platform, PythonFullVersion, Tags, Target,
};

#[derive(Deserialize)]
struct Document {
    compatible_tags: Vec<String>,
    marker_environment: BTreeMap<String, Option<String>>,
}

impl Target {
    /// Reads the target of a complete-platform file. Its tags and markers are kept as they are, in
    /// their order. If they are exactly those of a plain target, the result is that target.
    ///
    /// # Errors
    ///
    /// The text is not such JSON, its tags do not name a known Python and platform, or its markers
    /// contradict its tags.
    pub fn from_complete_platform(json: &str) -> Result<Self, CompletePlatformError> {
        let document: Document = serde_json::from_str(json).map_err(Problem::Json)?;
        let tags = Tags::from_list(document.compatible_tags.iter().map(String::as_str));
        let tags = tags.ok_or(Problem::Tag)?;
        let environment = environment(document.marker_environment).map_err(Problem::Markers)?;
        let spelling = nearest_spelling(&tags, environment.python_full_version())?;
        let plain = is_plain(&spelling, &tags, &environment);
        let fingerprint = (!plain).then(|| fingerprint(&tags, &environment));
        Ok(Self::new(
            spelling,
            environment,
            Some(Listed { tags, fingerprint }),
        ))
    }

    /// The complete-platform JSON that pex reads; a marker variable that the target leaves open is null.
    pub fn complete_platform(&self) -> Value {
        let environment = self.environment();
        let markers =
            MarkerVariable::ALL.map(|variable| (variable.as_str(), environment.get(variable)));
        json!({
            "compatible_tags": self.tags().iter().collect::<Vec<_>>(),
            "marker_environment": BTreeMap::from(markers),
        })
    }
}

fn environment(markers: BTreeMap<String, Option<String>>) -> Result<Environment, EnvironmentError> {
    // Keys other than the eleven marker variables have no effect.
    let known = markers
        .into_iter()
        .filter_map(|(name, value)| Some((name.parse().ok()?, value?)));
    Environment::from_values(known)
}

/// The patch level that the name of a target can hold: that of a final release.
pub(crate) fn patch_level(python: &PythonFullVersion) -> Option<u8> {
    let PythonFullVersion::Exact(version) = python else {
        return None;
    };
    is_final(version)
        .then(|| u8::try_from(*version.release().get(2)?).ok())
        .flatten()
}

fn is_final(version: &Version) -> bool {
    !version.any_prerelease() && !version.is_post() && !version.is_local()
}

/// The plain target nearest to these tags: their first interpreter and their first platform.
fn nearest_spelling(tags: &Tags, python: &PythonFullVersion) -> Result<Spelling, Problem> {
    let interpreter = tags.parts().find_map(|[tag, abi, _]| {
        let (implementation, version) = implementation_of_tag(tag)?;
        let version = PythonVersion::parse(version).ok()?;
        let abi = Abi::parse(abi, implementation, version).ok()?;
        Some((implementation, version, abi))
    });
    let (implementation, tagged, abi) = interpreter.ok_or(Problem::Interpreter)?;
    if python.major_minor() != (tagged.major().into(), tagged.minor().into()) {
        return Err(Problem::Contradiction {
            tagged,
            markers: python.to_string(),
        });
    }
    let python = PythonVersion::new(tagged.major(), tagged.minor(), patch_level(python));
    let platform = nearest_platform(tags).ok_or(Problem::Platform)?;
    Ok(Spelling {
        platform,
        implementation,
        python,
        abi,
    })
}

/// The newest platform among the tags; under its name from before PEP 600 if it has one, since
/// `pex --platform` accepts more wheels with that name.
fn nearest_platform(tags: &Tags) -> Option<Platform> {
    let mut seen = BTreeSet::new();
    let names = tags
        .parts()
        .map(|[_, _, platform]| platform)
        .filter(|name| seen.insert(*name));
    let known: Vec<Platform> = names
        .filter_map(|name| Platform::parse(name).ok())
        .collect();
    let mut clear = known
        .iter()
        .filter(|platform| platform.probably_meant().is_none());
    match (clear.next(), clear.next()) {
        (Some(first), Some(next)) if first.describe() == next.describe() => Some(next.clone()),
        (Some(first), _) => Some(first.clone()),
        (None, _) => known.into_iter().next(),
    }
}

/// Whether a plain target is equivalent: the same tags in any order, and the same markers.
fn is_plain(spelling: &Spelling, tags: &Tags, environment: &Environment) -> bool {
    let set = |tags: &Tags| -> BTreeSet<String> {
        // One binary format of macOS has two names, depending on the version of packaging.
        tags.iter()
            .map(|tag| tag.replace("_fat32", "_fat3"))
            .collect()
    };
    let plain = environment_of(spelling);
    let same_marker = |variable: MarkerVariable| {
        plain
            .get(variable)
            .is_none_or(|value| environment.get(variable) == Some(value))
    };
    MarkerVariable::ALL.into_iter().all(same_marker)
        && set(tags) == set(&Tags::of_machine(spelling))
}

/// A number that is the same for the same target with any kernel: 32-bit FNV-1a.
fn fingerprint(tags: &Tags, environment: &Environment) -> u32 {
    let kernel = [
        MarkerVariable::PlatformRelease,
        MarkerVariable::PlatformVersion,
    ];
    let variables = MarkerVariable::ALL
        .into_iter()
        .filter(|variable| !kernel.contains(variable));
    let markers =
        variables.map(|variable| environment.get(variable).unwrap_or_default().to_owned());
    let lines = tags
        .iter()
        .chain(markers)
        .map(|line| line + "\n")
        .collect::<String>();
    lines.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The error of a text that is not a valid complete platform.
#[derive(Debug, thiserror::Error)]
#[error("not a usable complete platform")]
pub struct CompletePlatformError {
    #[from]
    source: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("it is not the JSON that `pex3 interpreter inspect --markers --tags` prints: {0}")]
    Json(serde_json::Error),
    #[error("`compatible_tags` holds a tag without three parts like those of py3-none-any")]
    Tag,
    #[error("`marker_environment` does not describe a Python: {0}")]
    Markers(EnvironmentError),
    #[error(
        "`compatible_tags` holds no tag of CPython or PyPy with its ABI, such as cp311-cp311-…"
    )]
    Interpreter,
    #[error("`compatible_tags` holds no tag of a known platform")]
    Platform,
    #[error("`compatible_tags` is for Python {tagged}, but `marker_environment` is for {markers}")]
    Contradiction {
        tagged: PythonVersion,
        markers: String,
    },
}
