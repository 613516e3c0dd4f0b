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
    /// `--find-links`, in order; a path that is there relative to its file is given as that, any
    /// other as written.
    pub find_links: Vec<Box<str>>,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--require-hashes`, or `--no-require-hashes`; `None` where no file says either.
    pub require_hashes: Option<bool>,
    /// `--pre`, `--all-releases` and `--only-final`.
    pub releases: ReleaseChoice,
    /// `--no-binary` and `--only-binary`.
    pub formats: FormatChoice,
    /// `--trusted-host`, in order.
    pub trusted_hosts: Vec<Box<str>>,
    /// `--use-feature`, in order, whatever it names: features are pip's own affair.
    pub features: Vec<Box<str>>,
}

impl InputOptions {
    /// Adds the options of files that are read after those of `self`.
    ///
    /// A choice of packages that both make is united; where that sets a name in both of two
    /// opposite choices, neither is taken back.
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

/// Which index requirements files name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IndexChoice {
    /// None: the configured one.
    #[default]
    Default,
    /// `--index-url`; may hold credentials.
    Url(Box<str>),
    /// `--no-index`.
    NoIndex,
}

/// Which packages may be taken from pre-releases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseChoice {
    /// `--all-releases`; `--pre` is the same for all packages.
    pub all_releases: PackageChoice,
    /// `--only-final`.
    pub only_final: PackageChoice,
}

/// Which packages must be taken from sdists, or from wheels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatChoice {
    /// `--no-binary`.
    pub no_binary: PackageChoice,
    /// `--only-binary`.
    pub only_binary: PackageChoice,
}

/// Some packages by name, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageChoice {
    /// Whether `:all:` was named.
    pub all: bool,
    /// The packages that were named.
    pub names: BTreeSet<PackageName>,
}

impl PackageChoice {
    /// Whether `name` is chosen, by name or with all; a name in the opposite choice goes before `:all:`.
    pub fn contains(&self, name: &PackageName) -> bool {
        self.all || self.names.contains(name)
    }

    /// Adds the comma-separated names of an option's value, and takes them from the `opposite` choice.
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
