//! `harden vet status`: which pins are vetted, by whom, and which are not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_hasher::{StrictFile, StrictPin};
use harden_vet::{FromAudits, Vetted};
use serde_json::{Value, json};

use super::strict_files;
use crate::locking::strict_source::StrictSource;
use crate::locking::vetting::{AuditsFile, AuditsReader, unvetted};
use crate::report::format::count;
use crate::report::output::print;
use crate::report::{Error, Terminal};
use crate::settings::args::VetStatusArgs;

/// A strict file, with the audits that count for it.
struct Status<'s> {
    source: &'s StrictSource,
    strict: &'s StrictFile,
    vetted: Vetted,
    criteria: BTreeSet<String>,
    audits: AuditsFile,
}

/// Prints what is vetted, and what is not.
pub fn status(args: &VetStatusArgs, terminal: Terminal) -> Result<(), Error> {
    let files = strict_files(args.strict.as_deref())?;
    let reader = AuditsReader::new(&args.index, &args.cache);
    let (mut text, mut values) = (String::new(), Vec::new());
    for (source, strict) in &files {
        let policy = source.policy().map(|governing| &governing.policy);
        let audits = AuditsFile::of(args.audits.audits.as_deref(), policy, source.path());
        let status = Status {
            source,
            strict,
            vetted: reader.read_all(&audits)?,
            criteria: policy.map_or_else(BTreeSet::new, |policy| policy.audit_criteria.clone()),
            audits,
        };
        if files.len() > 1 {
            let _ = writeln!(text, "{}:", source.name());
        }
        text += &status.text();
        values.extend(status.values());
        terminal.summary(&status.summary());
    }
    print(&if args.json {
        format!("{:#}\n", json!({ "pins": values }))
    } else {
        text
    })
}

impl Status<'_> {
    fn missing<'p>(&self, pin: &'p StrictPin) -> Vec<&'p harden_packaging::Sha256> {
        unvetted(pin, &self.vetted, &self.criteria)
    }

    /// A line for each audit of each pin, and one with the pins that are not vetted.
    fn text(&self) -> String {
        let mut text = String::new();
        let mut open = Vec::new();
        for pin in self.strict.pins() {
            let (name, version) = (pin.name(), pin.version());
            for (audit, files) in self.audits_of(pin) {
                let all = pin.hashes().len();
                let files = match files {
                    files if files == all => String::new(),
                    files => format!(", {files} of {}", count(all, "file")),
                };
                let note = audit.audit.note.as_ref();
                let note = note.map(|note| format!(": {note}")).unwrap_or_default();
                let _ = writeln!(text, "{name} {version}: {audit}{files}{note}");
            }
            if !self.missing(pin).is_empty() {
                open.push(format!("{name} {version}"));
            }
        }
        if !open.is_empty() {
            let pins = count(self.strict.pins().len(), "pin");
            let (number, open) = (open.len(), open.join(", "));
            let _ = writeln!(text, "not vetted: {number} of {pins}: {open}");
        }
        text
    }

    /// The audits of a pin, each once, with how many of its files they are of.
    fn audits_of(&self, pin: &StrictPin) -> Vec<(&FromAudits, usize)> {
        let mut audits: Vec<(&FromAudits, usize)> = Vec::new();
        for audit in pin
            .hashes()
            .iter()
            .flat_map(|digest| self.vetted.of(digest))
        {
            let known = audits
                .iter_mut()
                .find(|(known, _)| is_said_again(known, audit));
            match known {
                Some((_, files)) => *files += 1,
                None => audits.push((audit, 1)),
            }
        }
        audits
    }

    fn summary(&self) -> String {
        let pins = self.strict.pins();
        let open = pins.iter().filter(|pin| !self.missing(pin).is_empty());
        let vetted = pins.len() - open.count();
        format!(
            "{}: {vetted} of {} vetted in {}",
            self.source.name(),
            count(pins.len(), "pin"),
            self.audits.path.display()
        )
    }

    fn values(&self) -> Vec<Value> {
        let pins = self.strict.pins().iter();
        pins.map(|pin| {
            let files = pin.hashes().iter().map(|digest| {
                let audits = self.vetted.of(digest).iter().map(audit_value);
                json!({
                    "sha256": digest.to_string(),
                    "vetted": self.vetted.meets(digest, &self.criteria),
                    "audits": audits.collect::<Vec<_>>(),
                })
            });
            json!({
                "file": self.source.name(),
                "line": pin.line(),
                "package": pin.name().as_str(),
                "version": pin.version().to_string(),
                "vetted": self.missing(pin).is_empty(),
                "files": files.collect::<Vec<_>>(),
            })
        })
        .collect()
    }
}

/// Whether two audits say the same of two files.
fn is_said_again(one: &FromAudits, other: &FromAudits) -> bool {
    let said = |from: &FromAudits| {
        let audit = from.audit.clone();
        let said = (audit.who, audit.when, audit.criteria, audit.note);
        (said, from.from.clone())
    };
    said(one) == said(other)
}

fn audit_value(from: &FromAudits) -> Value {
    let audit = &from.audit;
    json!({
        "who": audit.who,
        "when": audit.when.to_string(),
        "criteria": audit.criteria,
        "note": audit.note,
        "from": from.from,
    })
}
