//! Strict files: a resolution written with its hashes, read back and verified.
