//! `harden tree`: the packages of a strict file as a tree of what requires what.
//!
//! Reads the strict file alone: each pin records what it is required by. A subtree that was shown before
//! is marked `(*)` and not repeated. The formats that other programs draw are made by `harden-report`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::{PackageName, Via};
use harden_target::Target;

use crate::commands::report::graph;
use crate::locking::not_locked::NotLocked;
use crate::locking::strict_source::{self, strict_files};
use crate::report::format::list;
use crate::report::output::print;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::TreeArgs;
use crate::settings::platforms::Machine;

/// A word that names no package, or one too many.
#[derive(Debug, thiserror::Error)]
enum WordError {
    /// It is neither a package nor a file that exists.
    #[error("`{0}` is neither the name of a package nor a file")]
    Nothing(String),
    /// Two packages, or two files.
    #[error("{} are too many: name one package and one strict file", list(.0))]
    Many(Vec<String>),
    /// Only a file, with `--invert`.
    #[error("--invert needs the name of a package")]
    NoName,
}

impl Report for WordError {}

/// The arguments with the package and the strict file that their words name, in any order.
fn sorted(args: &TreeArgs) -> Result<TreeArgs, WordError> {
    let is_file = |word: &&String| Path::new(word).is_file();
    let (files, names): (Vec<&String>, Vec<&String>) = args.words.iter().partition(is_file);
    for words in [&files, &names] {
        if words.len() > 1 {
            return Err(WordError::Many(words.iter().copied().cloned().collect()));
        }
    }
    if args.invert && names.is_empty() {
        return Err(WordError::NoName);
    }
    let name = names.first().map(|word| {
        let is_path = Path::new(word)
            .extension()
            .is_some_and(|end| end == "txt" || end == "toml");
        let name = word.parse().ok().filter(|_| !is_path);
        name.ok_or_else(|| WordError::Nothing((*word).clone()))
    });
    let output = files.first().map(PathBuf::from);
    Ok(TreeArgs {
        name: name.transpose()?,
        output: args.output.clone().or(output),
        ..args.clone()
    })
}

/// Prints the tree of each strict file that has the package.
pub fn tree(args: &TreeArgs, terminal: Terminal) -> Result<(), Error> {
    let args = &sorted(args)?;
    if let Some(graph) = graph(args)? {
        return print(&graph);
    }
    let machine = Machine::default();
    let target = args.platform.as_ref();
    let target = target.map(|name| machine.target(name)).transpose()?;
    let target = target.map(|named| named.target);
    let files = strict_files(args.output.as_ref())?;
    let mut text = String::new();
    let mut not_locked = NotLocked::default();
    for path in &files {
        let strict = strict_source::read(path)?;
        let tree = Tree::new(&strict, target.as_ref(), args.invert);
        not_locked.add(
            &path.display().to_string(),
            tree.pins.iter().map(|pin| pin.name()),
        );
        let roots = match &args.name {
            Some(name) => tree.named(name),
            None => tree.roots(),
        };
        if roots.is_empty() && args.name.is_some() {
            continue;
        }
        if files.len() > 1 {
            text += &path.display().to_string();
            text += ":\n";
        }
        text += &tree.shown(&roots);
    }
    match &args.name {
        Some(name) if text.is_empty() => Err(not_locked.error(name)),
        _ => {
            if text.is_empty() {
                terminal.summary("no packages");
            }
            print(&text)
        }
    }
}

/// The pins of a strict file and how to walk them.
struct Tree<'f> {
    pins: Vec<&'f StrictPin>,
    /// From a package to what requires it.
    is_inverted: bool,
    /// Whether markers are shown, because the tree is not that of one target.
    shows_markers: bool,
}

impl<'f> Tree<'f> {
    fn new(strict: &'f StrictFile, target: Option<&Target>, is_inverted: bool) -> Self {
        let holds = |pin: &&StrictPin| target.is_none_or(|target| pin.may_be_on(target));
        Self {
            pins: strict.pins().iter().filter(holds).collect(),
            is_inverted,
            shows_markers: target.is_none(),
        }
    }

    fn named(&self, name: &PackageName) -> Vec<&'f StrictPin> {
        let pins = self.pins.iter().copied();
        pins.filter(|pin| pin.name() == name).collect()
    }

    /// The pins that loose files require.
    fn roots(&self) -> Vec<&'f StrictPin> {
        let is_root = |pin: &&StrictPin| {
            let mut via = pin.via().iter();
            pin.via().is_empty() || via.any(|via| matches!(via, Via::File(_)))
        };
        self.pins.iter().copied().filter(is_root).collect()
    }

    fn below(&self, pin: &StrictPin) -> Vec<&'f StrictPin> {
        let requires = |one: &StrictPin, other: &StrictPin| {
            let mut via = other.via().iter();
            via.any(|via| matches!(via, Via::Package(by) if by == one.name()))
        };
        let is_below = |other: &&StrictPin| {
            if self.is_inverted {
                requires(other, pin)
            } else {
                requires(pin, other)
            }
        };
        self.pins.iter().copied().filter(is_below).collect()
    }

    fn shown(&self, roots: &[&'f StrictPin]) -> String {
        let mut lines = Vec::new();
        let mut seen = BTreeSet::new();
        for pin in roots {
            self.show(pin, "", "", &mut seen, &mut lines);
        }
        lines.concat()
    }

    /// Adds the line of a pin, after `first`, and those below it, after `rest`.
    fn show(
        &self,
        pin: &'f StrictPin,
        first: &str,
        rest: &str,
        seen: &mut BTreeSet<usize>,
        lines: &mut Vec<String>,
    ) {
        let below = self.below(pin);
        let is_repeated = !seen.insert(pin.line()) && !below.is_empty();
        let marker = pin.marker_text().filter(|_| self.shows_markers);
        let marker = marker.map(|marker| format!(" ; {marker}"));
        lines.push(format!(
            "{first}{} {}{}{}\n",
            pin.name(),
            pin.version(),
            marker.unwrap_or_default(),
            if is_repeated { " (*)" } else { "" }
        ));
        if is_repeated {
            return;
        }
        for (place, child) in (1..).zip(&below) {
            let (branch, stem) = if place == below.len() {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            let (first, rest) = (format!("{rest}{branch}"), format!("{rest}{stem}"));
            self.show(child, &first, &rest, seen, lines);
        }
    }
}
