//! Paths relative to the folder of a strict file.

use std::path::{Component, Path};

/// `path`, which is relative to `here`, as seen from `folder`, which is also relative to `here` or
/// absolute; `None` if it stays the same, because it is absolute or `folder` is `here`. If the two have
/// only the root in common, the result is absolute, since any relative one would name all folders.
pub fn relative(path: &Path, here: &Path, folder: &Path) -> Option<String> {
    if path.is_absolute() {
        return None;
    }
    let absolute = here.join(path);
    let (path, folder) = (parts(&absolute), parts(&here.join(folder)));
    if folder == parts(here) {
        return None;
    }
    let common = path
        .iter()
        .zip(&folder)
        .take_while(|(one, other)| one == other);
    let common = common.count();
    if common == 0 {
        return Some(absolute.to_string_lossy().into_owned());
    }
    let up = folder[common..].iter().map(|_| "..".to_owned());
    let parts: Vec<String> = up.chain(path[common..].iter().cloned()).collect();
    Some(if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    })
}

/// The names in an absolute path, without `.` and `name/..`.
fn parts(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_same_place_from_the_folder_of_the_strict_file() {
        let here = Path::new("/home/alice/project");
        for (path, folder, expected) in [
            ("wheels", "", None),
            ("wheels", ".", None),
            ("wheels", "locks", Some("../wheels")),
            ("./my wheels", "locks/prod/", Some("../../my wheels")),
            ("locks/wheels", "locks", Some("wheels")),
            ("locks", "locks", Some(".")),
            ("../wheels", "locks", Some("../../wheels")),
            ("wheels", "../locks", Some("../project/wheels")),
            ("wheels", "/home/alice/locks", Some("../project/wheels")),
            ("/srv/wheels", "locks", None),
            ("wheels", "/srv/locks", Some("/home/alice/project/wheels")),
        ] {
            let found = relative(Path::new(path), here, Path::new(folder));
            assert_eq!(found.as_deref(), expected, "{path} from {folder}");
        }
    }
}
