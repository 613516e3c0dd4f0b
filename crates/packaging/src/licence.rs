//! The licence that core metadata states, as an SPDX expression.
//!
//! <https://packaging.python.org/en/latest/specifications/license-expression/>,
//! <https://packaging.python.org/en/latest/specifications/core-metadata/#license>

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use spdx::{Expression, Licensee, ParseMode};

use crate::classifier_licences::licence_of_classifier;
use crate::licence_spelling::meant;
use crate::printable;

/// Longer than this, in bytes, `License` has the text of a licence, not its name.
const LONGEST_NAME: usize = 100;

/// More classifiers of licences than this are not read.
const MOST_CLASSIFIERS: usize = 50;

/// What stands before the name of a licence in a classifier.
const CLASSIFIER: &str = "License :: ";

/// SPDX as its specification has it, and the identifiers that it deprecates.
const MODE: ParseMode = ParseMode {
    allow_deprecated: true,
    ..ParseMode::STRICT
};

/// What core metadata says of a licence, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LicenceFields {
    /// `License-Expression` (PEP 639).
    pub expression: Option<Arc<str>>,
    /// `License`, of older metadata: free text, if it is short enough for a name.
    pub name: Option<Arc<str>>,
    /// The classifiers of licences, without `License :: `.
    pub classifiers: Vec<Arc<str>>,
}

impl LicenceFields {
    /// Takes over a field of core metadata, by its name in lower case, if it is one of these. An empty
    /// value and `UNKNOWN` say nothing.
    pub fn read(&mut self, field: &str, value: &str) {
        if value.is_empty() || value == "UNKNOWN" {
            return;
        }
        match field {
            "license-expression" => {
                // The field occurs once; two expressions together are none, so that the licence is unknown.
                let expression = match self.expression.take() {
                    Some(other) if *other != *value => format!("{other}; {value}").into(),
                    _ => value.into(),
                };
                self.expression = Some(expression);
            }
            "license" if value.len() <= LONGEST_NAME && !value.contains('\n') => {
                self.name.get_or_insert_with(|| value.into());
            }
            "classifier" if self.classifiers.len() < MOST_CLASSIFIERS => {
                let licence = value.strip_prefix(CLASSIFIER);
                self.classifiers.extend(licence.map(Into::into));
            }
            _ => {}
        }
    }

    /// The names of the licences in words, for metadata without an expression.
    pub fn names(&self) -> Vec<&str> {
        if let Some(name) = &self.name {
            return vec![name];
        }
        let names = self.classifiers.iter();
        let names = names.filter_map(|classifier| classifier.rsplit(" :: ").next());
        names.collect()
    }

    /// The licence as an SPDX expression: the stated expression, else the classifiers if each of them
    /// means one licence, else the name if it is an expression.
    ///
    /// # Errors
    ///
    /// Says why the licence cannot be told, as the end of a sentence.
    pub fn licence(&self) -> Result<Licence, String> {
        if let Some(expression) = &self.expression {
            let read = expression.parse();
            return read.map_err(|_| {
                let shown = printable(expression);
                format!("its License-Expression `{shown}` is not one of SPDX")
            });
        }
        let named = self.name.as_ref().and_then(|name| name.parse().ok());
        self.classified()
            .or(named)
            .ok_or_else(|| self.why_unknown())
    }

    /// The licences of the classifiers: all of them have to be complied with, as no classifier says more.
    fn classified(&self) -> Option<Licence> {
        // It says that the licence is approved, and not which one it is.
        let telling = self.classifiers.iter();
        let telling = telling.filter(|classifier| &***classifier != "OSI Approved");
        let ids = telling.map(|classifier| licence_of_classifier(classifier));
        let mut ids: Vec<&str> = ids.collect::<Option<_>>()?;
        ids.sort_unstable();
        ids.dedup();
        ids.join(" AND ").parse().ok()
    }

    fn why_unknown(&self) -> String {
        let mut said = Vec::new();
        said.extend(self.name.iter().map(|name| format!("License `{name}`")));
        let classifiers = self.classifiers.iter();
        said.extend(classifiers.map(|classifier| format!("classifier `{CLASSIFIER}{classifier}`")));
        match &*said {
            [] => "its metadata states none".to_owned(),
            said => format!(
                "its metadata has no License-Expression, and no SPDX licence follows from {}",
                printable(&said.join(" and "))
            ),
        }
    }
}

/// An SPDX expression. Displayed as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Licence {
    expression: Expression,
    /// The licence, if it is a single one.
    only: Option<Licensee>,
}

impl Licence {
    /// Whether a list admits it: each licence that has to be complied with is on the list, or the whole
    /// expression is.
    pub fn is_among(&self, list: &[Self]) -> bool {
        let is_on = |wanted: &spdx::LicenseReq| {
            let mut singles = list.iter().filter_map(|listed| listed.only.as_ref());
            singles.any(|licensee| licensee.satisfies(wanted))
        };
        list.iter()
            .any(|listed| listed.expression == self.expression)
            || self.expression.evaluate(is_on)
    }

    /// The licences of several files together: all have to be complied with.
    pub fn all(licences: &[Self]) -> Option<Self> {
        let mut texts: Vec<String> = licences.iter().map(ToString::to_string).collect();
        texts.sort_unstable();
        texts.dedup();
        match &*texts {
            [] => None,
            [only] => only.parse().ok(),
            several => {
                let parts = several.iter().map(|text| format!("({text})"));
                parts.collect::<Vec<_>>().join(" AND ").parse().ok()
            }
        }
    }
}

impl Eq for Licence {}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expression.as_ref())
    }
}

/// The error for a text that is not an SPDX expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an SPDX licence expression: {reason}{}", meant(text))]
pub struct ParseLicenceError {
    text: String,
    reason: String,
}

impl FromStr for Licence {
    type Err = ParseLicenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |reason: String| ParseLicenceError {
            text: printable(text).chars().take(LONGEST_NAME).collect(),
            reason,
        };
        // One line of plain text, as it stands in strict files.
        if text.len() > 10 * LONGEST_NAME || !text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        {
            return Err(refused(
                "it is too long, or has other characters".to_owned(),
            ));
        }
        let text = text.trim();
        let expression = Expression::parse_mode(text, MODE);
        let expression = expression.map_err(|error| refused(error.reason.to_string()))?;
        Ok(Self {
            only: Licensee::parse_mode(text, MODE).ok(),
            expression,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(fields: &[(&str, &str)]) -> Result<String, String> {
        let mut read = LicenceFields::default();
        for (field, value) in fields {
            read.read(field, value);
        }
        read.licence().map(|licence| licence.to_string())
    }

    #[test]
    fn two_expressions_are_no_licence() {
        let twice = [
            ("license-expression", "MIT"),
            ("license-expression", "GPL-3.0-only"),
        ];
        assert!(licence(&twice).is_err());
        assert_eq!(licence(&[twice[0], twice[0]]), Ok("MIT".to_owned()));
    }

    #[test]
    fn the_expression_counts_before_classifiers_and_these_before_the_name() {
        let mit = ("classifier", "License :: OSI Approved :: MIT License");
        let bsd = ("classifier", "License :: OSI Approved :: BSD License");
        let approved = ("classifier", "License :: OSI Approved");
        for (fields, expected) in [
            (
                vec![("license-expression", "Apache-2.0 OR MIT"), mit],
                "Apache-2.0 OR MIT",
            ),
            (vec![("license", "0BSD"), mit, approved], "MIT"),
            (vec![("license", "BSD-3-Clause"), bsd], "BSD-3-Clause"),
            (vec![("license", "UNKNOWN"), mit], "MIT"),
            (
                vec![
                    mit,
                    (
                        "classifier",
                        "License :: OSI Approved :: ISC License (ISCL)",
                    ),
                ],
                "ISC AND MIT",
            ),
            (vec![("license", "GPL-2.0")], "GPL-2.0"),
        ] {
            assert_eq!(licence(&fields).as_deref(), Ok(expected), "{fields:?}");
        }
    }

    #[test]
    fn what_is_not_spdx_is_unknown_and_says_what_there_is() {
        for (fields, why) in [
            (vec![], "its metadata states none"),
            (vec![("license", "")], "its metadata states none"),
            (
                vec![("license-expression", "my own"), ("license", "MIT")],
                "its License-Expression `my own` is not one of SPDX",
            ),
            (
                vec![
                    ("classifier", "License :: OSI Approved :: BSD License"),
                    ("license", "BSD"),
                ],
                "its metadata has no License-Expression, and no SPDX licence follows from License `BSD` and classifier `License :: OSI Approved :: BSD License`",
            ),
        ] {
            assert_eq!(licence(&fields), Err(why.to_owned()), "{fields:?}");
        }
    }

    #[test]
    fn a_list_admits_the_licences_on_it_and_whole_expressions() {
        let among = |licence: &str, list: &[&str]| {
            let list: Vec<Licence> = list.iter().map(|text| text.parse().unwrap()).collect();
            licence.parse::<Licence>().unwrap().is_among(&list)
        };
        assert!(among("MIT", &["MIT"]));
        assert!(among("GPL-3.0-only OR MIT", &["MIT"]));
        assert!(among("Apache-2.0+", &["Apache-2.0"]));
        assert!(among("LGPL-3.0-only AND MIT", &["LGPL-3.0-only AND MIT"]));
        assert!(among("LicenseRef-Own", &["LicenseRef-Own"]));
        assert!(!among("LGPL-3.0-only AND MIT", &["MIT"]));
        assert!(!among("LGPL-3.0-only", &["LGPL-3.0-only AND MIT"]));
        assert!(!among("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
        assert!(!among("MIT", &[]));
    }

    #[test]
    fn the_licences_of_several_files_all_count() {
        let all = |texts: &[&str]| {
            let licences = texts.iter().map(|text| text.parse().unwrap());
            Licence::all(&licences.collect::<Vec<_>>()).map(|licence| licence.to_string())
        };
        assert_eq!(all(&[]), None);
        assert_eq!(all(&["MIT", "MIT"]).as_deref(), Some("MIT"));
        assert_eq!(
            all(&["MIT OR ISC", "0BSD"]).as_deref(),
            Some("(0BSD) AND (MIT OR ISC)")
        );
    }

    #[test]
    fn no_text_is_taken_for_an_expression_by_mistake() {
        for text in [
            "", " ", "MIT;", "MIT\nMIT", "mit", "BSD", "MIT OR", "(MIT", "unknown",
        ] {
            assert!(text.parse::<Licence>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = text.parse::<Licence>();
        }
    }
}
