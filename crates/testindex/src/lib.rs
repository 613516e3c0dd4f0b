//! A package index for tests: universes written one line a release, in memory and on loopback,
//! with faults.
//!
//! A [`Universe`] is all that an index holds. It builds tiny real wheels and sdists, the same
//! bytes each time. It *is* a [`harden_packaging::Index`], for tests of the resolver, and
//! [`Server`] serves one over HTTP, for tests of everything else.
//!
//! ```
//! use harden_testindex::Universe;
//!
//! let universe = Universe::new(
//!     r#"
//!     flask 2.0   requires=werkzeug>=2,<3,jinja2
//!     flask 2.1   yanked='broken on Mondays' python=>=3.8 sdist uploaded=2024-05-01
//!     flask 2.2   requires=werkzeug requires='tomli; python_version < "3.11"' extra:async=asgiref>=3
//!     numpy 2.3   wheels=cp311-cp311-manylinux2014_aarch64,py3-none-any requires@py3-none-any=slow
//!     jinja2 3.1
//!     empty-project
//!     "#,
//! );
//! assert!(universe.file("flask-2.1.tar.gz").is_some());
//! assert!(universe.file("numpy-2.3-py3-none-any.whl").is_some());
//! ```
//!
//! # The language
//!
//! One release a line: its project, its version, then settings in any order. A line with a name
//! alone is a project without files; the same name and version may stand on several lines that
//! hold different files. `#` at the start of a line begins a comment. A value that begins with a
//! quote, `'` or `"`, goes to the same quote at the end of a word, so that it may hold spaces and
//! the other quote.
//!
//! | setting | says |
//! | --- | --- |
//! | `wheels=TAGS,…` | the wheels of the release, by tags (`py3-none-any` where nothing is said), with a build tag if need be (`1-py3-none-any`); `wheels=none` |
//! | `sdist`, `sdist=zip` | it has an sdist, `.tar.gz` or `.zip` |
//! | `junk=FILENAME,…` | the project's page lists these too, which are neither |
//! | `requires=REQUIREMENT,…` | `Requires-Dist`; may be repeated; a comma parts requirements only where a name follows it, outside quotes and brackets |
//! | `extra:NAME=REQUIREMENT,…` | the same under an extra; `extra:NAME` provides an empty one |
//! | `python=SPECIFIERS` | `Requires-Python`, in the metadata and in the listing |
//! | `listed-python=SPECIFIERS` | after `python=`: another one in the listing; `listed-python=none` |
//! | `yanked`, `yanked='REASON'` | PEP 592 |
//! | `uploaded=WHEN` | a date or a timestamp; [`UPLOADED`] where nothing is said; `uploaded=none` |
//! | `modified=WHEN` | the server's `Last-Modified` for its files; none where nothing is said |
//! | `hash=md5`, `hash=none`, `hash=wrong` | what the index lists in place of the SHA-256 |
//! | `core-metadata=off` | the index has no `.metadata` file for it |
//! | `metadata=broken`, `metadata=mismatched` | metadata that cannot be read, or is another version's |
//! | `dynamic=FIELD,…` | fields that the sdist's metadata calls dynamic (PEP 643) |
//! | `builds=TAGS` | its sdist has a backend of its own, which makes a wheel of these tags; `builds=nothing`: which fails |
//! | `builds-as=NAME` | that wheel is of another project |
//! | `built-requires=REQUIREMENT,…` | what that wheel requires |
//! | `build-requires=REQUIREMENT,…`, `backend-needs=REQUIREMENT,…` | what that takes, as `pyproject.toml` and as the backend says it |
//! | `pad=BYTES` | makes the file larger by so many bytes, which no compression shrinks |
//!
//! `KEY@FILE=VALUE`, where `FILE` is a wheel's tags as `wheels=` spells them, or `sdist`, says it of
//! that file alone, in place of what the release says.

#![expect(
    clippy::format_collect,
    reason = "plain to read, and the pages of tests are small"
)]

mod backend;
mod fault;
mod file;
mod http;
mod line;
mod memory;
mod pages;
mod sdist;
mod server;
mod site;
mod universe;
mod wheel;

pub use fault::Fault;
pub use file::{File, UPLOADED};
pub use http::Request;
pub use server::{PlannedFault, Server};
pub use site::Flavour;
pub use universe::Universe;
