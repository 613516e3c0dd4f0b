//! Messages for people: errors, warnings and summaries, all on standard error.
//!
//! Only results go to standard output. Nothing here fails: if standard error cannot be written, there
//! is no other place for a message.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};

use harden_packaging::printable;

use crate::report::Error;
use crate::report::capture;
use crate::report::os_error::plain;
use crate::report::redact::redacted;
use crate::report::target_names::named;

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

impl Color {
    fn is_used(self, automatically: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => automatically,
        }
    }
}

/// Standard error, and how much to print there.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    colored: bool,
    /// Whether standard output has colours.
    colored_output: bool,
    interactive: bool,
    volume: Volume,
}

/// How much to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Volume {
    /// Errors.
    Quiet,
    /// And warnings and summaries.
    Normal,
    /// And timings and counts.
    Verbose,
    /// And the debug log.
    Logged,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Terminal {
    /// Standard error, as the arguments, `NO_COLOR`, `CLICOLOR`, `TERM` and the terminal decide.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let is_dumb = variable("TERM") == "dumb";
        let interactive = std::io::stderr().is_terminal() && !is_dumb;
        let no_color = !variable("NO_COLOR").is_empty() || variable("CLICOLOR") == "0";
        Self {
            colored: color.is_used(interactive && !no_color),
            colored_output: color.is_used(std::io::stdout().is_terminal() && !is_dumb && !no_color),
            interactive,
            volume: match (quiet, verbose) {
                (true, _) => Volume::Quiet,
                (false, 0) => Volume::Normal,
                (false, 1) => Volume::Verbose,
                (false, _) => Volume::Logged,
            },
        }
    }

    /// The same, with errors alone: for work that was reported before.
    #[must_use]
    pub fn silenced(self) -> Self {
        Self {
            volume: Volume::Quiet,
            ..self
        }
    }

    /// The same, for work that others are done beside: it draws nothing and asks nothing.
    #[must_use]
    pub fn beside_others(self) -> Self {
        Self {
            interactive: false,
            ..self
        }
    }

    /// Whether to draw progress: on an interactive terminal without a log.
    pub fn shows_progress(self) -> bool {
        self.interactive && self.volume == Volume::Normal
    }

    /// Whether to print the debug log.
    pub fn shows_log(self) -> bool {
        self.volume == Volume::Logged
    }

    /// Whether colours may be used on standard output.
    pub fn colors_output(self) -> bool {
        self.colored_output
    }

    /// Whether colours may be used.
    pub fn is_colored(self) -> bool {
        self.colored
    }

    /// Prints an error and its hint.
    pub fn error(self, error: &Error) {
        self.error_of("", error);
    }

    /// Prints an error, with `before` before its message, and its hint.
    pub fn error_of(self, before: &str, error: &Error) {
        let text = format!("{before}{}", named(&error.to_string()));
        let mut lines = text.split('\n');
        self.say("error", ERROR, lines.next().unwrap_or_default());
        lines.for_each(|rest| self.continue_error(rest));
        if let Some(hint) = error.hint() {
            let hint = named(&hint);
            let mut lines = hint.split('\n');
            self.say("hint", HINT, lines.next().unwrap_or_default());
            lines.for_each(|rest| self.continue_error(rest));
        }
    }

    /// Writes a further line of an error, which may be a hint.
    fn continue_error(self, text: &str) {
        match text.strip_prefix("hint: ") {
            Some(hint) => self.say("hint", HINT, hint),
            None => line(&shown(text)),
        }
    }

    /// Prints a warning, unless quiet.
    pub fn warning(self, text: &str) {
        if self.volume != Volume::Quiet {
            self.say("warning", WARNING, &named(text));
        }
    }

    /// Prints what was done, unless quiet.
    pub fn summary(self, text: &str) {
        if self.volume != Volume::Quiet {
            named(text).split('\n').for_each(|text| line(&shown(text)));
        }
    }

    /// Prints a detail, if verbose.
    pub fn detail(self, text: &str) {
        if self.volume >= Volume::Verbose {
            named(text).split('\n').for_each(|text| line(&shown(text)));
        }
    }

    /// Whether the user at the terminal answers yes; `false` without an interactive terminal.
    pub fn confirm(self, question: &str) -> bool {
        if !(self.interactive && std::io::stdin().is_terminal()) {
            return false;
        }
        let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    fn say(self, label: &str, style: Style, text: &str) {
        let text = shown(text);
        if self.colored {
            line(&format!("{style}{label}{style:#}: {text}"));
        } else {
            line(&format!("{label}: {text}"));
        }
    }
}

/// A line of text without secrets and control characters.
pub fn shown(text: &str) -> String {
    redacted(&plain(&printable(text)))
}

/// A line that no runner of a CI service takes for a command to it: GitHub Actions and Azure Pipelines read
/// lines that begin with `::` or `##[` behind white space, and text from outside may.
pub fn inert(line: &str) -> Cow<'_, str> {
    let start = line.trim_start();
    if start.starts_with("::") || start.starts_with("##") {
        Cow::Owned(format!("| {line}"))
    } else {
        Cow::Borrowed(line)
    }
}

fn line(text: &str) {
    if !capture::message(text) {
        print_line(text);
    }
}

/// Writes a line to standard error now.
pub(super) fn print_line(text: &str) {
    // A closed standard error is not an error.
    let _ = writeln!(std::io::stderr().lock(), "{}", inert(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cannot_be_workflow_commands() {
        for (line, shown) in [
            ("    ::add-mask::x", "|     ::add-mask::x"),
            ("##[command]x", "| ##[command]x"),
            ("a.txt:1: x", "a.txt:1: x"),
        ] {
            assert_eq!(inert(line), shown);
        }
    }
}
