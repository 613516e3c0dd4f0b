//! The arguments of `harden merge-driver`.

use std::path::PathBuf;

use clap::Args;

/// The versions of a strict file to merge, as git passes them to a merge driver.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Install it with these two lines:\n  \
        git config merge.harden.driver 'harden merge-driver %O %A %B %P'\n  \
        echo 'strict.txt merge=harden' >> .gitattributes")]
pub struct MergeDriverArgs {
    /// File with the common ancestor (%O)
    #[arg(value_name = "BASE")]
    pub base: PathBuf,
    /// File with our version (%A); the result replaces it
    #[arg(value_name = "OURS")]
    pub ours: PathBuf,
    /// File with their version (%B)
    #[arg(value_name = "THEIRS")]
    pub theirs: PathBuf,
    /// Path of the file in the repository (%P), for messages
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
}
