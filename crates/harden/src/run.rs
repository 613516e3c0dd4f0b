//! Both executables from the arguments to the exit code.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::commands::{cache, check, diff, explain, fetch, init, lock, report, targets, verify};
use crate::report::phases::Phases;
use crate::report::{Error, Exit, Terminal};
use crate::settings::args::{Command, FetchArgs, HardenArgs, TalkArgs};

/// Runs `harden` with the arguments of the process.
pub fn harden() -> ExitCode {
    let args = HardenArgs::parse();
    let phases = Phases::default();
    let is_timed = args.json || args.talk.verbose > 0;
    let timed = is_timed.then(|| phases.clone());
    run(args.talk, timed, |terminal| match &args.command {
        None => lock::lock(&args.lock, args.json, &phases, terminal),
        Some(Command::Check(args)) => check::check(args, terminal),
        Some(Command::Verify(args)) => verify::verify(args, terminal),
        Some(Command::Explain(args)) => explain::explain(args, terminal),
        Some(Command::Diff(args)) => diff::diff(args),
        Some(Command::Report(args)) => report::report(args, terminal),
        Some(Command::Tree(args)) => report::tree(args),
        Some(Command::Init) => init::init(terminal),
        Some(Command::Targets(targets)) => targets::targets(targets, terminal),
        Some(Command::Cache { command, cache_dir }) => {
            cache::cache(*command, cache_dir.clone(), terminal)
        }
    })
}

/// Runs `fetch` with the arguments of the process.
pub fn fetch() -> ExitCode {
    let args = FetchArgs::parse();
    run(args.talk, None, |terminal| fetch::fetch(&args, terminal))
}

fn run(
    talk: TalkArgs,
    timed: Option<Phases>,
    work: impl FnOnce(Terminal) -> Result<(), Error>,
) -> ExitCode {
    let terminal = talk.terminal();
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

/// Shows what the parts of this project log, if that is wanted, and times their spans; other crates'
/// logs are theirs.
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
