//! Faults that the strict file alone shows: header, digest, spelling, order, options.

use std::collections::BTreeSet;

use harden_packaging::{DistFilename, PackageName, Reference};
use pep440_rs::Version;

use super::{Report, Rule};
use crate::{InstallerOption, Remark, StrictFile, StrictPin};

/// Checks the file; its header stands on `header_line`, and says whether it is intact.
pub(super) fn check_structure(
    strict: &StrictFile,
    header_line: usize,
    is_intact: bool,
    report: &mut Report,
) {
    check_header(strict, header_line, is_intact, report);
    for remark in strict.remarks() {
        match remark {
            Remark::OtherHash { line, hash } => {
                let kind = hash.split(':').next().unwrap_or_default();
                report.add(
                    *line,
                    Rule::OtherHash,
                    format!(
                        "a {kind} hash is beside the sha256: pip accepts a file that matches either, but harden verifies only the sha256"
                    ),
                );
            }
            Remark::SpelledName { line, name } => report.add(
                *line,
                Rule::Spelling,
                format!("`{name}` is not in normalised form"),
            ),
        }
    }
    check_order(strict, report);
    check_duplicates(strict, report);
    for option in strict.options() {
        check_option(option, header_line, report);
    }
}

fn check_header(strict: &StrictFile, line: usize, is_intact: bool, report: &mut Report) {
    let Some(header) = strict.header() else {
        report.add(
            line,
            Rule::Header,
            "there is no `# harden:` line, so the file does not say what it was made from, for which targets, and whether it was edited since",
        );
        return;
    };
    if !is_intact {
        report.add(line, Rule::Edited, edited(strict));
    }
    if header.loose().is_empty() || header.command().is_none() {
        report.add(
            line,
            Rule::Header,
            "the header names neither the loose requirements nor the command that makes the file",
        );
    }
}

/// What was edited: pins whose version is not that of the files below them were moved by hand or by a
/// bot.
fn edited(strict: &StrictFile) -> String {
    let is_moved = |pin: &&StrictPin| {
        let versions = pin
            .files()
            .iter()
            .filter_map(|file| DistFilename::at(file).ok());
        let mut versions = versions.peekable();
        versions.peek().is_some() && versions.all(|file| file.version() != pin.version())
    };
    let moved: Vec<_> = strict
        .pins()
        .iter()
        .filter(is_moved)
        .map(StrictPin::name)
        .collect();
    match &*moved {
        [] => "the file was edited after harden wrote it: its content does not match its digest"
            .to_owned(),
        [name] => {
            format!("the pin of {name} was changed by hand or by a bot; run `harden` to accept it")
        }
        names => format!(
            "pins of {} packages were changed by hand or by a bot; run `harden` to accept them",
            names.len()
        ),
    }
}

fn check_order(strict: &StrictFile, report: &mut Report) {
    for pair in strict.pins().windows(2) {
        let [before, pin] = pair else { continue };
        if order(pin) < order(before) {
            report.add(
                pin.line(),
                Rule::Order,
                format!("{} comes after {}, out of order", pin.name(), before.name()),
            );
        }
    }
}

fn order(pin: &StrictPin) -> (&PackageName, &Version, Option<&Reference>) {
    (pin.name(), pin.version(), pin.reference())
}

/// Finds what every target would install twice, whichever they are.
fn check_duplicates(strict: &StrictFile, report: &mut Report) {
    let mut seen = BTreeSet::new();
    let mut everywhere = BTreeSet::new();
    for pin in strict.pins() {
        let is_new = seen.insert(order(pin));
        let is_only = pin.marker().is_some() || everywhere.insert(pin.name());
        if !is_new || !is_only {
            report.add(
                pin.line(),
                Rule::Duplicate,
                format!("{} is pinned twice", pin.name()),
            );
        }
    }
}

fn check_option(option: &InstallerOption, line: usize, report: &mut Report) {
    let name = option.name();
    let Some((scheme, rest)) = option.value().and_then(|value| value.split_once("://")) else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (login, host),
        None => ("", authority),
    };
    if scheme.eq_ignore_ascii_case("http") && !is_loopback(host) {
        report.add(
            line,
            Rule::PlainHttp,
            format!("{name} reads {host} over plain HTTP, which anyone on the network can change"),
        );
    }
    // What `${NAME}` stands for is not in the file.
    if !login.is_empty() && !login.contains("${") {
        report.add(
            line,
            Rule::Credentials,
            format!("{name} contains a login for {host}: replace the login, because it is exposed"),
        );
    }
}

/// Whether pip, too, takes the host for safe without TLS.
fn is_loopback(host: &str) -> bool {
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}
