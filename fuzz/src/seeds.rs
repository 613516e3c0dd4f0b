//! Inputs to begin with: texts that are written here, and the test data of the crates.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// How long a seed may be, in bytes: long ones make a run slow.
const LONGEST: usize = 16 << 10;

/// How many texts of one file of test data are taken.
const MOST: usize = 400;

/// These texts.
pub(crate) fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// All short strings of a JSON file of test data.
pub(crate) fn strings_of(path: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(data(path)).unwrap_or_default();
    let mut found = Vec::new();
    collect(&serde_json::from_str(&text).unwrap_or_default(), &mut found);
    found.sort();
    found.dedup();
    let step = found.len().div_ceil(MOST).max(1);
    found.into_iter().step_by(step).collect()
}

fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) if text.len() < LONGEST / 8 => found.push(text.as_bytes().to_vec()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                found.push(key.as_bytes().to_vec());
                collect(value, found);
            }
        }
        _ => {}
    }
}

/// The beginnings of the files in a folder of test data.
pub(crate) fn files_in(path: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(data(path)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let mut bytes = fs::read(path).ok()?;
        bytes.truncate(LONGEST);
        Some(bytes)
    };
    paths.iter().filter_map(read).collect()
}

/// A path below `crates/`.
fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates")
        .join(path)
}
