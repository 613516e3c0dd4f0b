//! Editing the dependencies of a `pyproject.toml`, or one of its dependency groups (PEP 735).

use harden_packaging::PackageName;
use harden_requirements::Requirement;
use toml_edit::{Array, DocumentMut, Item, Value};

use super::{Edit, EditError};

/// The text after the edit.
pub fn edited(
    text: &str,
    file: &str,
    edit: &Edit<'_>,
    group: Option<&PackageName>,
) -> Result<String, EditError> {
    let unsuitable = |reason: String| EditError::Unsuitable {
        file: file.to_owned(),
        reason,
    };
    let document = text.parse::<DocumentMut>();
    let mut document = document.map_err(|error| unsuitable(error.message().to_owned()))?;
    let (table, key) = match group {
        None => ("project", "dependencies".to_owned()),
        Some(group) => ("dependency-groups", group.to_string()),
    };
    if group.is_none() && !document.contains_table(table) {
        return Err(unsuitable("it has no [project] table".to_owned()));
    }
    let table = document.entry(table).or_insert(toml_edit::table());
    let list = table.as_table_like_mut().map(|table| {
        let list = table.entry(&key);
        list.or_insert(Item::Value(Value::Array(Array::new())))
    });
    let list = list.and_then(Item::as_array_mut);
    let list = list.ok_or_else(|| unsuitable(format!("its {key} are not a list")))?;
    match edit {
        Edit::Add(requirements) => requirements
            .iter()
            .for_each(|requirement| add(list, requirement)),
        Edit::Remove(names) => {
            for name in *names {
                let before = list.len();
                list.retain(|value| required(value).as_ref() != Some(name));
                if list.len() == before {
                    return Err(EditError::NotRequired {
                        file: file.to_owned(),
                        name: name.clone(),
                    });
                }
            }
        }
    }
    Ok(document.to_string())
}

/// Replaces the requirement of the package, or appends one in the style of the last.
fn add(list: &mut Array, requirement: &Requirement) {
    let text = requirement.to_string();
    let name = Some(&requirement.name);
    if let Some(same) = (0..list.len()).find(|place| {
        let value = list.get(*place);
        value.and_then(required).as_ref() == name
    }) {
        list.replace(same, text);
        return;
    }
    append(list, text);
}

/// Appends an entry on a line of its own where the others have one. What stands after the last comma, a
/// comment perhaps, stays with the entry before it.
fn append(list: &mut Array, text: String) {
    let indent = list
        .iter()
        .last()
        .and_then(|last| last.decor().prefix()?.as_str());
    let indent = indent.and_then(|prefix| prefix.rsplit_once('\n'));
    let indent = indent.map(|(_, indent)| indent.to_owned());
    let trailing = list.trailing().as_str().unwrap_or_default().to_owned();
    list.push(text);
    let (Some(indent), Some(last)) = (indent, list.iter_mut().last()) else {
        return;
    };
    match trailing.rsplit_once('\n') {
        Some((comment, end)) => {
            last.decor_mut().set_prefix(format!("{comment}\n{indent}"));
            list.set_trailing(format!("\n{end}"));
        }
        None => last.decor_mut().set_prefix(format!("\n{indent}")),
    }
}

/// The package that an entry requires.
fn required(value: &Value) -> Option<PackageName> {
    let requirement = value.as_str()?.parse::<Requirement>().ok()?;
    Some(requirement.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_layout_stay() {
        let text = "[project]\nname = \"a\"  # mine\ndependencies = [\n    \"flask>=2\",  # web\n    \"requests\",\n]\n";
        let added = ["flask>=3".parse().unwrap(), "celery".parse().unwrap()];
        let after = edited(text, "pyproject.toml", &Edit::Add(&added), None).unwrap();
        assert_eq!(
            after,
            "[project]\nname = \"a\"  # mine\ndependencies = [\n    \"flask>=3\",  # web\n    \"requests\",\n    \"celery\",\n]\n"
        );
        let removed = ["requests".parse().unwrap()];
        let after = edited(text, "pyproject.toml", &Edit::Remove(&removed), None).unwrap();
        assert!(
            !after.contains("requests") && after.contains("# web"),
            "{after}"
        );
    }

    #[test]
    fn a_group_is_made_where_there_is_none() {
        let added = ["pytest".parse().unwrap()];
        let group = "dev".parse().unwrap();
        let after = edited(
            "[project]\nname = \"a\"\n",
            "pyproject.toml",
            &Edit::Add(&added),
            Some(&group),
        );
        assert_eq!(
            after.unwrap(),
            "[project]\nname = \"a\"\n\n[dependency-groups]\ndev = [\"pytest\"]\n"
        );
        assert!(edited("", "pyproject.toml", &Edit::Add(&added), None).is_err());
    }
}
