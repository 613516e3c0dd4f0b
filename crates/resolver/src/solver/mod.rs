//! The search for a set of releases that satisfies all requirements.
//!
//! [`state`] draws conclusions and learns from conflicts; it knows only numbers. [`search`] reads the
//! catalog and decides which package is next, which of its releases, and what to request in advance.

pub(crate) mod candidates;
pub(crate) mod failure;
pub(crate) mod incompatibility;
pub(crate) mod places;
mod priority;
mod rejections;
mod requirements;
pub(crate) mod search;
pub(crate) mod state;
mod term;
