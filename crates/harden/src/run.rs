//! Both executables from the arguments to the exit code.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Command, FetchArgs, HardenArgs, TalkArgs};
use crate::{
    Error, Exit, Terminal, cache, check, diff, explain, fetching, init, lock, targets, verify,
};

/// Runs `harden` with the arguments of the process.
pub fn harden() -> ExitCode {
    let args = HardenArgs::parse();
    run(args.talk, |terminal| match &args.command {
        None => lock::lock(&args.lock, args.json, terminal),
        Some(Command::Check(args)) => check::check(args, terminal),
        Some(Command::Verify(args)) => verify::verify(args, terminal),
        Some(Command::Explain(args)) => explain::explain(args, terminal),
        Some(Command::Diff(args)) => diff::diff(args),
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
    run(args.talk, |terminal| fetching::fetch(&args, terminal))
}

fn run(talk: TalkArgs, work: impl FnOnce(Terminal) -> Result<(), Error>) -> ExitCode {
    let terminal = Terminal::new(talk);
    if terminal.shows_log() {
        log(terminal);
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

/// Shows what the parts of this project log; other crates' logs are theirs.
fn log(terminal: Terminal) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal.is_colored())
        .without_time();
    let own = Targets::new().with_target("harden", LevelFilter::DEBUG);
    tracing_subscriber::registry().with(lines).with(own).init();
}
