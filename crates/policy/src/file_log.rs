//! The log of the files that were once seen (`harden.sum`): a line each, sorted, so that changes merge.
//!
//! ```text
//! # Files that harden has pinned, a line each. Lines are only added.
//! flask 3.0.0 flask-3.0.0-py3-none-any.whl sha256:21128f47e4e3b9d597a3e8521a329bf56909b690fcc3fa3e477725aa81367638
//! ```

use std::collections::BTreeMap;
use std::fmt;

use harden_hasher::{Advice, Judged, Level, Rule, StrictFile, StrictPin};
use harden_packaging::{PackageName, Sha256, printable};
use pep440_rs::Version;

use crate::file_key::FileKey;

/// The first line.
const HEAD: &str = "# Files that harden has pinned, a line each. Lines are only added.";

/// The files that were once seen, by what their names say: another spelling of a name is the same file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileLog {
    seen: BTreeMap<FileKey, Seen>,
}

/// A file that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    name: PackageName,
    /// As they are written.
    version: String,
    file: String,
    sha256: Sha256,
}

/// What is wrong with a line of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ReadLogError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl FileLog {
    /// Reads a log. The order of the lines does not count, and one may be repeated.
    ///
    /// # Errors
    ///
    /// When a line is malformed, the last one is cut off, or two lines give one file different digests.
    pub fn read(text: &str) -> Result<Self, ReadLogError> {
        let mut log = Self::default();
        let mut lines = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |reason: String| ReadLogError {
                line: number,
                reason,
            };
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let seen = read_line(line).map_err(wrong)?;
            let key = FileKey::of(&seen.file);
            if let Some(known) = log.seen.get(&key) {
                if !known.is_same(&seen) {
                    let first = lines.get(&key).copied().unwrap_or_default();
                    let reason = format!("{} is not what line {first} says it is", seen.file);
                    return Err(wrong(reason));
                }
                continue;
            }
            lines.insert(key.clone(), number);
            log.seen.insert(key, seen);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(ReadLogError {
                line: text.lines().count(),
                reason: "it has no line end: the file may be truncated".to_owned(),
            });
        }
        Ok(log)
    }

    /// Adds a file; one that is known stays what it was. Whether the log has changed.
    pub fn add(
        &mut self,
        file: &str,
        (name, version): (&PackageName, &Version),
        sha256: Sha256,
    ) -> bool {
        let key = FileKey::of(file);
        if self.seen.contains_key(&key) || !is_word(file) {
            return false;
        }
        let seen = Seen {
            name: name.clone(),
            version: version.to_string(),
            file: file.to_owned(),
            sha256,
        };
        self.seen.insert(key, seen);
        true
    }

    /// What a strict file has that contradicts the log; with `is_complete`, also what the log lacks.
    pub fn judge(&self, strict: &StrictFile, is_complete: bool) -> Vec<Judged> {
        let mut by_name: BTreeMap<&PackageName, Vec<&Seen>> = BTreeMap::new();
        if is_complete {
            for seen in self.seen.values() {
                by_name.entry(&seen.name).or_default().push(seen);
            }
        }
        let mut judged = Vec::new();
        for pin in strict.pins() {
            let mut found = self.judge_files(pin, is_complete);
            if is_complete && found.is_empty() {
                let of_package = by_name.get(pin.name()).map_or(&[][..], Vec::as_slice);
                found = unknown_digests(pin, of_package);
            }
            judged.extend(found);
        }
        judged
    }

    /// The findings about the files of a pin by their names.
    fn judge_files(&self, pin: &StrictPin, is_complete: bool) -> Vec<Judged> {
        let place = pin.reference().map(|reference| reference.file().as_str());
        let files = pin.files().iter().map(String::as_str).chain(place);
        let messages = files
            .clone()
            .filter_map(|file| match self.seen.get(&FileKey::of(file)) {
                Some(seen) => seen.objection(file, pin),
                None => None,
            });
        let found = messages.map(|message| finding(pin, message));
        let unknown = files.filter(|file| {
            is_complete && is_word(file) && !self.seen.contains_key(&FileKey::of(file))
        });
        let unknown = unknown.map(|file| Judged {
            advice: Advice::lock(),
            ..finding(
                pin,
                format!("the log does not have {file}; lock again to add it"),
            )
        });
        found.chain(unknown).collect()
    }

    /// Adds the files of another log; one that is known stays what it was.
    pub fn add_all(&mut self, other: &Self) {
        for (key, seen) in &other.seen {
            self.seen.entry(key.clone()).or_insert_with(|| seen.clone());
        }
    }

    /// The finding about a file that an index lists for a pin with another digest than the log has, unless
    /// the pin itself has another one.
    pub fn judge_listed(&self, pin: &StrictPin, file: &str, sha256: Sha256) -> Option<Judged> {
        let key = FileKey::of(file);
        let seen = self.seen.get(&key)?;
        let is_pinned = pin.files().iter().any(|pinned| FileKey::of(pinned) == key);
        let is_reported = is_pinned && !pin.hashes().contains(&seen.sha256);
        (seen.sha256 != sha256 && !is_reported).then(|| {
            let message = format!(
                "{file} was seen with sha256:{}, and the index has it with sha256:{sha256}",
                seen.sha256
            );
            finding(pin, message)
        })
    }
}

/// A finding for each pinned digest that is that of no known file of the release: an installer takes any file that
/// has one of them.
fn unknown_digests(pin: &StrictPin, of_package: &[&Seen]) -> Vec<Judged> {
    let of_release = of_package.iter().filter(|seen| seen.is_of_version(pin));
    let known: Vec<Sha256> = of_release.map(|seen| seen.sha256).collect();
    let unknown = pin.hashes().iter().filter(|digest| !known.contains(digest));
    let message = |digest| {
        let (name, version) = (pin.name(), pin.version());
        format!("sha256:{digest} is pinned, and no known file of {name} {version} has it")
    };
    unknown
        .map(|digest| finding(pin, message(digest)))
        .collect()
}

impl Seen {
    /// Whether both say the same of a file.
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.sha256 == other.sha256
    }

    /// Whether it is a file of the version of a pin.
    fn is_of_version(&self, pin: &StrictPin) -> bool {
        let version = self.version.parse::<Version>();
        version.is_ok_and(|version| version == *pin.version())
    }

    fn objection(&self, file: &str, pin: &StrictPin) -> Option<String> {
        if self.name != *pin.name() {
            return Some(format!("{file} was seen as a file of {}", self.name));
        }
        let is_pinned = pin.hashes().contains(&self.sha256);
        (!is_pinned).then(|| {
            format!(
                "{file} was seen with sha256:{}, and is pinned with another digest",
                self.sha256
            )
        })
    }
}

fn finding(pin: &StrictPin, message: String) -> Judged {
    Judged {
        line: pin.line(),
        rule: Rule::KnownDigest,
        level: Level::Error,
        message,
        advice: Advice::hint(
            "do not install it before you know why; if this file is the right one, take the line of the other out of \
             harden.sum",
        ),
    }
}

fn read_line(line: &str) -> Result<Seen, String> {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    if marks.iter().any(|mark| line.starts_with(mark)) {
        return Err("a merge is not finished: keep the lines of both sides".to_owned());
    }
    let form = "expected `NAME VERSION FILE sha256:DIGEST`";
    let words: Vec<&str> = line.split(' ').collect();
    let [name, version, file, digest] = words[..] else {
        return Err(form.to_owned());
    };
    let digest = digest.strip_prefix("sha256:");
    let sha256 = digest.and_then(|digest| digest.parse().ok());
    let sha256 = sha256.ok_or_else(|| format!("{form}: the digest is not one of SHA-256"))?;
    let name: PackageName = name
        .parse()
        .map_err(|_| format!("{form}: `{}` is not a name", printable(name)))?;
    if !is_word(file) || !is_word(version) {
        return Err(form.to_owned());
    }
    Ok(Seen {
        name,
        version: version.to_owned(),
        file: file.to_owned(),
        sha256,
    })
}

/// Whether a text can stand among others in a line.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || harden_packaging::is_control(c))
}

/// Displayed as the file.
impl fmt::Display for FileLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.seen.values().map(|seen| {
            let Seen {
                name,
                version,
                file,
                sha256,
            } = seen;
            format!("{name} {version} {file} sha256:{sha256}")
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort_unstable();
        writeln!(f, "{HEAD}")?;
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> String {
        String::from_iter([digit; 64])
    }

    fn line(name: &str, digit: char) -> String {
        format!("{name} 1.0 {name}-1.0.tar.gz sha256:{}\n", digest(digit))
    }

    #[test]
    fn a_log_is_written_sorted_and_read_in_any_order() {
        let text = format!(
            "{}\n{}{}# x\n{}",
            line("b", '2'),
            line("a", '1'),
            line("b", '2'),
            line("a-b", '3')
        );
        let log = FileLog::read(&text).unwrap();
        let written = log.to_string();
        let lines = [line("a", '1'), line("a-b", '3'), line("b", '2')].concat();
        assert_eq!(written, format!("{HEAD}\n{lines}"));
        assert_eq!(FileLog::read(&written), Ok(log));
    }

    #[test]
    fn a_digest_of_no_known_file_is_found() {
        let log = FileLog::read(&line("a", '1')).unwrap();
        let judged = |digits: &[char]| {
            let hashes = digits
                .iter()
                .map(|digit| format!(" --hash=sha256:{}", digest(*digit)));
            let text = format!("a==1.0{}\n    # a-1.0.tar.gz\n", hashes.collect::<String>());
            let strict = StrictFile::parse(&text, "strict.txt").unwrap();
            log.judge(&strict, true).len()
        };
        assert_eq!(
            [judged(&['1']), judged(&['1', '2']), judged(&['2'])],
            [0, 1, 1]
        );
    }

    /// Another spelling of a name is no other file, in a pin or on an index.
    #[test]
    fn a_file_is_known_under_every_spelling_of_its_name() {
        let wheel = "KN-1.0-py2.py3-none-any.whl";
        let known = format!("kn 1.0 {wheel} sha256:{}\n", digest('1'));
        let log = FileLog::read(&known).unwrap();
        let pin = |file: &str, digit| {
            let digest = digest(digit);
            let text = format!("kn==1.0.0 --hash=sha256:{digest}\n    # {file}\n");
            StrictFile::parse(&text, "strict.txt").unwrap()
        };
        for file in [wheel, "kn-1.0.0-py3.py2-none-any.whl"] {
            assert_eq!(log.judge(&pin(file, '1'), true), []);
            let judged = log.judge(&pin(file, '2'), false);
            assert_eq!(judged.len(), 1, "{file}");
            let strict = pin(file, '1');
            let listed = log.judge_listed(&strict.pins()[0], file, digest('2').parse().unwrap());
            assert!(listed.is_some(), "{file}");
        }
        let release = (&"kn".parse().unwrap(), &"1.0".parse().unwrap());
        let other = "kn-1.0-py2.py3-none-any.whl";
        assert!(
            !log.clone()
                .add(other, release, digest('2').parse().unwrap())
        );
        let twice = format!("{known}kn 1.0 {other} sha256:{}\n", digest('2'));
        let error = FileLog::read(&twice).unwrap_err();
        assert_eq!(
            error.reason,
            format!("{other} is not what line 1 says it is")
        );
    }

    #[test]
    fn a_known_file_stays_what_it_was() {
        let mut log = FileLog::read(&line("a", '1')).unwrap();
        let release = (&"a".parse().unwrap(), &"1.0".parse().unwrap());
        assert!(!log.add("a-1.0.tar.gz", release, digest('2').parse().unwrap()));
        assert!(log.add(
            "a-1.0-py3-none-any.whl",
            release,
            digest('2').parse().unwrap()
        ));
        assert!(log.to_string().contains(&line("a", '1')));
    }

    #[test]
    fn a_damaged_log_names_the_line() {
        for (text, number, reason) in [
            (line("a", '1') + "a 1.0 a-1.0.zip\n", 2, "expected `NAME"),
            (line("a", '1').replace("sha256:1", "sha256:x"), 1, "SHA-256"),
            (line("a", '1').replace("sha256", "md5"), 1, "SHA-256"),
            (line("a", '1') + &line("a", '2'), 2, "not what line 1 says"),
            ("\n<<<<<<< HEAD\n".to_owned(), 2, "a merge is not finished"),
            (line("a", '1').trim_end().to_owned(), 1, "truncated"),
            (
                line("a", '1').replace("a 1.0", "a! 1.0"),
                1,
                "is not a name",
            ),
            (line("a", '1').replace(' ', "  "), 1, "expected `NAME"),
        ] {
            let error = FileLog::read(&text).unwrap_err();
            assert_eq!(error.line, number, "{text}");
            assert!(error.reason.contains(reason), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = FileLog::read(&text);
        }
    }
}
