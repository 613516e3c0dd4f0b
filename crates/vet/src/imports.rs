//! A file of audits, with what it imports: directly, or through others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use harden_packaging::{Sha256, printable};

use crate::audits::{Audit, Audits, Import};
use crate::{AuditsError, AuditsErrorKind, AuditsPlace};

/// How many files may be read. A team has one, and imports a few.
pub(crate) const MOST_FILES: usize = 64;

/// Over how many files imports may lead.
pub(crate) const MOST_LEVELS: usize = 8;

/// Gives the bytes of files of audits.
pub trait ReadAudits {
    /// The bytes of the file at `place`; of an import, its pinned digest is given, by which it may be
    /// kept.
    ///
    /// # Errors
    ///
    /// Why they cannot be had.
    fn read(&self, place: &AuditsPlace, sha256: Option<&Sha256>) -> Result<Vec<u8>, String>;
}

/// An audit, with the file that it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromAudits {
    /// The audit.
    pub audit: Audit,
    /// The imported file, as its importer names it; `None` for the file of one's own.
    pub from: Option<String>,
}

/// All audits that count, by the digests of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vetted {
    by_digest: BTreeMap<Sha256, Vec<FromAudits>>,
}

impl fmt::Display for FromAudits {
    /// Such as `Ada on 2026-11-27 (safe-to-deploy), by https://…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Audit {
            who,
            when,
            criteria,
            ..
        } = &self.audit;
        let criteria: Vec<&str> = criteria.iter().map(String::as_str).collect();
        write!(f, "{who} on {when} ({})", criteria.join(", "))?;
        match &self.from {
            Some(from) => write!(f, ", in {}", printable(from)),
            None => Ok(()),
        }
    }
}

impl Vetted {
    /// The audits of the file at `place`, and of all that it imports.
    ///
    /// # Errors
    ///
    /// If one of the files cannot be read, is malformed, is not the pinned one, or imports itself.
    pub fn read(place: &AuditsPlace, source: &dyn ReadAudits) -> Result<Self, Box<AuditsError>> {
        let mut reading = Reading {
            source,
            stack: Vec::new(),
            known: BTreeSet::new(),
            vetted: Self::default(),
        };
        reading.follow(place, None)?;
        Ok(reading.vetted)
    }

    /// The audits of the file with this digest: those of one's own first.
    pub fn of(&self, sha256: &Sha256) -> &[FromAudits] {
        self.by_digest.get(sha256).map_or(&[], Vec::as_slice)
    }

    /// Whether the file with this digest was found to meet each of the criteria; without any, whether
    /// somebody has looked at it.
    pub fn meets(&self, sha256: &Sha256, criteria: &BTreeSet<String>) -> bool {
        let audits = self.of(sha256);
        let is_met = |criterion: &String| {
            let mut audits = audits.iter();
            audits.any(|from| from.audit.criteria.contains(criterion))
        };
        !audits.is_empty() && criteria.iter().all(is_met)
    }
}

/// A walk over files that import others.
struct Reading<'s> {
    source: &'s dyn ReadAudits,
    /// The files that are being read: each imports the next.
    stack: Vec<AuditsPlace>,
    /// The files that were read.
    known: BTreeSet<(AuditsPlace, Option<Sha256>)>,
    vetted: Vetted,
}

impl Reading<'_> {
    fn follow(
        &mut self,
        place: &AuditsPlace,
        import: Option<&Import>,
    ) -> Result<(), Box<AuditsError>> {
        let fail = |line, kind| {
            let place = place.clone();
            Box::new(AuditsError { place, line, kind })
        };
        let key = place.key();
        if let Some(start) = self.stack.iter().position(|above| *above == key) {
            let mut chain: Vec<String> = self.stack[start..]
                .iter()
                .map(ToString::to_string)
                .collect();
            chain.push(key.to_string());
            return Err(fail(None, AuditsErrorKind::Cycle(chain)));
        }
        let digest = import.map(|import| import.sha256);
        if !self.known.insert((key.clone(), digest)) {
            return Ok(());
        }
        if self.known.len() > MOST_FILES {
            return Err(fail(None, AuditsErrorKind::TooMany));
        }
        if self.stack.len() == MOST_LEVELS {
            return Err(fail(None, AuditsErrorKind::TooDeep));
        }
        let bytes = self.source.read(place, digest.as_ref());
        let bytes = bytes.map_err(|why| fail(None, AuditsErrorKind::Unreadable(why)))?;
        if let Some(Import { from, sha256, .. }) = import {
            let actual = Sha256::of(&bytes);
            if actual != *sha256 {
                let kind = AuditsErrorKind::OtherDigest {
                    from: from.clone(),
                    expected: *sha256,
                    actual,
                };
                return Err(fail(None, kind));
            }
        }
        let audits = Audits::read(&bytes).map_err(|(line, kind)| fail(line, kind))?;
        for audit in audits.audits {
            let of_file = self.vetted.by_digest.entry(audit.sha256).or_default();
            let from = import.map(|_| place.to_string());
            of_file.push(FromAudits { audit, from });
        }
        self.stack.push(key);
        for import in &audits.imports {
            self.import(place, import)?;
        }
        self.stack.pop();
        Ok(())
    }

    /// Follows an import; a fault is one of the line that imports, unless it is in the file's content.
    fn import(&mut self, place: &AuditsPlace, import: &Import) -> Result<(), Box<AuditsError>> {
        let of_line = |kind| {
            let (place, line) = (place.clone(), Some(import.line));
            Box::new(AuditsError { place, line, kind })
        };
        let joined = place.joined(&import.from);
        let joined = joined.map_err(|why| {
            let from = harden_packaging::printable(&import.from).into_owned();
            let why = AuditsErrorKind::Unreadable(why);
            of_line(AuditsErrorKind::Import(from, Box::new(why)))
        })?;
        self.follow(&joined, Some(import)).map_err(|error| {
            if error.line.is_some() || error.place != joined {
                return error;
            }
            of_line(match error.kind {
                kind @ AuditsErrorKind::OtherDigest { .. } => kind,
                kind => AuditsErrorKind::Import(joined.to_string(), Box::new(kind)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use insta::assert_snapshot;

    use super::*;

    /// Files in memory, by how they are shown.
    struct Files(BTreeMap<String, String>);

    impl ReadAudits for Files {
        fn read(&self, place: &AuditsPlace, _: Option<&Sha256>) -> Result<Vec<u8>, String> {
            let text = self.0.get(&place.key().to_string());
            let text = text.ok_or_else(|| "there is no such file".to_owned())?;
            Ok(text.clone().into_bytes())
        }
    }

    impl Files {
        fn new(files: &[(&str, &str)]) -> Self {
            let files = files.iter();
            Self(
                files
                    .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                    .collect(),
            )
        }

        fn read_all(&self) -> Result<Vetted, String> {
            let place = AuditsPlace::File(PathBuf::from("team/audits.toml"));
            Vetted::read(&place, self).map_err(|error| format!("{error}: {}", error.kind))
        }
    }

    fn audit(digit: char, who: &str) -> String {
        let digest = digit.to_string().repeat(64);
        format!("[[audit]]\nsha256 = '{digest}'\nwho = '{who}'\nwhen = 2026-11-27\n")
    }

    fn import(from: &str, text: &str) -> String {
        let digest = Sha256::of(text);
        format!("[[import]]\nfrom = '{from}'\nsha256 = '{digest}'\n")
    }

    fn digest(digit: char) -> Sha256 {
        digit.to_string().repeat(64).parse().unwrap()
    }

    #[test]
    fn audits_of_other_teams_count_directly_and_through_others() {
        let third = audit('3', "Cleo");
        let second = audit('2', "Bob") + &import("more/third.toml", &third);
        let first = audit('1', "Ada")
            + &import("https://audits.test/a/second.toml", &second)
            + &import("../own.toml", &audit('1', "Dora"));
        let files = Files::new(&[
            ("team/audits.toml", &first),
            ("https://audits.test/a/second.toml", &second),
            ("https://audits.test/a/more/third.toml", &third),
            ("own.toml", &audit('1', "Dora")),
        ]);
        let vetted = files.read_all().unwrap();
        let shown = |digit| {
            let audits = vetted.of(&digest(digit)).iter();
            audits
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        };
        assert_snapshot!(shown('1'), @"Ada on 2026-11-27 (safe-to-deploy); Dora on 2026-11-27 (safe-to-deploy), in team/../own.toml");
        assert_snapshot!(shown('2'), @"Bob on 2026-11-27 (safe-to-deploy), in https://audits.test/a/second.toml");
        assert_snapshot!(shown('3'), @"Cleo on 2026-11-27 (safe-to-deploy), in https://audits.test/a/more/third.toml");
        assert_eq!(shown('4'), "");
    }

    #[test]
    fn criteria_may_be_met_by_several_people() {
        let criteria = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        let text =
            audit('1', "Ada") + "criteria = 'read'\n" + &audit('1', "Bob") + "criteria = 'run'\n";
        let vetted = Files::new(&[("team/audits.toml", &text)])
            .read_all()
            .unwrap();
        assert!(vetted.meets(&digest('1'), &criteria(&["read", "run"])));
        assert!(vetted.meets(&digest('1'), &criteria(&[])));
        assert!(!vetted.meets(&digest('1'), &criteria(&["read", "built"])));
        assert!(!vetted.meets(&digest('2'), &criteria(&[])));
    }

    #[test]
    fn imports_that_cannot_be_used_are_errors() {
        let refused = |files: &[(&str, &str)]| Files::new(files).read_all().unwrap_err();
        let other = audit('2', "Bob");
        let own = import("other.toml", &other);
        assert_snapshot!(refused(&[]), @"cannot use the audits in team/audits.toml: there is no such file");
        assert_snapshot!(refused(&[("team/audits.toml", &own)]), @"cannot use the audits in team/audits.toml:1: its import of team/other.toml fails: there is no such file");
        assert_snapshot!(refused(&[("team/audits.toml", &own), ("team/other.toml", "# changed")]), @"cannot use the audits in team/audits.toml:1: other.toml has the SHA-256 3a3493ed53ba8cab78e12b63ab9f18a76aa1a4e922e360785874076d9539d4fd, not 707a3bb48a195371c5735199ec67d0710e3c5b3028a5e2e9aed4dea5f92a7b1e: it was changed; look at it, and pin the new digest");
        let broken = "\n[[audit]]\n";
        assert_snapshot!(refused(&[("team/audits.toml", &import("other.toml", broken)), ("team/other.toml", broken)]), @"cannot use the audits in team/other.toml:2: missing field `sha256`");
        assert_snapshot!(refused(&[("team/audits.toml", &import("ftp://a.test/b", ""))]), @"cannot use the audits in team/audits.toml:1: its import of ftp://a.test/b fails: expected an https:// URL, or a path");
    }

    /// A digest cannot be pinned in both directions, so the cycle is noticed before the digest.
    #[test]
    fn a_file_that_imports_itself_is_an_error() {
        let refused = |files: &[(&str, &str)]| Files::new(files).read_all().unwrap_err();
        let own = import("./../team/audits.toml", "");
        assert_snapshot!(refused(&[("team/audits.toml", &own)]), @"cannot use the audits in team/audits.toml:1: its import of team/./../team/audits.toml fails: it imports itself: team/audits.toml imports team/audits.toml");
        let back = import("audits.toml", "");
        let own = import("other.toml", &back);
        assert_snapshot!(refused(&[("team/audits.toml", &own), ("team/other.toml", &back)]), @"cannot use the audits in team/other.toml:1: its import of team/audits.toml fails: it imports itself: team/audits.toml imports team/other.toml imports team/audits.toml");
    }

    #[test]
    fn imports_do_not_lead_on_for_ever() {
        let mut files = BTreeMap::new();
        let mut text = String::new();
        for number in (0..20).rev() {
            files.insert(format!("team/{number}.toml"), text.clone());
            text = import(&format!("{number}.toml"), &text);
        }
        files.insert("team/audits.toml".to_owned(), text);
        let why = Files(files.clone()).read_all().unwrap_err();
        assert!(why.contains("imports lead over more than 8 files"), "{why}");
        let many: Vec<String> = (0..MOST_FILES)
            .map(|number| import(&format!("x{number}.toml"), ""))
            .collect();
        let mut files: BTreeMap<String, String> = (0..MOST_FILES)
            .map(|number| (format!("team/x{number}.toml"), String::new()))
            .collect();
        files.insert("team/audits.toml".to_owned(), many.concat());
        let why = Files(files).read_all().unwrap_err();
        assert!(why.contains("more than 64 files are imported"), "{why}");
    }
}
