//! Wheels built from the sdists of a strict file, for those who ask for it.
//!
//! An sdist is code that runs when it is built, so nothing here happens unasked, and no more of it
//! than must: it is verified like every file, unpacked so that nothing lands outside of its folder,
//! and built in a virtual environment that holds its build requirements and nothing else, without
//! the user's environment and, where the system allows, without a network. That keeps honest code
//! honest; it is no jail for the other kind.
//!
//! 1. [`sdists`] lists what a lock would have to build.
//! 2. [`Source::open`] fetches, unpacks and reads one; [`Source::requires`] is what it says itself
//!    that it needs.
//! 3. The caller pins that, and [`Source::prepare`] makes an [`Environment`] of the pins.
//! 4. [`Environment::ask`] lets the backend say what else it needs (PEP 517), which makes for
//!    another environment.
//! 5. [`Environment::build`] makes the wheel, looks into it and puts it into the wheelhouse.
//!
//! pip is the front end, the one of the interpreter that builds: an interpreter has it, or its
//! `ensurepip` brings it, whereas `build` would have to be brought from an index, with its own
//! requirements. [`BuiltCache`] keeps what was built, by sdist, interpreter and build requirements.
//!
//! <https://peps.python.org/pep-0517/>,
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table>

mod build_system;
mod built_cache;
mod built_wheel;
mod command;
mod downloads;
mod environment;
mod error;
mod interpreter;
mod network;
mod sdists;
mod source;
mod unpack;

pub use built_cache::{BuildKey, BuiltCache};
pub use built_wheel::BuiltWheel;
pub use downloads::Downloads;
pub use environment::Environment;
pub use error::BuildError;
pub use interpreter::Interpreter;
pub use network::NetworkCut;
pub use sdists::{Sdist, remove_sdist, sdists};
pub use source::Source;
