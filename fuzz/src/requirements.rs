//! Versions, specifiers, markers, requirements and the files that hold them; targets and names of files.

use std::io;

use harden_packaging::{DistFilename, Reference};
use harden_requirements::{
    BuiltMetadata, Marker, ProjectFiles, ProjectParts, ReadText, Requirement, Specifiers, read,
    read_extras, read_groups, read_pyproject, read_script, read_setup_cfg, read_uv_toml,
};
use harden_target::{Target, WheelFilename};
use pep440_rs::Version;

use crate::seeds::{strings_of, texts};

/// The target that markers and tags are evaluated for.
fn linux() -> Target {
    "manylinux2014_x86_64-cp311"
        .parse()
        .expect("it is a target")
}

/// A version: its text is read as the same version, and equal versions have equal order.
pub(crate) fn version(text: &str) {
    let Ok(version) = text.parse::<Version>() else {
        return;
    };
    let again: Version = version.to_string().parse().expect("its text is a version");
    assert_eq!(version, again);
    assert_eq!(version.cmp(&again), std::cmp::Ordering::Equal);
}

pub(crate) fn versions() -> Vec<Vec<u8>> {
    strings_of("requirements/tests/data/versions.json")
}

/// A specifier set: its text is read as the same set, and a version is in the set of versions if the
/// specifiers contain it.
pub(crate) fn specifiers(text: &str) {
    let Ok(specifiers) = text.parse::<Specifiers>() else {
        return;
    };
    let again: Specifiers = specifiers
        .to_string()
        .parse()
        .expect("its text is a specifier set");
    assert_eq!(specifiers.to_set(), again.to_set());
    let set = specifiers.to_set();
    for version in ["1.0", "1.0.post1", "2.0rc1", "1.0+local", "0", "1!2.0"] {
        let version: Version = version.parse().expect("it is a version");
        let contains = specifiers.contains(&version);
        assert!(set.contains(&version) || !contains, "{version}");
        if !specifiers.has_identical() {
            assert_eq!(set.contains(&version), contains, "{version}");
        }
    }
    let _ = (specifiers.names_prerelease(), specifiers.exact());
    let _ = specifiers.admits(&linux().environment());
}

pub(crate) fn specifier_sets() -> Vec<Vec<u8>> {
    strings_of("requirements/tests/data/versions.json")
}

/// A marker: its text is read as a marker with the same outcome.
pub(crate) fn marker(text: &str) {
    let Ok(marker) = text.parse::<Marker>() else {
        return;
    };
    let again: Marker = marker.to_string().parse().expect("its text is a marker");
    let environment = linux().environment();
    let outcome = |marker: &Marker| format!("{:?}", marker.evaluate(&environment, &[]));
    assert_eq!(outcome(&marker), outcome(&again));
}

pub(crate) fn markers() -> Vec<Vec<u8>> {
    strings_of("requirements/tests/data/markers.json")
}

/// A requirement: its text is read as the same requirement.
pub(crate) fn requirement(text: &str) {
    let Ok(requirement) = text.parse::<Requirement>() else {
        return;
    };
    let shown = requirement.to_string();
    let again: Requirement = shown.parse().expect("its text is a requirement");
    assert_eq!(again.to_string(), shown);
    assert_eq!(again.versions(), requirement.versions());
    let _ = requirement.shown();
}

pub(crate) fn single_requirements() -> Vec<Vec<u8>> {
    strings_of("requirements/tests/data/requirements.json")
}

/// The requirements file `loose.txt`, which may include `other.txt`.
struct Texts<'t>(&'t str);

impl ReadText for Texts<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path {
            "loose.txt" => Ok(self.0.as_bytes().to_vec()),
            "other.txt" => Ok(b"b==1\n-c more.txt\n".to_vec()),
            "more.txt" => Ok(b"c<2".to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn variable(&self, _name: &str) -> Option<String> {
        Some("value".to_owned())
    }
}

/// A requirements file: its canonical lines can be told.
pub(crate) fn file(text: &str) {
    if let Ok(inputs) = read(&["loose.txt"], &Texts(text)) {
        let _ = inputs.canonical_lines();
    }
}

pub(crate) fn requirements_files() -> Vec<Vec<u8>> {
    let mut seeds = strings_of("requirements/tests/data/reqfiles.json");
    seeds.extend(texts(&[
        "-r other.txt\n-c more.txt\na>=1 ; python_version < '3.12' \\\n  --hash=sha256:0\n",
        "--index-url https://index.test/${TOKEN}/simple\n-e .\n# comment\nb @ https://files.test/b-1.0.zip\n",
    ]));
    seeds
}

/// A `pyproject.toml`, and what uv says in one or in a `uv.toml`.
pub(crate) fn pyproject(text: &str) {
    let parts = ProjectParts {
        extras: &["x".parse().expect("it is a name")],
        groups: &["dev".parse().expect("it is a name")],
    };
    if let Ok(inputs) = read_pyproject("pyproject.toml", text, parts) {
        let _ = inputs.canonical_lines();
    }
    let _ = read_extras("pyproject.toml", text, &[]);
    let _ = read_groups("pyproject.toml", text, parts.groups);
    let _ = read_uv_toml("uv.toml", text);
}

/// The `setup.cfg` and the `setup.py` of a project, and the metadata that its build gives.
pub(crate) fn setup(text: &str) {
    let extras = ["x".parse().expect("it is a name")];
    let files = ProjectFiles {
        pyproject: None,
        setup_cfg: Some(text.to_owned()),
        setup_py: Some(text.to_owned()),
    };
    let _ = (files.declared(&extras), files.name(), files.version());
    let _ = (files.main(), read_setup_cfg("setup.cfg", text, &extras));
    if let Ok(metadata) = BuiltMetadata::read(text) {
        for requirement in metadata.requires(&extras).unwrap_or_default() {
            let again: Requirement = requirement
                .to_string()
                .parse()
                .expect("its text is a requirement");
            assert_eq!(again, requirement);
        }
    }
}

pub(crate) fn setups() -> Vec<Vec<u8>> {
    texts(&[
        "[metadata]\nname = a\nversion = 1\n[options]\npython_requires = >=3.8\ninstall_requires =\n  b<2\n  # c\n\n  d; os_name == 'nt'\n\
         [options.extras_require]\nx = a[y]; e\ny = file: y.txt\n",
        "from setuptools import setup\nsetup(name='a', version='1', install_requires=['b'])\n",
        "Name: a\nVersion: 1\nRequires-Python: >=3.8\nRequires-Dist: b<2\nProvides-Extra: x\n\
         Requires-Dist: a[y]; extra == 'x' and (os_name == 'nt' or python_version < '3')\nProvides-Extra: y\n\
         Requires-Dist: d; extra == \"y\"\n\nText",
    ])
}

pub(crate) fn projects() -> Vec<Vec<u8>> {
    texts(&[
        "[project]\nname = 'a'\nversion = '1'\nrequires-python = '>=3.9'\ndependencies = ['b>=1', 'c[x]; os_name == \"nt\"']\n\
         [project.optional-dependencies]\nx = ['a[y]']\ny = ['d']\n",
        "[dependency-groups]\ndev = ['e', {include-group = 'test'}]\ntest = ['f~=1.0']\n[build-system]\nrequires = ['g']\n",
        "[tool.uv]\nconstraint-dependencies = ['h<2']\noverride-dependencies = ['i==1']\n[tool.uv.sources]\nj = {path = '../j'}\n",
    ])
}

/// A script with inline metadata (PEP 723).
pub(crate) fn script(text: &str) {
    let _ = read_script("script.py", text);
}

pub(crate) fn scripts() -> Vec<Vec<u8>> {
    texts(&[
        "# /// script\n# requires-python = '>=3.11'\n# dependencies = [\n#   'a<2',\n# ]\n# ///\nimport a\n",
    ])
}

/// The spelling of a target: its text is read as the same target.
pub(crate) fn target(text: &str) {
    let Ok(target) = text.parse::<Target>() else {
        return;
    };
    let shown = target.to_string();
    let again: Target = shown.parse().expect("its text is a target");
    assert_eq!(again.to_string(), shown);
    let _ = (target.tags().iter().count(), target.environment());
    let _ = (
        target.complete_platform(),
        target.pex_platform(),
        target.note(),
    );
}

pub(crate) fn targets() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        "manylinux2014_x86_64-cp-3.11.4-cp311",
        "macosx_14_0_arm64-cp312",
        "win_amd64-cp313t",
        "musllinux_1_2_aarch64-pp310",
        "lambda-python3.12",
    ]);
    seeds.extend(
        harden_target::PRESETS
            .iter()
            .map(|preset| preset.name.as_bytes().to_vec()),
    );
    seeds
}

/// The JSON of a complete platform of pex, and that of the probe of an interpreter.
pub(crate) fn complete_platform(text: &str) {
    if let Ok(target) = Target::from_complete_platform(text) {
        let again = target.complete_platform().to_string();
        let again = Target::from_complete_platform(&again).expect("it was written just now");
        assert!(target.tags().iter().eq(again.tags().iter()));
    }
    let _ = Target::from_probe(text);
}

pub(crate) fn platforms() -> Vec<Vec<u8>> {
    vec![linux().complete_platform().to_string().into_bytes()]
}

/// The file name of a wheel or an sdist.
pub(crate) fn wheel_name(text: &str) {
    harden_index::fuzz::filename(text);
    let _ = DistFilename::at(text);
    if let Ok(wheel) = text.parse::<WheelFilename>() {
        let target = linux();
        let _ = target.tags().rank(&wheel.tags);
        let _ = target.pex_accepts(&wheel.tags);
    }
}

pub(crate) fn wheel_names() -> Vec<Vec<u8>> {
    let mut seeds = strings_of("target/tests/data/wheel-names.json");
    seeds.extend(texts(&[
        "a_b-1.0.tar.gz",
        "a-b-2.0.zip",
        "a.b-1!1.0.post1+x-1-py2.py3-none-any.whl",
    ]));
    seeds
}

/// A direct reference.
pub(crate) fn reference(text: &str) {
    if let Ok(reference) = text.parse::<Reference>() {
        let _ = (reference.requirement(), reference.file());
    }
}

pub(crate) fn references() -> Vec<Vec<u8>> {
    texts(&[
        "https://files.test/a-1.0-py3-none-any.whl#sha256=00",
        "file:///srv/a%20b/a-1.0.tar.gz",
        "https://user:password@files.test/a-1.0.zip?x=1#egg=a",
        "../wheels/a-1.0-py3-none-any.whl",
    ])
}
