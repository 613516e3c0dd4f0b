//! The command that locks a strict file again, as findings show it.

use std::path::Path;

use harden_hasher::quoted_command;
use harden_target::Target;

use crate::locking::existing_output::Existing;
use crate::locking::header_command;
use crate::settings::args::LockArgs;
use crate::settings::config::STRICT;

/// What a command says before the names of the options that it leaves out.
const LEFT_OUT: &str = " # add your own ";

/// The command that makes a lock of the configuration in the folder `above` again.
pub(super) fn fix_of_configured(lock: &LockArgs, above: &Path, strict: &str) -> String {
    let mut command = vec!["harden".to_owned()];
    if lock.imports {
        let imported = lock.loose.iter();
        let imported = imported.map(|file| above.join(file).display().to_string());
        command.push("import".to_owned());
        command.extend(imported);
    }
    command.extend(["--output".to_owned(), strict.to_owned()]);
    quoted_command(&command)
}

/// The command that locks a file again, in its place.
///
/// Of what the file says of its making, only its kind, its format and the names of loose files and targets are used: a change
/// under review could name another index in its header, and people copy the command.
pub(super) fn fix(
    loose: &[String],
    strict: &str,
    folder: &Path,
    recorded: Option<&LockArgs>,
) -> String {
    let Some(recorded) = recorded else {
        return fix_of_unknown(loose, strict);
    };
    let (loose, output) = if loose.is_empty() {
        let name = Path::new(strict).strip_prefix(folder);
        let name = name.unwrap_or(Path::new(strict)).to_owned();
        (
            recorded.loose.clone(),
            recorded.output.clone().unwrap_or(name),
        )
    } else {
        (loose.to_vec(), strict.into())
    };
    let targets = recorded.platform.iter();
    let targets = targets.filter_map(|name| name.parse::<Target>().ok());
    let targets: Vec<String> = targets.map(|target| target.to_string()).collect();
    let args = LockArgs {
        loose,
        output: Some(output),
        format: recorded.format,
        imports: recorded.imports,
        ..LockArgs::default()
    };
    let words = header_command::command(&args, &targets);
    let mut command = quoted_command(&words);
    let left_out = options_beside(&words, recorded);
    if !left_out.is_empty() {
        command = format!("{command}{LEFT_OUT}{}", left_out.join(", "));
    }
    if folder.as_os_str().is_empty() {
        return command;
    }
    let folder = quoted_command(&[folder.display().to_string()]);
    format!("cd {folder} && {command}")
}

/// The names of the recorded options that a command leaves out.
fn options_beside(words: &[String], recorded: &LockArgs) -> Vec<String> {
    let all = header_command::command(recorded, &recorded.platform);
    let mut names: Vec<String> = Vec::new();
    for word in all {
        let is_option = word.starts_with("--") && word.len() > 2;
        if is_option && !words.contains(&word) && !names.contains(&word) {
            names.push(word);
        }
    }
    names
}

/// The command that locks into a file of which no command is known. It never overwrites a file that
/// may be a list of loose requirements.
fn fix_of_unknown(loose: &[String], strict: &str) -> String {
    let existing = |path: &str| Existing::read(Some(Path::new(path))).unwrap_or_default();
    if !existing(strict).is_plain() {
        let loose = match loose {
            [] => "LOOSE".to_owned(),
            loose => quoted_command(loose),
        };
        let strict = quoted_command(&[strict.to_owned()]);
        return format!("harden {loose} --platform TARGET --output {strict}");
    }
    match loose {
        [first] if existing(first).strict().is_some() => {
            let files = quoted_command(&[strict.to_owned(), first.clone()]);
            format!("harden check {files}")
        }
        _ => {
            let loose = quoted_command(&[strict.to_owned()]);
            format!("harden {loose} --platform TARGET --output {STRICT}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locking::recorded_command;
    use crate::locking::strict_source::made_in::made_in;

    fn recorded(command: &str) -> LockArgs {
        recorded_command::of_command(command).unwrap()
    }

    #[test]
    fn the_fix_writes_a_file_where_it_is() {
        let fix = |strict: &str, command: &str| {
            let recorded = recorded(command);
            let folder = made_in(Path::new(strict), &recorded);
            super::fix(&[], strict, &folder, Some(&recorded))
        };
        assert_eq!(
            fix("strict.txt", "harden loose.txt --output strict.txt"),
            "harden loose.txt --output strict.txt"
        );
        assert_eq!(
            fix("my web/strict.txt", "harden loose.txt --output strict.txt"),
            "cd 'my web' && harden loose.txt --output strict.txt"
        );
        assert_eq!(
            fix("web/strict.txt", "harden no-such-loose.txt"),
            "cd web && harden no-such-loose.txt --output strict.txt"
        );
        assert_eq!(
            super::fix(&["in.txt".into()], "out.txt", Path::new(""), None),
            "harden in.txt --platform TARGET --output out.txt"
        );
    }
}
