//! Wheel file names: project, version, build tag and compatibility tags.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention>;
//! where that page is silent, this follows packaging 26.3.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::Version;

/// The parsed file name of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFilename {
    /// The normalised project name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// Build and compatibility tags.
    pub tags: WheelTags,
}

/// The unparsed parts of a wheel's file name, for callers that read many names of one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WheelParts<'a> {
    /// The project's name, with `_` in place of `-`.
    pub name: &'a str,
    /// The version, not yet checked.
    pub version: &'a str,
    build: Option<&'a str>,
    tags: &'a str,
}

/// The build tag and the (compressed) compatibility tags of a wheel: they determine its rank on a target.
///
/// Cheap to clone and small: the tags are kept as they are written, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelTags {
    build: Option<BuildTag>,
    tags: Arc<str>,
    /// Where the two dashes are.
    dashes: [usize; 2],
}

/// The build tag of a wheel: a number, then anything. Ordered by the number first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildTag {
    number: u64,
    rest: Box<str>,
}

impl WheelTags {
    /// The build tag, if the name has one.
    pub fn build(&self) -> Option<&BuildTag> {
        self.build.as_ref()
    }

    /// The Python tags, such as `py2` and `py3`.
    pub fn pythons(&self) -> impl Iterator<Item = &str> + Clone {
        self.component(0)
    }

    /// The ABI tags, such as `cp311` or `none`.
    pub fn abis(&self) -> impl Iterator<Item = &str> + Clone {
        self.component(1)
    }

    /// The platform tags, such as `manylinux_2_17_x86_64` and `manylinux2014_x86_64`.
    pub fn platforms(&self) -> impl Iterator<Item = &str> + Clone {
        self.component(2)
    }

    fn component(&self, index: usize) -> impl Iterator<Item = &str> + Clone {
        let [first, second] = self.dashes;
        let component = match index {
            0 => &self.tags[..first],
            1 => &self.tags[first + 1..second],
            _ => &self.tags[second + 1..],
        };
        component.split('.')
    }

    /// Reads `py2.py3-none-any`.
    fn parse(tags: &str, build: Option<BuildTag>) -> Result<Self, Problem> {
        check_tags(tags)?;
        let tags: Arc<str> = if is_plain(tags) {
            tags.into()
        } else {
            tags.to_lowercase().into()
        };
        let dashes = dashes(&tags).ok_or(Problem::Parts)?;
        Ok(Self {
            build,
            tags,
            dashes,
        })
    }

    /// Tags that [`WheelParts::plain_tags`] gave, and that were valid then; `None` if they do not have three
    /// parts.
    pub fn of_plain(tags: &str) -> Option<Self> {
        Some(Self {
            build: None,
            tags: tags.into(),
            dashes: dashes(tags)?,
        })
    }
}

/// Where the two dashes of tags are.
fn dashes(tags: &str) -> Option<[usize; 2]> {
    let mut dashes = tags.bytes().enumerate().filter(|(_, byte)| *byte == b'-');
    let [first, second] = [dashes.next()?.0, dashes.next()?.0];
    dashes.next().is_none().then_some([first, second])
}

/// Whether a text is the same in lower case.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// The tag part of a wheel's name, such as `1-cp311-cp311-manylinux2014_x86_64` with a build tag.
impl fmt::Display for WheelTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(build) = &self.build {
            write!(f, "{build}-")?;
        }
        f.write_str(&self.tags)
    }
}

impl BuildTag {
    fn parse(text: &str) -> Option<Self> {
        let (number, rest) = Self::number(text)?;
        Some(Self {
            number,
            rest: rest.into(),
        })
    }

    /// Its leading number and the rest.
    fn number(text: &str) -> Option<(u64, &str)> {
        let end = text
            .bytes()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        Some((number.parse().ok()?, rest))
    }
}

impl fmt::Display for BuildTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.rest)
    }
}

impl FromStr for WheelFilename {
    type Err = ParseWheelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let parts = WheelParts::split(text)?;
            let name = parse_name(parts.name)?;
            let version = Version::from_str(parts.version)
                .map_err(|_| Problem::Version(parts.version.into()))?;
            let tags = parts.read_tags()?;
            Ok(Self {
                name,
                version,
                tags,
            })
        };
        read().map_err(|problem| ParseWheelError {
            filename: text.into(),
            problem,
        })
    }
}

impl<'a> WheelParts<'a> {
    /// The parts of a wheel's file name; `None` if it is not the name of a wheel.
    pub fn of(filename: &'a str) -> Option<Self> {
        Self::split(filename).ok()
    }

    /// Its tags as they are written, if [`WheelTags`] has them in the same way, and no build tag.
    pub fn plain_tags(&self) -> Option<&'a str> {
        (self.build.is_none() && is_plain(self.tags)).then_some(self.tags)
    }

    /// Whether it has tags.
    pub fn has_tags(&self) -> bool {
        let build = self.build.map(BuildTag::number);
        build != Some(None) && check_tags(self.tags).is_ok()
    }

    /// Its tags; `None` if they are not valid.
    pub fn tags(&self) -> Option<WheelTags> {
        self.read_tags().ok()
    }

    fn split(filename: &'a str) -> Result<Self, Problem> {
        let stem = filename.strip_suffix(".whl").ok_or(Problem::Extension)?;
        let mut dashes = [0; 5];
        let mut count = 0;
        for (place, byte) in stem.bytes().enumerate() {
            if byte == b'-' {
                *dashes.get_mut(count).ok_or(Problem::Parts)? = place;
                count += 1;
            }
        }
        let [first, second, third, ..] = dashes;
        let (build, tags) = match count {
            4 => (None, &stem[second + 1..]),
            5 => (Some(&stem[second + 1..third]), &stem[third + 1..]),
            _ => return Err(Problem::Parts),
        };
        let (name, version) = (&stem[..first], &stem[first + 1..second]);
        Ok(Self {
            name,
            version,
            build,
            tags,
        })
    }

    fn read_tags(&self) -> Result<WheelTags, Problem> {
        let read = |build: &str| BuildTag::parse(build).ok_or_else(|| Problem::Build(build.into()));
        WheelTags::parse(self.tags, self.build.map(read).transpose()?)
    }
}

impl fmt::Display for WheelFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{}.whl",
            self.name.replace('-', "_"),
            self.version,
            self.tags
        )
    }
}

/// Normalises the project name, which is written with `_` in place of `-`.
fn parse_name(escaped: &str) -> Result<String, Problem> {
    let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    if escaped.is_empty() || escaped.contains("__") || !escaped.chars().all(allowed) {
        return Err(Problem::Name(escaped.into()));
    }
    let mut name = String::with_capacity(escaped.len());
    for c in escaped.to_lowercase().chars() {
        match c {
            '_' | '.' if name.ends_with('-') => {}
            '_' | '.' => name.push('-'),
            c => name.push(c),
        }
    }
    Ok(name)
}

/// Checks the form of tags such as `py2.py3-none-any`.
fn check_tags(tags: &str) -> Result<(), Problem> {
    let mut before = b'-';
    for byte in tags.bytes().chain([b'-']) {
        if is_tag_end(before) && is_tag_end(byte) {
            return Err(Problem::EmptyTag);
        }
        before = byte;
    }
    let pythons = tags.split('-').next().unwrap_or_default();
    match pythons.split('.').find(|python| !is_identifier(python)) {
        Some(python) => Err(Problem::PythonTag(python.to_lowercase().into())),
        None => Ok(()),
    }
}

/// Whether a tag ends before this byte.
fn is_tag_end(byte: u8) -> bool {
    matches!(byte, b'-' | b'.')
}

/// Whether a Python tag could be an identifier, as the specification requires.
fn is_identifier(tag: &str) -> bool {
    if let [first, rest @ ..] = tag.as_bytes()
        && (first.is_ascii_alphabetic() || *first == b'_')
        && rest
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    {
        return true;
    }
    let mut chars = tag.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// The error of a text that is not a valid wheel file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{filename}` is not a wheel file name: {problem}")]
pub struct ParseWheelError {
    filename: Box<str>,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("it does not end in `.whl`")]
    Extension,
    #[error("it does not have five or six parts separated by `-`")]
    Parts,
    #[error("`{0}` is not an escaped project name")]
    Name(Box<str>),
    #[error("`{0}` is not a version")]
    Version(Box<str>),
    #[error("the build tag `{0}` does not begin with a number")]
    Build(Box<str>),
    #[error("a tag is empty")]
    EmptyTag,
    #[error("`{0}` is not a Python tag")]
    PythonTag(Box<str>),
}
