//! The commands: one file or folder per command, named as it is typed.

pub mod audit;
pub mod cache;
pub mod check;
pub mod completions;
pub mod diff;
pub mod edit;
pub mod explain;
pub mod export;
pub mod fetch;
pub mod import;
pub mod init;
pub mod lock;
pub mod manual;
pub mod merge_driver;
pub mod outdated;
pub mod report;
pub mod targets;
pub mod tree;
pub mod verify;
pub mod vet;
