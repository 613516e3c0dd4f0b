//! What the resolver answers, over universes in memory.

mod accounts;
mod choice;
mod conflicts;
mod extras;
mod markers;
mod oracle;
mod prereleases;
mod support;
mod together;
