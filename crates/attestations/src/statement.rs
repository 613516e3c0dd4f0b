//! The statement that an attestation signs: which file, and what is said of it.
//!
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>

use std::collections::BTreeMap;
use std::fmt;

use harden_packaging::{DistFilename, Sha256};
use serde::Deserialize;

use crate::InvalidAttestation;
use crate::error::short;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PUBLISH: &str = "https://docs.pypi.org/attestations/publish/v1";
const SLSA: &str = "https://slsa.dev/provenance/v1";

/// What an attestation says of a file. Displayed as a noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Predicate {
    /// The publisher uploaded it.
    Publish,
    /// How it was built (SLSA provenance, version 1).
    SlsaProvenance,
}

impl Predicate {
    /// The URI that names it in statements.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Publish => PUBLISH,
            Self::SlsaProvenance => SLSA,
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publish => "publication",
            Self::SlsaProvenance => "build provenance",
        })
    }
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

#[derive(Deserialize)]
struct Subject {
    name: String,
    digest: BTreeMap<String, String>,
}

/// What `statement` says of the file of this name and digest.
///
/// # Errors
///
/// If it is malformed, about another file or about several, or says something unknown.
pub(crate) fn read(
    statement: &[u8],
    (filename, sha256): (&str, &Sha256),
) -> Result<Predicate, InvalidAttestation> {
    let statement: Statement = serde_json::from_slice(statement)
        .map_err(|error| InvalidAttestation::Statement(short(&error)))?;
    if statement.kind != STATEMENT {
        let why = format!("its type is {}, not {STATEMENT}", short(&statement.kind));
        return Err(InvalidAttestation::Statement(why));
    }
    let [subject] = &*statement.subject else {
        let why = format!("it has {} subjects, not one", statement.subject.len());
        return Err(InvalidAttestation::Statement(why));
    };
    if !is_same_file(&subject.name, filename) {
        return Err(InvalidAttestation::OtherFile {
            found: short(&subject.name),
            expected: short(filename),
        });
    }
    let digest = subject.digest.get("sha256");
    let Some(digest) = digest else {
        let why = "its subject has no SHA-256".to_owned();
        return Err(InvalidAttestation::Statement(why));
    };
    if digest.parse().ok() != Some(*sha256) {
        return Err(InvalidAttestation::OtherDigest(short(digest)));
    }
    match &*statement.predicate_type {
        PUBLISH => Ok(Predicate::Publish),
        SLSA => Ok(Predicate::SlsaProvenance),
        other => Err(InvalidAttestation::UnknownPredicate(short(other))),
    }
}

/// Whether two names are spellings of one: some tools sign a name before they normalise it.
fn is_same_file(one: &str, other: &str) -> bool {
    let parsed = |text: &str| text.parse::<DistFilename>().ok();
    let is_one = || {
        let (Some(one), Some(other)) = (parsed(one), parsed(other)) else {
            return false;
        };
        (one.name(), one.version(), one.kind()) == (other.name(), other.version(), other.kind())
    };
    one == other || is_one()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    const FILE: &str = "a_b-1.0-py3-none-any.whl";

    fn statement(name: &str, digest: &str, predicate: &str) -> String {
        format!(
            r#"{{"_type": "{STATEMENT}", "predicateType": "{predicate}", "predicate": null,
            "subject": [{{"name": "{name}", "digest": {{"sha256": "{digest}"}}}}]}}"#
        )
    }

    fn judged(text: &str) -> Result<Predicate, String> {
        let digest = "1".repeat(64).parse().unwrap();
        read(text.as_bytes(), (FILE, &digest)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_statement_is_about_the_very_file() {
        let digest = "1".repeat(64);
        assert_eq!(
            judged(&statement(FILE, &digest, PUBLISH)),
            Ok(Predicate::Publish)
        );
        assert_eq!(
            judged(&statement("A.B-1-py3-none-any.whl", &digest, SLSA)),
            Ok(Predicate::SlsaProvenance)
        );
        let refused = |text: &str| judged(text).unwrap_err();
        for other in [
            "a_b-1.1-py3-none-any.whl",
            "a_b-1.0-py2-none-any.whl",
            "a_b-1.0.tar.gz",
            "",
        ] {
            let why = refused(&statement(other, &digest, PUBLISH));
            assert!(
                why.contains(&format!("it is for {other}, not for {FILE}")),
                "{why}"
            );
        }
        assert_snapshot!(refused(&statement(FILE, &"2".repeat(63), PUBLISH)), @"it is for a file with another SHA-256, 222222222222222222222222222222222222222222222222222222222222222");
        assert_snapshot!(refused(&statement(FILE, &digest, "x")), @"its predicate type is unknown: x");
    }

    #[test]
    fn a_statement_of_another_form_is_refused() {
        let refused = |text: &str| judged(text).unwrap_err();
        assert_snapshot!(refused("{"), @"its statement is malformed: EOF while parsing an object at line 1 column 1");
        assert_snapshot!(refused(r#"{"_type": "x", "subject": [], "predicateType": "y"}"#), @"its statement is malformed: its type is x, not https://in-toto.io/Statement/v1");
        let none = statement(FILE, "", PUBLISH).replace(r#"[{"name""#, r#"[], "other": [{"name""#);
        assert_snapshot!(refused(&none), @"its statement is malformed: it has 0 subjects, not one");
        let md5 = statement(FILE, "", PUBLISH).replace("sha256", "md5");
        assert_snapshot!(refused(&md5), @"its statement is malformed: its subject has no SHA-256");
    }
}
