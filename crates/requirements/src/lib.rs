//! Requirements: lines read as leniently as real metadata needs, markers, version sets, files.

mod inputs;
mod marker;
mod requirement;
mod specifier;
mod specifiers;
mod syntax;

pub use inputs::{
    Entry, FormatChoice, Hash, HashAlgorithm, IndexChoice, Input, InputOptions, Inputs, Location,
    Origin, ReadError, ReadText, read, read_pyproject, read_script,
};
pub use marker::{Marker, Open, ParseMarkerError, Truth};
pub use requirement::{ParseRequirementError, Requirement, Source};
pub use specifiers::{Admission, ParseSpecifiersError, Specifiers, VersionSet};
pub use syntax::SyntaxError;
