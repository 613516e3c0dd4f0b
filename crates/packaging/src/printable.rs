//! Makes text from outside safe to print: on a terminal, in a log, in a comment of a file.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` in one line without control characters: C0, C1 (ESC among them), line and paragraph
/// separators, and the bidirectional controls that make a text look like another (Trojan Source,
/// <https://www.unicode.org/reports/tr36/>). Each is written as an escape, such as `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_control(character) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character moves the cursor, changes the direction of text, or starts a line.
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_other_text_stays() {
        assert_eq!(printable("größer als 1 €"), "größer als 1 €");
        assert_eq!(
            printable("a\u{1b}[31m\nb\u{202e}"),
            "a\\u{1b}[31m\\u{a}b\\u{202e}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_control_is_left(text: String) {
            assert!(!printable(&text).chars().any(is_control));
        }
    }
}
