//! `harden tree`: who needs whom in a lock.

use harden_report::{Graph, Report};
use harden_target::Target;

use super::error::ReportError;
use super::files;
use super::gather::gather;
use super::known::Known;
use crate::report::Error;
use crate::report::format::nearest;
use crate::report::output::Output;
use crate::settings::args::{TreeArgs, TreeFormat};

/// Writes the graph.
pub fn tree(args: &TreeArgs) -> Result<(), Error> {
    let output = Output::new(args.output.clone())?;
    let named: Vec<String> = args.strict.iter().cloned().collect();
    let files = files(&named)?;
    let mut report = Report::default();
    for file in &files {
        gather(&mut report, file, &Known::nothing());
    }
    let names: Vec<String> = files.into_iter().map(|file| file.name).collect();
    let target = args
        .platform
        .as_deref()
        .map(|target| place(&report, target, &names));
    let graph = part(
        Graph::of(&report, target.transpose()?),
        &report,
        args,
        names,
    )?;
    output.write(&match args.format {
        TreeFormat::Text => graph.tree(),
        TreeFormat::Dot => graph.dot(),
        TreeFormat::Mermaid => graph.mermaid(),
        TreeFormat::Json => graph.json(),
        TreeFormat::Svg => graph.svg(),
    })
}

/// Where the target is in the report.
fn place(report: &Report, target: &str, files: &[String]) -> Result<usize, Error> {
    let name = target
        .parse::<Target>()
        .map_or_else(|_| target.to_owned(), |target| target.to_string());
    let place = report
        .targets
        .iter()
        .position(|known| known.name.as_str() == name);
    let place = place.ok_or_else(|| ReportError::NotATarget {
        target: name,
        files: files.to_vec(),
        targets: report
            .targets
            .iter()
            .map(|target| target.name.to_string())
            .collect(),
    })?;
    Ok(place)
}

/// The part of the graph that is asked for.
fn part<'r>(
    graph: Graph<'r>,
    report: &Report,
    args: &TreeArgs,
    files: Vec<String>,
) -> Result<Graph<'r>, Error> {
    let Some(name) = &args.name else {
        return Ok(if args.invert { graph.inverted() } else { graph });
    };
    let part = if args.invert {
        graph.above(name.as_str())
    } else {
        graph.below(name.as_str())
    };
    let part = part.ok_or_else(|| {
        let names = report.pins.iter().map(|pin| pin.name.as_str());
        let meant = nearest(name.as_str(), names).and_then(|name| name.parse().ok());
        ReportError::NotLocked {
            name: name.clone(),
            files,
            meant,
        }
    })?;
    Ok(part)
}
