//! `harden init`: a first configuration, from what the current folder holds.

mod image;
mod loose;

use std::fs;
use std::path::Path;

use crate::report::format::list;
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::config::Config;

use image::Image;
use loose::Loose;

/// What is written.
const FILE: &str = "harden.toml";

/// Writes the configuration, and says what was found.
pub fn init(terminal: Terminal) -> Result<(), Error> {
    if let Some(config) = Config::in_this_folder()? {
        return Err(Error::ConfigurationThere(config.file.into()));
    }
    let loose = Loose::in_folder(Path::new("."))?;
    if loose.is_empty() {
        return Err(Error::NothingToLock(format!(
            "there is no {}",
            list(&loose::LOOKED_FOR).replace(" and ", " or ")
        )));
    }
    let image = fs::read_to_string(image::FILE)
        .ok()
        .and_then(|text| Image::of(&text));
    Output::new(Some(FILE.into()))?.write(&text(&loose, image.as_ref()))?;
    for loose in &loose {
        terminal.summary(&format!(
            "found {}, to be locked in {}",
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
                ", if it is built for {arch}, which it does not say"
            ))
        )),
        None => terminal.summary(
            "found no Dockerfile that tells a platform, so locks are for this machine: change \
             `platforms`",
        ),
    }
    terminal.summary(&format!("wrote {FILE}; `harden` makes what it says"));
    Ok(())
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
