//! What is left of a marker where the extra is known and the environment is not.

use super::{Alternatives, Comparison, Marker, Name, Operand, Operator, Term};

/// A marker of which a part was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Partial {
    /// It holds in no environment.
    Never,
    /// It holds in each.
    Always,
    /// It holds where this one does.
    Where(Marker),
}

/// What is left of a term.
enum Left {
    /// It does not hold.
    Fails,
    /// It holds.
    Holds,
    /// It holds where this one does.
    Open(Term),
}

impl Marker {
    /// The marker where `extra` has this value; empty where no extra is required.
    pub(crate) fn with_extra(&self, extra: &str) -> Partial {
        match self.0.with_extra(extra) {
            None => Partial::Never,
            Some(left) if left.0.iter().any(Vec::is_empty) => Partial::Always,
            Some(left) => Partial::Where(Self::new(match left.into_term() {
                Term::Group(group) => group,
                only @ Term::Comparison(_) => Alternatives(vec![vec![only]]),
            })),
        }
    }
}

impl Alternatives {
    /// The groups that may hold, without the terms that do; `None` if there are none.
    fn with_extra(&self, extra: &str) -> Option<Self> {
        let groups = self.0.iter().filter_map(|group| {
            let mut left = Vec::new();
            for term in group {
                match term.with_extra(extra) {
                    Left::Fails => return None,
                    Left::Holds => {}
                    Left::Open(term) => left.push(term),
                }
            }
            Some(left)
        });
        let groups: Vec<_> = groups.collect();
        (!groups.is_empty()).then_some(Self(groups))
    }

    /// The same as a term: the only one, or a group, as the parser has it.
    fn into_term(mut self) -> Term {
        match self.0.as_mut_slice() {
            [only] if only.len() == 1 => only.remove(0),
            _ => Term::Group(self),
        }
    }
}

impl Term {
    fn with_extra(&self, extra: &str) -> Left {
        match self {
            Self::Group(group) => match group.with_extra(extra) {
                None => Left::Fails,
                Some(left) if left.0.iter().any(Vec::is_empty) => Left::Holds,
                Some(left) => Left::Open(left.into_term()),
            },
            Self::Comparison(comparison) => match comparison.with_extra(extra) {
                None => Left::Open(self.clone()),
                Some(true) => Left::Holds,
                Some(false) => Left::Fails,
            },
        }
    }
}

impl Comparison {
    /// Whether it holds; `None` if it is not about the extra.
    fn with_extra(&self, extra: &str) -> Option<bool> {
        let ((Operand::Name(Name::Extra), Operand::Text(text))
        | (Operand::Text(text), Operand::Name(Name::Extra))) = (&self.left, &self.right)
        else {
            return None;
        };
        let is_it = **text == *extra;
        match self.operator {
            Operator::Equal => Some(is_it),
            Operator::NotEqual => Some(!is_it),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_about_the_extra_is_decided() {
        for (marker, extra, left) in [
            ("extra == 'dev'", "dev", "always"),
            ("extra == 'Dev_A'", "dev-a", "always"),
            ("extra == 'dev'", "", "never"),
            ("extra == 'dev'", "test", "never"),
            ("extra != 'dev'", "", "always"),
            (
                "extra == 'dev' and os_name == 'nt'",
                "dev",
                r#"os_name == "nt""#,
            ),
            (
                "(os_name == 'nt' or python_version < '3') and extra == 'dev'",
                "dev",
                r#"os_name == "nt" or python_version < "3""#,
            ),
            (
                "(os_name == 'nt' or extra == 'dev') and python_version < '3'",
                "",
                r#"os_name == "nt" and python_version < "3""#,
            ),
            (
                "os_name == 'nt' or extra == 'dev'",
                "",
                r#"os_name == "nt""#,
            ),
            ("os_name == 'nt' or extra == 'dev'", "dev", "always"),
            ("os_name == 'nt'", "dev", r#"os_name == "nt""#),
        ] {
            let marker: Marker = marker.parse().unwrap();
            let shown = match marker.with_extra(extra) {
                Partial::Never => "never".to_owned(),
                Partial::Always => "always".to_owned(),
                Partial::Where(marker) => marker.to_string(),
            };
            assert_eq!(shown, left, "{marker} with {extra}");
        }
    }
}
