//! The `harden` executable.

fn main() {}
