//! What the resolver answers, over universes in memory.

mod choice;
mod conflicts;
mod extras;
mod markers;
mod multi_target;
mod oracle;
mod pin_reasons;
mod prefetching;
mod prereleases;
mod references;
mod statistics;
mod support;
