//! Requirements: lines read as leniently as real metadata needs, markers, version sets, and the
//! files that users write.
//!
//! Text goes in, values come out; the text of included files comes through [`ReadText`]. Syntax
//! and semantics are those of PyPA's packaging 26.3 and pip 26.3, which the tests compare with
//! case by case. Versions are those of `pep440_rs`. Its specifiers are not used, for they refuse
//! `>=1.0,` and misjudge `<1.0.post1`, local versions and `===`; nor is `pep508_rs`, which makes a
//! comparison it cannot read true, and which a crafted marker makes panic, in a way that spoils
//! every later marker of the process.

mod inputs;
mod marker;
mod project;
mod read_error;
mod reqfile;
mod requirement;
mod specifier;
mod specifiers;
mod syntax;

pub use inputs::{
    Direct, Entry, FormatChoice, Hash, HashAlgorithm, IndexChoice, Input, InputOptions, Inputs,
    LocalProject, Location, Origin, PackageChoice, PythonRequirement, ReleaseChoice,
};
pub use marker::{Marker, Open, ParseMarkerError, Truth};
pub use project::{project_name, project_version, read_pyproject, read_script};
pub use read_error::{Problem, ReadError};
pub use reqfile::{ReadText, read, read_constraints};
pub use requirement::{ParseRequirementError, Requirement, Source};
pub use specifiers::{Admission, ParseSpecifiersError, Specifiers, VersionSet};
pub use syntax::SyntaxError;
