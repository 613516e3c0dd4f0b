//! The dependencies of a project with some of its extras, where the project may require itself with
//! further extras (`name[extra]`).

use harden_packaging::{ExtraName, PackageName};

use super::own_extras::{MAX_COMBINATIONS, RequiredExtra, add, is_of};
use crate::marker::Marker;
use crate::requirement::Requirement;

/// A dependency, and the line that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) requirement: Requirement,
    pub(super) line: usize,
}

/// All dependencies with `extras`. `of` gives those that are always required, or that one extra adds;
/// `None` where there is no such extra. `known` are the names of the extras, for the message.
pub(super) fn closure(
    name: Option<&PackageName>,
    extras: &[ExtraName],
    known: &[String],
    mut of: impl FnMut(Option<&ExtraName>) -> Option<Vec<Dependency>>,
) -> Result<Vec<Dependency>, String> {
    let mut wanted: Vec<RequiredExtra> = Vec::new();
    for extra in extras {
        let (extra, marker) = (extra.clone(), None);
        add(&mut wanted, &RequiredExtra { extra, marker });
    }
    let mut all = Vec::new();
    take(
        &mut all,
        &mut wanted,
        name,
        of(None).unwrap_or_default(),
        None,
    );
    let mut next = 0;
    while let Some(required) = wanted.get(next).cloned() {
        if wanted.len() > MAX_COMBINATIONS {
            return Err(format!(
                "the extras of the project require each other under more than {MAX_COMBINATIONS} \
                 combinations of markers"
            ));
        }
        let found = of(Some(&required.extra)).ok_or_else(|| unknown(&required.extra, known))?;
        take(&mut all, &mut wanted, name, found, required.marker.as_ref());
        next += 1;
    }
    Ok(all)
}

/// Adds dependencies, which are required where `outer` holds; of the project itself, the extras.
fn take(
    all: &mut Vec<Dependency>,
    wanted: &mut Vec<RequiredExtra>,
    name: Option<&PackageName>,
    found: Vec<Dependency>,
    outer: Option<&Marker>,
) {
    for mut dependency in found {
        let requirement = &mut dependency.requirement;
        requirement.marker = match (outer, requirement.marker.take()) {
            (Some(outer), Some(inner)) => Some(outer.and(&inner)),
            (outer, inner) => outer.cloned().or(inner),
        };
        if name.is_some_and(|name| is_of(requirement, name)) {
            for extra in &requirement.extras {
                let (extra, marker) = (extra.clone(), requirement.marker.clone());
                add(wanted, &RequiredExtra { extra, marker });
            }
        } else {
            all.push(dependency);
        }
    }
}

fn unknown(extra: &ExtraName, known: &[String]) -> String {
    let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
    let known = match known.as_slice() {
        [] => String::new(),
        known => format!("; known: {}", known.join(", ")),
    };
    format!("the project has no extra `{extra}`{known}")
}
