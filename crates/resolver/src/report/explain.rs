//! A failure in plain words: the facts that together leave no solution.
//!
//! The facts are lines of the user's, requirements of distributions, and releases that are not
//! available for the target. Facts of neighbouring versions are merged, sorted by how they follow from
//! the user's lines, and numbered.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use harden_packaging::{EnvironmentId, PackageName};
use harden_requirements::{VersionSet, union_of};
use pep440_rs::Version;

use crate::PrereleaseMode;
use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::catalog::availability::{Availability, UnavailableReason};
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, NameId};
use crate::report::unavailable::{LossReason, PrereleaseReason, UnavailableReleases};
use crate::report::version_text::{runs, set_of};
use crate::rules::Override;
use crate::solver::failure::{Edge, Failure};
use crate::wanted::Wanted;

/// If one package has more facts about another than this, they are summed up in one.
const SAME_KIND_LIMIT: usize = 2;
/// How many facts are shown.
const FACT_LIMIT: usize = 14;
/// The environment that is explained.
const ENVIRONMENT: EnvironmentId = 0;

/// A failure in words, with what a hint may be made from.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// The numbered facts, one a line.
    pub(crate) facts: Vec<String>,
    /// The packages that the facts name.
    pub(crate) packages: BTreeSet<PackageName>,
    /// The releases that the target or the rules exclude.
    pub(crate) lost: Vec<UnavailableReleases>,
}

/// Explains why there is no resolution for the first environment of a catalog: where there are several,
/// one that has no resolution by itself is explained by itself.
pub(crate) fn explain(
    failure: Failure,
    catalog: &Catalog<'_>,
    carry_over: &RefCell<CarryOver>,
) -> Result<Explanation, Interrupt> {
    let explainer = Explainer {
        catalog,
        carry_over,
    };
    explainer.explain(failure)
}

struct Explainer<'c, 'a> {
    catalog: &'c Catalog<'a>,
    carry_over: &'c RefCell<CarryOver>,
}

impl Explainer<'_, '_> {
    fn explain(&self, failure: Failure) -> Result<Explanation, Interrupt> {
        let order = order_from_root(&failure.edges);
        let place = |name: &NameId| order.get(name).copied().unwrap_or(usize::MAX);
        let mut packages = BTreeSet::new();
        let mut lost = Vec::new();
        let explained: BTreeSet<NameId> = failure
            .edges
            .iter()
            .filter_map(|edge| edge.from)
            .chain(failure.unusable.iter().map(|(name, ..)| *name))
            .collect();
        // Sorted by package: requirements of it first, then which of its releases are available.
        let mut facts: Vec<((usize, u8, usize), String)> = Vec::new();
        let mut groups: BTreeMap<(Option<NameId>, NameId), Vec<Edge>> = BTreeMap::new();
        for edge in failure.edges {
            packages.extend(edge.from.into_iter().chain([edge.to]));
            groups.entry((edge.from, edge.to)).or_default().push(edge);
        }
        for ((from, to), edges) in groups {
            let from_place = from.map_or(0, |from| place(&from));
            for text in self.edges(from, to, &edges)? {
                facts.push(((place(&to).max(from_place), 0, from_place), text));
            }
        }
        for (name, set) in failure.missing {
            packages.insert(name);
            for text in self.missing(name, &set, explained.contains(&name), &mut lost)? {
                facts.push(((place(&name), 1, 0), text));
            }
        }
        for (name, set, reason) in failure.unusable {
            packages.insert(name);
            let listing = self.catalog.listing(name)?;
            let text = format!(
                "{} {} cannot be used: {reason}",
                listing.name,
                runs(&listing, &set)
            );
            facts.push(((place(&name), 2, 0), text));
        }
        for (name, wanted) in failure.misspelled {
            packages.insert(name);
            let listing = self.catalog.listing(name)?;
            let text = format!(
                "{} has {}, and `===` compares spellings",
                listing.name,
                runs(&listing, &wanted)
            );
            facts.push(((place(&name), 1, 0), text));
        }
        facts.sort();
        facts.dedup();
        let more = facts.len().saturating_sub(FACT_LIMIT);
        let mut facts: Vec<String> = facts
            .into_iter()
            .take(FACT_LIMIT)
            .map(|(_, text)| text)
            .collect();
        if more > 0 {
            facts.push(format!("… and {more} more of the same kind"));
        }
        let packages = packages
            .into_iter()
            .map(|name| self.catalog.name(name))
            .collect();
        Ok(Explanation {
            facts,
            packages,
            lost,
        })
    }

    /// What one package, or the user, requires of another.
    fn edges(
        &self,
        from: Option<NameId>,
        to: NameId,
        edges: &[Edge],
    ) -> Result<Vec<String>, Interrupt> {
        let Some(from) = from else {
            return Ok(self.asked(to, edges));
        };
        let listing = self.catalog.listing(from)?;
        let sentence = |edge: &Edge| -> Result<String, Interrupt> {
            let required = self.requirement(&listing, edge)?;
            let runs = runs(&listing, &edge.versions);
            let requires = if runs.is_one() { "requires" } else { "require" };
            Ok(format!("{} {runs} {requires} {required}", listing.name))
        };
        if edges.len() <= SAME_KIND_LIMIT {
            return edges.iter().map(sentence).collect();
        }
        let newest = edges.iter().max_by_key(|edge| {
            edge.versions
                .bounding_range()
                .map(|(_, upper)| upper_version(upper))
        });
        let all = union_of(edges.iter().map(|edge| edge.versions.clone()));
        let mut text = format!(
            "{} {} require {} in {} different ranges",
            listing.name,
            runs(&listing, &all),
            self.catalog.name(to),
            edges.len()
        );
        if let Some(newest) = newest {
            let _ = write!(
                text,
                ", the newest `{}`",
                self.requirement(&listing, newest)?
            );
        }
        Ok(vec![text])
    }

    /// The user's lines that ask for a package.
    fn asked(&self, to: NameId, edges: &[Edge]) -> Vec<String> {
        let name = self.catalog.name(to);
        let rules = self.catalog.rules;
        let lines = rules.lines.iter().filter(|line| {
            line.asked.requirement.name == name && line.environments.contains(ENVIRONMENT)
        });
        #[expect(
            clippy::mutable_key_type,
            reason = "specifiers are equal and hashed by their text alone"
        )]
        let wanted: HashSet<&Wanted> = edges.iter().map(|edge| &*edge.wanted).collect();
        lines
            .map(|line| line.asked)
            .filter(|asked| wanted.contains(&Wanted::by(&asked.requirement)))
            .map(|asked| {
                let none = asked.requirement.versions().is_empty();
                let remark = if none {
                    ", which no version satisfies"
                } else {
                    ""
                };
                format!(
                    "{} requires {}{remark}",
                    asked.place,
                    asked.requirement.shown()
                )
            })
            .collect()
    }

    /// The text of the requirement that an edge stands for.
    fn requirement(&self, listing: &Listing, edge: &Edge) -> Result<String, Interrupt> {
        let name = self.catalog.name(edge.to);
        if let Some(replacement) = self
            .catalog
            .rules
            .overrides(&name)
            .iter()
            .find(|known| known.versions == edge.wanted)
        {
            let Override { asked, .. } = replacement;
            return Ok(format!(
                "{name}, which {} overrides as {}",
                asked.place,
                asked.requirement.shown()
            ));
        }
        let mut lines = 0;
        for release in listing
            .releases()
            .iter()
            .filter(|release| edge.versions.contains(&release.version))
        {
            let Some(file) = self.catalog.file(listing, &release.version, ENVIRONMENT)? else {
                continue;
            };
            let Some(Ok(dependencies)) = self.catalog.already_read(&file) else {
                continue;
            };
            let of_package = dependencies.requires.iter();
            let mut of_package = of_package.filter(|dependency| dependency.name == edge.to);
            lines = lines.max(of_package.clone().count());
            let found = of_package.find(|dependency| dependency.versions == edge.wanted);
            if let Some(dependency) = found {
                return Ok(dependency.requirement.shown());
            }
        }
        // Many requirements of one package are one edge.
        Ok(match lines {
            0 | 1 => name.to_string(),
            _ => format!("{name} in {lines} lines"),
        })
    }

    /// Why no version of a set is available; `explained`: other facts are about those that are.
    fn missing(
        &self,
        name: NameId,
        set: &VersionSet,
        explained: bool,
        lost: &mut Vec<UnavailableReleases>,
    ) -> Result<Vec<String>, Interrupt> {
        let listing = self.catalog.listing(name)?;
        let project = &listing.name;
        if !listing.exists() {
            // Asked before, so this is the answer from memory, which names the index.
            let places = self.catalog.index.project(project).err();
            return Ok(vec![match places {
                Some(error) => format!("there is {}", error.message),
                None => format!("there is no project {project} on the index"),
            }]);
        }
        if let Some(named) = listing.direct_file(ENVIRONMENT)
            && !set.contains(&named.file.version)
        {
            let (place, version) = (&named.place, &named.file.version);
            return Ok(vec![format!(
                "the file that {place} names is {project} {version}"
            )]);
        }
        let listed: Vec<usize> = (0..listing.releases().len())
            .filter(|place| set.contains(&listing.releases()[*place].version))
            .collect();
        if listed.is_empty() && explained {
            return Ok(Vec::new());
        }
        if listed.is_empty() {
            return Ok(vec![match listing.releases() {
                [] => format!("{project} has no release with a wheel or an sdist"),
                releases => format!(
                    "{project} has no such release: there are {}",
                    runs(&listing, &VersionSet::full()).with_newest(&releases[0].version)
                ),
            }]);
        }
        let here = EnvironmentSet::only(ENVIRONMENT);
        let mut reasons: Vec<(LossReason, Vec<&Version>)> = Vec::new();
        let first_lost = lost.len();
        for place in listed {
            let version = &listing.releases()[place].version;
            let reason = match self.catalog.availability(&listing, place, ENVIRONMENT)? {
                Availability::Unavailable(UnavailableReason::Yanked(reason)) => {
                    // The reason of the newest release is shown for all; it comes first.
                    let newest = reasons.iter().find_map(|(reason, _)| match reason {
                        LossReason::Unavailable(UnavailableReason::Yanked(newest)) => {
                            Some(newest.clone())
                        }
                        _ => None,
                    });
                    LossReason::Unavailable(UnavailableReason::Yanked(newest.unwrap_or(reason)))
                }
                Availability::Unavailable(reason) => LossReason::Unavailable(reason),
                Availability::Installable(_)
                    if version.any_prerelease()
                        && !self.catalog.admits_prereleases(
                            &listing,
                            here,
                            &self.carry_over.borrow(),
                        )? =>
                {
                    let mode = self.catalog.rules.options.prerelease_mode(project);
                    LossReason::Prerelease(match mode {
                        PrereleaseMode::Disallow => PrereleaseReason::Disallowed,
                        _ => PrereleaseReason::NotNamed,
                    })
                }
                Availability::Installable(_) => continue,
            };
            let files = listing.releases()[place].files().iter();
            let wheels = files.filter_map(|file| file.wheel_tags().cloned());
            if let Some(known) = reasons.iter().position(|(known, _)| *known == reason) {
                reasons[known].1.push(version);
                lost[first_lost + known].wheels.extend(wheels);
                continue;
            }
            lost.push(UnavailableReleases {
                name: project.clone(),
                reason: reason.clone(),
                newest: version.clone(),
                wheels: wheels.collect(),
            });
            reasons.push((reason, vec![version]));
        }
        let target = &self.catalog.environments[ENVIRONMENT].target;
        Ok(reasons
            .iter()
            .map(|(reason, versions)| reason.sentence(&listing, &set_of(versions), target))
            .collect())
    }
}

fn upper_version(bound: std::ops::Bound<&pep440_rs::Version>) -> Option<pep440_rs::Version> {
    match bound {
        std::ops::Bound::Included(version) | std::ops::Bound::Excluded(version) => {
            Some(version.clone())
        }
        std::ops::Bound::Unbounded => None,
    }
}

/// The order in which packages follow from the user's lines: each after all that requires it, but for
/// cycles, which are entered where they are met first.
fn order_from_root(edges: &[Edge]) -> HashMap<NameId, usize> {
    let mut followers: BTreeMap<Option<NameId>, BTreeSet<NameId>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.from != Some(edge.to)) {
        followers.entry(edge.from).or_default().insert(edge.to);
    }
    let followers = |of: Option<NameId>| followers.get(&of).into_iter().flatten().copied();
    let mut met: Vec<NameId> = followers(None).collect();
    let mut places: HashMap<NameId, usize> = met.iter().copied().zip(0..).collect();
    let mut next = 0;
    while let Some(from) = met.get(next).copied() {
        next += 1;
        for to in followers(Some(from)) {
            places.entry(to).or_insert_with(|| {
                met.push(to);
                met.len() - 1
            });
        }
    }
    // How many packages that require it are still to come, for each.
    let mut waits = vec![0_usize; met.len()];
    for to in met.iter().flat_map(|from| followers(Some(*from))) {
        waits[places[&to]] += 1;
    }
    let mut open: BTreeSet<usize> = (0..met.len()).collect();
    let mut free: BTreeSet<usize> = open.iter().copied().filter(|at| waits[*at] == 0).collect();
    let mut order = HashMap::new();
    while let Some(at) = free.pop_first().or_else(|| open.first().copied()) {
        open.remove(&at);
        order.insert(met[at], order.len() + 1);
        for to in followers(Some(met[at])).map(|to| places[&to]) {
            waits[to] -= 1;
            if waits[to] == 0 && open.contains(&to) {
                free.insert(to);
            }
        }
    }
    order
}
