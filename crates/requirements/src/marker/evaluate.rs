//! The evaluation of a marker in an environment, in three-valued logic.

use std::collections::BTreeSet;

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
    /// It has no outcome, since its values cannot be compared, as in `os_name ~= "posix"`; the text is
    /// the reason. packaging raises an error, and a release whose metadata has such a marker cannot be
    /// used.
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

/// The extras and dependency groups to install from a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// The value of `extras`. `extra == "x"` is true if `x` is one of them, and `extra != "x"` if it is
    /// not.
    pub extras: BTreeSet<ExtraName>,
    /// The value of `dependency_groups`.
    pub groups: BTreeSet<ExtraName>,
}

impl Marker {
    /// Evaluates the marker of a lock file, which may name `extras` and `dependency_groups` (PEP 751).
    ///
    /// If the patch level of Python is open, all possible ones are tried (see [`Open::PatchLevel`]).
    pub fn evaluate_locked(&self, environment: &Environment, chosen: &Chosen) -> Truth {
        self.at_each_patch(environment, |python| {
            self.0.decide(&Values {
                environment,
                python,
                extra: "",
                chosen: Some(chosen),
            })
        })
    }

    /// Evaluates the marker; `extras` are the required extras of the package whose metadata holds it.
    ///
    /// As in pip, the marker is true if it is true for any one of the extras; if there are none, `extra`
    /// is empty. If the patch level of Python is open, all possible ones are tried (see
    /// [`Open::PatchLevel`]).
    pub fn evaluate(&self, environment: &Environment, extras: &[ExtraName]) -> Truth {
        self.at_each_patch(environment, |python| {
            self.decide(environment, python, extras)
        })
    }

    /// The common outcome of `decide` for every full version that the Python may have.
    fn at_each_patch(
        &self,
        environment: &Environment,
        decide: impl Fn(Option<&str>) -> Truth,
    ) -> Truth {
        let &PythonFullVersion::Patches {
            major,
            minor,
            first_patch,
            last_patch,
        } = environment.python_full_version()
        else {
            return decide(None);
        };
        if !self.depends_on_patch_level() {
            return decide(None);
        }
        let mut levels = patches(first_patch, last_patch).map(|patch| {
            let python = format!("{major}.{minor}.{patch}");
            (patch, decide(Some(&python)))
        });
        let Some((_, first)) = levels.next() else {
            return decide(None);
        };
        if matches!(first, Truth::Undefined(_)) {
            return first;
        }
        match levels.find(|(_, truth)| *truth != first) {
            Some((split_at, _)) => Truth::Unknown(Open::PatchLevel { split_at }),
            None => first,
        }
    }

    /// Whether the marker names a variable that contains the patch level.
    fn depends_on_patch_level(&self) -> bool {
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
                chosen: None,
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
    /// What is installed from a lock file, if the marker is one of a lock file.
    chosen: Option<&'e Chosen>,
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
        if let Some(chosen) = values.chosen.filter(|_| !matches!(name, Name::Variable(_))) {
            return self.decide_chosen(*name, chosen);
        }
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

    /// Decides a comparison with what is installed from a lock file.
    fn decide_chosen(&self, name: Name, chosen: &Chosen) -> Truth {
        let ((Operand::Text(text), Operand::Name(_)) | (Operand::Name(_), Operand::Text(text))) =
            (&self.left, &self.right)
        else {
            return Truth::Undefined(format!("`{self}` does not compare a name with a text"));
        };
        let names = match name {
            Name::DependencyGroups => &chosen.groups,
            _ => &chosen.extras,
        };
        // This is not a name that a user chose.
        let is_chosen = text
            .parse()
            .is_ok_and(|text: ExtraName| names.contains(&text));
        let is_list = name != Name::Extra;
        match self.operator {
            Operator::In if is_list => is_chosen.into(),
            Operator::NotIn if is_list => (!is_chosen).into(),
            Operator::Equal if !is_list => is_chosen.into(),
            Operator::NotEqual if !is_list => (!is_chosen).into(),
            _ => Truth::Undefined(format!(
                "`{self}` cannot be decided: `{}` is compared with an operator of another variable",
                name.as_str()
            )),
        }
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
