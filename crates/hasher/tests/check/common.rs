//! Loose and strict files in memory, and what the check says of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use harden_hasher::{Expectations, Finding, command_of, inputs_digest, read};
use harden_requirements::{Inputs, ReadText};
use harden_target::Target;

/// Requirements files by name.
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self(
            files
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    /// Inputs that say nothing.
    pub fn none() -> Inputs {
        Inputs::default()
    }

    pub fn read(&self, name: &str) -> Inputs {
        harden_requirements::read(&[name], self).unwrap()
    }
}

impl ReadText for Texts {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    }
}

/// The targets that the header of a strict file names.
pub fn targets(strict: &[u8]) -> Vec<Target> {
    let read = read(strict, "strict.txt", "");
    let header = read.strict().and_then(|strict| strict.header());
    let names = header.map(|header| header.platforms().to_vec());
    let names = names.unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// What the check says of `strict` beside `loose.txt`.
pub fn check(strict: &[u8], inputs: &Inputs) -> Vec<Finding> {
    check_with(strict, inputs, &Inputs::default())
}

pub fn check_with(strict: &[u8], inputs: &Inputs, overrides: &Inputs) -> Vec<Finding> {
    let fix = command_of(strict).unwrap_or_else(|| "harden loose.txt --output strict.txt".into());
    read(strict, "strict.txt", &fix).check(&Expectations {
        inputs,
        overrides,
        excluded: &[],
        markers: &[],
        follows_dependencies: true,
        input_lines: &input_lines(inputs, overrides),
        targets: &targets(strict),
        folder: "",
    })
}

fn input_lines(inputs: &Inputs, overrides: &Inputs) -> Vec<String> {
    let overrides = overrides.canonical_lines().into_iter();
    let overrides = overrides.map(|line| format!("--override {line}"));
    inputs
        .canonical_lines()
        .into_iter()
        .chain(overrides)
        .collect()
}

/// One line a finding.
pub fn shown(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(text, "{finding}").unwrap();
        text
    })
}

/// `strict` with the digests that its content and `inputs` have: what somebody leaves behind who
/// forges them too.
pub fn sealed(strict: &str, inputs: &Inputs, overrides: &Inputs) -> String {
    let zeros = "0".repeat(64);
    let inputs = inputs_digest(&input_lines(inputs, overrides)).to_string();
    let strict = strict.replace("INPUTS", &inputs).replace("PINS", &zeros);
    let pins = harden_hasher::StrictFile::parse(&strict, "strict.txt")
        .map(|file| file.content_digest().to_string());
    strict.replace(&zeros, &pins.unwrap_or(zeros.clone()))
}
