//! The metadata block of a script (PEP 723).
//!
//! <https://packaging.python.org/en/latest/specifications/inline-script-metadata/>

use std::sync::Arc;

use super::document::Document;
use crate::inputs::Origin;
use crate::read_error::{Problem, ReadError};

const OPENING: &str = "# /// script";
const CLOSING: &str = "# ///";

/// The TOML in the one block of type `script`.
pub(super) fn document(file: &str, text: &str) -> Result<Document, ReadError> {
    // Windows editors write a byte-order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut found = None;
    let mut at = 0;
    while let Some(opening) = lines[at..].iter().position(|&line| line == OPENING) {
        let opening = at + opening;
        let Some(closing) = closing(&lines, opening) else {
            let reason =
                format!("the metadata block that begins here has no closing line `{CLOSING}`");
            return Err(problem(file, opening, reason));
        };
        if found.is_some() {
            let reason = "there is a second metadata block of type `script`";
            return Err(problem(file, opening, reason.to_owned()));
        }
        found = Some(opening + 1..closing);
        at = closing + 1;
    }
    let Some(block) = found else {
        let reason =
            format!("the script has no metadata block, which begins with `{OPENING}` (PEP 723)");
        return Err(ReadError::one(Problem::new(origin(file, 0), reason)));
    };
    let content = block.map(|place| {
        let line = lines[place];
        (place + 1, line, if line == "#" { 1 } else { 2 })
    });
    Ok(Document::of_lines(file, content))
}

/// The last line that can close the block which begins at `opening`.
fn closing(lines: &[&str], opening: usize) -> Option<usize> {
    let comments = lines[opening + 1..]
        .iter()
        .take_while(|line| **line == "#" || line.starts_with("# "))
        .count();
    (opening + 1..=opening + comments)
        .rev()
        .find(|&place| lines[place] == CLOSING)
}

fn problem(file: &str, line: usize, reason: String) -> ReadError {
    ReadError::one(Problem::new(origin(file, line + 1), reason))
}

fn origin(file: &str, line: usize) -> Arc<Origin> {
    Arc::new(Origin {
        file: file.into(),
        line,
        included_from: None,
    })
}
