//! What a person can ask for: one file or folder a command, named as it is typed.

pub mod cache;
pub mod check;
pub mod completions;
pub mod diff;
pub mod explain;
pub mod fetch;
pub mod init;
pub mod lock;
pub mod manual;
pub mod report;
pub mod targets;
pub mod verify;
