//! Environment markers: the condition under which a requirement applies.
//!
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>
//!
//! Parsing and evaluation follow PyPA's packaging in all details: its legacy names (`os.name`), its
//! comparison as versions if both sides are versions, and its errors for comparisons without a
//! meaning. In addition an environment may leave values open, and then an outcome may be unknown.

mod evaluate;
mod parse;
mod with_extra;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use harden_target::MarkerVariable;

use crate::syntax::{Cursor, SyntaxError};

pub use evaluate::{Chosen, Open, Truth};
pub(crate) use parse::{expression, normal_name};
pub(crate) use with_extra::Partial;

/// The error of a text that is not a valid marker.
pub type ParseMarkerError = SyntaxError;

/// An environment marker, such as `python_version < "3.11" and extra == "test"`. Cheap to clone.
///
/// Displayed in packaging's normal form, and read back from it as the same marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker(Arc<Alternatives>);

/// Groups of terms: all terms of any one group must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alternatives(Vec<Vec<Term>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Comparison(Comparison),
    /// The content of parentheses, if it is more than one term.
    Group(Alternatives),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    left: Operand,
    operator: Operator,
    right: Operand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Name(Name),
    Text(Box<str>),
}

/// A name that a marker may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Variable(MarkerVariable),
    Extra,
    /// Defined in lock files only (PEP 751).
    Extras,
    /// Defined in lock files only (PEP 751).
    DependencyGroups,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Identical,
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Compatible,
    Less,
    Greater,
    In,
    NotIn,
}

impl Marker {
    pub(crate) fn new(alternatives: Alternatives) -> Self {
        Self(Arc::new(alternatives))
    }

    /// The marker that holds where both do.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut terms = self.terms().into_owned();
        for term in other.terms().iter() {
            if !terms.contains(term) {
                terms.push(term.clone());
            }
        }
        Self::new(Alternatives(vec![terms]))
    }

    /// Whether this marker is `other` with more terms joined by `and`, and so holds only if `other` does.
    pub(crate) fn extends(&self, other: &Self) -> bool {
        let terms = self.terms();
        other.terms().iter().all(|term| terms.contains(term))
    }

    /// The terms that must all hold.
    fn terms(&self) -> Cow<'_, [Term]> {
        match self.0.0.as_slice() {
            [group] => Cow::Borrowed(group),
            _ => Cow::Owned(vec![Term::Group(Alternatives::clone(&self.0))]),
        }
    }

    /// Whether the marker names `variable`.
    pub fn mentions(&self, variable: MarkerVariable) -> bool {
        self.0.names(Name::Variable(variable))
    }

    /// Whether the marker names `extra`, and so may depend on the extras that are required.
    pub fn mentions_extra(&self) -> bool {
        self.0.names(Name::Extra)
    }
}

impl Alternatives {
    fn names(&self, name: Name) -> bool {
        self.0.iter().flatten().any(|term| term.names(name))
    }
}

impl Term {
    fn names(&self, name: Name) -> bool {
        match self {
            Self::Group(group) => group.names(name),
            Self::Comparison(Comparison { left, right, .. }) => [left, right]
                .into_iter()
                .any(|operand| matches!(operand, Operand::Name(known) if *known == name)),
        }
    }
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Self::Variable(variable) => variable.as_str(),
            Self::Extra => "extra",
            Self::Extras => "extras",
            Self::DependencyGroups => "dependency_groups",
        }
    }
}

impl Operator {
    /// Longer signs come before signs that are a prefix of them.
    const ALL: [Self; 10] = [
        Self::Identical,
        Self::Equal,
        Self::NotEqual,
        Self::LessEqual,
        Self::GreaterEqual,
        Self::Compatible,
        Self::Less,
        Self::Greater,
        Self::In,
        Self::NotIn,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "===",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::LessEqual => "<=",
            Self::GreaterEqual => ">=",
            Self::Compatible => "~=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

impl FromStr for Marker {
    type Err = ParseMarkerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut cursor = Cursor::new(text);
        let parsed = expression(&mut cursor).and_then(|alternatives| {
            if cursor.at_end() {
                Ok(Self::new(alternatives))
            } else {
                Err(cursor.fault("expected `and`, `or` or the end of the marker"))
            }
        });
        parsed.map_err(|fault| SyntaxError::new("marker", text, fault))
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Alternatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, group) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " or " })?;
            for (place, term) in group.iter().enumerate() {
                f.write_str(if place == 0 { "" } else { " and " })?;
                match term {
                    Term::Comparison(comparison) => fmt::Display::fmt(comparison, f)?,
                    Term::Group(alternatives) => write!(f, "({alternatives})")?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            left,
            operator,
            right,
        } = self;
        write!(f, "{left} {} {right}", operator.as_str())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name.as_str()),
            Self::Text(text) => quote(text, f),
        }
    }
}

/// Writes a Python string literal. The grammar does not allow its quote character inside.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quote = if text.contains('"') && !text.contains('\'') {
        '\''
    } else {
        '"'
    };
    f.write_char(quote)?;
    for character in text.chars() {
        match character {
            '\\' => f.write_str("\\\\")?,
            _ if character == quote || character.is_control() => {
                write!(f, "\\U{:08x}", u32::from(character))?;
            }
            _ => f.write_char(character)?,
        }
    }
    f.write_char(quote)
}
