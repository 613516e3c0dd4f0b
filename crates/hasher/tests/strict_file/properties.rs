//! What holds of any text.

use harden_hasher::{HashChoice, StrictFile};
use proptest::prelude::*;

use crate::common::strict;

/// Texts that are nearly strict files: lines of one with pieces of lines in between.
fn near_text() -> impl Strategy<Value = String> {
    let text = strict(HashChoice::All).to_string();
    let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    let pieces = [
        "# via",
        "\\\n",
        " ",
        "#",
        "\n",
        "==1",
        "[x]",
        ";",
        " ; os_name == 'nt'",
        "-r ",
        "--hash=sha256:",
        "# harden: 1 ",
        "\u{2028}",
        "\r",
        "é",
        "'",
        "\"",
        ",",
        "\t",
        "~",
        "@",
        "://",
        "0",
        "a",
    ];
    let piece = prop_oneof![
        4 => prop::sample::select(lines),
        2 => prop::sample::select(pieces.map(str::to_owned).to_vec()),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// A strict file with one character put in, taken out or replaced.
fn edited() -> impl Strategy<Value = String> {
    let text: Vec<char> = strict(HashChoice::Selected).to_string().chars().collect();
    let edit = (
        0..text.len(),
        prop::option::of(prop::char::range(' ', '~')),
        any::<bool>(),
    );
    edit.prop_map(move |(place, put, take)| {
        let mut text = text.clone();
        let taken = place..place + usize::from(take);
        text.splice(taken, put);
        text.into_iter().collect()
    })
}

proptest! {
    /// Whatever is read is written in a form that reads back as the same.
    #[test]
    fn reading_never_panics_and_writing_is_stable(text in near_text()) {
        if let Ok(read) = StrictFile::parse(&text, "strict.txt") {
            let written = read.to_string();
            let again = StrictFile::parse(&written, "strict.txt");
            prop_assert_eq!(again.map(|file| file.to_string()), Ok(written));
        }
    }

    /// A hand edit is refused, found by the digest, or changes nothing that is read.
    #[test]
    fn an_edit_that_matters_is_found(text in edited()) {
        let original = strict(HashChoice::Selected);
        let Ok(read) = StrictFile::parse(&text, "strict.txt") else { return Ok(()) };
        let Some(header) = read.header() else { return Ok(()) };
        if read.content_digest() == header.pins() {
            prop_assert_eq!(read.to_string(), original.to_string());
        }
    }
}
