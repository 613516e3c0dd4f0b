//! The `fetch` executable.

fn main() {}
