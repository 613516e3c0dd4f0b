//! How the configuration differs from the command in a strict file's header.

use harden_hasher::shown_command;
use harden_target::Target;

use crate::locking::header_command;
use crate::settings::args::LockArgs;

/// What the configuration `file` says of a lock other than `recorded`; `None` if they agree.
pub(super) fn difference(file: &str, lock: &LockArgs, recorded: &LockArgs) -> Option<String> {
    let said = shown_words(lock);
    let done = shown_words(&without_unsaid(recorded.clone(), lock));
    if said == done {
        return None;
    }
    let (new, old) = (only(&said, &done, lock), only(&done, &said, recorded));
    Some(match (&*new, &*old) {
        (new, "") => format!("{file} now says{new}, but the file was made without"),
        ("", old) => format!("{file} no longer says{old}, but the file was made with it"),
        (new, old) => format!("{file} now says{new}, but the file was made with{old}"),
    })
}

/// The words that are not among the others, as the arguments name them.
fn only(words: &[String], others: &[String], args: &LockArgs) -> String {
    let only = words.iter().filter(|word| !others.contains(word));
    let only = only.map(|word| format!(" `{}`", as_given(word, args)));
    only.collect()
}

/// The arguments, spelled one way, a word each option with its value.
fn shown_words(args: &LockArgs) -> Vec<String> {
    let name = |name: &String| match name.parse::<Target>() {
        Ok(target) => target.to_string(),
        Err(_) => name.clone(),
    };
    let platforms: Vec<String> = args.platform.iter().map(name).collect();
    let mut options: Vec<Vec<String>> = Vec::new();
    for word in header_command::command(args, &platforms) {
        match options.last_mut() {
            Some(option) if option[0].starts_with("--") && !word.starts_with("--") => {
                option.push(word);
            }
            _ => options.push(vec![word]),
        }
    }
    options.iter().map(|option| shown_command(option)).collect()
}

/// An option with its target as the arguments name it, if it is one of a target.
fn as_given(word: &str, args: &LockArgs) -> String {
    let canonical = word.strip_prefix("--platform ");
    let is_it = |name: &&String| {
        let target = name.parse::<Target>().ok();
        target.is_some_and(|target| Some(&*target.to_string()) == canonical)
    };
    match args.platform.iter().find(is_it) {
        Some(name) => format!("--platform {name}"),
        None => word.to_owned(),
    }
}

/// The recorded arguments without indexes that the configuration leaves to the environment.
fn without_unsaid(mut recorded: LockArgs, lock: &LockArgs) -> LockArgs {
    let (index, said) = (&mut recorded.index, &lock.index);
    if said.index_url.is_none() && !said.no_index {
        index.index_url = None;
        index.no_index = false;
    }
    if said.extra_index_url.is_empty() {
        index.extra_index_url.clear();
    }
    if said.find_links.is_empty() {
        index.find_links.clear();
    }
    recorded
}
