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

use std::cmp::Reverse;
use std::fmt;

use crate::platform::windows_machine_in_pex;
use crate::{Environment, MarkerVariable, PythonFullVersion};

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
        if let Some((this, other)) = table.inseparable(table.comparisons.len()) {
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

/// The environments with their indices, those of Windows once more as pex sees them.
fn rows(environments: &[&Environment]) -> Vec<(usize, Environment)> {
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

/// A comparison of a variable with a text. Sorts by niceness: the nicest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Comparison {
    unwelcome: u8,
    preference: u8,
    operator: Operator,
    /// What `value` is as a version, where the comparison is one of versions.
    version: [u64; 3],
    value: String,
    variable: MarkerVariable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    Less,
    GreaterOrEqual,
    Equal,
    Unequal,
}

/// The variables to compare, the most telling first.
const VARIABLES: [MarkerVariable; 8] = [
    MarkerVariable::SysPlatform,
    MarkerVariable::PlatformMachine,
    MarkerVariable::PythonVersion,
    MarkerVariable::ImplementationName,
    MarkerVariable::PlatformPythonImplementation,
    MarkerVariable::OsName,
    MarkerVariable::PlatformSystem,
    MarkerVariable::PythonFullVersion,
];

impl Comparison {
    /// Every comparison worth trying with this environment, if any.
    fn of(environment: &Environment) -> Vec<Self> {
        let mut all = Vec::new();
        for (preference, variable) in (0..).zip(VARIABLES) {
            let mut add = |operator: Operator, version: [u64; 3], value: String| {
                let full = variable == MarkerVariable::PythonFullVersion;
                let unwelcome = if full {
                    2
                } else {
                    u8::from(operator == Operator::Unequal)
                };
                all.push(Self {
                    unwelcome,
                    preference,
                    operator,
                    version,
                    value,
                    variable,
                });
            };
            match variable {
                MarkerVariable::PythonVersion => {
                    let (major, minor) = environment.python_full_version().major_minor();
                    for operator in Operator::ALL {
                        add(operator, [major, minor, 0], format!("{major}.{minor}"));
                    }
                }
                MarkerVariable::PythonFullVersion => {
                    let (first, last) = patch_range(environment);
                    for [major, minor, patch] in [first, next_patch(last)] {
                        for operator in [Operator::Less, Operator::GreaterOrEqual] {
                            let value = format!("{major}.{minor}.{patch}");
                            add(operator, [major, minor, patch], value);
                        }
                    }
                }
                // A value that cannot be quoted cannot be compared with.
                _ => match environment.get(variable) {
                    Some(value) if !value.contains(['\'', '"', '\\']) => {
                        add(Operator::Equal, [0; 3], value.into());
                        add(Operator::Unequal, [0; 3], value.into());
                    }
                    _ => {}
                },
            }
        }
        all
    }

    /// Whether it holds; `None` where the environment does not tell.
    fn holds(&self, environment: &Environment) -> Option<bool> {
        match self.variable {
            MarkerVariable::PythonVersion => {
                let (major, minor) = environment.python_full_version().major_minor();
                Some(self.operator.compare(&[major, minor, 0], &self.version))
            }
            MarkerVariable::PythonFullVersion => {
                let (first, last) = patch_range(environment);
                if first == self.version && is_prerelease(environment) {
                    // By PEP 440 it is neither below its release, nor at it, nor above.
                    return None;
                }
                let of_first = self.operator.compare(&first, &self.version);
                (self.operator.compare(&last, &self.version) == of_first).then_some(of_first)
            }
            variable => Some(
                self.operator
                    .compare(environment.get(variable)?, &self.value),
            ),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Less => "<",
            Operator::GreaterOrEqual => ">=",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
        };
        write!(f, "{} {operator} '{}'", self.variable, self.value)
    }
}

impl Operator {
    const ALL: [Self; 4] = [Self::Less, Self::GreaterOrEqual, Self::Equal, Self::Unequal];

    fn compare<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
            Self::Unequal => left != right,
        }
    }
}

/// The first and the last version that the Python may have; a last one still to come is the highest.
fn patch_range(environment: &Environment) -> ([u64; 3], [u64; 3]) {
    let python = environment.python_full_version();
    let (major, minor) = python.major_minor();
    let (first, last) = match python {
        PythonFullVersion::Exact(version) => {
            let patch = version.release().get(2).copied().unwrap_or(0);
            (patch, patch)
        }
        PythonFullVersion::Patches {
            first_patch,
            last_patch,
            ..
        } => (*first_patch, last_patch.unwrap_or(u64::MAX)),
    };
    ([major, minor, first], [major, minor, last])
}

fn next_patch([major, minor, patch]: [u64; 3]) -> [u64; 3] {
    patch
        .checked_add(1)
        .map_or([major, minor + 1, 0], |patch| [major, minor, patch])
}

fn is_prerelease(environment: &Environment) -> bool {
    let python = environment.python_full_version();
    matches!(python, PythonFullVersion::Exact(version) if version.any_prerelease())
}

/// What each comparison says of each environment.
struct Table {
    comparisons: Vec<Comparison>,
    /// For each comparison, in which of these it is true.
    covered: Vec<Set>,
    /// For each comparison, in which of the others it is false.
    excluded: Vec<Set>,
}

/// A set of rows; `true` for a row that is in it.
type Set = Vec<bool>;

/// Comparisons that are anded, by their indices.
type Term = Vec<usize>;

impl Table {
    /// Leaves `python_full_version` out if the rest is enough.
    fn new(these: &[(usize, Environment)], others: &[(usize, Environment)]) -> Self {
        let both = these.iter().chain(others);
        let mut comparisons: Vec<_> = both.flat_map(|(_, row)| Comparison::of(row)).collect();
        comparisons.sort();
        comparisons.dedup();
        let where_it_is = |rows: &[(usize, Environment)], comparison: &Comparison, value: bool| {
            rows.iter()
                .map(|(_, row)| comparison.holds(row) == Some(value))
                .collect()
        };
        let column = |rows, value| -> Vec<Set> {
            comparisons
                .iter()
                .map(|comparison| where_it_is(rows, comparison, value))
                .collect()
        };
        let (covered, excluded) = (column(these, true), column(others, false));
        let mut table = Self {
            comparisons,
            covered,
            excluded,
        };
        let full =
            |comparison: &Comparison| comparison.variable == MarkerVariable::PythonFullVersion;
        let welcome = table
            .comparisons
            .iter()
            .position(full)
            .unwrap_or(table.comparisons.len());
        if table.inseparable(welcome).is_none() {
            table.comparisons.truncate(welcome);
            table.covered.truncate(welcome);
            table.excluded.truncate(welcome);
        }
        table
    }

    /// A row of these and one of the others that none of the first `count` comparisons tells apart.
    fn inseparable(&self, count: usize) -> Option<(usize, usize)> {
        let (these, others) = (self.covered.first()?.len(), self.excluded.first()?.len());
        let mut pairs = (0..these).flat_map(|this| (0..others).map(move |other| (this, other)));
        pairs.find(|&(this, other)| {
            !(0..count).any(|index| self.covered[index][this] && self.excluded[index][other])
        })
    }

    fn simplest(&self) -> String {
        let all = self.comparisons.len();
        let nice = self
            .comparisons
            .partition_point(|comparison| comparison.unwelcome == 0);
        let few = (1..=3).find_map(|count| {
            [nice, all].into_iter().find_map(|usable| {
                self.anded(count, usable)
                    .or_else(|| self.ored(count, usable))
            })
        });
        let terms = few
            .or_else(|| self.two_terms())
            .unwrap_or_else(|| self.greedy());
        self.write(&terms)
    }

    /// `count` of the first comparisons, all true in all of these, of which one is false in each of
    /// the others.
    fn anded(&self, count: usize, usable: usize) -> Option<Vec<Term>> {
        let mut everywhere = self.all_where(|index| is_full(&self.covered[index]));
        everywhere.retain(|index| *index < usable);
        choose(count, &everywhere, &self.excluded).map(|term| vec![term])
    }

    /// `count` of the first comparisons, all false in all of the others, of which one is true in
    /// each of these.
    fn ored(&self, count: usize, usable: usize) -> Option<Vec<Term>> {
        let mut nowhere = self.all_where(|index| is_full(&self.excluded[index]));
        nowhere.retain(|index| *index < usable);
        let terms = choose(count, &nowhere, &self.covered)?;
        Some(terms.into_iter().map(|index| vec![index]).collect())
    }

    /// Two terms of one or two comparisons each; those with fewer comparisons first.
    fn two_terms(&self) -> Option<Vec<Term>> {
        let some = self.all_where(|index| self.covered[index].contains(&true));
        let mut terms: Vec<(Term, Set)> = Vec::new();
        let pairs = some.iter().enumerate().flat_map(|(at, &first)| {
            some[at + 1..]
                .iter()
                .map(move |&second| vec![first, second])
        });
        for term in some.iter().map(|&index| vec![index]).chain(pairs) {
            let excluded = join(term.iter().map(|&index| &self.excluded[index]), |a, b| {
                a || b
            });
            let covered = join(term.iter().map(|&index| &self.covered[index]), |a, b| {
                a && b
            });
            if is_full(&excluded) && !terms.iter().any(|(_, known)| *known == covered) {
                terms.push((term, covered));
            }
        }
        let mut pairs = terms
            .iter()
            .enumerate()
            .flat_map(|(at, first)| terms[at + 1..].iter().map(move |second| (first, second)));
        let found = pairs.find(|((_, first), (_, second))| {
            is_full(&join([first, second].into_iter(), |a, b| a || b))
        });
        found.map(|((first, _), (second, _))| vec![first.clone(), second.clone()])
    }

    /// As many terms as it takes, each as wide as it comes.
    fn greedy(&self) -> Vec<Term> {
        let mut open: Set = self
            .covered
            .first()
            .map_or(vec![], |rows| vec![true; rows.len()]);
        let mut terms = Vec::new();
        while open.contains(&true) {
            let starts = (0..open.len()).filter(|&row| open[row]);
            let candidates = starts.map(|row| self.term_for(row, &open));
            let ranked = candidates.map(|(term, covered)| {
                let gain = covered
                    .iter()
                    .zip(&open)
                    .filter(|(covered, open)| **covered && **open);
                (Reverse(gain.count()), term, covered)
            });
            let (_, term, covered) = ranked.min().expect("a row is open");
            open = join([&open, &covered].into_iter(), |open, covered| {
                open && !covered
            });
            terms.push(term);
        }
        terms
    }

    /// Comparisons that are together true in the row and in none of the others, and where they are true.
    fn term_for(&self, row: usize, open: &Set) -> (Term, Set) {
        let mut term = Vec::new();
        let mut covered = vec![true; open.len()];
        let mut left = self
            .excluded
            .first()
            .map_or(vec![], |rows| vec![true; rows.len()]);
        while left.contains(&true) {
            let usable = self.all_where(|index| self.covered[index][row]);
            let best = usable.into_iter().max_by_key(|&index| {
                let gain = left
                    .iter()
                    .zip(&self.excluded[index])
                    .filter(|(l, e)| **l && **e);
                let kept = covered
                    .iter()
                    .zip(&self.covered[index])
                    .filter(|(c, t)| **c && **t);
                (gain.count(), kept.count(), Reverse(index))
            });
            let best = best.expect("every pair of rows is told apart by some comparison");
            left = join(
                [&left, &self.excluded[best]].into_iter(),
                |left, excluded| left && !excluded,
            );
            covered = join([&covered, &self.covered[best]].into_iter(), |a, b| a && b);
            term.push(best);
        }
        term.sort_unstable();
        (term, covered)
    }

    fn all_where(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.comparisons.len())
            .filter(|&index| wanted(index))
            .collect()
    }

    fn write(&self, terms: &[Term]) -> String {
        let written = terms.iter().map(|term| {
            let comparisons: Vec<_> = term
                .iter()
                .map(|&index| self.comparisons[index].to_string())
                .collect();
            let anded = comparisons.join(" and ");
            if terms.len() > 1 && term.len() > 1 {
                format!("({anded})")
            } else {
                anded
            }
        });
        written.collect::<Vec<_>>().join(" or ")
    }
}

/// The first `count` of the candidates whose sets together hold every row.
fn choose(count: usize, candidates: &[usize], sets: &[Set]) -> Option<Vec<usize>> {
    fn extend(count: usize, candidates: &[usize], sets: &[Set], chosen: &mut Vec<usize>) -> bool {
        if count == 0 {
            return is_full(&join(chosen.iter().map(|&index| &sets[index]), |a, b| {
                a || b
            }));
        }
        candidates.iter().enumerate().any(|(at, &candidate)| {
            chosen.push(candidate);
            let found = extend(count - 1, &candidates[at + 1..], sets, chosen);
            if !found {
                chosen.pop();
            }
            found
        })
    }
    let mut chosen = Vec::new();
    extend(count, candidates, sets, &mut chosen).then_some(chosen)
}

fn is_full(set: &Set) -> bool {
    !set.contains(&false)
}

/// The sets, put together row by row.
fn join<'a>(mut sets: impl Iterator<Item = &'a Set>, both: impl Fn(bool, bool) -> bool) -> Set {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |joined, set| {
        joined.iter().zip(set).map(|(&a, &b)| both(a, b)).collect()
    })
}
