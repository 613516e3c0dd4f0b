//! The list of targets.

use crate::{archives, files, locks, pages, requirements, trust};

/// A reader that is fuzzed.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, for `scripts/fuzz`.
    pub name: &'static str,
    /// What runs it.
    pub kind: Kind,
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// What a reader takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text; what is not UTF-8 is passed over.
    Text(fn(&str)),
    /// Bytes.
    Bytes(fn(&[u8])),
}

impl Target {
    /// Runs the reader. It panics if something does not hold.
    pub fn run(&self, input: &[u8]) {
        match self.kind {
            Kind::Bytes(run) => run(input),
            Kind::Text(run) => {
                if let Ok(text) = std::str::from_utf8(input) {
                    run(text);
                }
            }
        }
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    text("version", requirements::version, requirements::versions),
    text(
        "specifiers",
        requirements::specifiers,
        requirements::specifier_sets,
    ),
    text("marker", requirements::marker, requirements::markers),
    text(
        "requirement",
        requirements::requirement,
        requirements::single_requirements,
    ),
    text(
        "requirements-file",
        requirements::file,
        requirements::requirements_files,
    ),
    text("pyproject", requirements::pyproject, requirements::projects),
    text("setup", requirements::setup, requirements::setups),
    text("script", requirements::script, requirements::scripts),
    text("target", requirements::target, requirements::targets),
    text(
        "complete-platform",
        requirements::complete_platform,
        requirements::platforms,
    ),
    text(
        "wheel-name",
        requirements::wheel_name,
        requirements::wheel_names,
    ),
    text(
        "reference",
        requirements::reference,
        requirements::references,
    ),
    bytes("simple-json", pages::simple_json, pages::simple_json_pages),
    bytes("simple-html", pages::html, pages::html_pages),
    bytes("json-api", pages::json_api, pages::json_api_pages),
    bytes(
        "cached-page",
        harden_index::fuzz::kept_page,
        pages::cached_pages,
    ),
    bytes(
        "shared-page",
        harden_index::fuzz::shared_page,
        pages::shared_pages,
    ),
    bytes(
        "core-metadata",
        harden_index::fuzz::core_metadata,
        pages::core_metadata,
    ),
    bytes(
        "cached-metadata",
        harden_index::fuzz::kept_metadata,
        pages::core_metadata,
    ),
    bytes(
        "sdist-pyproject",
        harden_index::fuzz::pyproject,
        pages::sdist_projects,
    ),
    bytes(
        "gzip",
        harden_index::fuzz::compressed_body,
        pages::compressed,
    ),
    text("netrc", harden_index::fuzz::netrc, files::netrc),
    bytes("wheel", harden_fetch::fuzz::wheel, archives::wheels),
    bytes(
        "wheel-metadata",
        harden_index::fuzz::wheel_metadata,
        archives::wheel_ends,
    ),
    text("record", harden_fetch::fuzz::record, archives::records),
    bytes("sdist-metadata", archives::sdist_metadata, archives::sdists),
    bytes("unpack-tar", archives::unpack_tar, archives::tars),
    bytes("unpack-zip", archives::unpack_zip, archives::zips),
    text("strict-file", files::strict, files::strict_files),
    bytes("check", files::check, files::checks),
    text("lock", locks::lock, locks::locks),
    text("osv", locks::advisories, locks::osv_records),
    bytes("provenance", trust::provenance, trust::provenances),
    text("trusted-root", trust::trusted_root, trust::trusted_roots),
    bytes("audits", trust::audits, trust::audit_files),
    bytes("wheel-diff", trust::wheel_diff, trust::compared_wheels),
    text(
        "policy-records",
        locks::policy_records,
        locks::policy_record_seeds,
    ),
    text(
        "harden-toml",
        harden_cli::fuzz::config,
        files::configurations,
    ),
    text(
        "pip-conf",
        harden_cli::fuzz::pip_config,
        files::pip_configurations,
    ),
];

const fn text(name: &'static str, run: fn(&str), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target {
        name,
        kind: Kind::Text(run),
        seeds,
    }
}

const fn bytes(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target {
        name,
        kind: Kind::Bytes(run),
        seeds,
    }
}
