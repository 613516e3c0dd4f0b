//! Facts derived from a report's data: totals by target, rows of the matrix, the oldest and the newest
//! release.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::Text;
use crate::model::{Asker, File, Installed, Kind, Pin, Report, Sum, Target, Who};

/// What a target installs, in sum.
#[derive(Debug)]
pub(crate) struct Load<'r> {
    pub(crate) target: &'r Target,
    pub(crate) packages: usize,
    pub(crate) download: Sum,
    pub(crate) installed: Sum,
    /// How many files there are of each kind.
    pub(crate) kinds: BTreeMap<Kind, usize>,
}

/// The pins of one package: several where its version differs between targets.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    pub(crate) name: &'r Text,
    /// The places of its pins in [`Report::pins`].
    pub(crate) pins: Vec<usize>,
}

/// When a release was uploaded: the time of the last of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Upload {
    pub(crate) when: Timestamp,
    pub(crate) pin: usize,
}

impl Report {
    /// The advisories about its pins, a line each.
    pub(crate) fn advisories(&self) -> Vec<(&Text, String)> {
        let mut lines = Vec::new();
        for pin in &self.pins {
            for advisory in pin.advisories.iter().flatten() {
                let mut line = format!("{} {}", pin.name, pin.version);
                if !advisory.summary.as_str().is_empty() {
                    let _ = write!(line, ": {}", advisory.summary);
                }
                if let Some(fixed) = &advisory.fixed {
                    let _ = write!(line, "; fixed in {fixed}");
                }
                lines.push((&advisory.id, line));
            }
        }
        lines
    }

    /// The sums for each target, in their order.
    pub(crate) fn loads(&self) -> Vec<Load<'_>> {
        let targets = self.targets.iter().enumerate();
        targets
            .map(|(place, target)| self.load(place, target))
            .collect()
    }

    fn load<'r>(&'r self, place: usize, target: &'r Target) -> Load<'r> {
        let mut load = Load {
            target,
            packages: 0,
            download: Sum::default(),
            installed: Sum::default(),
            kinds: BTreeMap::new(),
        };
        for pin in self.pins.iter().filter(|pin| pin.is_on(place)) {
            let file = pin.file_on(place);
            load.packages += 1;
            load.download.add(file.and_then(|file| file.size));
            load.installed.add(file.and_then(|file| file.installed));
            let kind = file.map_or(Kind::Unknown, |file| file.kind);
            *load.kinds.entry(kind).or_default() += 1;
        }
        load
    }

    /// What the target at this place in [`Report::targets`] downloads.
    pub fn download_of(&self, target: usize) -> Sum {
        let pins = self.pins.iter().filter(|pin| pin.is_on(target));
        pins.map(|pin| pin.file_on(target).and_then(|file| file.size))
            .collect()
    }

    /// All files that are installed, once each.
    pub(crate) fn download(&self) -> Sum {
        let files = self.pins.iter().flat_map(Pin::used);
        files.map(|file| file.size).collect()
    }

    /// One row for each package, sorted by name.
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (place, pin) in self.pins.iter().enumerate() {
            match rows.last_mut() {
                Some(row) if *row.name == pin.name => row.pins.push(place),
                _ => rows.push(Row {
                    name: &pin.name,
                    pins: vec![place],
                }),
            }
        }
        rows
    }

    /// When each release was uploaded, as far as that is known, oldest first.
    pub(crate) fn uploads(&self) -> Vec<Upload> {
        let pins = self.pins.iter().enumerate();
        let mut uploads: Vec<Upload> = pins
            .filter_map(|(pin, of)| {
                Some(Upload {
                    when: of.uploaded()?,
                    pin,
                })
            })
            .collect();
        uploads.sort();
        uploads
    }

    /// The moment to count ages from: the latest cutoff, else the newest upload.
    pub(crate) fn moment(&self) -> Option<Timestamp> {
        let cutoff = self.locks.iter().filter_map(|lock| lock.cutoff).max();
        cutoff.or_else(|| self.uploads().last().map(|upload| upload.when))
    }

    /// How many packages there are.
    pub(crate) fn packages(&self) -> usize {
        self.rows().len()
    }

    /// How the target is called where several locks are shown: with its lock.
    pub(crate) fn label(&self, target: &Target) -> String {
        match (self.locks.len(), self.locks.get(target.lock)) {
            (2.., Some(lock)) => format!("{} in {}", target.name, lock.name),
            _ => target.name.to_string(),
        }
    }
}

impl Pin {
    /// Whether the target at this place installs it.
    pub(crate) fn is_on(&self, target: usize) -> bool {
        let installed = self.installs.get(target);
        installed.is_some_and(|installed| *installed != Installed::Nothing)
    }

    /// What the target at this place installs of it.
    pub(crate) fn file_on(&self, target: usize) -> Option<&File> {
        match self.installs.get(target) {
            Some(Installed::File(place)) => self.files.get(*place),
            _ => None,
        }
    }

    /// The targets that install it.
    pub(crate) fn targets(&self) -> Vec<usize> {
        let places = 0..self.installs.len();
        places.filter(|target| self.is_on(*target)).collect()
    }

    /// Whether a loose file asks for it.
    pub(crate) fn is_direct(&self) -> bool {
        let mut askers = self.required_by.iter();
        askers.any(|Asker { who, .. }| matches!(who, Who::File(_)))
    }

    /// The files that some target installs; all, where nothing says which these are.
    pub(crate) fn used(&self) -> Vec<&File> {
        let places = self
            .installs
            .iter()
            .filter_map(|installed| match installed {
                Installed::File(place) => Some(*place),
                Installed::Nothing | Installed::Unknown => None,
            });
        let places: BTreeSet<usize> = places.collect();
        let is_used = |place: &usize| places.is_empty() || places.contains(place);
        let files = self.files.iter().enumerate();
        files
            .filter(|(place, _)| is_used(place))
            .map(|(_, file)| file)
            .collect()
    }

    /// When the last of its files was uploaded, if that is known of all of them.
    pub(crate) fn uploaded(&self) -> Option<Timestamp> {
        let uploads: Option<Vec<_>> = self.used().iter().map(|file| file.uploaded).collect();
        uploads?.into_iter().max()
    }

    /// The largest of its files, if all sizes are known: what some machine downloads.
    pub(crate) fn largest(&self) -> Option<u64> {
        let sizes: Option<Vec<_>> = self.used().iter().map(|file| file.size).collect();
        sizes?.into_iter().max()
    }

    /// What it is built as: the least portable of its files.
    pub(crate) fn kind(&self) -> Kind {
        let kinds = self.used().into_iter().map(|file| file.kind);
        kinds.max().unwrap_or_default()
    }
}
