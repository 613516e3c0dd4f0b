//! A requirement of a version that is active in some environments.

use std::rc::Rc;
use std::sync::Arc;

use pep440_rs::Version;

use crate::dependency::{Dependencies, Dependency};
use crate::node::{EnvironmentSet, ExtraId, NameId};

/// A version of a package, with or without an extra, in some environments.
pub(crate) type Asker = (NameId, Option<ExtraId>, EnvironmentSet, Version);

/// Its requirements, or one line that says why it cannot be used.
pub(crate) type ActiveDependencies = Result<Rc<Vec<ActiveDependency>>, Arc<str>>;

/// A requirement, and the environments in which its marker is true.
pub(crate) struct ActiveDependency {
    pub(super) source: Rc<Dependencies>,
    pub(super) line: usize,
    pub(crate) environments: EnvironmentSet,
}

impl ActiveDependency {
    pub(crate) fn dependency(&self) -> &Dependency {
        &self.source.requires[self.line]
    }
}
