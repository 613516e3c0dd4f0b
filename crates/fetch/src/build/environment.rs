//! A virtual environment with only the build requirements of an sdist, and the steps of the build in it.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use harden_hasher::StrictFile;
use harden_requirements::Requirement;

use super::build_output::{last_lines, only_file, read_small};
use super::build_system::requirement;
use super::built_wheel::take;
use super::sandbox::{Failure, Job};
use super::{BuildError, BuiltWheel, Interpreter, Source};

/// Calls a hook of the backend.
const HOOK: &str = include_str!("hook.py");
/// The file that a hook's result is written to, in a folder of its own.
const RESULT: &str = "result.json";

/// An environment to build one sdist in, with the sdist freshly unpacked.
#[derive(Debug)]
pub struct Environment<'a> {
    source: &'a Source,
    interpreter: Interpreter,
    folder: PathBuf,
    /// The sdist.
    root: PathBuf,
    /// What was run, for those who want to know.
    done: RefCell<Vec<String>>,
}

/// Metadata that a backend prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The text of `METADATA`.
    pub text: String,
    /// The files of the source that the backend opened for it, relative to its root; `None` where that is
    /// not known.
    pub read: Option<Vec<String>>,
}

/// What a hook returns, and the files of the source that it opened, where that is known.
#[derive(serde::Deserialize)]
struct Answer {
    returned: serde_json::Value,
    read: Option<Vec<String>>,
}

/// Arguments of a command.
type Arguments = Vec<OsString>;

impl<'a> Environment<'a> {
    /// An environment in `folder` for the source in `root`; nothing is installed in it yet.
    pub(super) fn new(
        source: &'a Source,
        interpreter: &Interpreter,
        folder: &Path,
        root: PathBuf,
    ) -> Self {
        Self {
            source,
            interpreter: interpreter.clone(),
            folder: folder.to_owned(),
            root,
            done: RefCell::default(),
        }
    }

    /// Installs `pins`, whose files are in the folder `wheels`.
    pub(super) fn set_up(&self, pins: &StrictFile) -> Result<(), BuildError> {
        let mut venv = words(&["-I", "-m", "venv", "--without-pip"]);
        venv.push(self.seen("env").into());
        self.run(self.interpreter.path(), venv, "creating an environment for")?;
        if !pins.pins().is_empty() {
            self.install(pins)?;
        }
        Ok(())
    }

    /// The folder of the virtual environment.
    pub(super) fn installed(&self) -> PathBuf {
        self.folder.join("env")
    }

    /// Installs what is pinned from the files that were fetched, which pip verifies once more.
    fn install(&self, pins: &StrictFile) -> Result<(), BuildError> {
        let list = self.folder.join("requirements.txt");
        fs::write(&list, pins.to_string()).map_err(BuildError::io("write", &list))?;
        let mut pip = self.pip("install");
        pip.extend(words(&[
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--no-compile",
        ]));
        pip.extend(["--find-links".into(), self.seen("wheels").into()]);
        pip.extend(["-r".into(), self.seen("requirements.txt").into()]);
        self.run_pip(pip, "installing the build requirements of")
    }

    /// The build requirements that the backend names when it is asked.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it fails, or names something that is not a requirement.
    pub fn ask(&self) -> Result<Vec<Requirement>, BuildError> {
        let returned = self
            .hook("requires", "getting the build requirements of")?
            .returned;
        let system = |reason: String| BuildError::System {
            sdist: self.source.label().to_owned(),
            reason,
        };
        let needs: Vec<String> = serde_json::from_value(returned).map_err(|error| {
            system(format!(
                "its backend does not return a list of strings: {error}"
            ))
        })?;
        let needs = needs.iter().map(|need| requirement(need).map_err(system));
        needs.collect()
    }

    /// The text of `METADATA` as the backend prepares it; `None` where it has no such hook.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where the hook fails.
    pub fn metadata(&self) -> Result<Option<Prepared>, BuildError> {
        let Answer { returned, read } = self.hook("metadata", "preparing the metadata of")?;
        Ok(returned.as_str().map(|text| Prepared {
            text: text.to_owned(),
            read,
        }))
    }

    /// Builds the wheel, inspects it, and puts it into the cache in `cache_dir`.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where the build fails, or its result is not a valid wheel of that
    /// release; then nothing is kept.
    pub fn build(&self, cache_dir: &Path) -> Result<BuiltWheel, BuildError> {
        let returned = self.hook("wheel", "building")?.returned;
        let file = returned.as_str().unwrap_or_default();
        take(&self.folder.join("wheel"), file, self.source, cache_dir)
    }

    /// Copies the shared libraries that a wheel needs into it, with the auditwheel that is installed
    /// here, and puts the result into the cache in `cache_dir`.
    ///
    /// The tag of the result names the oldest C library that it runs with.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where auditwheel fails, as for a library that is not found.
    pub fn repair(&self, wheel: &BuiltWheel, cache_dir: &Path) -> Result<BuiltWheel, BuildError> {
        let from = self.folder.join("unrepaired");
        let to = self.folder.join("repaired");
        fs::create_dir_all(&from).map_err(BuildError::io("make the folder", &from))?;
        let copy = from.join(wheel.file());
        wheel.copy(cache_dir, &copy)?;
        let mut command = words(&["-I", "-m", "auditwheel", "repair", "--wheel-dir"]);
        command.extend([self.see(&to).into(), self.see(&copy).into()]);
        self.run(&self.python(), command, "repairing the wheel of")?;
        let file = only_file(&to).map_err(BuildError::io("read", &to))?;
        take(&to, &file, self.source, cache_dir)
    }

    /// Calls a hook of the backend.
    fn hook(&self, hook: &str, what: &str) -> Result<Answer, BuildError> {
        let folder = self.folder.join(hook);
        fs::create_dir_all(&folder).map_err(BuildError::io("make the folder", &folder))?;
        let system = self.source.system();
        let mut command = words(&["-I", "-c", HOOK, hook]);
        command.extend([
            self.see(&folder.join(RESULT)).into(),
            system.backend.clone().into(),
        ]);
        command.extend(system.backend_path.iter().map(OsString::from));
        self.run(&self.python(), command, what)?;
        let result = folder.join(RESULT);
        let text = read_small(&result).map_err(BuildError::io("read", result))?;
        serde_json::from_str(&text).map_err(|error| BuildError::System {
            sdist: self.source.label().to_owned(),
            reason: format!("its backend did not return JSON: {error}"),
        })
    }

    /// The commands that were run here and what each took, a line each.
    pub fn done(&self) -> Vec<String> {
        self.done.borrow().clone()
    }

    /// Arguments of the interpreter for its pip, which works for this environment with no index.
    fn pip(&self, subcommand: &str) -> Arguments {
        let mut pip = words(&["-I", "-m", "pip", "--python"]);
        pip.push(self.python().into());
        pip.extend(words(&[
            "--isolated",
            "--no-input",
            "--disable-pip-version-check",
        ]));
        pip.extend(words(&[subcommand, "--no-index", "--no-cache-dir"]));
        pip
    }

    /// The interpreter in the environment, as the build sees it.
    fn python(&self) -> PathBuf {
        let env = self.seen("env");
        if cfg!(windows) {
            env.join("Scripts").join("python.exe")
        } else {
            env.join("bin").join("python")
        }
    }

    /// A file or folder of this environment, as the build sees it.
    fn seen(&self, name: &str) -> PathBuf {
        self.see(&self.folder.join(name))
    }

    fn see(&self, path: &Path) -> PathBuf {
        self.interpreter.sandbox().seen(path, &self.folder)
    }

    /// `PATH` with the programs of the environment first.
    fn path(&self) -> OsString {
        let python = self.python();
        let own = python.parent().map(Path::to_owned);
        let others = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        let all = own.into_iter().chain(std::env::split_paths(&others));
        std::env::join_paths(all).unwrap_or(others.clone())
    }

    fn run_pip(&self, arguments: Arguments, what: &str) -> Result<(), BuildError> {
        self.run(self.interpreter.path(), arguments, what)
    }

    /// Runs a command in the sandbox, in the folder of the sdist.
    fn run(&self, program: &Path, arguments: Arguments, what: &str) -> Result<(), BuildError> {
        let what = format!("{what} {}", self.source.label());
        // Beside the folder: a build could put a link in its place.
        let log = self.folder.with_extension("log");
        let null = if cfg!(windows) { "nul" } else { "/dev/null" };
        let epoch = self.source.epoch().to_string();
        let variables = vec![
            ("SOURCE_DATE_EPOCH".into(), epoch.into()),
            ("PATH".into(), self.path()),
            ("PIP_CONFIG_FILE".into(), null.into()),
        ];
        let ran = self.interpreter.sandbox().run(&Job {
            program,
            arguments,
            variables,
            current_dir: &self.root,
            folder: &self.folder,
            log: &log,
            view: self.interpreter.view(),
        });
        match ran {
            Ok(ran) => {
                let (took, size) = (ran.took.as_secs_f32(), ran.bytes / 1_000);
                let done = format!("{what}: {took:.1} s; its folder then held {size} kB");
                self.done.borrow_mut().push(done);
                Ok(())
            }
            Err(Failure::Ended(status) | Failure::Start(status)) => Err(BuildError::Failed {
                what,
                status,
                said: last_lines(&log),
            }),
            Err(Failure::Limit(reason)) => Err(BuildError::Limit { what, reason }),
        }
    }
}

fn words(words: &[&str]) -> Arguments {
    words.iter().map(OsString::from).collect()
}
