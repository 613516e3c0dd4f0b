//! The check against the index: does each hash of a strict file still belong to the file it is said
//! to be of, and do these files make a valid installation?
//!
//! Pages and metadata come through [`Index`]; distributions are downloaded only where the index
//! lists no SHA-256 of a file that the strict file names. Yanked files are those of PEP 592, upload
//! times those of PEP 700.

mod hashes;
mod requirements;

use std::collections::HashMap;
use std::sync::Arc;

use harden_packaging::{
    DistFile, Index, IndexError, IndexErrorKind, PackageName, Project, Release, Sha256,
};

use crate::check::{InstallEnvironment, Installed, Read, Report, Rule, Violations};
use crate::{Expectations, Finding, HashChoice, StrictFile};

impl Read {
    /// Asks `index` about every pin; gives what is wrong by the file itself as well.
    ///
    /// `expectations` says for which targets and by which rules the file was made, `hashes` which files
    /// its hashes are of.
    ///
    /// # Errors
    ///
    /// The index could not be asked, so that nothing can be said.
    pub fn verify(
        mut self,
        expectations: &Expectations<'_>,
        hashes: HashChoice,
        index: &dyn Index,
    ) -> Result<Vec<Finding>, IndexError> {
        let Some(strict) = self.strict.take() else {
            return Ok(self.into_findings());
        };
        let environments = InstallEnvironment::all(&strict, expectations);
        let mut violations = Violations::new(&environments);
        let installed = Installed::new(&strict, &environments, &mut violations);
        let listed = Listed::read(&strict, index, &mut self.report)?;
        let verification = Verification {
            expectations,
            hashes,
            index,
            listed: &listed,
            installed: &installed,
        };
        let mut files = Vec::with_capacity(strict.pins().len());
        for pin in strict.pins() {
            let pinned = verification.pinned_files(pin, &mut self.report)?;
            files.push((pin, pinned));
        }
        verification.check_installations(&files, &mut violations)?;
        violations.finish(&mut self.report, expectations.folder);
        Ok(self.into_findings())
    }
}

/// What is asked about each pin.
struct Verification<'a> {
    expectations: &'a Expectations<'a>,
    hashes: HashChoice,
    index: &'a dyn Index,
    listed: &'a Listed,
    installed: &'a Installed<'a>,
}

/// What the index lists of all that is pinned.
struct Listed {
    projects: HashMap<PackageName, Arc<Project>>,
}

impl Listed {
    /// Reads the pages of all pins; reports projects that are gone.
    fn read(
        strict: &StrictFile,
        index: &dyn Index,
        report: &mut Report,
    ) -> Result<Self, IndexError> {
        let mut listed = Self {
            projects: HashMap::new(),
        };
        let pins = strict.pins().iter().filter(|pin| pin.reference().is_none());
        let names: Vec<PackageName> = pins.clone().map(|pin| pin.name().clone()).collect();
        index.prefetch_projects(&names);
        for pin in pins {
            match index.project(pin.name()) {
                Ok(project) => {
                    listed.projects.insert(project.name.clone(), project);
                }
                Err(error) if error.kind == IndexErrorKind::NoSuchProject => {
                    let message = format!("the index no longer has the project {}", pin.name());
                    report.add(pin.line(), Rule::Vanished, message);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }

    /// The file of this hash, of whichever project.
    fn find(&self, hash: &Sha256) -> Option<Arc<DistFile>> {
        let releases = self.projects.values().flat_map(|project| &project.releases);
        let mut files = releases.flat_map(Release::files);
        files.find(|file| file.sha256 == Some(*hash)).cloned()
    }
}
