//! Required projects that no index has, reported together, each with the name that was probably meant.

use std::collections::BTreeSet;

use harden_index::IndexClient;
use harden_packaging::{Index, IndexErrorKind, PackageName};
use harden_requirements::{Source, Truth};
use harden_resolver::{Asked, Request};

use crate::report::format::nearest;
use crate::report::{Exit, Report};

/// How many projects are named.
const SHOWN: usize = 10;

/// Required projects that no index has.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct MissingProjects(Vec<MissingProject>);

#[derive(Debug)]
struct MissingProject {
    name: PackageName,
    /// The line that requires it.
    place: String,
    /// Where it is not, as `no project NAME at PLACES`.
    reason: String,
    /// The name that was probably meant.
    meant: Option<String>,
}

impl MissingProjects {
    /// The projects that `request` requires directly and no index has; `None` if all are there. `known`
    /// are names that may be meant, besides those that the cache has pages of.
    pub fn find<'n>(
        request: &Request,
        client: &IndexClient,
        known: impl Iterator<Item = &'n PackageName>,
    ) -> Option<Self> {
        let mut seen = BTreeSet::new();
        let required = request.requirements.iter();
        let required = required.filter(|asked| is_asked_of_index(asked, request));
        let missing = required.filter(|asked| seen.insert(&asked.requirement.name));
        let missing: Vec<_> = missing
            .filter_map(|asked| Some((asked, reason(&asked.requirement.name, client)?)))
            .collect();
        if missing.is_empty() {
            return None;
        }
        let names = Names::of(client, known);
        let missing = missing.into_iter().map(|(asked, reason)| MissingProject {
            name: asked.requirement.name.clone(),
            place: asked.place.to_string(),
            reason,
            meant: names.nearest(&asked.requirement.name, client),
        });
        Some(Self(missing.collect()))
    }
}

/// Whether a target takes what is required from an index.
fn is_asked_of_index(asked: &Asked, request: &Request) -> bool {
    let requirement = &asked.requirement;
    let is_other = |other: &PackageName| *other == requirement.name;
    let is_replaced = request.excluded.iter().any(is_other)
        || request
            .overrides
            .iter()
            .any(|asked| is_other(&asked.requirement.name));
    // An index is never asked for the name of a direct reference.
    let is_placed = request
        .requirements
        .iter()
        .chain(&request.constraints)
        .any(|asked| {
            is_other(&asked.requirement.name) && matches!(asked.requirement.source, Source::Url(_))
        });
    let holds = |marker: &harden_requirements::Marker| {
        request.targets.iter().any(|target| {
            let truth = marker.evaluate(&target.environment(), &[]);
            !matches!(truth, Truth::False)
        })
    };
    !is_placed && !is_replaced && requirement.marker.as_ref().is_none_or(holds)
}

/// Why a project is not there; `None` if it is, or nothing can be said.
fn reason(name: &PackageName, client: &IndexClient) -> Option<String> {
    let error = client.project(name).err()?;
    (error.kind == IndexErrorKind::NoSuchProject).then(|| error.message.to_string())
}

/// Names of projects that are there.
struct Names(BTreeSet<String>);

impl Names {
    fn of<'n>(client: &IndexClient, known: impl Iterator<Item = &'n PackageName>) -> Self {
        let known = known.map(ToString::to_string);
        Self(client.cached_names().into_iter().chain(known).collect())
    }

    /// The nearest to `name` of those that are not missing, too.
    fn nearest(&self, name: &PackageName, client: &IndexClient) -> Option<String> {
        let mut names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        names.retain(|known| *known != name.as_str());
        while let Some(near) = nearest(name.as_str(), names.iter().copied()) {
            let found: Option<PackageName> = near.parse().ok();
            if found.is_some_and(|found| !client.cached_pages(&found).is_empty()) {
                return Some(near.to_owned());
            }
            names.retain(|known| *known != near);
        }
        None
    }
}

fn lines(missing: &[MissingProject]) -> String {
    let shown = missing.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .map(|one| format!("{}: there is {}", one.place, one.reason))
        .collect();
    match missing.len().saturating_sub(SHOWN) {
        0 => {}
        more => {
            let names = missing.iter().skip(SHOWN).map(|one| one.name.as_str());
            let names: Vec<_> = names.collect();
            lines.push(format!("and {more} more: {}", names.join(", ")));
        }
    }
    lines.join("\n")
}

impl Report for MissingProjects {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let meant = self.0.iter().filter_map(|one| {
            let meant = one.meant.as_ref()?;
            Some(format!("`{meant}` in place of `{}`", one.name))
        });
        let meant: Vec<String> = meant.take(SHOWN).collect();
        Some(match &meant[..] {
            [] => "check the name; a project of your own needs its index, as in `--extra-index-url URL`, \
                   or its folder, as in `--find-links FOLDER`"
                .to_owned(),
            meant => format!("did you mean {}?", meant.join(", ")),
        })
    }
}
