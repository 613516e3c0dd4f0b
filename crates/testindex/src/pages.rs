//! The page of a project in the three formats that indexes serve.

use serde_json::{Value, json};

use crate::file::{ListedHash, sha256};
use crate::{File, Universe};

/// What a page lists about its files, apart from their URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreMetadataListed {
    Yes,
    No,
}

/// The JSON form of the simple API (PEP 691, PEP 700, PEP 714).
///
/// <https://packaging.python.org/en/latest/specifications/simple-repository-api/>
pub(crate) fn simple_json(project: &str, files: &[&File], root: &str) -> String {
    let entries: Vec<Value> = files
        .iter()
        .map(|file| {
            let metadata = core_metadata(file);
            json!({
                "filename": file.filename,
                "url": format!("{root}/files/{}", file.filename),
                "hashes": hashes(file),
                "requires-python": file.settings.listed_python,
                "size": file.contents().len(),
                "upload-time": file.settings.uploaded.map(|time| time.to_string()),
                "yanked": match file.settings.yanked.as_deref() {
                    None => json!(false),
                    Some("") => json!(true),
                    Some(reason) => json!(reason),
                },
                "provenance": file.provenance_path().map(|path| format!("{root}{path}")),
                "core-metadata": metadata,
                "data-dist-info-metadata": metadata,
            })
        })
        .collect();
    let status = files
        .iter()
        .find_map(|file| file.settings.status.as_deref());
    let page = json!({
        "meta": {"api-version": "1.4"},
        "name": project,
        "project-status": {"status": status.unwrap_or("active")},
        "versions": versions(files),
        "files": entries,
    });
    page.to_string()
}

/// The HTML form of the simple API (PEP 503, PEP 592, PEP 658).
pub(crate) fn simple_html(project: &str, files: &[&File], listed: CoreMetadataListed) -> String {
    let anchors: String = files
        .iter()
        .map(|file| anchor(file, listed == CoreMetadataListed::Yes))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n    <meta name=\"pypi:repository-version\" content=\"1.1\">\n    \
         <title>Links for {project}</title>\n  </head>\n  <body>\n    <h1>Links for {project}</h1>\n\
         {anchors}  </body>\n</html>\n"
    )
}

fn anchor(file: &File, with_core_metadata: bool) -> String {
    let fragment = hash(file).map_or_else(String::new, |(algorithm, digest)| {
        format!("#{algorithm}={digest}")
    });
    let python = file.settings.listed_python.as_deref();
    let python = python.map(|python| ("data-requires-python", python.to_owned()));
    let yanked = file.settings.yanked.clone();
    let yanked = yanked.map(|reason| ("data-yanked", reason));
    let metadata = Some(core_metadata(file))
        .filter(|_| with_core_metadata)
        .and_then(|listed| Some(format!("sha256={}", listed["sha256"].as_str()?)));
    let metadata = ["data-core-metadata", "data-dist-info-metadata"]
        .into_iter()
        .filter_map(|attribute| Some((attribute, metadata.clone()?)));
    let provenance = file.provenance_path();
    let provenance = provenance.map(|path| ("data-provenance", path));
    let attributes: String = python
        .into_iter()
        .chain(yanked)
        .chain(provenance)
        .chain(metadata)
        .map(|(attribute, value)| format!(" {attribute}=\"{}\"", escaped(&value)))
        .collect();
    let name = &file.filename;
    format!("    <a href=\"../../files/{name}{fragment}\"{attributes}>{name}</a><br />\n")
}

/// PyPI's JSON API, of one release.
pub(crate) fn release_json(project: &str, files: &[&File], root: &str) -> String {
    let entries = files.iter();
    let entries = entries.map(|file| api_entry(file, root, CoreMetadataListed::No));
    let page = json!({
        "info": { "name": project, "version": files.first().map(|file| &file.version) },
        "urls": entries.collect::<Vec<_>>(),
        "vulnerabilities": [],
    });
    page.to_string()
}

/// A file as that lists it.
fn api_entry(file: &File, root: &str, listed: CoreMetadataListed) -> Value {
    let mut digests = hashes(file);
    digests["md5"] = json!(md5(file));
    let mut entry = json!({
        "filename": file.filename,
        "url": format!("{root}/files/{}", file.filename),
        "digests": digests,
        "requires_python": file.settings.listed_python,
        "size": file.contents().len(),
        "upload_time_iso_8601": file.settings.uploaded.map(|time| time.to_string()),
        "yanked": file.settings.yanked.is_some(),
        "yanked_reason": file.settings.yanked.as_deref().filter(|reason| !reason.is_empty()),
    });
    if listed == CoreMetadataListed::Yes {
        entry["core-metadata"] = core_metadata(file);
    }
    entry
}

/// The project's page in PyPI's JSON API, as documented by PyPI.
pub(crate) fn pypi_json(
    project: &str,
    files: &[&File],
    root: &str,
    listed: CoreMetadataListed,
) -> String {
    let entry = |file: &&File| api_entry(file, root, listed);
    let releases: serde_json::Map<String, Value> = versions(files)
        .into_iter()
        .map(|version| {
            let files = files.iter().filter(|file| file.version == version);
            (version.to_owned(), files.map(entry).collect())
        })
        .collect();
    let last = files.last();
    let page = json!({
        "info": {
            "name": project,
            "version": last.map(|file| &file.version),
            "requires_dist": last.map(|file| file.requires_dist().collect::<Vec<_>>()),
        },
        "ownership": ownership(files),
        "releases": releases,
        "urls": files.iter().filter(|file| last.is_some_and(|last| last.version == file.version))
            .map(entry).collect::<Vec<_>>(),
    });
    page.to_string()
}

/// The owners of a project, where its files name some.
fn ownership(files: &[&File]) -> Value {
    let owners = files.iter().rev().map(|file| &file.settings.owners);
    let Some(owners) = owners.into_iter().find(|owners| !owners.is_empty()) else {
        return Value::Null;
    };
    let organisation = owners.iter().find_map(|owner| owner.strip_prefix('@'));
    let users = owners.iter().filter(|owner| !owner.starts_with('@'));
    let roles: Vec<Value> = users
        .map(|user| json!({ "role": "Owner", "user": user }))
        .collect();
    json!({ "organization": organisation, "roles": roles })
}

/// The list of all projects, as HTML.
pub(crate) fn projects_html(universe: &Universe) -> String {
    let projects = universe.projects.keys();
    let anchors: String = projects
        .map(|name| format!("    <a href=\"{name}/\">{name}</a><br />\n"))
        .collect();
    format!("<!DOCTYPE html>\n<html>\n  <body>\n{anchors}  </body>\n</html>\n")
}

fn versions<'a>(files: &[&'a File]) -> Vec<&'a str> {
    let mut versions: Vec<&str> = files.iter().map(|file| file.version.as_str()).collect();
    versions.dedup();
    versions
}

fn hashes(file: &File) -> Value {
    match hash(file) {
        Some((algorithm, digest)) => json!({algorithm: digest}),
        None => json!({}),
    }
}

fn hash(file: &File) -> Option<(&'static str, String)> {
    match file.settings.hash {
        ListedHash::Md5 => Some(("md5", md5(file))),
        _ => Some(("sha256", file.listed_sha256()?.to_string())),
    }
}

fn md5(file: &File) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(file.contents());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn core_metadata(file: &File) -> Value {
    if file.has_core_metadata() {
        json!({"sha256": sha256(file.metadata().as_bytes()).to_string()})
    } else {
        json!(false)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
