//! Hitting sets: the smallest set that shares an element with each of several sets.

use std::collections::BTreeSet;

/// The number of different elements up to which the search is exact.
const EXACT_LIMIT: usize = 18;

/// The smallest set with at least one element of each of `sets`; of several, the first in order.
///
/// With more than [`EXACT_LIMIT`] different elements it is greedy: the element of the most sets first.
pub(crate) fn smallest_hitting_set<T: Ord + Copy>(sets: &[BTreeSet<T>]) -> BTreeSet<T> {
    let candidates: BTreeSet<T> = sets.iter().flatten().copied().collect();
    if candidates.len() > EXACT_LIMIT {
        return greedy(sets, &candidates);
    }
    let candidates: Vec<T> = candidates.into_iter().collect();
    let masks: Vec<u32> = sets
        .iter()
        .map(|set| {
            (0..candidates.len())
                .filter(|place| set.contains(&candidates[*place]))
                .map(|place| 1 << place)
                .sum()
        })
        .collect();
    let hits =
        (0..1_u32 << candidates.len()).filter(|mask| masks.iter().all(|set| set & mask != 0));
    let best = hits
        .min_by_key(|mask| (mask.count_ones(), *mask))
        .unwrap_or(0);
    (0..candidates.len())
        .filter(|place| best >> place & 1 == 1)
        .map(|place| candidates[place])
        .collect()
}

fn greedy<T: Ord + Copy>(sets: &[BTreeSet<T>], candidates: &BTreeSet<T>) -> BTreeSet<T> {
    let mut missed: Vec<&BTreeSet<T>> = sets.iter().collect();
    let mut chosen = BTreeSet::new();
    while !missed.is_empty() {
        let hits = |candidate: &T| missed.iter().filter(|set| set.contains(candidate)).count();
        // Of several that hit as many sets, the last, so that the result is deterministic.
        let Some(best) = candidates.iter().copied().max_by_key(hits) else {
            break;
        };
        if hits(&best) == 0 {
            break;
        }
        chosen.insert(best);
        missed.retain(|set| !set.contains(&best));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(sets: &[&[u32]]) -> Vec<BTreeSet<u32>> {
        sets.iter()
            .map(|set| set.iter().copied().collect())
            .collect()
    }

    #[test]
    fn one_common_element_beats_one_of_each() {
        assert_eq!(
            smallest_hitting_set(&sets(&[&[1, 5], &[2, 5], &[3, 5]])),
            BTreeSet::from([5])
        );
        assert_eq!(smallest_hitting_set(&sets(&[])), BTreeSet::new());
        assert_eq!(
            smallest_hitting_set(&sets(&[&[1], &[2]])),
            BTreeSet::from([1, 2])
        );
    }

    #[test]
    fn many_candidates_are_still_hit() {
        let many: Vec<BTreeSet<u32>> = (0..30).map(|n| BTreeSet::from([n, n + 1])).collect();
        let chosen = smallest_hitting_set(&many);
        assert!(many.iter().all(|set| !set.is_disjoint(&chosen)));
    }
}
