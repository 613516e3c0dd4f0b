//! Metadata of sdists as the configuration states it: a table `[[metadata]]` each.

use toml::de::DeValue;
use toml::{Table, Value};

use super::read::{Item, Reader, items};
use crate::settings::args::StatedMetadata;

impl Reader<'_> {
    /// A list of entries, or a single one.
    pub(super) fn metadata(&mut self, item: &Item) -> Vec<StatedMetadata> {
        let mut entries = Vec::new();
        for item in items(item) {
            match entry(item) {
                Ok(entry) => entries.push(entry),
                Err(reason) => self.problem_at(item, &reason),
            }
        }
        entries
    }
}

fn entry(item: &Item) -> Result<StatedMetadata, String> {
    let table = item.get_ref().as_table();
    let table =
        table.ok_or("expected a table, as `[[metadata]]` with `name` and `requires-dist`")?;
    let mut plain = Table::new();
    for (key, item) in table {
        let key: &str = key.get_ref();
        let value =
            value(item).ok_or_else(|| format!("`{key}` must be a string or a list of strings"))?;
        plain.insert(key.to_owned(), value);
    }
    StatedMetadata::new(&plain)
}

fn value(item: &Item) -> Option<Value> {
    match item.get_ref() {
        DeValue::String(text) => Some(Value::String(text.to_string())),
        DeValue::Array(items) => items
            .iter()
            .map(value)
            .collect::<Option<Vec<_>>>()
            .map(Value::Array),
        _ => None,
    }
}
