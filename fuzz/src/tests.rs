//! Runs every target for a moment. The changes are the same each time, so that a failure can be repeated.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;

use crate::TARGETS;
use crate::mutate::mutated;

/// How many changed inputs each target gets.
const ROUNDS: u32 = 200;

#[test]
fn no_reader_panics_on_seeds_and_changes_of_them() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        let mut random = Rng::with_seed(7);
        let changed = (0..ROUNDS).map(|_| mutated(&seeds, &mut random));
        for input in seeds.iter().cloned().chain(changed) {
            let ran = catch_unwind(AssertUnwindSafe(|| target.run(&input)));
            assert!(
                ran.is_ok(),
                "{} fails on {:?}",
                target.name,
                input.escape_ascii().to_string()
            );
        }
    }
}

#[test]
fn names_of_targets_are_unique() {
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len());
}
