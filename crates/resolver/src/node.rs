//! What the solver selects releases for, as small copyable values.
//!
//! The requirements of a package depend on the environments in which it is installed, so a [`Node`]
//! carries a set of environments. With several environments, [`Node::Link`] ties the nodes of one
//! package to one version; a package that has to differ between environments has no link, and one
//! node per environment.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use harden_packaging::{EnvironmentId, ExtraName, PackageName};
use rustc_hash::FxBuildHasher;

/// A package name, by its number in the [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameId(u64);

/// The name of an extra, by its number in the [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ExtraId(u64);

/// Something that the solver selects a release of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// A line of the user's, by its place in the request.
    Line(usize),
    /// The one version that a package has in all environments.
    Link(NameId),
    /// A package as some environments install it.
    Base(NameId, EnvironmentSet),
    /// An extra of a package, in some environments; tied to the same version of its base.
    Extra(NameId, ExtraId, EnvironmentSet),
}

impl Node {
    /// The package, `None` for a line.
    pub(crate) fn name(self) -> Option<NameId> {
        match self {
            Self::Line(_) => None,
            Self::Link(name) | Self::Base(name, _) | Self::Extra(name, ..) => Some(name),
        }
    }

    /// The package, where the node holds it to one version in several environments.
    pub(crate) fn linked(self) -> Option<NameId> {
        match self {
            Self::Link(name) => Some(name),
            Self::Base(name, environments) | Self::Extra(name, _, environments) => {
                (environments.0.count_ones() > 1).then_some(name)
            }
            Self::Line(_) => None,
        }
    }

    /// The environments that its version has to exist in.
    pub(crate) fn environments(self) -> EnvironmentSet {
        match self {
            Self::Line(_) | Self::Link(_) => EnvironmentSet::EMPTY,
            Self::Base(_, environments) | Self::Extra(_, _, environments) => environments,
        }
    }
}

/// A set of environments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EnvironmentSet(u64);

impl EnvironmentSet {
    /// How many environments one resolution may have.
    pub(crate) const LIMIT: usize = 64;
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn only(environment: EnvironmentId) -> Self {
        Self(1 << environment)
    }

    pub(crate) fn with(self, environment: EnvironmentId) -> Self {
        Self(self.0 | 1 << environment)
    }

    pub(crate) fn contains(self, environment: EnvironmentId) -> bool {
        self.0 >> environment & 1 == 1
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The environments, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = EnvironmentId> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let lowest = usize::try_from(left.trailing_zeros()).ok()?;
            // The lowest bit is taken out; at 0 there is none.
            left &= left.checked_sub(1)?;
            Some(lowest)
        })
    }
}

impl FromIterator<EnvironmentId> for EnvironmentSet {
    fn from_iter<I: IntoIterator<Item = EnvironmentId>>(environments: I) -> Self {
        environments.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// The names met so far, each with a number that depends on its spelling alone: the order in which an
/// index answers must not influence a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    names: Numbered<PackageName>,
    extras: Numbered<ExtraName>,
}

impl Vocabulary {
    pub(crate) fn name_id(&mut self, name: &PackageName) -> NameId {
        NameId(number(&mut self.names, name.as_str(), name))
    }

    pub(crate) fn extra_id(&mut self, extra: &ExtraName) -> ExtraId {
        ExtraId(number(&mut self.extras, extra.as_str(), extra))
    }

    pub(crate) fn name(&self, id: NameId) -> &PackageName {
        &self.names[&id.0]
    }

    pub(crate) fn extra(&self, id: ExtraId) -> &ExtraName {
        &self.extras[&id.0]
    }
}

type Numbered<T> = HashMap<u64, T, FxBuildHasher>;

/// The number of `item`, which is spelt `text`: the first free one from its digest on.
fn number<T: Clone + Eq>(numbered: &mut Numbered<T>, text: &str, item: &T) -> u64 {
    let mut number = fnv1a(text);
    loop {
        match numbered.entry(number) {
            Entry::Occupied(known) if known.get() == item => return number,
            Entry::Occupied(_) => number = number.wrapping_add(1),
            Entry::Vacant(free) => {
                free.insert(item.clone());
                return number;
            }
        }
    }
}

/// 64-bit FNV-1a, which is the same on every machine.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environments_of_a_set_are_ascending() {
        let set: EnvironmentSet = [63, 0, 7].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 7, 63]);
        assert_eq!(EnvironmentSet::EMPTY.iter().count(), 0);
    }
}
