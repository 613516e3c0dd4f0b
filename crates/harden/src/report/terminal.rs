//! What is said to people: errors, warnings and summaries, all on standard error.
//!
//! Results alone go to standard output. Nothing here fails: where standard error cannot be written
//! to there is nobody to tell.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};

use crate::report::Error;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Standard error, and how much to say there.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    colored: bool,
    interactive: bool,
    volume: Volume,
}

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Volume {
    /// Errors.
    Quiet,
    /// And warnings and summaries.
    Normal,
    /// And what it took.
    Verbose,
    /// And all that is logged.
    Logged,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Terminal {
    /// Standard error as the arguments, `NO_COLOR` and what it is connected to have it.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        let interactive = std::io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colored: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => interactive && !no_color,
            },
            interactive,
            volume: match (quiet, verbose) {
                (true, _) => Volume::Quiet,
                (false, 0) => Volume::Normal,
                (false, 1) => Volume::Verbose,
                (false, _) => Volume::Logged,
            },
        }
    }

    /// Whether progress may be drawn: somebody watches, and no log is in the way.
    pub fn shows_progress(self) -> bool {
        self.interactive && self.volume == Volume::Normal
    }

    /// Whether what the parts of the program log is shown.
    pub fn shows_log(self) -> bool {
        self.volume == Volume::Logged
    }

    /// Whether colours may be used.
    pub fn is_colored(self) -> bool {
        self.colored
    }

    /// Says why there is no result.
    pub fn error(self, error: &Error) {
        let text = error.to_string();
        let mut lines = text.lines();
        self.say("error", ERROR, lines.next().unwrap_or_default());
        for rest in lines {
            match rest.strip_prefix("hint: ") {
                Some(hint) => self.say("hint", HINT, hint),
                None => line(rest),
            }
        }
        if let Some(hint) = error.hint() {
            self.say("hint", HINT, &hint);
        }
    }

    /// Says what the user should look at, unless told to be quiet.
    pub fn warning(self, text: &str) {
        if self.volume != Volume::Quiet {
            self.say("warning", WARNING, text);
        }
    }

    /// Says what was done, unless told to be quiet.
    pub fn summary(self, text: &str) {
        if self.volume != Volume::Quiet {
            line(text);
        }
    }

    /// Says more, if asked to.
    pub fn detail(self, text: &str) {
        if self.volume >= Volume::Verbose {
            line(text);
        }
    }

    fn say(self, label: &str, style: Style, text: &str) {
        if self.colored {
            line(&format!("{style}{label}{style:#}: {text}"));
        } else {
            line(&format!("{label}: {text}"));
        }
    }
}

fn line(text: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
