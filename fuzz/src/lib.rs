//! Fuzz targets: each reader of text or bytes from outside, with what must hold whatever they are.
//!
//! [`TARGETS`] has them. Their tests run each for a moment with changed seeds, as part of `cargo test`;
//! `scripts/fuzz SECONDS` runs them guided by coverage, which finds more.

mod archives;
mod files;
mod locks;
#[cfg(test)]
mod mutate;
mod pages;
mod requirements;
mod seeds;
mod target;
#[cfg(test)]
mod tests;
mod trust;

pub use target::{Kind, TARGETS, Target};
