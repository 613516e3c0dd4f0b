//! The resolver's answer: a pin for each version of a package, with the environments it is for.

use std::sync::Arc;

use harden_target::{Environment, Target};
use pep440_rs::Version;

use crate::{DistFile, ExtraName, PackageName, Reference};

/// An index into [`Resolution::resolved_for`].
pub type EnvironmentId = usize;

/// A complete answer. For each environment, the pins that name it are a valid installation.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The environments that were resolved for: each target, in the user's order, once for each part into which
    /// `python_full_version` markers split it.
    pub resolved_for: Vec<ResolvedFor>,
    /// Sorted by name, version and reference.
    pub pins: Vec<Pin>,
}

/// A target, or one part of it if a marker depends on the patch level of its Python.
#[derive(Debug, Clone)]
pub struct ResolvedFor {
    /// The target as the user named it.
    pub target: Target,
    /// The environment in which markers were evaluated.
    pub environment: Environment,
}

/// One version of one package, from the index or from a direct reference.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The direct reference to its one file, if the user gave one; `None` if it comes from the index.
    pub reference: Option<Reference>,
    /// Its extras that something requires, sorted.
    pub extras: Vec<ExtraName>,
    /// The environments that install it, ascending; never empty.
    pub environments: Vec<EnvironmentId>,
    /// A marker that is true in exactly these environments; `None` if all environments install it.
    pub marker: Option<String>,
    /// The files that are installed, each once, sorted by file name; every environment installs one of them.
    pub files: Vec<ChosenFile>,
    /// What requires it, sorted, without duplicates.
    pub via: Vec<Via>,
}

/// A file that one or more environments install.
#[derive(Debug, Clone)]
pub struct ChosenFile {
    /// The file.
    pub file: Arc<DistFile>,
    /// The environments that install it, ascending; never empty.
    pub environments: Vec<EnvironmentId>,
}

/// What requires a pin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// A requirement of this package.
    Package(PackageName),
    /// A requirement in the user's file of this name, as the user gave it (`loose.txt`).
    File(Arc<str>),
}
