//! Names of projects and extras in normalised form.
//!
//! <https://packaging.python.org/en/latest/specifications/name-normalization/>

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The error of a text that is not a valid name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a valid name: names are ASCII letters, digits, `-`, `_` and `.`, and start and end with a letter or digit"
)]
pub struct ParseNameError {
    text: String,
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The normalised text: lower case, runs of `-`, `_` and `.` as one `-`.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseNameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                normalise(text).map(|name| Self(name.into()))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name_type! {
    /// The normalised name of a project. Cheap to clone.
    PackageName
}

name_type! {
    /// The normalised name of an extra. Cheap to clone.
    ExtraName
}

fn normalise(text: &str) -> Result<Cow<'_, str>, ParseNameError> {
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let valid = ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
    if !valid {
        return Err(ParseNameError {
            text: text.to_owned(),
        });
    }
    // Most names are: there is nothing to change.
    let is_normal = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    if bytes.iter().all(is_normal) && !bytes.windows(2).any(|pair| pair == b"--") {
        return Ok(Cow::Borrowed(text));
    }
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    Ok(Cow::Owned(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (text, name) in [
            ("Zope.Interface", "zope-interface"),
            ("a--._b", "a-b"),
            ("1foo", "1foo"),
            ("a-b", "a-b"),
            ("a--b", "a-b"),
            ("a-_b", "a-b"),
            ("a_b", "a-b"),
            ("fooB", "foob"),
            ("B", "b"),
            ("b", "b"),
        ] {
            assert_eq!(text.parse::<PackageName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_no_name_is_refused() {
        for text in ["", "-foo", "foo-", "_foo", "foo bar", "föö", "foo\n"] {
            assert!(text.parse::<ExtraName>().is_err(), "{text:?}");
        }
    }
}
