//! Whether another index has releases that the index of a package does not have.

use std::sync::Arc;

use harden_packaging::{
    Completion, CoreMetadata, DistFile, Index, IndexError, PackageName, Project, Reference, Sha256,
};
use jiff::Timestamp;

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
            let other = FromElsewhere {
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
struct FromElsewhere<'a> {
    index: &'a dyn Index,
    name: &'a PackageName,
    project: Arc<Project>,
}

impl Index for FromElsewhere<'_> {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        if name == self.name {
            return Ok(Arc::clone(&self.project));
        }
        self.index.project(name)
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.index.metadata(file)
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.index.direct(reference)
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        self.index.sha256(file)
    }

    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        self.index.last_modified(file)
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        self.index.prefetch_projects(names);
    }

    fn prefetch_direct(&self, references: &[&Reference]) {
        self.index.prefetch_direct(references);
    }

    fn prefetch_metadata(&self, file: &Arc<DistFile>) {
        self.index.prefetch_metadata(file);
    }

    fn next_completion(&self) -> Option<Completion> {
        self.index.next_completion()
    }
}
