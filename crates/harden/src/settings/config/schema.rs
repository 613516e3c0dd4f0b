//! Tests that `docs/harden.schema.json`, the JSON Schema for editors, agrees with the reader.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde_json::Value;

use super::find::{ConfigFile, OWN};
use super::keys::KEYS;
use super::read::locks;
use crate::settings::args::{Hashes, IndexStrategy, Prerelease, Resolution, UndatedFiles};

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/harden.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn names(value: &Value) -> BTreeSet<&str> {
    let table = value.as_object().expect("it is an object");
    table.keys().map(String::as_str).collect()
}

/// What the reader says of a configuration with this key.
fn read(key: &str, value: &Value) -> Result<(), String> {
    let mut table = toml::Table::new();
    // Whether the lock has a loose file is not the matter here.
    table.insert("loose".to_owned(), "loose.txt".into());
    table.insert(
        key.to_owned(),
        toml::Value::try_from(value).expect("TOML has such a value"),
    );
    let found = ConfigFile {
        folder: std::path::PathBuf::new(),
        name: OWN,
        text: table.to_string(),
    };
    locks(&found)
        .map(|_| ())
        .map_err(|problems| problems.join("\n"))
}

#[test]
fn the_schema_has_exactly_the_keys_that_are_read() {
    let schema = schema();
    let mut keys: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(names(&schema["definitions"]["lock"]["properties"]), keys);
    keys.insert("lock");
    assert_eq!(names(&schema["properties"]), keys);
}

#[test]
fn the_examples_of_the_schema_are_read() {
    let schema = schema();
    for key in &KEYS {
        let property = &schema["properties"][key.name];
        assert!(property["description"].is_string(), "{}", key.name);
        let examples = property["examples"].as_array().expect("each has examples");
        for example in examples {
            assert_eq!(read(key.name, example), Ok(()), "{} = {example}", key.name);
        }
        let wrong = Value::from(7);
        assert!(read(key.name, &wrong).is_err(), "{}", key.name);
    }
}

#[test]
fn the_schema_lists_all_choices() {
    let schema = schema();
    let listed = |key: &str, at: &str| {
        let property = schema["properties"][key].pointer(at);
        let choices = property.and_then(Value::as_array).expect("it has choices");
        let choices = choices
            .iter()
            .map(|choice| choice.as_str().expect("a text"));
        choices.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed("undated", "/enum"), choices::<UndatedFiles>());
    assert_eq!(listed("prerelease", "/enum"), choices::<Prerelease>());
    let of_packages = "/additionalProperties/enum";
    assert_eq!(
        listed("prerelease-package", of_packages),
        choices::<Prerelease>()
    );
    assert_eq!(listed("resolution", "/enum"), choices::<Resolution>());
    assert_eq!(listed("hashes", "/enum"), choices::<Hashes>());
    assert_eq!(
        listed("index-strategy", "/enum"),
        choices::<IndexStrategy>()
    );
}

fn choices<T: ValueEnum>() -> Vec<String> {
    let values = T::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}
