//! The shells that `harden completions` writes scripts for.

use clap::ValueEnum;

/// The variable through which completion scripts ask the executables.
pub const COMPLETION_VARIABLE: &str = "HARDEN_COMPLETE";

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::enum_variant_names, reason = "they are the shells' own names")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Elvish,
    Nushell,
}

impl Shell {
    /// The name by which clap's protocol for completions knows the shell; none for Nushell.
    pub fn protocol(self) -> Option<&'static str> {
        match self {
            Self::Bash => Some("bash"),
            Self::Zsh => Some("zsh"),
            Self::Fish => Some("fish"),
            Self::PowerShell => Some("powershell"),
            Self::Elvish => Some("elvish"),
            Self::Nushell => None,
        }
    }
}
