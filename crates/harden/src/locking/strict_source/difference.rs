//! How the configuration differs from the command in a strict file's header.

use std::cell::RefCell;
use std::collections::HashMap;

use harden_hasher::shown_command;
use harden_target::Target;

use crate::locking::header_command;
use crate::settings::args::LockArgs;

/// What the configuration `file` says of a lock other than `recorded`; `None` if they agree.
pub(super) fn difference(file: &str, lock: &LockArgs, recorded: &LockArgs) -> Option<String> {
    let mut done = without_unsaid(recorded.clone(), lock);
    let mut said = lock.clone();
    if said.output == done.output {
        // Whether it is a file need not be looked up then.
        (said.output, done.output) = (None, None);
    }
    let (said, done) = (words(&said), words(&done));
    if said == done {
        return None;
    }
    let (said, done) = (shown_words(said), shown_words(done));
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

/// The arguments, spelled one way.
fn words(args: &LockArgs) -> Vec<String> {
    let platforms: Vec<String> = args.platform.iter().map(|name| canonical(name)).collect();
    header_command::command(args, &platforms)
}

/// A target in canonical spelling; anything else as it is.
fn canonical(name: &str) -> String {
    thread_local! {
        /// A thousand locks are for the same few targets.
        static KNOWN: RefCell<HashMap<String, String>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(canonical) = known.get(name) {
            return canonical.clone();
        }
        let canonical = match name.parse::<Target>() {
            Ok(target) => target.to_string(),
            Err(_) => name.to_owned(),
        };
        known.insert(name.to_owned(), canonical.clone());
        canonical
    })
}

/// The words as they are shown, a word each option with its value.
fn shown_words(words: Vec<String>) -> Vec<String> {
    let mut options: Vec<Vec<String>> = Vec::new();
    for word in words {
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
