//! The options that requirements files set for a whole run, with pip's meaning.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#global-options>

use std::collections::BTreeSet;

use harden_packaging::{PackageName, ParseNameError};

/// The options that requirements files set for a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// `--index-url` and `--no-index`.
    pub index: IndexChoice,
    /// `--extra-index-url`, in order.
    pub extra_index_urls: Vec<Box<str>>,
    /// `--find-links`, in order. A path that exists relative to its file is joined to that file's
    /// folder; any other path is kept as written.
    pub find_links: Vec<Box<str>>,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--require-hashes` or `--no-require-hashes`; `None` if no file sets either.
    pub require_hashes: Option<bool>,
    /// `--pre`, `--all-releases` and `--only-final`.
    pub releases: ReleaseChoice,
    /// `--no-binary` and `--only-binary`.
    pub formats: FormatChoice,
    /// `--trusted-host`, in order.
    pub trusted_hosts: Vec<Box<str>>,
    /// `--use-feature`, in order. Features are specific to pip, so any name is accepted.
    pub features: Vec<Box<str>>,
}

impl InputOptions {
    /// Adds the options of files that are read after those of `self`.
    ///
    /// Choices of packages are united. A name that ends up in two opposite choices stays in both.
    pub(crate) fn append(&mut self, other: Self) {
        match other.index {
            IndexChoice::Default => {}
            index if self.index != IndexChoice::NoIndex => {
                self.index = index;
                self.extra_index_urls.clear();
            }
            _ => {}
        }
        if self.index != IndexChoice::NoIndex {
            self.extra_index_urls.extend(other.extra_index_urls);
        }
        self.find_links.extend(other.find_links);
        self.prefer_binary |= other.prefer_binary;
        self.require_hashes = other.require_hashes.or(self.require_hashes);
        self.releases
            .all_releases
            .unite(other.releases.all_releases);
        self.releases.only_final.unite(other.releases.only_final);
        self.formats.no_binary.unite(other.formats.no_binary);
        self.formats.only_binary.unite(other.formats.only_binary);
        self.trusted_hosts.extend(other.trusted_hosts);
        self.features.extend(other.features);
    }
}

/// The index that requirements files name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IndexChoice {
    /// None; the configured one is used.
    #[default]
    Default,
    /// `--index-url`; may hold credentials.
    Url(Box<str>),
    /// `--no-index`.
    NoIndex,
}

/// The packages for which pre-releases are allowed or excluded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseChoice {
    /// `--all-releases`; `--pre` is the same for all packages.
    pub all_releases: PackageChoice,
    /// `--only-final`.
    pub only_final: PackageChoice,
}

/// The packages for which only sdists or only wheels are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatChoice {
    /// `--no-binary`.
    pub no_binary: PackageChoice,
    /// `--only-binary`.
    pub only_binary: PackageChoice,
}

/// A choice of packages: some by name, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageChoice {
    /// Whether `:all:` was named.
    pub all: bool,
    /// The packages that were named.
    pub names: BTreeSet<PackageName>,
}

impl PackageChoice {
    /// Whether `name` is chosen, by name or by `:all:`. A name in the opposite choice overrides `:all:`.
    pub fn contains(&self, name: &PackageName) -> bool {
        self.all || self.names.contains(name)
    }

    /// Adds the comma-separated names of an option's value, and removes them from the `opposite` choice.
    pub(crate) fn add(&mut self, value: &str, opposite: &mut Self) -> Result<(), ParseNameError> {
        let mut names: Vec<&str> = value.split(',').collect();
        while let Some(all) = names.iter().position(|&name| name == ":all:") {
            *opposite = Self::default();
            *self = Self {
                all: true,
                names: BTreeSet::new(),
            };
            names.drain(..=all);
            if !names.contains(&":none:") {
                return Ok(());
            }
        }
        for name in names {
            if name == ":none:" {
                *self = Self::default();
                continue;
            }
            let name: PackageName = name.trim().parse()?;
            opposite.names.remove(&name);
            self.names.insert(name);
        }
        Ok(())
    }

    fn unite(&mut self, other: Self) {
        self.all |= other.all;
        self.names.extend(other.names);
    }

    pub(crate) fn choose_all(&mut self) {
        self.all = true;
    }
}
