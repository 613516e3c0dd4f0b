//! What a strict file is checked against: the loose requirements and the targets.

use harden_packaging::PackageName;
use harden_requirements::Inputs;
use harden_target::{MarkerVariable, Target};

/// What is required of a strict file, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Expectations<'a> {
    /// The loose files, as they are now.
    pub inputs: &'a Inputs,
    /// Requirements that replace others of the same package.
    pub overrides: &'a Inputs,
    /// What no requirement adds.
    pub excluded: &'a [PackageName],
    /// Values for what targets leave open.
    pub markers: &'a [(MarkerVariable, String)],
    /// Whether what distributions require is followed (`--no-deps`: it is not).
    pub follows_dependencies: bool,
    /// The canonical lines of inputs and overrides, that the digest is taken of.
    pub input_lines: &'a [String],
    /// What the file is for; none where nobody knows, and then markers cannot be decided.
    pub targets: &'a [Target],
    /// The folder that names of files are relative to, as `web/`, for messages;
    /// empty for the working folder.
    pub folder: &'a str,
}
