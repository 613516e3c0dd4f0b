//! Named indexes, and the packages assigned to them.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use harden_packaging::PackageName;

/// An index with a name (`--index NAME=URL`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedIndex {
    /// The name that `--index-package` uses.
    pub name: String,
    /// Its URL; may hold a login.
    pub url: String,
}

impl FromStr for NamedIndex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, url)) if is_name(name) && url.contains("://") => Ok(Self {
                name: name.to_owned(),
                url: url.to_owned(),
            }),
            _ => Err("expected NAME=URL, as in corp=https://index.example/simple".to_owned()),
        }
    }
}

impl fmt::Display for NamedIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.url)
    }
}

/// A package that comes from one named index only (`--index-package PACKAGE=NAME`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedPackage {
    /// The package.
    pub package: PackageName,
    /// The name of the index.
    pub index: String,
}

impl FromStr for TiedPackage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (package, index) = text
            .split_once('=')
            .filter(|(_, index)| is_name(index))
            .ok_or("expected PACKAGE=NAME, where NAME is the name of an --index")?;
        Ok(Self {
            package: package.parse().map_err(|error| format!("{error}"))?,
            index: index.to_owned(),
        })
    }
}

impl fmt::Display for TiedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.package, self.index)
    }
}

fn is_name(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.chars().all(is_of_name)
}

/// Which indexes to use for a package that several have (`--index-strategy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IndexStrategy {
    /// Use only the first index that has the package
    FirstIndex,
    /// Use all: whoever can upload to one can take over any package
    UnsafeBestMatch,
}

impl From<IndexStrategy> for harden_index::IndexStrategy {
    fn from(strategy: IndexStrategy) -> Self {
        match strategy {
            IndexStrategy::FirstIndex => Self::FirstIndex,
            IndexStrategy::UnsafeBestMatch => Self::UnsafeBestMatch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_a_name_and_a_url() {
        let text = "corp=https://index.test/simple?a=b";
        let index: NamedIndex = text.parse().unwrap();
        assert_eq!(
            (&*index.name, &*index.url),
            ("corp", "https://index.test/simple?a=b")
        );
        assert_eq!(index.to_string(), text);
        for text in [
            "",
            "corp",
            "=https://index.test",
            "https://index.test/?a=b",
            "corp=folder",
        ] {
            assert!(text.parse::<NamedIndex>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_package_is_tied_to_an_index_by_name() {
        let tied: TiedPackage = "Our_Lib=corp".parse().unwrap();
        assert_eq!(tied.to_string(), "our-lib=corp");
        for text in ["", "lib", "lib=", "=corp", "lib=a b"] {
            assert!(text.parse::<TiedPackage>().is_err(), "{text}");
        }
    }
}
