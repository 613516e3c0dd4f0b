//! Editing a requirements file line by line.

use harden_packaging::PackageName;
use harden_requirements::Requirement;

use super::{Edit, EditError};

/// The text after the edit.
pub fn edited(text: &str, file: &str, edit: &Edit<'_>) -> Result<String, EditError> {
    refuse_continued(text, file, edit)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match edit {
        Edit::Add(requirements) => {
            for requirement in *requirements {
                add(&mut lines, requirement);
            }
        }
        Edit::Remove(names) => {
            for name in *names {
                let before = lines.len();
                lines.retain(|line| required(line).as_ref() != Some(name));
                if lines.len() == before {
                    return Err(EditError::NotRequired {
                        file: file.to_owned(),
                        name: name.clone(),
                    });
                }
            }
        }
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = lines.into_iter().map(|line| line + end);
    Ok(lines.collect())
}

/// Refuses to edit a requirement that spans several lines or has hashes: its other lines would
/// be left behind, and its hashes are those of other versions.
fn refuse_continued(text: &str, file: &str, edit: &Edit<'_>) -> Result<(), EditError> {
    let names: Vec<&PackageName> = match edit {
        Edit::Add(requirements) => requirements.iter().map(|one| &one.name).collect(),
        Edit::Remove(names) => names.iter().collect(),
    };
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.split(" #").next().unwrap_or_default().trim_end();
        let is_continued = content.ends_with('\\') || content.contains(" --hash");
        let name = required(content.trim_end_matches('\\'));
        if is_continued && name.is_some_and(|name| names.contains(&&name)) {
            return Err(EditError::Unsuitable {
                file: file.to_owned(),
                reason: format!(
                    "line {number} has hashes or goes on in the next line; edit it by hand"
                ),
            });
        }
    }
    Ok(())
}

/// Replaces the line of the package, whose comment stays, or appends one.
fn add(lines: &mut Vec<String>, requirement: &Requirement) {
    let same = lines
        .iter_mut()
        .find(|line| required(line).as_ref() == Some(&requirement.name));
    match same {
        Some(line) => {
            let comment = line
                .find(" #")
                .map(|start| line[line[..start].trim_end().len()..].to_owned());
            *line = format!("{requirement}{}", comment.unwrap_or_default());
        }
        None => lines.push(requirement.to_string()),
    }
}

/// The package that a line requires.
fn required(line: &str) -> Option<PackageName> {
    let text = line.split(" #").next()?.trim();
    let text = text.split(" --").next()?;
    let requirement = text.parse::<Requirement>().ok()?;
    Some(requirement.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_order_stay() {
        let text = "# web\nflask>=2  # the framework\n-r base.txt\nrequests\n";
        let added = [
            "flask>=3".parse().unwrap(),
            "celery[redis]".parse().unwrap(),
        ];
        assert_eq!(
            edited(text, "loose.txt", &Edit::Add(&added)).unwrap(),
            "# web\nflask>=3  # the framework\n-r base.txt\nrequests\ncelery[redis]\n"
        );
        let removed = ["Flask".parse().unwrap()];
        assert_eq!(
            edited(text, "loose.txt", &Edit::Remove(&removed)).unwrap(),
            "# web\n-r base.txt\nrequests\n"
        );
        let unknown = ["django".parse().unwrap()];
        assert!(edited(text, "loose.txt", &Edit::Remove(&unknown)).is_err());
    }

    #[test]
    fn a_requirement_of_several_lines_is_not_edited() {
        for text in [
            "flask==3 \\\n    --hash=sha256:00\n",
            "flask==3 --hash=sha256:00\n",
        ] {
            let flask = ["flask".parse().unwrap()];
            assert!(edited(text, "loose.txt", &Edit::Remove(&flask)).is_err());
            let added = ["flask>=4".parse().unwrap()];
            assert!(edited(text, "loose.txt", &Edit::Add(&added)).is_err());
            let other = ["celery".parse().unwrap()];
            assert!(edited(text, "loose.txt", &Edit::Add(&other)).is_ok());
        }
    }
}
