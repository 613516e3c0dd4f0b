//! Nix: a function from `fetchurl` to the closure, each file a fixed-output fetch by URL and SHA-256.
//!
//! <https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-fetchers-fetchurl>

use std::fmt::Write as _;

use super::{Export, ExportError, addressed};

/// What each expression begins with.
pub(super) const START: &str = "# Written by harden.\n{ fetchurl }:\n[\n";

/// Writes the closure as an expression.
///
/// # Errors
///
/// Returns [`ExportError`] where a file's address is not known.
pub fn nix(export: &Export<'_>) -> Result<String, ExportError> {
    let mut text = START.to_owned();
    for (pin, known) in export.pins() {
        for (file, url) in addressed(export, pin, known, "nix")? {
            let targets = export.targets_of(pin);
            let targets = targets.into_iter().filter(|target| {
                let file: Option<harden_packaging::DistFilename> = file.name.parse().ok();
                file.is_none_or(|file| match file.kind() {
                    harden_packaging::DistKind::Wheel(tags) => target.tags().rank(tags).is_some(),
                    harden_packaging::DistKind::Sdist => true,
                })
            });
            let targets: Vec<String> = targets.map(|target| quoted(&target.to_string())).collect();
            let _ = write!(
                text,
                "  {{\n    pname = {};\n    version = {};\n    filename = {};\n    targets = [ {} ];\n    \
                 src = fetchurl {{\n      name = {};\n      url = {};\n      sha256 = {};\n    }};\n  }}\n",
                quoted(pin.name().as_str()),
                quoted(&pin.version().to_string()),
                quoted(&file.name),
                targets.join(" "),
                quoted(&store_name(&file.name)),
                quoted(url),
                quoted(&file.sha256.to_string()),
            );
        }
    }
    text.push_str("]\n");
    Ok(text)
}

/// The name of a file in the store, which takes fewer characters than wheels do.
fn store_name(name: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    name.replace(|c: char| !is_allowed(c), "_")
}

/// A string of Nix.
fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "\\${");
    format!("\"{escaped}\"")
}
