//! The packages that a lock is likely to have, so that their pages are requested at once.

use std::collections::HashSet;

use harden_hints::usual_dependencies;
use harden_index::Settings;
use harden_packaging::PackageName;
use harden_requirements::{Requirement, Truth};
use harden_resolver::UsualDependencies;
use harden_target::Target;

/// How many packages are requested because packages usually require them. All of Airflow's usual
/// dependencies are about 300.
const MOST_HINTS: usize = 400;

/// Where requirements usually lead that were not known when [`likely`] was asked; only where a single index is asked,
/// as there.
pub fn usual(settings: &Settings) -> Option<UsualDependencies> {
    let usual: UsualDependencies =
        |name, extras, limit| usual_dependencies([(name, extras)], limit);
    (settings.indexes.len() == 1).then_some(usual)
}

/// The packages of an earlier answer, then those that the other requirements usually lead to.
///
/// The latter only where a single index is asked: if there are several, each would learn names that
/// nobody asked for, and a private one would have to say that it has none of them.
pub fn likely<'r>(
    earlier: HashSet<PackageName>,
    requirements: impl Iterator<Item = &'r Requirement>,
    targets: &[&Target],
    settings: &Settings,
) -> Vec<PackageName> {
    let mut likely = Vec::new();
    if settings.indexes.len() == 1 {
        let environments: Vec<_> = targets.iter().map(|target| target.environment()).collect();
        let roots = requirements
            .filter(|requirement| !earlier.contains(&requirement.name))
            .filter(|requirement| {
                let marker = requirement.marker.as_ref();
                marker.is_none_or(|marker| {
                    let mut outcomes = environments.iter().map(|at| marker.evaluate(at, &[]));
                    outcomes.any(|outcome| outcome != Truth::False)
                })
            })
            .map(|requirement| (&requirement.name, &*requirement.extras));
        likely = usual_dependencies(roots, MOST_HINTS);
        likely.retain(|name| !earlier.contains(name));
    }
    let mut all: Vec<PackageName> = earlier.into_iter().collect();
    all.sort();
    all.append(&mut likely);
    all
}
