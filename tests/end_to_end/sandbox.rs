//! The sandbox of a test: a new folder, an index on loopback, and the two executables.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use harden_testindex::{Flavour, Server, Universe};
use regex::Regex;
use tempfile::TempDir;

/// The platform of most tests; it is not the platform that the tests run on.
pub const FOREIGN: &str = "manylinux2014_aarch64-cp-311-cp311";

/// A new folder and an index.
pub struct Sandbox {
    folder: TempDir,
    server: Server,
}

impl Sandbox {
    /// A sandbox with an index like PyPI.
    pub fn new(universe: &str) -> Self {
        Self::with(Flavour::Pypi, universe)
    }

    pub fn with(flavour: Flavour, universe: &str) -> Self {
        Self::serving(flavour, Universe::new(universe))
    }

    /// A sandbox with an index like PyPI that has these files.
    pub fn of(universe: Universe) -> Self {
        Self::serving(Flavour::Pypi, universe)
    }

    fn serving(flavour: Flavour, universe: Universe) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("project")).expect("it is empty");
        Self {
            folder,
            server: Server::start_as(flavour, universe),
        }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The SHA-256 of a file of the index.
    pub fn sha256(&self, file: &str) -> String {
        let file = self.server.universe().file(file);
        file.expect("the index has it").sha256().to_string()
    }

    /// The path of a file in the folder that commands run in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("project").join(name)
    }

    /// Writes a file, whose lines may be indented as the test is.
    pub fn write(&self, name: &str, text: &str) -> &Self {
        let lines = text.lines().map(|line| line.trim_start().to_owned() + "\n");
        let path = self.path(name);
        let folder = path.parent().expect("it is in the sandbox");
        std::fs::create_dir_all(folder).expect("a folder can be made");
        std::fs::write(path, lines.collect::<String>().trim_start()).expect("it can be written");
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The file, with the parts filtered that differ between runs.
    pub fn shown(&self, name: &str) -> String {
        self.filtered(&self.read(name))
    }

    /// The names in a folder, sorted; empty if there is no such folder.
    pub fn list(&self, name: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(name)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("it can be read").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// All files below a folder, sorted; none if there is no such folder.
    pub fn files_below(&self, name: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.path(name)];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    /// Runs `harden` with these arguments, separated by white space.
    pub fn harden(&self, arguments: &str) -> Outcome {
        self.run(self.command(env!("CARGO_BIN_EXE_harden"), arguments))
    }

    /// Runs `harden` with these variables.
    pub fn harden_with(&self, variables: &[(&str, &str)], arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.envs(variables.iter().copied());
        self.run(command)
    }

    /// Runs `harden` in a folder of the sandbox.
    pub fn harden_in(&self, folder: &str, arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.current_dir(self.path(folder));
        self.run(command)
    }

    /// Runs `harden` with the PATH of the user who runs the tests, so that it finds git.
    pub fn harden_with_path(&self, arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        self.run(command)
    }

    /// Runs `harden` with pip's variables in place of its own.
    pub fn harden_as_pip(&self, variables: &[(&str, &str)], arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.env_remove("HARDEN_INDEX_URL");
        command.envs(variables.iter().copied());
        self.run(command)
    }

    /// Runs `harden` with `input` on its standard input.
    pub fn harden_reading(&self, input: &str, arguments: &str) -> Outcome {
        self.write("../input", input);
        let input = std::fs::File::open(self.path("../input")).expect("it was written");
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.stdin(input);
        self.run(command)
    }

    /// Runs `fetch` with these arguments, separated by white space.
    pub fn fetch(&self, arguments: &str) -> Outcome {
        self.run(self.command(env!("CARGO_BIN_EXE_fetch"), arguments))
    }

    /// Runs `fetch` in a folder of the sandbox.
    pub fn fetch_in(&self, folder: &str, arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_fetch"), arguments);
        command.current_dir(self.path(folder));
        self.run(command)
    }

    /// Runs `fetch` with these variables.
    pub fn fetch_with(&self, variables: &[(&str, &str)], arguments: &str) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_fetch"), arguments);
        command.envs(variables.iter().copied());
        self.run(command)
    }

    /// Starts `harden` and returns at once.
    pub fn start_harden(&self, arguments: &str) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_harden"), arguments);
        command.spawn().expect("it can be started")
    }

    /// Starts `fetch` and returns at once.
    pub fn start_fetch(&self, arguments: &str) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_fetch"), arguments);
        command.spawn().expect("it can be started")
    }

    /// Runs another program, which runs one of the executables.
    pub fn run_here(&self, mut command: Command) -> Outcome {
        self.settle(&mut command);
        command.env("PATH", "/usr/bin:/bin");
        self.run(command)
    }

    /// Deletes the cache.
    pub fn forget_cache(&self) {
        let _ = std::fs::remove_dir_all(self.folder.path().join(".cache"));
    }

    /// A command in the sandbox, without the environment of the user who runs the tests.
    fn command(&self, program: &str, arguments: &str) -> Command {
        let mut command = Command::new(program);
        command.args(arguments.split_whitespace());
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut Command) {
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("HARDEN_INDEX_URL", self.server.index_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    fn run(&self, mut command: Command) -> Outcome {
        let output = command.output().expect("the executable runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
        Outcome {
            code: output.status.code(),
            stderr: self.filtered(&text(output.stderr)),
            shown: self.filtered(&text(output.stdout.clone())),
            stdout: text(output.stdout),
        }
    }

    /// Text of a command, with the parts replaced that differ between runs.
    pub fn without_measures(&self, text: &str) -> String {
        self.filtered(text)
    }

    fn filtered(&self, text: &str) -> String {
        let mut text = text
            .replace(&self.server.url(""), "[index]")
            .replace(&path_text(self.folder.path()), "[folder]");
        for file in self.server.universe().files() {
            let digest = file.sha256().to_string();
            text = text.replace(&digest, &format!("<{}>", file.filename()));
        }
        for (pattern, replacement) in [
            (r"\b[0-9a-f]{64}\b", "[digest]"),
            (r"\b\d+(\.\d+)? ?m?s\b", "[time]"),
            // Another build of zlib may compress the test wheels better.
            (r"\b\d+(\.\d+)? [kM]?B\b", "[size]"),
        ] {
            let pattern = Regex::new(pattern).expect("the pattern is valid");
            text = pattern.replace_all(&text, replacement).into_owned();
        }
        text
    }
}

/// Whether this is the name of a wheel, and not of a temporary file or of one beside a wheel.
pub fn is_wheel(name: &str) -> bool {
    name.rsplit('.').next() == Some("whl")
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The result of a command.
pub struct Outcome {
    pub code: Option<i32>,
    /// Unfiltered.
    pub stdout: String,
    /// Filtered.
    pub stderr: String,
    shown: String,
}

impl Outcome {
    /// Standard output of a run that must have succeeded.
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }

    /// Filtered standard output of a run that must have succeeded.
    pub fn good_shown(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.shown
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit {code}")?,
            None => writeln!(f, "killed")?,
        }
        for (name, text) in [("stdout", &self.shown), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}
