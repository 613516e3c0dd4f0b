//! `harden merge-driver`: merges strict files for git, pin by pin, so that two branches that each
//! change a package do not conflict.
//!
//! A pin that one side changed is taken from that side; of a pin that both changed, the newer version.
//! The result is not proven: `harden check` reports it until `harden` has resolved it again. What is not
//! a pin (the command, options) is merged only where one side changed it; else git's own conflict markers
//! are left, which `harden` reads, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::PackageName;

use crate::report::format::list;
use crate::report::output::Output;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::MergeDriverArgs;

/// Strict files that cannot be merged pin by pin.
#[derive(Debug, thiserror::Error)]
#[error("{path} has conflicts: {reason}")]
struct Unmerged {
    path: String,
    reason: &'static str,
}

impl Report for Unmerged {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let hint = "run `harden`: it reads the conflict markers and writes one clean file";
        Some(hint.to_owned())
    }
}

/// Merges into the file of our side.
pub fn merge_driver(args: &MergeDriverArgs, terminal: Terminal) -> Result<(), Error> {
    let name = args
        .path
        .as_ref()
        .unwrap_or(&args.ours)
        .display()
        .to_string();
    let texts = [&args.base, &args.ours, &args.theirs]
        .map(|path| fs::read_to_string(path).map_err(|source| Error::read(path, source)));
    let [base, ours, theirs] = texts;
    match merged(&base?, &ours?, &theirs?) {
        Ok(merged) => {
            Output::new(Some(args.ours.clone()))?.write(&merged.text, terminal)?;
            terminal.summary(&format!(
                "{name}: merged by its pins{}; run `harden` to resolve it again",
                merged.summary()
            ));
            Ok(())
        }
        Err(reason) => {
            leave_markers(args)?;
            Err(Unmerged { path: name, reason }.into())
        }
    }
}

/// A strict file merged from two.
struct Merged {
    text: String,
    /// The packages whose pins are theirs.
    theirs: BTreeSet<PackageName>,
}

impl Merged {
    fn summary(&self) -> String {
        if self.theirs.is_empty() {
            return String::new();
        }
        let names: Vec<_> = self.theirs.iter().collect();
        format!(", with those of {} from the other side", list(&names))
    }
}

fn merged(base: &str, ours: &str, theirs: &str) -> Result<Merged, &'static str> {
    let parse = |text| Parts::of(text).ok_or("not all sides are strict files");
    let (base, ours, theirs) = (parse(base)?, parse(ours)?, parse(theirs)?);
    let head = match (&ours.head, &theirs.head) {
        (our, their) if our == their || *their == base.head => &ours,
        (our, _) if *our == base.head => &theirs,
        _ => return Err("both sides changed its command or its options"),
    };
    let mut text = head.whole_head.clone();
    let mut from_theirs = BTreeSet::new();
    let keys: BTreeSet<_> = ours.pins.keys().chain(theirs.pins.keys()).collect();
    for key in keys {
        let [before, our, their] = [&base, &ours, &theirs].map(|side| side.pins.get(key));
        let is_theirs = match (our, their) {
            _ if our == their || their == before => false,
            _ if our == before => true,
            (Some(our), Some(their)) => their.pin.version() > our.pin.version(),
            (our, _) => our.is_none(),
        };
        let chosen = if is_theirs { their } else { our };
        text += chosen.map_or("", |block| &block.text);
        if is_theirs {
            from_theirs.insert(key.0.clone());
        }
    }
    Ok(Merged {
        text,
        theirs: from_theirs,
    })
}

/// A strict file in parts.
struct Parts {
    /// What stands before the first pin, without the line of digests, which every lock changes.
    head: String,
    whole_head: String,
    /// By name and marker.
    pins: BTreeMap<(PackageName, Option<String>), Block>,
}

/// A pin with its lines.
struct Block {
    pin: StrictPin,
    text: String,
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let strict = StrictFile::parse(text, "").ok()?;
        strict.header()?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let start = |pin: &StrictPin| pin.line() - 1;
        let starts = strict.pins().iter().map(start);
        let ends: Vec<usize> = starts.skip(1).chain([lines.len()]).collect();
        let blocks = strict.pins().iter().zip(ends).map(|(pin, end)| {
            let key = (pin.name().clone(), pin.marker_text().map(str::to_owned));
            let (pin, text) = (pin.clone(), lines[start(pin)..end].concat());
            (key, Block { pin, text })
        });
        let first = strict.pins().first().map_or(lines.len(), start);
        let is_digests = |line: &&&str| line.starts_with("# harden: ");
        Some(Self {
            pins: blocks.collect(),
            head: lines[..first]
                .iter()
                .filter(|line| !is_digests(line))
                .copied()
                .collect(),
            whole_head: lines[..first].concat(),
        })
    }
}

/// Lets git merge the file line by line, with conflict markers.
fn leave_markers(args: &MergeDriverArgs) -> Result<(), Error> {
    let labels = ["ours", "base", "theirs"]
        .map(|label| ["-L", label])
        .concat();
    let mut git = Command::new("git");
    git.arg("merge-file").args(labels);
    git.args([&args.ours, &args.base, &args.theirs]);
    let status = git.stdin(Stdio::null()).status();
    status.map_err(|source| Error::read(Path::new("git"), source))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(command: &str, pins: &[(&str, &str)]) -> String {
        let digest = "0".repeat(64);
        let mut text = format!(
            "# Hardened by harden; change loose.txt and run this again, rather than edit:\n\
             #     {command}\n\
             # harden: 1 inputs=sha256:{digest} pins=sha256:{digest} platforms=win_amd64-cp-312-cp312\n"
        );
        for (name, version) in pins {
            let pin = format!("{name}=={version} \\\n    --hash=sha256:{digest}\n    # via x\n");
            text += &pin;
        }
        text
    }

    fn pins(merged: &Merged) -> String {
        let lines = merged.text.lines().filter(|line| line.contains("=="));
        lines
            .map(|line| line.trim_end_matches(" \\"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn each_side_brings_what_it_changed_and_the_newer_of_both() {
        let base = strict(
            "harden a",
            &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")],
        );
        let ours = strict(
            "harden a",
            &[("a", "2"), ("b", "1"), ("c", "2"), ("e", "1")],
        );
        let theirs = strict(
            "harden a",
            &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "1")],
        );
        let merged = merged(&base, &ours, &theirs).unwrap();
        assert_eq!(pins(&merged), "a==2 b==2 c==3 e==1");
        let names: Vec<_> = merged.theirs.iter().map(PackageName::as_str).collect();
        assert_eq!(names, ["b", "c"]);
    }

    #[test]
    fn a_command_that_one_side_changed_is_taken_and_of_two_none() {
        let side = |command| strict(command, &[("a", "1")]);
        let one = merged(&side("harden a"), &side("harden a"), &side("harden b")).unwrap();
        assert!(one.text.contains("#     harden b\n"));
        assert!(merged(&side("harden a"), &side("harden b"), &side("harden c")).is_err());
        assert!(merged("", &side("harden a"), &side("harden a")).is_err());
    }
}
