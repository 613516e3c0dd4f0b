//! The extras of a project that the project itself requires, with `name[extra]`.
//!
//! Such a requirement means this project and not one of the same name on an index, wherever it is: in
//! the dependencies, an extra, a dependency group, or another file that is locked together with it.

use harden_packaging::{ExtraName, PackageName};
use toml::de::DeTable;

use super::document::Item;
use super::{Lists, Reader};
use crate::inputs::{Entry, Inputs};
use crate::marker::Marker;
use crate::requirement::{Requirement, Source};

/// How many combinations of extras and markers are read: extras that require each other under many
/// different markers have exponentially many.
pub(super) const MAX_COMBINATIONS: usize = 4096;

/// An extra of a project, and the marker under which it is required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredExtra {
    /// The extra.
    pub extra: ExtraName,
    /// The marker, if there is one.
    pub marker: Option<Marker>,
}

impl RequiredExtra {
    /// Whether everything that `self` stands for is among what `other` stands for.
    fn is_part_of(&self, other: &Self) -> bool {
        self.extra == other.extra
            && match (&self.marker, &other.marker) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(marker), Some(wider)) => marker.extends(wider),
            }
    }
}

/// Removes the requirements of the project `name` from inputs that were read from other files; gives
/// the extras that they require, without those in `known`, and adds them there.
pub fn take_own(
    inputs: &mut Inputs,
    name: &PackageName,
    known: &mut Vec<RequiredExtra>,
) -> Vec<RequiredExtra> {
    let mut found = Vec::new();
    inputs.requirements.retain(|input| {
        let Entry::Named(requirement) = &input.entry else {
            return true;
        };
        let is_own = is_of(requirement, name);
        if is_own {
            let marker = &requirement.marker;
            found.extend(requirement.extras.iter().map(|extra| RequiredExtra {
                extra: extra.clone(),
                marker: marker.clone(),
            }));
        }
        !is_own
    });
    found.retain(|required| add(known, required));
    found
}

/// Adds an extra to those that are read; whether it is new and may be read.
pub(super) fn add(known: &mut Vec<RequiredExtra>, required: &RequiredExtra) -> bool {
    let is_new = !known.iter().any(|other| required.is_part_of(other));
    if is_new {
        known.push(required.clone());
    }
    is_new
}

/// Whether a requirement is one of the project `name`, of any version.
pub(super) fn is_of(requirement: &Requirement, name: &PackageName) -> bool {
    requirement.name == *name && matches!(requirement.source, Source::Specifiers(_))
}

/// The extras of a project, which may require each other.
#[derive(Default)]
pub(super) struct OwnExtras<'t> {
    project: Option<PackageName>,
    lists: Lists<'t>,
    /// The extras that have been read or will be.
    known: Vec<RequiredExtra>,
    /// Those that will be read, each with the requirement that names it, unless the user does.
    pending: Vec<(RequiredExtra, Option<&'t Item<'t>>)>,
    /// Whether more were required than are read; reported once.
    is_full: bool,
}

impl OwnExtras<'_> {
    /// Whether a requirement means the project itself.
    pub(super) fn is_project(&self, requirement: &Requirement) -> bool {
        let project = self.project.as_ref();
        project.is_some_and(|name| is_of(requirement, name))
    }
}

impl<'t> Reader<'t> {
    /// Makes the project and its extras known, before its requirements are read.
    pub(super) fn start_project(&mut self, project: &'t DeTable<'t>) {
        let name = project.get("name").and_then(|name| name.get_ref().as_str());
        self.own.project = name.and_then(|name| name.parse().ok());
        self.own.lists = Lists::of(self.table(project, "optional-dependencies"));
    }

    /// Notes an extra that is to be read; `asked` is the requirement that names it, unless the user does.
    pub(super) fn extra(&mut self, required: RequiredExtra, asked: Option<&'t Item<'t>>) {
        if self.own.is_full {
            return;
        }
        if self.own.known.len() == MAX_COMBINATIONS {
            self.own.is_full = true;
            self.own.pending.clear();
            let reason = format!(
                "the extras of the project require each other under more than {MAX_COMBINATIONS} \
                 combinations of markers"
            );
            return self.problem_at(asked, reason);
        }
        if add(&mut self.own.known, &required) {
            self.own.pending.push((required, asked));
        }
    }

    /// Reads the requirements of the extras that were noted, and of those that these require.
    pub(super) fn read_pending_extras(&mut self) {
        while !self.own.pending.is_empty() {
            for (required, asked) in std::mem::take(&mut self.own.pending) {
                if self.own.is_full {
                    return;
                }
                self.read_extra(&required, asked);
            }
        }
    }

    fn read_extra(&mut self, required: &RequiredExtra, asked: Option<&'t Item<'t>>) {
        let RequiredExtra { extra, marker } = required;
        let list = match self.own.lists.named(extra.as_str()).as_slice() {
            [] => {
                let known = self.own.lists.there_are();
                let reason = format!("the project has no extra `{extra}`{known}");
                return self.problem_at(asked, reason);
            }
            [(_, list)] => *list,
            [_, (again, _), ..] => {
                let reason = format!("two extras have the name `{extra}`");
                let at = Some(again.span().start);
                return self.problems.push(self.document.problem(at, reason));
            }
        };
        if let Some(list) = self.as_array(list, "an extra") {
            for item in list {
                self.requirement(item, marker.as_ref());
            }
        }
    }
}
