//! Reads strict files: those of this format, and the hashed requirements of pip-compile and uv.
//!
//! Goes by the requirements file format of pip
//! (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>), of which it lets in
//! what a strict file may hold and refuses the rest by line and reason.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{Sha256, Via};

use crate::built_from::{begins_built_from, read_built_from};
use crate::comment_text::{excerpt, is_file_name, is_unprintable, split_names};
use crate::error::{Problem, ProblemKind, Remark, StrictError};
use crate::file::{Header, StrictFile, StrictPin};
use crate::header_line::read_header_line;
use crate::lines::{LogicalLine, logical_lines};
use crate::pin::read_pin;
use crate::write::{COMMAND, FIRST_LINE, HEADER_LINE, REPOSITORY, URL};
use crate::{InstallerOption, ProjectRecord};

impl StrictFile {
    /// Reads a strict file; `name` is what to call it in errors.
    ///
    /// A file that another tool wrote has no header, and `via` and file names only where its
    /// comments have the form that they have here.
    ///
    /// ```
    /// use harden_hasher::StrictFile;
    ///
    /// let text = concat!(
    ///     "idna==3.20 \\\n",
    ///     "    --hash=sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c\n",
    ///     "    # via anyio\n",
    /// );
    /// let strict = StrictFile::parse(text, "strict.txt")?;
    /// assert_eq!(strict.pins()[0].name().as_str(), "idna");
    /// assert_eq!(strict.to_string(), text);
    /// # Ok::<(), harden_hasher::StrictError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`StrictError`] with every line that is not a pin by `==` with a SHA-256, a comment
    /// and no option that may be in a strict file.
    pub fn parse(text: &str, name: &str) -> Result<Self, StrictError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::default();
        if text.len() > MAX_BYTES {
            reader.refuse(1, ProblemKind::TooLarge(MAX_BYTES));
            return reader.finish(name);
        }
        reader.refuse_control_characters(text);
        reader.refuse_encodings(text);
        for line in logical_lines(text) {
            reader.read(&line);
        }
        reader.finish(name)
    }
}

/// The largest strict file that is read, in bytes; some 20 times that of a lock of 1,250 pins for all usual
/// targets.
const MAX_BYTES: usize = 20 << 20;

/// What was read so far.
#[derive(Default)]
struct Reader {
    loose: Vec<String>,
    command: Option<String>,
    urls: BTreeMap<String, BTreeSet<Sha256>>,
    projects: Vec<ProjectRecord>,
    header: Option<Header>,
    options: Vec<InstallerOption>,
    pins: Vec<StrictPin>,
    remarks: Vec<Remark>,
    problems: Vec<Problem>,
    /// What the next comment goes on with.
    place: Place,
    /// The lines that say what the wheel of the last pin was built from.
    built_lines: Vec<String>,
}

/// Where a comment stands.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Somewhere that says nothing of its meaning.
    #[default]
    Loose,
    /// Below the header's first line.
    BelowFirstLine,
    /// In the record of the last project.
    InProject,
    /// Below the last pin.
    BelowPin,
    /// In the last pin's list of what asks for it.
    InVia,
    /// In the last pin's list of what its wheel was built with.
    InBuilt,
}

impl Reader {
    fn refuse_control_characters(&mut self, text: &str) {
        // Nearly every file; comparing bytes takes a tenth of looking at characters.
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
        // Without an early end, the bytes of a chunk are compared side by side.
        let are_plain = |chunk: &[u8]| chunk.iter().fold(true, |all, byte| all & is_plain(byte));
        if text.as_bytes().chunks(256).all(are_plain) {
            return;
        }
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(found) = line.chars().find(|c| is_unprintable(*c)) {
                self.refuse(number, ProblemKind::ControlCharacter(u32::from(found)));
            }
        }
    }

    /// pip decodes the whole file as a comment like `# coding: utf-7` has it, and so may read other
    /// lines than uv, or people.
    fn refuse_encodings(&mut self, text: &str) {
        for (number, line) in (1..).zip(text.lines().take(2)) {
            let encoding = line
                .starts_with('#')
                .then(|| declared_encoding(line))
                .flatten();
            let is_other = |name: &&str| !["utf-8", "utf8"].contains(&&*name.to_ascii_lowercase());
            if let Some(encoding) = encoding.filter(is_other) {
                self.refuse(number, ProblemKind::Encoding(encoding.to_owned()));
            }
        }
    }

    fn refuse(&mut self, line: usize, kind: ProblemKind) {
        self.problems.push(Problem { line, kind });
    }

    fn read(&mut self, line: &LogicalLine<'_>) {
        if line.is_cut_off {
            self.refuse(line.number, ProblemKind::CutOff);
        } else if line.text().is_empty() {
            self.read_comment_line(line);
        } else {
            self.place = Place::Loose;
            match self.read_text(line) {
                Ok(()) => {}
                Err(kind) => self.refuse(line.number, kind),
            }
        }
    }

    fn read_text(&mut self, line: &LogicalLine<'_>) -> Result<(), ProblemKind> {
        let text = line.text();
        if text.starts_with('-') {
            self.options.push(read_option(text)?);
        } else {
            let pin = read_pin(text, line.number, &mut self.remarks)?;
            self.end_built();
            self.pins.push(pin);
            self.place = Place::BelowPin;
            if let Some(comment) = line.comment() {
                self.read_pin_comment(&comment[1..]);
            }
        }
        Ok(())
    }

    fn read_comment_line(&mut self, line: &LogicalLine<'_>) {
        let Some(comment) = line.comment() else {
            self.place = Place::Loose;
            return;
        };
        if let Some(fields) = comment.strip_prefix(HEADER_LINE) {
            match self.read_header_line(fields) {
                Ok(header) => self.header = Some(header),
                Err(fault) => self.refuse(line.number, ProblemKind::BadHeader(fault)),
            }
        } else if matches!(self.place, Place::BelowPin | Place::InVia | Place::InBuilt) {
            self.read_pin_comment(&comment[1..]);
        } else {
            self.read_header_comment(comment);
        }
    }

    fn read_header_comment(&mut self, comment: &str) {
        let below_first = self.place == Place::BelowFirstLine;
        let in_project = self.place == Place::InProject;
        self.place = Place::Loose;
        if let Some(names) = between(comment, FIRST_LINE) {
            self.loose = split_names(names);
            self.place = Place::BelowFirstLine;
        } else if let Some(command) = comment.strip_prefix(COMMAND).filter(|_| below_first) {
            self.command = Some(command.to_owned());
        } else if let Some((url, digest)) = read_url(comment).filter(|_| self.header.is_none()) {
            self.urls.entry(url).or_default().insert(digest);
        } else if let Some(last) = self.projects.last_mut().filter(|_| in_project)
            && last.take(comment)
        {
            self.place = Place::InProject;
        } else if let Some(project) =
            ProjectRecord::begin(comment).filter(|_| self.header.is_none())
        {
            self.projects.push(project);
            self.place = Place::InProject;
        }
    }

    fn read_header_line(&self, fields: &str) -> Result<Header, String> {
        if self.header.is_some() {
            return Err("is repeated here".to_owned());
        }
        if !self.pins.is_empty() || !self.options.is_empty() {
            return Err("is below options or pins: it belongs at the top".to_owned());
        }
        read_header_line(fields)
    }

    fn read_pin_comment(&mut self, comment: &str) {
        let Some(pin) = self.pins.last_mut() else {
            return;
        };
        let text = comment.trim();
        if self.place == Place::InVia && comment.starts_with("  ") {
            pin.via.extend(via_entry(text));
            return;
        }
        if self.place == Place::InBuilt && comment.starts_with("  ") {
            self.built_lines
                .push(comment.strip_prefix(' ').unwrap_or(comment).to_owned());
            return;
        }
        self.place = Place::BelowPin;
        if text == "via" {
            self.place = Place::InVia;
        } else if let Some(entries) = text.strip_prefix("via ") {
            pin.via.extend(via_entries(entries));
        } else if pin.metadata.read_line(text) || pin.recorded.read_line(text) {
            // Nothing more is in it.
        } else if let Some(extras) = text.strip_prefix("extras: ") {
            let extras = extras.split(',').map(str::trim);
            pin.extras
                .extend(extras.filter_map(|extra| extra.parse().ok()));
        } else if is_file_name(text) {
            pin.files.insert(text.to_owned());
        } else if let Some(repository) = text.strip_prefix(REPOSITORY) {
            pin.repository = Some(repository.to_owned());
        } else if begins_built_from(text) {
            self.end_built();
            self.built_lines = vec![text.to_owned()];
            self.place = Place::InBuilt;
        }
    }

    /// Reads the lines that say what the wheel of the last pin was built from, once all are there.
    fn end_built(&mut self) {
        let lines = std::mem::take(&mut self.built_lines);
        if let Some(pin) = self.pins.last_mut().filter(|_| !lines.is_empty()) {
            pin.built_from = read_built_from(&lines);
        }
    }

    fn finish(mut self, name: &str) -> Result<StrictFile, StrictError> {
        self.end_built();
        if !self.problems.is_empty() {
            self.problems.sort_by_key(|problem| problem.line);
            return Err(StrictError {
                file: name.to_owned(),
                problems: self.problems,
            });
        }
        let (loose, command) = (self.loose, self.command);
        let (urls, projects) = (self.urls, self.projects);
        Ok(StrictFile {
            header: self.header.map(|header| Header {
                loose,
                command,
                urls,
                projects,
                ..header
            }),
            options: self.options,
            pins: self.pins,
            remarks: self.remarks,
        })
    }
}

/// The first match of pip's `coding[:=]\s*([-\w.]+)`.
fn declared_encoding(line: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    line.match_indices("coding").find_map(|(at, word)| {
        let rest = line[at + word.len()..]
            .strip_prefix([':', '='])?
            .trim_start();
        let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

/// The URL and the digest of a line about a file that was read.
fn read_url(comment: &str) -> Option<(String, Sha256)> {
    let (before, digest_is) = URL;
    let (url, digest) = comment.strip_prefix(before)?.rsplit_once(digest_is)?;
    Some((url.to_owned(), digest.parse().ok()?))
}

fn between<'a>(text: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Reads a line that begins with `-`.
fn read_option(text: &str) -> Result<InstallerOption, ProblemKind> {
    let is = |long: &str, short: &str| {
        text.starts_with(long) || text.starts_with(short) && !text.starts_with("--")
    };
    if is("--editable", "-e") {
        Err(ProblemKind::NotARelease(
            excerpt(text),
            "an editable installation",
        ))
    } else if is("--requirement", "-r") || is("--constraint", "-c") {
        Err(ProblemKind::Include(excerpt(text)))
    } else {
        InstallerOption::read(text).ok_or_else(|| ProblemKind::BadOption(excerpt(text)))
    }
}

/// The entries of a `# via` comment on one line; pip-compile may list several with commas.
fn via_entries(text: &str) -> BTreeSet<Via> {
    if text.starts_with("-r ") {
        via_entry(text).into_iter().collect()
    } else {
        text.split(',').filter_map(via_entry).collect()
    }
}

/// What asks for a pin; a constraint (`-c FILE`) does not.
fn via_entry(text: &str) -> Option<Via> {
    let text = text.trim();
    let file = text.strip_prefix("-r").filter(|file| file.starts_with(' '));
    if text.is_empty() || text.starts_with("-c ") {
        None
    } else if let Some(file) = file {
        Some(Via::File(file.trim().into()))
    } else {
        match text.parse() {
            Ok(name) => Some(Via::Package(name)),
            Err(_) => Some(Via::File(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_file_has_at_most_20_mib() {
        let most = format!("#{}", "x".repeat(MAX_BYTES - 1));
        assert!(StrictFile::parse(&most, "strict.txt").is_ok());
        assert_eq!(
            StrictFile::parse(&format!("{most}x"), "strict.txt")
                .unwrap_err()
                .to_string(),
            "strict.txt:1: the file has more than 20 MiB, the limit for a strict file"
        );
    }
}
