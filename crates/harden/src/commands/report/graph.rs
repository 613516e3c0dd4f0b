//! The dependency graph of locks, in the formats that other programs read and draw.

use harden_report::{Graph, Report, Text};

use super::NamedStrict;
use super::build_model::gather;
use super::error::ReportError;
use super::local_facts::LocalFacts;
use crate::locking::not_locked::NotLocked;
use crate::locking::strict_source::{read, strict_files};
use crate::report::Error;
use crate::settings::args::{TreeArgs, TreeFormat};
use crate::settings::platforms::Machine;

/// The graph of the strict files, or a part of it; `None` for the text format.
pub fn graph(args: &TreeArgs) -> Result<Option<String>, Error> {
    let written: fn(&Graph<'_>) -> String = match args.format {
        TreeFormat::Text => return Ok(None),
        TreeFormat::Dot => |graph| graph.dot(),
        TreeFormat::Mermaid => |graph| graph.mermaid(),
        TreeFormat::Json => |graph| graph.json(),
        TreeFormat::Svg => |graph| graph.svg(),
    };
    let mut report = Report::default();
    for path in strict_files(args.output.as_ref())? {
        let strict = read(&path)?;
        let name = path.display().to_string();
        let source = None;
        let named = NamedStrict {
            name,
            strict,
            source,
        };
        gather(&mut report, &named, &LocalFacts::nothing());
    }
    let target = args
        .platform
        .as_deref()
        .map(|target| place(&report, target));
    let graph = Graph::of(&report, target.transpose()?);
    let part = match &args.name {
        None => Some(graph),
        Some(name) if args.invert => graph.above(name.as_str()),
        Some(name) => graph.below(name.as_str()),
    };
    let graph = part.ok_or_else(|| not_locked(args, &report))?;
    Ok(Some(written(&graph)))
}

/// Where the target is in the report.
fn place(report: &Report, target: &str) -> Result<usize, Error> {
    let machine = Machine::default();
    let name = machine.target(target)?.target.to_string();
    let targets = report.targets.iter().map(|target| &target.name);
    let place = targets.clone().position(|known| known.as_str() == name);
    let place = place.ok_or_else(|| ReportError::NotATarget {
        target: name,
        files: report
            .locks
            .iter()
            .map(|lock| lock.name.to_string())
            .collect(),
        targets: targets.map(Text::to_string).collect(),
    })?;
    Ok(place)
}

/// The error about a package that is in no lock.
fn not_locked(args: &TreeArgs, report: &Report) -> Error {
    let names: Vec<_> = report
        .pins
        .iter()
        .filter_map(|pin| pin.name.as_str().parse().ok())
        .collect();
    let mut not_locked = NotLocked::default();
    for lock in &report.locks {
        not_locked.add(lock.name.as_str(), names.iter());
    }
    let name = args.name.as_ref().expect("a part is asked for by its name");
    not_locked.error(name)
}
