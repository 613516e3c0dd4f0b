//! The check of a strict file against its expectations, rule by rule.

use super::{
    Expectations, Finding, InstallEnvironment, Installed, Read, Rule, Violations,
    loose_requirements, via_edges,
};
use crate::inputs_digest;

impl Read {
    /// Checks that the file is the answer to `expectations`; gives all that is wrong, by file and line.
    pub fn check(mut self, expectations: &Expectations<'_>) -> Vec<Finding> {
        let Some(strict) = self.strict.take() else {
            return self.into_findings();
        };
        let header = strict.header();
        let is_fresh =
            header.is_some_and(|header| header.inputs() == inputs_digest(expectations.input_lines));
        if let Some(header) = header.filter(|_| !is_fresh) {
            self.report.add(
                self.header_line,
                Rule::Stale,
                format!(
                    "{}, or a file read with it, has changed since the file was written",
                    named(header.loose())
                ),
            );
        }
        let environments = InstallEnvironment::all(&strict, expectations);
        let mut violations = Violations::new(&environments);
        let installed = Installed::new(&strict, &environments, &mut violations);
        let check = loose_requirements::Check {
            expectations,
            installed: &installed,
            // An extra that the release does not have is not recorded; where all is as it was
            // resolved, that is why it is missing.
            looks_at_extras: header.is_some() && !(is_fresh && self.is_intact),
        };
        check.answers(&mut violations);
        if header.is_some() {
            via_edges::check_edges(&strict, expectations, &installed, &mut violations);
        }
        violations.finish(&mut self.report, expectations.folder);
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
