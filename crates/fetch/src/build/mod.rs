//! Wheels built from the sdists of a strict file, for those who ask for it.
//!
//! An sdist is code that runs when it is built, so nothing here happens unless the user asks for it.
//! An sdist is verified like every file, unpacked so that no member lands outside of its folder, and
//! built in a virtual environment that holds its build requirements and nothing else, in a
//! [`Sandbox`].
//!
//! 1. [`sdists`] lists what a strict file pins as an sdist and some target has no wheel of.
//! 2. [`Source::sdist`] fetches, unpacks and reads one; [`Source::requires`] is what its
//!    `pyproject.toml` says that building it requires.
//! 3. The caller pins that, and [`Source::prepare`] makes an [`Environment`] of the pins.
//! 4. [`Environment::ask`] lets the backend name further requirements (PEP 517), which take another
//!    environment.
//! 5. [`Environment::metadata`] gives the metadata without building the wheel, where the backend can.
//! 6. [`Environment::build`] builds the wheel, rewrites it in a reproducible form, inspects it and
//!    puts it into the cache.
//!
//! The hooks of PEP 517 are called directly. Only the build requirements are installed by pip, that of
//! the interpreter that builds. [`BuiltCache`] keeps results by sdist, interpreter and build
//! requirements.
//!
//! <https://peps.python.org/pep-0517/>,
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table>

mod build_output;
mod build_system;
mod built_cache;
mod built_wheel;
mod container;
mod downloads;
mod environment;
mod environment_templates;
mod error;
mod git;
mod interpreter;
mod needed_builds;
mod pack_sdist;
mod repack_wheel;
mod repository;
mod sandbox;
mod sdist_file;
mod source_build;
mod source_tree;
mod unpack;

pub use built_cache::{BuildKey, BuiltCache};
pub use built_wheel::BuiltWheel;
pub use container::container_command;
pub use downloads::Downloads;
pub use environment::{Environment, Prepared};
pub use environment_templates::Templates;
pub use error::BuildError;
pub use interpreter::Interpreter;
pub use needed_builds::{Sdist, missing_wheels, remove_sdist, sdists};
pub use pack_sdist::{Packed, pack};
pub use repository::{Checkout, GitUrl, RepositoryError};
pub use sandbox::{Confinement, Limits, Sandbox, View, enter as enter_sandbox};
pub use sdist_file::SdistFile;
pub use source_build::Source;
pub use source_tree::Tree;
pub(crate) use unpack::{unpack_tar, unpack_zip};
