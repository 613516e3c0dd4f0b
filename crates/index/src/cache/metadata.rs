//! The compact form of core metadata.

use harden_packaging::{CoreMetadata, LicenceFields};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    name: &'a str,
    version: String,
    #[serde(borrow)]
    requires_dist: Vec<&'a str>,
    requires_python: Option<&'a str>,
    #[serde(borrow)]
    provides_extra: Vec<&'a str>,
    metadata_version: &'a str,
    #[serde(borrow)]
    dynamic: Vec<&'a str>,
    license_expression: Option<&'a str>,
    license: Option<&'a str>,
    #[serde(borrow)]
    license_classifiers: Vec<&'a str>,
}

/// The bytes to keep.
pub(crate) fn encode(metadata: &CoreMetadata) -> Vec<u8> {
    let licence = &metadata.licence;
    let stored = Stored {
        name: metadata.name.as_str(),
        version: metadata.version.to_string(),
        requires_dist: metadata.requires_dist.iter().map(AsRef::as_ref).collect(),
        requires_python: metadata.requires_python.as_deref(),
        provides_extra: metadata.provides_extra.iter().map(AsRef::as_ref).collect(),
        metadata_version: &metadata.metadata_version,
        dynamic: metadata.dynamic.iter().map(AsRef::as_ref).collect(),
        license_expression: licence.expression.as_deref(),
        license: licence.name.as_deref(),
        license_classifiers: licence.classifiers.iter().map(AsRef::as_ref).collect(),
    };
    postcard::to_stdvec(&stored).expect("a growing buffer takes every value of this type")
}

/// The metadata kept as `bytes`; `None` if they are malformed.
pub(crate) fn decode(bytes: &[u8]) -> Option<CoreMetadata> {
    let stored: Stored<'_> = postcard::from_bytes(bytes).ok()?;
    let extras = stored.provides_extra.iter().map(|extra| extra.parse());
    Some(CoreMetadata {
        name: stored.name.parse().ok()?,
        version: stored.version.parse().ok()?,
        requires_dist: stored.requires_dist.into_iter().map(Into::into).collect(),
        requires_python: stored.requires_python.map(Into::into),
        provides_extra: extras.collect::<Result<_, _>>().ok()?,
        metadata_version: stored.metadata_version.into(),
        dynamic: stored.dynamic.into_iter().map(Into::into).collect(),
        licence: LicenceFields {
            expression: stored.license_expression.map(Into::into),
            name: stored.license.map(Into::into),
            classifiers: stored
                .license_classifiers
                .into_iter()
                .map(Into::into)
                .collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_round_trips() {
        let metadata = CoreMetadata {
            name: "a".parse().unwrap(),
            version: "1.0+local".parse().unwrap(),
            requires_dist: vec!["b>=1; extra == 'x'".into()],
            requires_python: Some(">=3.8".into()),
            provides_extra: vec!["x".parse().unwrap()],
            metadata_version: "2.2".into(),
            dynamic: vec!["version".into()],
            licence: LicenceFields {
                expression: Some("MIT".into()),
                name: None,
                classifiers: vec!["OSI Approved :: MIT License".into()],
            },
        };
        assert_eq!(decode(&encode(&metadata)), Some(metadata));
        assert_eq!(decode(b"\xff\xff"), None);
    }
}
