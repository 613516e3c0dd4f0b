//! `harden init`: creates a configuration from the files in the current folder. The settings of strict
//! files that are there already are kept.

mod find_loose;
mod recorded_settings;

use std::fs;
use std::path::Path;

use crate::report::format::list;
use crate::report::output::Output;
use crate::report::{Error, Report, Terminal};
use crate::settings::config::Config;
use crate::settings::dockerfile::{self, Image};

use find_loose::{Loose, NeededBuild};

/// Why no configuration is written.
#[derive(Debug, thiserror::Error)]
enum InitError {
    /// There is one already.
    #[error("{0} exists already")]
    Exists(String),
    /// The folder holds none of these files.
    #[error("nothing to lock in this folder: there is no {0}")]
    NothingToLock(String),
}

impl Report for InitError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Exists(_) => "edit it by hand; `harden` makes the locks it describes",
            Self::NothingToLock(_) => {
                "list your requirements in loose.txt, one per line, and run this again"
            }
        };
        Some(hint.to_owned())
    }
}

/// The file to write.
const FILE: &str = "harden.toml";

/// Writes the configuration, and prints what was found.
pub fn init(terminal: Terminal) -> Result<(), Error> {
    if let Some(config) = Config::in_current_folder()? {
        return Err(InitError::Exists(config.file).into());
    }
    let loose = Loose::in_folder(Path::new("."))?;
    if loose.is_empty() {
        let looked_for = list(&find_loose::LOOKED_FOR).replace(" and ", " or ");
        return Err(InitError::NothingToLock(looked_for).into());
    }
    let image = fs::read_to_string(dockerfile::FILE)
        .ok()
        .and_then(|text| Image::of(&text));
    let locks: Vec<Lock<'_>> = loose.iter().map(Lock::of).collect();
    Output::new(Some(FILE.into()))?.write(&text(&locks, image.as_ref()), terminal)?;
    for lock in &locks {
        lock.print(terminal);
    }
    match &image {
        _ if locks.iter().all(|lock| lock.recorded.is_some()) => {}
        Some(image) => terminal.summary(&format!(
            "found {} in {}: {}{}",
            image.name,
            dockerfile::FILE,
            image.target,
            image.assumed.map_or(String::new(), |arch| format!(
                ", assuming {arch}, because it does not name an architecture"
            ))
        )),
        None => terminal.summary(
            "found no Dockerfile that names a platform, so the locks are for this machine; edit \
             `platforms` to change that",
        ),
    }
    terminal.summary(&format!("wrote {FILE}; run `harden` to make its locks"));
    terminal.summary(&suggestions(&loose));
    Ok(())
}

/// Lines for the files of git and pre-commit that go well with locks.
fn suggestions(loose: &[Loose]) -> String {
    let mut lines = vec!["lines that you may want to add:".to_owned()];
    lines.extend(loose.iter().map(|loose| {
        format!(
            "  .gitattributes: {} merge=harden text eol=lf",
            loose.strict
        )
    }));
    lines.push("  .gitignore: /wheelhouse".to_owned());
    lines.push("  .pre-commit-config.yaml, under `repos:`:".to_owned());
    let hook = [
        "- repo: local",
        "  hooks:",
        "    - id: harden-check",
        "      name: harden check",
        "      entry: harden check",
        "      language: system",
        "      pass_filenames: false",
        "      always_run: true",
    ];
    lines.extend(hook.map(|line| format!("    {line}")));
    lines.push(
        "and for merges: git config merge.harden.driver 'harden merge-driver %O %A %B %P'"
            .to_owned(),
    );
    lines.join("\n")
}

/// A lock of the configuration.
struct Lock<'l> {
    loose: &'l Loose,
    /// The settings of the strict file that is there already, as keys, and the options that are not keys
    /// here.
    recorded: Option<(Vec<String>, Vec<String>)>,
}

impl<'l> Lock<'l> {
    fn of(loose: &'l Loose) -> Self {
        let recorded = recorded_settings::settings(&loose.strict);
        Self { loose, recorded }
    }

    /// Says what was found.
    fn print(&self, terminal: Terminal) {
        let Loose {
            file,
            strict,
            build,
        } = self.loose;
        let Some((_, others)) = &self.recorded else {
            terminal.summary(&format!("found {file}; its lock is {strict}"));
            if let Some(NeededBuild { name, why }) = build {
                terminal.summary(&format!(
                    "  what it requires takes a build, which runs its code, in isolation: {why}; to allow it, \
                     take the `#` from `build = [{}]` in {FILE}",
                    quoted(name)
                ));
            }
            return;
        };
        terminal.summary(&format!(
            "found {file}; its lock is {strict}, whose settings are kept"
        ));
        for option in others {
            terminal.warning(&format!(
                "{strict} was made with `{option}`; add that to {FILE}"
            ));
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "\n[[lock]]".to_owned(),
            format!("loose = {}", quoted(&self.loose.file)),
            format!("strict = {}", quoted(&self.loose.strict)),
        ];
        if let (None, Some(build)) = (&self.recorded, &self.loose.build) {
            lines.push(format!("# build = [{}]", quoted(&build.name)));
        }
        let recorded = self.recorded.iter().flat_map(|(lines, _)| lines.clone());
        lines.extend(recorded);
        lines
    }
}

fn text(locks: &[Lock<'_>], image: Option<&Image>) -> String {
    let mut lines = vec!["# What `harden` locks; `harden targets` lists platforms.".to_owned()];
    if locks.iter().any(|lock| lock.recorded.is_none()) {
        let platform = image.map_or("current", |image| &image.target);
        lines.push(format!("platforms = [{}]", quoted(platform)));
    }
    lines.extend(locks.iter().flat_map(Lock::lines));
    lines.join("\n") + "\n"
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
