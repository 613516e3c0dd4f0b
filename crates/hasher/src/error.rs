//! Errors of a text that should be a strict file, each with its line.

use std::collections::HashMap;
use std::fmt;
use std::mem::{Discriminant, discriminant};

use harden_packaging::PackageName;

/// The faults for which a text is not a strict file, in the order of its lines.
///
/// Its text has one line for each problem, `strict.txt:12: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct StrictError {
    /// The file, as the user named it.
    pub file: String,
    /// Never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for StrictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: HashMap<Discriminant<ProblemKind>, usize> = HashMap::new();
        let mut more = 0;
        for (place, problem) in self.problems.iter().enumerate() {
            let seen = kinds.entry(discriminant(&problem.kind)).or_default();
            *seen += 1;
            if *seen > SHOWN {
                more += 1;
                continue;
            }
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:{}: {}", self.file, problem.line, problem.kind)?;
        }
        match more {
            0 => Ok(()),
            1 => write!(f, "\nand 1 more line like these"),
            more => write!(f, "\nand {more} more lines like these"),
        }
    }
}

/// How many problems of one kind are written out.
const SHOWN: usize = 10;

/// One fault and the line it is on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What makes a line unfit for a strict file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The text is too long.
    #[error("the file has more than {} MiB, the limit for a strict file", .0 >> 20)]
    TooLarge(usize),
    /// A requirement without a SHA-256.
    #[error("`{0}` has no sha256 hash: every pin needs one")]
    NoHash(PackageName),
    /// A requirement that admits more than one version, or none.
    #[error("`{name}{specifier}` is not pinned: a strict file has only `{name}==VERSION`")]
    NotPinned {
        /// The package.
        name: PackageName,
        /// What stands after its name.
        specifier: String,
    },
    /// `-e` or a repository.
    #[error("`{0}` is {1}: a strict file has only versions, and files that can be hashed")]
    NotARelease(String, &'static str),
    /// A direct reference or a path that leads to no file that can be pinned; says why.
    #[error("`{0}` cannot be pinned: {1}")]
    BadReference(String, String),
    /// A hash that is weaker than SHA-256, or malformed.
    #[error(
        "`{0}` is not a hash that a strict file can contain: expected `--hash=sha256:` and 64 hexadecimal digits"
    )]
    BadHash(String),
    /// A marker that cannot be read; says which and why.
    #[error("{0}")]
    BadMarker(String),
    /// `-r` or `-c`.
    #[error("`{0}` includes another file: a strict file includes none")]
    Include(String),
    /// An option that is none of requirements files, or whose value cannot be taken as it stands.
    #[error("`{0}` is not an option of requirements files, or its value is missing or quoted")]
    BadOption(String),
    /// An option of a single requirement other than `--hash`.
    #[error("`{0}` cannot follow a pin: only `--hash` can")]
    BadPinOption(String),
    /// A mark that an unfinished merge left.
    #[error("`{0}` is a merge conflict marker: resolve the conflict, or write the file again")]
    MergeConflict(String),
    /// A character that ends a line for pip, changes the direction of text, or that no text file holds.
    #[error(
        "the line holds the control character U+{0:04X}: installers may read a different line from the one that people see"
    )]
    ControlCharacter(u32),
    /// A comment in the first two lines that pip takes for the encoding of the file (PEP 263).
    #[error(
        "pip reads the file in the encoding `{0}` that the comment names: a strict file is UTF-8"
    )]
    Encoding(String),
    /// The file ends in `\`.
    #[error("the file ends inside a requirement: it is truncated")]
    CutOff,
    /// Nothing of the above.
    #[error("`{0}` is not a pin: expected `NAME==VERSION --hash=sha256:…`")]
    NoPin(String),
    /// A `# harden:` line that cannot be read.
    #[error("the `# harden:` line {0}")]
    BadHeader(String),
}

/// Something that a strict file may contain, but that a check should report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A SHA-384 or SHA-512, which is ignored; the pin has a SHA-256 as well.
    OtherHash {
        /// The line its pin begins on.
        line: usize,
        /// The hash as written, `sha512:…`.
        hash: String,
    },
    /// A name that is not in normalised form.
    SpelledName {
        /// The line its pin begins on.
        line: usize,
        /// The name as written.
        name: String,
    },
}
