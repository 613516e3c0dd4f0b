//! A catalog under changed rules, with all that does not depend on what changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::catalog::Catalog;
use crate::node::NameId;
use crate::rules::Rules;

/// Whose releases a change of the rules affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One package: its lines, and which of its releases are available as which files.
    Package(NameId),
    /// Which releases of any package are available, but not their files.
    AllReleases,
}

impl Scope {
    /// Whether the releases of a package have to be looked at again.
    pub(crate) fn affects(self, name: NameId) -> bool {
        match self {
            Self::Package(affected) => affected == name,
            Self::AllReleases => true,
        }
    }
}

impl<'a> Catalog<'a> {
    /// The same index and environments under other rules, which differ from those of this catalog
    /// within `scope`.
    pub(crate) fn revised<'b>(&self, rules: &'b Rules<'b>, scope: Scope) -> Catalog<'b>
    where
        'a: 'b,
    {
        let mut listings = self.listings.borrow().clone();
        for (name, listing) in &mut listings {
            if scope.affects(*name) {
                *listing = Rc::new(listing.unjudged());
            }
        }
        let mut actives = self.actives.borrow().clone();
        if let Scope::Package(affected) = scope {
            actives.retain(|(name, ..), _| *name != affected);
        }
        Catalog {
            environments: self.environments,
            rules,
            vocabulary: self.vocabulary.clone(),
            index: self.index,
            listings: RefCell::new(listings),
            pages_ahead: self.pages_ahead.clone(),
            metadata_ahead: self.metadata_ahead.clone(),
            read: self.read.clone(),
            lines: self.lines.clone(),
            held: self.held.clone(),
            admissions: self.admissions.clone(),
            actives: RefCell::new(actives),
            versions_tried: Cell::new(0),
            limits: None,
            passed_over: RefCell::default(),
        }
    }
}
