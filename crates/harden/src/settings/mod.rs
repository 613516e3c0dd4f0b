//! What the user said: on the command line, in the environment, in configuration files and in
//! requirements files.

pub mod args;
pub mod commit_archives;
pub mod config;
pub mod cutoffs;
pub mod dockerfile;
pub mod exemptions;
pub mod foreign_options;
pub mod foreign_platforms;
pub mod imported_lock;
pub mod inputs;
pub mod interpreter;
mod misplaced_arguments;
mod not_loose;
pub mod own_projects;
pub mod pip_config;
pub mod platforms;
pub mod project_folder;
pub mod project_records;
pub mod requirements_urls;
pub mod shard;
pub mod side_by_side;
pub mod sources;
