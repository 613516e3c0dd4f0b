//! The search for the fewest comparisons that distinguish one set of rows from another.

use std::cmp::Reverse;

use super::Row;
use super::comparison::Comparison;
use crate::MarkerVariable;

/// The value of each comparison in each environment.
pub(super) struct Table {
    comparisons: Vec<Comparison>,
    /// For each comparison, the rows of `these` in which it is true.
    covered: Vec<Set>,
    /// For each comparison, the rows of `others` in which it is false.
    excluded: Vec<Set>,
}

/// A set of rows; `true` for a row that is in it.
type Set = Vec<bool>;

/// The indices of comparisons that are joined by `and`.
type Term = Vec<usize>;

impl Table {
    /// Searches without `python_full_version` first.
    pub(super) fn new(these: &[Row], others: &[Row]) -> Self {
        let both = these.iter().chain(others);
        let mut comparisons: Vec<_> = both.flat_map(|(_, row)| Comparison::of(row)).collect();
        comparisons.sort();
        comparisons.dedup();
        let where_it_is = |rows: &[Row], comparison: &Comparison, value: bool| {
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
        if table.inseparable_by(welcome).is_none() {
            table.comparisons.truncate(welcome);
            table.covered.truncate(welcome);
            table.excluded.truncate(welcome);
        }
        table
    }

    /// A row of `these` and one of `others` that no comparison distinguishes.
    pub(super) fn inseparable(&self) -> Option<(usize, usize)> {
        self.inseparable_by(self.comparisons.len())
    }

    /// A row of `these` and one of `others` that none of the first `count` comparisons distinguishes.
    fn inseparable_by(&self, count: usize) -> Option<(usize, usize)> {
        let (these, others) = (self.covered.first()?.len(), self.excluded.first()?.len());
        let mut pairs = (0..these).flat_map(|this| (0..others).map(move |other| (this, other)));
        pairs.find(|&(this, other)| {
            !(0..count).any(|index| self.covered[index][this] && self.excluded[index][other])
        })
    }

    pub(super) fn simplest(&self) -> String {
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

    /// `count` comparisons that are true in all rows of `these`, such that each row of `others` has one
    /// that is false.
    fn anded(&self, count: usize, usable: usize) -> Option<Vec<Term>> {
        let mut everywhere = self.all_where(|index| is_full(&self.covered[index]));
        everywhere.retain(|index| *index < usable);
        choose(count, &everywhere, &self.excluded).map(|term| vec![term])
    }

    /// `count` comparisons that are false in all rows of `others`, such that each row of `these` has one
    /// that is true.
    fn ored(&self, count: usize, usable: usize) -> Option<Vec<Term>> {
        let mut nowhere = self.all_where(|index| is_full(&self.excluded[index]));
        nowhere.retain(|index| *index < usable);
        let terms = choose(count, &nowhere, &self.covered)?;
        Some(terms.into_iter().map(|index| vec![index]).collect())
    }

    /// Two terms of one or two comparisons each; terms with fewer comparisons first.
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

    /// As many terms as necessary, each with as many comparisons as necessary.
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

    /// Comparisons that are together true in the row and in no row of `others`, and the rows in which they are
    /// true.
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
            let best = best.expect("every pair of rows is distinguished by some comparison");
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

/// The first `count` candidates whose sets together contain every row.
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

/// The union of the sets.
fn join<'a>(mut sets: impl Iterator<Item = &'a Set>, both: impl Fn(bool, bool) -> bool) -> Set {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |joined, set| {
        joined.iter().zip(set).map(|(&a, &b)| both(a, b)).collect()
    })
}
