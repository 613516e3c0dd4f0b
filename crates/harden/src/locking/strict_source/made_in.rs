//! The folder that a strict file was made in, which its recorded paths are relative to.

use std::path::{Component, Path, PathBuf};

use crate::report::Error;
use crate::settings::args::LockArgs;
use crate::settings::config::{current_folder, place};

/// The folder that a file was made in: what its path has before the path it was written to; where
/// that is unknown, its own folder, if the loose files are not here.
pub fn made_in(strict: &Path, recorded: &LockArgs) -> PathBuf {
    let own = || strict.parent().unwrap_or(Path::new("")).to_owned();
    let is_plain = |path: &Path| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    };
    match &recorded.output {
        Some(output) if is_plain(output) && strict.ends_with(output) => {
            let depth = output.components().count();
            strict
                .ancestors()
                .nth(depth)
                .unwrap_or(Path::new(""))
                .to_owned()
        }
        Some(output) if is_plain(output) => match folder_above(strict, output) {
            Some(folder) => folder,
            None if has_loose(recorded) => PathBuf::new(),
            None => own(),
        },
        _ if has_loose(recorded) => PathBuf::new(),
        _ => own(),
    }
}

fn has_loose(recorded: &LockArgs) -> bool {
    let mut loose = recorded.loose.iter();
    loose.all(|loose| Path::new(loose).exists())
}

/// The way from here to the folder in which `output` is the file at `strict`, however that is spelled.
fn folder_above(strict: &Path, output: &Path) -> Option<PathBuf> {
    let file = place(strict);
    let depth = output.components().count();
    let folder = file
        .ends_with(output)
        .then(|| file.ancestors().nth(depth))??;
    let here = current_folder().and_then(|here| {
        here.canonicalize()
            .map_err(|source| Error::read(here, source))
    });
    Some(way(&here.ok()?, folder))
}

/// The relative path from one folder to another; both are absolute.
pub(super) fn way(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components());
    let common = same.take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locking::recorded_command;

    fn recorded(command: &str) -> LockArgs {
        recorded_command::of_command(command).unwrap()
    }

    #[test]
    fn the_folder_a_file_was_made_in_is_what_stands_before_its_output() {
        for (strict, command, folder) in [
            ("strict.txt", "harden loose.txt --output strict.txt", ""),
            (
                "web/strict.txt",
                "harden loose.txt --output strict.txt",
                "web",
            ),
            (
                "web/strict.txt",
                "harden web/loose.txt --output web/strict.txt",
                "",
            ),
            (
                "../a/web/strict.txt",
                "harden web/loose.txt --output web/strict.txt",
                "../a",
            ),
            ("web/strict.txt", "harden no-such-loose.txt", "web"),
        ] {
            assert_eq!(
                made_in(Path::new(strict), &recorded(command)),
                Path::new(folder),
                "{strict}"
            );
        }
    }
}
