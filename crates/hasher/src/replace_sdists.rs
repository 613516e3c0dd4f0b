//! A strict file in which built wheels replace the sdists that they were built from.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::Sha256;

use crate::comment_text::{shown_command, shown_place};
use crate::file::{Header, StrictPin};
use crate::metadata_digest::MetadataDigests;
use crate::{BuiltFrom, StrictFile};

/// What a pin is once a wheel was built from its sdist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    hashes: BTreeSet<Sha256>,
    files: BTreeSet<String>,
    from: BuiltFrom,
}

impl Built {
    /// Replaces the sdist of `pin` by the wheel that `from` describes, beside `others`, the wheels
    /// that the pin has for other targets.
    pub fn new(pin: &StrictPin, from: BuiltFrom, others: &BTreeSet<String>) -> Self {
        let mut hashes = if others.is_empty() {
            BTreeSet::new()
        } else {
            pin.hashes.clone()
        };
        if let Some((_, sdist)) = from.sdist() {
            hashes.remove(&sdist);
        }
        hashes.insert(from.sha256);
        let mut files = others.clone();
        files.insert(from.wheel.clone());
        Self {
            hashes,
            files,
            from,
        }
    }

    /// What it was built from.
    pub fn from(&self) -> &BuiltFrom {
        &self.from
    }

    /// What `recorded`, the strict file of a wheelhouse, says was built for `pin`: from an sdist that
    /// `pin` has, and but one file that it has not.
    pub fn recorded(pin: &StrictPin, recorded: &StrictFile) -> Option<Self> {
        recorded.pins.iter().find_map(|found| {
            let from = found.built_from.as_ref()?;
            let is_of_pin = found.name == pin.name
                && found.version == pin.version
                && found.marker == pin.marker
                && from
                    .sdist()
                    .is_some_and(|(_, sdist)| pin.hashes.contains(&sdist))
                && found.hashes.difference(&pin.hashes).count() == 1;
            is_of_pin.then(|| Self {
                hashes: found.hashes.clone(),
                files: found.files.clone(),
                from: from.clone(),
            })
        })
    }
}

impl StrictFile {
    /// The file with some of its pins alone; they keep their lines.
    #[must_use]
    pub fn only(&self, is_kept: impl Fn(&StrictPin) -> bool) -> Self {
        let pins = self.pins.iter().filter(|pin| is_kept(pin));
        Self {
            pins: pins.cloned().collect(),
            ..self.clone()
        }
    }

    /// The file with the pins of another one besides; all come to stand on new lines.
    #[must_use]
    pub fn with_pins_of(&self, other: &Self) -> Self {
        let mut file = self.clone();
        file.pins.extend(other.pins.iter().cloned());
        file.pins.sort_by(|one, other| one.name.cmp(&other.name));
        file.number_lines();
        file
    }

    /// The file of a wheelhouse: the pins that begin on the lines of `built` are those of the built
    /// wheels, and nothing says where files are, for all of them are beside it.
    ///
    /// `name` is what to call this file, `command` what makes the other, and `platforms` the targets
    /// it is for.
    #[must_use]
    pub fn with_built(
        &self,
        built: &BTreeMap<usize, Built>,
        name: &str,
        command: &[String],
        platforms: &[String],
    ) -> Self {
        let pin = |pin: &StrictPin| match built.get(&pin.line) {
            Some(built) => replaced(pin, built),
            None => pin.clone(),
        };
        let mut file = Self {
            header: None,
            options: Vec::new(),
            pins: self.pins.iter().map(pin).collect(),
            remarks: Vec::new(),
        };
        let original = self.header.as_ref();
        file.give(Header {
            loose: vec![shown_place(name)],
            command: Some(shown_command(command)),
            inputs: self.content_digest(),
            pins: Sha256::from_bytes([0; 32]),
            platforms: platforms.to_vec(),
            exclude_newer: original.and_then(Header::exclude_newer),
            exclude_newer_packages: original
                .map(|header| header.exclude_newer_packages.clone())
                .unwrap_or_default(),
            urls: BTreeMap::new(),
            projects: Vec::new(),
        });
        file
    }
}

fn replaced(pin: &StrictPin, built: &Built) -> StrictPin {
    StrictPin {
        reference: None,
        hashes: built.hashes.clone(),
        metadata: match built.files.len() {
            // The built wheel has no other beside it.
            1 => MetadataDigests::default(),
            _ => pin.metadata.clone(),
        },
        files: built.files.clone(),
        built_from: Some(built.from.clone()),
        ..pin.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildOrigin, BuildRequirement};

    const SDIST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const WHEEL: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const OTHER: &str = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

    fn strict() -> StrictFile {
        let text = format!(
            "--index-url https://index.test/simple\n\
             app==1.0 --hash=sha256:{OTHER}\n    # via -r loose.txt\n\
             lib==1.0 ; python_version > '3' --hash=sha256:{SDIST} --hash=sha256:{OTHER}\n    # lib-1.0.tar.gz\n"
        );
        StrictFile::parse(&text, "strict.txt").unwrap()
    }

    fn built(others: &[&str]) -> StrictFile {
        let from = BuiltFrom {
            wheel: "lib-1.0-py3-none-any.whl".to_owned(),
            sha256: WHEEL.parse().unwrap(),
            origin: BuildOrigin::Sdist {
                file: "lib-1.0.tar.gz".to_owned(),
                sha256: SDIST.parse().unwrap(),
            },
            python: "3.11".to_owned(),
            with: vec![BuildRequirement {
                file: "hatchling-1.0-py3-none-any.whl".to_owned(),
                sha256: OTHER.parse().unwrap(),
                built_from: None,
            }],
            repaired_with: Vec::new(),
        };
        let others = others.iter().map(|&other| other.to_owned()).collect();
        let strict = strict();
        let built = Built::new(&strict.pins()[1], from, &others);
        let command = ["fetch", "strict.txt", "--build"].map(str::to_owned);
        strict.with_built(
            &BTreeMap::from([(strict.pins()[1].line(), built)]),
            "strict.txt",
            &command,
            &["win_amd64-cp-312-cp312".to_owned()],
        )
    }

    #[test]
    fn a_built_wheel_takes_the_place_of_its_sdist() {
        let file = built(&[]);
        let pins = file.header().unwrap().pins().to_string();
        insta::assert_snapshot!(file.to_string().replace(&pins, "[pins]"), @r"
        # Hardened by harden; change strict.txt and run this again, rather than edit:
        #     fetch strict.txt --build
        # harden: 1 inputs=sha256:7de1583cfdbd87305f8ced9670bc0e3040dcca2ec9376c0b28a1902677481a00 pins=sha256:[pins] platforms=win_amd64-cp-312-cp312
        app==1.0 \
            --hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
            # via -r loose.txt
        lib==1.0 ; python_version > '3' \
            --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
            # lib-1.0-py3-none-any.whl
            # built lib-1.0-py3-none-any.whl sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
            #   from lib-1.0.tar.gz sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            #   python 3.11
            #   with hatchling-1.0-py3-none-any.whl sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        ");
    }

    #[test]
    fn wheels_for_other_targets_stay() {
        let file = built(&["lib-1.0-cp311-cp311-win_amd64.whl"]);
        let pin = &file.pins()[1];
        assert_eq!((pin.hashes().len(), pin.files().len()), (2, 2));
        assert!(!pin.hashes().contains(&SDIST.parse().unwrap()));
    }

    #[test]
    fn a_record_counts_for_the_pin_whose_sdist_was_built() {
        let recorded = built(&[]);
        let strict = strict();
        assert_eq!(Built::recorded(&strict.pins()[0], &recorded), None);
        let found = Built::recorded(&strict.pins()[1], &recorded).unwrap();
        assert_eq!(found.hashes, BTreeSet::from([WHEEL.parse().unwrap()]));
        let text = strict.to_string().replace(SDIST, WHEEL);
        let other = StrictFile::parse(&text, "strict.txt").unwrap();
        assert_eq!(Built::recorded(&other.pins()[1], &recorded), None);
    }

    #[test]
    fn what_was_built_is_read_back() {
        let file = built(&[]);
        let read = StrictFile::parse(&file.to_string(), "requirements.txt").unwrap();
        assert_eq!(read, file);
        assert_eq!(read.content_digest(), read.header().unwrap().pins());
    }
}
