//! Requirements: lines read as leniently as real metadata needs, markers, version sets, files.

mod marker;
mod requirement;
mod specifiers;

pub use marker::{Marker, Open, Truth};
pub use requirement::{ParseRequirementError, Requirement, Source};
pub use specifiers::{Admission, ParseSpecifiersError, Specifiers, VersionSet};
