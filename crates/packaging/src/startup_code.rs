//! Members of a wheel that run when Python or a shell starts, or that replace an interpreter, a shell or an
//! installer.
//!
//! Wheels may have good reasons for them (setuptools has a `.pth` file), so they cause warnings, not errors.
//!
//! What Python runs at start: <https://docs.python.org/3/library/site.html>, `.start` files (PEP 829), and what
//! decides where it looks for its library: <https://docs.python.org/3/library/sys_path_init.html>.

use crate::{PackageName, printable};

/// Programs that people and installers run by name. A digit, a dot or an ending may follow.
const PROGRAMS: [&str; 48] = [
    "python",
    "pythonw",
    "py",
    "pyw",
    "pypy",
    "pypyw",
    "graalpy",
    "pip",
    "uv",
    "uvx",
    "uvw",
    "pex",
    "pipx",
    "pipenv",
    "poetry",
    "pdm",
    "hatch",
    "conda",
    "mamba",
    "micromamba",
    "virtualenv",
    "pyenv",
    "easy_install",
    "harden",
    "fetch",
    "activate",
    "activate_this",
    "deactivate",
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "csh",
    "tcsh",
    "fish",
    "cmd",
    "powershell",
    "pwsh",
    "env",
    "sudo",
    "su",
    "ls",
    "cat",
    "git",
    "ssh",
    "curl",
    "wget",
];

/// Modules of installers, and one that a `.pth` file of virtual environments imports, by the project that they
/// belong to.
const MODULES: [(&str, &str); 5] = [
    ("pip", "pip"),
    ("setuptools", "setuptools"),
    ("pkg_resources", "setuptools"),
    ("_distutils_hack", "setuptools"),
    ("_virtualenv", "virtualenv"),
];

/// Modules that every interpreter imports when it starts.
const AT_START: [&str; 2] = ["sitecustomize", "usercustomize"];

/// Packages of the standard library that are imported when Python starts, or by most programs.
const LIBRARY: [&str; 8] = [
    "encodings",
    "collections",
    "importlib",
    "re",
    "json",
    "logging",
    "asyncio",
    "lib-dynload",
];

/// The paths and entry points by which the wheel of `project` with these members runs code when Python or a
/// shell starts, or replaces a program. `entry_points` is the text of its `entry_points.txt`.
pub fn takeovers<'a>(
    members: impl Iterator<Item = &'a str>,
    entry_points: &str,
    project: &PackageName,
) -> Vec<String> {
    let mut found: Vec<String> = members
        .filter(|path| takes_over(&path.to_lowercase(), project))
        .map(|path| printable(path).into_owned())
        .collect();
    let programs = scripts(entry_points).filter(|name| is_program(&name.to_lowercase(), project));
    found.extend(programs.map(|name| format!("entry point `{}`", printable(name))));
    found.sort_unstable();
    found.dedup();
    found
}

/// An entry point whose name is a path: installers join it to the folder of programs, so that it is written
/// anywhere.
pub fn path_as_entry_point(entry_points: &str) -> Option<&str> {
    let mut names = scripts(entry_points);
    names.find(|name| name.contains(['/', '\\']) || matches!(*name, "." | ".."))
}

/// Whether a path in lower case does; folders of install schemes count as the places they are installed to.
fn takes_over(path: &str, project: &PackageName) -> bool {
    let Some((top, rest)) = path.split_once('/') else {
        return is_site_takeover(path, project);
    };
    if !has_ending(top, &[".data"]) {
        return is_site_takeover(path, project);
    }
    match rest.split_once('/') {
        Some(("purelib" | "platlib", rest)) => is_site_takeover(rest, project),
        Some(("scripts", name)) => is_beside_interpreter(name, project),
        Some(("data", rest)) => is_prefix_takeover(rest, project),
        _ => false,
    }
}

/// In `site-packages`.
fn is_site_takeover(path: &str, project: &PackageName) -> bool {
    let top = path.split('/').next().unwrap_or_default();
    let module = top.split('.').next().unwrap_or_default();
    let is_file = top.len() == path.len();
    let is_foreign = |(name, owner): &(&str, &str)| module == *name && project.as_str() != *owner;
    let is_module = (!is_file || is_code(path)) && !top.ends_with(".dist-info");
    is_file && has_ending(path, &[".pth", ".start"])
        || is_module && AT_START.contains(&module)
        || is_module && MODULES.iter().any(is_foreign)
}

/// In the folder of the environment.
fn is_prefix_takeover(path: &str, project: &PackageName) -> bool {
    let site = ["site-packages/", "dist-packages/"]
        .iter()
        .find_map(|site| path.split_once(site));
    if let Some((_, rest)) = site {
        return is_site_takeover(rest, project);
    }
    match path.split_once('/') {
        // On Windows, this folder has the interpreter and is searched for modules.
        None => is_beside_interpreter(path, project) || is_site_takeover(path, project),
        Some(("bin" | "scripts" | "sbin" | "condabin", name)) => {
            is_beside_interpreter(name, project)
        }
        Some(("lib" | "lib64" | "dlls" | "lib_pypy", rest)) => is_library(rest),
        Some(("usr" | "local", rest)) => is_prefix_takeover(rest, project),
        Some(("etc", rest)) => is_shell_hook(rest),
        Some(_) => false,
    }
}

/// A program, or a file that tells the interpreter in the same folder where its library is.
fn is_beside_interpreter(name: &str, project: &PackageName) -> bool {
    let is_python = name.starts_with("python") || name.starts_with("pypy");
    matches!(name, "pyvenv.cfg" | "pybuilddir.txt" | "__pyvenv.cfg")
        || has_ending(name, &["._pth"])
        || is_python && has_ending(name, &[".zip", ".dll", ".pth"])
        || is_program(name, project)
}

/// In the folder of libraries: the standard library, of which each module may be imported at start.
fn is_library(path: &str) -> bool {
    let Some((top, rest)) = path.split_once('/') else {
        let is_archive = path.starts_with("python") && has_ending(path, &[".zip"]);
        return is_archive || is_code(path) && has_ending(path, &[".py", ".pyc", ".pyd"]);
    };
    let is_version = |name: &str| name.starts_with("python") || name.starts_with("pypy");
    is_version(top) && !rest.is_empty() || LIBRARY.contains(&top) && is_code(path)
}

/// Scripts that shells run at start, or conda when it activates an environment.
fn is_shell_hook(path: &str) -> bool {
    let folders = [
        "profile.d/",
        "conda/activate.d/",
        "conda/deactivate.d/",
        "fish/conf.d/",
        "bash_completion.d/",
    ];
    folders.iter().any(|folder| path.starts_with(folder))
        || matches!(
            path,
            "profile" | "bash.bashrc" | "bashrc" | "zshrc" | "zshenv"
        )
}

/// Whether Python imports a file of this name.
fn is_code(path: &str) -> bool {
    has_ending(path, &[".py", ".pyc", ".so", ".pyd"])
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.ends_with(ending))
}

/// Whether a script is run where people mean a program that is not the project's own.
fn is_program(name: &str, project: &PackageName) -> bool {
    let endings = [
        ".exe", ".cmd", ".bat", ".py", ".com", ".ps1", ".sh", ".csh", ".fish", ".nu", ".xsh",
    ];
    let mut stems = endings.iter();
    let name = stems
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || ".-".contains(c));
    let owner = match stem {
        "uvx" | "uvw" => "uv",
        "easy_install" => "setuptools",
        "fetch" => "harden",
        "activate" | "activate_this" | "deactivate" => "virtualenv",
        stem => stem,
    };
    PROGRAMS.contains(&stem) && project.as_str() != owner
}

/// The names of the scripts that `entry_points.txt` defines.
fn scripts(entry_points: &str) -> impl Iterator<Item = &str> {
    let mut is_scripts = false;
    entry_points.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']').trim();
            is_scripts = matches!(section, "console_scripts" | "gui_scripts");
            return None;
        }
        let (name, _) = line.split_once('=').filter(|_| is_scripts)?;
        Some(name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(project: &str, members: &[&str], entry_points: &str) -> Vec<String> {
        let project = project.parse().unwrap();
        takeovers(members.iter().copied(), entry_points, &project)
    }

    #[test]
    fn an_entry_point_is_a_name() {
        for name in ["../bin/python3", "..\\\\x", "a/b", "..", "/bin/sh"] {
            let text = format!("[console_scripts]\nx = a:b\n{name} = a:b\n");
            assert!(path_as_entry_point(&text).is_some(), "{name}");
        }
        assert_eq!(
            path_as_entry_point("[console_scripts]\nx.y-z = a:b\n[other]\na/b = c"),
            None
        );
    }

    #[test]
    fn startup_code_and_replaced_programs_are_named() {
        for path in [
            "evil.pth",
            "a-1.data/purelib/evil.PTH",
            "sitecustomize.py",
            "SiteCustomize/__init__.py",
            "usercustomize.cpython-311-x86_64-linux-gnu.so",
            "a-1.data/platlib/sitecustomize.py",
            "a-1.data/scripts/python",
            "a-1.data/scripts/Python3.11",
            "a-1.data/scripts/pip3.exe",
            "a-1.data/scripts/uvx",
            "a-1.data/data/bin/python3",
            "a-1.data/data/Scripts/PIP.EXE",
            "a-1.data/data/pyvenv.cfg",
            "a-1.data/data/lib/python3.11/site-packages/x.pth",
            "a-1.data/data/lib/python3.11/site.py",
            "a-1.data/data/lib64/python3.13t/encodings/utf_8.py",
            "a-1.data/data/lib/pypy3.10/os.py",
            "a-1.data/data/local/lib/python3.12/dist-packages/x.pth",
            "a-1.data/data/Lib/site.py",
            "a-1.data/data/Lib/encodings/__init__.py",
            "a-1.data/data/Lib/site-packages/sitecustomize.py",
            "a-1.data/data/DLLs/_socket.pyd",
            "a-1.data/data/lib/python311.zip",
            "a-1.data/data/python311._pth",
            "a-1.data/data/python311.zip",
            "a-1.data/data/python311.dll",
            "a-1.data/data/python.exe",
            "a-1.data/data/sitecustomize.py",
            "a-1.data/data/x.pth",
            "a-1.data/data/bin/pyvenv.cfg",
            "a-1.data/data/bin/activate",
            "a-1.data/data/etc/conda/activate.d/a.sh",
            "a-1.data/data/etc/profile.d/a.sh",
            "a-1.data/scripts/python311._pth",
            "a-1.data/scripts/pyvenv.cfg",
            "a-1.data/scripts/activate",
            "a-1.data/scripts/Activate.ps1",
            "a-1.data/scripts/activate.fish",
            "a-1.data/scripts/activate_this.py",
            "a-1.data/scripts/sh",
            "a-1.data/scripts/bash.exe",
            "a-1.data/scripts/py.exe",
            "a.start",
            "_virtualenv.py",
            "pip/__init__.py",
            "pkg_resources.py",
        ] {
            assert_eq!(found("a", &[path], ""), [path]);
        }
        let text = "[console_scripts]\na = a:main\npython = a:x\nPip3=a:x\nsh = a:x\n[gui_scripts]\nactivate = a:x\n\
                    [other]\npython = a:y\n";
        let points =
            ["Pip3", "activate", "python", "sh"].map(|name| format!("entry point `{name}`"));
        assert_eq!(found("a", &[], text), points);
    }

    #[test]
    fn programs_of_their_own_project_are_not_named() {
        let members = [
            "a/__init__.py",
            "a/evil.pth",
            "a/sitecustomize.py",
            "pip-1.dist-info/METADATA",
            "a-1.data/scripts/python-argcomplete-check-easy",
            "a-1.data/scripts/pipeline",
            "a-1.data/headers/Python.h",
            "a-1.data/data/lib/libfoo.so",
            "a-1.data/data/lib/cmake/foo.cmake",
            "a-1.data/data/share/man/man1/python.1",
            "a-1.data/data/share/a/site.py",
            "a-1.data/data/etc/jupyter/a.json",
            "a-1.data/data/bin/a",
            "a-1.data/scripts/pyproject-build",
            "a-1.data/scripts/envsubst",
            "pytest.py",
        ];
        assert_eq!(
            found("a", &members, "[console_scripts]\npipdeptree = x:y\n"),
            [""; 0]
        );
        let own = ["pip/__init__.py", "pip-1.data/scripts/pip3"];
        assert_eq!(
            found("pip", &own, "[console_scripts]\npip = x:y\n"),
            [""; 0]
        );
        assert_eq!(found("uv", &["uv-1.data/scripts/uvx"], ""), [""; 0]);
    }
}
