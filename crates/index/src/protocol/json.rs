//! What both JSON forms have in common: texts borrowed from the page, and fields of several shapes.

use std::borrow::Cow;
use std::fmt;

use harden_packaging::{CoreMetadataFile, Sha256};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

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

/// The digests of a file, by algorithm; only SHA-256 is read.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(super) struct Digests<'a> {
    #[serde(borrow)]
    sha256: Option<Text<'a>>,
}

impl Digests<'_> {
    pub(super) fn sha256(&self) -> Option<Sha256> {
        self.sha256.as_ref()?.0.parse().ok()
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

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut digests = Digests::default();
                while let Some(algorithm) = map.next_key::<Text<'de>>()? {
                    if algorithm.0 == "sha256" {
                        digests.sha256 = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Flag::With(digests))
            }
        }

        deserializer.deserialize_any(MetadataVisitor)
    }
}
