//! Requirements files and the files that they include.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
//!
//! They are read as pip 26.3 reads them, with all its special cases, so that a file means the same to
//! both. What pip ignores silently becomes a warning. Intended differences from pip:
//!
//! - all faults of all files are reported at once, each with its place;
//! - a file that is not UTF-8 must name its encoding; the locale has no effect;
//! - nothing checks here whether the folder of an `-e` exists, or whether the name of a wheel is valid;
//! - `--use-feature` accepts any name.

mod decode;
mod entry;
mod lines;
mod options;
mod paths;
mod shell_words;

use std::io;
use std::sync::Arc;

use crate::inputs::{Hash, HashAlgorithm, IndexChoice, Input, Inputs, Origin};
use crate::read_error::{Problem, ReadError};
use crate::syntax::Fault;

use lines::{LogicalLine, logical_lines, physical_lines};
use options::{LineOption, Setting, Settings, options_start, settings};
use paths::{joined, normal_path};

/// The source of the text of requirements files; this crate does no IO itself.
pub trait ReadText {
    /// The bytes of a file, by its path as [`read`] was given it or as an `-r`/`-c` line leads to
    /// it (joined to the folder of the including file), of an `http:` or `https:` URL, or of
    /// standard input (`-`).
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether there is a file or folder at this path: decides whether a `--find-links` value is
    /// relative to the file that contains it, and whether `./name` is a local project.
    fn exists(&self, _path: &str) -> bool {
        false
    }

    /// The value of an environment variable, for `${NAME}` in requirements files.
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Reads requirements files and the files that they include.
///
/// `files` are paths (or URLs) as the user gave them, `-` for standard input.
///
/// # Errors
///
/// [`ReadError`] lists all faults of the files, each with its place.
pub fn read(files: &[&str], source: &dyn ReadText) -> Result<Inputs, ReadError> {
    read_as(files, source, Kind::Requirements)
}

/// Reads files whose lines are all constraints, as pip's `-c` on the command line.
///
/// # Errors
///
/// As for [`read`].
pub fn read_constraints(files: &[&str], source: &dyn ReadText) -> Result<Inputs, ReadError> {
    read_as(files, source, Kind::Constraints)
}

fn read_as(files: &[&str], source: &dyn ReadText, kind: Kind) -> Result<Inputs, ReadError> {
    let mut reader = Reader {
        source,
        inputs: Inputs::default(),
        problems: Vec::new(),
        open: Vec::new(),
        room: Room::default(),
    };
    for file in files {
        reader.file(&normal_path(file), kind, None);
    }
    match ReadError::gather(reader.problems) {
        Some(error) => Err(error),
        None => Ok(reader.inputs),
    }
}

/// How deep files may include each other: a server could name new ones without end.
const MAX_DEPTH: usize = 64;

/// How many files may be read, each as often as it is included: files that include each other twice would
/// take time that doubles with each of them.
const MAX_FILES: usize = 1000;

/// How many bytes all of these may have.
const MAX_BYTES: usize = 64 << 20;

/// How many lines all of these may have; each takes up to 2 kB of memory.
const MAX_LINES: usize = 250_000;

/// What may still be read.
struct Room {
    files: usize,
    bytes: usize,
    lines: usize,
    /// Whether it has been said that there is too much.
    is_told: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            files: MAX_FILES,
            bytes: MAX_BYTES,
            lines: MAX_LINES,
            is_told: false,
        }
    }
}

impl Room {
    /// Takes the room for one more file; what is too much if there is none.
    fn take(&mut self, file: &[u8]) -> Result<(), String> {
        let files = self.files.checked_sub(1);
        self.files = files.ok_or_else(|| format!("more than {MAX_FILES} files are included"))?;
        let bytes = self.bytes.checked_sub(file.len());
        self.bytes = bytes.ok_or_else(|| {
            let most = MAX_BYTES >> 20;
            format!("the requirements files have more than {most} MiB in total")
        })?;
        let lines = self
            .lines
            .checked_sub(file.split(|byte| *byte == b'\n').count() - 1);
        self.lines = lines.ok_or_else(|| {
            format!("the requirements files have more than {MAX_LINES} lines in total")
        })?;
        Ok(())
    }
}

/// The meaning of the lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Requirements,
    Constraints,
}

struct Reader<'s> {
    source: &'s dyn ReadText,
    inputs: Inputs,
    problems: Vec<Problem>,
    /// The files that are being read, by the path or URL that each is read from; each includes the
    /// next.
    open: Vec<Box<str>>,
    room: Room,
}

/// A line, with what its faults need for a message.
struct Place<'l> {
    line: &'l LogicalLine,
    physical: &'l [&'l str],
    origin: &'l Arc<Origin>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, kind: Kind, included_from: Option<&Arc<Origin>>) {
        let file: Arc<str> = paths::shown(path).into();
        let origin = |line| {
            Arc::new(Origin {
                file: Arc::clone(&file),
                line,
                included_from: included_from.cloned(),
            })
        };
        if self.room.is_told {
            return;
        }
        let bytes = self.source.read(path);
        let bytes = bytes.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        });
        let text = bytes.and_then(|bytes| {
            let room = self.room.take(&bytes);
            self.room.is_told = room.is_err();
            room.and_then(|()| decode::decode(&bytes))
        });
        let text = match text {
            Ok(text) => text,
            Err(reason) => return self.problems.push(Problem::new(origin(0), reason)),
        };
        self.open.push(path.into());
        let physical = physical_lines(&text);
        for line in logical_lines(&physical, &|name| self.source.variable(name)) {
            self.line(
                &Place {
                    line: &line,
                    physical: &physical,
                    origin: &origin(line.first_line() + 1),
                },
                kind,
            );
        }
        self.open.pop();
    }

    fn line(&mut self, place: &Place, kind: Kind) {
        let text = &place.line.text;
        let start = options_start(text);
        let read = settings(&text[start..]).map_err(|fault| fault.shifted(start));
        let result = read.and_then(|settings| {
            self.warn_of_stray(place, &settings);
            let written = text[..start].trim_end_matches(' ');
            let editable = settings.first(LineOption::Editable);
            if !written.is_empty() || editable.is_some() {
                self.requirement(place, kind, written, &settings, start)
            } else if let Some(include) = settings.include() {
                self.include(place, include, start)?;
                self.warn_of_others(place, &settings, include);
                Ok(())
            } else {
                self.options(place, &settings, start)
            }
        });
        if let Err(fault) = result {
            self.problems.push(place.problem(fault));
        }
    }

    fn requirement(
        &mut self,
        place: &Place,
        kind: Kind,
        written: &str,
        settings: &Settings,
        start: usize,
    ) -> Result<(), Fault> {
        let editable = settings.first(LineOption::Editable);
        let entry = match editable {
            Some(setting) if written.is_empty() => entry::editable(&setting.value)
                .map_err(|fault| Fault::new(start + setting.offset, fault.reason))?,
            Some(setting) => {
                let reason = "`-e` must come first on its line";
                return Err(Fault::new(start + setting.offset, reason));
            }
            None => entry::entry(written, &|path| self.source.exists(path))?,
        };
        let mut hashes = Vec::new();
        for setting in &settings.settings {
            match setting.option {
                LineOption::Hash if editable.is_none() => hashes.push(setting.hash(start)?),
                LineOption::Editable => {}
                LineOption::NoBinary
                | LineOption::OnlyBinary
                | LineOption::AllReleases
                | LineOption::OnlyFinal => self.choose(setting, start)?,
                other => self.warn(place, other, "has no effect on a line with a requirement"),
            }
        }
        let input = Input {
            entry,
            hashes,
            origin: Arc::clone(place.origin),
        };
        match kind {
            Kind::Requirements => self.inputs.requirements.push(input),
            Kind::Constraints => self.inputs.constraints.push(input),
        }
        Ok(())
    }

    /// Reads the file that an `-r` or `-c` line names.
    fn include(&mut self, place: &Place, setting: &Setting, start: usize) -> Result<(), Fault> {
        let fault = |reason: String| Fault::new(start + setting.offset, reason);
        let path = self.beside(&setting.value).map_err(fault)?;
        if self.open.iter().any(|open| **open == *path) {
            return Err(fault(format!("`{}` includes itself", paths::shown(&path))));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(fault(format!(
                "includes are nested deeper than {MAX_DEPTH} files"
            )));
        }
        let kind = if setting.option == LineOption::Requirement {
            Kind::Requirements
        } else {
            Kind::Constraints
        };
        self.file(&path, kind, Some(place.origin));
        Ok(())
    }

    /// The path or URL of `path` as named in the file that is being read.
    fn beside(&self, path: &str) -> Result<String, String> {
        joined(self.open.last().map_or("", |file| file), path)
    }

    fn options(&mut self, place: &Place, settings: &Settings, start: usize) -> Result<(), Fault> {
        self.choose_indexes(settings);
        self.find_links(place, settings);
        for setting in &settings.settings {
            let options = &mut self.inputs.options;
            match setting.option {
                LineOption::PreferBinary => options.prefer_binary = true,
                LineOption::RequireHashes => options.require_hashes = Some(true),
                LineOption::NoRequireHashes => options.require_hashes = Some(false),
                LineOption::Pre => options.releases.all_releases.choose_all(),
                LineOption::TrustedHost => {
                    options.trusted_hosts.push(setting.value.as_str().into());
                }
                LineOption::UseFeature => options.features.push(setting.value.as_str().into()),
                LineOption::NoBinary
                | LineOption::OnlyBinary
                | LineOption::AllReleases
                | LineOption::OnlyFinal => self.choose(setting, start)?,
                LineOption::Hash => {
                    setting.hash(start)?;
                    self.warn(
                        place,
                        setting.option,
                        "has no effect without a requirement on its line",
                    );
                }
                LineOption::ConfigSettings => {
                    self.warn(
                        place,
                        setting.option,
                        "has no effect without a requirement on its line",
                    );
                }
                LineOption::IndexUrl
                | LineOption::ExtraIndexUrl
                | LineOption::NoIndex
                | LineOption::FindLinks
                | LineOption::Requirement
                | LineOption::Constraint
                | LineOption::Editable => {}
            }
        }
        Ok(())
    }

    /// As in pip, `--no-index` removes the indexes before and after it, `--index-url` those before it.
    fn choose_indexes(&mut self, settings: &Settings) {
        let options = &mut self.inputs.options;
        if settings.first(LineOption::NoIndex).is_some() {
            options.index = IndexChoice::NoIndex;
            options.extra_index_urls.clear();
        }
        if options.index == IndexChoice::NoIndex {
            return;
        }
        if let Some(url) = settings.all(LineOption::IndexUrl).last() {
            options.index = IndexChoice::Url(url.into());
            options.extra_index_urls.clear();
        }
        let extra = settings.all(LineOption::ExtraIndexUrl);
        options.extra_index_urls.extend(extra.map(Into::into));
    }

    fn find_links(&mut self, place: &Place, settings: &Settings) {
        let Some(setting) = settings.first(LineOption::FindLinks) else {
            return;
        };
        let beside = self
            .beside(&setting.value)
            .ok()
            .filter(|path| self.source.exists(path));
        let link = beside.unwrap_or_else(|| setting.value.clone());
        self.inputs.options.find_links.push(link.into());
        if settings.all(LineOption::FindLinks).count() > 1 {
            self.warn(
                place,
                LineOption::FindLinks,
                "is used once per line; only the first has an effect",
            );
        }
    }

    /// Applies an option that chooses packages by name.
    fn choose(&mut self, setting: &Setting, start: usize) -> Result<(), Fault> {
        let releases = &mut self.inputs.options.releases;
        let formats = &mut self.inputs.options.formats;
        let (choice, opposite) = match setting.option {
            LineOption::AllReleases => (&mut releases.all_releases, &mut releases.only_final),
            LineOption::OnlyFinal => (&mut releases.only_final, &mut releases.all_releases),
            LineOption::NoBinary => (&mut formats.no_binary, &mut formats.only_binary),
            _ => (&mut formats.only_binary, &mut formats.no_binary),
        };
        choice
            .add(&setting.value, opposite)
            .map_err(|error| Fault::new(start + setting.offset, error.to_string()))
    }

    fn warn_of_stray(&mut self, place: &Place, settings: &Settings) {
        let origin = place.origin;
        let stray = settings.stray.iter();
        self.inputs.warnings.extend(stray.map(|word| {
            format!("{origin}: `{word}` after the options has no effect; write the requirement before them")
        }));
    }

    fn warn_of_others(&mut self, place: &Place, settings: &Settings, obeyed: &Setting) {
        for setting in &settings.settings {
            if !std::ptr::eq(setting, obeyed) {
                self.warn(
                    place,
                    setting.option,
                    "has no effect beside the first `-r` or `-c` of a line",
                );
            }
        }
    }

    fn warn(&mut self, place: &Place, option: LineOption, reason: &str) {
        let warning = format!("{}: `{}` {reason}", place.origin, option.as_str());
        self.inputs.warnings.push(warning);
    }
}

impl Settings {
    fn first(&self, option: LineOption) -> Option<&Setting> {
        self.settings
            .iter()
            .find(|setting| setting.option == option)
    }

    fn all(&self, option: LineOption) -> impl Iterator<Item = &str> {
        self.settings
            .iter()
            .filter(move |setting| setting.option == option)
            .map(|setting| setting.value.as_str())
    }

    /// The file to include: `-r` has precedence over `-c`, and only the first of each is used.
    fn include(&self) -> Option<&Setting> {
        self.first(LineOption::Requirement)
            .or_else(|| self.first(LineOption::Constraint))
    }
}

impl Setting {
    fn hash(&self, start: usize) -> Result<Hash, Fault> {
        let (algorithm, digest) = self.value.split_once(':').ok_or_else(|| {
            Fault::new(
                start + self.offset,
                "`--hash` needs an algorithm and a digest, as `--hash=sha256:…`",
            )
        })?;
        let algorithm = HashAlgorithm::from_name(algorithm).ok_or_else(|| {
            let reason = format!("`--hash` takes sha256, sha384 and sha512, not `{algorithm}`");
            Fault::new(start + self.offset, reason)
        })?;
        Ok(Hash {
            algorithm,
            digest: digest.into(),
        })
    }
}

impl Place<'_> {
    fn problem(&self, fault: Fault) -> Problem {
        let (line, offset) = self.line.place(fault.offset);
        let origin = Origin {
            line: line + 1,
            ..Origin::clone(self.origin)
        };
        let text = self.physical.get(line).copied().unwrap_or_default();
        Problem::at(Arc::new(origin), text, offset, fault.reason)
    }
}
