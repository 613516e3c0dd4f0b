//! The simplest marker that tells some environments from others.
//!
//! Markers here are ors of ands of comparisons. What a marker can say is a list of comparisons, the
//! nicest first; each is true in some of the environments. One or a few of them that are together
//! true in all of *these* and in none of the *others* are looked for, few before many.
//!
//! Two consumers bind the choice. pex, with a target that names no patch level, fails on any
//! `python_full_version`, so it is used only where nothing else will do. And pex takes
//! `platform_machine` on Windows to be something else than Windows says, so each environment of
//! Windows counts twice, once as pex sees it, and a marker has to be right in both.

mod comparison;
mod table;

use crate::platform::windows_machine_in_pex;
use crate::{Environment, MarkerVariable};
use table::Table;

/// Two environments that no marker tells apart: they differ in the C library, in the ABI, or not at all.
///
/// The caller knows what they stand for; cure: one strict file for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no marker is true with {these} and false with {others}")]
pub struct TellApartError {
    this: usize,
    other: usize,
    these: String,
    others: String,
}

impl TellApartError {
    /// The one of `these` and the one of `others` that cannot be told apart, by their indices.
    pub fn pair(&self) -> (usize, usize) {
        (self.this, self.other)
    }
}

impl Environment {
    /// The simplest marker that is true in all of `these` and false in all of `others`;
    /// `Ok(None)` where `others` is empty.
    ///
    /// The answer depends on the sets alone, not on the order within them.
    ///
    /// # Errors
    ///
    /// Some pair cannot be told apart by any variable that all installers agree on:
    /// `platform_release`, `platform_version` and `implementation_version` are left out.
    pub fn tell_apart(
        these: &[&Environment],
        others: &[&Environment],
    ) -> Result<Option<String>, TellApartError> {
        if others.is_empty() {
            return Ok(None);
        }
        let (these_rows, other_rows) = (rows(these), rows(others));
        let table = Table::new(&these_rows, &other_rows);
        if let Some((this, other)) = table.inseparable() {
            let ((this, seen), (other, other_seen)) = (&these_rows[this], &other_rows[other]);
            return Err(TellApartError {
                this: *this,
                other: *other,
                these: describe(seen),
                others: describe(other_seen),
            });
        }
        Ok(Some(table.simplest()))
    }
}

/// An environment, and its index among those that were given.
type Row = (usize, Environment);

/// The environments with their indices, those of Windows once more as pex sees them.
fn rows(environments: &[&Environment]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, &environment) in environments.iter().enumerate() {
        rows.push((index, environment.clone()));
        let windows = environment.get(MarkerVariable::SysPlatform) == Some("win32");
        let machine = environment
            .get(MarkerVariable::PlatformMachine)
            .filter(|_| windows);
        if let Some(in_pex) = machine.and_then(windows_machine_in_pex) {
            rows.push((index, environment.with_machine(in_pex)));
        }
    }
    rows
}

fn describe(environment: &Environment) -> String {
    let known = [MarkerVariable::SysPlatform, MarkerVariable::PlatformMachine];
    let known = known
        .into_iter()
        .filter_map(|variable| environment.get(variable));
    let mut words: Vec<&str> = known.collect();
    let python = environment.python_full_version().to_string();
    let implementation = environment.get(MarkerVariable::PlatformPythonImplementation);
    let python = format!("{} {python}", implementation.unwrap_or("Python"));
    words.push(&python);
    format!("({})", words.join(", "))
}
