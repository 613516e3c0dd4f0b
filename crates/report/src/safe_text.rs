//! Text that came from anywhere, made safe to show.
//!
//! Names, summaries and reasons are written by whoever uploaded a package. What would change how the
//! text around it is read (control characters, marks that turn the direction of writing) is shown as
//! the code point that it is. This type does not escape markup: each format does.

use std::fmt::{self, Write};

use serde::{Serialize, Serializer};

/// One line of text without characters that are not seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Box<str>);

impl Text {
    /// The text, its invisible characters written as `⟨U+202E⟩`, its line ends as spaces.
    pub fn new(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        if !text.contains(is_unseen) {
            return Self(text.into());
        }
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '\n' | '\r' | '\t' => shown.push(' '),
                unseen if is_unseen(unseen) => {
                    let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(unseen));
                }
                seen => shown.push(seen),
            }
        }
        Self(shown.trim_end().into())
    }

    /// As it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first `longest` characters, with `…` in place of what is left out.
    pub fn short(&self, longest: usize) -> String {
        if self.0.char_indices().nth(longest).is_none() {
            return self.0.to_string();
        }
        let kept = self.0.chars().take(longest.saturating_sub(1));
        kept.chain(['…']).collect()
    }

    /// The same, shortened in the middle: the ends of names distinguish more of them.
    pub fn short_in_the_middle(&self, longest: usize) -> String {
        let length = self.0.chars().count();
        if length <= longest {
            return self.0.to_string();
        }
        let head = longest.saturating_sub(1) * 2 / 5;
        let tail = longest.saturating_sub(1) - head;
        let characters = || self.0.chars();
        let kept = characters().take(head).chain(['…']);
        kept.chain(characters().skip(length - tail)).collect()
    }
}

/// Whether a character is not seen, and may change how others are.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        for (text, shown) in [
            ("plain <b> text", "plain <b> text"),
            ("a\u{202e}gpj.exe", "a⟨U+202E⟩gpj.exe"),
            ("two\nlines\t\n", "two lines"),
            ("a\u{1b}[31m", "a⟨U+001B⟩[31m"),
            ("zero\u{200b}width", "zero⟨U+200B⟩width"),
        ] {
            assert_eq!(Text::new(text).as_str(), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(Text::new("héllo").short(5), "héllo");
        assert_eq!(Text::new("héllo!").short(5), "héll…");
        assert_eq!(Text::new("héllo").short_in_the_middle(5), "héllo");
        assert_eq!(
            Text::new("one-two-three").short_in_the_middle(9),
            "one…three"
        );
    }
}
