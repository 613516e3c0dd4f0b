//! The check of strict files: every rule both ways, every single edit of real ones, and what an
//! index says of them.

mod bad_files;
mod common;
mod mutations;
mod rules;
mod verify;
