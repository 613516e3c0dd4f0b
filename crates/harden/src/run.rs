//! Both executables, from the arguments to the exit code.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command as CommandLine, CommandFactory, FromArgMatches};
use clap_complete::CompleteEnv;
use harden_fetch::build::enter_sandbox;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::as_fetch::AS_FETCH;
use crate::commands::{
    audit, cache, check, completions, diff, edit, explain, export, fetch, import, init, lock,
    manual, merge_driver, outdated, report, targets, tree, verify, vet,
};
use crate::report::phases::Phases;
use crate::report::redact::redacted;
use crate::report::terminal::shown;
use crate::report::{Error, Exit, Terminal};
use crate::settings::args::{COMPLETION_VARIABLE, Command, FetchArgs, HardenArgs, MessageArgs};
use crate::settings::foreign_options::instead_of;

/// Runs `harden`, or `fetch` if the executable of that name asks for it, with the arguments of the process.
///
/// `use_one_heap` is called, before there are threads, where they mostly wait for the network: not where many locks
/// are worked on by all cores.
pub fn harden(use_one_heap: fn()) -> ExitCode {
    enter_sandbox();
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == AS_FETCH) {
        words.splice(..2, ["fetch".into()]);
        use_one_heap();
        return fetch(&words);
    }
    let args: HardenArgs = parse(&words);
    let messages = match &args.command {
        Some(Command::Fetch(fetch)) => fetch.messages,
        _ => args.messages,
    };
    // How many locks there are to make is seen there.
    if !matches!(
        args.command,
        None | Some(Command::Check(_) | Command::Verify(_))
    ) {
        use_one_heap();
    }
    let phases = Phases::default();
    let is_timed = args.json || messages.verbose > 0;
    let timed = is_timed.then(|| phases.clone());
    run(messages, timed, |terminal| match &args.command {
        None => {
            let part = (args.json, args.part.shard);
            lock::lock(&args.lock, part, &phases, use_one_heap, terminal)
        }
        Some(Command::Add(args)) => edit::add(args, &phases, terminal),
        Some(Command::Remove(args)) => edit::remove(args, &phases, terminal),
        Some(Command::Check(args)) => check::check(args, terminal),
        Some(Command::Verify(args)) => verify::verify(args, terminal),
        Some(Command::Audit(args)) => audit::audit(args, terminal),
        Some(Command::Vet(args)) => vet::vet(args, terminal),
        Some(Command::Explain(args)) => explain::explain(args, terminal),
        Some(Command::Import(args)) => import::import(args, &phases, terminal),
        Some(Command::Export(args)) => export::export(args, terminal),
        Some(Command::Diff(args)) => diff::diff(args, terminal),
        Some(Command::Report(args)) => report::report(args, terminal),
        Some(Command::Tree(args)) => tree::tree(args, terminal),
        Some(Command::Outdated(args)) => outdated::outdated(args, terminal),
        Some(Command::Fetch(args)) => fetch::fetch(args, terminal),
        Some(Command::Init) => init::init(terminal),
        Some(Command::MergeDriver(args)) => merge_driver::merge_driver(args, terminal),
        Some(Command::Targets(targets)) => targets::targets(targets, terminal),
        Some(Command::Cache { command, cache_dir }) => {
            cache::cache(*command, cache_dir.clone(), terminal)
        }
        Some(Command::Completions { shell }) => completions::completions(*shell),
        Some(Command::Manual { output }) => manual::manual(output.as_deref()),
    })
}

fn fetch(words: &[OsString]) -> ExitCode {
    let args: FetchArgs = parse(words);
    run(args.messages, None, |terminal| {
        fetch::fetch(&args, terminal)
    })
}

/// The arguments, of which the first is the program's name; prints help and usage errors itself, and
/// answers a shell that completes a command line.
fn parse<A: CommandFactory + FromArgMatches>(words: &[OsString]) -> A {
    let completion = CompleteEnv::with_factory(A::command).var(COMPLETION_VARIABLE);
    let folder = std::env::current_dir().ok();
    match completion.try_complete(words, folder.as_deref()) {
        Ok(true) => std::process::exit(0),
        Ok(false) => {}
        Err(error) => error.exit(),
    }
    let mut command = A::command();
    command = without_empty_variables(command);
    if words.iter().any(|word| word == "-h") {
        command = in_short(command);
    }
    let matches = command.try_get_matches_from_mut(words);
    let parsed = matches.and_then(|matches| {
        A::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    parsed.unwrap_or_else(|error| refuse(&error, command.get_name()))
}

/// Ends the process for a command line that is not valid: with what does here what an option of another
/// tool does there, else with clap's own message.
fn refuse(error: &clap::Error, program: &str) -> ! {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) if error.kind() == ErrorKind::UnknownArgument => option,
        _ => refuse_as_clap(error),
    };
    let Some(instead) = instead_of(option) else {
        refuse_as_clap(error)
    };
    eprintln!(
        "error: {program} has no option `{}`\nhint: {instead}",
        shown(option)
    );
    std::process::exit(Exit::Input as i32)
}

/// Ends the process with clap's own message, without the secrets that an argument may hold.
fn refuse_as_clap(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    if !error.use_stderr() || redacted(&text) == text {
        error.exit();
    }
    for line in text.lines() {
        eprintln!("{}", shown(line));
    }
    std::process::exit(error.exit_code())
}

/// The command with empty environment variables counted as unset.
fn without_empty_variables(command: CommandLine) -> CommandLine {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| {
            if argument.get_env().is_some_and(is_empty) {
                argument.env(Resettable::Reset)
            } else {
                argument
            }
        })
        .mut_subcommands(without_empty_variables)
}

/// The command with one line an option in `-h`: possible values and variables are left to `--help`.
fn in_short(command: CommandLine) -> CommandLine {
    command
        .mut_args(|argument| {
            let argument = argument.hide_env(true);
            if argument.get_action().takes_values() {
                argument.hide_possible_values(true)
            } else {
                argument
            }
        })
        .mut_subcommands(in_short)
}

fn run(
    messages: MessageArgs,
    timed: Option<Phases>,
    work: impl FnOnce(Terminal) -> Result<(), Error>,
) -> ExitCode {
    let terminal = messages.terminal();
    if terminal.shows_log() || timed.is_some() {
        watch(timed, terminal);
    }
    let exit = match work(terminal) {
        Ok(()) => Exit::Done,
        Err(error) => {
            terminal.error(&error);
            error.exit()
        }
    };
    exit.into()
}

/// Shows the log of this project's crates, if asked for, and times their spans. Logs of other crates
/// are not shown.
fn watch(timed: Option<Phases>, terminal: Terminal) {
    let lines = terminal.shows_log().then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(terminal.is_colored())
            .without_time()
    });
    let own = Targets::new().with_target("harden", LevelFilter::DEBUG);
    tracing_subscriber::registry()
        .with(lines)
        .with(timed)
        .with(own)
        .init();
}
