//! Version specifier sets, of a package or of Python.
//!
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/>
//!
//! The parser accepts what packaging accepts: trailing and doubled commas, and white space anywhere
//! between the parts. It rejects what packaging rejects (`>=3.6.*`, `>dev`), and also numbers beyond
//! 64 bits, which packaging accepts.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use harden_target::{Environment, PythonFullVersion};
use pep440_rs::Version;

use crate::specifier::Specifier;
use crate::syntax::{Fault, SyntaxError, is_space, strip};

/// A set of versions.
pub type VersionSet = version_ranges::Ranges<Version>;

/// The versions that all of `sets` have; every version if there are none.
///
/// The sets are joined in pairs: thousands of `!=` one after the other would take quadratic time.
pub fn intersection_of(sets: impl IntoIterator<Item = VersionSet>) -> VersionSet {
    let mut sets: Vec<VersionSet> = sets.into_iter().collect();
    while sets.len() > 1 {
        let pairs = sets.chunks(2);
        let joined = pairs.map(|pair| match pair {
            [one, other] => one.intersection(other),
            rest => rest.first().cloned().unwrap_or_else(VersionSet::full),
        });
        sets = joined.collect();
    }
    sets.pop().unwrap_or_else(VersionSet::full)
}

/// The versions that any of `sets` has; none if there are none.
pub fn union_of(sets: impl IntoIterator<Item = VersionSet>) -> VersionSet {
    let complements = sets.into_iter().map(|set| set.complement());
    intersection_of(complements).complement()
}

/// The error of a text that is not a valid specifier set.
pub type ParseSpecifiersError = SyntaxError;

/// A version specifier set, such as `>=1.0,<2`; the empty one admits every version.
///
/// Displayed as it was written, and equal to another only if both are written alike. Cheap to clone.
///
/// ```
/// # use harden_requirements::Specifiers;
/// let set: Specifiers = ">=1.0,<2,".parse()?;
/// assert!(set.contains(&"1.5".parse().unwrap()));
/// assert_eq!(set.to_string(), ">=1.0,<2,");
/// # Ok::<(), harden_requirements::ParseSpecifiersError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Specifiers(Arc<Inner>);

struct Inner {
    text: Box<str>,
    specifiers: Vec<Specifier>,
    set: VersionSet,
    /// In normal form and order, once it was asked for: a thousand locks may share a file of constraints.
    canonical: OnceLock<Box<str>>,
}

/// By its text, which determines the rest: what was asked for before makes no difference.
impl fmt::Debug for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Specifiers").field(&self.0.text).finish()
    }
}

/// By its text, which determines the rest.
impl PartialEq for Inner {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Inner {}

/// Which interpreters of an environment a Requires-Python admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// All.
    All,
    /// Some patch levels.
    Some {
        /// The first patch level with another outcome than the one before.
        split_at: u64,
    },
    /// None.
    None,
}

impl FromStr for Specifiers {
    type Err = ParseSpecifiersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut specifiers = Vec::new();
        let mut start = 0;
        for part in text.split(',') {
            let leading = part.len() - part.trim_start_matches(is_space).len();
            let written = strip(part);
            if !written.is_empty() {
                let specifier = whole(written)
                    .map_err(|fault| fault.shifted(start + leading))
                    .map_err(|fault| SyntaxError::new("version specifier set", text, fault))?;
                specifiers.push(specifier);
            }
            start += part.len() + 1;
        }
        Ok(Self::new(strip(text), specifiers))
    }
}

/// Reads a text that is one specifier and nothing else.
pub(crate) fn whole(text: &str) -> Result<Specifier, Fault> {
    let (specifier, length) = Specifier::scan(text)?;
    if length < text.len() {
        return Err(Fault::new(
            length,
            "expected `,` or the end after a version",
        ));
    }
    Ok(specifier)
}

impl Specifiers {
    /// The set of specifiers that were read from `text`.
    pub(crate) fn new(text: &str, specifiers: Vec<Specifier>) -> Self {
        let set = intersection_of(specifiers.iter().map(Specifier::to_set));
        Self(Arc::new(Inner {
            text: text.into(),
            specifiers,
            set,
            canonical: OnceLock::new(),
        }))
    }

    /// Whether the set has no specifiers, and so admits every version.
    pub fn is_empty(&self) -> bool {
        self.0.specifiers.is_empty()
    }

    /// Whether `version` is in the set; pre-releases count like any other version.
    ///
    /// `===TEXT` is compared with the normalised text of `version`.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.set.contains(version)
            && self.0.specifiers.iter().all(|specifier| match specifier {
                Specifier::Identical { .. } => specifier.contains_text(&version.to_string()),
                _ => true,
            })
    }

    /// Whether a specifier of the set is `===`, which compares spellings.
    pub fn has_identical(&self) -> bool {
        let mut specifiers = self.0.specifiers.iter();
        specifiers.any(|specifier| matches!(specifier, Specifier::Identical { .. }))
    }

    /// The versions in the set, pre-releases included.
    ///
    /// The same versions as in [`contains`](Self::contains), with one exception: for `===1.0` it also
    /// has versions that are equal to 1.0 with another spelling (1.0.0), since a set has no spelling.
    pub fn to_set(&self) -> VersionSet {
        self.0.set.clone()
    }

    /// Whether a specifier of the set names a pre-release, and so allows pre-releases.
    pub fn names_prerelease(&self) -> bool {
        self.0.specifiers.iter().any(Specifier::names_prerelease)
    }

    /// The version that the set pins exactly (`==V` or `===V`, no wildcard).
    pub fn exact(&self) -> Option<&Version> {
        self.0.specifiers.iter().find_map(Specifier::exact)
    }

    /// Evaluates the set as a Requires-Python.
    ///
    /// As in pip, only the release number of a pre-release of Python is compared. (In pip, an invalid
    /// Requires-Python on an index page admits any Python; in metadata it makes the release unusable.)
    pub fn admits(&self, environment: &Environment) -> Admission {
        match environment.python_full_version() {
            PythonFullVersion::Exact(version) => {
                if self.contains(&version.only_release()) {
                    Admission::All
                } else {
                    Admission::None
                }
            }
            &PythonFullVersion::Patches {
                major,
                minor,
                first_patch,
                last_patch,
            } => self.admits_patches([major, minor], patches(first_patch, last_patch)),
        }
    }

    fn admits_patches(
        &self,
        [major, minor]: [u64; 2],
        mut patches: impl Iterator<Item = u64>,
    ) -> Admission {
        let mut admits = |patch| self.contains(&Version::new([major, minor, patch]));
        let first = patches.next().is_some_and(&mut admits);
        match patches.find(|&patch| admits(patch) != first) {
            Some(split_at) => Admission::Some { split_at },
            None if first => Admission::All,
            None => Admission::None,
        }
    }

    /// The specifiers in normal form and order: equal for sets that differ only in spelling.
    pub(crate) fn canonical(&self) -> &str {
        self.0.canonical.get_or_init(|| {
            let specifiers = self.0.specifiers.iter();
            let mut specifiers: Vec<_> = specifiers.map(Specifier::to_string).collect();
            specifiers.sort();
            specifiers.dedup();
            specifiers.join(",").into()
        })
    }
}

/// The highest patch level that an open range is tried with; no Python has reached it.
const LAST_PATCH_TRIED: u64 = 60;

/// The patch levels that stand for the range from `first` to `last`.
pub(crate) fn patches(first: u64, last: Option<u64>) -> impl Iterator<Item = u64> {
    first
        ..=last
            .unwrap_or(LAST_PATCH_TRIED)
            .min(LAST_PATCH_TRIED)
            .max(first)
}

impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// By its text, which determines the rest.
impl Hash for Specifiers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

impl Default for Specifiers {
    fn default() -> Self {
        Self::new("", Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digest of inputs is taken of this form.
    #[test]
    fn the_debug_form_does_not_depend_on_what_was_asked_for() {
        let set: Specifiers = "<2,>=1.0".parse().unwrap();
        let before = format!("{set:?}");
        assert_eq!(set.canonical(), "<2,>=1.0");
        assert_eq!(format!("{set:?}"), before);
        assert_eq!(before, r#"Specifiers("<2,>=1.0")"#);
        assert_eq!("<2,>=1.0".parse(), Ok(set));
    }
}
