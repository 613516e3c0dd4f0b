//! One file as a page lists it, and the project that the files of its pages make up.

use pep440_rs::Version;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use harden_packaging::{CoreMetadataFile, DistFile, PackageName, Project, Release, Sha256, Yanked};
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use url::Url;

use super::filename::FilenameReader;

/// A file as a page lists it; whether it is a distribution of any use is not yet known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed<'a> {
    pub(crate) filename: Cow<'a, str>,
    /// Absolute, without fragment.
    pub(crate) url: Cow<'a, str>,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) size: Option<u64>,
    pub(crate) requires_python: Option<Cow<'a, str>>,
    pub(crate) upload_time: Option<Timestamp>,
    /// The reason, where it is yanked.
    pub(crate) yanked: Option<Cow<'a, str>>,
    pub(crate) core_metadata: CoreMetadataFile,
}

/// Collects the files of one project, from one page or several.
pub(crate) struct ProjectBuilder {
    name: PackageName,
    files: Vec<DistFile>,
    filenames: FxHashSet<Box<str>>,
    names: FilenameReader,
    texts: FxHashMap<String, Arc<str>>,
}

impl Listed<'_> {
    /// A file of this name at this address, of which nothing else is known.
    pub(crate) fn bare<'a>(filename: Cow<'a, str>, url: Cow<'a, str>) -> Listed<'a> {
        Listed {
            filename,
            url,
            sha256: None,
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: None,
            core_metadata: CoreMetadataFile::Unknown,
        }
    }
}

impl ProjectBuilder {
    /// Of the project `name`.
    pub(crate) fn new(name: PackageName) -> Self {
        Self {
            name,
            files: Vec::new(),
            filenames: FxHashSet::default(),
            names: FilenameReader::default(),
            texts: FxHashMap::default(),
        }
    }

    /// Adds `listed` if it is a distribution of the project and none of its name is there yet;
    /// says whether it is one.
    pub(crate) fn add(&mut self, listed: &Listed<'_>) -> bool {
        let Some((version, kind)) = self.names.read(&self.name, &listed.filename) else {
            return false;
        };
        let yanked = match &listed.yanked {
            Some(reason) => Yanked::Yes(self.text(reason)),
            None => Yanked::No,
        };
        let requires_python = listed.requires_python.as_ref().map(|text| self.text(text));
        self.add_file(DistFile {
            project: self.name.clone(),
            version,
            filename: listed.filename.as_ref().into(),
            kind,
            url: listed.url.as_ref().into(),
            sha256: listed.sha256,
            size: listed.size,
            requires_python,
            upload_time: listed.upload_time,
            yanked,
            core_metadata: listed.core_metadata,
        });
        true
    }

    /// Adds `file` if none of its name is there yet.
    pub(crate) fn add_file(&mut self, file: DistFile) {
        if self.filenames.insert(file.filename.clone()) {
            self.files.push(file);
        }
    }

    /// The same text for the same text: a few requirements are repeated by thousands of files.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(text.to_owned(), Arc::clone(&shared));
        shared
    }

    /// Whether there is no file yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The project: releases newest first, the files of each in the order of their names.
    pub(crate) fn finish(mut self) -> Project {
        self.files.sort_unstable_by(|a, b| {
            (Reverse(&a.version), &a.filename).cmp(&(Reverse(&b.version), &b.filename))
        });
        let mut releases: Vec<(Version, Vec<Arc<DistFile>>)> = Vec::new();
        for file in self.files {
            match releases.last_mut() {
                Some((version, files)) if *version == file.version => files.push(Arc::new(file)),
                _ => releases.push((file.version.clone(), vec![Arc::new(file)])),
            }
        }
        let releases = releases
            .into_iter()
            .map(|(version, files)| Release::new(version, files))
            .collect();
        Project {
            name: self.name,
            releases,
        }
    }
}

/// `link`, as found on the page at `base`, as an absolute address without fragment.
pub(super) fn absolute<'a>(base: &Url, link: Cow<'a, str>) -> Option<Cow<'a, str>> {
    let is_absolute = link.starts_with("https://") || link.starts_with("http://");
    if is_absolute && !link.contains('#') {
        return Some(link);
    }
    let mut url = join(base, &link)?;
    url.set_fragment(None);
    Some(Cow::Owned(url.into()))
}

/// Where `link` on the page at `base` leads; a page from elsewhere may not lead to files of ours.
pub(super) fn join(base: &Url, link: &str) -> Option<Url> {
    let url = base.join(link).ok()?;
    let is_reachable = matches!(url.scheme(), "http" | "https") || url.scheme() == base.scheme();
    is_reachable.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(filenames: &[&'static str]) -> Project {
        let mut builder = ProjectBuilder::new("a".parse().unwrap());
        for filename in filenames {
            builder.add(&Listed::bare(
                (*filename).into(),
                "https://index.test/a".into(),
            ));
        }
        builder.finish()
    }

    #[test]
    fn releases_are_newest_first_and_files_in_the_order_of_their_names() {
        let project = built(&[
            "a-1.9.tar.gz",
            "a-1.10-py3-none-any.whl",
            "a-1.9-py3-none-any.whl",
            "a-1.10rc1.tar.gz",
        ]);
        let listed: Vec<(String, Vec<&str>)> = project
            .releases
            .iter()
            .map(|release| {
                let files = release.files().iter().map(|file| &*file.filename).collect();
                (release.version.to_string(), files)
            })
            .collect();
        assert_eq!(
            listed,
            [
                ("1.10".to_owned(), vec!["a-1.10-py3-none-any.whl"]),
                ("1.10rc1".to_owned(), vec!["a-1.10rc1.tar.gz"]),
                (
                    "1.9".to_owned(),
                    vec!["a-1.9-py3-none-any.whl", "a-1.9.tar.gz"]
                ),
            ]
        );
    }

    #[test]
    fn spellings_of_one_version_are_one_release() {
        assert_eq!(
            built(&["a-1.0.tar.gz", "a-1-py3-none-any.whl"])
                .releases
                .len(),
            1
        );
    }

    #[test]
    fn the_first_file_of_a_name_is_kept() {
        assert_eq!(
            built(&["a-1.tar.gz", "a-1.tar.gz"]).releases[0]
                .files()
                .len(),
            1
        );
    }

    #[test]
    fn a_page_of_an_index_may_not_list_local_files() {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        assert_eq!(absolute(&base, "file:///etc/passwd".into()), None);
        assert_eq!(absolute(&base, "data:,x".into()), None);
    }

    #[test]
    fn links_are_made_absolute_and_lose_their_fragment() {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        for (link, url) in [
            (
                "../../files/a.zip#sha256=0",
                "https://index.test/files/a.zip",
            ),
            ("/files/a.zip", "https://index.test/files/a.zip"),
            ("//files.test/a.zip", "https://files.test/a.zip"),
            ("https://files.test/a.zip#x", "https://files.test/a.zip"),
            ("https://files.test/a.zip", "https://files.test/a.zip"),
        ] {
            assert_eq!(absolute(&base, link.into()).unwrap(), url);
        }
    }
}
