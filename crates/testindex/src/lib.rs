//! A package index for tests: universes written with one line per release, in memory and on loopback,
//! with faults.
//!
//! A [`Universe`] is the contents of an index. It builds tiny real wheels and sdists, the same
//! bytes in each run. It implements [`harden_packaging::Index`], for tests of the resolver;
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
//! One release per line: project, version, then settings in any order. A line with a name
//! alone is a project without files; several lines may have the same name and version if they
//! hold different files. `#` at the start of a line begins a comment. A value that begins with a
//! quote, `'` or `"`, ends at the same quote at the end of a word, so it may contain spaces and
//! the other quote.
//!
//! | setting | meaning |
//! | --- | --- |
//! | `wheels=TAGS,…` | the wheels of the release, by tags (default `py3-none-any`), optionally after a build tag (`1-py3-none-any`); `wheels=none` |
//! | `sdist`, `sdist=zip` | an sdist, `.tar.gz` or `.zip` |
//! | `junk=FILENAME,…` | other files on the project's page, which are not distributions |
//! | `requires=REQUIREMENT,…` | `Requires-Dist`; may be repeated; a comma separates requirements only if a name follows it, outside quotes and brackets |
//! | `extra:NAME=REQUIREMENT,…` | the same under an extra; `extra:NAME` provides an empty extra |
//! | `python=SPECIFIERS` | `Requires-Python`, in the metadata and in the listing |
//! | `listed-python=SPECIFIERS` | after `python=`: a different value in the listing; `listed-python=none` |
//! | `yanked`, `yanked='REASON'` | PEP 592 |
//! | `status=NAME` | the status of its project, `archived` and the like (PEP 792), in the JSON form |
//! | `uploaded=WHEN` | a date or a timestamp (default [`UPLOADED`]); `uploaded=none` |
//! | `modified=WHEN` | the server's `Last-Modified` for its files (default: no header) |
//! | `hash=md5`, `hash=none`, `hash=wrong` | what the index lists instead of the SHA-256 |
//! | `core-metadata=off` | the index has no `.metadata` file |
//! | `metadata=broken`, `metadata=mismatched` | metadata that is malformed, or that of another version |
//! | `dynamic=FIELD,…` | fields that the sdist's metadata declares dynamic (PEP 643) |
//! | `field='FIELD: VALUE'` | a further field of the metadata, such as `License-Expression: MIT`; may be repeated |
//! | `owners=USER,@ORGANISATION` | the owners of its project, in PyPI's JSON API; the last release that names some decides |
//! | `member=PATH` | a further, empty member of the wheels; may be repeated |
//! | `wrong-record` | the `RECORD` of wheels has the digest of other bytes for the module |
//! | `builds=TAGS` | the sdist has a backend of its own, which builds a wheel with these tags, for `linux_ARCH` with native code; with `builds=nothing` it fails |
//! | `repairs=PLATFORM` | `python -m PROJECT repair` makes wheels for this platform of built ones, as auditwheel does; with `repairs=nothing` it fails |
//! | `builds-as=NAME` | the built wheel is that of another project |
//! | `built-requires=REQUIREMENT,…` | the requirements of the built wheel |
//! | `build-requires=REQUIREMENT,…`, `backend-needs=REQUIREMENT,…` | the build requirements that `pyproject.toml` and the backend state |
//! | `pad=BYTES` | makes the file larger by this many incompressible bytes |
//!
//! `KEY@FILE=VALUE`, where `FILE` is a wheel's tags as `wheels=` spells them, or `sdist`, applies to
//! that file only and replaces the setting of the release.

#![expect(
    clippy::format_collect,
    reason = "plain to read, and the pages of tests are small"
)]

mod bucket;
mod build_backend;
mod certificates;
mod der;
mod fault;
mod file;
mod http;
mod line;
mod loopback;
mod memory;
mod pages;
mod proxy;
mod responses;
mod sdist;
mod server;
mod signing;
mod sigstore;
mod tls_front;
mod universe;
mod wheel;

pub use bucket::Bucket;
pub use certificates::{Authority, Identity};
pub use fault::Fault;
pub use file::{File, UPLOADED};
pub use http::Request;
pub use proxy::Proxy;
pub use responses::Flavour;
pub use server::{PlannedFault, Server};
pub use signing::{Signing, github_publisher, provenance, statement};
pub use sigstore::{Part, Sigstore};
pub use tls_front::TlsFront;
pub use universe::Universe;
