//! What both JSON forms have in common: texts borrowed from the page, and fields of several shapes.

use std::borrow::Cow;
use std::fmt;

use harden_packaging::{CoreMetadataFile, Sha256};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::listed_digests::ListedDigests;

/// A text, borrowed from the page unless it holds escapes.
#[derive(Debug, Clone, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// `true`, `false`, or more than that.
#[derive(Debug, Clone, Default)]
pub(super) enum Flag<T> {
    #[default]
    Absent,
    No,
    Yes,
    With(T),
}

/// The digests of a file, by algorithm.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests<'a> {
    sha256: Option<Text<'a>>,
    others: Vec<(Text<'a>, Text<'a>)>,
}

impl Digests<'_> {
    pub(super) fn sha256(&self) -> Option<Sha256> {
        self.sha256.as_ref()?.0.parse().ok()
    }

    /// All of them.
    pub(super) fn read(&self) -> ListedDigests {
        let sha256 = self.sha256.iter().map(|text| ("sha256", &*text.0));
        let others = self.others.iter().map(|(name, text)| (&*name.0, &*text.0));
        ListedDigests::read(sha256.chain(others))
    }
}

impl<'a> Digests<'a> {
    fn of_map<M: MapAccess<'a>>(mut map: M) -> Result<Self, M::Error> {
        let mut digests = Self::default();
        while let Some(name) = map.next_key::<Text<'a>>()? {
            match map.next_value::<Option<Text<'a>>>()? {
                Some(text) if name.0 == "sha256" => digests.sha256 = Some(text),
                Some(text) => digests.others.push((name, text)),
                None => {}
            }
        }
        Ok(digests)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Digests<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DigestsVisitor;

        impl<'de> Visitor<'de> for DigestsVisitor {
            type Value = Digests<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("digests by algorithm")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Digests::default())
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                Digests::of_map(map)
            }
        }

        deserializer.deserialize_any(DigestsVisitor)
    }
}

impl Flag<Digests<'_>> {
    /// What `core-metadata`, else its former name, says (PEP 714).
    pub(super) fn core_metadata(&self, former: &Self) -> CoreMetadataFile {
        match (self, former) {
            (Self::Absent, Self::Absent | Self::No) | (Self::No, _) => CoreMetadataFile::Unknown,
            (Self::Yes, _) | (Self::Absent, Self::Yes) => CoreMetadataFile::Served(None),
            (Self::With(digests), _) | (Self::Absent, Self::With(digests)) => {
                CoreMetadataFile::Served(digests.sha256())
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Flag<Text<'a>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct YankedVisitor;

        impl<'de> Visitor<'de> for YankedVisitor {
            type Value = Flag<Text<'de>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a reason")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Self::Value, E> {
                Ok(if yes { Flag::Yes } else { Flag::No })
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Flag::Absent)
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Flag::With(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Flag::With(Text(Cow::Owned(text.to_owned()))))
            }
        }

        deserializer.deserialize_any(YankedVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Flag<Digests<'a>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetadataVisitor;

        impl<'de> Visitor<'de> for MetadataVisitor {
            type Value = Flag<Digests<'de>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or digests")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Self::Value, E> {
                Ok(if yes { Flag::Yes } else { Flag::No })
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Flag::Absent)
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                Digests::of_map(map).map(Flag::With)
            }
        }

        deserializer.deserialize_any(MetadataVisitor)
    }
}
