//! Metadata that the user states for sdists (`--metadata`), so that nothing has to be built to know it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, ExtraName, LicenceFields, PackageName};
use harden_requirements::{Requirement, Specifiers};
use toml::{Table, Value};

/// The metadata of the sdists of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedMetadata {
    name: PackageName,
    /// The versions it is for; `None`: all.
    version: Option<String>,
    requires_dist: Vec<String>,
    requires_python: Option<String>,
    provides_extras: Vec<ExtraName>,
}

impl StatedMetadata {
    /// Reads an entry of the configuration.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with it.
    pub fn new(table: &Table) -> Result<Self, String> {
        let mut stated = Self::without_requirements(name(table)?);
        for (key, value) in table {
            match key.as_str() {
                "name" => {}
                "version" => stated.version = Some(specifiers(text(key, value)?)?),
                "requires-python" => stated.requires_python = Some(specifiers(text(key, value)?)?),
                "requires-dist" => stated.requires_dist = checked::<Requirement>(key, value)?,
                "provides-extras" => {
                    let extras = checked::<ExtraName>(key, value)?;
                    let extras = extras.iter().filter_map(|extra| extra.parse().ok());
                    stated.provides_extras = extras.collect();
                }
                other => return Err(format!("there is no key `{other}`; there are {KEYS}")),
            }
        }
        Ok(stated)
    }

    /// The sdists of a package taken to require nothing.
    pub fn without_requirements(name: PackageName) -> Self {
        Self {
            name,
            version: None,
            requires_dist: Vec::new(),
            requires_python: None,
            provides_extras: Vec::new(),
        }
    }

    /// The package.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The metadata of an sdist, if this entry is for it.
    pub fn of(&self, file: &DistFile) -> Option<CoreMetadata> {
        let admits = |text: &String| {
            let specifiers = text.parse::<Specifiers>();
            specifiers.is_ok_and(|specifiers| specifiers.contains(&file.version))
        };
        let is_for = file.project == self.name && self.version.as_ref().is_none_or(admits);
        is_for.then(|| CoreMetadata {
            name: self.name.clone(),
            version: file.version.clone(),
            requires_dist: self
                .requires_dist
                .iter()
                .map(|text| Arc::from(&**text))
                .collect(),
            requires_python: self.requires_python.as_deref().map(Arc::from),
            provides_extra: self.provides_extras.clone(),
            metadata_version: "2.2".into(),
            dynamic: Vec::new(),
            licence: LicenceFields::default(),
        })
    }
}

const KEYS: &str = "name, version, requires-dist, requires-python and provides-extras";

fn name(table: &Table) -> Result<PackageName, String> {
    let name = table.get("name").ok_or("it has no `name`")?;
    let name: Result<PackageName, _> = text("name", name)?.parse();
    name.map_err(|error| error.to_string())
}

fn text<'t>(key: &str, value: &'t Value) -> Result<&'t str, String> {
    let text = value.as_str();
    text.ok_or_else(|| format!("`{key}` must be a string"))
}

/// Specifiers, or a version for `==` and it.
fn specifiers(text: &str) -> Result<String, String> {
    let text = if text.starts_with(|c: char| c.is_ascii_digit()) {
        format!("=={text}")
    } else {
        text.to_owned()
    };
    let parsed = text.parse::<Specifiers>();
    parsed.map_err(|error| error.to_string())?;
    Ok(text)
}

/// A list of texts of a kind.
fn checked<T: FromStr>(key: &str, value: &Value) -> Result<Vec<String>, String>
where
    T::Err: fmt::Display,
{
    let list = value.as_array();
    let list = list.ok_or_else(|| format!("`{key}` must be a list of strings"))?;
    let read = |value: &Value| {
        let text = text(key, value)?;
        let parsed = text.parse::<T>();
        parsed.map_err(|error| format!("`{key}`: {error}"))?;
        Ok(text.to_owned())
    };
    list.iter().map(read).collect()
}

/// As the inside of an inline table: `name = "docopt", version = "==0.6.2", requires-dist = []`.
impl FromStr for StatedMetadata {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let table: Table = format!("entry = {{ {text} }}")
            .parse()
            .map_err(|error: toml::de::Error| error.message().to_owned())?;
        let entry = table.get("entry").and_then(Value::as_table);
        Self::new(entry.ok_or("it is not a table")?)
    }
}

impl fmt::Display for StatedMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| Value::from(text).to_string();
        write!(f, "name = {}", quoted(self.name.as_str()))?;
        if let Some(version) = &self.version {
            write!(f, ", version = {}", quoted(version))?;
        }
        let list: Vec<String> = self.requires_dist.iter().map(|text| quoted(text)).collect();
        write!(f, ", requires-dist = [{}]", list.join(", "))?;
        if let Some(python) = &self.requires_python {
            write!(f, ", requires-python = {}", quoted(python))?;
        }
        if self.provides_extras.is_empty() {
            return Ok(());
        }
        let extras = self.provides_extras.iter();
        let extras: Vec<String> = extras.map(|extra| quoted(extra.as_ref())).collect();
        write!(f, ", provides-extras = [{}]", extras.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_displayed_as_it_is_read() {
        let text = "name = \"lib\", version = \"==1.0\", requires-dist = [\"a>=1\"], requires-python \
                    = \">=3.8\", provides-extras = [\"x\"]";
        let entry: StatedMetadata = text.parse().unwrap();
        assert_eq!(entry.to_string(), text);
        let short: StatedMetadata = "name = \"lib\", version = \"1.0\"".parse().unwrap();
        assert_eq!(
            short.to_string(),
            "name = \"lib\", version = \"==1.0\", requires-dist = []"
        );
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, part) in [
            ("version = \"1\"", "no `name`"),
            ("name = \"a b\"", "a b"),
            ("name = \"a\", requires-dist = \"b\"", "list of strings"),
            ("name = \"a\", requires-dist = [\"b c\"]", "requires-dist"),
            ("name = \"a\", require = []", "no key `require`"),
        ] {
            let error = text.parse::<StatedMetadata>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
