//! The requirements that a pin meets, each once.

use std::rc::Rc;

use harden_requirements::{VersionSet, intersection_of};
use indexmap::IndexSet;
use indexmap::set::Slice;
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::wanted::Wanted;

/// A requirement that a pin meets.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Demand {
    /// `loose.txt:3 requires numpy>=2`.
    pub(crate) text: String,
    pub(crate) versions: Rc<Wanted>,
}

/// The requirements that a pin meets, in the order in which they were met.
#[derive(Debug, Default)]
pub(crate) struct Demands(IndexSet<Demand, FxBuildHasher>);

/// The versions that meet some requirements.
pub(crate) struct Met<'d> {
    set: VersionSet,
    spelled: Vec<&'d Wanted>,
}

impl Demands {
    /// Adds a requirement, unless it is there.
    pub(crate) fn insert(&mut self, demand: Demand) {
        self.0.insert(demand);
    }

    /// The requirements.
    pub(crate) fn as_slice(&self) -> &Slice<Demand> {
        self.0.as_slice()
    }

    /// The versions that meet all of them.
    pub(crate) fn met(&self) -> Met<'_> {
        let wanted = || self.0.iter().map(|demand| &*demand.versions);
        Met {
            set: intersection_of(wanted().map(|wanted| VersionSet::clone(wanted))),
            spelled: wanted().filter(|wanted| wanted.is_spelled()).collect(),
        }
    }
}

impl Met<'_> {
    /// Whether `version` is one of them.
    pub(crate) fn contains(&self, version: &Version) -> bool {
        let mut spelled = self.spelled.iter();
        self.set.contains(version) && spelled.all(|wanted| wanted.contains(version))
    }
}
