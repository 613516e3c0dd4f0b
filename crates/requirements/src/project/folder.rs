//! The files in which a project may declare its dependencies, and which of them does.
//!
//! What only code tells (`setup.py`, a plug-in of the backend, a backend with a table of its own) takes
//! a build of the project; everything else is read here.

use harden_packaging::{ExtraName, PackageName};
use pep440_rs::Version;
use toml::de::DeTable;

use super::setup_cfg::SetupCfg;
use super::{dynamic, project_name, project_version};
use crate::requirement::Requirement;

/// What a plain setuptools build requires: nothing of it changes dependencies.
const PLAIN_REQUIREMENTS: [&str; 9] = [
    "cython",
    "numpy",
    "packaging",
    "setuptools",
    "setuptools-scm",
    "toml",
    "tomli",
    "versioneer",
    "wheel",
];

/// The lines of a `setup.py` that leaves everything to `setup.cfg`, without spaces and quotes.
const PLAIN_LINES: [&str; 8] = [
    "importsetuptools",
    "fromsetuptoolsimportsetup",
    "fromsetuptoolsimportsetup,find_packages",
    "setup()",
    "setuptools.setup()",
    "if__name__==__main__:",
    "from__future__importannotations",
    "#!/usr/bin/envpython",
];

/// The texts of a project's files, as far as it has them.
#[derive(Debug, Clone, Default)]
pub struct ProjectFiles {
    /// `pyproject.toml`.
    pub pyproject: Option<String>,
    /// `setup.cfg`.
    pub setup_cfg: Option<String>,
    /// `setup.py`.
    pub setup_py: Option<String>,
}

/// Where a project declares its dependencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// In `[project]`, or in files that it names.
    Pyproject,
    /// In `setup.cfg`.
    SetupCfg,
    /// Only a build tells; the reason, as the part of a sentence.
    Build(String),
    /// It is not a project.
    Nowhere,
}

impl ProjectFiles {
    /// The names of the files.
    pub const NAMES: [&'static str; 3] = ["pyproject.toml", "setup.cfg", "setup.py"];

    /// Where the dependencies are, and those of `extras`.
    pub fn declared(&self, extras: &[ExtraName]) -> Declared {
        let text = self.pyproject.as_deref().unwrap_or_default();
        let Ok(root) = DeTable::parse(text) else {
            // Its reader says what is wrong.
            return Declared::Pyproject;
        };
        let root = root.get_ref();
        if root.contains_key("project") {
            return in_project(root, extras);
        }
        if is_plain_setuptools(root) && self.has_plain_setup() {
            let cfg = self.setup_cfg.as_deref().map(SetupCfg::read);
            if cfg.is_some_and(|cfg| cfg.is_static(&PLAIN_REQUIREMENTS)) {
                return Declared::SetupCfg;
            }
        }
        if has_poetry(root) {
            return Declared::Build("Poetry keeps them in `[tool.poetry]`".to_owned());
        }
        if self.setup_py.is_some() {
            return Declared::Build("setup.py computes them".to_owned());
        }
        if root.contains_key("build-system") {
            return Declared::Build("pyproject.toml has no `[project]` table".to_owned());
        }
        Declared::Nowhere
    }

    /// The file that stands for the project in messages and comments.
    pub fn main(&self) -> &'static str {
        let text = self.pyproject.as_deref().unwrap_or_default();
        let says_more = DeTable::parse(text).map_or(true, |root| {
            let root = root.get_ref();
            root.contains_key("project") || has_poetry(root)
        });
        match (&self.pyproject, &self.setup_py, &self.setup_cfg) {
            (Some(_), ..) if says_more => "pyproject.toml",
            (_, Some(_), _) => "setup.py",
            (_, None, Some(_)) => "setup.cfg",
            _ => "pyproject.toml",
        }
    }

    /// The name that it states. That of a `setup.py` is what looks like it.
    pub fn name(&self) -> Option<PackageName> {
        let pyproject = self.pyproject.as_deref().unwrap_or_default();
        let poetry = || stated_by_poetry(pyproject, "name")?.parse().ok();
        let setup_py = || keyword(self.setup_py.as_deref()?, "name")?.parse().ok();
        let setup_cfg = || self.in_setup_cfg("name")?.parse().ok();
        let name = project_name(pyproject).or_else(poetry);
        name.or_else(setup_py).or_else(setup_cfg)
    }

    /// The version, if a file that is not code states it.
    pub fn version(&self) -> Option<Version> {
        let pyproject = self.pyproject.as_deref().unwrap_or_default();
        if let Some(version) = project_version(pyproject) {
            return Some(version);
        }
        if DeTable::parse(pyproject).is_ok_and(|root| root.get_ref().contains_key("project")) {
            return None;
        }
        let setup_cfg = || {
            let plain = self.has_plain_setup();
            plain.then(|| self.in_setup_cfg("version")?.parse().ok())?
        };
        let poetry = stated_by_poetry(pyproject, "version");
        // Version 0 is where plug-ins put what they compute.
        let poetry = poetry.and_then(|version| version.parse().ok());
        poetry
            .filter(|version| *version > Version::new([0]))
            .or_else(setup_cfg)
    }

    fn in_setup_cfg(&self, key: &str) -> Option<String> {
        SetupCfg::read(self.setup_cfg.as_deref()?).word("metadata", key)
    }

    /// Whether there is no `setup.py`, or one that leaves everything to `setup.cfg`.
    fn has_plain_setup(&self) -> bool {
        let Some(text) = &self.setup_py else {
            return true;
        };
        let plain = |line: &str| {
            let line = line.split_once(" #").map_or(line, |(line, _)| line);
            let is_left = |c: &char| !c.is_whitespace() && !['"', '\''].contains(c);
            line.chars().filter(is_left).collect::<String>()
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        text.lines()
            .map(plain)
            .all(|line| line.is_empty() || line.starts_with('#') || PLAIN_LINES.contains(&&*line))
    }
}

/// Whether `[project]` declares them, itself or by files that it names.
fn in_project(root: &DeTable<'_>, extras: &[ExtraName]) -> Declared {
    let is_dynamic = |field| dynamic::is_dynamic(root, field);
    if is_dynamic("dependencies") && dynamic::of_dependencies(root).is_none() {
        return Declared::Build("`dependencies` is dynamic in pyproject.toml".to_owned());
    }
    let is_known = |extra: &ExtraName| dynamic::of_extra(root, extra).is_some();
    if is_dynamic("optional-dependencies") && !extras.iter().all(is_known) {
        let reason = "`optional-dependencies` is dynamic in pyproject.toml";
        return Declared::Build(reason.to_owned());
    }
    Declared::Pyproject
}

/// Whether setuptools builds it, without plug-ins that could add dependencies.
fn is_plain_setuptools(root: &DeTable<'_>) -> bool {
    let Some(system) = root.get("build-system") else {
        return true;
    };
    let Some(system) = system.get_ref().as_table() else {
        return false;
    };
    let backend = system
        .get("build-backend")
        .map(|item| item.get_ref().as_str());
    let is_setuptools = matches!(
        backend,
        None | Some(Some(
            "setuptools.build_meta" | "setuptools.build_meta:__legacy__"
        ))
    );
    let requires = system.get("requires").map(|item| item.get_ref().as_array());
    let is_plain = requires.flatten().is_some_and(|requires| {
        let names = requires.iter().map(|item| {
            let requirement: Requirement = item.get_ref().as_str()?.parse().ok()?;
            Some(requirement.name)
        });
        let is_plain = |name: PackageName| PLAIN_REQUIREMENTS.contains(&name.as_str());
        names.into_iter().all(|name| name.is_some_and(is_plain))
    });
    is_setuptools && is_plain && !system.contains_key("backend-path")
}

fn has_poetry(root: &DeTable<'_>) -> bool {
    dynamic::table(root, &["tool", "poetry"]).is_some()
}

fn stated_by_poetry(pyproject: &str, key: &str) -> Option<String> {
    let root = DeTable::parse(pyproject).ok()?;
    let poetry = dynamic::table(root.get_ref(), &["tool", "poetry"])?;
    poetry.get(key)?.get_ref().as_str().map(str::to_owned)
}

/// The string that the code gives for this keyword (`name="shop"`).
fn keyword<'t>(code: &'t str, keyword: &str) -> Option<&'t str> {
    let call = code.find("setup(").map_or(code, |at| &code[at..]);
    call.match_indices(keyword).find_map(|(at, _)| {
        let before = call[..at].chars().next_back()?;
        if before.is_alphanumeric() || "_.\"'".contains(before) {
            return None;
        }
        let value = call[at + keyword.len()..].trim_start();
        let value = value.strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
        value[1..].split_once(quote).map(|(value, _)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pyproject: &str, setup_cfg: &str, setup_py: &str) -> ProjectFiles {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ProjectFiles {
            pyproject: some(pyproject),
            setup_cfg: some(setup_cfg),
            setup_py: some(setup_py),
        }
    }

    const CFG: &str = "[metadata]\nname = shop\nversion = 1.0\n[options]\ninstall_requires = lib";

    #[test]
    fn what_no_code_decides_is_read() {
        let plain =
            "#!/usr/bin/env python\nfrom setuptools import setup\n\nsetup()  # see setup.cfg\n";
        let scm = "[build-system]\nrequires = ['setuptools>=42', 'wheel', 'setuptools_scm']\n\
                   build-backend = 'setuptools.build_meta'";
        for (pyproject, setup_cfg, setup_py) in [
            ("", CFG, ""),
            ("", CFG, plain),
            (scm, CFG, plain),
            (scm, CFG, ""),
        ] {
            let files = files(pyproject, setup_cfg, setup_py);
            assert_eq!(files.declared(&[]), Declared::SetupCfg, "{files:?}");
            assert_eq!(files.name().unwrap().as_str(), "shop");
            assert_eq!(files.version().unwrap().to_string(), "1.0");
        }
        let project = "[project]\nname = 'shop'\ndependencies = []";
        let declared = files(project, CFG, "import os").declared(&[]);
        assert_eq!(declared, Declared::Pyproject);
        assert_eq!(files("", "", "").declared(&[]), Declared::Nowhere);
        assert_eq!(files("", "[flake8]", "").declared(&[]), Declared::Nowhere);
    }

    #[test]
    fn what_code_may_decide_takes_a_build() {
        let pbr = "[build-system]\nrequires = ['pbr']\nbuild-backend = 'pbr.build'";
        let own = "[build-system]\nrequires = []\nbuild-backend = 'b'\nbackend-path = ['.']";
        for (pyproject, setup_cfg, setup_py, main) in [
            (
                "",
                CFG,
                "from setuptools import setup\nsetup(install_requires=x())",
                "setup.py",
            ),
            ("", "", "setup(name='shop')", "setup.py"),
            (pbr, CFG, "", "setup.cfg"),
            (own, "", "", "pyproject.toml"),
            ("", "[options]\nsetup_requires = pbr", "", "setup.cfg"),
            (
                "",
                "[options]\ninstall_requires = %(a)s",
                "setup()",
                "setup.py",
            ),
            ("[tool.poetry]\nname = 'shop'", "", "", "pyproject.toml"),
            (
                "[project]\nname = 'a'\ndynamic = ['dependencies']",
                "",
                "",
                "pyproject.toml",
            ),
        ] {
            let files = files(pyproject, setup_cfg, setup_py);
            let declared = files.declared(&[]);
            let is_nowhere = pyproject.is_empty() && setup_py.is_empty();
            assert!(
                matches!(declared, Declared::Build(_))
                    || is_nowhere && declared == Declared::Nowhere,
                "{files:?}: {declared:?}"
            );
            assert_eq!(files.main(), main, "{files:?}");
        }
        let dynamic = files(
            "[project]\nname = 'a'\ndynamic = ['optional-dependencies']",
            "",
            "",
        );
        assert_eq!(dynamic.declared(&[]), Declared::Pyproject);
        let extra = ["dev".parse().unwrap()];
        assert!(matches!(dynamic.declared(&extra), Declared::Build(_)));
    }

    #[test]
    fn the_name_in_a_setup_py_is_found() {
        for (code, name) in [
            ("setup(name='Shop', version=v)", Some("shop")),
            (
                "name = 'other'\nsetup(\n    name = \"shop\",\n)",
                Some("shop"),
            ),
            ("setup(package_name='x', name=NAME)", None),
            ("setup(**settings)", None),
            ("setup(name='", None),
        ] {
            let found = files("", "", code).name();
            assert_eq!(found.as_ref().map(PackageName::as_str), name, "{code}");
        }
        assert_eq!(files("", "", "setup(version='1.0')").version(), None);
    }
}
