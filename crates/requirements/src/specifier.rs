//! One version specifier: `>=1.0`, `==2.*`, `===text`.
//!
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/#version-specifiers>

use std::fmt;

use pep440_rs::{LocalSegment, Version};
use version_ranges::Ranges;

use crate::syntax::{Fault, is_space};

/// A comparison with a version or a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Specifier {
    /// `OPERATOR VERSION`.
    Compare(Comparison, Version),
    /// `==VERSION.*`, `!=VERSION.*`.
    Prefix {
        /// Whether it is `!=`.
        negated: bool,
        /// The version before `.*`, nothing but epoch and release.
        version: Version,
    },
    /// `===TEXT`: the version with exactly this spelling, ignoring case.
    Identical {
        /// The operand, as written.
        text: Box<str>,
        /// The operand as a version, if it is one.
        version: Option<Version>,
    },
}

/// The operators that compare with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
}

/// Longest first, so that the first match is the right one.
const OPERATORS: [(&str, Comparison); 7] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessEqual),
    (">=", Comparison::GreaterEqual),
    ("~=", Comparison::Compatible),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Specifier {
    /// Reads the specifier at the start of `text`; also returns its length in bytes.
    pub(crate) fn scan(text: &str) -> Result<(Self, usize), Fault> {
        if let Some(rest) = text.strip_prefix("===") {
            let operand = rest.trim_start_matches(is_space);
            let start = text.len() - operand.len();
            let length = operand
                .find(|character| is_space(character) || matches!(character, ';' | ')'))
                .unwrap_or(operand.len());
            let identical = Self::Identical {
                text: operand[..length].into(),
                version: operand[..length].parse().ok(),
            };
            return Ok((identical, start + length));
        }
        let (sign, comparison) = OPERATORS
            .into_iter()
            .find(|(sign, _)| text.starts_with(sign))
            .ok_or_else(|| Fault::new(0, no_operator(text)))?;
        let operand = text[sign.len()..].trim_start_matches(is_space);
        let start = text.len() - operand.len();
        let length = operand
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || ".!+*_-".contains(character))
            })
            .unwrap_or(operand.len());
        let specifier = Self::new(sign, comparison, &operand[..length], &operand[length..])
            .map_err(|reason| Fault::new(start, reason))?;
        Ok((specifier, start + length))
    }

    fn new(sign: &str, comparison: Comparison, operand: &str, rest: &str) -> Result<Self, String> {
        if let Some(prefix) = operand.strip_suffix(".*") {
            return Self::prefix(comparison, prefix);
        }
        if operand.is_empty() {
            return Err(no_version(sign, rest));
        }
        let version: Version = operand
            .parse()
            .map_err(|_| format!("`{operand}` is not a version (PEP 440)"))?;
        if version.is_local() && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err(format!(
                "a local version (`+…`) can only be compared with `==` and `!=`, not with `{sign}`"
            ));
        }
        if comparison == Comparison::Compatible && version.release().len() < 2 {
            return Err(format!(
                "`~=` needs a version of two numbers or more, such as `{operand}.0`"
            ));
        }
        Ok(Self::Compare(comparison, version))
    }

    fn prefix(comparison: Comparison, prefix: &str) -> Result<Self, String> {
        let negated = match comparison {
            Comparison::Equal => false,
            Comparison::NotEqual => true,
            _ => return Err("`.*` can only be used with `==` and `!=`".to_owned()),
        };
        let version: Version = prefix
            .parse()
            .map_err(|_| format!("`{prefix}.*` is not a version prefix"))?;
        if version.any_prerelease() || version.is_post() || version.is_local() {
            return Err(
                "`.*` cannot follow a pre-release, post-release, development or local segment"
                    .to_owned(),
            );
        }
        Ok(Self::Prefix { negated, version })
    }

    /// The versions it admits; for `===TEXT`, the version with this spelling, if there is one.
    pub(crate) fn to_set(&self) -> Ranges<Version> {
        match self {
            Self::Compare(comparison, version) => comparison.to_set(version),
            Self::Prefix { negated, version } => {
                let set = Ranges::between(
                    first_of(version),
                    first_of(&next_prefix(version.release(), version)),
                );
                if *negated { set.complement() } else { set }
            }
            Self::Identical { text, version } => match version {
                Some(version) if same_text(&version.to_string(), text) => {
                    Ranges::singleton(version.clone())
                }
                _ => Ranges::empty(),
            },
        }
    }

    /// Whether a version with the spelling `text` is admitted.
    pub(crate) fn contains_text(&self, text: &str) -> bool {
        match self {
            Self::Identical { text: operand, .. } => same_text(text, operand),
            _ => crate::syntax::strip(text)
                .parse()
                .is_ok_and(|version| self.to_set().contains(&version)),
        }
    }

    /// Whether it names a pre-release in a way that allows pre-releases.
    pub(crate) fn names_prerelease(&self) -> bool {
        match self {
            Self::Compare(Comparison::NotEqual, _) | Self::Prefix { .. } => false,
            Self::Compare(_, version) => version.any_prerelease(),
            Self::Identical { version, .. } => {
                version.as_ref().is_some_and(Version::any_prerelease)
            }
        }
    }

    /// The version it pins, if it is `==V` or `===V`.
    pub(crate) fn exact(&self) -> Option<&Version> {
        match self {
            Self::Compare(Comparison::Equal, version) => Some(version),
            Self::Identical { version, .. } => version.as_ref(),
            Self::Compare(..) | Self::Prefix { .. } => None,
        }
    }
}

impl Comparison {
    fn to_set(self, version: &Version) -> Ranges<Version> {
        match self {
            Self::GreaterEqual => Ranges::higher_than(version.clone()),
            Self::LessEqual => Ranges::lower_than(with_all_locals(version)),
            Self::Greater => greater(version),
            Self::Less => Ranges::strictly_lower_than(if version.any_prerelease() {
                version.clone()
            } else {
                // `<V` excludes the pre-releases of V, unless V is one: so the bound is below them.
                first_of(version)
            }),
            Self::Equal => equal(version),
            Self::NotEqual => equal(version).complement(),
            Self::Compatible => {
                let release = version.release();
                let prefix = &release[..release.len() - 1];
                Ranges::between(version.clone(), first_of(&next_prefix(prefix, version)))
            }
        }
    }

    fn sign(self) -> &'static str {
        OPERATORS
            .into_iter()
            .find_map(|(sign, comparison)| (comparison == self).then_some(sign))
            .expect("the table has every comparison")
    }
}

/// `==V` admits the local versions of `V`, unless it names one.
fn equal(version: &Version) -> Ranges<Version> {
    if version.is_local() {
        Ranges::singleton(version.clone())
    } else {
        Ranges::from_range_bounds(version.clone()..=with_all_locals(version))
    }
}

/// `>V` excludes the local versions of `V`, and its post-releases unless it names one.
fn greater(version: &Version) -> Ranges<Version> {
    if let Some(dev) = version.dev() {
        return match dev.checked_add(1) {
            Some(next) => Ranges::higher_than(version.clone().with_dev(Some(next))),
            None => Ranges::strictly_higher_than(with_all_locals(version)),
        };
    }
    if let Some(post) = version.post() {
        return match post.checked_add(1) {
            Some(next) => {
                Ranges::higher_than(version.clone().with_post(Some(next)).with_dev(Some(0)))
            }
            None => Ranges::strictly_higher_than(with_all_locals(version)),
        };
    }
    Ranges::strictly_higher_than(version.clone().with_max(Some(0)))
}

/// The upper bound of `version` and its local versions; it equals no real version.
fn with_all_locals(version: &Version) -> Version {
    version
        .clone()
        .with_local(vec![LocalSegment::Number(u64::MAX)])
}

/// The lowest version with the release number of `version`: its first development release.
fn first_of(version: &Version) -> Version {
    version.clone().with_dev(Some(0))
}

/// The release prefix that follows `prefix`, in the epoch of `version`: 1.3 for 1.2.
fn next_prefix(prefix: &[u64], version: &Version) -> Version {
    let mut release = prefix.to_vec();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    Version::new(release).with_epoch(version.epoch())
}

fn same_text(left: &str, right: &str) -> bool {
    left == right || left.to_lowercase() == right.to_lowercase()
}

fn no_operator(text: &str) -> String {
    const EXPECTED: &str = "expected a version specifier (`==`, `>=`, `<`, `~=`, …)";
    for (wrong, right) in [("=>", ">="), ("=<", "<="), ("<>", "!="), ("=", "==")] {
        if text.starts_with(wrong) {
            return format!("`{wrong}` is not an operator; did you mean `{right}`?");
        }
    }
    match text.chars().next() {
        Some('0'..='9') => format!("{EXPECTED} before the version"),
        _ => EXPECTED.to_owned(),
    }
}

fn no_version(sign: &str, rest: &str) -> String {
    match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => format!("a version is written without quotes (`{quote}`)"),
        _ => format!("expected a version after `{sign}`"),
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison, version) => write!(f, "{}{version}", comparison.sign()),
            Self::Prefix { negated, version } => {
                write!(f, "{}{version}.*", if *negated { "!=" } else { "==" })
            }
            Self::Identical { text, .. } => write!(f, "==={text}"),
        }
    }
}
