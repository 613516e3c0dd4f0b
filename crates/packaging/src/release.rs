//! A release, whose files may still be encoded.

use std::fmt;
use std::sync::{Arc, OnceLock};

use pep440_rs::Version;

use crate::{DistFile, Glance, IndexError, IndexErrorKind, Listed};

/// A release: one version of a project, with the files it is distributed in.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version that all of its files bear.
    pub version: Version,
    files: Files,
}

#[derive(Debug, Clone)]
enum Files {
    Listed(ByName),
    Lazy {
        source: Arc<dyn LazyFiles>,
        place: usize,
        decoded: OnceLock<Box<Decoded>>,
    },
}

/// Listed files, by their names.
#[derive(Debug, Clone)]
struct ByName {
    /// The first of each name.
    first: Vec<Arc<DistFile>>,
    /// Further places or other bytes of files of the same names.
    repeated: Vec<Arc<DistFile>>,
}

/// What was decoded of a release.
#[derive(Debug, Clone, Default)]
struct Decoded {
    glances: OnceLock<Result<Vec<Glance>, IndexError>>,
    /// The files that were asked for by themselves, by their places among the glances.
    single: OnceLock<Box<[OnceLock<Arc<DistFile>>]>>,
    all: OnceLock<Result<ByName, IndexError>>,
}

/// A page kept in a compact form and decoded release by release: a page may list thousands of files,
/// of which a resolution looks at few.
pub trait LazyFiles: fmt::Debug + Send + Sync {
    /// The files of the release at `place` on the page, in the order of their names; files of one
    /// name in the order of the page.
    ///
    /// # Errors
    ///
    /// When the page cannot be read any more.
    fn read(&self, place: usize) -> Result<Vec<Arc<DistFile>>, IndexError>;

    /// A glance at each file that [`Self::read`] gives, without those that repeat a name.
    ///
    /// # Errors
    ///
    /// When the page cannot be read any more.
    fn glances(&self, place: usize) -> Result<Vec<Glance>, IndexError> {
        let files = ByName::of(self.read(place)?).first;
        let files = files.iter().enumerate();
        Ok(files.map(|(place, file)| Glance::at(file, place)).collect())
    }

    /// The file of the release at `place` that a glance is at, by [`Glance::place`]; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the page cannot be read any more.
    fn read_one(&self, place: usize, glance: usize) -> Result<Option<Arc<DistFile>>, IndexError> {
        let files = ByName::of(self.read(place)?).first;
        Ok(files.into_iter().nth(glance))
    }
}

impl Release {
    /// A release with its wheels and sdists, in the order of their names; of files of one name, the
    /// preferred one first.
    pub fn new(version: Version, files: Vec<Arc<DistFile>>) -> Self {
        Self {
            version,
            files: Files::Listed(ByName::of(files)),
        }
    }

    /// The release at `place` of a page that is decoded on demand.
    pub fn lazy(version: Version, source: Arc<dyn LazyFiles>, place: usize) -> Self {
        Self {
            version,
            files: Files::Lazy {
                source,
                place,
                decoded: OnceLock::new(),
            },
        }
    }

    /// Its wheels and sdists, in the order of their names, one of each name; none where they cannot be read any
    /// more, which ends every further question to their index.
    pub fn files(&self) -> &[Arc<DistFile>] {
        self.by_name().map_or(&[], |files| &files.first)
    }

    /// Further listings of files of the same names: the same file in another place, or other bytes.
    pub fn repeated(&self) -> &[Arc<DistFile>] {
        self.by_name().map_or(&[], |files| &files.repeated)
    }

    /// The files of [`Self::files`] and [`Self::repeated`].
    ///
    /// # Errors
    ///
    /// When they cannot be read any more.
    pub fn all_files(&self) -> Result<Vec<&Arc<DistFile>>, IndexError> {
        let ByName { first, repeated } = self.by_name().map_err(IndexError::clone)?;
        Ok(first.iter().chain(repeated).collect())
    }

    /// The files of [`Self::files`], of which no more is decoded than is looked at.
    ///
    /// # Errors
    ///
    /// When they cannot be read any more.
    pub fn listed(&self) -> Result<Vec<Listed<'_>>, IndexError> {
        let (source, place, decoded) = match &self.files {
            Files::Listed(files) => return Ok(files.first.iter().map(Listed::whole).collect()),
            Files::Lazy {
                source,
                place,
                decoded,
            } => (source, *place, decoded.get_or_init(Box::default)),
        };
        let glances = decoded.glances.get_or_init(|| source.glances(place));
        let glances = glances.as_ref().map_err(IndexError::clone)?;
        let listed = glances.iter().enumerate();
        Ok(listed
            .map(|(place, glance)| Listed::at(glance, self, place))
            .collect())
    }

    /// The file at `glance` among those of [`Self::listed`].
    pub(crate) fn file(&self, glance: usize) -> Result<&Arc<DistFile>, IndexError> {
        let found = match &self.files {
            Files::Listed(files) => files.first.get(glance),
            Files::Lazy {
                source,
                place,
                decoded,
            } => decoded
                .get_or_init(Box::default)
                .single((source, *place), glance)?,
        };
        found.ok_or_else(|| IndexError {
            kind: IndexErrorKind::Corrupt,
            message: format!("release {} has fewer files than it seemed", self.version).into(),
        })
    }

    fn by_name(&self) -> Result<&ByName, &IndexError> {
        match &self.files {
            Files::Listed(files) => Ok(files),
            Files::Lazy {
                source,
                place,
                decoded,
            } => decoded.get_or_init(Box::default).all((source, *place)),
        }
    }
}

impl Decoded {
    fn single(
        &self,
        (source, place): (&Arc<dyn LazyFiles>, usize),
        glance: usize,
    ) -> Result<Option<&Arc<DistFile>>, IndexError> {
        if let Some(Ok(all)) = self.all.get() {
            return Ok(all.first.get(glance));
        }
        let glances = self.glances.get().and_then(|glances| glances.as_ref().ok());
        let glances = glances.map_or(&[][..], Vec::as_slice);
        let single = self.single.get_or_init(|| {
            let unknown = std::iter::repeat_with(OnceLock::new);
            unknown.take(glances.len()).collect()
        });
        let (Some(file), Some(glance)) = (single.get(glance), glances.get(glance)) else {
            return Ok(None);
        };
        if let Some(known) = file.get() {
            return Ok(Some(known));
        }
        let read = source.read_one(place, glance.place)?;
        Ok(read.map(|read| file.get_or_init(|| read)))
    }

    fn all(&self, (source, place): (&Arc<dyn LazyFiles>, usize)) -> Result<&ByName, &IndexError> {
        let read = || {
            let mut all = ByName::of(source.read(place)?);
            // A file stays the one that it was: some remember it by where it is in memory.
            let single = self.single.get().into_iter().flatten();
            for (file, known) in all.first.iter_mut().zip(single) {
                if let Some(known) = known.get() {
                    *file = Arc::clone(known);
                }
            }
            Ok(all)
        };
        self.all.get_or_init(read).as_ref()
    }
}

impl ByName {
    fn of(files: Vec<Arc<DistFile>>) -> Self {
        let mut first: Vec<Arc<DistFile>> = Vec::with_capacity(files.len());
        let mut repeated = Vec::new();
        for file in files {
            match first.last() {
                Some(last) if last.filename == file.filename => repeated.push(file),
                _ => first.push(file),
            }
        }
        Self { first, repeated }
    }
}

impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
            && self.files() == other.files()
            && self.repeated() == other.repeated()
    }
}

impl Eq for Release {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DistKind;

    /// Three files, two of them of one name.
    #[derive(Debug)]
    struct Page;

    impl LazyFiles for Page {
        fn read(&self, _place: usize) -> Result<Vec<Arc<DistFile>>, IndexError> {
            let file = |name: &str, url: &str| {
                let release = ("a".parse().unwrap(), "1".parse().unwrap());
                Arc::new(DistFile::new(release, name, DistKind::Sdist, url))
            };
            Ok(vec![
                file("a-1.tar.gz", "https://index.test/1"),
                file("a-1.tar.gz", "https://index.test/2"),
                file("a-1.zip", "https://index.test/3"),
            ])
        }
    }

    #[test]
    fn a_file_is_the_same_alone_and_among_all() {
        let lazy = || Release::lazy("1".parse().unwrap(), Arc::new(Page), 0);
        let release = lazy();
        let listed = release.listed().unwrap();
        let single = Arc::clone(listed[1].file().unwrap());
        assert_eq!(&*single.filename, "a-1.zip");
        assert_eq!((release.files().len(), release.repeated().len()), (2, 1));
        assert!(Arc::ptr_eq(&single, &release.files()[1]));
        let release = lazy();
        let all = Arc::clone(&release.files()[0]);
        let listed = release.listed().unwrap();
        assert!(Arc::ptr_eq(&all, listed[0].file().unwrap()));
    }
}
