//! What to do about a finding.

use crate::comment_text::quoted_command;

/// What mends a finding, and what there is to decide about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// The command that mends it.
    pub remedy: Remedy,
    /// What to do if no command does it alone, in one line; empty if that is clear.
    pub hint: String,
}

/// The command that mends a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// No command does.
    #[default]
    None,
    /// To lock again.
    Lock,
    /// To lock again with these options.
    LockWith(String),
    /// Another command, which takes the strict file between its first words and its options.
    Run {
        /// The first words.
        command: String,
        /// The options.
        options: String,
    },
}

impl Advice {
    /// The advice to lock again.
    pub fn lock() -> Self {
        Remedy::Lock.into()
    }

    /// The advice that no command follows.
    pub fn hint(text: impl Into<String>) -> Self {
        Remedy::None.with_hint(text)
    }

    /// The command, where `lock` locks the strict file `file` again; empty if no command mends it.
    pub fn fix(&self, lock: &str, file: &str) -> String {
        match &self.remedy {
            Remedy::None => String::new(),
            Remedy::Lock => lock.to_owned(),
            Remedy::LockWith(options) => with_options(lock, options),
            Remedy::Run { command, options } => {
                let file = quoted_command(&[file.to_owned()]);
                format!("{command} {file} {options}")
            }
        }
    }
}

impl From<Remedy> for Advice {
    fn from(remedy: Remedy) -> Self {
        Self {
            remedy,
            hint: String::new(),
        }
    }
}

impl Remedy {
    /// This command, and what else to do.
    pub fn with_hint(self, hint: impl Into<String>) -> Advice {
        Advice {
            remedy: self,
            hint: hint.into(),
        }
    }
}

/// A command with further options, which stand before its comment if it has one.
pub fn with_options(command: &str, options: &str) -> String {
    match command.split_once(" # ") {
        Some((command, comment)) => format!("{command} {options} # {comment}"),
        None => format!("{command} {options}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_the_file_have_their_places_in_a_command() {
        let lock = "harden a.txt -o b.txt # add your own --index-url";
        let with = Remedy::LockWith("-P a".to_owned());
        assert_eq!(
            Advice::from(with).fix(lock, "b.txt"),
            "harden a.txt -o b.txt -P a # add your own --index-url"
        );
        let run = Remedy::Run {
            command: "harden vet add a".to_owned(),
            options: "--who ME".to_owned(),
        };
        assert_eq!(
            Advice::from(run).fix(lock, "my b.txt"),
            "harden vet add a 'my b.txt' --who ME"
        );
        assert_eq!(Advice::hint("look").fix(lock, "b.txt"), "");
    }
}
