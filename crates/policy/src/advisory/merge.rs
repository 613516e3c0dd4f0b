//! Merges advisories of several databases about the same vulnerability.

use std::collections::BTreeSet;

use super::Advisory;

/// Advisories of one package, those with a name in common merged. What is affected by one of them is
/// affected.
pub fn merged(advisories: Vec<Advisory>) -> Vec<Advisory> {
    let mut merged: Vec<Advisory> = Vec::new();
    for mut advisory in advisories {
        // It may connect several that had no name in common before.
        while let Some(place) = merged.iter().position(|other| is_same(other, &advisory)) {
            advisory = merge(merged.remove(place), advisory);
        }
        merged.push(advisory);
    }
    merged.sort_by(|a, b| a.id.cmp(&b.id));
    merged
}

fn is_same(one: &Advisory, other: &Advisory) -> bool {
    let names: BTreeSet<&str> = one.names().into_iter().collect();
    other.names().iter().any(|name| names.contains(name))
}

fn merge(one: Advisory, other: Advisory) -> Advisory {
    let (mut kept, added) = if rank(&one) <= rank(&other) {
        (one, other)
    } else {
        (other, one)
    };
    kept.aliases.extend(added.aliases);
    kept.aliases.insert(added.id);
    kept.aliases.remove(&kept.id);
    if kept.summary.is_empty() {
        kept.summary = added.summary;
    }
    kept.severity = kept.severity.or(added.severity);
    kept.is_malware |= added.is_malware;
    kept.affected = kept.affected.union(&added.affected);
    kept.listed.extend(added.listed);
    kept.fixed.extend(added.fixed);
    kept
}

/// The order of databases by how well their records are kept: GitHub's are reviewed, and have a
/// severity.
fn rank(advisory: &Advisory) -> (u8, &str) {
    let rank = match advisory.id.split('-').next().unwrap_or_default() {
        "MAL" => 0,
        "GHSA" => 1,
        "PYSEC" => 2,
        _ => 3,
    };
    (rank, &advisory.id)
}
