//! Core metadata read from its text: headers as in a mail, up to the first empty line.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>

use std::iter::Peekable;
use std::str::Lines;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, LicenceFields, printable};
use pep440_rs::Version;

/// How many lines of one field are read, such as Requires-Dist. The most known on PyPI is below 3,000.
const MOST_LINES: usize = 10_000;

/// Reads `text`, which must be the metadata of `file`.
///
/// # Errors
///
/// Returns what is wrong with it, as the end of a sentence.
pub fn read(text: &[u8], file: &DistFile) -> Result<CoreMetadata, String> {
    let metadata = parse(text)?;
    if fits(&metadata, file) {
        return Ok(metadata);
    }
    let (name, version) = (&metadata.name, &metadata.version);
    Err(format!(
        "it is that of {name} {version}, not of {} {}",
        file.project, file.version
    ))
}

/// Whether `metadata` says the name and version that the name of `file` says.
pub(super) fn fits(metadata: &CoreMetadata, file: &DistFile) -> bool {
    metadata.name == file.project && metadata.version == file.version
}

fn parse(text: &[u8]) -> Result<CoreMetadata, String> {
    let text = String::from_utf8_lossy(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut name = None;
    let mut version = None;
    let mut metadata_version: Option<Arc<str>> = None;
    let mut requires_python = None;
    let mut requires_dist = Vec::new();
    let mut provides_extra = Vec::new();
    let mut dynamic = Vec::new();
    let mut licence = LicenceFields::default();
    for (field, value) in Headers::of(text) {
        let value = value.as_str();
        match field.to_ascii_lowercase().as_str() {
            "name" => name = name.or(Some(value.to_owned())),
            "version" => version = version.or(Some(value.to_owned())),
            "metadata-version" => metadata_version = metadata_version.or(Some(value.into())),
            "requires-python" => requires_python = requires_python.or(Some(value.into())),
            "requires-dist" => requires_dist.push(value.into()),
            "provides-extra" => provides_extra.extend(value.parse().ok()),
            "dynamic" => dynamic.push(value.to_ascii_lowercase().into()),
            field => licence.read(field, value),
        }
        let most = requires_dist
            .len()
            .max(provides_extra.len())
            .max(dynamic.len());
        if most > MOST_LINES {
            return Err(format!("it has more than {MOST_LINES} lines of {field}"));
        }
    }
    let name = name.ok_or("it has no Name")?;
    let version = version.ok_or("it has no Version")?;
    let metadata_version = metadata_version.ok_or("it has no Metadata-Version")?;
    check_is_known(&metadata_version)?;
    Ok(CoreMetadata {
        name: name.parse().map_err(|error| format!("{error}"))?,
        version: version.parse::<Version>().map_err(|error| {
            format!("its Version `{version}` is not valid: {error}").replace('\n', " ")
        })?,
        requires_dist,
        requires_python,
        provides_extra,
        metadata_version,
        dynamic,
        licence,
    })
}

/// Of a later major version nothing is known, and it must not be read.
fn check_is_known(metadata_version: &str) -> Result<(), String> {
    match metadata_version.split('.').next() {
        Some("1" | "2") => Ok(()),
        _ => Err(format!(
            "its Metadata-Version {metadata_version} is not known"
        )),
    }
}

/// The headers: each field's name, its value unfolded and trimmed.
struct Headers<'t> {
    lines: Peekable<Lines<'t>>,
}

impl<'t> Headers<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            lines: text.lines().peekable(),
        }
    }
}

impl<'t> Iterator for Headers<'t> {
    type Item = (&'t str, String);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.lines.next_if(|line| !line.is_empty())?;
            let header = line.split_once(':').filter(|_| !is_folded(line));
            let Some((field, value)) = header else {
                continue;
            };
            let mut value = printable(value.trim()).into_owned();
            while let Some(line) = self.lines.next_if(|line| is_folded(line)) {
                value.push(' ');
                value.push_str(&printable(line.trim()));
            }
            return Some((field.trim_end(), value));
        }
    }
}

/// Whether a line goes on with the value of the one before.
fn is_folded(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_up_to_the_first_empty_line() {
        let text = b"\xef\xbb\xbfMetadata-Version: 2.4\r\nName: A.b\r\nVersion: 1.0\r\n\
            Author: J\xe9r\r\nREQUIRES-DIST: c>=1;\r\n  python_version < \"3.8\"\r\nRequires-Dist: d\r\n\
            Requires-Python: >=3.8\r\nProvides-Extra: X_y\r\nProvides-Extra: not valid!\r\nDynamic: License-File\r\n\
            License: one\r\n two\r\nLicense-Expression: MIT\r\nClassifier: License :: OSI Approved :: MIT License\r\n\
            Classifier: Typing :: Typed\r\n\r\nRequires-Dist: e\r\nLicense-Expression: ISC\r\n";
        assert_eq!(
            parse(text).unwrap(),
            CoreMetadata {
                name: "a-b".parse().unwrap(),
                version: "1.0".parse().unwrap(),
                requires_dist: vec!["c>=1; python_version < \"3.8\"".into(), "d".into()],
                requires_python: Some(">=3.8".into()),
                provides_extra: vec!["x-y".parse().unwrap()],
                metadata_version: "2.4".into(),
                dynamic: vec!["license-file".into()],
                licence: LicenceFields {
                    expression: Some("MIT".into()),
                    name: Some("one two".into()),
                    classifiers: vec!["OSI Approved :: MIT License".into()],
                },
            }
        );
    }

    #[test]
    fn what_says_no_name_or_version_is_of_no_use() {
        for (text, why) in [
            ("", "it has no Name"),
            ("Name: a\n", "it has no Version"),
            ("Name: a\nVersion: 1\n", "it has no Metadata-Version"),
            (
                "Metadata-Version: 3.0\nName: a\nVersion: 1\n",
                "its Metadata-Version 3.0 is not known",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), why);
        }
    }

    #[test]
    fn a_field_has_at_most_10_000_lines() {
        for field in ["Requires-Dist", "Provides-Extra", "Dynamic"] {
            for (lines, is_read) in [(MOST_LINES, true), (MOST_LINES + 1, false)] {
                let line = format!("{field}: a\n");
                let text = "Metadata-Version: 2.4\nName: a\nVersion: 1\n".to_owned();
                let found = parse((text + &line.repeat(lines)).as_bytes());
                assert_eq!(found.is_ok(), is_read, "{field}");
                if let Err(error) = found {
                    assert_eq!(error, format!("it has more than 10000 lines of {field}"));
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: Vec<u8>) {
            let _ = parse(&text);
        }
    }
}
