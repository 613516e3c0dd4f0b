//! skeleton
/// A program for the interpreter to run, which prints what `Target::from_probe` reads.
pub const INTERPRETER_PROBE: &str = "";
/// Why the output of the probe is no target.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no probe output")]
pub struct ProbeError {}
