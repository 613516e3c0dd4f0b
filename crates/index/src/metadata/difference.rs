//! The first difference between two versions of a file's metadata, in the fields that a resolution uses.

use std::collections::BTreeSet;

use harden_packaging::CoreMetadata;

/// The first difference between the metadata that the index gave and the `actual` metadata, if any.
pub(super) fn between(given: &CoreMetadata, actual: &CoreMetadata) -> Option<String> {
    let requires = |metadata: &CoreMetadata| -> BTreeSet<String> {
        metadata
            .requires_dist
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let extras = |metadata: &CoreMetadata| -> BTreeSet<String> {
        metadata
            .provides_extra
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let python = |metadata: &CoreMetadata| -> BTreeSet<String> {
        metadata
            .requires_python
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    [
        ("Requires-Dist", requires(given), requires(actual)),
        ("Requires-Python", python(given), python(actual)),
        ("Provides-Extra", extras(given), extras(actual)),
    ]
    .into_iter()
    .find_map(|(field, given, actual)| {
        let added = given.difference(&actual).next();
        let missing = actual.difference(&given).next();
        match (added, missing) {
            (Some(added), _) => Some(format!("`{field}: {added}` is not in the file")),
            (None, Some(missing)) => Some(format!("`{field}: {missing}` was left out")),
            (None, None) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(requires: &[&str], python: Option<&str>) -> CoreMetadata {
        CoreMetadata {
            name: "a".parse().unwrap(),
            version: "1.0".parse().unwrap(),
            requires_dist: requires.iter().map(|text| (*text).into()).collect(),
            requires_python: python.map(Into::into),
            provides_extra: Vec::new(),
            metadata_version: "2.1".into(),
            dynamic: Vec::new(),
            licence: harden_packaging::LicenceFields::default(),
        }
    }

    #[test]
    fn the_first_difference_is_reported() {
        let actual = metadata(&["b", "c"], Some(">=3.8"));
        let difference = |given: &CoreMetadata| between(given, &actual);
        assert_eq!(difference(&metadata(&["c", "b"], Some(">=3.8"))), None);
        assert_eq!(
            difference(&metadata(&["b", "c", "evil"], None)).unwrap(),
            "`Requires-Dist: evil` is not in the file"
        );
        assert_eq!(
            difference(&metadata(&["b"], None)).unwrap(),
            "`Requires-Dist: c` was left out"
        );
        assert_eq!(
            difference(&metadata(&["b", "c"], None)).unwrap(),
            "`Requires-Python: >=3.8` was left out"
        );
    }
}
