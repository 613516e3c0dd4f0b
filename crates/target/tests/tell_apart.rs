//! Markers that distinguish environments: their form, and that they are right.

use harden_target::{Environment, MarkerVariable, PythonFullVersion, Target};
use insta::assert_snapshot;
use proptest::prelude::*;

fn environment(target: &str) -> Environment {
    target.parse::<Target>().unwrap().environment()
}

fn marker(these: &[&str], others: &[&str]) -> String {
    let these: Vec<_> = these.iter().map(|target| environment(target)).collect();
    let others: Vec<_> = others.iter().map(|target| environment(target)).collect();
    tell_apart(
        &these.iter().collect::<Vec<_>>(),
        &others.iter().collect::<Vec<_>>(),
    )
}

fn tell_apart(these: &[&Environment], others: &[&Environment]) -> String {
    match Environment::tell_apart(these, others) {
        Ok(marker) => marker.unwrap_or("no marker".into()),
        Err(error) => error.to_string(),
    }
}

const LINUX: &str = "manylinux2014_x86_64-cp311";
const LINUX_ARM: &str = "manylinux2014_aarch64-cp311";
const MACOS: &str = "macosx_12_0_arm64-cp311";
const MACOS_INTEL: &str = "macosx_12_0_x86_64-cp311";
const WINDOWS: &str = "win_amd64-cp311";

/// One comparison if one is enough; the system is preferred to the machine, and that to the Python.
#[test]
fn one_comparison_is_preferred() {
    assert_snapshot!(marker(&[LINUX], &[]), @"no marker");
    assert_snapshot!(marker(&[WINDOWS], &[LINUX, MACOS]), @"sys_platform == 'win32'");
    assert_snapshot!(marker(&[LINUX, LINUX_ARM], &[MACOS, WINDOWS]), @"sys_platform == 'linux'");
    assert_snapshot!(marker(&[MACOS, WINDOWS], &[LINUX, LINUX_ARM]), @"sys_platform != 'linux'");
    assert_snapshot!(marker(&[LINUX_ARM], &[LINUX, WINDOWS]), @"platform_machine == 'aarch64'");
    assert_snapshot!(marker(&[LINUX], &["manylinux2014_x86_64-cp312"]), @"python_version < '3.12'");
    assert_snapshot!(
        marker(&["win_amd64-cp313"], &["win_amd64-cp310", "win_amd64-cp311"]),
        @"python_version >= '3.13'"
    );
    assert_snapshot!(
        marker(&[WINDOWS], &["win_amd64-cp310", "win_amd64-cp313"]),
        @"python_version == '3.11'"
    );
    assert_snapshot!(
        marker(&["manylinux2014_x86_64-pp310"], &["manylinux2014_x86_64-cp310"]),
        @"implementation_name == 'pypy'"
    );
}

/// Two or more comparisons if one is not enough.
#[test]
fn few_comparisons_are_preferred_to_many() {
    assert_snapshot!(
        marker(&[LINUX], &[LINUX_ARM, MACOS_INTEL]),
        @"sys_platform == 'linux' and platform_machine == 'x86_64'"
    );
    assert_snapshot!(
        marker(&[LINUX, MACOS], &[LINUX_ARM, WINDOWS]),
        @"sys_platform == 'darwin' or platform_machine == 'x86_64'"
    );
    assert_snapshot!(
        marker(
            &[LINUX, "manylinux2014_aarch64-cp312"],
            &[LINUX_ARM, "manylinux2014_x86_64-cp312"]
        ),
        @"(platform_machine == 'aarch64' and python_version >= '3.12') or (platform_machine == 'x86_64' and python_version < '3.12')"
    );
}

/// pex uses `amd64` where Windows uses `AMD64`; a marker must be right with both.
#[test]
fn markers_are_right_with_the_windows_machines_of_pex() {
    assert_snapshot!(
        marker(&[WINDOWS], &["win_arm64-cp311"]),
        @"platform_machine == 'AMD64' or platform_machine == 'amd64'"
    );
    assert_snapshot!(marker(&[WINDOWS], &["win_arm64-cp312"]), @"python_version < '3.12'");
}

/// `python_full_version` is named only where a target was split at a patch level.
#[test]
fn patch_levels_are_distinguished() {
    let (below, above) = environment(LINUX).split_at_patch(3).unwrap();
    let windows = environment(WINDOWS);
    let (lowest, middle) = below.split_at_patch(1).unwrap();
    assert_snapshot!(tell_apart(&[&below], &[&above]), @"python_full_version < '3.11.3'");
    assert_snapshot!(tell_apart(&[&above], &[&below]), @"python_full_version >= '3.11.3'");
    assert_snapshot!(
        tell_apart(&[&below], &[&above, &windows]),
        @"sys_platform == 'linux' and python_full_version < '3.11.3'"
    );
    assert_snapshot!(
        tell_apart(&[&middle], &[&lowest, &above]),
        @"python_full_version < '3.11.3' and python_full_version >= '3.11.1'"
    );
    assert_snapshot!(tell_apart(&[&below, &above], &[&windows]), @"sys_platform == 'linux'");
}

/// By PEP 440 `<3.13` excludes the pre-releases of 3.13, so no comparison has that form.
#[test]
fn a_prerelease_is_not_compared_with_its_release() {
    let python = |version: &str| {
        let value = (MarkerVariable::PythonFullVersion, version);
        Environment::from_values([value]).unwrap()
    };
    let (early, first, second) = (python("3.14.0rc2"), python("3.14.0"), python("3.14.1"));
    assert_snapshot!(tell_apart(&[&early], &[&second]), @"python_full_version < '3.14.1'");
    assert_snapshot!(tell_apart(&[&early], &[&first]), @"no marker is true with (Python 3.14.0rc2) and false with (Python 3.14.0)");
}

/// Environments with the same marker values are an error that names a pair.
#[test]
fn environments_that_no_marker_distinguishes_are_an_error() {
    assert_snapshot!(
        marker(&[LINUX], &["musllinux_1_2_x86_64-cp311"]),
        @"no marker is true with (linux, x86_64, CPython 3.11) and false with (linux, x86_64, CPython 3.11)"
    );
    let these = [environment(WINDOWS), environment(LINUX)];
    let others = [
        environment(MACOS),
        environment("manylinux_2_28_x86_64-cp-3.11.4-cp311"),
    ];
    let (these, others): (Vec<_>, Vec<_>) = (these.iter().collect(), others.iter().collect());
    assert_eq!(
        Environment::tell_apart(&these, &others).unwrap_err().pair(),
        (1, 1)
    );
    assert_snapshot!(
        marker(&["win_amd64-cp313"], &["win_amd64-cp313t"]),
        @"no marker is true with (win32, AMD64, CPython 3.13) and false with (win32, AMD64, CPython 3.13)"
    );
}

/// Evaluates markers, independently of the code that makes them.
fn evaluate(marker: &str, values: &dyn Fn(&str) -> String) -> bool {
    marker.split(" or ").any(|term| {
        let term = term.trim_matches(['(', ')']);
        term.split(" and ").all(|comparison| {
            let words: Vec<&str> = comparison.split(' ').collect();
            let [variable, operator, quoted] = words[..] else {
                panic!("{comparison}")
            };
            let (value, wanted) = (values(variable), quoted.trim_matches('\''));
            let number = |text: &str| -> Vec<u64> {
                let mut parts: Vec<u64> = text.split('.').map(|n| n.parse().unwrap()).collect();
                parts.resize(3, 0);
                parts
            };
            match operator {
                "==" => value == wanted,
                "!=" => value != wanted,
                "<" => number(&value) < number(wanted),
                ">=" => number(&value) >= number(wanted),
                _ => panic!("{comparison}"),
            }
        })
    })
}

/// The interpreters that an environment stands for: some of its patch levels.
fn patches(environment: &Environment) -> Vec<String> {
    match environment.python_full_version() {
        PythonFullVersion::Exact(version) => vec![version.to_string()],
        PythonFullVersion::Patches {
            major,
            minor,
            first_patch,
            last_patch,
        } => {
            let last = last_patch.unwrap_or(first_patch + 30);
            (*first_patch..=last)
                .map(|patch| format!("{major}.{minor}.{patch}"))
                .collect()
        }
    }
}

fn holds(marker: &str, environment: &Environment) -> Vec<bool> {
    let each = patches(environment).into_iter().map(|patch| {
        evaluate(marker, &|variable: &str| {
            if variable == "python_full_version" {
                return patch.clone();
            }
            let variable: MarkerVariable = variable.parse().unwrap();
            environment.get(variable).unwrap().to_string()
        })
    });
    each.collect()
}

fn any_environment() -> impl Strategy<Value = Environment> {
    let platforms = prop::sample::select(vec![
        "manylinux2014_x86_64",
        "manylinux2014_aarch64",
        "manylinux2014_i686",
        "musllinux_1_2_x86_64",
        "macosx_12_0_arm64",
        "macosx_12_0_x86_64",
        "win_amd64",
        "win_arm64",
        "win32",
    ]);
    let pythons = prop::sample::select(vec![
        "cp310", "cp311", "cp312", "cp3.11.4", "cp313", "cp313t", "pp310",
    ]);
    (platforms, pythons, prop::option::of(1u64..6), any::<bool>()).prop_map(
        |(platform, python, split, below)| {
            let environment = environment(&format!("{platform}-{python}"));
            let parts = split.and_then(|patch| environment.split_at_patch(patch));
            parts.map_or(environment, |parts| if below { parts.0 } else { parts.1 })
        },
    )
}

proptest! {
    /// A marker is true in every interpreter of `these` and false in every one of `others`, also with
    /// pex's values for Windows, and does not depend on the order. There is none only if no marker
    /// distinguishes some pair.
    #[test]
    fn markers_are_exact(
        these in prop::collection::vec(any_environment(), 1..7),
        others in prop::collection::vec(any_environment(), 1..7),
    ) {
        let (a, b): (Vec<_>, Vec<_>) = (these.iter().collect(), others.iter().collect());
        match Environment::tell_apart(&a, &b) {
            Ok(marker) => {
                let marker = marker.unwrap();
                for (environments, wanted) in [(&these, true), (&others, false)] {
                    for environment in environments {
                        let mut in_pex = environment.clone();
                        let machine = environment.get(MarkerVariable::PlatformMachine).unwrap();
                        let seen = match machine { "AMD64" => "amd64", "ARM64" => "arm64", "x86" => "win32", m => m };
                        in_pex.set(MarkerVariable::PlatformMachine, seen.into()).unwrap();
                        for seen in [environment, &in_pex] {
                            prop_assert!(holds(&marker, seen).iter().all(|is| *is == wanted), "{} {:?}", marker, seen);
                        }
                    }
                }
                let (mut a, mut b) = (a, b);
                a.reverse();
                b.reverse();
                prop_assert_eq!(Environment::tell_apart(&a, &b).unwrap().unwrap(), marker);
            }
            Err(error) => {
                let (this, other) = error.pair();
                let (this, other) = (a[this], b[other]);
                for variable in MarkerVariable::ALL {
                    if !["python_full_version", "implementation_version"].contains(&variable.as_str()) {
                        prop_assert_eq!(this.get(variable), other.get(variable));
                    }
                }
                let others = patches(other);
                prop_assert!(patches(this).iter().any(|patch| others.contains(patch)));
            }
        }
    }
}
