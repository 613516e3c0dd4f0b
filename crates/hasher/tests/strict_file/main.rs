//! What is written, what is read, and that the two are each other's inverse.

mod common;
mod properties;
mod reading;
mod references;
mod round_trip;
mod writing;
