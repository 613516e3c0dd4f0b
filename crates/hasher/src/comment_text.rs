//! Text that may be written into comments of a strict file: single lines, without secrets or absolute
//! paths.

use harden_packaging::is_control;

/// Whether a strict file must not hold `character`: installers may take it for the end of a line, as
/// pip does, which splits lines as Python's `str.splitlines`; or it shows the text of a line in another
/// order than installers read it.
pub(crate) fn is_unprintable(character: char) -> bool {
    is_control(character) && character != '\t'
}

/// The text as it can be in a comment: trimmed, and with nothing that ends the line. It is empty only if
/// the text is.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.replace(is_unprintable, "\u{fffd}");
    match line.trim() {
        "" if !text.is_empty() => "\u{fffd}".to_owned(),
        line => line.to_owned(),
    }
}

/// Whether the text is recognisable among other comments as the name of a distribution file.
pub(crate) fn is_file_name(text: &str) -> bool {
    let ends_well = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"]
        .iter()
        .any(|ending| text.ends_with(ending));
    // Nearly every name; comparing bytes takes a tenth of looking at characters.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b'\\';
    let is_of_name = |c: char| !(c.is_whitespace() || is_unprintable(c) || "/\\".contains(c));
    ends_well && (text.bytes().all(is_plain) || text.chars().all(is_of_name))
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

/// A path without facts about the machine: an absolute one keeps only its last part.
pub(crate) fn shown_path(path: &str) -> String {
    let bytes = path.as_bytes();
    let has_drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    let is_absolute = path.starts_with(['/', '\\', '~']) || has_drive;
    let shown = if is_absolute {
        let mut parts = path.rsplit(['/', '\\']);
        parts.find(|part| !part.is_empty()).unwrap_or("/")
    } else {
        path
    };
    one_line(shown)
}

/// The names of files in one line. One that holds a comma or begins with a quote is quoted.
pub(crate) fn joined_names(names: &[String]) -> String {
    let shown = names.iter().map(|name| {
        if name.contains(", ") || name.starts_with('\'') {
            format!("'{}'", name.replace('\'', "''"))
        } else {
            name.clone()
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The names in a line that [`joined_names`] made.
pub(crate) fn split_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let after;
        if let Some((name, behind)) = rest.strip_prefix('\'').and_then(quoted_name) {
            names.push(name);
            after = behind.strip_prefix(", ");
        } else {
            let (name, behind) = match rest.split_once(", ") {
                Some((name, behind)) => (name, Some(behind)),
                None => (rest, None),
            };
            names.push(name.to_owned());
            after = behind;
        }
        match after {
            Some(after) => rest = after,
            None => return names,
        }
    }
}

/// A name up to its closing quote, and what follows that; two quotes stand for one.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        name.push_str(part);
        match behind.strip_prefix('\'') {
            Some(behind) => {
                name.push('\'');
                rest = behind;
            }
            None => return Some((name, behind)),
        }
    }
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
        // A sentence that mentions a URL, not a place.
        Some(end) if argument[..end].contains(' ') => {
            let words = argument.split(' ');
            let shown = words.map(|word| shown_url(word).unwrap_or_else(|| one_line(word)));
            shown.collect::<Vec<_>>().join(" ")
        }
        _ => shown_place(argument),
    }
}

/// A command as it may be in a file: without credentials and absolute paths, and quoted for a
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
    fn names_with_commas_and_quotes_are_told_apart() {
        for names in [
            vec!["loose.txt"],
            vec!["a.txt", "b c.txt"],
            vec!["a, b.txt", "it's.txt"],
            vec!["'a', 'b", "c"],
            vec![""],
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(split_names(&joined_names(&names)), names);
        }
        assert_eq!(split_names("'open"), ["'open"]);
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
