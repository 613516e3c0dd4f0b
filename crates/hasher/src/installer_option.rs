//! The options of a strict file that installers read: where files are, and in which form.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#global-options>

use std::fmt;

use harden_requirements::{IndexChoice, InputOptions, PackageChoice};

use crate::comment_text::{is_unprintable, one_line, shown_path, shown_url};

/// An option of a requirements file, such as `--index-url https://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallerOption {
    name: &'static str,
    value: Option<String>,
}

/// Name, short form, and whether a value follows.
const KNOWN: [(&str, Option<&str>, bool); 13] = [
    ("--index-url", Some("-i"), true),
    ("--extra-index-url", None, true),
    ("--no-index", None, false),
    ("--find-links", Some("-f"), true),
    ("--trusted-host", None, true),
    ("--no-binary", None, true),
    ("--only-binary", None, true),
    ("--pre", None, false),
    ("--all-releases", None, true),
    ("--only-final", None, true),
    ("--prefer-binary", None, false),
    ("--require-hashes", None, false),
    ("--use-feature", None, true),
];

impl InstallerOption {
    /// What installers of the strict file need of the options that it was resolved with, without
    /// credentials, in a fixed order.
    ///
    /// Folders outside of the working folder are left out: they are this machine's own. So are
    /// options that say nothing to an installer of exact pins, such as `--pre`.
    pub fn from_inputs(options: &InputOptions) -> Vec<Self> {
        let urls = |name, urls: &[Box<str>]| shown_all(name, urls, shown_url);
        let mut kept = Vec::new();
        match &options.index {
            IndexChoice::Default => {}
            IndexChoice::Url(url) => kept.extend(urls("--index-url", std::slice::from_ref(url))),
            IndexChoice::NoIndex => kept.push(Self {
                name: "--no-index",
                value: None,
            }),
        }
        kept.extend(urls("--extra-index-url", &options.extra_index_urls));
        kept.extend(shown_all("--find-links", &options.find_links, |link| {
            shown_url(link)
                .or_else(|| Some(link.to_owned()).filter(|link| shown_path(link) == *link))
        }));
        kept.extend(shown_all(
            "--trusted-host",
            &options.trusted_hosts,
            |host| Some(one_line(host)),
        ));
        kept.extend(packages("--no-binary", &options.formats.no_binary));
        kept.extend(packages("--only-binary", &options.formats.only_binary));
        kept
    }

    /// Reads a line that begins with `-`; `None` if it is not an option on its own line.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let end = line.find(|c: char| c == '=' || c.is_whitespace());
        let (word, rest) = line.split_at(end.unwrap_or(line.len()));
        let (name, _, has_value) = KNOWN
            .into_iter()
            .find(|(name, short, _)| *name == word || *short == Some(word))?;
        let value = unquoted(rest.strip_prefix('=').unwrap_or(rest).trim());
        match (has_value, value.is_empty()) {
            (true, false) if is_readable(value) => Some(Self {
                name,
                value: Some(value.to_owned()),
            }),
            (false, true) => Some(Self { name, value: None }),
            _ => None,
        }
    }

    /// The option in its long form, `--index-url`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its value, where it is one that has a value.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

/// The option with the names it chooses, if any.
fn packages(name: &'static str, choice: &PackageChoice) -> Option<InstallerOption> {
    let all = choice.all.then_some(":all:");
    let names = choice.names.iter().map(AsRef::as_ref);
    let names: Vec<&str> = all.into_iter().chain(names).collect();
    (!names.is_empty()).then(|| InstallerOption {
        name,
        value: Some(names.join(",")),
    })
}

fn shown_all(
    name: &'static str,
    values: &[Box<str>],
    shown: impl Fn(&str) -> Option<String>,
) -> Vec<InstallerOption> {
    values
        .iter()
        .filter_map(|value| shown(value))
        .filter(|value| is_readable(value))
        .map(|value| InstallerOption {
            name,
            value: Some(value),
        })
        .collect()
}

/// Whether pip and uv read the value as it is written here, in quotes if it has spaces. Both replace
/// variables, cut comments and join lines before they look at quotes. A variable in a URL stays one.
fn is_readable(value: &str) -> bool {
    let is_special = |c: char| c == '\\' || is_unprintable(c) || c == '\t';
    !value.is_empty()
        && value.trim() == value
        && !value.contains(is_special)
        && (!value.contains("${") || value.contains("://"))
        && !begins_comment(value)
        && !(value.contains('\'') && value.contains('"'))
}

/// Whether a `#` in the value begins a comment, which it does behind white space. One stands before the value.
fn begins_comment(value: &str) -> bool {
    let mut before = ' ';
    value.chars().any(|c| {
        let begins = c == '#' && before.is_whitespace();
        before = c;
        begins
    })
}

/// The value without the quotes around it.
fn unquoted(value: &str) -> &str {
    for quote in ['\'', '"'] {
        let inner = value.strip_prefix(quote);
        let inner = inner.and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return inner;
        }
    }
    value
}

/// The value in quotes, if pip, which splits options as a shell does, needs them.
fn quoted(value: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || c == '\'' || c == '"';
    match value.contains(is_special) {
        false => value.to_owned(),
        true if value.contains('\'') => format!("\"{value}\""),
        true => format!("'{value}'"),
    }
}

impl fmt::Display for InstallerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.value {
            Some(value) => write!(f, " {}", quoted(value)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Written, and read back.
    fn again(link: &str) -> Vec<String> {
        let options = InputOptions {
            find_links: vec![link.into()],
            ..InputOptions::default()
        };
        let written = InstallerOption::from_inputs(&options);
        let read = written.iter().map(|option| {
            let line = option.to_string();
            let read = InstallerOption::read(&line).expect("the line is an option");
            assert_eq!(read, *option, "{line}");
            line
        });
        read.collect()
    }

    #[test]
    fn a_value_with_spaces_is_written_in_quotes() {
        for (link, line) in [
            ("wheels", "--find-links wheels"),
            ("../my wheels", "--find-links '../my wheels'"),
            ("räder", "--find-links räder"),
            ("Ann's wheels", "--find-links \"Ann's wheels\""),
        ] {
            assert_eq!(again(link), [line]);
        }
        for link in [
            "a #b",
            "#a",
            "a\\b",
            "${HOME}/wheels",
            "'\"",
            " a",
            "a\nb",
            "/srv/wheels",
        ] {
            assert_eq!(again(link), [""; 0], "{link}");
        }
    }

    proptest! {
        #[test]
        fn every_value_that_is_written_is_read_back(link in "\\PC{0,12}") {
            again(&link);
        }
    }
}
