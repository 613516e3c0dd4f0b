//! Wheelhouses filled from an index on loopback: what is chosen, what is kept, what goes wrong.

mod cache;
mod checking;
mod choice;
mod failures;
mod folder;
mod forms;
mod references;
mod setup;
