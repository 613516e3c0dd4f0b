//! The words of a line's options, split as in a POSIX shell (Python's `shlex.split`).

use crate::syntax::Fault;

/// A word without its quotes and backslashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text.
    pub(super) text: String,
    /// Where it begins, in bytes.
    pub(super) offset: usize,
}

/// Splits `text` into words.
pub(super) fn words(text: &str) -> Result<Vec<Word>, Fault> {
    let mut words = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some(&(offset, character)) = characters.peek() {
        if is_blank(character) {
            characters.next();
        } else {
            words.push(Word {
                text: word(&mut characters)?,
                offset,
            });
        }
    }
    Ok(words)
}

type Characters<'t> = std::iter::Peekable<std::str::CharIndices<'t>>;

fn word(characters: &mut Characters) -> Result<String, Fault> {
    let mut word = String::new();
    while let Some((offset, character)) = characters.next_if(|&(_, character)| !is_blank(character))
    {
        match character {
            '"' | '\'' => quoted(characters, offset, character, &mut word)?,
            '\\' => {
                let escaped = characters.next().ok_or_else(|| {
                    Fault::new(offset, "the `\\` at the end has nothing to escape")
                })?;
                word.push(escaped.1);
            }
            _ => word.push(character),
        }
    }
    Ok(word)
}

/// Reads text in quotes; in double quotes a backslash escapes a quote or a backslash.
fn quoted(
    characters: &mut Characters,
    start: usize,
    quote: char,
    word: &mut String,
) -> Result<(), Fault> {
    while let Some((_, character)) = characters.next() {
        if character == quote {
            return Ok(());
        }
        if character == '\\' && quote == '"' {
            let escaped = characters.next_if(|&(_, next)| next == '"' || next == '\\');
            word.push(escaped.map_or('\\', |(_, next)| next));
        } else {
            word.push(character);
        }
    }
    Err(Fault::new(
        start,
        format!("the {quote} has no closing {quote}"),
    ))
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let split = |text| -> Vec<_> {
            words(text)
                .unwrap()
                .into_iter()
                .map(|word| word.text)
                .collect()
        };
        assert_eq!(
            split(r#"-r 'a b'\ c  "d\"e\f" ''"#),
            ["-r", "a b c", r#"d"e\f"#, ""]
        );
        assert_eq!(split("\t "), [""; 0]);
        assert_eq!(words("-r 'a").unwrap_err().offset, 3);
        assert_eq!(words("a\\").unwrap_err().offset, 1);
    }
}
