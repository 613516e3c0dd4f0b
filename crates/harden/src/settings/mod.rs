//! What the user said: on the command line, in the environment, in configuration files and in
//! requirements files.

pub mod archives;
pub mod args;
pub mod config;
pub mod cutoffs;
pub mod elsewhere;
pub mod exemptions;
pub mod foreign;
pub mod image;
pub mod imported;
pub mod inputs;
pub mod interpreter;
mod misplaced;
pub mod pip_config;
pub mod platforms;
pub mod project_folder;
mod projects;
pub mod sources;
pub mod urls;
