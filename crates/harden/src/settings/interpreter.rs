//! The interpreter of this machine. Its answer is remembered by path, size and modification time.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use harden_target::{INTERPRETER_PROBE, MarkerVariable, ProbeError, Target};

use crate::report::{Error, Report};

/// Why the interpreter of this machine is not known.
#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    /// None of these names is on PATH.
    #[error("no Python interpreter found: {0} is not on PATH")]
    NotFound(String),
    /// It did not answer.
    #[error("cannot run {}: {reason}", python.display())]
    Failed {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        reason: String,
    },
    /// Its answer describes no target.
    #[error("cannot use {}", python.display())]
    Probe {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        source: ProbeError,
    },
}

impl Report for InterpreterError {
    fn hint(&self) -> Option<String> {
        let hint = "name an interpreter with --python, or a target to lock for with --platform; \
                    `harden targets` lists platforms";
        Some(hint.to_owned())
    }
}

/// The names looked up on PATH if no interpreter is named.
const USUAL_NAMES: [&str; 2] = ["python3", "python"];

/// The target of the interpreter `python`, or of the usual one.
pub fn current(python: Option<&Path>, cache_dir: Option<&Path>) -> Result<Target, Error> {
    let python = find(python)?;
    let memory = cache_dir.and_then(|cache_dir| Memory::of(&python, cache_dir));
    let remembered = memory.as_ref().and_then(Memory::recall);
    if let Some(target) = remembered.and_then(|output| Target::from_probe(&output).ok()) {
        return Ok(target);
    }
    let output = ask(&python)?;
    match Target::from_probe(&output) {
        Ok(target) => {
            if let Some(memory) = memory {
                memory.keep(&output);
            }
            Ok(target)
        }
        Err(source) => Err(InterpreterError::Probe { python, source }.into()),
    }
}

/// The path of the interpreter: as named, a bare name being looked for on PATH.
pub fn find(python: Option<&Path>) -> Result<PathBuf, Error> {
    let versioned = python.filter(|python| is_version(python)).map(|version| {
        let name = format!("python{}", version.display());
        PathBuf::from(name)
    });
    if let Some(found) = python
        .and_then(named_version)
        .and_then(|version| of_version(&version))
    {
        return Ok(found);
    }
    let names: Vec<&Path> = match versioned.as_deref().or(python) {
        Some(path) if path.components().count() > 1 => return Ok(path.to_owned()),
        Some(name) => vec![name],
        None => USUAL_NAMES.iter().map(Path::new).collect(),
    };
    names.iter().find_map(|name| on_path(name)).ok_or_else(|| {
        let names: Vec<_> = names
            .iter()
            .map(|name| name.display().to_string())
            .collect();
        InterpreterError::NotFound(names.join(" or ")).into()
    })
}

/// Whether this is a version (`3.12`) rather than the name of an interpreter.
fn is_version(python: &Path) -> bool {
    let text = python.to_string_lossy();
    text.contains('.') && text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The version in `3.12` or `python3.12`.
fn named_version(python: &Path) -> Option<String> {
    let text = python.to_str()?;
    let version = text.strip_prefix("python").unwrap_or(text);
    is_version(Path::new(version)).then(|| version.to_owned())
}

/// An interpreter of a version (`3.12`): on PATH, else the newest that pyenv or uv installed.
///
/// A script of that name on PATH counts only if it runs: those of pyenv fail for versions that are
/// installed and not selected.
pub fn of_version(version: &str) -> Option<PathBuf> {
    let name = format!("python{version}");
    let works = |file: &PathBuf| !starts_with_hash_bang(file).unwrap_or(true) || ask(file).is_ok();
    all_on_path(Path::new(&name))
        .find(works)
        .or_else(|| installed(version, &name))
}

/// The newest interpreter of a version in the folders of pyenv and uv.
fn installed(version: &str, name: &str) -> Option<PathBuf> {
    let wanted = numbers(version)?;
    let home = env::home_dir();
    let beside_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let variable = |name: &str| env::var_os(name).map(PathBuf::from);
    let pyenv = variable("PYENV_ROOT").or_else(|| beside_home(".pyenv"));
    let uv = variable("UV_PYTHON_INSTALL_DIR").or_else(|| beside_home(".local/share/uv/python"));
    let folders = pyenv
        .map(|pyenv| pyenv.join("versions"))
        .into_iter()
        .chain(uv);
    let entries = folders.filter_map(|folder| fs::read_dir(folder).ok());
    let found = entries.flatten().flatten().filter_map(|entry| {
        let folder = entry.file_name();
        let folder = folder.to_str()?;
        let folder = folder.strip_prefix("cpython-").unwrap_or(folder);
        let full = numbers(folder.split('-').next()?)?;
        let file = entry.path().join("bin").join(name);
        (full.starts_with(&wanted) && file.is_file()).then_some((full, file))
    });
    found.max().map(|(_, file)| file)
}

/// The numbers of a version; `None` if it has anything else, as that of a free-threaded Python.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// The interpreter to build with for `targets`, if the usual one has another version of Python: that
/// of the first target of this machine's platform, else of the first target.
pub fn for_targets(targets: &[&Target], cache_dir: Option<&Path>) -> Option<PathBuf> {
    let here = current(None, cache_dir).ok();
    let is_like_here = |target: &&&Target| here.as_ref().is_some_and(|here| is_alike(here, target));
    let wanted = targets.iter().find(is_like_here).or(targets.first())?;
    let version = |target: &Target| (target.python().major(), target.python().minor());
    if wanted.implementation().name() != "CPython"
        || here.as_ref().map(version) == Some(version(wanted))
    {
        return None;
    }
    let (major, minor) = version(wanted);
    of_version(&format!("{major}.{minor}"))
}

/// Whether two targets have the same operating system and processor.
pub fn is_alike(one: &Target, other: &Target) -> bool {
    let (one, other) = (one.environment(), other.environment());
    let same = |variable| one.get(variable) == other.get(variable);
    same(MarkerVariable::SysPlatform) && same(MarkerVariable::PlatformMachine)
}

/// Whether setup code that looks at the machine decides alike on two targets: it turns on the operating
/// system, the processor and the version of Python, not on the patch level or the C library.
pub fn decides_alike(one: &Target, other: &Target) -> bool {
    let version = |target: &Target| (target.python().major(), target.python().minor());
    is_alike(one, other) && version(one) == version(other)
}

fn on_path(name: &Path) -> Option<PathBuf> {
    all_on_path(name).next()
}

/// All files of this name on PATH.
fn all_on_path(name: &Path) -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let name = name.to_owned();
    folders
        .into_iter()
        .map(move |folder| {
            let file = folder.join(&name);
            if file.extension().is_none() {
                file.with_extension(env::consts::EXE_EXTENSION)
            } else {
                file
            }
        })
        .filter(|file| file.is_file())
}

fn ask(python: &Path) -> Result<String, Error> {
    let fails = |reason: String| InterpreterError::Failed {
        python: python.to_owned(),
        reason,
    };
    let output = Command::new(python)
        .args(["-I", "-c", INTERPRETER_PROBE])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fails(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        return Err(fails(format!(
            "{}; {}",
            output.status,
            last.unwrap_or("no output")
        ))
        .into());
    }
    Ok(String::from_utf8(output.stdout).map_err(|error| fails(error.to_string()))?)
}

/// What an interpreter said, kept in the cache.
struct Memory {
    file: PathBuf,
    /// What makes it another interpreter: path, size, modification time.
    key: String,
}

impl Memory {
    /// `None` if it is unknown whether the interpreter is still the same.
    fn of(python: &Path, cache_dir: &Path) -> Option<Self> {
        let path = std::path::absolute(python).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        // A script (such as pyenv's) may start another interpreter each time.
        if starts_with_hash_bang(&path).ok()? {
            return None;
        }
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let key = format!(
            "{} {} {}",
            path.display(),
            metadata.len(),
            modified.as_nanos()
        );
        let name: String = path
            .to_string_lossy()
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character
                } else {
                    '-'
                }
            })
            .collect();
        // Names of files end somewhere below 255 bytes; the key tells apart what the tail does not.
        let tail = name.len().saturating_sub(100);
        Some(Self {
            file: cache_dir.join("interpreters-v1").join(&name[tail..]),
            key,
        })
    }

    fn recall(&self) -> Option<String> {
        let text = fs::read_to_string(&self.file).ok()?;
        let (key, output) = text.split_once('\n')?;
        (key == self.key).then(|| output.to_owned())
    }

    /// Remembers the output; where that fails the interpreter is asked again.
    fn keep(&self, output: &str) {
        if let Err(error) = self.try_to_keep(output) {
            tracing::debug!("the interpreter is not remembered: {error}");
        }
    }

    fn try_to_keep(&self, output: &str) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        fs::write(file.path(), format!("{}\n{output}", self.key))?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

fn starts_with_hash_bang(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(fs::File::open(path)?, 2), &mut start)?;
    Ok(start == b"#!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_code_decides_alike_whatever_the_patch_level_and_the_c_library() {
        let target = |text: &str| text.parse::<Target>().unwrap();
        let here = target("manylinux_2_36_x86_64-cp-3.12.1-cp312");
        assert!(decides_alike(&target("manylinux_2_28_x86_64-cp312"), &here));
        for other in [
            "manylinux_2_28_x86_64-cp311",
            "manylinux_2_36_aarch64-cp312",
            "win_amd64-cp312",
        ] {
            assert!(!decides_alike(&target(other), &here), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_remembered_goes_with_the_interpreter_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let (python, cache) = (folder.path().join("python3"), folder.path().join("cache"));
        std::fs::write(&python, "an executable").unwrap();
        let memory = Memory::of(&python, &cache).unwrap();
        assert_eq!(memory.recall(), None);
        memory.keep("its answer");
        let recalled = || Memory::of(&python, &cache).unwrap().recall();
        assert_eq!(recalled().as_deref(), Some("its answer"));
        std::fs::write(&python, "another executable").unwrap();
        assert_eq!(recalled(), None);
    }

    #[test]
    fn a_script_is_never_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python3");
        std::fs::write(&python, "#!/bin/sh\nexec python3.11\n").unwrap();
        assert!(Memory::of(&python, folder.path()).is_none());
    }

    #[test]
    fn an_interpreter_that_is_not_there_is_named() {
        let path = Path::new("no/such/python");
        let error = current(Some(path), None).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot run no/such/python"),
            "{error}"
        );
    }
}
