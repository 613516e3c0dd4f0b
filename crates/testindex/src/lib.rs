//! A package index for tests: universes written one line a release, in memory and on loopback, with faults.
