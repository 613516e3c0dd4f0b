//! What locks of other tools install on targets, and what is refused; `samples/README.md` says where the
//! locks are from.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_interchange::{Format, Lock, Plan, PlanError, Wish};
use harden_packaging::PackageName;
use harden_requirements::Chosen;
use harden_target::Target;
use insta::assert_snapshot;

const LINUX: &str = "manylinux_2_28_x86_64-cp312";
const WINDOWS: &str = "win_amd64-cp312";

/// A choice of extras and groups.
#[derive(Default)]
struct Choice<'a> {
    extras: &'a [&'a str],
    groups: &'a [&'a str],
    excluded: &'a [&'a str],
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!(
        "{}/tests/samples/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn lock(name: &str) -> Lock {
    Lock::read(name, &sample(name)).unwrap()
}

fn plan<'l>(
    lock: &'l Lock,
    targets: &[&str],
    choice: &Choice<'_>,
) -> Result<Plan<'l>, Vec<PlanError>> {
    let targets: Vec<Target> = targets
        .iter()
        .map(|target| target.parse().unwrap())
        .collect();
    let excluded: BTreeSet<PackageName> = choice
        .excluded
        .iter()
        .map(|name| name.parse().unwrap())
        .collect();
    let chosen = Chosen {
        extras: choice
            .extras
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
        groups: choice
            .groups
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
    };
    Plan::new(
        lock,
        &Wish {
            targets: &targets,
            chosen: &chosen,
            markers: &[],
            excluded: &excluded,
        },
    )
}

/// The pins of a lock, with the number of digests of each, and what is left out; or why not.
fn shown(name: &str, targets: &[&str], choice: &Choice<'_>) -> String {
    let lock = lock(name);
    let plan = match plan(&lock, targets, choice) {
        Ok(plan) => plan,
        Err(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return errors.join("\n");
        }
    };
    let mut text = String::new();
    for pin in &plan.pins {
        let digests = pin.digests().map_or(0, |digests| digests.len());
        let _ = writeln!(text, "{} # {digests}", pin.requirement());
    }
    for missing in &plan.missing {
        let _ = writeln!(text, "missing: {missing}");
    }
    for left in &plan.left {
        let _ = writeln!(text, "left: {}", left.name);
    }
    for folder in &plan.folders {
        let _ = writeln!(text, "folder: {}", folder.name);
    }
    text
}

fn refused(name: &str, text: &str) -> String {
    Lock::read(name, text).unwrap_err().to_string()
}

#[test]
fn the_format_of_each_sample_is_known_by_its_content() {
    for (name, format) in [
        ("script.uv.lock", Format::Uv),
        ("1.1.poetry.lock", Format::Poetry),
        ("git.poetry.lock", Format::Poetry),
        ("plain.pdm.lock", Format::Pdm),
        ("Pipfile.lock", Format::Pipfile),
        ("pylock.pdm.toml", Format::Pylock),
        ("old.pex.json", Format::Pex),
        ("conda-lock.yml", Format::CondaLock),
        ("report.json", Format::PipReport),
        ("pip-compile.txt", Format::Requirements),
    ] {
        assert_eq!(Format::of(&sample(name)), format, "{name}");
    }
    assert_eq!(Format::of_name("a/pylock.dev.toml"), Some(Format::Pylock));
    assert_eq!(Format::of_name("a/mypylock.toml"), None);
}

#[test]
fn a_lock_of_uv_installs_what_its_roots_bring_in() {
    assert_snapshot!(shown("script.uv.lock", &[LINUX, WINDOWS], &Choice::default()), @"
    anyio==4.14.1 # 2
    certifi==2026.6.17 # 2
    colorama==0.4.6 ; sys_platform == 'win32' # 2
    gitdb==4.0.12 # 2
    gitpython==3.1.58 # 2
    h11==0.16.0 # 2
    httpcore==1.0.9 # 2
    httpx==0.28.1 # 2
    idna==3.18 # 2
    smmap==5.0.3 # 2
    tqdm==4.68.3 # 2
    typing-extensions==4.15.0 # 2
    ");
}

#[test]
fn a_fork_of_uv_is_followed_on_each_target_by_itself() {
    let targets = ["manylinux_2_28_x86_64-cp39", "manylinux_2_28_x86_64-cp312"];
    assert_snapshot!(shown("forked.uv.lock", &targets, &Choice::default()), @"
    certifi==2026.4.22 # 2
    charset-normalizer==3.4.7 # 114
    idna==3.15 # 2
    requests==2.32.5 ; python_version < '3.12' # 2
    requests==2.34.2 ; python_version >= '3.12' # 2
    urllib3==2.6.3 ; python_version < '3.12' # 2
    urllib3==2.7.0 ; python_version >= '3.12' # 2
    folder: test-project
    ");
}

/// The markers of such a lock name the extras and groups of the project in a spelling of uv's own.
#[test]
fn extras_and_groups_of_uv_may_exclude_each_other() {
    let urllib3 = |extras: &[&str]| {
        let shown = shown(
            "conflicts.uv.lock",
            &[LINUX],
            &Choice {
                extras,
                ..Choice::default()
            },
        );
        let lines = shown.lines().filter(|line| line.contains("urllib3"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(urllib3(&[]), @"urllib3==2.8.0 # 2");
    assert_snapshot!(urllib3(&["cpu"]), @"urllib3==1.26.20 # 2");
    assert_snapshot!(urllib3(&["gpu"]), @"urllib3==2.8.0 # 2");
    assert_snapshot!(urllib3(&["cpu", "gpu"]), @"manylinux_2_28_x86_64-cp-312-cp312: conflicts.uv.lock installs urllib3 1.26.20 and urllib3 2.8.0 together, which the chosen extras and groups do not allow: choose others");
}

#[test]
fn poetry_before_2_records_no_roots_and_its_categories_are_groups() {
    assert_snapshot!(shown("1.1.poetry.lock", &[LINUX], &Choice::default()), @"
    factory-boy==3.2.1 # 2
    faker==13.11.1 # 2
    python-dateutil==2.8.2 # 2
    six==1.16.0 # 2
    left: typing-extensions
    ");
    let dev = Choice {
        groups: &["dev"],
        ..Choice::default()
    };
    assert_snapshot!(shown("1.1.poetry.lock", &["manylinux_2_28_x86_64-cp37"], &dev), @"
    factory-boy==3.2.1 # 2
    faker==13.11.1 # 2
    mypy==0.950 # 23
    mypy-extensions==0.4.3 # 2
    python-dateutil==2.8.2 # 2
    six==1.16.0 # 2
    tomli==2.0.1 # 2
    typed-ast==1.5.4 # 24
    typing-extensions==4.2.0 # 2
    ");
}

#[test]
fn poetry_chooses_among_versions_by_python() {
    let targets = ["manylinux_2_28_x86_64-cp39", "manylinux_2_28_x86_64-cp312"];
    let shown = shown("2.0.poetry.lock", &targets, &Choice::default());
    let urllib3: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains("urllib3") || line.contains(':'))
        .collect();
    assert_snapshot!(urllib3.join("\n"), @"manylinux_2_28_x86_64-cp-312-cp312: 2.0.poetry.lock installs urllib3 1.26.19 and urllib3 2.2.2 together, and the lock does not record which of them a target gets: lock again with a newer version of its tool");
}

#[test]
fn poetry_2_says_where_each_package_is_installed() {
    assert_snapshot!(shown("2.1.poetry.lock", &[LINUX, WINDOWS], &Choice::default()), @"
    anyio==4.4.0 # 2
    certifi==2024.7.4 # 2
    click==8.1.7 # 2
    colorama==0.4.6 ; sys_platform == 'win32' # 2
    h11==0.16.0 # 2
    httpcore==1.0.9 # 2
    httpx==0.28.1 # 2
    httpx-sse==0.4.0 # 2
    idna==3.7 # 2
    orjson==3.10.5 # 46
    sniffio==1.3.1 # 2
    folder: langgraph-cli
    folder: langgraph-sdk
    ");
}

#[test]
fn pdm_calls_extras_groups() {
    let security = Choice {
        extras: &["security"],
        ..Choice::default()
    };
    let by_group = Choice {
        groups: &["security"],
        ..Choice::default()
    };
    let both = shown("static-urls.pdm.lock", &[LINUX, WINDOWS], &security);
    assert_eq!(
        both,
        shown("static-urls.pdm.lock", &[LINUX, WINDOWS], &by_group)
    );
    assert_snapshot!(both, @"
    certifi==2025.1.31 # 2
    chardet==3.0.4 ; sys_platform == 'win32' # 2
    charset-normalizer==2.0.12 # 2
    idna==2.7 # 2
    requests==2.27.1 # 2
    urllib3==1.26.20 # 2
    ");
}

#[test]
fn pdm_without_inherited_metadata_is_taken_whole() {
    assert_snapshot!(shown("plain.pdm.lock", &[LINUX], &Choice::default()), @"
    certifi==2025.1.31 # 2
    charset-normalizer==2.0.12 # 2
    idna==2.7 # 2
    py==1.4.34 # 2
    pytest==3.2.5 # 2
    requests==2.27.1 # 2
    setuptools==39.2.0 # 2
    urllib3==1.26.20 # 2
    left: chardet
    left: colorama
    ");
    assert_snapshot!(shown("4.4.pdm.lock", &[LINUX], &Choice::default()), @"
    certifi==2021.10.8 # 2
    charset-normalizer==2.0.7 # 2
    idna==3.3 # 2
    requests[security]==2.26.0 # 2
    urllib3==1.26.7 # 2
    ");
}

#[test]
fn pipenv_has_categories_and_a_python() {
    assert_snapshot!(shown("Pipfile.lock", &["manylinux_2_28_x86_64-cp-3.8.13-cp38"], &Choice::default()), @"
    awscli==1.11.82 # 2
    botocore==1.5.45 # 2
    colorama==0.3.7 # 3
    docutils==0.19 # 2
    jmespath==0.10.0 # 2
    pyasn1==0.4.8 # 13
    python-dateutil==2.8.2 # 2
    pyyaml==3.12 # 14
    rsa==3.4.2 # 2
    s3transfer==0.1.13 # 2
    six==1.16.0 # 2
    ");
    assert_snapshot!(shown("Pipfile.lock", &[LINUX], &Choice::default()), @"Pipfile.lock is for Python ==3.8.13, not for the Python of manylinux_2_28_x86_64-cp-312-cp312");
}

#[test]
fn a_pylock_chooses_by_extras_and_groups() {
    assert_snapshot!(shown("pylock.pdm.toml", &[LINUX, WINDOWS], &Choice::default()), @"
    chardet==3.0.4 ; sys_platform == 'win32' # 2
    idna==2.7 # 2
    ");
    let security = Choice {
        extras: &["security"],
        ..Choice::default()
    };
    assert_snapshot!(shown("pylock.pdm.toml", &[LINUX], &security), @"
    certifi==2025.1.31 # 2
    charset-normalizer==2.0.12 # 2
    idna==2.7 # 2
    requests==2.27.1 # 2
    urllib3==1.26.20 # 2
    ");
}

#[test]
fn pex_has_one_resolve_or_one_for_each_platform() {
    assert_snapshot!(shown("old.pex.json", &["manylinux_2_28_x86_64-cp39", "manylinux_2_28_x86_64-cp310"], &Choice::default()), @"
    mypy[python2]==0.961 # 16
    mypy-extensions==0.4.3 # 2
    tomli==2.0.1 # 2
    typed-ast==1.5.4 # 16
    typing-extensions==4.3 # 2
    ");
    assert_snapshot!(shown("strict.pex.json", &["manylinux_2_41_x86_64-cp314", "macosx_15_0_arm64-cp314"], &Choice::default()), @"psutil==7.1.3 # 2");
    assert_snapshot!(shown("strict.pex.json", &[WINDOWS], &Choice::default()), @"win_amd64-cp-312-cp312: strict.pex.json has no packages for this target: it was made for cp314-cp314-manylinux_2_36_armv7l, cp314-cp314-manylinux_2_41_riscv64, cp314-cp314-macosx_15_0_arm64, cp314-cp314-manylinux_2_36_x86_64, cp314-cp314-manylinux_2_36_aarch64, cp314-cp314-macosx_15_0_x86_64, cp314-cp314-musllinux_1_2_aarch64, cp314-cp314-musllinux_1_2_x86_64");
}

#[test]
fn pinned_requirements_are_a_lock() {
    assert_snapshot!(shown("pip-compile.txt", &[LINUX], &Choice::default()), @"
    cfgv==3.4.0 # 2
    distlib==0.3.9 # 2
    filelock==3.20.3 # 2
    identify==2.6.12 # 2
    nodeenv==1.9.1 # 2
    platformdirs==4.3.8 # 2
    pre-commit==4.2.0 # 2
    pyyaml==6.0.2 # 53
    typing-extensions==4.15.0 # 2
    virtualenv==20.36.1 # 2
    ");
    assert_snapshot!(shown("uv-compile.txt", &[LINUX, WINDOWS], &Choice::default()), @"
    bandit==1.8.5 # 2
    colorama==0.4.6 ; sys_platform == 'win32' # 2
    markdown-it-py==3.0.0 # 2
    mdurl==0.1.2 # 2
    pbr==6.1.1 # 2
    pygments==2.19.2 # 2
    pyyaml==6.0.2 # 53
    rich==14.0.0 # 2
    setuptools==80.9.0 # 2
    stevedore==5.4.1 # 2
    typing-extensions==4.14.0 # 2
    ");
}

#[test]
fn what_pip_installs_for_conda_is_known_by_platform() {
    assert_snapshot!(shown("conda-lock.yml", &[LINUX, "manylinux_2_28_aarch64-cp312"], &Choice::default()), @"
    certifi==2023.7.22 # 1
    charset-normalizer==3.3.2 # 2
    requests==2.31.0 # 1
    urllib3==2.0.7 # 1
    ");
    assert_snapshot!(shown("conda-lock.yml", &[WINDOWS], &Choice::default()), @"win_amd64-cp-312-cp312: conda-lock.yml has no packages for this target: it was made for linux-64, linux-aarch64");
}

#[test]
fn a_report_of_pip_holds_what_it_found_for_one_machine() {
    assert_snapshot!(shown("report.json", &[LINUX], &Choice::default()), @"
    a[x]==1.0 # 1
    b==1.5 # 0
    c==2.0 # 0
    ");
    assert_snapshot!(shown("report.json", &[WINDOWS], &Choice::default()), @"
    a[x]==1.0 # 1
    b==1.5 # 0
    c==2.0 # 0
    missing: report.json:7: a requires d, which report.json does not contain
    ");
}

#[test]
fn what_has_no_file_is_refused_unless_it_is_left_out() {
    assert_snapshot!(shown("git.poetry.lock", &[LINUX], &Choice::default()), @"git.poetry.lock:1: ike comes from the repository git+https://github.com/owner/ike@cd66602cd29f61a2d2e7fb995fef1e61708c034d, which has no file with a digest: build a wheel of it and require that by its path, or leave it out with --exclude ike");
    let without = Choice {
        excluded: &["ike"],
        ..Choice::default()
    };
    assert_snapshot!(shown("git.poetry.lock", &[LINUX], &without), @"");
    assert_snapshot!(shown("git.Pipfile.lock", &["manylinux_2_28_x86_64-cp38"], &Choice::default()), @"git.Pipfile.lock:19: markupsafe comes from the repository git+https://github.com/pallets/markupsafe@b36054111bc1e8bbadb5d0d60158feb72926f467, which has no file with a digest: build a wheel of it and require that by its path, or leave it out with --exclude markupsafe");
}

#[test]
fn unknown_groups_and_extras_are_refused_with_those_there_are() {
    let group = Choice {
        groups: &["docs"],
        ..Choice::default()
    };
    assert_snapshot!(shown("static-urls.pdm.lock", &[LINUX], &group), @"manylinux_2_28_x86_64-cp-312-cp312: static-urls.pdm.lock has no group `docs`; it has security, tests");
    let extra = Choice {
        extras: &["docs"],
        ..Choice::default()
    };
    assert_snapshot!(shown("forked.uv.lock", &[LINUX], &extra), @"manylinux_2_28_x86_64-cp-312-cp312: forked.uv.lock has no extra `docs`; it has none");
}

#[test]
fn newer_formats_are_refused_with_version_and_field() {
    assert_snapshot!(refused("uv.lock", "version = 2\nrequires-python = \">=3.9\"\n[[package]]\n"), @"uv.lock: `version` is 2; harden reads version 1 of uv.lock");
    assert_snapshot!(refused("poetry.lock", "[metadata]\nlock-version = \"3.0\"\n"), @"poetry.lock: `metadata.lock-version` is 3.0; harden reads versions up to 2.1 of poetry.lock");
    assert_snapshot!(refused("pdm.lock", "[metadata]\nlock_version = \"5.0\"\n"), @"pdm.lock: `metadata.lock_version` is 5.0; harden reads versions 4.4 and 4.5 of pdm.lock");
    assert_snapshot!(refused("pylock.toml", "lock-version = \"1.1\"\ncreated-by = \"x\"\npackages = []\n"), @"pylock.toml: `lock-version` is 1.1; harden reads version 1.0 of pylock.toml");
    assert_snapshot!(refused("Pipfile.lock", "{\"_meta\": {\"pipfile-spec\": 7}}"), @"Pipfile.lock: `_meta.pipfile-spec` is 7; harden reads specification 6 of Pipfile.lock");
    assert_snapshot!(refused("report.json", "{\"version\": \"2\", \"install\": []}"), @"report.json: `version` is 2; harden reads version 1 of pip report");
    assert_snapshot!(refused("conda-lock.yml", "version: 2\nmetadata:\n  platforms: []\npackage:\n- name: a\n"), @"conda-lock.yml: `version` is 2; harden reads version 1 of conda-lock.yml");
}

#[test]
fn damaged_locks_are_refused_with_the_place() {
    assert_snapshot!(refused("uv.lock", "version = 1\n\n[[package]]\nversion = \"1.0\"\nsource = { registry = \"x\" }\n"), @"uv.lock:3: damaged uv.lock: missing field `name`");
    assert_snapshot!(refused("uv.lock", "version = 1\n\n[[package]]\nname = \"a\"\nversion = \"one\"\nsource = { registry = \"x\" }\n"), @"uv.lock:3: damaged uv.lock: `version`: expected version to start with a number, but no leading ASCII digits were found");
    assert_snapshot!(refused("poetry.lock", "[[package]]\nname = \"a\"\noptional = false\n[metadata\n"), @"poetry.lock:4: damaged poetry.lock: unclosed table, expected `]`");
    assert_snapshot!(refused("pylock.toml", "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nmarker = \"python >\"\n"), @"pylock.toml:2: damaged pylock.toml: `marker`: `python >` is not a valid marker: `python` is not a marker variable (column 1)");
    assert_snapshot!(refused("lock.json", "{\"locked_resolves\": [], \"requirements\": []}"), @"lock.json:1: damaged pex lock: missing field `pex_version`");
    assert_snapshot!(refused("requirements.txt", "a==1.0\nb>=1\n"), @"requirements.txt:2: damaged requirements file: b is not pinned to one version by `==`");
    assert_snapshot!(refused("requirements.txt", "-r other.txt\n"), @"requirements.txt:1: damaged requirements file: the file cannot be read: a lock is a single file and cannot include others");
}

/// A lock with the same package twice, and no marker between them, is an error.
#[test]
fn two_versions_at_once_are_refused() {
    let lock = Lock::read("requirements.txt", "a==1.0\na==2.0\n").unwrap();
    let errors = plan(&lock, &[LINUX], &Choice::default()).unwrap_err();
    assert_snapshot!(errors[0], @"manylinux_2_28_x86_64-cp-312-cp312: requirements.txt installs a 1.0 and a 2.0 together, and no marker tells which is meant: pip refuses the file, too");
}

#[test]
fn a_lock_with_digests_is_a_strict_file() {
    let lock = lock("forked.uv.lock");
    let plan = plan(&lock, &[LINUX], &Choice::default()).unwrap();
    let strict = plan.strict().unwrap();
    let names: Vec<String> = strict
        .pins()
        .iter()
        .map(|pin| pin.name().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "certifi",
            "charset-normalizer",
            "idna",
            "requests",
            "urllib3"
        ]
    );
    assert!(strict.pins().iter().all(|pin| !pin.files().is_empty()));
}

/// Nothing that is read makes a reader panic: each sample, cut off anywhere.
#[test]
fn locks_that_are_cut_off_are_refused_or_read() {
    for entry in std::fs::read_dir(format!("{}/tests/samples", env!("CARGO_MANIFEST_DIR"))).unwrap()
    {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let step = (text.len() / 40).max(1);
        for end in (0..text.len())
            .step_by(step)
            .filter(|end| text.is_char_boundary(*end))
        {
            if let Ok(lock) = Lock::read("lock", &text[..end]) {
                let _ = plan(&lock, &[LINUX], &Choice::default());
            }
        }
    }
}
