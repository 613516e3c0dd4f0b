//! `harden init`: creates a configuration from the files in the current folder.

mod loose;

use std::fs;
use std::path::Path;

use crate::report::format::list;
use crate::report::output::Output;
use crate::report::{Error, Report, Terminal};
use crate::settings::config::Config;
use crate::settings::image::{self, Image};

use loose::Loose;

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
    if let Some(config) = Config::in_this_folder()? {
        return Err(InitError::Exists(config.file).into());
    }
    let loose = Loose::in_folder(Path::new("."))?;
    if loose.is_empty() {
        let looked_for = list(&loose::LOOKED_FOR).replace(" and ", " or ");
        return Err(InitError::NothingToLock(looked_for).into());
    }
    let image = fs::read_to_string(image::FILE)
        .ok()
        .and_then(|text| Image::of(&text));
    Output::new(Some(FILE.into()))?.write(&text(&loose, image.as_ref()), terminal)?;
    for loose in &loose {
        terminal.summary(&format!(
            "found {}; its lock is {}",
            loose.file, loose.strict
        ));
    }
    match &image {
        Some(image) => terminal.summary(&format!(
            "found {} in {}: {}{}",
            image.name,
            image::FILE,
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

fn text(loose: &[Loose], image: Option<&Image>) -> String {
    let platform = image.map_or("current", |image| &image.target);
    let mut lines = vec![
        "# What `harden` locks; `harden targets` lists platforms.".to_owned(),
        format!("platforms = [{}]", quoted(platform)),
    ];
    for loose in loose {
        lines.push("\n[[lock]]".to_owned());
        lines.push(format!("loose = {}", quoted(&loose.file)));
        lines.push(format!("strict = {}", quoted(&loose.strict)));
    }
    lines.join("\n") + "\n"
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
