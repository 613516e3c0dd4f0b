//! Every kept lock passes, and single edits of it are found just where they change its meaning.

use std::collections::BTreeSet;
use std::path::Path;

use harden_requirements::Inputs;

use crate::common::{Texts, check, shown};

/// The locks of `lockfiles/`: name, loose requirements, strict file.
fn locks() -> Vec<(String, Inputs, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lockfiles");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut locks: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("strict.txt").exists())
        .map(|path| {
            let loose = Texts::new(&[("loose.txt", &read(&path.join("loose.txt")))]);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (
                name,
                loose.read("loose.txt"),
                read(&path.join("strict.txt")),
            )
        })
        .collect();
    locks.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!locks.is_empty());
    locks
}

#[test]
fn the_locks_that_are_kept_pass() {
    for (name, inputs, strict) in locks() {
        let findings = check(strict.as_bytes(), &inputs);
        assert_eq!(shown(&findings), "", "{name}");
    }
}

/// A generator that gives the same numbers each time (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// What a file in the form that harden writes means: the lines of its header and of its pins in
/// their order, each with what stands below it, in whichever order.
///
/// Written apart from the parser, so that the two can disagree.
fn meaning(text: &str) -> Vec<BTreeSet<String>> {
    let mut groups: Vec<BTreeSet<String>> = vec![BTreeSet::new()];
    let (mut goes_on, mut in_pin, mut in_via) = (false, false, false);
    let mut below_first_line = false;
    for line in text.lines() {
        let is_indented = line.starts_with("    ");
        let is_comment = line.trim_start().starts_with('#');
        let is_entry = line.starts_with("    #   ");
        let said = line.trim_end_matches('\\').trim().to_owned();
        if is_comment && is_indented && in_pin {
            let is_lost = is_entry && !in_via;
            in_via = is_entry && in_via || line.trim_end() == "    # via";
            if !is_lost {
                groups.last_mut().unwrap().insert(said);
            }
        } else if line.starts_with("# ") {
            (in_pin, in_via) = (false, false);
            if line.starts_with("# Hardened by harden") {
                groups[0].insert(said);
                below_first_line = true;
            } else if line.starts_with("# harden: ") {
                groups.push([said].into());
            } else if line.starts_with("#     harden ") && below_first_line {
                groups[0].insert(said);
                below_first_line = false;
            }
        } else if goes_on && is_indented {
            groups.last_mut().unwrap().insert(said);
        } else if goes_on || !said.is_empty() {
            // A new pin, or one that breaks off here.
            (in_pin, in_via, below_first_line) = (true, false, false);
            groups.push([said].into());
        } else {
            (in_pin, in_via, below_first_line) = (false, false, false);
        }
        goes_on = line.ends_with('\\') && !is_comment;
    }
    groups
}

/// One edit of `strict`, and its description.
fn edit(strict: &str, random: &mut Random) -> (String, String) {
    let mut lines: Vec<String> = strict.lines().map(str::to_owned).collect();
    let at = random.below(lines.len());
    let line = lines[at].clone();
    let what = match random.below(10) {
        0 => {
            lines.remove(at);
            "deleted"
        }
        1 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
            "swapped with another"
        }
        2 => {
            let next = (at + 1).min(lines.len() - 1);
            lines.swap(at, next);
            "swapped with the next"
        }
        3 => {
            lines.insert(at, line.clone());
            "doubled"
        }
        4 => {
            lines.insert(at, String::new());
            "blank line put before it"
        }
        5 => {
            let start = pin_start(&lines, random);
            lines.insert(start, "# a note: reviewed by two people".to_owned());
            "comment put before some pin"
        }
        6 => {
            lines[at].push_str("  ");
            "spaces put behind it"
        }
        _ => {
            let places: Vec<usize> = line
                .char_indices()
                .filter(|(_, c)| c.is_ascii_alphanumeric())
                .map(|(place, _)| place)
                .collect();
            let place = places[random.below(places.len())];
            let new = if line[place..].starts_with('7') {
                "3"
            } else {
                "7"
            };
            lines[at].replace_range(place..=place, new);
            "character changed"
        }
    };
    let what = format!("line {}, {what}: {line}", at + 1);
    (what, lines.join("\n") + "\n")
}

/// The line on which some pin begins.
fn pin_start(lines: &[String], random: &mut Random) -> usize {
    let starts: Vec<usize> = (0..lines.len())
        .filter(|place| lines[*place].contains("==") && !lines[*place].starts_with(['#', ' ']))
        .collect();
    starts[random.below(starts.len())]
}

#[test]
fn every_edit_that_changes_the_meaning_is_found_and_no_other() {
    for (name, inputs, strict) in locks() {
        let mut random = Random(20_261_121);
        let (mut found, mut passed) = (0, 0);
        for _ in 0..200 {
            let (what, edited) = edit(&strict, &mut random);
            let findings = check(edited.as_bytes(), &inputs);
            let is_meant = meaning(&edited) != meaning(&strict);
            assert_eq!(
                is_meant,
                !findings.is_empty(),
                "{name}: {what}\n{}",
                shown(&findings)
            );
            if is_meant {
                found += 1;
            } else {
                passed += 1;
            }
        }
        assert!(found > 100 && passed > 20, "{name}: {found}, {passed}");
    }
}
