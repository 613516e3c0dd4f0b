//! A `pylock.toml` of harden's own turned back into the strict file that it was written from.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_hasher::StrictFile;
use harden_packaging::Reference;
use toml::{Table, Value};

use super::pylock::FORMAT;
use crate::format::MAX_BYTES;

/// Why a `pylock.toml` that harden wrote gives no strict file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrictOfPylockError {
    /// It was written by a newer harden.
    #[error("{file}: `tool.harden.format` is {found}; this version reads format {FORMAT}")]
    Newer {
        /// The file.
        file: String,
        /// What it says.
        found: String,
    },
    /// Something is missing, or not what it should be.
    #[error("{file}: {field} is missing, or not what harden writes")]
    Damaged {
        /// The file.
        file: String,
        /// The field.
        field: String,
    },
    /// It is not what was written: pins or comments were changed.
    #[error("{file} was edited after harden wrote it: its pins do not match `tool.harden`")]
    Edited {
        /// The file.
        file: String,
    },
}

/// The strict file that a `pylock.toml` was written from; `None` where harden did not write it.
///
/// # Errors
///
/// Returns [`StrictOfPylockError`] where it is damaged, edited, or of a newer harden.
pub fn strict_of_pylock(file: &str, text: &str) -> Result<Option<StrictFile>, StrictOfPylockError> {
    // Spares locks of other tools a second parse.
    if text.len() > MAX_BYTES || !text.contains("harden") {
        return Ok(None);
    }
    let Ok(document) = text.parse::<Table>() else {
        return Ok(None);
    };
    let own = document.get("tool").and_then(|tool| tool.get("harden"));
    let Some(own) = own.and_then(Value::as_table) else {
        return Ok(None);
    };
    let reading = Reading { file };
    if own.get("format").and_then(Value::as_integer) != Some(FORMAT) {
        let found = own
            .get("format")
            .map_or_else(|| "missing".to_owned(), ToString::to_string);
        return Err(StrictOfPylockError::Newer {
            file: file.to_owned(),
            found,
        });
    }
    let mut strict = String::new();
    for field in ["header", "options"] {
        for line in reading.texts(own, field, &format!("tool.harden.{field}"))? {
            let _ = writeln!(strict, "{line}");
        }
    }
    let packages = document.get("packages").and_then(Value::as_array);
    let packages = packages.ok_or_else(|| reading.damaged("packages"))?;
    for package in packages {
        let package = package
            .as_table()
            .ok_or_else(|| reading.damaged("packages"))?;
        reading.package(package, &mut strict)?;
    }
    let parsed = StrictFile::parse(&strict, file).map_err(|error| {
        let first = error.problems.first();
        reading.damaged(&first.map_or_else(String::new, |problem| problem.kind.to_string()))
    })?;
    let was_edited = |header: &harden_hasher::Header| header.pins() != parsed.content_digest();
    if parsed.header().is_some_and(was_edited) {
        return Err(StrictOfPylockError::Edited {
            file: file.to_owned(),
        });
    }
    Ok(Some(parsed))
}

struct Reading<'f> {
    file: &'f str,
}

impl Reading<'_> {
    fn damaged(&self, field: &str) -> StrictOfPylockError {
        StrictOfPylockError::Damaged {
            file: self.file.to_owned(),
            field: field.to_owned(),
        }
    }

    /// Writes a package as a strict file has it.
    fn package(&self, package: &Table, strict: &mut String) -> Result<(), StrictOfPylockError> {
        let name = self.text(package, "name")?;
        let own = package.get("tool").and_then(|tool| tool.get("harden"));
        let own = own.and_then(Value::as_table).cloned().unwrap_or_default();
        let mut digests = BTreeSet::new();
        let mut files = BTreeSet::new();
        let archive = package.get("archive").and_then(Value::as_table);
        let pinned = match archive {
            Some(archive) => {
                digests.insert(self.digest(archive)?);
                let place = archive.get("path").or_else(|| archive.get("url"));
                let place = place.and_then(Value::as_str);
                let reference = place.and_then(|place| place.parse::<Reference>().ok());
                let reference = reference
                    .ok_or_else(|| self.damaged(&format!("packages.archive of {name}")))?;
                reference.requirement()
            }
            None => format!("{name}=={}", self.text(package, "version")?),
        };
        let wheels = package.get("wheels").and_then(Value::as_array);
        let wheels = wheels.map_or(&[][..], Vec::as_slice);
        for file in wheels.iter().chain(package.get("sdist")) {
            let file = file
                .as_table()
                .ok_or_else(|| self.damaged(&format!("packages.wheels of {name}")))?;
            digests.insert(self.digest(file)?);
            files.insert(self.text(file, "name")?.to_owned());
        }
        if own.contains_key("files") {
            files = self.texts(&own, "files", "files")?.into_iter().collect();
        }
        digests.extend(self.texts(&own, "hashes", "hashes").unwrap_or_default());
        strict.push_str(&pinned);
        if let Some(marker) = package.get("marker").and_then(Value::as_str) {
            let _ = write!(strict, " ; {marker}");
        }
        for digest in digests {
            let _ = write!(strict, " \\\n    --hash=sha256:{digest}");
        }
        strict.push('\n');
        self.comments(&own, &files, strict)
    }

    fn comments(
        &self,
        own: &Table,
        files: &BTreeSet<String>,
        strict: &mut String,
    ) -> Result<(), StrictOfPylockError> {
        let via = if own.contains_key("via") {
            self.texts(own, "via", "packages.tool.harden.via")?
        } else {
            Vec::new()
        };
        if !via.is_empty() {
            strict.push_str("    # via\n");
        }
        for via in via {
            let _ = writeln!(strict, "    #   {via}");
        }
        if own.contains_key("extras") {
            let extras = self.texts(own, "extras", "packages.tool.harden.extras")?;
            let _ = writeln!(strict, "    # extras: {}", extras.join(", "));
        }
        for file in files {
            let _ = writeln!(strict, "    # {file}");
        }
        for field in ["records", "built-from"] {
            if !own.contains_key(field) {
                continue;
            }
            for line in self.texts(own, field, &format!("packages.tool.harden.{field}"))? {
                let _ = writeln!(strict, "    # {line}");
            }
        }
        Ok(())
    }

    fn text<'t>(&self, table: &'t Table, field: &str) -> Result<&'t str, StrictOfPylockError> {
        let value = table.get(field).and_then(Value::as_str);
        value.ok_or_else(|| self.damaged(&format!("packages.{field}")))
    }

    fn digest(&self, file: &Table) -> Result<String, StrictOfPylockError> {
        let digest = file.get("hashes").and_then(|hashes| hashes.get("sha256"));
        let digest = digest.and_then(Value::as_str);
        Ok(digest
            .ok_or_else(|| self.damaged("hashes.sha256"))?
            .to_owned())
    }

    /// A list of texts, none of which has a line break: each becomes a line.
    fn texts(
        &self,
        table: &Table,
        field: &str,
        shown: &str,
    ) -> Result<Vec<String>, StrictOfPylockError> {
        let list = table.get(field).and_then(Value::as_array);
        let list = list.ok_or_else(|| self.damaged(shown))?;
        let texts = list.iter().map(|value| {
            let text = value.as_str().filter(|text| !text.contains(['\n', '\r']));
            text.map(str::to_owned).ok_or_else(|| self.damaged(shown))
        });
        texts.collect()
    }
}
