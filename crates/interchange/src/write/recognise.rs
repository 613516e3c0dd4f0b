//! Recognises a text that one of the writers wrote, which may therefore be replaced.

use serde_json::Value;

/// The formats that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `pylock.toml`.
    Pylock,
    /// A bill of materials of CycloneDX.
    Cyclonedx,
    /// An SPDX document.
    Spdx,
    /// An expression of Nix.
    Nix,
    /// A lock of pex.
    PexLock,
    /// Requirements or constraints, which hold pins and options and nothing else.
    Plain,
}

impl Written {
    /// Whether harden wrote `text` in this format. Plain pins say nothing of who wrote them: they are
    /// taken for harden's where there is nothing else in the file.
    pub fn is(self, text: &str) -> bool {
        match self {
            Self::Pylock => text.contains("\ncreated-by = \"harden\"\n"),
            Self::Cyclonedx => names_tool(text, "/metadata/tools/components/0/name", "harden"),
            Self::Spdx => names_tool(text, "/creationInfo/creators/0", "Tool: harden-"),
            Self::PexLock => names_tool(text, "/written_by", "harden"),
            Self::Nix => text.starts_with(super::nix::START),
            Self::Plain => text.lines().all(is_plain),
        }
    }
}

/// Whether a JSON document names its tool at this place.
fn names_tool(text: &str, place: &str, tool: &str) -> bool {
    let document: Option<Value> = serde_json::from_str(text).ok();
    let named = document
        .as_ref()
        .and_then(|document| document.pointer(place));
    named
        .and_then(Value::as_str)
        .is_some_and(|named| named.starts_with(tool))
}

/// Whether a line is a pin or an option.
fn is_plain(line: &str) -> bool {
    let first = line.split(" ; ").next().unwrap_or_default();
    !line.starts_with('#')
        && (line.starts_with("--") || first.contains("==") || first.contains(" @ "))
}
