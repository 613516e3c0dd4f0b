//! The command that the header of a strict file records, parsed.

use std::cell::RefCell;

use clap::builder::Resettable;
use clap::{CommandFactory, FromArgMatches};
use harden_hasher::{Header, StrictFile};

use crate::settings::args::{Command, Cutoff, HardenArgs, LockArgs};

/// The arguments of the command in the header; `None` without a command of this program.
pub fn arguments(header: &Header) -> Option<LockArgs> {
    of_command(header.command()?)
}

/// The arguments of a command in the form of a header; `None` for other programs.
pub fn of_command(command: &str) -> Option<LockArgs> {
    thread_local! {
        /// Made once: there may be a thousand strict files.
        static PARSER: RefCell<clap::Command> = RefCell::new(
            // The environment of today is not that of the recorded run.
            HardenArgs::command().mut_args(|arg| arg.env(Resettable::Reset)),
        );
    }
    let words = shell_words(command)?;
    let matches = PARSER.with_borrow_mut(|parser| parser.try_get_matches_from_mut(words).ok())?;
    let parsed = HardenArgs::from_arg_matches(&matches).ok()?;
    match parsed.command {
        None => Some(parsed.lock),
        Some(Command::Import(import)) => Some(import.given()),
        Some(_) => None,
    }
}

/// The arguments that repeat a lock: with its cutoff, for its targets.
pub fn repeating(strict: &StrictFile) -> Option<LockArgs> {
    let header: &Header = strict.header()?;
    let mut args = arguments(header)?;
    args.exclude_newer = header.exclude_newer().map(Cutoff::At);
    for own in &mut args.exclude_newer_package {
        let moment = header.exclude_newer_packages().get(&own.name);
        own.cutoff = moment.copied().map(Cutoff::At).or(own.cutoff);
    }
    if args.platform.is_empty() {
        args.platform = header.platforms().to_vec();
    }
    Some(args)
}

/// The words of a line as a POSIX shell reads them, as far as headers need it: parted by spaces, kept
/// together by single quotes, one character by a backslash; `None` where a quote is not closed.
fn shell_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_a_shell_reads_them() {
        for (line, words) in [
            ("harden a.txt  -o s", vec!["harden", "a.txt", "-o", "s"]),
            ("'a b' ''", vec!["a b", ""]),
            (r"'it'\''s' x", vec!["it's", "x"]),
        ] {
            assert_eq!(shell_words(line).unwrap(), words);
        }
        assert_eq!(shell_words("'open"), None);
    }
}
