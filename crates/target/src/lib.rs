//! Target platforms: what to install *for*, never what we run *on*.
//!
//! A [`Target`] is read from any spelling of a platform and its Python, from a preset, from a
//! complete-platform file or from the output of an interpreter. It has ordered wheel [`Tags`], and
//! the [`Environment`] in which markers are evaluated. A [`WheelFilename`] holds the tags of a wheel.
//!
//! Nothing here reads a file, runs a program or looks at the machine.

mod complete_platform;
mod environment;
mod marker_variable;
mod platform;
mod presets;
mod probe;
mod python;
mod spelling;
mod suggest;
mod tags;
mod target;
mod tell_apart;
mod wheel;

pub use complete_platform::CompletePlatformError;
pub use environment::{Environment, EnvironmentError, PythonFullVersion};
pub use marker_variable::{MarkerVariable, ParseMarkerVariableError};
pub use platform::{Libc, Platform};
pub use presets::{PRESETS, Preset};
pub use probe::{INTERPRETER_PROBE, ProbeError};
pub use python::{Abi, Implementation, PythonVersion};
pub use spelling::ParseTargetError;
pub use tags::{TagRank, Tags};
pub use target::Target;
pub use tell_apart::TellApartError;
pub use wheel::{BuildTag, ParseWheelError, WheelFilename, WheelParts, WheelTags};
