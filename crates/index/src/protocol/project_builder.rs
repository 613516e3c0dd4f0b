//! The project that the listed files of one page or several make up.

use std::cmp::Reverse;
use std::sync::Arc;

use harden_packaging::{DistFile, PackageName, Project, ProjectStatus, Release, Yanked, printable};
use pep440_rs::Version;
use rustc_hash::FxHashMap;

use super::filename::FilenameReader;
use super::listed_file::ListedFile;

/// Collects the files of one project, from one page or several.
pub(crate) struct ProjectBuilder {
    name: PackageName,
    files: Vec<DistFile>,
    names: FilenameReader,
    texts: FxHashMap<String, Arc<str>>,
    status: Option<ProjectStatus>,
}

impl ProjectBuilder {
    /// Of the project `name`.
    pub(crate) fn new(name: PackageName) -> Self {
        Self {
            name,
            files: Vec::new(),
            names: FilenameReader::default(),
            texts: FxHashMap::default(),
            status: None,
        }
    }

    /// Adds `listed`, from the list of links or the index `listed_by`, if it is a distribution of the
    /// project; of files of one name, the one added first is preferred.
    pub(crate) fn add(&mut self, listed: &ListedFile<'_>, listed_by: &str) {
        let Some((version, kind)) = self.names.read(&self.name, &listed.filename) else {
            return;
        };
        let release = (self.name.clone(), version);
        let yanked = match &listed.yanked {
            Some(reason) => Yanked::Yes(self.text(reason)),
            None => Yanked::No,
        };
        let requires_python = listed.requires_python.as_ref().map(|text| self.text(text));
        let file = DistFile {
            sha256: listed.sha256,
            other_digests: listed.other_digests.as_slice().into(),
            size: listed.size,
            requires_python,
            upload_time: listed.upload_time,
            yanked,
            core_metadata: listed.core_metadata,
            provenance: listed.provenance.as_deref().map(Into::into),
            listed_by: self.text(listed_by),
            unusable: listed.unusable.as_deref().map(|why| printable(why).into()),
            ..DistFile::new(release, &*listed.filename, kind, &*listed.url)
        };
        self.files.push(file);
    }

    /// Adds all files of `project`.
    pub(crate) fn add_project(&mut self, project: &Project) {
        self.status = self.status.take().or_else(|| project.status.clone());
        for release in &project.releases {
            let files = release.files().iter().chain(release.repeated());
            self.files.extend(files.map(|file| DistFile::clone(file)));
        }
    }

    /// The same text for the same text: a few requirements are repeated by thousands of files.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = printable(text).into();
        self.texts.insert(text.to_owned(), Arc::clone(&shared));
        shared
    }

    /// Whether there is no file yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The project: releases newest first, the files of each in the order of their names.
    pub(crate) fn finish(mut self) -> Project {
        // Stable: of files of one name, the one added first is preferred.
        self.files.sort_by(|a, b| {
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
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(filenames: &[&'static str]) -> Project {
        let mut builder = ProjectBuilder::new("a".parse().unwrap());
        for filename in filenames {
            builder.add(
                &ListedFile::bare((*filename).into(), "https://index.test/a".into()),
                "",
            );
        }
        builder.finish()
    }

    #[test]
    fn no_text_of_a_page_holds_control_characters() {
        let mut builder = ProjectBuilder::new("a".parse().unwrap());
        let mut listed = ListedFile::bare("a-1.zip".into(), "https://index.test/a".into());
        listed.yanked = Some("\u{1b}[2J".into());
        listed.requires_python = Some(">=3\u{7f}".into());
        listed.unusable = Some("`md5=\u{7f}` is not a digest".to_owned());
        builder.add(&listed, "index\u{202e}");
        let shown = format!("{:?}", builder.finish().releases[0].files()[0]);
        assert!(!shown.contains(harden_packaging::is_control), "{shown}");
        // What Debug escapes itself would be `\u{7f}` with one backslash.
        assert!(shown.contains("`md5=\\\\u{7f}`"), "{shown}");
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
    fn of_files_of_one_name_the_first_is_preferred() {
        let project = built(&["a-1.tar.gz", "a-1.tar.gz"]);
        assert_eq!(project.releases[0].files().len(), 1);
        assert_eq!(project.releases[0].repeated().len(), 1);
    }
}
