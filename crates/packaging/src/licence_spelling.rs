//! Which SPDX licence a text that is none may mean, for messages.

use std::str::FromStr;

use crate::Licence;

/// The licences that most distributions have.
const COMMON: [&str; 28] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Unlicense",
    "Zlib",
    "CC0-1.0",
    "HPND",
    "ZPL-2.1",
    "EPL-2.0",
    "EUPL-1.2",
    "BSL-1.0",
];

/// How many licences are named.
const MOST_NAMED: usize = 4;

/// The end of a message about a text that is not an SPDX expression: what was probably meant; empty if nothing
/// resembles it.
pub(crate) fn meant(text: &str) -> String {
    if let Some(spelled) = respelled(text) {
        return format!("; `{spelled}` was probably meant");
    }
    let key = key(text);
    if key.len() < 3 {
        return String::new();
    }
    let near = |name: &&&str| {
        let other = self::key(name);
        let is_misspelled = key.len() > 3 && strsim::osa_distance(&key, &other) == 1;
        other.starts_with(&key) || is_misspelled
    };
    let names: Vec<String> = COMMON
        .iter()
        .filter(near)
        .map(|name| format!("`{name}`"))
        .collect();
    match &names[..] {
        [] => String::new(),
        [only] => format!("; {only} was probably meant"),
        [first @ .., last] if names.len() <= MOST_NAMED => {
            format!("; {} or {last} may be meant", first.join(", "))
        }
        many => format!("; {} or others may be meant", many[..MOST_NAMED].join(", ")),
    }
}

/// The expression with the spelling of SPDX, if only upper and lower case differ.
fn respelled(text: &str) -> Option<String> {
    let word = |word: &str| {
        let (before, rest) = word.split_at(word.len() - word.trim_start_matches('(').len());
        let name = rest.trim_end_matches(')');
        let after = &rest[name.len()..];
        let operator = ["AND", "OR", "WITH"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        let licences = spdx::identifiers::LICENSES
            .iter()
            .map(|licence| licence.name);
        let exceptions = spdx::identifiers::EXCEPTIONS
            .iter()
            .map(|exception| exception.name);
        let mut names = licences.chain(exceptions);
        let known = operator.or_else(|| names.find(|known| known.eq_ignore_ascii_case(name)));
        format!("{before}{}{after}", known.unwrap_or(name))
    };
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    let spelled = words.join(" ");
    (spelled != text && Licence::from_str(&spelled).is_ok()).then_some(spelled)
}

/// What counts when licences are compared: letters and digits, without words that say nothing.
fn key(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut key = String::new();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words {
        let is_filler = [
            "the", "license", "licence", "licensed", "version", "v", "gnu", "software",
        ];
        if !is_filler.contains(&word) {
            key.push_str(word);
        }
    }
    // `GPLv3` is version 3.
    let mut plain = String::new();
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_v = letter == 'v' && letters.peek().is_some_and(char::is_ascii_digit);
        if !is_v {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_case_and_usual_names_lead_to_the_spelling_of_spdx() {
        for (text, expected) in [
            ("mit", "; `MIT` was probably meant"),
            (
                "apache-2.0 or MIT",
                "; `Apache-2.0 OR MIT` was probably meant",
            ),
            ("(mit and isc) with llvm-exception", ""),
            ("MIT License", "; `MIT` or `MIT-0` may be meant"),
            ("Apache 2.0", "; `Apache-2.0` was probably meant"),
            ("Apache2", "; `Apache-2.0` was probably meant"),
            (
                "Apache License, Version 2.0",
                "; `Apache-2.0` was probably meant",
            ),
            ("BSD", "; `BSD-2-Clause` or `BSD-3-Clause` may be meant"),
            (
                "GPLv3",
                "; `GPL-3.0-only` or `GPL-3.0-or-later` may be meant",
            ),
            ("Unlicence", "; `Unlicense` was probably meant"),
            ("my own", ""),
            ("", ""),
            ("MIT;", "; `MIT` or `MIT-0` may be meant"),
        ] {
            assert_eq!(meant(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = meant(&text);
        }
    }
}
