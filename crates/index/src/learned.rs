//! What earlier runs have learned: which projects a project's releases require.
//!
//! Where a page is stale, a round trip passes until the index confirms it and the metadata of a release names
//! the next projects, whose pages are stale, too. The metadata that earlier runs have kept names them at
//! once. This decides nothing: a project that is no longer required costs a request.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use harden_packaging::PackageName;

use crate::Freshness;
use crate::cache::decode_metadata;
use crate::engine::Engine;

/// Pages of PyPI are fresh for this long.
const FRESH: Duration = Duration::from_mins(10);

/// How many pages a run asks for because of what it has learned.
const MOST_PAGES: usize = 400;

/// The projects of which it was looked up what they require.
#[derive(Default)]
pub(crate) struct Learned(Mutex<HashSet<PackageName>>);

impl Learned {
    fn is_new(&self, name: &PackageName) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < MOST_PAGES && known.insert(name.clone())
    }
}

/// Asks for the pages of what the project `name` is known to require, and so on, if its page is stale.
pub(crate) fn ask_for_learned(engine: &Arc<Engine>, name: PackageName) {
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if !engine.learned().is_new(&name) {
            continue;
        }
        for required in engine.known_to_be_required(&name) {
            if engine.known_project(&required).is_none() {
                let (engine, required) = (Arc::clone(engine), required.clone());
                tokio::spawn(async move { engine.project(&required).await.map(drop) });
            }
            open.push(required);
        }
    }
}

impl Engine {
    /// The projects that the release of `name` requires whose metadata was kept last, without those of
    /// extras, as far as the cache has pages of them; none where its page is not stale.
    ///
    /// Only where a single index is asked: if there are several, each would learn names that nobody asked
    /// for.
    fn known_to_be_required(&self, name: &PackageName) -> Vec<PackageName> {
        let (Some(index), Freshness::Http) = (self.only_index(), self.context().freshness) else {
            return Vec::new();
        };
        let store = &self.context().store;
        let age_of = |name: &PackageName| store.state(&index.page_entry(name))?.age();
        if age_of(name).is_none_or(|age| age < FRESH) {
            return Vec::new();
        }
        let metadata = store.latest_listed_metadata(&index.pack(name));
        let metadata = metadata.and_then(|bytes| decode_metadata(&bytes));
        let requirements = metadata.iter().flat_map(|metadata| &metadata.requires_dist);
        let names = requirements.filter_map(|requirement| required_by(requirement));
        names.filter(|name| age_of(name).is_some()).collect()
    }
}

/// The project that a requirement names, unless it is one of an extra.
fn required_by(requirement: &str) -> Option<PackageName> {
    let (requirement, marker) = requirement.split_once(';').unwrap_or((requirement, ""));
    if marker.contains("extra") {
        return None;
    }
    let requirement = requirement.trim_start();
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
    requirement[..end.unwrap_or(requirement.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_name_projects_unless_they_are_of_extras() {
        let name = |text: &str| required_by(text).map(|name| name.to_string());
        assert_eq!(name("Foo.Bar[x] (>=1)").as_deref(), Some("foo-bar"));
        assert_eq!(name("a>=1; python_version < '4'").as_deref(), Some("a"));
        assert_eq!(name("a"), Some("a".to_owned()));
        assert_eq!(name("b; extra == 'x'"), None);
        assert_eq!(name("é"), None);
        assert_eq!(name(""), None);
    }
}
