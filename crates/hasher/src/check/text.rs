//! The bytes of a strict file: encoding, line ends, completeness, and whether each line shows what
//! installers read.

use std::borrow::Cow;

use super::structure::check_structure;
use super::{Finding, Judged, Report, Rule};
use crate::comment_text::excerpt;
use crate::write::{COMMAND, HEADER_LINE};
use crate::{Problem, ProblemKind, StrictFile};

/// A strict file as far as it could be read, with what is wrong with it by itself.
#[derive(Debug)]
pub struct Read {
    pub(crate) strict: Option<StrictFile>,
    pub(crate) header_line: usize,
    /// Whether the content still has the digest of the header.
    pub(crate) is_intact: bool,
    pub(crate) report: Report,
}

impl Read {
    /// What was read; `None` where a line is none of a strict file.
    pub fn strict(&self) -> Option<&StrictFile> {
        self.strict.as_ref()
    }

    /// What is wrong, in the order of the lines.
    pub fn into_findings(self) -> Vec<Finding> {
        self.report.into_findings()
    }

    /// Adds something that is wrong with what the header says.
    pub fn add(&mut self, rule: Rule, message: impl Into<String>) {
        self.report.add(self.header_line, rule, message);
    }

    /// Adds what a policy says of the file.
    pub fn judge(&mut self, judged: impl IntoIterator<Item = Judged>) {
        for judged in judged {
            self.report.judge(judged);
        }
    }
}

/// The command that makes a strict file, from its header, even if the rest of the file
/// cannot be read.
pub fn command_of(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let line = line.strip_prefix(COMMAND.as_bytes())?;
        if !line.starts_with(b"harden ") {
            return None;
        }
        Some(String::from_utf8_lossy(line).trim_end().to_owned())
    })
}

/// Reads a strict file and checks what it alone shows; `file` is its name in messages, and
/// `fix` the command that makes it again.
pub fn read(bytes: &[u8], file: &str, fix: &str) -> Read {
    let mut report = Report::new(file, fix);
    let Some(text) = decode(bytes, &mut report) else {
        return Read {
            strict: None,
            header_line: 1,
            is_intact: false,
            report,
        };
    };
    let header = text.lines().position(|line| line.starts_with(HEADER_LINE));
    let header_line = header.map_or(1, |index| index + 1);
    check_line_ends(&text, &mut report);
    let strict = parse(&text, file, &mut report);
    let is_intact = strict
        .as_ref()
        .is_some_and(|strict| strict.is_intact(&text));
    if let Some(strict) = &strict {
        check_structure(strict, header_line, is_intact, &mut report);
    }
    Read {
        strict,
        header_line,
        is_intact,
        report,
    }
}

/// The model of the text, where it is one that can be compared with what is required.
fn parse(text: &str, file: &str, report: &mut Report) -> Option<StrictFile> {
    if find_conflicts(text, report) {
        return None;
    }
    match StrictFile::parse(text, file) {
        Ok(strict) if strict.header().is_none() && strict.pins().is_empty() => {
            report.add(1, Rule::Empty, "the file has neither a header nor a pin");
            None
        }
        Ok(strict) => {
            check_end(text, report);
            Some(strict)
        }
        Err(error) => {
            if !error
                .problems
                .iter()
                .any(|problem| problem.kind == ProblemKind::CutOff)
            {
                check_end(text, report);
            }
            for Problem { line, kind } in error.problems {
                report.add(line, rule_of(&kind), kind.to_string());
            }
            None
        }
    }
}

/// Tells of the marks of a merge that is not done, and of nothing else then: what stands between
/// them is in two states.
fn find_conflicts(text: &str, report: &mut Report) -> bool {
    let starts = |line: &str, marks: &[&str]| marks.iter().any(|mark| line.starts_with(mark));
    // Most files have neither of the bytes, which is soon seen.
    let may_have = |byte: u8| text.as_bytes().contains(&byte);
    let is_merged = |line| starts(line, &["<<<<<<<", ">>>>>>>"]);
    if !(may_have(b'<') || may_have(b'>')) || !text.lines().any(is_merged) {
        return false;
    }
    for (number, line) in (1..).zip(text.lines()) {
        if starts(line, &["<<<<<<<", "|||||||", "=======", ">>>>>>>"]) {
            let kind = ProblemKind::MergeConflict(excerpt(line));
            report.add(number, rule_of(&kind), kind.to_string());
        }
    }
    true
}

/// The text, as far as it is one.
fn decode<'a>(bytes: &'a [u8], report: &mut Report) -> Option<Cow<'a, str>> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        report.add(1, Rule::Encoding, "the file is UTF-16, not UTF-8");
        return None;
    }
    let bytes = match bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        Some(rest) => {
            report.add(1, Rule::Encoding, "the file starts with a byte order mark");
            rest
        }
        None => bytes,
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let line = 1 + String::from_utf8_lossy(valid).matches('\n').count();
            let byte = rest.first().copied().unwrap_or_default();
            report.add(
                line,
                Rule::Encoding,
                format!("the file is not UTF-8: it has the byte 0x{byte:02x} here"),
            );
            None
        }
    }
}

fn check_line_ends(text: &str, report: &mut Report) {
    if !text.as_bytes().contains(&b'\r') {
        return;
    }
    if let Some(at) = text.find("\r\n") {
        report.add(
            1 + text[..at].matches('\n').count(),
            Rule::LineEnds,
            "the line ends in CR LF; a strict file has LF: `text eol=lf` in .gitattributes keeps it in git",
        );
    }
}

fn check_end(text: &str, report: &mut Report) {
    if !text.is_empty() && !text.ends_with('\n') {
        report.add(
            text.lines().count(),
            Rule::CutOff,
            "the last line has no line end: the file may be truncated",
        );
    }
}

fn rule_of(kind: &ProblemKind) -> Rule {
    match kind {
        ProblemKind::NoHash(_) => Rule::NoHash,
        ProblemKind::NotPinned { .. } => Rule::NotPinned,
        ProblemKind::NotARelease(..) | ProblemKind::BadReference(..) => Rule::NotARelease,
        ProblemKind::BadHash(_) => Rule::OtherHash,
        ProblemKind::Include(_) => Rule::Include,
        ProblemKind::MergeConflict(_) => Rule::MergeConflict,
        ProblemKind::CutOff => Rule::CutOff,
        ProblemKind::Encoding(_) => Rule::Encoding,
        ProblemKind::BadHeader(_) => Rule::Header,
        ProblemKind::ControlCharacter(_) => Rule::Control,
        ProblemKind::BadMarker(_)
        | ProblemKind::BadOption(_)
        | ProblemKind::BadPinOption(_)
        | ProblemKind::NoPin(_)
        | ProblemKind::TooLarge(_) => Rule::Syntax,
    }
}
