//! One line of a universe, split into words.

/// `KEY`, `KEY=VALUE` or `KEY@FILE=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub key: String,
    pub of_file: Option<String>,
    pub value: Option<String>,
}

/// The words of `line`. A quoted value is one word.
pub(crate) fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = word(rest)?;
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn word(text: &str) -> Result<(Word, &str), String> {
    let key_end = text
        .find(|c: char| c == '=' || c.is_whitespace())
        .unwrap_or(text.len());
    let (key, rest) = text.split_at(key_end);
    let (value, rest) = match rest.strip_prefix('=') {
        Some(rest) => {
            let (value, rest) = value(rest)?;
            (Some(value.to_owned()), rest)
        }
        None => (None, rest),
    };
    let (key, of_file) = match key.split_once('@') {
        Some((key, file)) => (key, Some(file.to_owned())),
        None => (key, None),
    };
    let key = key.to_owned();
    Ok((
        Word {
            key,
            of_file,
            value,
        },
        rest,
    ))
}

fn value(text: &str) -> Result<(&str, &str), String> {
    let Some(quote) = text.chars().next().filter(|c| ['\'', '"'].contains(c)) else {
        return Ok(text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())));
    };
    let inner = &text[1..];
    inner
        .match_indices(quote)
        .find(|(at, _)| inner[at + 1..].starts_with(char::is_whitespace) || at + 1 == inner.len())
        .map(|(at, _)| (&inner[..at], &inner[at + 1..]))
        .ok_or_else(|| format!("the quote {quote} is not closed"))
}

/// Splits a list of requirements at each comma that a name follows, outside quotes
/// and brackets.
pub(crate) fn requirements(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_u32, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 && name_follows(&text[at + 1..]) => {
                list.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    list.push(text[start..].trim().to_owned());
    list.retain(|requirement| !requirement.is_empty());
    list
}

fn name_follows(text: &str) -> bool {
    text.trim_start()
        .starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_spaces_and_the_other_quote() {
        let words = words(r#"requires='a; x < "3"' yanked python=>=3 requires@sdist=b"#).unwrap();
        let texts: Vec<_> = words
            .iter()
            .map(|w| (&*w.key, w.of_file.as_deref(), w.value.as_deref()))
            .collect();
        assert_eq!(
            texts,
            [
                ("requires", None, Some(r#"a; x < "3""#)),
                ("yanked", None, None),
                ("python", None, Some(">=3")),
                ("requires", Some("sdist"), Some("b")),
            ]
        );
    }

    #[test]
    fn an_open_quote_is_refused() {
        assert!(words("yanked='for ever").is_err());
    }

    #[test]
    fn commas_of_specifiers_extras_and_markers_part_nothing() {
        assert_eq!(
            requirements(r#"a>=2,<3,b[x,y], c; n in "p,q",d>3.5,"#),
            ["a>=2,<3", "b[x,y]", r#"c; n in "p,q""#, "d>3.5,"]
        );
    }
}
