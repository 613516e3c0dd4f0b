//! The wheel tags of a target, best first, and the rank of a wheel among them.
//!
//! The order is that of packaging 26.3, which pip uses.
//! <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use crate::{Implementation, WheelTags, spelling::Spelling};

/// The ordered wheel tags of a target, best first.
///
/// The parts of the tags are interned, so that ranking a wheel takes a few look-ups, however many tags
/// there are.
#[derive(Debug, Clone)]
pub struct Tags {
    names: Names,
    list: Vec<Tag>,
    positions: FxHashMap<Tag, u32>,
}

/// A tag by the ids of its parts: Python, ABI, platform.
type Tag = [u32; 3];

#[derive(Debug, Clone, Default)]
struct Names {
    by_id: Vec<Box<str>>,
    ids: FxHashMap<Box<str>, u32>,
}

/// The rank of a wheel on a target; the greater rank is the better wheel.
///
/// It compares the best of the wheel's tags, then the build tag; no build tag is the lowest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagRank {
    position: Reverse<u32>,
    build: Option<crate::BuildTag>,
}

impl Tags {
    /// The tags that an installer on the machine itself accepts.
    pub(crate) fn of_machine(target: &Spelling) -> Self {
        // In these tags PyPy is `pp3`, without the minor version.
        let generic = match target.implementation {
            Implementation::CPython => target.python_tag(),
            Implementation::PyPy => "pp3".into(),
        };
        Self::expand(target, &target.platform.tags(), &generic)
    }

    /// The tags that `pex --platform` accepts for the same spelling.
    pub(crate) fn of_pex(target: &Spelling) -> Self {
        Self::expand(target, &target.platform.pex_tags(), &target.python_tag())
    }

    /// Tags from a list such as `py3-none-any`; `None` if one does not have three parts.
    pub(crate) fn from_list<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut result = Self::empty();
        for tag in tags {
            let mut parts = tag.split('-');
            let tag = [parts.next()?, parts.next()?, parts.next()?];
            if parts.next().is_some() || tag.contains(&"") {
                return None;
            }
            let tag = tag.map(|part| result.names.intern(part));
            result.push(tag);
        }
        Some(result)
    }

    fn expand(target: &Spelling, platforms: &[String], generic: &str) -> Self {
        let mut tags = Self::empty();
        let platforms: Vec<u32> = platforms
            .iter()
            .map(|name| tags.names.intern(name))
            .collect();
        let (own, pythons) = (target.python_tag(), python_range(target));
        let mut each_platform = |python: &str, abi: &str| tags.push_each(python, abi, &platforms);
        each_platform(&own, target.abi.as_str());
        let stable_abi = stable_abi(target);
        if let Some(abi) = stable_abi {
            each_platform(&own, abi);
        }
        each_platform(&own, "none");
        if let Some(abi) = stable_abi {
            for minor in (2..target.python.minor()).rev() {
                each_platform(&format!("cp3{minor}"), abi);
            }
        }
        for python in &pythons {
            each_platform(python, "none");
        }
        let (none, any) = (tags.names.intern("none"), tags.names.intern("any"));
        for python in std::iter::once(generic).chain(pythons.iter().map(String::as_str)) {
            let python = tags.names.intern(python);
            tags.push([python, none, any]);
        }
        tags
    }

    fn empty() -> Self {
        Self {
            names: Names::default(),
            list: Vec::new(),
            positions: FxHashMap::default(),
        }
    }

    /// Adds a tag for each of the platforms.
    fn push_each(&mut self, python: &str, abi: &str, platforms: &[u32]) {
        let (python, abi) = (self.names.intern(python), self.names.intern(abi));
        for platform in platforms {
            self.push([python, abi, *platform]);
        }
    }

    /// Adds a tag, unless it is there already.
    fn push(&mut self, tag: Tag) {
        let position = u32::try_from(self.list.len()).expect("a tag list fits memory");
        if let std::collections::hash_map::Entry::Vacant(entry) = self.positions.entry(tag) {
            entry.insert(position);
            self.list.push(tag);
        }
    }

    /// The rank of a wheel with these tags (best tag, then build number); `None` if it does not fit.
    pub fn rank(&self, wheel: &WheelTags) -> Option<TagRank> {
        let id = |name: &str| self.names.ids.get(name).copied();
        let mut best: Option<u32> = None;
        for platform in wheel.platforms().filter_map(id) {
            for abi in wheel.abis().filter_map(id) {
                for python in wheel.pythons().filter_map(id) {
                    if let Some(&position) = self.positions.get(&[python, abi, platform]) {
                        best = Some(best.map_or(position, |best| best.min(position)));
                    }
                }
            }
        }
        let position = Reverse(best?);
        Some(TagRank {
            position,
            build: wheel.build().cloned(),
        })
    }

    /// The tags in full, best first, such as `cp311-cp311-manylinux_2_17_aarch64`.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        self.parts().map(|parts| parts.join("-"))
    }

    /// The parts of each tag, best first: Python, ABI, platform.
    pub(crate) fn parts(&self) -> impl Iterator<Item = [&str; 3]> {
        self.list
            .iter()
            .map(|tag| tag.map(|id| &*self.names.by_id[id as usize]))
    }
}

/// The stable ABI: `abi3` (PEP 384), or `abi3t` without the global interpreter lock (PEP 803).
fn stable_abi(target: &Spelling) -> Option<&'static str> {
    let python = (target.python.major(), target.python.minor());
    let has_one = target.implementation == Implementation::CPython && python >= (3, 2);
    has_one.then(|| {
        if target.abi.is_free_threaded() {
            "abi3t"
        } else {
            "abi3"
        }
    })
}

/// `py311`, `py3`, `py310`, … `py30`.
fn python_range(target: &Spelling) -> Vec<String> {
    let (major, minor) = (target.python.major(), target.python.minor());
    let this = [format!("py{major}{minor}"), format!("py{major}")];
    let older = (0..minor).rev().map(|minor| format!("py{major}{minor}"));
    this.into_iter().chain(older).collect()
}

impl Names {
    fn intern(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.by_id.len()).expect("the names fit memory");
        self.by_id.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }
}

impl PartialEq for Tags {
    fn eq(&self, other: &Self) -> bool {
        self.parts().eq(other.parts())
    }
}

impl Eq for Tags {}

impl Hash for Tags {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for parts in self.parts() {
            parts.hash(state);
        }
    }
}
