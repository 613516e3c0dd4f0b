//! Errors of the operating system in plain words.

/// What stands before the number of an error of the operating system.
const NUMBER: &str = " (os error ";

/// The text with errors of the operating system in lower case and without their numbers.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(NUMBER) {
        let Some((number, after)) = after.split_once(')') else {
            break;
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        plain += &in_lower_case(before);
        rest = after;
    }
    plain + rest
}

/// The text with its last part, after a colon, in lower case, unless that begins with an acronym.
fn in_lower_case(text: &str) -> String {
    let start = text.rfind(": ").map_or(0, |colon| colon + 2);
    let (before, last) = text.split_at(start);
    let mut characters = last.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            format!(
                "{before}{}{}",
                first.to_lowercase(),
                &last[first.len_utf8()..]
            )
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_errors_are_left_out() {
        for (text, expected) in [
            (
                "cannot read a.txt: Permission denied (os error 13)",
                "cannot read a.txt: permission denied",
            ),
            (
                "a: File too large (os error 27); b: No space left on device (os error 28), so",
                "a: file too large; b: no space left on device, so",
            ),
            ("I/O error (os error 5)", "I/O error"),
            ("a (os error x)", "a (os error x)"),
            ("a (os error 2", "a (os error 2"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
