//! Files of other tools where loose requirements are expected: their locks, and what Pipenv and conda
//! read.

use std::fs;
use std::path::Path;

use harden_interchange::Format;

use crate::report::Report;

/// A file that holds no loose requirements.
#[derive(Debug, thiserror::Error)]
#[error("{file} does not hold loose requirements: {what}")]
pub struct NotLoose {
    file: String,
    what: &'static str,
    hint: String,
}

impl Report for NotLoose {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// Files by their names, with what they are and what to do.
const FILES: [(&str, &str, &str); 3] = [
    (
        "Pipfile",
        "Pipenv reads it",
        "list its packages in a requirements file; `--prefer Pipfile.lock` keeps their versions",
    ),
    ("environment.yml", "conda reads it", CONDA),
    ("environment.yaml", "conda reads it", CONDA),
];

const CONDA: &str = "list the packages below its `pip:` in a requirements file; `--prefer conda-lock.yml` \
                     keeps their versions";

/// Which of the files that cannot be read as loose requirements is something else.
pub fn explain(loose: &[String]) -> Option<NotLoose> {
    loose
        .iter()
        .find_map(|file| of_name(file).or_else(|| of_text(file)))
}

fn of_name(file: &str) -> Option<NotLoose> {
    let name = Path::new(file).file_name()?;
    let (_, what, hint) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some(NotLoose {
        file: file.to_owned(),
        what,
        hint: (*hint).to_owned(),
    })
}

fn of_text(file: &str) -> Option<NotLoose> {
    let format = Format::of(&fs::read_to_string(file).ok()?);
    (format != Format::Requirements).then(|| NotLoose {
        file: file.to_owned(),
        what: "it is the lock of another tool",
        hint: format!(
            "`harden import {file} -o strict.txt` makes a strict file of it; `harden LOOSE --prefer {file}` \
             keeps its versions"
        ),
    })
}
