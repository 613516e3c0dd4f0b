//! Resolves `--platform`: a spelling, a preset, a complete-platform file, or `current`.

use std::fs;
use std::path::{Path, PathBuf};

use harden_target::{CompletePlatformError, PRESETS, Target};

use crate::report::{Error, Report, Terminal, target_names};
use crate::settings::foreign_platforms::{is_same, meanings};
use crate::settings::interpreter;

/// A file that does not describe a complete platform.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a complete platform", path.display())]
pub struct NotCompletePlatform {
    path: PathBuf,
    source: CompletePlatformError,
}

impl Report for NotCompletePlatform {}

/// What it takes to know what `current` is.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The interpreter named with `--python`.
    pub python: Option<PathBuf>,
    /// Where its answer is remembered.
    pub cache_dir: Option<PathBuf>,
    /// Whether it builds, too: it may then have another version of Python than the targets.
    pub builds: bool,
}

/// A target with the words that name it on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTarget {
    /// The target.
    pub target: Target,
    /// What names it anywhere: its canonical spelling, or the file it was read from.
    pub name: String,
}

impl Machine {
    /// The targets that `names` name, each once, in order, with warnings about what was probably
    /// not meant.
    pub fn targets(&self, names: &[String], terminal: Terminal) -> Result<Vec<NamedTarget>, Error> {
        let mut targets: Vec<NamedTarget> = Vec::new();
        for name in names {
            let named = self.target(&self.with_version(name)?)?;
            if let Some(note) = named.target.note() {
                terminal.warning(&note);
            }
            if !targets
                .iter()
                .any(|known| is_same(&known.target, &named.target))
            {
                targets.push(named);
            }
        }
        Ok(targets)
    }

    /// The name of a target with the Python version of `--python 3.12`, if that is a version and the name
    /// leaves it open.
    fn with_version(&self, name: &str) -> Result<String, OtherVersion> {
        let version = self.python.as_deref().and_then(version_of);
        let Some(version) = version.filter(|_| name != "current") else {
            return Ok(name.to_owned());
        };
        let platform = match &*meanings(name) {
            [one] if name.parse::<Target>().is_err() => one.clone(),
            _ => name.to_owned(),
        };
        let full = format!("{platform}-{}", version.tag);
        match (full.parse::<Target>(), name.parse::<Target>()) {
            (Ok(_), _) => Ok(full),
            (Err(_), Ok(target)) if !self.builds && !version.is_of(&target) => Err(OtherVersion {
                python: version.text,
                target: name.to_owned(),
            }),
            _ => Ok(name.to_owned()),
        }
    }

    /// `--python` names the interpreter of `current`; where no target is that, it has no effect.
    pub fn warn_of_unused_python(&self, names: &[String], terminal: Terminal) {
        let python = self
            .python
            .as_ref()
            .filter(|python| version_of(python).is_none());
        if let Some(python) = python.filter(|_| !names.iter().any(|name| name == "current")) {
            terminal.warning(&format!(
                "--python {} has no effect: none of the targets is `current`",
                python.display()
            ));
        }
    }

    /// The target that `name` names.
    pub fn target(&self, name: &str) -> Result<NamedTarget, Error> {
        if name == "current" {
            return Ok(NamedTarget {
                target: self.current()?,
                name: name.to_owned(),
            });
        }
        let path = Path::new(name);
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json || path.is_file() {
            return Ok(NamedTarget {
                target: complete_platform(path)?,
                name: name.to_owned(),
            });
        }
        if name.split(',').count() > 1 && name.split(',').all(|part| part.parse::<Target>().is_ok())
        {
            return Err(SeveralTargets(name.to_owned()).into());
        }
        let target = match name.parse::<Target>() {
            Ok(target) => target,
            Err(error) => return Err(NotATarget::of(name).map_or_else(|| error.into(), Into::into)),
        };
        // A preset keeps its name: it says what the user locks for.
        let name = if is_preset(name) {
            target_names::note(target.to_string(), name);
            name.to_owned()
        } else {
            target.to_string()
        };
        Ok(NamedTarget { target, name })
    }

    /// The interpreter of this machine.
    pub fn current(&self) -> Result<Target, Error> {
        interpreter::current(self.python.as_deref(), self.cache_dir.as_deref())
    }
}

/// A Python version given with `--python`.
struct PythonVersion {
    /// As given.
    text: String,
    /// As the end of a target's name: `cp312`, `cp-3.12.4-cp312`.
    tag: String,
}

impl PythonVersion {
    fn is_of(&self, target: &Target) -> bool {
        let version = target.python().to_string();
        version == self.text || version.starts_with(&format!("{}.", self.text))
    }
}

/// The version that `--python` gives, if it is one rather than an interpreter: `3.12`, `3.12.4`.
fn version_of(python: &Path) -> Option<PythonVersion> {
    let text = python.to_str()?;
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numbers.iter().all(is_number) {
        return None;
    }
    let tag = match *numbers {
        [major, minor] => format!("cp{major}{minor}"),
        [major, minor, _] => format!("cp-{text}-cp{major}{minor}"),
        _ => return None,
    };
    Some(PythonVersion {
        text: text.to_owned(),
        tag,
    })
}

/// Several targets in one `-p`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is several targets")]
pub struct SeveralTargets(String);

impl Report for SeveralTargets {
    fn hint(&self) -> Option<String> {
        let options: Vec<_> = self.0.split(',').map(|name| format!("-p {name}")).collect();
        Some(format!("give each its own option: {}", options.join(" ")))
    }
}

/// Whether a name is that of a preset, perhaps with another Python.
fn is_preset(name: &str) -> bool {
    PRESETS.iter().any(|preset| {
        let rest = name.strip_prefix(preset.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-cp"))
    })
}

/// A platform in the spelling of another tool.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not a target")]
pub struct NotATarget {
    name: String,
    /// What to write instead.
    targets: Vec<String>,
}

impl NotATarget {
    /// `None` if the name means nothing elsewhere, either.
    fn of(name: &str) -> Option<Self> {
        let with_python = |meaning: String| {
            if meaning.parse::<Target>().is_ok() {
                meaning
            } else {
                format!("{meaning}-cp312")
            }
        };
        let targets = meanings(name).into_iter().map(with_python);
        let targets: Vec<_> = targets
            .filter(|target| target.parse::<Target>().is_ok())
            .collect();
        (!targets.is_empty()).then(|| Self {
            name: name.to_owned(),
            targets,
        })
    }
}

impl Report for NotATarget {
    fn hint(&self) -> Option<String> {
        let targets: Vec<_> = self
            .targets
            .iter()
            .map(|name| format!("`-p {name}`"))
            .collect();
        Some(format!(
            "write {}, with the Python you deploy on",
            targets.join(" or ")
        ))
    }
}

/// `--python` and a target that name two versions.
#[derive(Debug, thiserror::Error)]
#[error("--python {python} contradicts the target {target}")]
pub struct OtherVersion {
    python: String,
    target: String,
}

impl Report for OtherVersion {
    fn hint(&self) -> Option<String> {
        Some("leave out --python, or the Python of the target".to_owned())
    }
}

/// Notes the names of presets among the targets of a recorded command, for messages.
pub fn note_names(platforms: &[String]) {
    for name in platforms.iter().filter(|name| is_preset(name)) {
        if let Ok(target) = name.parse::<Target>() {
            target_names::note(target.to_string(), name);
        }
    }
}

/// The target of a complete-platform file.
pub fn complete_platform(path: &Path) -> Result<Target, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::read(path.to_owned(), source))?;
    let target = Target::from_complete_platform(&text);
    Ok(target.map_err(|source| NotCompletePlatform {
        path: path.to_owned(),
        source,
    })?)
}
