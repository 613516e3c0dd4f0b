//! A report as one HTML page that asks for nothing: style, script and drawings are in it.
//!
//! Its content security policy forbids every request, and every script but its own, whose digest it
//! names. Without scripts all of it is there to read; they sort, search, filter and focus.

mod changes;
mod details;
mod links;
mod overview;
mod rows;
mod timeline;
mod treemap;

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{Timestamp, ToSpan};
use sha2::Digest;

use crate::graph::{Graph, Looks, drawing};
use crate::model::Report;

pub(crate) use changes::{described, notes, summary};

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// A release this many days old or less, at the lock's moment, is pointed out.
const YOUNG_DAYS: i64 = 14;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    /// The title, broken where a line may end.
    title_parts: Vec<String>,
    lede: String,
    policy: String,
    style: &'static str,
    script: &'static str,
    figures: Vec<overview::Figure>,
    changes: Option<changes::Changes>,
    findings: Vec<(String, String)>,
    targets: Vec<overview::TargetView>,
    locks: Vec<overview::LockView>,
    direct: Vec<links::Link>,
    columns: Vec<rows::Column>,
    rows: Vec<rows::RowView>,
    filters: Vec<(&'static str, &'static str, usize)>,
    graph: String,
    edges: usize,
    timeline: Option<timeline::Timeline>,
    maps: Vec<treemap::Map>,
    details: Vec<details::Detail>,
}

/// The page.
///
/// # Panics
///
/// Never: the template writes to memory, which does not fail.
pub fn html(report: &Report) -> String {
    let anchors = links::anchors(report);
    let graph = Graph::of(report, None);
    let findings = report.findings.iter().flatten();
    let direct = report
        .pins
        .iter()
        .enumerate()
        .filter(|(_, pin)| pin.is_direct());
    let rows = rows::rows(report, &anchors);
    let page = Page {
        title: report.title.to_string(),
        title_parts: report
            .title
            .as_str()
            .split_inclusive('/')
            .map(str::to_owned)
            .collect(),
        lede: overview::lede(report),
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        figures: overview::figures(report, &anchors),
        changes: changes::changes(report, &anchors),
        findings: findings
            .map(|finding| (finding.rule.to_string(), finding.message.to_string()))
            .collect(),
        targets: overview::targets(report),
        locks: overview::locks(report),
        direct: direct
            .map(|(pin, _)| links::Link::to(report, pin, &anchors))
            .collect(),
        columns: rows::columns(report),
        filters: rows::filters(&rows),
        rows,
        graph: drawing(&graph, Looks::InPage(&anchors)),
        edges: graph.edges().count(),
        timeline: timeline::timeline(report, &anchors),
        maps: treemap::maps(report, &anchors),
        details: details::details(report, &graph, &anchors),
    };
    page.render()
        .expect("a String takes all that is written to it")
}

/// Nothing is loaded, no script but the page's own runs.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(sha2::Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}

/// Whether a release was very new at the lock's moment.
fn is_young(report: &Report, uploaded: Timestamp) -> bool {
    let begin = report
        .moment()
        .and_then(|moment| moment.checked_sub((YOUNG_DAYS * 24).hours()).ok());
    begin.is_some_and(|begin| uploaded >= begin)
}
