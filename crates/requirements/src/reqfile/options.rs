//! The options of a line: their names, and how they may be written (Python's `optparse`).
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options>

use super::shell_words::words;
use crate::syntax::Fault;

/// An option of requirements files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineOption {
    IndexUrl,
    ExtraIndexUrl,
    NoIndex,
    Constraint,
    Requirement,
    Editable,
    FindLinks,
    NoBinary,
    OnlyBinary,
    PreferBinary,
    RequireHashes,
    NoRequireHashes,
    Pre,
    AllReleases,
    OnlyFinal,
    TrustedHost,
    UseFeature,
    Hash,
    ConfigSettings,
}

/// Each long name, with its short one.
const NAMES: [(&str, Option<char>, LineOption); 20] = [
    ("--index-url", Some('i'), LineOption::IndexUrl),
    ("--pypi-url", None, LineOption::IndexUrl),
    ("--extra-index-url", None, LineOption::ExtraIndexUrl),
    ("--no-index", None, LineOption::NoIndex),
    ("--constraint", Some('c'), LineOption::Constraint),
    ("--requirement", Some('r'), LineOption::Requirement),
    ("--editable", Some('e'), LineOption::Editable),
    ("--find-links", Some('f'), LineOption::FindLinks),
    ("--no-binary", None, LineOption::NoBinary),
    ("--only-binary", None, LineOption::OnlyBinary),
    ("--prefer-binary", None, LineOption::PreferBinary),
    ("--require-hashes", None, LineOption::RequireHashes),
    ("--no-require-hashes", None, LineOption::NoRequireHashes),
    ("--pre", None, LineOption::Pre),
    ("--all-releases", None, LineOption::AllReleases),
    ("--only-final", None, LineOption::OnlyFinal),
    ("--trusted-host", None, LineOption::TrustedHost),
    ("--use-feature", None, LineOption::UseFeature),
    ("--hash", None, LineOption::Hash),
    ("--config-settings", Some('C'), LineOption::ConfigSettings),
];

impl LineOption {
    fn takes_value(self) -> bool {
        !matches!(
            self,
            LineOption::NoIndex
                | LineOption::PreferBinary
                | LineOption::RequireHashes
                | LineOption::NoRequireHashes
                | LineOption::Pre
        )
    }

    /// Its long name.
    pub(super) fn as_str(self) -> &'static str {
        NAMES
            .iter()
            .find_map(|&(name, _, option)| (option == self).then_some(name))
            .expect("the table has every option")
    }
}

/// An option as it is set on a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) option: LineOption,
    /// Empty if the option takes none.
    pub(super) value: String,
    /// Where it begins, in bytes.
    pub(super) offset: usize,
}

/// The options of a line, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) settings: Vec<Setting>,
    /// Words that belong to no option; pip ignores them.
    pub(super) stray: Vec<String>,
}

/// Where the options of a line begin: at the first word after a space that starts with `-`.
pub(super) fn options_start(line: &str) -> usize {
    if line.starts_with('-') {
        return 0;
    }
    line.find(" -").map_or(line.len(), |space| space + 1)
}

/// Reads options.
pub(super) fn settings(text: &str) -> Result<Settings, Fault> {
    let mut settings = Settings::default();
    let mut words = words(text)?.into_iter();
    while let Some(word) = words.next() {
        if word.text == "--" {
            settings.stray.extend(words.map(|word| word.text));
            break;
        }
        if !word.text.starts_with('-') || word.text == "-" {
            settings.stray.push(word.text);
            continue;
        }
        let fault = |reason: String| Fault::new(word.offset, reason);
        let (option, glued) = recognise(&word.text).map_err(fault)?;
        let value = match (option.takes_value(), glued) {
            (true, Some(value)) => value.to_owned(),
            (true, None) => words
                .next()
                .map(|word| word.text)
                .ok_or_else(|| fault(format!("`{}` needs a value", option.as_str())))?,
            (false, None) => String::new(),
            (false, Some(_)) => {
                return Err(fault(format!("`{}` takes no value", option.as_str())));
            }
        };
        settings.settings.push(Setting {
            option,
            value,
            offset: word.offset,
        });
    }
    Ok(settings)
}

/// The option that a word sets, and the value in the same word.
fn recognise(word: &str) -> Result<(LineOption, Option<&str>), String> {
    if word.starts_with("--") {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        return Ok((long(name)?, value));
    }
    let mut characters = word[1..].chars();
    let letter = characters.next();
    let option = NAMES
        .iter()
        .find_map(|&(_, short, option)| (short == letter).then_some(option))
        .filter(|_| letter.is_some())
        .ok_or_else(|| format!("`{word}` is not an option of requirements files"))?;
    let glued = characters.as_str();
    Ok((option, (!glued.is_empty()).then_some(glued)))
}

/// The option with this long name, or the only one with this prefix.
fn long(name: &str) -> Result<LineOption, String> {
    if let Some(&(_, _, option)) = NAMES.iter().find(|(known, ..)| *known == name) {
        return Ok(option);
    }
    let candidates: Vec<_> = NAMES
        .iter()
        .filter(|(known, ..)| known.starts_with(name))
        .collect();
    match candidates.as_slice() {
        [] => Err(format!("`{name}` is not an option of requirements files")),
        [(_, _, option)] => Ok(*option),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|(name, ..)| format!("`{name}`"))
                .collect();
            Err(format!("`{name}` is ambiguous: {}", names.join(", ")))
        }
    }
}
