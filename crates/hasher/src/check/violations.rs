//! Violations of rules, collected for each environment and reported once for all of them.

use std::collections::BTreeMap;

use super::{InstallEnvironment, Report, Rule};

/// What is wrong, and in which environments each.
#[derive(Debug)]
pub(crate) struct Violations<'a> {
    environments: &'a [InstallEnvironment],
    found: BTreeMap<Violation, Vec<usize>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    /// A loose file; `None` for the strict one.
    file: Option<String>,
    line: usize,
    rule: Rule,
    message: String,
}

impl<'a> Violations<'a> {
    pub(crate) fn new(environments: &'a [InstallEnvironment]) -> Self {
        Self {
            environments,
            found: BTreeMap::new(),
        }
    }

    /// Adds what is wrong on a line of the strict file, in one environment.
    pub(crate) fn add(&mut self, line: usize, rule: Rule, message: String, environment: usize) {
        self.add_to(None, line, rule, message, environment);
    }

    /// Adds what is wrong on a line of a loose file, in one environment.
    pub(crate) fn add_loose(
        &mut self,
        (file, line): (&str, usize),
        rule: Rule,
        message: String,
        environment: usize,
    ) {
        self.add_to(Some(file.to_owned()), line, rule, message, environment);
    }

    fn add_to(
        &mut self,
        file: Option<String>,
        line: usize,
        rule: Rule,
        message: String,
        environment: usize,
    ) {
        let violation = Violation {
            file,
            line,
            rule,
            message,
        };
        let environments = self.found.entry(violation).or_default();
        if environments.last() != Some(&environment) {
            environments.push(environment);
        }
    }

    /// Reports all, naming the environments of what is not wrong in all of them.
    pub(crate) fn finish(self, report: &mut Report, folder: &str) {
        for (violation, found) in self.found {
            let names: Vec<String> = found
                .iter()
                .map(|environment| self.environments[*environment].name(self.environments))
                .collect();
            let message = if found.len() == self.environments.len() {
                violation.message
            } else {
                format!("{}, on {}", violation.message, names.join(" and "))
            };
            match violation.file {
                None => report.add(violation.line, violation.rule, message),
                Some(file) => {
                    report.add_in(
                        format!("{folder}{file}"),
                        violation.line,
                        violation.rule,
                        message,
                    );
                }
            }
        }
    }
}
