//! Arguments in place of a loose file that are not one: commands, habits from other tools, targets and
//! packages.

use clap::Subcommand;
use harden_requirements::Requirement;
use harden_target::Target;

use crate::report::Report;
use crate::report::format::nearest;
use crate::settings::args::{Command, LockArgs};

/// A word that is not a loose file, and what to type for it.
#[derive(Debug, thiserror::Error)]
#[error("there is no requirements file `{word}`{what}")]
pub struct Misplaced {
    word: String,
    what: &'static str,
    hint: String,
}

impl Report for Misplaced {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// What other tools call what harden does, or leaves to them.
const HABITS: [(&str, &str); 18] = [
    (
        "lock",
        "`harden LOOSE -o strict.txt` locks; with a harden.toml, `harden` alone does",
    ),
    (
        "compile",
        "`harden LOOSE -o strict.txt` compiles; with a harden.toml, `harden` alone does",
    ),
    (
        "pip",
        "`harden LOOSE -o strict.txt` does what `pip compile` does",
    ),
    (
        "resolve",
        "`harden LOOSE -o strict.txt` resolves; with a harden.toml, `harden` alone does",
    ),
    (
        "upgrade",
        "`harden -U` upgrades all packages, `harden -P NAME` one",
    ),
    (
        "update",
        "`harden -U` upgrades all packages, `harden -P NAME` one",
    ),
    ("install", INSTALL),
    ("sync", INSTALL),
    ("download", "`fetch` downloads what a strict file pins"),
    ("show", "`harden explain NAME` says why a package is locked"),
    ("why", "`harden explain NAME` says why a package is locked"),
    (
        "list",
        "`harden tree` shows what is locked; `harden explain NAME` says why",
    ),
    (
        "pip-compile",
        "`harden LOOSE -o strict.txt` compiles; with a harden.toml, `harden` alone does",
    ),
    ("pip-sync", INSTALL),
    (
        "freeze",
        "`harden tree` shows what is locked; the strict file lists all pins",
    ),
    (
        "build",
        "`harden --build NAME` and `fetch --build` build sdists, `fetch --project FOLDER` your own project",
    ),
    (
        "uninstall",
        "`harden remove NAME` removes a requirement and locks",
    ),
    (
        "python",
        "Python is part of the target, as in `-p manylinux2014_x86_64-cp312`",
    ),
];

const INSTALL: &str = "harden does not install: `fetch` fills a wheelhouse, and `pip install \
                       --require-hashes --no-index --find-links wheelhouse -r strict.txt` installs it";

/// What a word probably means; `None` if it may be the name of a file.
pub fn explain(word: &str, args: &LockArgs) -> Option<Misplaced> {
    let error = |what, hint: String| {
        let word = word.to_owned();
        Some(Misplaced { word, what, hint })
    };
    if Command::has_subcommand(word) {
        let hint = format!("write `harden {word}` first and the options after it");
        return error(", and a command must come before all options", hint);
    }
    if let Some((_, hint)) = HABITS.iter().find(|(habit, _)| *habit == word) {
        return error("", (*hint).to_owned());
    }
    if word.parse::<Target>().is_ok() {
        return error("; it is a target", format!("write `-p {word}`"));
    }
    if word.contains(['.', '/', '\\']) && !word.contains("==") {
        return None;
    }
    let names: Vec<_> = Command::augment_subcommands(clap::Command::new(""))
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    if args.loose.len() == 1
        && let Some(near) = nearest(word, names.iter().map(String::as_str))
    {
        return error("", format!("did you mean `harden {near}`?"));
    }
    word.parse::<Requirement>().ok()?;
    let hint = format!(
        "to lock the package {word}, `harden add {word}`, or write it into a requirements file and name that"
    );
    error("", hint)
}
