//! Hints: which packages usually require which.
//!
//! A resolver that knows nothing requests the page of a package when it has read the metadata that names
//! it, so the depth of the graph costs round trips. The table in `data/` names the likely packages in
//! advance, so that their pages are requested at once. Hints decide nothing: a wrong one costs a request,
//! a missing one a round trip.

use std::collections::{HashSet, VecDeque};

use harden_packaging::{ExtraName, PackageName};

/// Lines `name<TAB>token token …`, sorted; `data/README.md` has the form and the origin.
const TABLE: &str = include_str!("../data/usual-dependencies.tsv");

/// The packages that requirements of `roots` usually lead to, nearest first, without the roots. There are
/// at most `limit`.
pub fn usual_dependencies<'a>(
    roots: impl IntoIterator<Item = (&'a PackageName, &'a [ExtraName])>,
    limit: usize,
) -> Vec<PackageName> {
    let mut tokens = VecDeque::new();
    let mut names = HashSet::new();
    for (name, extras) in roots {
        tokens.push_back(name.to_string());
        tokens.extend(extras.iter().map(|extra| format!("{name}[{extra}]")));
        names.insert(name.to_string());
    }
    let mut walked: HashSet<String> = tokens.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(token) = tokens.pop_front() {
        for token in row(&token).unwrap_or_default().split_ascii_whitespace() {
            let name = token.split('[').next().unwrap_or(token);
            for token in [name, token] {
                if walked.insert(token.to_owned()) {
                    tokens.push_back(token.to_owned());
                }
            }
            if names.insert(name.to_owned()) {
                found.extend(name.parse::<PackageName>());
            }
            if found.len() == limit {
                return found;
            }
        }
    }
    found
}

/// The tokens of the line of `key`, by binary search.
fn row(key: &str) -> Option<&'static str> {
    let mut rest = TABLE;
    while !rest.is_empty() {
        let middle = rest[..rest.floor_char_boundary(rest.len() / 2)]
            .rfind('\n')
            .map_or(0, |end| end + 1);
        let (before, after) = rest.split_at(middle);
        let (line, after) = after.split_once('\n').unwrap_or((after, ""));
        let (name, tokens) = line.split_once('\t').unwrap_or((line, ""));
        match name.cmp(key) {
            std::cmp::Ordering::Equal => return Some(tokens),
            std::cmp::Ordering::Less => rest = after,
            std::cmp::Ordering::Greater => rest = before,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(roots: &[(&str, &[&str])], limit: usize) -> Vec<String> {
        let roots: Vec<(PackageName, Vec<ExtraName>)> = roots
            .iter()
            .map(|(name, extras)| {
                let extras = extras.iter().map(|extra| extra.parse().unwrap());
                (name.parse().unwrap(), extras.collect())
            })
            .collect();
        let roots = roots.iter().map(|(name, extras)| (name, &**extras));
        let found = usual_dependencies(roots, limit);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_line_of_the_table_is_found() {
        for line in TABLE.lines() {
            let (key, tokens) = line.split_once('\t').expect("a line has a tab");
            assert_eq!(row(key), Some(tokens), "{key}");
        }
        for absent in ["", "0", "flask ", "no-such-package", "zzz"] {
            assert_eq!(row(absent), None, "{absent}");
        }
    }

    #[test]
    fn names_of_the_table_are_package_names() {
        for token in TABLE.split_ascii_whitespace() {
            let (name, extra) = token.split_once('[').unwrap_or((token, "x]"));
            let name: PackageName = name.parse().expect(token);
            assert!(token.starts_with(name.as_str()), "{token} is normalised");
            let extra = extra.strip_suffix(']').expect(token);
            extra.parse::<ExtraName>().expect(token);
        }
    }

    #[test]
    fn the_closure_holds_what_dependencies_require_nearest_first() {
        let found = closure(&[("httpx", &[])], 100);
        let place = |name: &str| found.iter().position(|known| known == name);
        assert!(place("httpcore").is_some(), "{found:?}");
        assert!(place("httpcore") < place("h11"), "{found:?}");
        assert_eq!(place("httpx"), None, "{found:?}");
    }

    #[test]
    fn an_extra_adds_its_requirements() {
        let plain = closure(&[("httpx", &[])], 100);
        let with_extra = closure(&[("httpx", &["http2"])], 100);
        assert!(!plain.contains(&"h2".to_owned()), "{plain:?}");
        assert!(with_extra.contains(&"h2".to_owned()), "{with_extra:?}");
    }

    #[test]
    fn the_limit_holds() {
        assert_eq!(closure(&[("apache-airflow", &["all"])], 7).len(), 7);
    }
}
