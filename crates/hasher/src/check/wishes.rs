//! What a strict file has to answer, and the check whether it does.

use harden_packaging::PackageName;
use harden_requirements::Inputs;
use harden_target::{MarkerVariable, Target};

use super::{Finding, Installed, Place, Read, Rule, Tally, answers, edges};
use crate::inputs_digest;

/// What is required of a strict file, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// The loose files, as they are now.
    pub inputs: &'a Inputs,
    /// What takes the place of requirements.
    pub overrides: &'a Inputs,
    /// What no requirement brings in.
    pub excluded: &'a [PackageName],
    /// Values for what targets leave open.
    pub markers: &'a [(MarkerVariable, String)],
    /// Whether what distributions require is followed (`--no-deps`: it is not).
    pub follows_dependencies: bool,
    /// The canonical lines of inputs and overrides, that the digest is taken of.
    pub input_lines: &'a [String],
    /// What the file is for; none where nobody knows, and then markers cannot be decided.
    pub targets: &'a [Target],
    /// The folder that names of files are relative to, as `web/`, to tell people where they are;
    /// empty for the working folder.
    pub folder: &'a str,
}

impl Read {
    /// Checks that the file is the answer to `wishes`; gives all that is wrong, by file and line.
    pub fn check(mut self, wishes: &Wishes<'_>) -> Vec<Finding> {
        let Some(strict) = self.strict.take() else {
            return self.into_findings();
        };
        let header = strict.header();
        let is_fresh =
            header.is_some_and(|header| header.inputs() == inputs_digest(wishes.input_lines));
        if let Some(header) = header.filter(|_| !is_fresh) {
            self.report.add(
                self.header_line,
                Rule::Stale,
                format!(
                    "{}, or a file read with it, says something else now than when the file was made",
                    named(header.loose())
                ),
            );
        }
        let places = Place::all(&strict, wishes);
        let mut tally = Tally::new(&places);
        let installed = Installed::new(&strict, &places, &mut tally);
        let check = answers::Check {
            wishes,
            installed: &installed,
            // An extra that the release does not have is not recorded; where all is as it was
            // resolved, that is why it is missing.
            looks_at_extras: header.is_some() && !(is_fresh && self.is_intact),
        };
        check.answers(&mut tally);
        if header.is_some() {
            edges::check_edges(&strict, wishes, &installed, &mut tally);
        }
        tally.finish(&mut self.report, wishes.folder);
        self.into_findings()
    }
}

fn named(files: &[String]) -> String {
    match files {
        [] => "what the file was made from".to_owned(),
        [file] => file.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
