//! The packages of a lock for which even builds give no suitable wheel, all of them in one message.
//!
//! The request is solved once more as if every sdist could be used, as for [`super::missing_wheels`], but
//! with the metadata that builds gave. The sdists of that answer are then built. If there is no
//! answer even so, the requirements conflict, whatever can be built.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_packaging::PackageName;
use harden_requirements::Source;
use harden_resolver::{AllowSdist, Request};
use harden_target::Target;

use super::build_hints::telling;
use super::building_index::{BuildingIndex, newer_glibc, with_glibc};
use super::elsewhere::Elsewhere;
use super::error::FailedBuild;
use super::missing_wheels::{Missing, lenient_answer, sdist_pins};
use super::wheels::{is_unfit, targets};
use crate::report::format::{count, list};

/// How many packages are shown in detail.
const MOST_SHOWN: usize = 5;
/// How many lines these take.
const MOST_LINES: usize = 15;
/// The longest line of a build's output that is shown whole, in characters.
const LONGEST: usize = 160;

/// A package that has no wheel for all targets.
#[derive(Debug)]
pub struct Unbuilt {
    package: Missing,
    why: Why,
    /// Whether other sdists of it, which might be chosen, were not tried.
    leaves_others: bool,
}

#[derive(Debug)]
enum Why {
    /// Nothing allows its build.
    NotAllowed,
    /// Its build fails.
    Failed(FailedBuild),
    /// All its wheels have native code, and none of the targets, which lack one, is like this machine.
    Native(Vec<Target>),
    /// The wheel has native code, and these targets do not take it.
    Foreign {
        wheel: String,
        targets: Vec<Target>,
        /// The version of Python that would build for some of them here.
        python: Option<String>,
        /// The minor version of glibc 2 that it needs, if that is what they lack.
        glibc: Option<u8>,
    },
}

/// Builds all sdists that `request` takes, for those that give no wheel. Packages in `pinned` may be
/// pinned as sdists.
///
/// `None` where there is no answer even if every sdist could be used.
pub fn unbuilt(
    request: &Request,
    index: &BuildingIndex<'_>,
    pinned: &AllowSdist,
) -> Option<Vec<Unbuilt>> {
    let answer = lenient_answer(request, &Elsewhere::new(index))?;
    let mut found = Vec::new();
    for pin in sdist_pins(&answer).filter(|pin| !pinned.allows(&pin.name)) {
        let mut add = |why| {
            let package = Missing::new(pin, request, index);
            if !package.is_kept_out() {
                let leaves_others = leaves_others(&pin.name, request, index)
                    && matches!(why, Why::Failed(_) | Why::Foreign { .. });
                found.push(Unbuilt {
                    package,
                    why,
                    leaves_others,
                });
            }
        };
        if !index.builds(&pin.name) {
            if !request.options.allow_sdist.allows(&pin.name) {
                add(Why::NotAllowed);
            }
            continue;
        }
        let sdists = pin.files.iter();
        let sdists = sdists.filter(|chosen| chosen.file.wheel_tags().is_none());
        for sdist in sdists.filter(|chosen| !index.was_passed_over(&chosen.file)) {
            match index.wheel(&sdist.file) {
                Err(_) if index.is_native_elsewhere(&sdist.file) => {
                    let targets = targets(&answer.resolution, sdist).into_iter();
                    add(Why::Native(targets.cloned().collect()));
                }
                Err(_) => add(Why::Failed(index.failure(&sdist.file))),
                Ok(built) => {
                    let targets = targets(&answer.resolution, sdist);
                    let built = built.serving(&targets);
                    let targets = targets.into_iter();
                    let unfit = targets.filter(|target| is_unfit(&built, target));
                    let unfit: Vec<Target> = unfit.cloned().collect();
                    if !unfit.is_empty() {
                        let wheel = built.wheel.file().to_owned();
                        let glibc = newer_glibc(&built, &unfit);
                        let python = || index.other_python(&unfit);
                        add(Why::Foreign {
                            wheel,
                            python: glibc.map_or_else(python, |_| None),
                            glibc,
                            targets: unfit,
                        });
                    }
                }
            }
        }
    }
    Some(found)
}

/// Whether a package has sdists that were not tried because of others, and no line of the user's pins one.
fn leaves_others(name: &PackageName, request: &Request, index: &BuildingIndex<'_>) -> bool {
    let mut lines = request.requirements.iter().chain(&request.constraints);
    let is_pinned = lines.any(|asked| {
        let is_exact = match &asked.requirement.source {
            Source::Specifiers(specifiers) => specifiers.to_string().starts_with("=="),
            Source::Url(_) => true,
        };
        is_exact && asked.requirement.name == *name
    });
    !is_pinned && !index.is_exhaustive() && index.untried(name) > 0
}

impl Unbuilt {
    /// Whether its build was tried.
    pub fn was_tried(&self) -> bool {
        !matches!(self.why, Why::NotAllowed)
    }

    /// The package, where nothing allows its build.
    pub fn into_missing(self) -> Missing {
        self.package
    }

    /// Which package, why it has no wheel, and why its build gives none, with at most `lines` of output.
    fn text(&self, lines: usize) -> String {
        let mut text = format!("\n  {}", self.package.line());
        match &self.why {
            Why::NotAllowed => {}
            Why::Failed(failure) => {
                if lines > 1 || failure.said.is_empty() {
                    let _ = write!(text, "\n    {}", cut(&failure.headline));
                }
                for line in telling(&failure.said, lines) {
                    let _ = write!(text, "\n      {}", cut(line));
                }
                if let Some(hint) = &failure.hint {
                    let _ = write!(text, "\n    {}", hint.lines().next().unwrap_or_default());
                }
            }
            Why::Native(targets) => {
                let _ = write!(
                    text,
                    "\n    it is not built here: its wheels have native code, which takes a machine like {}",
                    list(targets)
                );
            }
            Why::Foreign {
                wheel,
                targets,
                glibc,
                ..
            } => {
                let targets = list(targets);
                let _ = match glibc {
                    Some(minor) => write!(
                        text,
                        "\n    a build here gives {wheel}, which needs glibc 2.{minor}: newer than that of {targets}"
                    ),
                    None => write!(
                        text,
                        "\n    a build here gives {wheel}, with native code that is not for {targets}"
                    ),
                };
            }
        }
        text
    }
}

/// The message that lists them.
pub fn message(unbuilt: &[Unbuilt], targets: &[Target]) -> String {
    let target = match targets {
        [only] => only.to_string(),
        all => format!("all of the {} targets", all.len()),
    };
    let have = if unbuilt.len() == 1 { "has" } else { "have" };
    let what = count(unbuilt.len(), "package");
    let mut text = format!(
        "{what} {have} no wheel for {target}, and builds on this machine do not produce all of them"
    );
    if unbuilt.len() == 1 {
        text = format!(
            "{what} has no wheel for {target}, and a build on this machine does not produce one"
        );
    }
    let shown = unbuilt.len().min(MOST_SHOWN);
    // Beside the output, each takes a line for itself, its build, and what to try.
    let lines = (MOST_LINES / shown.max(1)).saturating_sub(3).max(1);
    for package in &unbuilt[..shown] {
        text += &package.text(lines);
    }
    if unbuilt.len() > shown {
        let names = unbuilt[shown..].iter().map(|one| one.package.name());
        let _ = write!(text, "\n  and {}", list(&names.collect::<Vec<_>>()));
    }
    text
}

/// What to do about them, a line each.
pub fn hints(unbuilt: &[Unbuilt]) -> String {
    let mut hints = Vec::new();
    let names = |is: fn(&Why) -> bool| -> BTreeSet<&str> {
        let those = unbuilt.iter().filter(|one| is(&one.why));
        those.map(|one| one.package.name().as_str()).collect()
    };
    let options = |option: &str, names: &BTreeSet<&str>| match names.len() {
        0..=4 => {
            let options = names.iter().map(|name| format!("{option} {name}"));
            options.collect::<Vec<_>>().join(" ")
        }
        _ => format!("{option} :all:"),
    };
    let not_allowed = names(|why| matches!(why, Why::NotAllowed));
    if !not_allowed.is_empty() {
        let options = options("--build", &not_allowed);
        hints.push(format!("`{options}` allows these builds as well"));
    }
    let foreign = names(|why| matches!(why, Why::Foreign { .. } | Why::Native(_)));
    if !foreign.is_empty() {
        let pythons = unbuilt.iter().filter_map(|one| match &one.why {
            Why::Foreign { python, .. } => python.as_deref(),
            _ => None,
        });
        for python in pythons.collect::<BTreeSet<_>>() {
            hints.push(format!(
                "with Python {python} installed here, `--python {python}` builds for that version"
            ));
        }
        hints.extend(glibc_hint(unbuilt));
        let options = options("--allow-sdist", &foreign);
        hints.push(format!(
            "with `{options}` too, targets that cannot use the wheel built here get the sdist alone; \
             `fetch --build` on such a machine builds it"
        ));
    }
    let untried = unbuilt.iter().filter(|one| one.leaves_others);
    let untried: Vec<&PackageName> = untried.map(|one| one.package.name()).collect();
    if !untried.is_empty() {
        hints.push(format!(
            "other releases of {} were not tried, for such causes mostly concern all: `--exhaustive` tries them",
            list(&untried)
        ));
    }
    let siblings = unbuilt.iter().filter_map(|one| one.package.sibling_hint());
    hints.extend(siblings.take(2));
    if unbuilt.iter().any(|one| matches!(one.why, Why::Failed(_))) {
        hints.push("`-v` shows more of what the builds said".to_owned());
    }
    hints.join("\nhint: ")
}

/// What to do about wheels that need a newer glibc than a target has: the newest of them decides.
fn glibc_hint(unbuilt: &[Unbuilt]) -> Option<String> {
    let needed = unbuilt.iter().filter_map(|one| match &one.why {
        Why::Foreign { glibc, targets, .. } => Some(((*glibc)?, targets.first()?)),
        _ => None,
    });
    let (minor, target) = needed.max_by_key(|(minor, _)| *minor)?;
    let newer = with_glibc(target, minor)?;
    Some(format!(
        "systems with glibc 2.{minor} take the wheel built here: `-p {newer}`; for older ones, run harden \
         in a container of such a system"
    ))
}

/// The builds that failed beside a conflict, in few lines.
pub fn besides(failures: &[FailedBuild]) -> String {
    let mut text = String::new();
    for failure in failures.iter().take(2) {
        let _ = write!(text, "\n  besides, {}", cut(&failure.headline));
        if let Some(hint) = &failure.hint {
            let _ = write!(text, "\n    {}", hint.lines().next().unwrap_or_default());
        }
    }
    if failures.len() > 2 {
        let _ = write!(
            text,
            "\n  and {} failed",
            count(failures.len() - 2, "more build")
        );
    }
    text
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}
