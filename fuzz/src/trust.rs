//! Attestations, audits of files, and the difference between two wheels.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::OnceLock;

use harden_attestations::{Provenance, Trust};
use harden_packaging::Sha256;
use harden_testindex::{File, Sigstore, Universe};
use harden_vet::{AuditsPlace, ReadAudits, Vetted, WheelContents, WheelDiff};

use crate::archives;
use crate::seeds::texts;

const WHEEL: &str = "a-1.0-py3-none-any.whl";

/// A Sigstore, and a file that it attests.
struct Attested {
    sigstore: Sigstore,
    trust: Trust,
    universe: Universe,
}

fn attested() -> &'static Attested {
    static ATTESTED: OnceLock<Attested> = OnceLock::new();
    ATTESTED.get_or_init(|| {
        let sigstore = Sigstore::new();
        Attested {
            trust: Trust::of_json(&sigstore.trusted_root()).expect("it is a trusted root"),
            sigstore,
            universe: Universe::new("a 1.0"),
        }
    })
}

fn wheel() -> &'static File {
    attested().universe.file(WHEEL).expect("it has the file")
}

/// A document is verified only if it is about the file.
pub(crate) fn provenance(input: &[u8]) {
    let Ok(read) = Provenance::read(input) else {
        return;
    };
    let Attested { trust, .. } = attested();
    let _ = trust.verify(&read, (WHEEL, &wheel().sha256()));
    let other = Sha256::from_bytes([7; 32]);
    assert!(trust.verify(&read, (WHEEL, &other)).is_err());
}

pub(crate) fn provenances() -> Vec<Vec<u8>> {
    let document = attested().sigstore.published(wheel(), "octo/a");
    let short = r#"{"version": 1, "attestation_bundles": []}"#;
    vec![document.into_bytes(), short.as_bytes().to_vec()]
}

pub(crate) fn trusted_root(input: &str) {
    let _ = Trust::of_json(input);
}

pub(crate) fn trusted_roots() -> Vec<Vec<u8>> {
    vec![attested().sigstore.trusted_root().into_bytes()]
}

/// One text, wherever it is looked for: what imports something imports itself.
struct Everywhere<'t>(&'t [u8]);

impl ReadAudits for Everywhere<'_> {
    fn read(&self, _: &AuditsPlace, _: Option<&Sha256>) -> Result<Vec<u8>, String> {
        Ok(self.0.to_vec())
    }
}

pub(crate) fn audits(input: &[u8]) {
    let place = AuditsPlace::File(PathBuf::from("audits.toml"));
    let _ = Vetted::read(&place, &Everywhere(input));
}

pub(crate) fn audit_files() -> Vec<Vec<u8>> {
    texts(&[
        "[[audit]]\npackage = \"a\"\nversion = \"1.0\"\n\
         sha256 = \"47DEQpj8HBSa\"\nwho = \"Ada\"\nwhen = 2026-11-27\ncriteria = [\"x\", \"y\"]\nnote = \"z\"\n",
        "[[import]]\nfrom = \"https://a.test/../audits.toml?x#y\"\n\
         sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n",
    ])
}

/// Any two wheels can be compared, and one with itself has no difference.
pub(crate) fn wheel_diff(input: &[u8]) {
    let Ok(contents) = WheelContents::read(Cursor::new(input)) else {
        return;
    };
    assert!(WheelDiff::between(&contents, &contents).is_empty());
    let known = WheelContents::read(Cursor::new(wheel().contents())).expect("it is a wheel");
    let _ = WheelDiff::between(&known, &contents);
}

pub(crate) fn compared_wheels() -> Vec<Vec<u8>> {
    archives::wheels()
}
