//! What may be printed into a strict file: single lines, without secrets or absolute paths.

/// Whether installers may take `character` for the end of a line, or it is no text at all.
///
/// pip splits lines as Python's `str.splitlines` does.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control() && character != '\t' || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text as it can stand in a comment: trimmed, and with nothing that ends the line.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(is_unprintable, "\u{fffd}").trim().to_owned()
}

/// Whether the text can be told from other comments as the name of a distribution file.
pub(crate) fn is_file_name(text: &str) -> bool {
    let ends_well = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"]
        .iter()
        .any(|ending| text.ends_with(ending));
    ends_well
        && !text.contains(|c: char| c.is_whitespace() || is_unprintable(c) || "/\\".contains(c))
}

/// The beginning of a text, for an error: on one line, without the secrets of a URL in it.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    let text = if text.contains("://") {
        let words = text.split_whitespace();
        let shown = words.map(|word| shown_url(word).unwrap_or_else(|| word.to_owned()));
        shown.collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    };
    let text = one_line(&text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A path without what tells of the machine: an absolute one keeps its last part alone.
pub(crate) fn shown_path(path: &str) -> String {
    let bytes = path.as_bytes();
    let has_drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    let is_absolute = path.starts_with(['/', '\\', '~']) || has_drive;
    let shown = if is_absolute {
        path.rsplit(['/', '\\']).next().unwrap_or_default()
    } else {
        path
    };
    one_line(shown)
}

/// A URL without user, password and query, which may be secrets; `None` for a local one.
pub(crate) fn shown_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(one_line(&format!("{scheme}://{host}{path}")))
}

/// A loose file as its user named it: a URL or a path.
pub(crate) fn shown_place(place: &str) -> String {
    match shown_url(place) {
        Some(url) => url,
        None => shown_path(place.strip_prefix("file://").unwrap_or(place)),
    }
}

/// One argument of the command line, cleaned as a URL or a path, also behind `--option=`.
pub(crate) fn shown_argument(argument: &str) -> String {
    if let Some((option, value)) = argument.split_once('=')
        && option.starts_with('-')
    {
        return format!("{}={}", one_line(option), shown_argument(value));
    }
    match argument.find("://") {
        // A sentence that tells of a URL, not a place.
        Some(end) if argument[..end].contains(' ') => {
            let words = argument.split(' ');
            let shown = words.map(|word| shown_url(word).unwrap_or_else(|| one_line(word)));
            shown.collect::<Vec<_>>().join(" ")
        }
        _ => shown_place(argument),
    }
}

/// A command as it may stand in a file: without credentials and absolute paths, and quoted for a
/// POSIX shell.
pub fn shown_command(words: &[String]) -> String {
    let shown: Vec<String> = words.iter().map(|word| shown_argument(word)).collect();
    quoted_command(&shown)
}

/// A command quoted for a POSIX shell.
pub fn quoted_command(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The argument as a POSIX shell reads it back.
pub(crate) fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_keeps_its_last_part() {
        for (path, shown) in [
            ("sub/loose.txt", "sub/loose.txt"),
            ("../loose.txt", "../loose.txt"),
            ("/home/alice/loose.txt", "loose.txt"),
            ("~/loose.txt", "loose.txt"),
            (r"C:\Users\alice\loose.txt", "loose.txt"),
            (r"\\server\alice\loose.txt", "loose.txt"),
            ("a\nevil==1", "a\u{fffd}evil==1"),
        ] {
            assert_eq!(shown_path(path), shown);
        }
    }

    #[test]
    fn a_url_loses_what_may_be_secret() {
        for (url, shown) in [
            (
                "https://index.test/simple",
                Some("https://index.test/simple"),
            ),
            (
                "https://bob:s3cr@t@index.test:8443/simple/?token=x#y",
                Some("https://index.test:8443/simple/"),
            ),
            ("https://token@index.test", Some("https://index.test")),
            ("file:///home/alice/wheels", None),
            ("wheels", None),
        ] {
            assert_eq!(shown_url(url).as_deref(), shown);
        }
    }

    #[test]
    fn arguments_are_cleaned_and_quoted() {
        for (argument, shown) in [
            (
                "--index-url=https://bob:pw@index.test/simple",
                "--index-url=https://index.test/simple",
            ),
            ("/home/alice/loose.txt", "loose.txt"),
            ("-o", "-o"),
            ("--output=/home/alice/strict.txt", "--output=strict.txt"),
            ("file:///home/alice/wheels", "wheels"),
            ("my loose.txt", "'my loose.txt'"),
            ("7 days", "'7 days'"),
            ("it's", r"'it'\''s'"),
            (
                "a==1 until 2026-12-31: see https://bob:pw@index.test/a?b=c and /srv/d",
                "'a==1 until 2026-12-31: see https://index.test/a and /srv/d'",
            ),
            ("", "''"),
        ] {
            assert_eq!(quoted(&shown_argument(argument)), shown);
        }
    }
}
