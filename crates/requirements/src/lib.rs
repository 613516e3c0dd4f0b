//! Requirements, markers, version specifiers, and the files that users write them in.
//!
//! Parsers turn text into values and do no IO; the text of included files comes through [`ReadText`].
//! They accept what real metadata holds. Syntax and semantics are those of PyPA's packaging 26.3 and
//! pip 26.3; the tests compare them case by case. Versions are those of `pep440_rs`. Its specifiers
//! are not used, since they reject `>=1.0,` and are wrong for `<1.0.post1`, local versions and `===`.
//! `pep508_rs` is not used either: a comparison that it cannot read counts as true, and a crafted
//! marker makes it panic in a way that affects every later marker of the process.

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
    UnbuiltProject,
};
pub use marker::{Chosen, Marker, Open, ParseMarkerError, Truth};
pub use project::{
    BuiltMetadata, Declared, ProjectFiles, ProjectParts, RequiredExtra, dependency_files,
    project_name, project_version, read_extras, read_groups, read_pyproject, read_script,
    read_setup_cfg, read_uv_toml, take_own,
};
pub use read_error::{Problem, ReadError};
pub use reqfile::{ReadText, read, read_constraints};
pub use requirement::{ParseRequirementError, Requirement, Source};
pub use specifiers::{
    Admission, ParseSpecifiersError, Specifiers, VersionSet, intersection_of, union_of,
};
pub use syntax::SyntaxError;
