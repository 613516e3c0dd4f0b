//! Target platforms: what to install *for*, never what we run *on*.

mod environment;
mod tags;
mod target;
mod wheel;

pub use environment::{Environment, MarkerVariable, PythonFullVersion};
pub use tags::{TagRank, Tags};
pub use target::{ParseTargetError, Target};
pub use wheel::{BuildTag, ParseWheelError, WheelFilename, WheelTags};
