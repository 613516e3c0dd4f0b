//! `harden vet add`: records who has looked at the files of a pin.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use harden_packaging::Sha256;
use harden_vet::{DEFAULT_CRITERION, LARGEST_AUDITS, NewAudit, RecordError, recorded};
use serde_json::json;

use super::{absolute, pinning, strict_files};
use crate::locking::policy::today;
use crate::locking::vetting::{self, AuditsFile};
use crate::report::format::count;
use crate::report::output::{Output, print};
use crate::report::{Error, Report, Terminal};
use crate::settings::args::VetAddArgs;

/// Audits that cannot be added.
#[derive(Debug, thiserror::Error)]
#[error("cannot add to {}", path.display())]
struct NotAdded {
    path: PathBuf,
    source: RecordError,
}

impl Report for NotAdded {}

/// Adds audits of the pinned files.
pub fn add(args: &VetAddArgs, terminal: Terminal) -> Result<(), Error> {
    let named = absolute(args.audits.audits.as_ref())?;
    let mut criteria: BTreeSet<String> = args.criteria.iter().cloned().collect();
    if criteria.is_empty() {
        criteria.insert(DEFAULT_CRITERION.to_owned());
    }
    let mut values = Vec::new();
    for (source, strict) in pinning(strict_files(args.strict.as_deref())?, &args.name)? {
        let policy = source.policy().map(|governing| &governing.policy);
        let audits = AuditsFile::of(named.as_deref(), policy, source.path());
        for pin in strict.pins().iter().filter(|pin| *pin.name() == args.name) {
            let version = pin.version().to_string();
            let new = NewAudit {
                package: args.name.as_str(),
                version: &version,
                sha256: pin.hashes(),
                who: &args.who,
                when: args.when.unwrap_or_else(today),
                criteria: &criteria,
                note: args.note.as_deref(),
            };
            let added = add_to(&audits.path, &new, terminal)?;
            terminal.summary(&said(&audits.path, &new, added));
            values.push(json!({
                "file": audits.path.display().to_string(),
                "package": args.name.as_str(),
                "version": version,
                "sha256": pin.hashes().iter().map(Sha256::to_string).collect::<Vec<_>>(),
                "who": args.who,
                "when": new.when.to_string(),
                "criteria": criteria,
                "note": args.note,
                "added": added,
            }));
        }
    }
    if args.json {
        print(&format!("{:#}\n", json!({ "audits": values })))?;
    }
    Ok(())
}

fn add_to(path: &Path, new: &NewAudit<'_>, terminal: Terminal) -> Result<usize, Error> {
    let text = match vetting::read_file(path).and_then(whole_text) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(Error::read(path, error)),
    };
    let added = recorded(text.as_deref(), new);
    let (text, added) = added.map_err(|source| NotAdded {
        path: path.to_owned(),
        source,
    })?;
    if added > 0 {
        Output::new(Some(path.to_owned()))?.write(&text, terminal)?;
    }
    Ok(added)
}

/// The text of an audits file that is not too large.
fn whole_text(bytes: Vec<u8>) -> io::Result<String> {
    if bytes.len() > LARGEST_AUDITS {
        let most = format!("it has more than {} MiB", LARGEST_AUDITS >> 20);
        return Err(io::Error::new(ErrorKind::InvalidData, most));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

fn said(path: &Path, new: &NewAudit<'_>, added: usize) -> String {
    let (package, version, path) = (new.package, new.version, path.display());
    match (added, new.sha256.len()) {
        (0, _) => format!("{path} has that of {package} {version} already"),
        (added, all) if added == all => {
            format!(
                "{path}: recorded {} of {package} {version}",
                count(added, "file")
            )
        }
        (added, all) => format!(
            "{path}: recorded {added} of {} of {package} {version}; it has the others already",
            count(all, "file")
        ),
    }
}
