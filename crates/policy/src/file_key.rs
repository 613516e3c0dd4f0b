//! What the name of a distribution file says, by which two spellings of one name are the same file.
//!
//! A text, since `harden check` makes one for each line of a log: reading names into types takes four times as long.

use harden_packaging::DistFilename;
use pep440_rs::Version;

/// The file that a name stands for: `KN-1.0.0-py2.py3-none-any.whl` and `kn-1.0-py3.py2-none-any.whl` are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileKey(String);

impl FileKey {
    /// The file of this name.
    pub(crate) fn of(file: &str) -> Self {
        let lower = file.to_lowercase();
        let key = match lower.strip_suffix(".whl") {
            Some(stem) => wheel(stem),
            None => sdist(&lower),
        };
        // A name that is none of a distribution stands for itself.
        Self(key.unwrap_or(lower))
    }
}

/// The key of a wheel, by its name without the ending: project, version, build and tags.
fn wheel(stem: &str) -> Option<String> {
    let parts: Vec<&str> = stem.split('-').collect();
    let (name, written, build, tags) = match parts[..] {
        [name, version, ref tags @ ..] if tags.len() == 3 => (name, version, "", tags),
        [name, version, build, ref tags @ ..] if tags.len() == 3 => (name, version, build, tags),
        _ => return None,
    };
    let mut key = format!("{}-{}-{}", project(name), version(written)?, number(build));
    for tag in tags {
        key.push('-');
        key.push_str(&sorted(tag));
    }
    Some(key + ".whl")
}

/// The key of an sdist; `.tgz` is short for `.tar.gz`, and archives of two kinds are two files.
fn sdist(lower: &str) -> Option<String> {
    let parsed: DistFilename = lower.parse().ok()?;
    let written = parsed.version().to_string();
    let ending = match lower.strip_suffix(".zip") {
        Some(_) => ".zip",
        None => ".tar.gz",
    };
    Some(format!("{}-{}{ending}", parsed.name(), version(&written)?))
}

/// A project, with one `_` for each run of separators.
fn project(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '_' | '.' if key.ends_with('_') => {}
            '_' | '.' => key.push('_'),
            letter => key.push(letter),
        }
    }
    key
}

/// A version without the zeros that do not count.
fn version(written: &str) -> Option<String> {
    let is_plain = written.split('.').all(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number && (part.len() == 1 || !part.starts_with('0'))
    });
    if is_plain {
        return Some(trimmed(written).to_owned());
    }
    let text = written.parse::<Version>().ok()?.to_string();
    let (epoch, rest) = text.split_once('!').unwrap_or(("0", &text));
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
    // `1.0.post1`: the dot belongs to what follows.
    let (release, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let release = trimmed(release.trim_end_matches('.'));
    Some(match (epoch, rest) {
        ("0", "") => release.to_owned(),
        _ => format!("{epoch}!{release} {rest}"),
    })
}

/// A release without zeros at its end.
fn trimmed(mut release: &str) -> &str {
    while let Some(shorter) = release.strip_suffix(".0") {
        release = shorter;
    }
    release
}

/// A build tag, its number without leading zeros.
fn number(build: &str) -> &str {
    let without = build.trim_start_matches('0');
    match without.bytes().next() {
        Some(byte) if byte.is_ascii_digit() => without,
        // `0` and `0a`.
        _ => &build[build.len().saturating_sub(without.len() + 1)..],
    }
}

/// Tags such as `py2.py3`, sorted.
fn sorted(tags: &str) -> String {
    let mut all: Vec<&str> = tags.split('.').collect();
    all.sort_unstable();
    all.dedup();
    all.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_file() {
        for (one, other) in [
            ("KN-1.0-py3-none-any.whl", "kn-1.0-py3-none-any.whl"),
            ("kn-1.0.0-py3-none-any.whl", "kn-1.0-py3-none-any.whl"),
            ("kn-1.0-py3-none-any.WHL", "kn-1.0-py3-none-any.whl"),
            ("k_n-1.0-py3-none-any.whl", "k.n-1.0-py3-none-any.whl"),
            ("kn-1.0-py2.py3-none-any.whl", "kn-1.0-py3.py2-none-any.whl"),
            ("kn-1.0-01-py3-none-any.whl", "kn-1.0-1-py3-none-any.whl"),
            ("kn-1.0-1A-py3-none-any.whl", "kn-1.0-1a-py3-none-any.whl"),
            ("kn-1.0rc1-py3-none-any.whl", "kn-1.0.RC.1-py3-none-any.whl"),
            ("k.n-1.0.tar.gz", "K-N-1.0.0.tar.gz"),
            ("kn-1.0.tgz", "kn-1.0.tar.gz"),
            ("kn-1.0.ZIP", "kn-1.0.zip"),
            ("kn-1!2.0.0-py3-none-any.whl", "kn-1!2-py3-none-any.whl"),
            ("kn-01.2-py3-none-any.whl", "kn-1.2-py3-none-any.whl"),
            (
                "kn-1.0.0.post1-py3-none-any.whl",
                "kn-1.post1-py3-none-any.whl",
            ),
            ("kn-1.0.0+a.b-py3-none-any.whl", "kn-1+a_b-py3-none-any.whl"),
            ("kn-1.0-00-py3-none-any.whl", "kn-1.0-0-py3-none-any.whl"),
            ("Odd", "odd"),
        ] {
            assert_eq!(FileKey::of(one), FileKey::of(other), "{one} {other}");
        }
    }

    #[test]
    fn other_projects_versions_builds_and_tags_are_other_files() {
        let wheel = FileKey::of("kn-1.0-py3-none-any.whl");
        for other in [
            "kn2-1.0-py3-none-any.whl",
            "kn-1.0.1-py3-none-any.whl",
            "kn-1.0.post1-py3-none-any.whl",
            "kn-1.0+local-py3-none-any.whl",
            "kn-1.0-1-py3-none-any.whl",
            "kn-1.0-0-py3-none-any.whl",
            "kn-10-py3-none-any.whl",
            "kn-1!1.0-py3-none-any.whl",
            "kn-1.0.dev0-py3-none-any.whl",
            "kn-1.0-py2-none-any.whl",
            "kn-1.0-py3-none-win_amd64.whl",
            "kn-1.0.tar.gz",
            "",
            "é",
        ] {
            assert_ne!(wheel, FileKey::of(other), "{other}");
        }
        assert_ne!(FileKey::of("kn-1.0.tar.gz"), FileKey::of("kn-1.0.zip"));
        assert_ne!(
            FileKey::of("kn-1.0-1-py3-none-any.whl"),
            FileKey::of("kn-1.0-1a-py3-none-any.whl")
        );
    }
}
