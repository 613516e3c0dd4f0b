//! The command that the header of a strict file records, parsed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use clap::builder::Resettable;
use clap::{CommandFactory, FromArgMatches};
use harden_hasher::{Header, StrictFile};

use crate::settings::args::{Command, Cutoff, HardenArgs, LockArgs};

/// The arguments of the command in the header; `None` without a command of this program.
pub fn arguments(header: &Header) -> Option<LockArgs> {
    of_command(header.command()?)
}

/// The arguments of a command in the form of a header; `None` for other programs.
///
/// The commands of a thousand locks mostly differ in the files that they name, so what is beside those is read
/// once.
pub fn of_command(command: &str) -> Option<LockArgs> {
    thread_local! {
        static KNOWN: RefCell<HashMap<Vec<String>, Option<LockArgs>>> = RefCell::default();
    }
    let mut words = shell_words(command)?;
    let Some(files) = Files::take(&mut words) else {
        return parsed(words);
    };
    let known = KNOWN.with_borrow_mut(|known| {
        if let Some(parsed) = known.get(&words) {
            return parsed.clone();
        }
        let parsed = parsed(words.clone());
        known.insert(words.clone(), parsed.clone());
        parsed
    });
    match known.and_then(|args| files.put_back(args)) {
        Some(args) => Some(args),
        None => parsed(shell_words(command)?),
    }
}

/// The arguments that the words of a command say.
fn parsed(words: Vec<String>) -> Option<LockArgs> {
    thread_local! {
        /// Made once: there may be a thousand strict files.
        static PARSER: RefCell<clap::Command> = RefCell::new(
            // The environment of today is not that of the recorded run.
            HardenArgs::command().mut_args(|arg| arg.env(Resettable::Reset)),
        );
    }
    let matches = PARSER.with_borrow_mut(|parser| parser.try_get_matches_from_mut(words).ok())?;
    let parsed = HardenArgs::from_arg_matches(&matches).ok()?;
    match parsed.command {
        None => Some(parsed.lock),
        Some(Command::Import(import)) => Some(import.given()),
        Some(_) => None,
    }
}

/// The files that a command names: what it is made from, and its output.
struct Files {
    loose: Vec<String>,
    output: String,
}

impl Files {
    /// Takes the files out of the words of a command, if they stand where headers have them. Another word is
    /// left in the place of each, which is the same in all commands.
    fn take(words: &mut [String]) -> Option<Self> {
        // A word with a dot or a slash is neither a command nor an option.
        let is_file = |word: &String| !word.starts_with('-') && word.contains(['.', '/']);
        let output = words.iter().position(|word| word == "--output")? + 1;
        if !words.get(output).is_some_and(is_file) {
            return None;
        }
        let loose = words.iter().skip(1);
        let count = loose.take_while(|word| is_file(word)).count();
        let mut take = |at: usize, number| std::mem::replace(&mut words[at], place(number));
        Some(Self {
            loose: (0..count).map(|number| take(1 + number, number)).collect(),
            output: take(output, count),
        })
    }

    /// The arguments with the files in their places; `None` where they were not read as such.
    fn put_back(self, mut args: LockArgs) -> Option<LockArgs> {
        let places = args.loose.iter().zip(0..);
        let are_all = args.loose.len() == self.loose.len()
            && places
                .into_iter()
                .all(|(word, number)| *word == place(number))
            && args.output.as_deref() == Some(Path::new(&place(self.loose.len())));
        if !are_all {
            return None;
        }
        args.loose = self.loose;
        args.output = Some(self.output.into());
        Some(args)
    }
}

/// What stands for a file: no file has this name.
fn place(number: usize) -> String {
    format!("\0{number}")
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

    /// Whether a command is read as it is without what is known of others.
    fn is_read_alike(command: &str) -> bool {
        let alone = shell_words(command).and_then(parsed);
        format!("{:?}", of_command(command)) == format!("{alone:?}")
    }

    #[test]
    fn commands_that_differ_in_their_files_are_read_alike() {
        for command in [
            "harden a.txt --platform win_amd64-cp-312-cp312 --output s.txt",
            "harden b.txt --platform win_amd64-cp-312-cp312 --output t.txt",
            "harden a.txt b/c.in --output s.txt --constraint a.txt",
            "harden c.txt d/c.in --output u.txt --constraint c.txt",
            "harden import poetry.lock --output s.txt",
            "harden import uv.lock --output t.txt",
            "harden a.txt",
            "harden --output s.txt a.txt",
            "harden a.txt --output",
            "harden a.txt --output --no-deps",
            "harden check s.txt --output t.txt",
            "harden a.txt --output s.txt --output t.txt",
            "harden a.txt --nonsense --output s.txt",
            "harden 'a b.txt' --output 's t.txt' c.txt",
            "pip-compile a.txt --output s.txt",
            "harden a.txt --output s.txt -- b.txt",
            "harden a.txt --output=s.txt --output t.txt",
        ] {
            for _ in 0..2 {
                assert!(is_read_alike(command), "{command}");
            }
        }
    }
}
