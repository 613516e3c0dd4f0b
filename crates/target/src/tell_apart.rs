//! The simplest marker that distinguishes some environments from others.
//!
//! Such a marker is an `or` of `and`s of comparisons. The candidates are a list of comparisons, the most
//! readable first; each is true in some of the environments. The search looks for the smallest
//! combination that is true in all of *these* environments and in none of the *others*.
//!
//! Two properties of pex limit the choice. With a target without a patch level, pex fails on any
//! `python_full_version`, so that variable is the last resort. And pex has its own value of
//! `platform_machine` on Windows, so each Windows environment counts twice, once with pex's value, and
//! a marker must be right for both.

mod comparison;
mod table;

use crate::platform::windows_machine_in_pex;
use crate::{Environment, MarkerVariable};
use table::Table;

/// Two environments that no marker distinguishes: they differ in the C library, in the ABI, or not at all.
///
/// The caller knows which targets they stand for. The remedy is a strict file for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no marker is true with {these} and false with {others}")]
pub struct TellApartError {
    this: usize,
    other: usize,
    these: String,
    others: String,
}

impl TellApartError {
    /// The indices of the environment in `these` and of the one in `others`.
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
    /// Some pair does not differ in any variable that all installers agree on. This excludes
    /// `platform_release`, `platform_version` and `implementation_version`.
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

/// An environment, and its index in the argument.
type Row = (usize, Environment);

/// The environments with their indices; those of Windows a second time with pex's values.
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
