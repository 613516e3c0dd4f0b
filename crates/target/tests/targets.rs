//! Targets: spellings and errors, presets, complete platforms and probed interpreters.

use std::collections::BTreeSet;
use std::error::Error as _;

use harden_target::{
    Environment, MarkerVariable, PRESETS, PythonFullVersion, Target, WheelFilename, WheelTags,
};
use insta::assert_snapshot;
use proptest::prelude::*;

fn target(text: &str) -> Target {
    text.parse().unwrap()
}

fn error_of(text: &str) -> String {
    text.parse::<Target>().unwrap_err().to_string()
}

fn wheel(tag: &str) -> WheelTags {
    format!("x-1-{tag}.whl")
        .parse::<WheelFilename>()
        .unwrap()
        .tags
}

/// Each kind of platform has one canonical form, however it was written.
#[test]
fn every_kind_of_platform_is_read() {
    for (text, canonical) in [
        (
            "manylinux2014_aarch64-cp-3.11.9",
            "manylinux2014_aarch64-cp-3.11.9-cp311",
        ),
        (
            "musllinux_1_2_x86_64-cp313t",
            "musllinux_1_2_x86_64-cp-313-cp313t",
        ),
        (
            "musllinux_1_2_x86_64-cp-313t",
            "musllinux_1_2_x86_64-cp-313-cp313t",
        ),
        ("win_amd64-cp312-cp312", "win_amd64-cp-312-cp312"),
        (
            "manylinux2014_x86_64-pp310",
            "manylinux2014_x86_64-pp-310-pypy310_pp73",
        ),
        (
            "ios_13_0_arm64_iphoneos-cp313",
            "ios_13_0_arm64_iphoneos-cp-313-cp313",
        ),
        (
            "android-24-arm64_v8a-cp313",
            "android_24_arm64_v8a-cp-313-cp313",
        ),
        (
            "pyodide_2024_0_wasm32-cp312",
            "pyodide_2024_0_wasm32-cp-312-cp312",
        ),
        (
            "emscripten-3.1.58-wasm32-cp312",
            "emscripten_3_1_58_wasm32-cp-312-cp312",
        ),
        (
            "manylinux_2_36_loongarch64-cp313",
            "manylinux_2_36_loongarch64-cp-313-cp313",
        ),
    ] {
        assert_eq!(target(text).to_string(), canonical);
    }
}

/// An error says which part is wrong and suggests similar targets.
#[test]
fn errors_suggest_similar_targets() {
    assert_snapshot!(error_of("linux_aarch64"), @"`linux_aarch64` is not a target: the Python is missing; did you mean `manylinux2014_aarch64-cp312`?");
    assert_snapshot!(error_of("manylinux2014_x86_64-py312"), @"`manylinux2014_x86_64-py312` is not a target: `py312` does not name an interpreter, as `cp312` does; did you mean `manylinux2014_x86_64-cp312`?");
    assert_snapshot!(error_of("manylinux2014_x86_64_cp311"), @"`manylinux2014_x86_64_cp311` is not a target: `x86_64_cp311` is not a machine that runs Linux; use one of x86_64, aarch64, i686, armv7l, ppc64le, ppc64, s390x, riscv64, loongarch64; did you mean `manylinux2014_x86_64-cp311`?");
    assert_snapshot!(error_of("manylinux2014_x86_64-3.11.9"), @"`manylinux2014_x86_64-3.11.9` is not a target: `3.11.9` does not name an interpreter, as `cp312` does; did you mean `manylinux2014_x86_64-cp3.11.9`?");
    assert_snapshot!(error_of("x86_64-manylinux2014-python3.11"), @"`x86_64-manylinux2014-python3.11` is not a target: `python3.11` does not name an interpreter, as `cp312` does; did you mean `manylinux2014_x86_64-cp311`?");
    assert_snapshot!(error_of("debian-12-amd64-py312"), @"`debian-12-amd64-py312` is not a target: `py312` does not name an interpreter, as `cp312` does; did you mean `debian-12-amd64-cp312`?");
    assert_snapshot!(error_of("debian-12-py312"), @"`debian-12-py312` is not a target: `py312` does not name an interpreter, as `cp312` does; did you mean `debian-12-amd64-cp312` or `debian-12-arm64-cp312`?");
    assert_snapshot!(error_of("aarch64"), @"`aarch64` is not a target: `aarch64` is not a platform; did you mean `manylinux2014_aarch64-cp312` or `macosx_12_0_arm64-cp312`?");
    assert_snapshot!(error_of("arm64-cp311"), @"`arm64-cp311` is not a target: `arm64` is not a platform; did you mean `manylinux2014_aarch64-cp311` or `macosx_12_0_arm64-cp311`?");
    assert_snapshot!(error_of("manylinux_aarch64-cp311"), @"`manylinux_aarch64-cp311` is not a target: `manylinux_aarch64` does not name a version of glibc and a machine; write it like manylinux_2_28_x86_64 or manylinux2014_aarch64; did you mean `manylinux2014_aarch64-cp311`?");
    assert_snapshot!(error_of("manylinux2014_arm64-cp311"), @"`manylinux2014_arm64-cp311` is not a target: `arm64` is not a machine that runs Linux; use one of x86_64, aarch64, i686, armv7l, ppc64le, ppc64, s390x, riscv64, loongarch64; did you mean `manylinux2014_aarch64-cp311`?");
    assert_snapshot!(error_of("macos-12-arm-cp312"), @"`macos-12-arm-cp312` is not a target: `macos-12-arm` is not a platform; did you mean `macos-12-arm64-cp312`?");
    assert_snapshot!(error_of("macos_arm64-cp312"), @"`macos_arm64-cp312` is not a target: `macos_arm64` is not a platform; did you mean `macosx_12_0_arm64-cp312`?");
    assert_snapshot!(error_of("windows-cp312"), @"`windows-cp312` is not a target: `windows` is not a platform; did you mean `windows-amd64-cp312` or `windows-arm64-cp312` or `windows-x86-cp312`?");
    assert_snapshot!(error_of("cp3.11"), @"`cp3.11` is not a target: the platform is missing; did you mean `manylinux2014_x86_64-cp311` or `win_amd64-cp311`?");
    assert_snapshot!(error_of("cp311-manylinux2014_x86_64"), @"`cp311-manylinux2014_x86_64` is not a target: the platform is missing; did you mean `manylinux2014_x86_64-cp311`?");
    assert_snapshot!(error_of("x86_64-unknown-linux-gnu"), @"`x86_64-unknown-linux-gnu` is not a target: `x86_64-unknown-linux-gnu` is not a platform; did you mean `manylinux2014_x86_64-cp312`?");
    assert_snapshot!(error_of("manylinux2014_aarch64-311"), @"`manylinux2014_aarch64-311` is not a target: `311` does not name an interpreter, as `cp312` does; did you mean `manylinux2014_aarch64-cp311`?");
    assert_snapshot!(error_of("manylnux2014_aarch64-cp311"), @"`manylnux2014_aarch64-cp311` is not a target: `manylnux2014_aarch64` is not a platform; did you mean `manylinux2014_aarch64-cp311`?");
    assert_snapshot!(error_of("manylinux2014_x86_64-cp-3-cp311"), @"`manylinux2014_x86_64-cp-3-cp311` is not a target: `3` does not name a minor version of Python; write 311 or 3.11; did you mean `manylinux2014_x86_64-cp311`?");
    assert_snapshot!(error_of("manylinux2014_x86_64-cp-312-cp311"), @"`manylinux2014_x86_64-cp-312-cp311` is not a target: `cp311` is not an ABI of CPython 3.12; did you mean `manylinux2014_x86_64-cp312`?");
    assert_snapshot!(error_of("manylinux2014_x86_64-cp-311-"), @"`manylinux2014_x86_64-cp-311-` is not a target: the ABI is blank; did you mean `manylinux2014_x86_64-cp311`?");
    assert_snapshot!(error_of("manylinux2010_aarch64-cp311"), @"`manylinux2010_aarch64-cp311` is not a target: manylinux wheels for aarch64 need glibc 2.17 or newer; did you mean `manylinux2014_aarch64-cp311`?");
    assert_snapshot!(error_of("macosx_10_9_arm64-cp311"), @"`macosx_10_9_arm64-cp311` is not a target: macOS on arm64 starts at 11.0; did you mean `macosx_12_0_arm64-cp311`?");
    assert_snapshot!(error_of("win_amd64-cp-311-cp311t"), @"`win_amd64-cp-311-cp311t` is not a target: `cp311t` is not an ABI of CPython 3.11; did you mean `win_amd64-cp311`?");
    assert_snapshot!(error_of("win_amd64-cp27"), @"`win_amd64-cp27` is not a target: the ABI of CPython 2.7 must be named; did you mean `win_amd64-cp312`?");
    assert_snapshot!(error_of("debian12-amd64"), @"`debian12-amd64` is not a target: `debian12-amd64` is not a platform; did you mean `debian-12-amd64`?");
    assert_snapshot!(error_of("windows-amd64"), @"`windows-amd64` is not a target: the Python is missing; write it like `windows-amd64-cp312`; did you mean `win_amd64-cp312`?");
    assert_snapshot!(error_of("macosx-14-arm64-cp312"), @"`macosx-14-arm64-cp312` is not a target: `macosx-14-arm64` does not name a version of macOS; write it like macosx_12_0_arm64; did you mean `macos-14-arm64-cp312`?");
    assert_snapshot!(error_of("darwin-x86_64"), @"`darwin-x86_64` is not a target: `darwin-x86_64` is not a platform; did you mean `macosx_12_0_x86_64-cp312`?");
    assert_snapshot!(error_of("current"), @"`current` is not a target: it stands for an installed interpreter, which must run first");
    assert_snapshot!(error_of(""), @"`` is not a target: it is empty");
}

/// `linux_x86_64` is read as pex reads it, with a warning that names the better spelling.
#[test]
fn plain_linux_is_a_warning() {
    assert_snapshot!(target("linux_x86_64-cp-311-cp311").note().unwrap(), @"`linux_x86_64` names no C library: pip would accept no manylinux wheel for it; harden and pex read it as glibc 2.17, which is better written `manylinux2014_x86_64-cp-311-cp311`");
    assert_eq!(target("manylinux2014_x86_64-cp-311-cp311").note(), None);
}

/// Every preset is a target, alone or followed by a Python, and no name is a prefix of another.
#[test]
fn presets_stand_for_targets() {
    for preset in PRESETS {
        let named = target(&format!("{}-cp310", preset.name));
        assert_eq!(
            named.to_string(),
            format!("{}-cp-310-cp310", preset.platform)
        );
        assert_eq!(
            preset.name.parse::<Target>().is_ok(),
            preset.python.is_some()
        );
        assert!(!preset.source.is_empty());
    }
    let names: BTreeSet<_> = PRESETS.iter().map(|preset| preset.name).collect();
    assert_eq!(names.len(), PRESETS.len());
    assert_eq!(
        target("lambda-3.12-arm64"),
        target("manylinux_2_34_aarch64-cp312")
    );
    assert_eq!(
        target("debian-12-amd64-cp-3.12.4"),
        target("manylinux_2_36_x86_64-cp3.12.4")
    );
}

/// The patch level stays open, and so do the values that depend on it.
#[test]
fn a_target_without_patch_level_stands_for_all_of_them() {
    let open = target("manylinux2014_x86_64-cp311").environment();
    assert_eq!(open.get(MarkerVariable::PythonFullVersion), None);
    assert_eq!(open.get(MarkerVariable::ImplementationVersion), None);
    assert!(open.split_at_patch(0).is_none());
    let (below, above) = open.split_at_patch(1).unwrap();
    assert_eq!(below.get(MarkerVariable::PythonFullVersion), Some("3.11.0"));
    assert_eq!(
        below.get(MarkerVariable::ImplementationVersion),
        Some("3.11.0")
    );
    assert_eq!(
        below.python_full_version(),
        &PythonFullVersion::Exact("3.11.0".parse().unwrap())
    );
    assert!(below.split_at_patch(1).is_none());
    let (middle, _) = above.split_at_patch(5).unwrap();
    assert_eq!(middle.python_full_version().to_string(), "3.11.1 to 3.11.4");
    assert!(middle.split_at_patch(1).is_none() && middle.split_at_patch(5).is_none());
    assert!(middle.split_at_patch(4).is_some());
}

/// `--marker NAME=VALUE` adds what the target leaves open, and cannot contradict it.
#[test]
fn a_marker_can_be_set_but_not_contradicted() {
    let mut environment = target("manylinux2014_x86_64-cp311").environment();
    environment
        .set(MarkerVariable::PlatformRelease, "6.1".into())
        .unwrap();
    assert_eq!(
        environment.get(MarkerVariable::PlatformRelease),
        Some("6.1")
    );
    environment
        .set(MarkerVariable::PythonVersion, "3.11".into())
        .unwrap();
    let error = environment
        .set(MarkerVariable::PythonVersion, "3.12".into())
        .unwrap_err();
    assert_snapshot!(error, @"`python_version` cannot be `3.12`, since the target's Python is 3.11");
    environment
        .set(MarkerVariable::PythonFullVersion, "3.11.4".into())
        .unwrap();
    assert_eq!(
        environment.get(MarkerVariable::PythonFullVersion),
        Some("3.11.4")
    );
    let error = environment
        .set(MarkerVariable::PythonFullVersion, "3.11.5".into())
        .unwrap_err();
    assert_snapshot!(error, @"`python_full_version` cannot be `3.11.5`, since the target's Python is 3.11.4");
    assert_eq!(environment, {
        let mut exact = target("manylinux2014_x86_64-cp3.11.4").environment();
        exact
            .set(MarkerVariable::PlatformRelease, "6.1".into())
            .unwrap();
        exact
    });
}

/// The values of an interpreter are an environment if they agree about its version.
#[test]
fn an_environment_is_made_of_values() {
    let environment = |values: &[(&str, &str)]| {
        let values = values
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), *value));
        Environment::from_values(values).map_err(|error| error.to_string())
    };
    let built = environment(&[("python_full_version", "3.13.0+")]).unwrap();
    assert_eq!(
        built.get(MarkerVariable::PythonFullVersion),
        Some("3.13.0+local")
    );
    assert_eq!(built.get(MarkerVariable::PythonVersion), Some("3.13"));
    assert_snapshot!(environment(&[("os_name", "posix")]).unwrap_err(), @"neither `python_version` nor `python_full_version` is given");
    assert_snapshot!(environment(&[("python_version", "three")]).unwrap_err(), @"`three` is not a Python version; write it like 3.11.9");
    assert_snapshot!(
        environment(&[("python_version", "3.11"), ("python_full_version", "3.12.1")]).unwrap_err(),
        @"`python_version` cannot be `3.11`, since the target's Python is 3.12"
    );
}

/// `pex3 interpreter inspect --markers --tags` of a real machine (pex 2.105.2, Debian 12): its tags
/// and markers are kept, and since a plain target has the same, that is its name.
#[test]
fn a_complete_platform_has_the_name_of_the_plain_target() {
    let json = include_str!("data/complete-platform.json");
    let read = Target::from_complete_platform(json).unwrap();
    assert_eq!(read.to_string(), "manylinux_2_36_x86_64-cp-3.11.7-cp311");
    assert_eq!(
        read.environment().get(MarkerVariable::PlatformRelease),
        Some("6.1.0-13-amd64")
    );
    // The packaging of that pex puts the plain tag last.
    let plain = target("manylinux_2_36_x86_64-cp-3.11.7-cp311");
    assert_ne!(read.tags(), plain.tags());
    assert_eq!(
        read.tags().iter().collect::<BTreeSet<_>>(),
        plain.tags().iter().collect()
    );
    let original: serde_json::Value = serde_json::from_str(json).unwrap();
    let written = read.complete_platform();
    assert_eq!(written["compatible_tags"], original["compatible_tags"]);
    assert_eq!(
        written["marker_environment"],
        original["marker_environment"]
    );
}

/// If no plain target has the same tags, the name has a fingerprint of them; it cannot be read back
/// without the file.
#[test]
fn a_complete_platform_that_no_target_equals_has_a_fingerprint() {
    let json = r#"{
        "path": "/usr/bin/python3",
        "compatible_tags": ["cp311-cp311-manylinux_2_31_x86_64", "py3-none-any"],
        "marker_environment": {"python_version": "3.11", "sys_platform": "linux"}
    }"#;
    let read = Target::from_complete_platform(json).unwrap();
    assert_snapshot!(read, @"manylinux_2_31_x86_64-cp-311-cp311+dd13c853");
    assert!(read.pex_platform().is_none());
    assert!(read.pex_accepts(&wheel("py3-none-any")));
    assert!(read.tags().rank(&wheel("py311-none-any")).is_none());
    assert_snapshot!(error_of(&read.to_string()), @"`manylinux_2_31_x86_64-cp-311-cp311+dd13c853` is not a target: a name with `+` stands for a complete-platform file; name the file; did you mean `manylinux_2_31_x86_64-cp311`?");
}

/// A text that contradicts itself, or is not a complete platform, is an error with the reason.
#[test]
fn an_invalid_complete_platform_is_an_error_with_the_reason() {
    let reason = |json: &str| {
        Target::from_complete_platform(json)
            .unwrap_err()
            .source()
            .unwrap()
            .to_string()
    };
    assert_snapshot!(reason("[]"), @"it is not the JSON that `pex3 interpreter inspect --markers --tags` prints: invalid length 0, expected struct Document with 2 elements at line 1 column 2");
    assert_snapshot!(reason(r#"{"compatible_tags": ["py3"], "marker_environment": {}}"#), @"`compatible_tags` holds a tag without three parts like those of py3-none-any");
    assert_snapshot!(reason(r#"{"compatible_tags": [], "marker_environment": {}}"#), @"`marker_environment` does not describe a Python: neither `python_version` nor `python_full_version` is given");
    assert_snapshot!(
        reason(r#"{"compatible_tags": ["py3-none-any"], "marker_environment": {"python_version": "3.11"}}"#),
        @"`compatible_tags` holds no tag of CPython or PyPy with its ABI, such as cp311-cp311-…"
    );
    assert_snapshot!(
        reason(
            r#"{"compatible_tags": ["cp312-cp312-win_amd64"], "marker_environment": {"python_full_version": "3.11.4"}}"#
        ),
        @"`compatible_tags` is for Python 3.12, but `marker_environment` is for 3.11.4"
    );
}

const PROBED: &str = r#"{"platform": "manylinux_2_36_x86_64", "abi": "cp311", "markers": {
    "implementation_name": "cpython", "implementation_version": "3.11.7", "os_name": "posix",
    "platform_machine": "x86_64", "platform_python_implementation": "CPython",
    "platform_release": "6.1.0-13-amd64", "platform_system": "Linux", "platform_version": "1 SMP",
    "python_full_version": "3.11.7", "python_version": "3.11", "sys_platform": "linux"}}"#;

/// A probed interpreter is a target with a patch level and without open marker values.
#[test]
fn a_probed_interpreter_is_a_target() {
    let probed = Target::from_probe(PROBED).unwrap();
    assert_eq!(probed.to_string(), "manylinux_2_36_x86_64-cp-3.11.7-cp311");
    assert_eq!(
        probed.tags(),
        target("manylinux_2_36_x86_64-cp-3.11.7-cp311").tags()
    );
    let environment = probed.environment();
    assert!(
        MarkerVariable::ALL
            .into_iter()
            .all(|variable| environment.get(variable).is_some())
    );
    assert_eq!(
        environment.get(MarkerVariable::PlatformVersion),
        Some("1 SMP")
    );
}

/// A pre-release of Python has no patch level, so the name of its target has none.
#[test]
fn a_probed_prerelease_is_named_by_its_minor_version() {
    let probed = Target::from_probe(&PROBED.replace("3.11.7", "3.11.0rc2")).unwrap();
    assert_eq!(probed.to_string(), "manylinux_2_36_x86_64-cp-311-cp311");
    assert_eq!(
        probed.environment().get(MarkerVariable::PythonFullVersion),
        Some("3.11.0rc2")
    );
}

/// Output that is not a valid target is an error with the reason.
#[test]
fn an_unsupported_interpreter_is_an_error_with_the_reason() {
    let reason = |json: &str| Target::from_probe(json).unwrap_err().to_string();
    assert_snapshot!(reason("Segmentation fault"), @"the interpreter's answer is not in the expected form");
    assert_snapshot!(reason(&PROBED.replace("\"cpython\"", "\"graalpy\"")), @"the interpreter is `graalpy`; only CPython and PyPy are supported");
    assert_snapshot!(reason(&PROBED.replace("manylinux_2_36", "linux")), @"the interpreter runs on linux_x86_64 with neither glibc nor musl");
    assert_snapshot!(reason(&PROBED.replace("\"manylinux_2_36_x86_64\"", "\"plan9_mips\"")), @"the interpreter is for an unknown target: `plan9_mips` is not a platform");
}

/// PEP 730 and PEP 738: wheels for an older version run on a newer one.
#[test]
fn mobile_platforms_accept_older_wheels() {
    let iphone = target("ios_13_2_arm64_iphoneos-cp313");
    assert!(
        iphone
            .tags()
            .rank(&wheel("cp313-cp313-ios_12_4_arm64_iphoneos"))
            .is_some()
    );
    assert!(
        iphone
            .tags()
            .rank(&wheel("cp313-cp313-ios_13_3_arm64_iphoneos"))
            .is_none()
    );
    assert!(
        iphone
            .tags()
            .rank(&wheel("cp313-cp313-ios_13_0_arm64_iphonesimulator"))
            .is_none()
    );
    let android = target("android_24_arm64_v8a-cp313");
    assert!(
        android
            .tags()
            .rank(&wheel("cp313-cp313-android_21_arm64_v8a"))
            .is_some()
    );
    assert!(
        android
            .tags()
            .rank(&wheel("cp313-cp313-android_30_arm64_v8a"))
            .is_none()
    );
}

fn any_spelling() -> impl Strategy<Value = String> {
    let machine = "(x86_64|aarch64|i686|armv7l|ppc64le|s390x|riscv64)";
    let platform = [
        &format!("(manylinux2014|manylinux_2_[2-3][0-9]|musllinux_1_[0-3]|linux)_{machine}"),
        "macosx_1[1-5]_[0-9]_(arm64|x86_64)",
        "macosx_10_1[0-6]_x86_64",
        "win_amd64|win32|win_arm64",
        "android_[2-3][0-9]_(x86_64|arm64_v8a)",
    ]
    .join("|");
    let python = "(cp|cp-)3(1[0-5]|[6-9]|\\.1[0-4](\\.[0-9])?)|cp31[3-5]t|pp-?3(9|1[01])";
    let parts = [platform.as_str(), python].map(|part| prop::string::string_regex(part).unwrap());
    parts.prop_map(|[platform, python]| format!("{platform}-{python}"))
}

proptest! {
    /// What is displayed is read back as the same target.
    #[test]
    fn targets_round_trip(spelling in any_spelling()) {
        let read = target(&spelling);
        prop_assert_eq!(target(&read.to_string()), read.clone());
        prop_assert_eq!(read.to_string(), target(&read.to_string()).to_string());
        // Its complete platform is read as the same target, with the same name.
        let complete = Target::from_complete_platform(&read.complete_platform().to_string()).unwrap();
        prop_assert_eq!(complete.tags(), read.tags());
        prop_assert_eq!(complete.environment(), read.environment());
    }

    /// No text makes the parsers panic.
    #[test]
    fn no_text_is_too_strange(text in "(linux|manylinux|win|macosx|cp|3|11|é|[-_. ]|arm64|.){0,12}") {
        let _ = text.parse::<Target>();
        let _ = text.parse::<WheelFilename>();
        let _ = format!("x-1-{text}.whl").parse::<WheelFilename>();
        let _ = Target::from_probe(&text);
    }

    /// The file name of a wheel is displayed and read back as the same.
    #[test]
    fn wheel_names_round_trip(
        name in "[A-Za-z0-9]{1,4}([._][A-Za-z0-9]{1,3}){0,2}",
        version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\\.post[0-9])?(\\+[a-z0-9]{1,4})?",
        build in prop::option::of("[0-9]{1,6}[a-z_.0-9]{0,4}"),
        tags in "(py3|cp311|py2\\.py3)-(none|abi3|cp311)-(any|win32\\.win_amd64|linux_x86_64)",
    ) {
        let build = build.map(|build| format!("{build}-")).unwrap_or_default();
        let read: WheelFilename = format!("{name}-{version}-{build}{tags}.whl").parse().unwrap();
        prop_assert_eq!(read.to_string().parse::<WheelFilename>().unwrap(), read);
    }
}
