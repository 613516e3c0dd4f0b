//! The comment `# built from SDIST sha256:… with NAME==VERSION, …` of a pin whose wheel was built from
//! an sdist.

use std::fmt;

use harden_packaging::Sha256;

use crate::print::is_file_name;

/// What the comment begins with.
const BEGIN: &str = "built from ";

/// What a wheel was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltFrom {
    /// The name of the sdist.
    pub sdist: String,
    /// Its digest, which is one that the original strict file pins.
    pub sha256: Sha256,
    /// What was there to build with, each as `NAME==VERSION`.
    pub with: Vec<String>,
}

impl fmt::Display for BuiltFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEGIN}{} sha256:{}", self.sdist, self.sha256)?;
        if self.with.is_empty() {
            return Ok(());
        }
        write!(f, " with {}", self.with.join(", "))
    }
}

/// Reads the comment; `None` where it is another one.
pub(crate) fn read_built_from(comment: &str) -> Option<BuiltFrom> {
    let rest = comment.strip_prefix(BEGIN)?;
    let (rest, with) = rest.split_once(" with ").unwrap_or((rest, ""));
    let (sdist, digest) = rest.split_once(" sha256:")?;
    let with = with.split(", ").filter(|entry| !entry.is_empty());
    is_file_name(sdist).then_some(BuiltFrom {
        sdist: sdist.to_owned(),
        sha256: digest.parse().ok()?,
        with: with.map(str::to_owned).collect(),
    })
}
