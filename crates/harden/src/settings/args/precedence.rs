//! The precedence of settings: the command line, then environment variables, then the configuration.
//!
//! The variable of a repeatable option holds values separated by white space, or by line ends where
//! values contain spaces. clap reads all other variables.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use super::{CacheArgs, IndexArgs, LockArgs, SdistArgs, TargetArgs, WritingArgs, words};
use crate::report::{Error, Report};
use crate::settings::config::place;

/// An environment variable of a repeatable option holds a value that is not valid.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct VariableError {
    variable: &'static str,
    reason: String,
}

impl Report for VariableError {}

impl LockArgs {
    /// These arguments, with repeatable options that were not given taken from their variables.
    ///
    /// # Errors
    ///
    /// A variable holds a value that is not valid.
    pub fn with_environment(self) -> Result<Self, Error> {
        Ok(Self {
            loose: [self.loose, self.requirement].concat(),
            requirement: Vec::new(),
            platform: words(&self.platform, "HARDEN_PLATFORM"),
            constraints: words(&self.constraints, "HARDEN_CONSTRAINT"),
            prefer: words(&self.prefer, "HARDEN_PREFER"),
            extras: values(self.extras, "HARDEN_EXTRA")?,
            groups: values(self.groups, "HARDEN_GROUP")?,
            exclude_newer_package: values(
                self.exclude_newer_package,
                "HARDEN_EXCLUDE_NEWER_PACKAGE",
            )?,
            prerelease_package: values(self.prerelease_package, "HARDEN_PRERELEASE_PACKAGE")?,
            exempt: lines(self.exempt, "HARDEN_EXEMPT")?,
            overrides: words(&self.overrides, "HARDEN_OVERRIDE"),
            exclude: values(self.exclude, "HARDEN_EXCLUDE")?,
            upgrade_package: values(self.upgrade_package, "HARDEN_UPGRADE_PACKAGE")?,
            target: TargetArgs {
                marker: lines(self.target.marker, "HARDEN_MARKER")?,
                ..self.target
            },
            sdists: self.sdists.with_environment()?,
            metadata: lines(self.metadata, "HARDEN_METADATA")?,
            index: self.index.with_environment()?,
            ..self
        })
    }

    /// The text that a loose file is to be read with, if not the one on disk.
    pub fn edited_text(&self, file: &str) -> Option<&str> {
        let edited = self.edited.as_ref()?;
        (place(Path::new(file)) == edited.place).then_some(&*edited.text)
    }

    /// These arguments, completed by those of `below`.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            requirement: Vec::new(),
            generate_hashes: false,
            only_binary: Vec::new(),
            imports: self.imports || below.imports,
            edited: self.edited.or(below.edited),
            loose: given(self.loose, below.loose),
            platform: given(self.platform, below.platform),
            output: self.output.or(below.output),
            format: self.format.or(below.format),
            constraints: given(self.constraints, below.constraints),
            prefer: given(self.prefer, below.prefer),
            extras: given(self.extras, below.extras),
            groups: given(self.groups, below.groups),
            upgrade: self.upgrade || below.upgrade,
            upgrade_package: given(self.upgrade_package, below.upgrade_package),
            exclude_newer: self.exclude_newer.or(below.exclude_newer),
            exclude_newer_package: given(self.exclude_newer_package, below.exclude_newer_package),
            exempt: given(self.exempt, below.exempt),
            undated: self.undated.or(below.undated),
            prerelease: if self.pre {
                None
            } else {
                self.prerelease.or(below.prerelease)
            },
            prerelease_package: given(self.prerelease_package, below.prerelease_package),
            exhaustive: self.exhaustive || below.exhaustive,
            pre: self.pre || self.prerelease.is_none() && below.pre,
            resolution: self.resolution.or(below.resolution),
            overrides: given(self.overrides, below.overrides),
            exclude: given(self.exclude, below.exclude),
            no_deps: self.no_deps || below.no_deps,
            writing: self.writing.over(below.writing),
            target: self.target.over(below.target),
            sdists: self.sdists.over(below.sdists),
            metadata: given(self.metadata, below.metadata),
            index: self.index.over(below.index),
            cache: CacheArgs {
                shared_cache: self.cache.shared_cache.or(below.cache.shared_cache),
                ..self.cache
            },
            no_reuse: self.no_reuse || below.no_reuse,
            policy: match (self.policy, below.policy) {
                (Some(own), Some(below)) => Some(own.over(below)),
                (own, below) => own.or(below),
            },
        }
    }
}

impl IndexArgs {
    /// These arguments, with repeatable options that were not given taken from their variables.
    ///
    /// # Errors
    ///
    /// A variable holds a value that is not valid.
    pub fn with_environment(self) -> Result<Self, Error> {
        Ok(Self {
            extra_index_url: words(&self.extra_index_url, "HARDEN_EXTRA_INDEX_URL"),
            index: values(self.index, "HARDEN_INDEX")?,
            index_package: values(self.index_package, "HARDEN_INDEX_PACKAGE")?,
            find_links: words(&self.find_links, "HARDEN_FIND_LINKS"),
            ..self
        })
    }

    fn over(self, below: Self) -> Self {
        Self {
            no_index: self.no_index || self.index_url.is_none() && below.no_index,
            index_url: self.index_url.or(below.index_url),
            extra_index_url: given(self.extra_index_url, below.extra_index_url),
            index: given(self.index, below.index),
            index_package: given(self.index_package, below.index_package),
            index_strategy: self.index_strategy.or(below.index_strategy),
            find_links: given(self.find_links, below.find_links),
            no_pip_config: self.no_pip_config || below.no_pip_config,
        }
    }
}

impl WritingArgs {
    fn over(self, below: Self) -> Self {
        Self {
            adopt: self.adopt || below.adopt,
            dry_run: self.dry_run || below.dry_run,
            hashes: self.hashes.or(below.hashes),
        }
    }
}

impl TargetArgs {
    fn over(self, below: Self) -> Self {
        Self {
            python: self.python.or(below.python),
            marker: given(self.marker, below.marker),
        }
    }
}

impl SdistArgs {
    fn with_environment(self) -> Result<Self, Error> {
        Ok(Self {
            allow_sdist: values(self.allow_sdist, "HARDEN_ALLOW_SDIST")?,
            build: values(self.build, "HARDEN_BUILD")?,
            build_constraint: lines(self.build_constraint, "HARDEN_BUILD_CONSTRAINT")?,
            limits: self.limits,
        })
    }

    fn over(self, below: Self) -> Self {
        Self {
            allow_sdist: given(self.allow_sdist, below.allow_sdist),
            build: given(self.build, below.build),
            build_constraint: given(self.build_constraint, below.build_constraint),
            limits: self.limits,
        }
    }
}

/// The list, or the one below if nothing was given.
fn given<T>(list: Vec<T>, below: Vec<T>) -> Vec<T> {
    if list.is_empty() { below } else { list }
}

/// The values given, else those that the variable holds, parted by white space.
fn values<T: FromStr>(given: Vec<T>, variable: &'static str) -> Result<Vec<T>, Error>
where
    T::Err: Display,
{
    parsed(given, variable, &words(&[], variable))
}

/// The values given, else those that the variable holds, a line each.
fn lines<T: FromStr>(given: Vec<T>, variable: &'static str) -> Result<Vec<T>, Error>
where
    T::Err: Display,
{
    let value = std::env::var(variable).unwrap_or_default();
    let lines = value.lines().map(|line| line.trim().to_owned());
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    parsed(given, variable, &lines)
}

fn parsed<T: FromStr>(
    given: Vec<T>,
    variable: &'static str,
    else_these: &[String],
) -> Result<Vec<T>, Error>
where
    T::Err: Display,
{
    if !given.is_empty() {
        return Ok(given);
    }
    let parsed = else_these.iter().map(|text| text.parse());
    let values = parsed.collect::<Result<_, _>>();
    Ok(values.map_err(|error: T::Err| VariableError {
        variable,
        reason: error.to_string(),
    })?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::settings::args::HardenArgs;

    fn args(line: &str) -> LockArgs {
        HardenArgs::parse_from(line.split_whitespace()).lock
    }

    #[test]
    fn what_is_given_takes_the_place_of_what_is_below() {
        let below = args(
            "harden a.txt -p one -o s.txt --resolution lowest --pre --no-index --exclude x -c c.txt",
        );
        let above = args("harden -p two --prerelease disallow -i https://index.test/simple -U");
        let both = above.over(below.clone());
        assert_eq!(
            (both.loose, both.platform),
            (below.loose, vec!["two".into()])
        );
        assert_eq!(
            (both.output, both.resolution),
            (below.output, below.resolution)
        );
        assert!(!both.pre && !both.index.no_index && both.upgrade);
        assert_eq!(
            (both.exclude, both.constraints),
            (below.exclude, below.constraints)
        );
    }
}
