//! A simple search for what Python code may do: reach the network, start processes, run code made at run
//! time.
//!
//! It finds words, not meanings: what is harmless may be found, and what is hidden is not.

use std::collections::BTreeSet;
use std::fmt;

use harden_packaging::printable;

/// How long a line is shown, in characters.
const LONGEST: usize = 160;

/// What a line may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKind {
    /// Reach the network.
    Network,
    /// Start processes, or call native code.
    Process,
    /// Run code that is not in the file, or unpack data that may be code.
    Code,
}

impl CallKind {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Process => "process",
            Self::Code => "code",
        }
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A line that may do something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What.
    pub kind: CallKind,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The line's text, shortened.
    pub text: String,
}

/// Names that stand at the beginning of a word, with what they are for.
const NAMES: &[(CallKind, &[&str])] = &[
    (
        CallKind::Network,
        &[
            "socket",
            "urllib",
            "urllib3",
            "http.client",
            "http.server",
            "httpx",
            "requests",
            "aiohttp",
            "ftplib",
            "smtplib",
            "telnetlib",
            "xmlrpc",
            "paramiko",
            "websocket",
            "websockets",
            "pycurl",
            "urlopen",
            "urlretrieve",
            "socketserver",
            "asyncio.open_connection",
        ],
    ),
    (
        CallKind::Process,
        &[
            "subprocess",
            "os.system",
            "os.popen",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.execl",
            "os.execlp",
            "os.spawnl",
            "os.spawnv",
            "os.posix_spawn",
            "os.fork",
            "os.startfile",
            "pty",
            "Popen",
            "ctypes",
            "cffi",
            "multiprocessing",
            "asyncio.create_subprocess_exec",
            "asyncio.create_subprocess_shell",
            "winreg",
        ],
    ),
    (
        CallKind::Code,
        &[
            "__import__",
            "importlib.import_module",
            "marshal.loads",
            "pickle.loads",
            "pickle.load",
            "b64decode",
            "b85decode",
            "runpy",
            "zipimport",
            "types.CodeType",
        ],
    ),
];

/// Built-in functions that run code; of an object, as in `re.compile(`, they are something else.
const BUILT_IN: [&str; 3] = ["eval", "exec", "compile"];

/// The lines of `new` that may do something, and that `old` does not have.
pub(crate) fn new_calls(path: &str, old: Option<&str>, new: &str) -> Vec<Call> {
    let known: BTreeSet<&str> = old.unwrap_or_default().lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (place, line) in new.lines().enumerate() {
        let text = line.trim();
        if text.starts_with('#') || known.contains(text) {
            continue;
        }
        for kind in kinds(text) {
            found.push(Call {
                kind,
                path: path.to_owned(),
                line: place + 1,
                text: shortened(text),
            });
        }
    }
    found
}

fn kinds(line: &str) -> Vec<CallKind> {
    let mut kinds = Vec::new();
    for (kind, names) in NAMES {
        let is_built_in =
            || *kind == CallKind::Code && BUILT_IN.iter().any(|name| calls(line, name));
        if names.iter().any(|name| has(line, name)) || is_built_in() {
            kinds.push(*kind);
        }
    }
    kinds
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether a line has a name, by itself or as the beginning or the end of a dotted one.
fn has(line: &str, name: &str) -> bool {
    places(line, name)
        .any(|(before, after)| !before.is_some_and(is_of_name) && !after.is_some_and(is_of_name))
}

/// Whether a line calls a function of this name that is not an object's.
fn calls(line: &str, name: &str) -> bool {
    places(line, name).any(|(before, after)| {
        let is_part = before.is_some_and(|before| is_of_name(before) || before == '.');
        !is_part && after == Some('(')
    })
}

/// The characters before and after each place of a name in a line.
fn places<'l>(
    line: &'l str,
    name: &'l str,
) -> impl Iterator<Item = (Option<char>, Option<char>)> + 'l {
    line.match_indices(name).map(move |(place, _)| {
        let before = line[..place].chars().next_back();
        let after = line[place + name.len()..].chars().next();
        (before, after)
    })
}

fn shortened(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_whole_names() {
        use CallKind::{Code, Network, Process};
        for (line, expected) in [
            ("import socket", vec![Network]),
            ("from urllib.request import urlopen", vec![Network]),
            ("self.websocket_url = x", vec![]),
            ("r = requests.get(url)", vec![Network]),
            ("handle(requests_total)", vec![]),
            ("subprocess.run(['x'])", vec![Process]),
            ("os.system('x')", vec![Process]),
            ("eval(text)", vec![Code]),
            ("x = re.compile('a')", vec![]),
            ("x = compile(text, 'x', 'exec')", vec![Code]),
            ("model.eval()", vec![]),
            ("evaluate(x)", vec![]),
            (
                "exec(base64.b64decode(x)); socket.socket()",
                vec![Network, Code],
            ),
            ("# import socket", vec![]),
        ] {
            let calls = new_calls("a.py", None, line);
            let found: Vec<CallKind> = calls.iter().map(|call| call.kind).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn only_lines_that_were_not_there_are_found() {
        let old = "import os\n    import socket\n";
        let new = "import socket\nimport subprocess\n";
        let calls = new_calls("a.py", Some(old), new);
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].line, &*calls[0].text), (2, "import subprocess"));
    }
}
