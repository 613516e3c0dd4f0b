//! Core metadata read from its text: headers as in a mail, up to the first empty line.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>

use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, printable};
use pep440_rs::Version;

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
    for (field, value) in headers(text) {
        let value = value.as_str();
        match field.as_str() {
            "name" => name = name.or(Some(value.to_owned())),
            "version" => version = version.or(Some(value.to_owned())),
            "metadata-version" => metadata_version = metadata_version.or(Some(value.into())),
            "requires-python" => requires_python = requires_python.or(Some(value.into())),
            "requires-dist" => requires_dist.push(value.into()),
            "provides-extra" => provides_extra.extend(value.parse().ok()),
            "dynamic" => dynamic.push(value.to_ascii_lowercase().into()),
            _ => {}
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

/// The headers: each field's name in lower case, its value unfolded and trimmed.
fn headers(text: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(&printable(line.trim()));
            }
        } else if let Some((field, value)) = line.split_once(':') {
            headers.push((
                field.trim_end().to_ascii_lowercase(),
                printable(value.trim()).into_owned(),
            ));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_up_to_the_first_empty_line() {
        let text = b"\xef\xbb\xbfMetadata-Version: 2.4\r\nName: A.b\r\nVersion: 1.0\r\n\
            Author: J\xe9r\r\nREQUIRES-DIST: c>=1;\r\n  python_version < \"3.8\"\r\nRequires-Dist: d\r\n\
            Requires-Python: >=3.8\r\nProvides-Extra: X_y\r\nProvides-Extra: not valid!\r\nDynamic: License-File\r\n\
            License: one\r\n two\r\n\r\nRequires-Dist: e\r\n";
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

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: Vec<u8>) {
            let _ = parse(&text);
        }
    }
}
