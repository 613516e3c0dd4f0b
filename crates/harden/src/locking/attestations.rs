//! The attestations of what a strict file pins: asked of the index, and verified (PEP 740).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harden_attestations::{Attested, Provenance, Publisher, Trust, TrustedRootError};
use harden_hasher::{Advice, Judged, Level, Rule, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{DistFile, PackageName, Project, Sha256};
use harden_policy::{Judge, Policy, Verdicts};

use crate::locking::policy::today;
use crate::report::{Error, Report};

/// The largest trusted root that is read, in bytes. That of the public instance has 7 kB.
const LARGEST_ROOT: u64 = 1 << 20;

/// A trusted root that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a trusted root", path.display())]
struct WrongRoot {
    path: PathBuf,
    source: TrustedRootError,
}

impl Report for WrongRoot {
    fn hint(&self) -> Option<String> {
        let hint = "name the trusted_root.json of a Sigstore instance; without --trusted-root and \
                    `trusted-root`, the public one is used";
        Some(hint.to_owned())
    }
}

/// A pin, with what is known of the attestations of its files.
#[derive(Debug)]
pub struct PinAttestations<'s> {
    /// The pin.
    pub pin: &'s StrictPin,
    /// Its files, as the index lists them. None if it lists none of them, or if the pin is not one of an
    /// index.
    pub files: Vec<FileAttestations>,
}

/// A pinned file, with its attestations.
#[derive(Debug)]
pub struct FileAttestations {
    /// Its name.
    pub filename: String,
    /// Its digest.
    pub sha256: Sha256,
    /// The valid attestations, none if the index lists none; or why they are not valid.
    pub attested: Result<Vec<Attested>, String>,
}

/// The authorities and logs in a file, else those of the public instance of Sigstore.
pub fn trust(path: Option<&Path>) -> Result<Trust, Error> {
    let shown = path.unwrap_or(Path::new("the built-in trusted root"));
    let read = match path {
        None => Trust::built_in(),
        Some(path) => {
            let text = read_root(path).map_err(|error| Error::read(path, error))?;
            Trust::of_json(&text)
        }
    };
    read.map_err(|source| {
        let path = shown.to_owned();
        WrongRoot { path, source }.into()
    })
}

fn read_root(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    if file.take(LARGEST_ROOT + 1).read_to_string(&mut text)? as u64 > LARGEST_ROOT {
        let why = format!("it has more than {LARGEST_ROOT} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(text)
}

/// The attestations of the pinned files of the packages that are `wanted`, verified. All are asked for
/// at once, one request a file.
///
/// # Errors
///
/// If one cannot be had although the index lists it: what could not be judged does not pass.
pub fn attestations<'s>(
    strict: &'s StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
    (client, trust): (&IndexClient, &Trust),
    wanted: impl Fn(&PackageName) -> bool,
) -> Result<Vec<PinAttestations<'s>>, Error> {
    let pins = strict.pins().iter().filter(|pin| wanted(pin.name()));
    let listed: Vec<_> = pins
        .map(|pin| (pin, listed_files(pin, projects.get(pin.name()))))
        .collect();
    let files = listed.iter().flat_map(|(_, files)| files);
    let files: Vec<Arc<DistFile>> = files.map(|(_, file)| Arc::clone(file)).collect();
    let mut documents = client.provenances(files).into_iter();
    let mut judged = Vec::new();
    for (pin, files) in listed {
        let mut of_pin = Vec::new();
        for (sha256, file) in files {
            // There is one for each file.
            let document = documents.next().transpose()?.flatten();
            of_pin.push(FileAttestations {
                filename: file.filename.to_string(),
                sha256,
                attested: verify(&file, &sha256, document.as_deref(), trust),
            });
        }
        judged.push(PinAttestations { pin, files: of_pin });
    }
    Ok(judged)
}

/// The files of a pin that its index lists, with their digests: of several listings of one file, one with
/// attestations.
fn listed_files(pin: &StrictPin, project: Option<&Arc<Project>>) -> Vec<(Sha256, Arc<DistFile>)> {
    let is_of_index = pin.reference().is_none() && pin.repository().is_none();
    let releases = project.into_iter().flat_map(|project| &project.releases);
    let mut releases = releases.filter(|release| is_of_index && release.version == *pin.version());
    let Some(release) = releases.next() else {
        return Vec::new();
    };
    let all: Vec<_> = release.files().iter().chain(release.repeated()).collect();
    let listing = |digest: &Sha256| {
        let mut listings = all.iter().filter(|file| file.sha256 == Some(*digest));
        let first = listings.next()?;
        let attested = listings.find(|file| file.provenance.is_some());
        let file = match &first.provenance {
            Some(_) => first,
            None => attested.unwrap_or(first),
        };
        Some((*digest, Arc::clone(file)))
    };
    pin.hashes().iter().filter_map(listing).collect()
}

fn verify(
    file: &DistFile,
    sha256: &Sha256,
    document: Option<&str>,
    trust: &Trust,
) -> Result<Vec<Attested>, String> {
    if file.provenance.is_none() {
        return Ok(Vec::new());
    }
    let Some(document) = document else {
        return Err("the index lists attestations, but does not have them".to_owned());
    };
    let provenance = Provenance::read(document.as_bytes())
        .map_err(|error| format!("the provenance document is not valid: {error}"))?;
    let verified = trust.verify(&provenance, (&file.filename, sha256));
    verified.map_err(|error| format!("an attestation is not valid: {error}"))
}

/// What the attestations show of the packages that a policy requires to have some.
pub fn required(
    strict: &StrictFile,
    projects: &BTreeMap<PackageName, Arc<Project>>,
    client: &IndexClient,
    policy: &Policy,
) -> Result<Verdicts, Error> {
    if policy.attestations.is_empty() {
        return Ok(Verdicts::default());
    }
    let trust = trust(policy.trusted_root.as_deref())?;
    let is_required = |name: &PackageName| policy.attestations.of(name);
    let pins = attestations(strict, projects, (client, &trust), is_required)?;
    Ok(judge(&pins, Some(policy)))
}

impl PinAttestations<'_> {
    /// Whether each of its files is attested.
    pub fn is_attested(&self) -> bool {
        let is_attested =
            |file: &FileAttestations| file.attested.as_ref().is_ok_and(|list| !list.is_empty());
        !self.files.is_empty() && self.files.iter().all(is_attested)
    }

    /// Whether none of its files has attestations, valid or not.
    pub fn has_none(&self) -> bool {
        let has_none = |file: &FileAttestations| file.attested.as_ref().is_ok_and(Vec::is_empty);
        self.files.iter().all(has_none)
    }

    /// Who attests its files, each once, with how many of them.
    pub fn publishers(&self) -> BTreeMap<&Publisher, usize> {
        let mut publishers = BTreeMap::new();
        for file in &self.files {
            let attested = file.attested.as_deref().unwrap_or_default();
            let mut of_file: Vec<&Publisher> = attested.iter().map(|one| &one.publisher).collect();
            of_file.dedup();
            for publisher in of_file {
                *publishers.entry(publisher).or_default() += 1;
            }
        }
        publishers
    }
}

/// What a policy says of the attestations of pins. Invalid ones are errors, whatever it says, and without
/// one, too.
pub fn judge(pins: &[PinAttestations<'_>], policy: Option<&Policy>) -> Verdicts {
    let none = Policy::default();
    let policy = policy.unwrap_or(&none);
    let mut judge = Judge::new(policy, today());
    let mut invalid = Vec::new();
    for PinAttestations { pin, files } in pins {
        let is_required = policy.attestations.of(pin.name());
        if files.is_empty() && is_required {
            let message = format!(
                "{} {} has no file on an index, so nothing attests it, and the policy requires that",
                pin.name(),
                pin.version()
            );
            judge.add(pin, Rule::Unattested, message);
        }
        for file in files {
            match &file.attested {
                Err(why) => invalid.push(Judged {
                    line: pin.line(),
                    rule: Rule::InvalidAttestation,
                    level: Level::Error,
                    message: format!("{}: {why}", file.filename),
                    advice: Advice::hint(
                        "do not install it before you know why; no setting and no exemption admits it",
                    ),
                }),
                Ok(attested) if attested.is_empty() && is_required => {
                    let message = format!(
                        "{} has no attestations, and the policy requires them",
                        file.filename
                    );
                    judge.add(pin, Rule::Unattested, message);
                }
                Ok(_) => {}
            }
        }
    }
    let mut verdicts = judge.finish();
    verdicts.judged.extend(invalid);
    verdicts
}
