//! The arguments of `harden add` and `harden remove`.

use clap::Args;
use harden_packaging::PackageName;
use harden_requirements::Requirement;

/// What to require, and where.
#[derive(Debug, Clone, Args)]
pub struct AddArgs {
    /// Requirements to add, e.g. `flask` or `flask>=3`
    #[arg(value_name = "REQUIREMENT", required = true)]
    pub requirements: Vec<Requirement>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What to require no longer, and where.
#[derive(Debug, Clone, Args)]
pub struct RemoveArgs {
    /// Packages to remove
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<PackageName>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// The loose file to edit.
#[derive(Debug, Clone, Args)]
pub struct PlaceArgs {
    /// Loose file to edit [default: that of the lock]
    #[arg(long, short = 'r', value_name = "FILE")]
    pub requirement: Option<String>,
    /// Dependency group of pyproject.toml to edit
    #[arg(long, value_name = "NAME")]
    pub group: Option<PackageName>,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
