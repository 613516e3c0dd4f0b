//! What the resolver answers, over universes in memory.

mod accounts;
mod choice;
mod conflicts;
mod effort;
mod extras;
mod markers;
mod oracle;
mod prereleases;
mod references;
mod support;
mod together;
