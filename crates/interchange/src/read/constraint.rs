//! Version constraints as Poetry writes them: `^1.2`, `~1.2`, `>=1,<2 || >2`, `1.*`, `*`.
//!
//! <https://python-poetry.org/docs/dependency-specification/#version-constraints>

use harden_requirements::Specifiers;
use pep440_rs::Version;

use crate::lock::Range;

/// Reads a constraint; `None` where it is none.
pub(super) fn read(text: &str) -> Option<Range> {
    let alternatives = text.split("||").flat_map(|part| part.split('|'));
    let alternatives: Vec<Vec<String>> = alternatives.map(all_of).collect::<Option<_>>()?;
    if alternatives.iter().any(Vec::is_empty) {
        return Some(Range::default());
    }
    let ranges = alternatives.iter().map(|all| all.join(",").parse().ok());
    Some(Range(ranges.collect::<Option<Vec<Specifiers>>>()?))
}

/// The marker that holds for the Pythons that a constraint admits; `None` where it is none, or admits
/// all.
pub(super) fn python_marker(text: &str) -> Option<String> {
    let alternatives = text.split("||").flat_map(|part| part.split('|'));
    let alternatives: Vec<Vec<String>> = alternatives.map(all_of).collect::<Option<_>>()?;
    if alternatives.iter().any(Vec::is_empty) {
        return None;
    }
    let groups = alternatives.iter().map(|all| {
        let terms = all.iter().filter_map(|specifier| {
            let end = specifier.find(|c: char| c.is_ascii_digit())?;
            let (operator, version) = specifier.split_at(end);
            Some(format!("python_full_version {operator} \"{version}\""))
        });
        terms.collect::<Vec<_>>().join(" and ")
    });
    Some(groups.collect::<Vec<_>>().join(" or "))
}

/// The specifiers of a part without alternatives; none at all for `*`.
fn all_of(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    // A space may part specifiers, or an operator from its version.
    let mut joined = String::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        joined.push_str(word);
        if joined.ends_with(|c: char| "<>=!~^".contains(c)) {
            continue;
        }
        all.extend(specifiers(&std::mem::take(&mut joined))?);
    }
    joined.is_empty().then_some(all)
}

fn specifiers(word: &str) -> Option<Vec<String>> {
    if word == "*" {
        return Some(Vec::new());
    }
    if let Some(version) = word.strip_prefix('^') {
        return Some(vec![
            format!(">={version}"),
            format!("<{}", after_caret(version)?),
        ]);
    }
    let tilde = word.strip_prefix('~').filter(|rest| !rest.starts_with('='));
    if let Some(version) = tilde {
        return Some(vec![
            format!(">={version}"),
            format!("<{}", after_tilde(version)?),
        ]);
    }
    let has_operator = word.starts_with(['<', '>', '=', '!', '~']);
    if has_operator {
        return Some(vec![word.to_owned()]);
    }
    word.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
        .then(|| vec![format!("=={word}")])
}

/// The first version that `^version` does not admit: the next of its first number that is not zero.
fn after_caret(version: &str) -> Option<String> {
    let version: Version = version.parse().ok()?;
    let release = version.release();
    let place = release.iter().position(|number| *number != 0);
    bumped(release, place.unwrap_or(release.len().saturating_sub(1)))
}

/// The first version that `~version` does not admit: the next of its second number, or of its only.
fn after_tilde(version: &str) -> Option<String> {
    let version: Version = version.parse().ok()?;
    let release = version.release();
    bumped(release, 1.min(release.len().saturating_sub(1)))
}

fn bumped(release: &[u64], place: usize) -> Option<String> {
    let mut numbers: Vec<String> = release.get(..place)?.iter().map(u64::to_string).collect();
    numbers.push(release.get(place)?.checked_add(1)?.to_string());
    Some(numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_translated_into_specifiers() {
        for (text, expected) in [
            ("*", ""),
            (">=1.0,<2.0", ">=1.0,<2.0"),
            (">=1.0.10,<1.1.0 || >1.1.0", ">=1.0.10,<1.1.0 | >1.1.0"),
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("~1.2.3", ">=1.2.3,<1.3"),
            ("~1", ">=1,<2"),
            ("~=1.4", "~=1.4"),
            ("1.2.*", "==1.2.*"),
            ("1.2", "==1.2"),
            (">= 1.0 , < 2", ">=1.0,<2"),
            (">=1.0 <2", ">=1.0,<2"),
        ] {
            let range = read(text).unwrap();
            let shown: Vec<String> = range.0.iter().map(ToString::to_string).collect();
            assert_eq!(shown.join(" | "), expected, "{text}");
        }
        for text in ["latest", ">=", "^x", "~"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn constraints_on_python_become_markers() {
        assert_eq!(
            python_marker("^3.8 || 2.7.*").unwrap(),
            r#"python_full_version >= "3.8" and python_full_version < "4" or python_full_version == "2.7.*""#
        );
        assert_eq!(python_marker("*"), None);
    }
}
