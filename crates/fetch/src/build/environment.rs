//! A virtual environment that holds an sdist's build requirements and nothing else, and what is done
//! in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harden_hasher::StrictFile;
use harden_requirements::Requirement;

use super::build_system::requirement;
use super::built_wheel::take;
use super::command::{clean, run};
use super::{BuildError, BuiltWheel, Interpreter, NetworkCut, Source};

/// Asks the backend what it needs.
const HOOK: &str = include_str!("hook.py");

/// An environment to build one sdist in, with the sdist unpacked anew.
#[derive(Debug)]
pub struct Environment<'a> {
    source: &'a Source<'a>,
    interpreter: Interpreter,
    folder: PathBuf,
    /// The sdist.
    root: PathBuf,
}

impl<'a> Environment<'a> {
    /// Makes it in `folder`, which has the files of `pins` in `wheels`, for the sdist in `root`.
    pub(super) fn make(
        source: &'a Source<'a>,
        interpreter: &Interpreter,
        pins: &StrictFile,
        folder: &Path,
        root: PathBuf,
    ) -> Result<Self, BuildError> {
        let environment = Self {
            source,
            interpreter: interpreter.clone(),
            folder: folder.to_owned(),
            root,
        };
        let home = environment.folder.join("home");
        fs::create_dir_all(&home).map_err(BuildError::io("make the folder", home))?;
        let mut venv = environment.command(environment.interpreter.path(), &["-I", "-m", "venv"]);
        venv.arg("--without-pip")
            .arg(environment.folder.join("env"));
        environment.run(&mut venv, "making an environment for")?;
        if !pins.pins().is_empty() {
            environment.install(pins)?;
        }
        Ok(environment)
    }

    /// Installs what is pinned from the files that were fetched, which pip verifies once more.
    fn install(&self, pins: &StrictFile) -> Result<(), BuildError> {
        let list = self.folder.join("requirements.txt");
        fs::write(&list, pins.to_string()).map_err(BuildError::io("write", &list))?;
        let mut pip = self.pip("install");
        pip.args(["--require-hashes", "--only-binary", ":all:", "--no-compile"])
            .arg("--find-links")
            .arg(self.folder.join("wheels"))
            .arg("-r")
            .arg(&list);
        self.run(&mut pip, "installing the build requirements of")
    }

    /// What the backend needs besides, which takes running it.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it fails, or needs what is no requirement.
    pub fn ask(&self) -> Result<Vec<Requirement>, BuildError> {
        let system = self.source.system();
        let result = self.folder.join("needs.json");
        let mut command = self.command(&self.python(), &["-I", "-c", HOOK]);
        command.arg(&result).arg(&system.backend);
        command.args(&system.backend_path).current_dir(&self.root);
        self.run(&mut command, "asking for what it takes to build")?;
        let text = fs::read_to_string(&result).map_err(BuildError::io("read", result))?;
        let system = |reason: String| BuildError::System {
            sdist: self.source.sdist().file().to_owned(),
            reason,
        };
        let needs: Vec<String> = serde_json::from_str(&text)
            .map_err(|error| system(format!("its backend needs no list of strings: {error}")))?;
        let needs = needs.iter().map(|need| requirement(need).map_err(system));
        needs.collect()
    }

    /// Builds the wheel, looks into it, and puts it into the wheelhouse `folder`, and into the cache
    /// in `cache_dir`, if any.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where the build fails, or what comes out is not a good wheel of the
    /// release that is pinned, or one that a target does not take; then none of it is kept.
    pub fn build(&self, folder: &Path, cache_dir: Option<&Path>) -> Result<BuiltWheel, BuildError> {
        let out = self.folder.join("out");
        let mut pip = self.pip("wheel");
        pip.args(["--no-build-isolation", "--no-deps", "--use-pep517"])
            .arg("--wheel-dir")
            .arg(&out)
            .arg(&self.root);
        self.run(&mut pip, "building")?;
        take(&out, self.source.sdist(), folder, cache_dir)
    }

    /// pip of the interpreter that builds, at work for this environment and with no index.
    fn pip(&self, subcommand: &str) -> Command {
        let mut pip = self.command(self.interpreter.path(), &["-I", "-m", "pip", "--python"]);
        pip.arg(self.python())
            .args(["--isolated", "--no-input", "--disable-pip-version-check"])
            .args([subcommand, "--no-index", "--no-cache-dir"])
            .env(
                "PIP_CONFIG_FILE",
                if cfg!(windows) { "nul" } else { "/dev/null" },
            );
        pip
    }

    /// The interpreter in the environment.
    fn python(&self) -> PathBuf {
        let env = self.folder.join("env");
        if cfg!(windows) {
            env.join("Scripts").join("python.exe")
        } else {
            env.join("bin").join("python")
        }
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let (program, before) = NetworkCut::words(self.interpreter.cut(), program.as_os_str());
        let mut command = clean(program, &self.folder.join("home"));
        command
            .args(before)
            .args(arguments.iter().map(OsStr::new))
            .env("SOURCE_DATE_EPOCH", self.source.epoch().to_string())
            .env("PATH", self.path());
        command
    }

    /// `PATH` with the programs of the environment first.
    fn path(&self) -> std::ffi::OsString {
        let python = self.python();
        let own = python.parent().map(Path::to_owned);
        let others = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        let all = own.into_iter().chain(std::env::split_paths(&others));
        std::env::join_paths(all).unwrap_or(others.clone())
    }

    fn run(&self, command: &mut Command, what: &str) -> Result<(), BuildError> {
        let what = format!("{what} {}", self.source.sdist().file());
        run(command, &what, &self.folder.join("log"))
    }
}
