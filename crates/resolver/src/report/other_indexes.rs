//! Whether another index has releases that the index of a package does not have.

use std::sync::Arc;

use harden_packaging::{Index, IndexError, IndexLayer, PackageName, Project};

use crate::Request;
use crate::report::explain::Explanation;
use crate::report::trials::Trials;

/// Hints that name an index from which a package resolves.
pub(crate) fn hints(
    request: &Request,
    index: &dyn Index,
    explanation: &Explanation,
    trials: &mut Trials<'_, '_>,
) -> Vec<String> {
    let mut hints = Vec::new();
    for name in &explanation.packages {
        for (place, project) in index.elsewhere(name) {
            let other = WithOtherProject {
                index,
                name,
                project,
            };
            let Some(answer) = trials.answer_from(request, &other) else {
                continue;
            };
            let mut pins = answer.resolution.pins.iter();
            if let Some(pin) = pins.find(|pin| pin.name == *name) {
                hints.push(format!(
                    "{place} has {name} {}: `--index other={place} --index-package {name}=other` takes {name} \
                     from there",
                    pin.version
                ));
                break;
            }
        }
    }
    hints
}

/// An index with one project as another index has it.
struct WithOtherProject<'a> {
    index: &'a dyn Index,
    name: &'a PackageName,
    project: Arc<Project>,
}

impl IndexLayer for WithOtherProject<'_> {
    fn below(&self) -> &dyn Index {
        self.index
    }

    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        if name == self.name {
            return Ok(Arc::clone(&self.project));
        }
        self.index.project(name)
    }

    fn elsewhere(&self, _name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        Vec::new()
    }
}
