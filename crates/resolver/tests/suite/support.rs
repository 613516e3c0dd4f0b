//! Short ways to ask the resolver, and its answers as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_packaging::{Pin, Resolution};
use harden_resolver::{Answer, Asked, Options, Request, ResolveError, resolve};
use harden_testindex::Universe;

/// The target where a test does not care.
pub const LINUX: &str = "manylinux2014_x86_64-cp-3.12.4-cp312";
pub const ARM: &str = "manylinux2014_aarch64-cp-3.12.4-cp312";
pub const MAC: &str = "macosx_14_0_arm64-cp-3.12.4-cp312";
pub const WINDOWS: &str = "win_amd64-cp-3.12.4-cp312";
pub const MUSL: &str = "musllinux_1_2_x86_64-cp-3.12.4-cp312";

/// A question: loose lines over a universe.
pub struct Question<'a> {
    universe: &'a str,
    request: Request,
}

/// Asks for `loose`, one requirement a line, over a universe.
pub fn ask<'a>(universe: &'a str, loose: &str) -> Question<'a> {
    Question {
        universe,
        request: Request {
            requirements: lines("loose.txt", loose),
            constraints: Vec::new(),
            overrides: Vec::new(),
            excluded: BTreeSet::new(),
            targets: vec![LINUX.parse().unwrap()],
            markers: Vec::new(),
            options: Options::default(),
        },
    }
}

impl Question<'_> {
    pub fn on(mut self, targets: &[&str]) -> Self {
        self.request.targets = targets
            .iter()
            .map(|target| target.parse().unwrap())
            .collect();
        self
    }

    pub fn constrained_by(mut self, lines_of_constraints: &str) -> Self {
        self.request.constraints = lines("constraints.txt", lines_of_constraints);
        self
    }

    pub fn overridden_by(mut self, lines_of_overrides: &str) -> Self {
        self.request.overrides = lines("overrides.txt", lines_of_overrides);
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.request.options);
        self
    }

    pub fn change(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(&mut self.request);
        self
    }

    pub fn result(self) -> Result<Answer, ResolveError> {
        resolve(&self.request, &Universe::new(self.universe))
    }

    /// The pins one a line with their markers, then the warnings; or the error.
    pub fn answer(self) -> String {
        match self.result() {
            Ok(answer) => {
                let mut text = pins(&answer.resolution);
                for warning in &answer.warnings {
                    let _ = writeln!(text, "warning: {warning}");
                }
                text
            }
            Err(error) => format!("error: {error}"),
        }
    }

    /// The reasons of one pin.
    pub fn reasons(self, name: &str) -> String {
        let answer = self.result().unwrap();
        let reasons = answer
            .pin_reasons
            .iter()
            .find(|reasons| reasons.name.as_str() == name)
            .unwrap();
        let mut text = format!("{} {}\n", reasons.name, reasons.version);
        for line in reasons.required_by.iter().chain(&reasons.newer) {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(held) = &reasons.held_back {
            let _ = writeln!(
                text,
                "  {} is available for {} of {} targets",
                held.version,
                held.could.len(),
                held.could.len() + held.could_not.len()
            );
        }
        text
    }

    /// The answer with the files and what asked for each pin.
    pub fn in_full(self) -> String {
        let answer = self.result().unwrap();
        let mut text = String::new();
        for pin in &answer.resolution.pins {
            let _ = writeln!(text, "{}", pinned(pin));
            for via in &pin.via {
                let _ = writeln!(text, "    via {via:?}");
            }
            for file in &pin.files {
                let _ = writeln!(text, "    {} {:?}", file.file.filename, file.environments);
            }
        }
        text
    }
}

fn pinned(pin: &Pin) -> String {
    match &pin.reference {
        Some(reference) => reference.requirement(),
        None => format!("{}=={}", pin.name, pin.version),
    }
}

/// Asks for `loose` over a universe that can be asked what it was asked.
pub fn ask_universe(universe: &Universe, loose: &str) -> Result<Answer, ResolveError> {
    resolve(&ask("", loose).request, universe)
}

pub fn pins(resolution: &Resolution) -> String {
    let mut text = String::new();
    for pin in &resolution.pins {
        text.push_str(&pinned(pin));
        if let Some(marker) = &pin.marker {
            let _ = write!(text, " ; {marker}");
        }
        text.push('\n');
    }
    text
}

pub fn lines(file: &str, text: &str) -> Vec<Asked> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| Asked {
            requirement: line
                .trim()
                .parse()
                .unwrap_or_else(|error| panic!("{line}: {error}")),
            file: file.into(),
            place: format!("{file}:{}", number + 1).into(),
            hashes: BTreeSet::new(),
        })
        .collect()
}
