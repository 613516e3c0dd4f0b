//! The comments of a pin whose wheel was built from source: the source, and the build requirements.
//!
//! ```text
//! # built docopt-0.6.2-py2.py3-none-any.whl sha256:…
//! #   from docopt-0.6.2.tar.gz sha256:…
//! #   python 3.11
//! #   with setuptools-80.9.0-py3-none-any.whl sha256:…
//! #   repaired with auditwheel-6.8.2-py3-none-any.whl sha256:…
//! ```
//!
//! A build requirement that was itself built has lines of its own below it, indented further. The last
//! lines are there for a wheel of native code into which auditwheel copied shared libraries.

use std::fmt;

use harden_packaging::Sha256;

use crate::comment_text::{is_file_name, one_line};

/// The word that the first line begins with.
const BUILT: &str = "built ";
/// Begins the line of a build requirement.
const WITH: &str = "with ";
/// Begins the line of a wheel that the repair of the built one took.
const REPAIRED: &str = "repaired with ";
/// How much deeper the lines below a wheel are indented.
const STEP: usize = 2;

/// A wheel that was built from source, with everything needed to build it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltFrom {
    /// The file name of the wheel.
    pub wheel: String,
    /// The digest of the wheel.
    pub sha256: Sha256,
    /// The source.
    pub origin: BuildOrigin,
    /// The version of Python that built it, as `3.11`.
    pub python: String,
    /// The wheels that were installed to build it, sorted by file name.
    pub with: Vec<BuildRequirement>,
    /// The wheels of auditwheel and what it requires, sorted by file name; empty if the wheel is as its
    /// backend built it.
    pub repaired_with: Vec<BuildRequirement>,
}

/// The source that a wheel was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildOrigin {
    /// An sdist that the index lists.
    Sdist {
        /// Its file name.
        file: String,
        /// Its digest.
        sha256: Sha256,
    },
    /// A source that has no digest, such as `git+https://…@COMMIT`. It holds no login.
    Source(String),
}

/// A wheel that was installed to build another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRequirement {
    /// Its file name, which contains name and version.
    pub file: String,
    /// Its digest.
    pub sha256: Sha256,
    /// What it was built from itself; `None` for a wheel that the index lists.
    pub built_from: Option<Box<BuiltFrom>>,
}

impl BuiltFrom {
    /// The sdist it was built from, with its digest.
    pub fn sdist(&self) -> Option<(&str, Sha256)> {
        match &self.origin {
            BuildOrigin::Sdist { file, sha256 } => Some((file, *sha256)),
            BuildOrigin::Source(_) => None,
        }
    }

    /// The comment lines, without `#`.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{BUILT}{} sha256:{}", self.wheel, self.sha256)];
        self.details(STEP, &mut lines);
        lines
    }

    fn details(&self, indent: usize, lines: &mut Vec<String>) {
        let margin = " ".repeat(indent);
        lines.push(match &self.origin {
            BuildOrigin::Sdist { file, sha256 } => format!("{margin}from {file} sha256:{sha256}"),
            BuildOrigin::Source(source) => format!("{margin}from {}", one_line(source)),
        });
        lines.push(format!("{margin}python {}", self.python));
        let with = self.with.iter().map(|requirement| (WITH, requirement));
        let repaired = self.repaired_with.iter();
        let repaired = repaired.map(|requirement| (REPAIRED, requirement));
        for (word, requirement) in with.chain(repaired) {
            let BuildRequirement {
                file,
                sha256,
                built_from,
            } = requirement;
            lines.push(format!("{margin}{word}{file} sha256:{sha256}"));
            if let Some(built_from) = built_from {
                built_from.details(indent + STEP, lines);
            }
        }
    }
}

/// The name of the source, for messages.
impl fmt::Display for BuildOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdist { file, .. } => f.write_str(file),
            Self::Source(source) => f.write_str(source),
        }
    }
}

/// Whether a comment is the first line of what a wheel was built from.
pub(crate) fn begins_built_from(comment: &str) -> bool {
    read_file(comment, BUILT).is_some()
}

/// Reads the comment lines, without `#`; `None` where they are of another form.
pub(crate) fn read_built_from(lines: &[String]) -> Option<BuiltFrom> {
    let (first, rest) = lines.split_first()?;
    let (wheel, sha256) = read_file(first, BUILT)?;
    let lines: Vec<Line<'_>> = rest.iter().map(|line| Line::new(line)).collect();
    read_details(wheel, sha256, &lines)
}

/// A line below the first one.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    indent: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn new(line: &'t str) -> Self {
        let text = line.trim_start();
        Self {
            indent: line.len() - text.len(),
            text,
        }
    }
}

fn read_details(wheel: &str, sha256: Sha256, lines: &[Line<'_>]) -> Option<BuiltFrom> {
    let (first, rest) = lines.split_first()?;
    let origin = read_origin(first.text)?;
    let (second, mut rest) = rest.split_first()?;
    let python = second.text.strip_prefix("python ")?.to_owned();
    let (mut with, mut repaired_with) = (Vec::new(), Vec::new());
    while let Some((line, below)) = rest.split_first() {
        let own = below.iter().take_while(|line| line.indent > first.indent);
        let (own, after) = below.split_at(own.count());
        let (requirements, word) = if line.text.starts_with(REPAIRED) {
            (&mut repaired_with, REPAIRED)
        } else {
            (&mut with, WITH)
        };
        let (file, digest) = read_file(line.text, word)?;
        let built_from = match own {
            [] => None,
            own => Some(Box::new(read_details(file, digest, own)?)),
        };
        requirements.push(BuildRequirement {
            file: file.to_owned(),
            sha256: digest,
            built_from,
        });
        rest = after;
    }
    Some(BuiltFrom {
        wheel: wheel.to_owned(),
        sha256,
        origin,
        python,
        with,
        repaired_with,
    })
}

fn read_origin(text: &str) -> Option<BuildOrigin> {
    if let Some((file, sha256)) = read_file(text, "from ") {
        let file = file.to_owned();
        return Some(BuildOrigin::Sdist { file, sha256 });
    }
    let source = text.strip_prefix("from ")?;
    Some(BuildOrigin::Source(source.to_owned()))
}

/// Reads `WORD FILE sha256:DIGEST`.
fn read_file<'t>(text: &'t str, word: &str) -> Option<(&'t str, Sha256)> {
    let (file, digest) = text.strip_prefix(word)?.split_once(" sha256:")?;
    is_file_name(file).then_some((file, digest.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> Sha256 {
        String::from_iter([digit; 64]).parse().unwrap()
    }

    fn built(file: &str, origin: BuildOrigin, with: Vec<BuildRequirement>) -> BuiltFrom {
        BuiltFrom {
            wheel: file.to_owned(),
            sha256: digest('a'),
            origin,
            python: "3.11".to_owned(),
            with,
            repaired_with: Vec::new(),
        }
    }

    #[test]
    fn nested_builds_are_read_back_as_written() {
        let sdist = BuildOrigin::Sdist {
            file: "backend-1.tar.gz".to_owned(),
            sha256: digest('b'),
        };
        let wheel = |file: &str, built_from| BuildRequirement {
            file: file.to_owned(),
            sha256: digest('a'),
            built_from,
        };
        let flit = wheel("flit_core-3-py3-none-any.whl", None);
        let backend = built("backend-1-py3-none-any.whl", sdist, vec![flit.clone()]);
        let backend = wheel("backend-1-py3-none-any.whl", Some(Box::new(backend)));
        let source = BuildOrigin::Source("git+https://git.test/lib@abc".to_owned());
        let mut outer = built("lib-1-py3-none-any.whl", source, vec![backend, flit]);
        outer.repaired_with = vec![wheel("auditwheel-6-py3-none-any.whl", None)];
        let lines = outer.lines();
        insta::assert_snapshot!(lines.join("\n").replace(&digest('a').to_string(), "A").replace(&digest('b').to_string(), "B"), @r"
        built lib-1-py3-none-any.whl sha256:A
          from git+https://git.test/lib@abc
          python 3.11
          with backend-1-py3-none-any.whl sha256:A
            from backend-1.tar.gz sha256:B
            python 3.11
            with flit_core-3-py3-none-any.whl sha256:A
          with flit_core-3-py3-none-any.whl sha256:A
          repaired with auditwheel-6-py3-none-any.whl sha256:A
        ");
        assert_eq!(read_built_from(&lines), Some(outer));
    }

    #[test]
    fn comments_of_another_form_are_not_read() {
        for other in ["built from", "built from a b sha256:x", "built by hand"] {
            assert!(!begins_built_from(other), "{other}");
        }
        assert_eq!(read_built_from(&["built a sha256:x".to_owned()]), None);
    }
}
