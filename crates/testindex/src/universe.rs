//! The contents of an index, parsed from lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use harden_packaging::{PackageName, Project};
use jiff::Timestamp;

use crate::File;
use crate::file::{Kind, ListedHash, MetadataFault, Settings};
use crate::line::{Word, requirements, words};

/// The contents of an index. The crate's documentation describes the language of its lines.
#[derive(Debug, Default)]
pub struct Universe {
    pub(crate) projects: BTreeMap<PackageName, Vec<Arc<File>>>,
    pub(crate) failing: BTreeSet<PackageName>,
    /// Pages that have been read in memory.
    pub(crate) pages: Mutex<BTreeMap<PackageName, Arc<Project>>>,
    pub(crate) questions: Mutex<Vec<String>>,
}

impl Universe {
    /// Parses a universe.
    ///
    /// # Panics
    ///
    /// If a line is not a valid release, with the line in the message.
    pub fn new(text: &str) -> Self {
        let mut universe = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Err(reason) = universe.add(line) {
                panic!("`{line}` is not a release: {reason}");
            }
        }
        universe
    }

    /// Makes every request for `project` fail like a broken network.
    ///
    /// # Panics
    ///
    /// If `project` is not a valid name.
    #[must_use]
    pub fn failing(mut self, project: &str) -> Self {
        self.failing.insert(project.parse().expect("a name"));
        self
    }

    /// Makes the index serve `document` as the attestations of the file of this name (PEP 740).
    ///
    /// # Panics
    ///
    /// If there is no such file.
    #[must_use]
    pub fn with_provenance(mut self, filename: &str, document: &str) -> Self {
        let files = self.projects.values_mut().flatten();
        let mut files = files.filter_map(Arc::get_mut);
        let file = files.find(|file| file.filename == filename);
        let file = file.expect("the universe has the file");
        file.settings.provenance = Some(document.to_owned());
        self
    }

    /// The file of this name.
    pub fn file(&self, filename: &str) -> Option<&File> {
        self.files().find(|file| file.filename == filename)
    }

    /// Every file, sorted by project, then in the order of the lines.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.projects.values().flatten().map(|file| &**file)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let words = words(line)?;
        let [spelling, rest @ ..] = &words[..] else {
            return Err("it has no name".to_owned());
        };
        let project: PackageName = spelling.key.parse().map_err(|e| format!("{e}"))?;
        let files = self.projects.entry(project.clone()).or_default();
        let [version, settings @ ..] = rest else {
            return Ok(());
        };
        files.extend(
            release(&project, &spelling.key, &version.key, settings)?
                .into_iter()
                .map(Arc::new),
        );
        Ok(())
    }
}

fn release(
    project: &PackageName,
    spelling: &str,
    version: &str,
    words: &[Word],
) -> Result<Vec<File>, String> {
    let mut kinds = vec![Kind::Wheel("py3-none-any".to_owned())];
    let mut junk = Vec::new();
    let mut common = Settings::default();
    for word in words.iter().filter(|word| word.of_file.is_none()) {
        match (&*word.key, word.value.as_deref()) {
            ("wheels", Some(tags)) => {
                kinds.retain(|kind| !matches!(kind, Kind::Wheel(_)));
                let tags = tags.split(',').filter(|tags| *tags != "none");
                kinds.extend(tags.map(|tags| Kind::Wheel(tags.to_owned())));
            }
            ("sdist", None) => kinds.push(Kind::SdistTarGz),
            ("sdist", Some("zip")) => kinds.push(Kind::SdistZip),
            ("junk", Some(names)) => junk.extend(names.split(',')),
            _ => common.apply(word)?,
        }
    }
    let mut files = Vec::new();
    for kind in kinds {
        let own: Vec<&Word> = words.iter().filter(|word| word.is_of(&kind)).collect();
        let settings = common.of_file(&own)?;
        files.push(File::new(
            project.clone(),
            spelling,
            version,
            kind,
            settings,
        ));
    }
    for name in junk {
        let settings = common.clone();
        files.push(File::new(
            project.clone(),
            spelling,
            name,
            Kind::Junk,
            settings,
        ));
    }
    let known = |word: &&Word| word.of_file.is_none() || files.iter().any(|f| word.is_of(&f.kind));
    match words.iter().find(|word| !known(word)) {
        Some(Word { of_file, .. }) => Err(format!("it has no file {of_file:?}")),
        None => Ok(files),
    }
}

impl Word {
    fn is_of(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Wheel(tags) => self.of_file.as_deref() == Some(tags),
            Kind::SdistTarGz | Kind::SdistZip => self.of_file.as_deref() == Some("sdist"),
            Kind::Junk => false,
        }
    }
}

impl Settings {
    /// The settings of one file: lists that its own words mention replace those of the release.
    fn of_file(&self, words: &[&Word]) -> Result<Self, String> {
        let mut settings = self.clone();
        for word in words {
            match word.key.split_once(':') {
                Some(("extra", extra)) => settings.extras.retain(|(name, _)| name != extra),
                _ if word.key == "requires" => settings.requires.clear(),
                _ if word.key == "dynamic" => settings.dynamic.clear(),
                _ if word.key == "field" => settings.fields.clear(),
                _ => {}
            }
        }
        words.iter().try_for_each(|word| settings.apply(word))?;
        Ok(settings)
    }

    fn apply(&mut self, word: &Word) -> Result<(), String> {
        let value = word.value.as_deref();
        if let Some(extra) = word.key.strip_prefix("extra:") {
            self.require_for_extra(extra, value.unwrap_or_default());
            return Ok(());
        }
        match (&*word.key, value) {
            ("requires", Some(list)) => self.requires.extend(requirements(list)),
            ("python", Some(specifiers)) => {
                self.python = Some(specifiers.to_owned());
                self.listed_python.clone_from(&self.python);
            }
            ("listed-python", Some("none")) => self.listed_python = None,
            ("listed-python", Some(specifiers)) => self.listed_python = Some(specifiers.to_owned()),
            ("yanked", reason) => self.yanked = Some(reason.unwrap_or_default().to_owned()),
            ("status", Some(status)) => self.status = Some(status.to_owned()),
            ("uploaded", Some("none")) => self.uploaded = None,
            ("uploaded", Some(when)) => self.uploaded = Some(timestamp(when)?),
            ("modified", Some(when)) => self.modified = Some(timestamp(when)?),
            ("hash", Some("md5")) => self.hash = ListedHash::Md5,
            ("hash", Some("none")) => self.hash = ListedHash::None,
            ("hash", Some("wrong")) => self.hash = ListedHash::Wrong,
            ("core-metadata", Some("off")) => self.core_metadata = false,
            ("metadata", Some("broken")) => self.metadata = MetadataFault::Broken,
            ("metadata", Some("mismatched")) => self.metadata = MetadataFault::Mismatched,
            ("dynamic", Some(fields)) => self.dynamic.extend(fields.split(',').map(str::to_owned)),
            ("field", Some(field)) => self.fields.push(field.to_owned()),
            ("owners", Some(names)) => self.owners.extend(names.split(',').map(str::to_owned)),
            ("member", Some(path)) => self.members.push(path.to_owned()),
            ("wrong-record", None) => self.wrong_record = true,
            ("builds", Some(tags)) => self.backend.tags = Some(tags.to_owned()),
            ("repairs", Some(platform)) => self.repairs = Some(platform.to_owned()),
            ("builds-as", Some(name)) => self.backend.name = Some(name.to_owned()),
            ("build-requires", Some(list)) => self.backend.requires.extend(requirements(list)),
            ("built-requires", Some(list)) => {
                self.backend.built_requires.extend(requirements(list));
            }
            ("backend-needs", Some(list)) => self.backend.needs.extend(requirements(list)),
            ("pad", Some(bytes)) => {
                self.pad = bytes.parse().map_err(|e| format!("{bytes}: {e}"))?;
            }
            (key, None) => return Err(format!("there is no word `{key}`")),
            (key, Some(value)) => return Err(format!("there is no setting `{key}={value}`")),
        }
        Ok(())
    }

    fn require_for_extra(&mut self, extra: &str, list: &str) {
        let list = requirements(list);
        match self.extras.iter_mut().find(|(name, _)| name == extra) {
            Some((_, requirements)) => requirements.extend(list),
            None => self.extras.push((extra.to_owned(), list)),
        }
    }
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    let midnight = if text.contains('T') { "" } else { "T00:00:00Z" };
    let full = format!("{text}{midnight}");
    full.parse().map_err(|error| format!("{text}: {error}"))
}
