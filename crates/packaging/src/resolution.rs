//! The resolver's answer: one pin a version of a package, and what it is for.

use std::sync::Arc;

use harden_target::{Environment, Target};
use pep440_rs::Version;

use crate::{DistFile, ExtraName, PackageName, Reference};

/// An index into [`Resolution::resolved_for`].
pub type EnvironmentId = usize;

/// A complete answer: for each environment, the pins that name it are a valid set by themselves.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// What was resolved for: each target, in the user's order, once for each part into which
    /// `python_full_version` markers split it.
    pub resolved_for: Vec<ResolvedFor>,
    /// Sorted by name, version and reference.
    pub pins: Vec<Pin>,
}

/// A target, or one side of it where a marker turned on the patch level of its Python.
#[derive(Debug, Clone)]
pub struct ResolvedFor {
    /// The target as the user named it.
    pub target: Target,
    /// The environment its markers were decided in.
    pub environment: Environment,
}

/// One version of one package, from the index or from one place.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Where its one file is, if a direct reference of the user's names that; `None`: at the index.
    pub reference: Option<Reference>,
    /// The extras of it that something asked for, sorted.
    pub extras: Vec<ExtraName>,
    /// The environments it is for, ascending; never empty.
    pub environments: Vec<EnvironmentId>,
    /// The marker that is true in just these environments; `None`: it is for all of them.
    pub marker: Option<String>,
    /// What is installed: each file once, sorted by file name; together they serve every environment.
    pub files: Vec<ChosenFile>,
    /// What asked for it, sorted, each once.
    pub via: Vec<Via>,
}

/// A file that some environments install.
#[derive(Debug, Clone)]
pub struct ChosenFile {
    /// The file.
    pub file: Arc<DistFile>,
    /// Who installs it, ascending; never empty.
    pub environments: Vec<EnvironmentId>,
}

/// What asked for a pin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// A requirement of this package.
    Package(PackageName),
    /// A requirement of the user's own, in the file of this name as the user gave it (`loose.txt`).
    File(Arc<str>),
}
