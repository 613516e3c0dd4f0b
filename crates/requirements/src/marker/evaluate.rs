//! The evaluation of a marker in an environment, in three-valued logic.

use harden_packaging::ExtraName;
use harden_target::{Environment, MarkerVariable, PythonFullVersion};

use super::{Alternatives, Comparison, Marker, Name, Operand, Operator, Term};
use crate::specifiers::{patches, whole};
use crate::syntax::strip;

/// The outcome of a marker in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It depends on a value that the environment leaves open.
    Unknown(Open),
    /// It has no outcome, since its values cannot be compared, as in `os_name ~= "posix"`; holds the
    /// reason. packaging raises an error, and a release whose metadata holds the marker cannot be used.
    Undefined(String),
}

/// A value that an environment leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// The patch level of the Python: the outcome changes at `split_at` (see
    /// [`Environment::split_at_patch`]).
    PatchLevel {
        /// The first patch level with another outcome than the one before.
        split_at: u64,
    },
    /// The value of a variable.
    Variable(MarkerVariable),
}

impl Marker {
    /// Evaluates the marker; `extras` are the required extras of the package whose metadata holds it.
    ///
    /// As in pip, it holds if it holds for any one of the extras, or, if there are none, for an empty
    /// `extra`. If the patch level of Python is open, all possible ones are tried (see
    /// [`Open::PatchLevel`]).
    pub fn evaluate(&self, environment: &Environment, extras: &[ExtraName]) -> Truth {
        let &PythonFullVersion::Patches {
            major,
            minor,
            first_patch,
            last_patch,
        } = environment.python_full_version()
        else {
            return self.decide(environment, None, extras);
        };
        if !self.turns_on_patch_level() {
            return self.decide(environment, None, extras);
        }
        let mut levels = patches(first_patch, last_patch).map(|patch| {
            let python = format!("{major}.{minor}.{patch}");
            (patch, self.decide(environment, Some(&python), extras))
        });
        let Some((_, first)) = levels.next() else {
            return self.decide(environment, None, extras);
        };
        if matches!(first, Truth::Undefined(_)) {
            return first;
        }
        match levels.find(|(_, truth)| *truth != first) {
            Some((split_at, _)) => Truth::Unknown(Open::PatchLevel { split_at }),
            None => first,
        }
    }

    fn turns_on_patch_level(&self) -> bool {
        self.mentions(MarkerVariable::PythonFullVersion)
            || self.mentions(MarkerVariable::ImplementationVersion)
    }

    /// Evaluates the marker for one patch level.
    fn decide(
        &self,
        environment: &Environment,
        python: Option<&str>,
        extras: &[ExtraName],
    ) -> Truth {
        let with = |extra| {
            self.0.decide(&Values {
                environment,
                python,
                extra,
            })
        };
        if extras.is_empty() || !self.mentions_extra() {
            return with("");
        }
        extras
            .iter()
            .map(|extra| with(extra.as_str()))
            .fold(Truth::False, Truth::or)
    }
}

impl Truth {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (undefined @ Self::Undefined(_), _) | (_, undefined @ Self::Undefined(_)) => undefined,
            (Self::False, _) | (_, Self::False) => Self::False,
            (unknown @ Self::Unknown(_), _) | (_, unknown @ Self::Unknown(_)) => unknown,
            (Self::True, Self::True) => Self::True,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (undefined @ Self::Undefined(_), _) | (_, undefined @ Self::Undefined(_)) => undefined,
            (Self::True, _) | (_, Self::True) => Self::True,
            (unknown @ Self::Unknown(_), _) | (_, unknown @ Self::Unknown(_)) => unknown,
            (Self::False, Self::False) => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

/// What names stand for.
struct Values<'e> {
    environment: &'e Environment,
    /// The full version of Python, if the environment leaves its patch level open.
    python: Option<&'e str>,
    extra: &'e str,
}

impl<'e> Values<'e> {
    fn get(&self, variable: MarkerVariable) -> Option<&'e str> {
        self.environment.get(variable).or_else(|| match variable {
            MarkerVariable::PythonFullVersion => self.python,
            // CPython's own version is Python's.
            MarkerVariable::ImplementationVersion
                if self.environment.get(MarkerVariable::ImplementationName) == Some("cpython") =>
            {
                self.python
            }
            _ => None,
        })
    }
}

impl Alternatives {
    /// Evaluates every comparison, since one without a meaning makes the whole marker undefined, as in
    /// packaging.
    fn decide(&self, values: &Values) -> Truth {
        self.0
            .iter()
            .map(|group| {
                group
                    .iter()
                    .map(|term| match term {
                        Term::Comparison(comparison) => comparison.decide(values),
                        Term::Group(group) => group.decide(values),
                    })
                    .fold(Truth::True, Truth::and)
            })
            .fold(Truth::False, Truth::or)
    }
}

impl Comparison {
    fn decide(&self, values: &Values) -> Truth {
        let ((Operand::Name(name), _) | (_, Operand::Name(name))) = (&self.left, &self.right)
        else {
            return Truth::Undefined(format!("`{self}` names no marker variable"));
        };
        let value = match name {
            Name::Extra => values.extra,
            Name::Variable(variable) => match values.get(*variable) {
                Some(value) => value,
                None => return Truth::Unknown(Open::Variable(*variable)),
            },
            Name::Extras | Name::DependencyGroups => {
                return Truth::Undefined(format!(
                    "`{}` in `{self}` has a value in lock files only",
                    name.as_str()
                ));
            }
        };
        let outcome = match (&self.left, &self.right) {
            (Operand::Text(text), _) => self.compare(text, value, *name),
            (Operand::Name(_), Operand::Text(text)) => self.compare(value, text, *name),
            // packaging compares with the name of the second variable, not with its value.
            (Operand::Name(_), Operand::Name(other)) => self.compare(value, other.as_str(), *name),
        };
        outcome.map_or_else(
            || {
                Truth::Undefined(format!(
                    "`{self}` cannot be evaluated: both sides must be versions"
                ))
            },
            Truth::from,
        )
    }

    /// Compares as versions if `name` and the right side allow it, else as strings.
    fn compare(&self, left: &str, right: &str, name: Name) -> Option<bool> {
        if name.is_version() {
            let specifier = format!("{}{right}", self.operator.as_str());
            if let Ok(specifier) = whole(strip(&specifier)) {
                return Some(specifier.contains_text(left));
            }
        }
        match self.operator {
            Operator::Equal | Operator::LessEqual | Operator::GreaterEqual => Some(left == right),
            Operator::NotEqual => Some(left != right),
            Operator::Less | Operator::Greater => Some(false),
            Operator::In => Some(right.contains(left)),
            Operator::NotIn => Some(!right.contains(left)),
            Operator::Compatible | Operator::Identical => None,
        }
    }
}

impl Name {
    /// Whether its values are versions.
    fn is_version(self) -> bool {
        matches!(
            self,
            Self::Variable(
                MarkerVariable::PythonVersion
                    | MarkerVariable::PythonFullVersion
                    | MarkerVariable::ImplementationVersion
                    | MarkerVariable::PlatformRelease
            )
        )
    }
}
