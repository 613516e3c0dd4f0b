//! Members of a wheel that run when Python starts, or that replace an interpreter or an installer.
//!
//! Wheels may have good reasons for them (setuptools has a `.pth` file), so they cause warnings, not errors.

#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "installers and Python compare these names as they are"
)]

use harden_packaging::{PackageName, printable};

/// Programs that people and installers run by name. A digit, a dot or an ending may follow.
const PROGRAMS: [&str; 9] = [
    "python",
    "pythonw",
    "pypy",
    "pip",
    "uv",
    "uvx",
    "pex",
    "pipx",
    "easy_install",
];

/// Modules of installers, by the project that they belong to.
const MODULES: [(&str, &str); 4] = [
    ("pip", "pip"),
    ("setuptools", "setuptools"),
    ("pkg_resources", "setuptools"),
    ("_distutils_hack", "setuptools"),
];

/// Modules that every interpreter imports when it starts.
const AT_START: [&str; 2] = ["sitecustomize", "usercustomize"];

/// The paths and entry points by which the wheel of `project` with these members runs code when Python
/// starts or replaces a program. `entry_points` is the text of its `entry_points.txt`.
pub(super) fn takeovers<'a>(
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
pub(super) fn path_as_entry_point(entry_points: &str) -> Option<&str> {
    let mut names = scripts(entry_points);
    names.find(|name| name.contains(['/', '\\']) || matches!(*name, "." | ".."))
}

/// Whether a path in lower case does; folders of install schemes count as the places they are installed to.
fn takes_over(path: &str, project: &PackageName) -> bool {
    let Some((top, rest)) = path.split_once('/') else {
        return is_site_takeover(path, project);
    };
    if !top.ends_with(".data") {
        return is_site_takeover(path, project);
    }
    match rest.split_once('/') {
        Some(("purelib" | "platlib", rest)) => is_site_takeover(rest, project),
        Some(("scripts", name)) => is_program(name, project),
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
    let is_module = !is_file
        || [".py", ".pyc", ".so", ".pyd"]
            .iter()
            .any(|end| path.ends_with(end));
    is_file && path.ends_with(".pth")
        || is_module && !top.ends_with(".dist-info") && AT_START.contains(&module)
        || is_module && !top.ends_with(".dist-info") && MODULES.iter().any(is_foreign)
}

/// In the folder of the environment.
fn is_prefix_takeover(path: &str, project: &PackageName) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let site = ["site-packages/", "dist-packages/"]
        .iter()
        .find_map(|site| path.split_once(site));
    match folder {
        "" => name == "pyvenv.cfg",
        "bin" | "scripts" => is_program(name, project),
        _ => site.is_some_and(|(_, rest)| is_site_takeover(rest, project)),
    }
}

/// Whether a script is run where people mean a program that is not the project's own.
fn is_program(name: &str, project: &PackageName) -> bool {
    let name = [".exe", ".cmd", ".bat", ".py", ".com", ".ps1"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || ".-".contains(c));
    let owner = match stem {
        "uvx" => "uv",
        "easy_install" => "setuptools",
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
            "pip/__init__.py",
            "pkg_resources.py",
        ] {
            assert_eq!(found("a", &[path], ""), [path]);
        }
        let text = "[console_scripts]\na = a:main\npython = a:x\nPip3=a:x\n[other]\npython = a:y\n";
        assert_eq!(
            found("a", &[], text),
            ["entry point `Pip3`", "entry point `python`"]
        );
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
