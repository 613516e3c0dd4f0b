//! Requirements, which PyPA calls dependency specifiers: `name[extra]>=1.0; marker`.
//!
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>

use std::fmt;
use std::str::FromStr;

use harden_packaging::{ExtraName, PackageName};

use crate::inputs::without_credentials;
use crate::marker::{Marker, expression};
use crate::specifier::Specifier;
use crate::specifiers::{Specifiers, VersionSet};
use crate::syntax::{Cursor, Fault, SyntaxError};

/// The error of a text that is not a valid requirement.
pub type ParseRequirementError = SyntaxError;

/// A requirement (dependency specifier, PEP 508).
///
/// Accepts what packaging accepts, except names that end in `_`, which no project can have. This
/// includes the forms of old metadata: `name (>=1.0)`, `name>=1.0,`, `name ()`, and no space around
/// `;`, `and` and parentheses.
///
/// ```
/// # use harden_requirements::Requirement;
/// let requirement: Requirement = "Zope.Interface (>=5.0) ; python_version>'3.8'".parse()?;
/// assert_eq!(requirement.to_string(), r#"zope-interface>=5.0; python_version > "3.8""#);
/// # Ok::<(), harden_requirements::ParseRequirementError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The required project.
    pub name: PackageName,
    /// The required extras; sorted, without duplicates.
    pub extras: Vec<ExtraName>,
    /// The versions or the file that are admitted.
    pub source: Source,
    /// The marker, if there is one.
    pub marker: Option<Marker>,
}

/// The versions or the file that a requirement admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The versions of a specifier set, from an index.
    Specifiers(Specifiers),
    /// A direct reference (`name @ URL`), the URL as written.
    Url(Box<str>),
}

impl Requirement {
    /// The specifiers; `None` for a direct reference.
    pub fn specifiers(&self) -> Option<&Specifiers> {
        match &self.source {
            Source::Specifiers(specifiers) => Some(specifiers),
            Source::Url(_) => None,
        }
    }

    /// Its text for messages: without the credentials that its URL may hold.
    pub fn shown(&self) -> String {
        let mut shown = self.clone();
        if let Source::Url(url) = &mut shown.source {
            *url = without_credentials(url).into();
        }
        shown.to_string()
    }

    /// The versions it admits. A direct reference admits all, since the file determines the version.
    pub fn versions(&self) -> VersionSet {
        self.specifiers()
            .map_or_else(VersionSet::full, Specifiers::to_set)
    }
}

impl FromStr for Requirement {
    type Err = ParseRequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        requirement(&mut Cursor::new(text))
            .map_err(|fault| SyntaxError::new("requirement", text, fault))
    }
}

fn requirement(cursor: &mut Cursor) -> Result<Requirement, Fault> {
    cursor.skip_blanks();
    let name = identifier(cursor, "expected the name of a package")?;
    cursor.skip_blanks();
    let extras = extras(cursor)?;
    cursor.skip_blanks();
    let (source, expected) = if cursor.eat("@") {
        (
            Source::Url(url(cursor)?.into()),
            "`;`, with a space before it,",
        )
    } else {
        (Source::Specifiers(specifiers(cursor)?), "`,`, `;`")
    };
    cursor.skip_blanks();
    let marker = marker(cursor, expected)?;
    Ok(Requirement {
        name,
        extras,
        source,
        marker,
    })
}

/// Reads `[first,second]` if it comes next: names, sorted, without duplicates.
pub(crate) fn extras(cursor: &mut Cursor) -> Result<Vec<ExtraName>, Fault> {
    let mut extras = Vec::new();
    if !cursor.eat("[") {
        return Ok(extras);
    }
    cursor.skip_blanks();
    if cursor.eat("]") {
        return Ok(extras);
    }
    loop {
        cursor.skip_blanks();
        extras.push(identifier(cursor, "expected the name of an extra")?);
        cursor.skip_blanks();
        if cursor.eat("]") {
            break;
        }
        if !cursor.eat(",") {
            return Err(cursor.fault("expected `,` or `]` after the name of an extra"));
        }
    }
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// Reads the marker after `;` to the end, if there is one; `expected` is what else could come next.
pub(crate) fn marker(cursor: &mut Cursor, expected: &str) -> Result<Option<Marker>, Fault> {
    if cursor.at_end() {
        return Ok(None);
    }
    if !cursor.eat(";") {
        return Err(cursor.fault(format!("expected {expected} or the end")));
    }
    let alternatives = expression(cursor)?;
    if !cursor.at_end() {
        return Err(cursor.fault("expected `and`, `or` or the end of the marker"));
    }
    Ok(Some(Marker::new(alternatives)))
}

fn identifier<T: FromStr>(cursor: &mut Cursor, expected: &str) -> Result<T, Fault> {
    let start = cursor.clone();
    cursor
        .take_while(|character| character.is_alphanumeric() || "-_.".contains(character))
        .parse()
        .map_err(|_| {
            start.fault(format!(
                "{expected}: ASCII letters, digits, `-`, `_`, `.`, with a letter or digit at both ends"
            ))
        })
}

fn url<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, Fault> {
    cursor.skip_blanks();
    let url = cursor.take_while(|character| character != ' ' && character != '\t');
    if url.is_empty() {
        return Err(cursor.fault("expected a URL after `@`"));
    }
    Ok(url)
}

/// Reads `>=1.0,<2` or the same in parentheses, or nothing.
fn specifiers(cursor: &mut Cursor) -> Result<Specifiers, Fault> {
    let open = cursor.clone();
    let in_parentheses = cursor.eat("(");
    cursor.skip_blanks();
    let start = cursor.offset();
    let specifiers = specifier_list(cursor)?;
    let text = cursor.since(start).trim_end();
    cursor.skip_blanks();
    if in_parentheses && !cursor.eat(")") {
        return Err(if cursor.at_end() {
            open.fault("the `(` has no closing `)`")
        } else {
            cursor.fault("expected `,` or `)` after a version specifier")
        });
    }
    Ok(Specifiers::new(text, specifiers))
}

fn specifier_list(cursor: &mut Cursor) -> Result<Vec<Specifier>, Fault> {
    let mut specifiers = Vec::new();
    while !cursor.at_end() && !cursor.rest().starts_with(['@', ';', ')']) {
        let offset = cursor.offset();
        // A comma ends the operand of `===`, which may hold nearly anything else.
        let text = cursor.rest().split(',').next().unwrap_or_default();
        let (specifier, length) = Specifier::scan(text).map_err(|fault| fault.shifted(offset))?;
        cursor.advance(length);
        specifiers.push(specifier);
        cursor.skip_blanks();
        if !cursor.eat(",") {
            break;
        }
        cursor.skip_blanks();
    }
    Ok(specifiers)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        write_extras(&self.extras, f)?;
        let space = match &self.source {
            Source::Specifiers(specifiers) => {
                write!(f, "{specifiers}")?;
                ""
            }
            Source::Url(url) => {
                write!(f, " @ {url}")?;
                " "
            }
        };
        match &self.marker {
            Some(marker) => write!(f, "{space}; {marker}"),
            None => Ok(()),
        }
    }
}

/// Writes `[first,second]`, or nothing.
pub(crate) fn write_extras(extras: &[ExtraName], f: &mut impl fmt::Write) -> fmt::Result {
    for (place, extra) in extras.iter().enumerate() {
        write!(f, "{}{extra}", if place == 0 { '[' } else { ',' })?;
    }
    if extras.is_empty() {
        Ok(())
    } else {
        f.write_char(']')
    }
}
