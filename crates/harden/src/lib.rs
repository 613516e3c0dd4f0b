//! The command lines of harden and fetch: arguments, progress, reports and exit codes.
