//! Upload times and sizes that PyPI's JSON API adds to the files of an HTML page.
//!
//! The page alone decides which files there are and where: a proxy may withhold some, and have its own
//! copies. To a file of the same name and digest the JSON API adds upload time and size, no more.

use std::fmt;
use std::sync::Arc;

use harden_packaging::{DistFile, IndexError, LazyFiles, Project, Release};

/// `page` with the upload times and sizes that `api` has for its files.
pub(super) fn supplemented(page: &Project, api: Project) -> Project {
    let files = Arc::new(Supplemented {
        page: page.clone(),
        api,
    });
    let releases = page.releases.iter().enumerate();
    let release = |(place, release): (usize, &Release)| {
        Release::lazy(release.version.clone(), Arc::clone(&files) as _, place)
    };
    Project {
        name: page.name.clone(),
        releases: releases.map(release).collect(),
        status: page.status.clone(),
    }
}

struct Supplemented {
    page: Project,
    api: Project,
}

impl fmt::Debug for Supplemented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page of {} and its JSON API", self.page.name)
    }
}

impl LazyFiles for Supplemented {
    fn read(&self, place: usize) -> Result<Vec<Arc<DistFile>>, IndexError> {
        let release = &self.page.releases[place];
        let version = &release.version;
        let found = self
            .api
            .releases
            .binary_search_by(|other| version.cmp(&other.version));
        let known = match found {
            Ok(found) => self.api.releases[found].all_files()?,
            Err(_) => Vec::new(),
        };
        let mut listed = release.all_files()?;
        listed.sort_by(|one, other| one.filename.cmp(&other.filename));
        Ok(listed.into_iter().map(|file| added(file, &known)).collect())
    }
}

fn added(file: &Arc<DistFile>, known: &[&Arc<DistFile>]) -> Arc<DistFile> {
    let is_same = |known: &&&Arc<DistFile>| {
        known.filename == file.filename && file.sha256.is_some() && known.sha256 == file.sha256
    };
    match known.iter().find(is_same) {
        Some(known) if file.upload_time.is_none() || file.size.is_none() => Arc::new(DistFile {
            upload_time: file.upload_time.or(known.upload_time),
            size: file.size.or(known.size),
            ..DistFile::clone(file)
        }),
        _ => Arc::clone(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ListedFile, ProjectBuilder};

    fn project(files: &[(&str, char, Option<u64>)]) -> Project {
        let mut builder = ProjectBuilder::new("a".parse().unwrap());
        for (name, digit, size) in files {
            let url = format!("https://{}.test/{name}", size.map_or("page", |_| "api"));
            let listed = ListedFile {
                sha256: digit.to_string().repeat(64).parse().ok(),
                size: *size,
                ..ListedFile::bare((*name).into(), url.into())
            };
            builder.add(&listed, "");
        }
        builder.finish()
    }

    fn shown(project: &Project) -> Vec<(String, Option<u64>)> {
        let files = project.releases.iter().flat_map(Release::files);
        files
            .map(|file| (file.url.to_string(), file.size))
            .collect()
    }

    #[test]
    fn the_page_decides_which_files_there_are_and_where() {
        let page = project(&[("a-1.zip", '1', None), ("a-2.zip", '2', None)]);
        let api = project(&[
            ("a-1.zip", '1', Some(7)),
            ("a-2.zip", '3', Some(8)),
            ("a-3.zip", '3', Some(9)),
        ]);
        assert_eq!(
            shown(&supplemented(&page, api)),
            [
                ("https://page.test/a-2.zip".to_owned(), None),
                ("https://page.test/a-1.zip".to_owned(), Some(7)),
            ]
        );
    }
}
