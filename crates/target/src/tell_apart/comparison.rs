//! The comparisons that a marker consists of, and their values in an environment.

use std::fmt;

use crate::{Environment, MarkerVariable, PythonFullVersion};

/// A comparison of a variable with a string. Sorts by readability: the most readable first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Comparison {
    /// How much less readable it is than the best comparison: 0 for the best.
    pub(super) unwelcome: u8,
    preference: u8,
    operator: Operator,
    /// `value` as a version, if versions are compared.
    version: [u64; 3],
    value: String,
    pub(super) variable: MarkerVariable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operator {
    Less,
    GreaterOrEqual,
    Equal,
    Unequal,
}

/// The variables to compare, the most readable first.
const VARIABLES: [MarkerVariable; 8] = [
    MarkerVariable::SysPlatform,
    MarkerVariable::PlatformMachine,
    MarkerVariable::PythonVersion,
    MarkerVariable::ImplementationName,
    MarkerVariable::PlatformPythonImplementation,
    MarkerVariable::OsName,
    MarkerVariable::PlatformSystem,
    MarkerVariable::PythonFullVersion,
];

impl Comparison {
    /// Every comparison that is worth trying with this environment.
    pub(super) fn of(environment: &Environment) -> Vec<Self> {
        let mut all = Vec::new();
        for (preference, variable) in (0..).zip(VARIABLES) {
            let mut add = |operator: Operator, version: [u64; 3], value: String| {
                let full = variable == MarkerVariable::PythonFullVersion;
                let unwelcome = if full {
                    2
                } else {
                    u8::from(operator == Operator::Unequal)
                };
                all.push(Self {
                    unwelcome,
                    preference,
                    operator,
                    version,
                    value,
                    variable,
                });
            };
            match variable {
                MarkerVariable::PythonVersion => {
                    let (major, minor) = environment.python_full_version().major_minor();
                    for operator in Operator::ALL {
                        add(operator, [major, minor, 0], format!("{major}.{minor}"));
                    }
                }
                MarkerVariable::PythonFullVersion => {
                    let (first, last) = patch_range(environment);
                    for [major, minor, patch] in [first, next_patch(last)] {
                        for operator in [Operator::Less, Operator::GreaterOrEqual] {
                            let value = format!("{major}.{minor}.{patch}");
                            add(operator, [major, minor, patch], value);
                        }
                    }
                }
                // A value that cannot be quoted cannot be an operand.
                _ => match environment.get(variable) {
                    Some(value) if !value.contains(['\'', '"', '\\']) => {
                        add(Operator::Equal, [0; 3], value.into());
                        add(Operator::Unequal, [0; 3], value.into());
                    }
                    _ => {}
                },
            }
        }
        all
    }

    /// Whether it holds; `None` if the environment leaves it open.
    pub(super) fn holds(&self, environment: &Environment) -> Option<bool> {
        match self.variable {
            MarkerVariable::PythonVersion => {
                let (major, minor) = environment.python_full_version().major_minor();
                Some(self.operator.compare(&[major, minor, 0], &self.version))
            }
            MarkerVariable::PythonFullVersion => {
                let (first, last) = patch_range(environment);
                if first == self.version && is_prerelease(environment) {
                    // By PEP 440 a pre-release is not below, equal to or above its release here.
                    return None;
                }
                let of_first = self.operator.compare(&first, &self.version);
                (self.operator.compare(&last, &self.version) == of_first).then_some(of_first)
            }
            variable => Some(
                self.operator
                    .compare(environment.get(variable)?, &self.value),
            ),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Less => "<",
            Operator::GreaterOrEqual => ">=",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
        };
        write!(f, "{} {operator} '{}'", self.variable, self.value)
    }
}

impl Operator {
    const ALL: [Self; 4] = [Self::Less, Self::GreaterOrEqual, Self::Equal, Self::Unequal];

    fn compare<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
            Self::Unequal => left != right,
        }
    }
}

/// The first and the last version that the Python may have; an open end is the highest version.
fn patch_range(environment: &Environment) -> ([u64; 3], [u64; 3]) {
    let python = environment.python_full_version();
    let (major, minor) = python.major_minor();
    let (first, last) = match python {
        PythonFullVersion::Exact(version) => {
            let patch = version.release().get(2).copied().unwrap_or(0);
            (patch, patch)
        }
        PythonFullVersion::Patches {
            first_patch,
            last_patch,
            ..
        } => (*first_patch, last_patch.unwrap_or(u64::MAX)),
    };
    ([major, minor, first], [major, minor, last])
}

fn next_patch([major, minor, patch]: [u64; 3]) -> [u64; 3] {
    patch
        .checked_add(1)
        .map_or([major, minor + 1, 0], |patch| [major, minor, patch])
}

fn is_prerelease(environment: &Environment) -> bool {
    let python = environment.python_full_version();
    matches!(python, PythonFullVersion::Exact(version) if version.any_prerelease())
}
