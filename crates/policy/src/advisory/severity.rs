//! The severity of a vulnerability: by CVSS, else by the word in the database.

use std::fmt;

use cvss::Cvss;

/// A severity.
#[derive(Debug, Clone, PartialEq)]
pub struct Severity {
    /// `low`, `medium`, `high`, `critical` or `none`.
    pub level: String,
    /// The score, 0 to 10, where there is a vector.
    pub score: Option<f64>,
    /// The CVSS vector.
    pub vector: Option<String>,
}

impl Severity {
    /// That of a CVSS vector of any version; `None` where it cannot be read.
    pub fn of_vector(vector: &str) -> Option<Self> {
        let read: Cvss = vector.trim().parse().ok()?;
        Some(Self {
            level: read.severity().as_str().to_ascii_lowercase(),
            score: Some(read.score()),
            vector: Some(vector.trim().to_owned()),
        })
    }

    /// That of a word, as GitHub's advisories have it.
    pub fn of_word(word: &str) -> Option<Self> {
        let level = match &*word.to_ascii_lowercase() {
            "moderate" | "medium" => "medium",
            "low" => "low",
            "high" => "high",
            "critical" => "critical",
            _ => return None,
        };
        Some(Self {
            level: level.to_owned(),
            score: None,
            vector: None,
        })
    }

    /// The name of the method, as CycloneDX writes it.
    pub fn method(&self) -> &'static str {
        match self.vector.as_deref() {
            Some(vector) if vector.starts_with("CVSS:4.0") => "CVSSv4",
            Some(vector) if vector.starts_with("CVSS:3.1") => "CVSSv31",
            Some(vector) if vector.starts_with("CVSS:3.0") => "CVSSv3",
            Some(_) => "CVSSv2",
            None => "other",
        }
    }
}

/// `high 7.5`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.score {
            Some(score) => write!(f, "{} {score:.1}", self.level),
            None => f.write_str(&self.level),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_all_versions_have_a_score() {
        for (vector, shown, method) in [
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                "critical 9.8",
                "CVSSv31",
            ),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                "high 7.5",
                "CVSSv3",
            ),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "high 7.5", "CVSSv2"),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                "critical 9.3",
                "CVSSv4",
            ),
        ] {
            let severity = Severity::of_vector(vector).unwrap();
            assert_eq!(severity.to_string(), shown, "{vector}");
            assert_eq!(severity.method(), method);
        }
        assert_eq!(Severity::of_vector("CVSS:9.9/AV:N"), None);
        assert_eq!(Severity::of_word("MODERATE").unwrap().to_string(), "medium");
    }
}
