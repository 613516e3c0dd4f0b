//! The settings that an existing strict file was made with, as keys of a configuration: `harden init` keeps
//! them.

use std::collections::BTreeMap;
use std::path::Path;

use super::quoted;
use crate::locking::existing_output::Existing;
use crate::locking::header_command::command;
use crate::locking::recorded_command::of_command;
use crate::settings::args::LockArgs;

/// How the value of an option is written in a configuration.
#[derive(Clone, Copy)]
enum Form {
    Text,
    List,
    /// `NAME=VALUE`, as an entry of a table.
    Table,
    /// An option without a value.
    True,
}

/// The options that a header records, each with its key.
const KEYS: [(&str, &str, Form); 26] = [
    ("--platform", "platforms", Form::List),
    ("--constraint", "constraints", Form::List),
    ("--extra", "extras", Form::List),
    ("--group", "groups", Form::List),
    ("--exclude-newer", "exclude-newer", Form::Text),
    (
        "--exclude-newer-package",
        "exclude-newer-package",
        Form::Table,
    ),
    ("--undated", "undated", Form::Text),
    ("--prerelease", "prerelease", Form::Text),
    ("--prerelease-package", "prerelease-package", Form::Table),
    ("--override", "overrides", Form::List),
    ("--exclude", "exclude", Form::List),
    ("--allow-sdist", "allow-sdist", Form::List),
    ("--build", "build", Form::List),
    ("--build-constraint", "build-constraints", Form::List),
    ("--marker", "markers", Form::Table),
    ("--resolution", "resolution", Form::Text),
    ("--hashes", "hashes", Form::Text),
    ("--index-url", "index-url", Form::Text),
    ("--extra-index-url", "extra-index-urls", Form::List),
    ("--index", "indexes", Form::Table),
    ("--index-package", "index-packages", Form::Table),
    ("--index-strategy", "index-strategy", Form::Text),
    ("--find-links", "find-links", Form::List),
    ("--exhaustive", "exhaustive", Form::True),
    ("--no-deps", "no-deps", Form::True),
    ("--no-index", "no-index", Form::True),
];

/// The lines for the settings that a strict file was made with, and the options for which there is no
/// line; `None` if harden did not make it.
pub fn settings(strict: &str) -> Option<(Vec<String>, Vec<String>)> {
    let existing = Existing::read(Some(Path::new(strict))).ok()?;
    let made_by = existing.strict()?.header()?.command()?;
    let args = of_command(made_by)?;
    Some(lines(&args))
}

fn lines(args: &LockArgs) -> (Vec<String>, Vec<String>) {
    let args = LockArgs {
        loose: Vec::new(),
        output: None,
        ..args.clone()
    };
    let (mut values, mut others) = (BTreeMap::<usize, Vec<String>>::new(), Vec::new());
    let mut words = command(&args, &args.platform)
        .into_iter()
        .skip(1)
        .peekable();
    while let Some(option) = words.next() {
        let value = words.next_if(|word| !word.starts_with("--"));
        match KEYS.iter().position(|(name, ..)| *name == option) {
            Some(place) => values.entry(place).or_default().extend(value),
            None => others.push(format!("{option} {}", value.unwrap_or_default())),
        }
    }
    let lines = values
        .into_iter()
        .map(|(place, values)| line(place, &values));
    (lines.collect(), others)
}

fn line(place: usize, values: &[String]) -> String {
    let (_, key, form) = KEYS[place];
    let list = |values: Vec<String>| values.join(", ");
    let value = match form {
        Form::True => "true".to_owned(),
        Form::Text => values.last().map(|value| quoted(value)).unwrap_or_default(),
        Form::List => format!(
            "[{}]",
            list(values.iter().map(|value| quoted(value)).collect())
        ),
        Form::Table => {
            let entry = |value: &String| {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                match value {
                    "false" => format!("{} = false", quoted(name)),
                    value => format!("{} = {}", quoted(name), quoted(value)),
                }
            };
            format!("{{ {} }}", list(values.iter().map(entry).collect()))
        }
    };
    format!("{key} = {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_keys() {
        let made_by = "harden a.txt --platform win_amd64-cp312 --output s.txt --exclude-newer P7D \
                       --exclude-newer-package own=false --index corp=https://index.test/simple \
                       --index-package own=corp --no-deps \
                       --exempt 'a==1 until 2026-12-31: CVE-1'";
        let (lines, others) = lines(&of_command(made_by).unwrap());
        assert_eq!(
            lines,
            [
                r#"platforms = ["win_amd64-cp312"]"#,
                r#"exclude-newer = "P7D""#,
                r#"exclude-newer-package = { "own" = false }"#,
                r#"indexes = { "corp" = "https://index.test/simple" }"#,
                r#"index-packages = { "own" = "corp" }"#,
                "no-deps = true",
            ]
        );
        assert_eq!(others, ["--exempt a==1 until 2026-12-31: CVE-1"]);
    }
}
