//! A static index of a wheelhouse, for `--index-url file://…/simple`, as HTML and as JSON.
//!
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/>

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use harden_packaging::PackageName;
use serde_json::{Value, json};

use crate::atomic_write::write_atomically;
use crate::wheelhouse_files::{FolderFile, contents};
use crate::{Failure, FetchError, Lock};

/// The folder of the index in a wheelhouse.
pub(crate) const SIMPLE: &str = "simple";

/// Writes the pages of all that a folder holds for some locks into `simple` in it, in place of earlier
/// pages; the files themselves stay where they are.
///
/// # Errors
///
/// Returns [`FetchError`] where a file of a lock is missing or wrong, or the folder cannot be
/// written.
pub fn write_simple(locks: &[Lock<'_>], folder: &Path) -> Result<(), FetchError> {
    let mut projects: BTreeMap<&PackageName, BTreeMap<String, FolderFile<'_>>> = BTreeMap::new();
    for lock in locks {
        for file in contents(lock, folder)? {
            let files = projects.entry(file.pin.name()).or_default();
            files.insert(file.name.clone(), file);
        }
    }
    let simple = folder.join(SIMPLE);
    remove_pages(&simple)?;
    make(&simple)?;
    let names = projects.keys().map(|name| name.as_str());
    let names: Vec<&str> = names.collect();
    write_pages(&simple, &root_html(&names), &root_json(&names))?;
    for (name, files) in projects {
        let files: Vec<FolderFile<'_>> = files.into_values().collect();
        let page = simple.join(name.as_str());
        make(&page)?;
        write_pages(&page, &html(name, &files), &json(name, &files))?;
    }
    Ok(())
}

/// The files of a page.
const PAGES: [&str; 2] = ["index.html", "index.json"];

/// Removes the pages of an earlier index, so that it lists nothing that is gone.
///
/// # Errors
///
/// If the folder holds anything else: then someone else made it, and nothing is removed.
fn remove_pages(simple: &Path) -> Result<(), FetchError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| {
            FetchError::one(Failure::Folder {
                action: "read",
                path,
                source,
            })
        }
    };
    let foreign = |path: PathBuf| FetchError::one(Failure::NotAnIndex(path));
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    match fs::symlink_metadata(simple) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(simple)(error)),
        Ok(found) if !found.is_dir() => return Err(foreign(simple.to_owned())),
        Ok(_) => {}
    }
    let mut unread = vec![simple.to_owned()];
    while let Some(folder) = unread.pop() {
        for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let kind = entry.file_type().map_err(failed(&folder))?;
            let name = entry.file_name();
            if kind.is_dir() && folder == *simple {
                unread.push(entry.path());
                folders.push(entry.path());
            } else if kind.is_file() && PAGES.iter().any(|page| name == *page) {
                files.push(entry.path());
            } else {
                return Err(foreign(entry.path()));
            }
        }
    }
    let removed = files.iter().try_for_each(fs::remove_file);
    let removed = removed.and_then(|()| folders.iter().try_for_each(fs::remove_dir));
    removed.map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "remove the pages in",
            path: simple.to_owned(),
            source,
        })
    })
}

fn make(folder: &Path) -> Result<(), FetchError> {
    fs::create_dir_all(folder).map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "make the folder",
            path: folder.to_owned(),
            source,
        })
    })
}

fn write_pages(folder: &Path, html: &str, json: &Value) -> Result<(), FetchError> {
    write_atomically(&folder.join("index.html"), |file| {
        file.write_all(html.as_bytes())
    })?;
    let json = format!("{json:#}\n");
    write_atomically(&folder.join("index.json"), |file| {
        file.write_all(json.as_bytes())
    })
}

/// Names need no escapes: they were judged to be those of distributions.
fn root_html(names: &[&str]) -> String {
    let links = names.iter();
    let links = links.map(|name| format!("<a href=\"{name}/\">{name}</a><br>\n"));
    page("Simple index", &links.collect::<String>())
}

fn html(name: &PackageName, files: &[FolderFile<'_>]) -> String {
    let links = files.iter().map(|file| {
        let FolderFile { name, sha256, .. } = file;
        let address = name.replace('+', "%2B");
        format!("<a href=\"../../{address}#sha256={sha256}\">{name}</a><br>\n")
    });
    page(name.as_str(), &links.collect::<String>())
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"pypi:repository-version\" content=\"1.0\">\n<title>{title}</title>\n</head>\n\
         <body>\n{body}</body>\n</html>\n"
    )
}

fn root_json(names: &[&str]) -> Value {
    let projects: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "meta": { "api-version": "1.0" }, "projects": projects })
}

fn json(name: &PackageName, files: &[FolderFile<'_>]) -> Value {
    let files = files.iter().map(|file| {
        let address = file.name.replace('+', "%2B");
        json!({
            "filename": file.name,
            "url": format!("../../{address}"),
            "hashes": { "sha256": file.sha256.to_string() },
        })
    });
    json!({
        "meta": { "api-version": "1.0" },
        "name": name.as_str(),
        "files": files.collect::<Vec<_>>(),
    })
}
