//! Presets: names for systems that people deploy on.
//!
//! The version of the C library is the one that the system ships, so a preset accepts all wheels that
//! run there. The Python is the one that the system installs, unless another follows the name:
//! `debian-12-arm64-cp312`.

/// A name for a platform that people deploy on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// The name, such as `debian-12-arm64`.
    pub name: &'static str,
    /// The platform it stands for, such as `manylinux_2_36_aarch64`.
    pub platform: &'static str,
    /// The Python of the system, such as `cp311`; `None` if the user has to name one.
    pub python: Option<&'static str>,
    /// Where to look up these facts.
    pub source: &'static str,
}

macro_rules! presets {
    ($($source:literal { $($name:literal $platform:literal $($python:literal)?;)+ })+) => {
        &[$($(Preset {
            name: $name,
            platform: $platform,
            python: presets!(@ $($python)?),
            source: $source,
        },)+)+]
    };
    (@ $python:literal) => { Some($python) };
    (@) => { None };
}

/// All presets, by system.
pub const PRESETS: &[Preset] = presets! {
    "AWS Lambda runtimes: 3.12 and later on Amazon Linux 2023, glibc 2.34; before on Amazon Linux 2, glibc 2.26" {
        "lambda-3.9-amd64" "manylinux_2_26_x86_64" "cp39";
        "lambda-3.9-arm64" "manylinux_2_26_aarch64" "cp39";
        "lambda-3.10-amd64" "manylinux_2_26_x86_64" "cp310";
        "lambda-3.10-arm64" "manylinux_2_26_aarch64" "cp310";
        "lambda-3.11-amd64" "manylinux_2_26_x86_64" "cp311";
        "lambda-3.11-arm64" "manylinux_2_26_aarch64" "cp311";
        "lambda-3.12-amd64" "manylinux_2_34_x86_64" "cp312";
        "lambda-3.12-arm64" "manylinux_2_34_aarch64" "cp312";
        "lambda-3.13-amd64" "manylinux_2_34_x86_64" "cp313";
        "lambda-3.13-arm64" "manylinux_2_34_aarch64" "cp313";
        "lambda-3.14-amd64" "manylinux_2_34_x86_64" "cp314";
        "lambda-3.14-arm64" "manylinux_2_34_aarch64" "cp314";
    }
    "Amazon Linux 2023: glibc 2.34, Python 3.9" {
        "amazonlinux-2023-amd64" "manylinux_2_34_x86_64" "cp39";
        "amazonlinux-2023-arm64" "manylinux_2_34_aarch64" "cp39";
    }
    "Debian 11 (bullseye) packages: libc6 2.31, python3 3.9.2" {
        "debian-11-amd64" "manylinux_2_31_x86_64" "cp39";
        "debian-11-arm64" "manylinux_2_31_aarch64" "cp39";
    }
    "Debian 12 (bookworm) packages: libc6 2.36, python3 3.11.2" {
        "debian-12-amd64" "manylinux_2_36_x86_64" "cp311";
        "debian-12-arm64" "manylinux_2_36_aarch64" "cp311";
    }
    "Debian 13 (trixie) packages: libc6 2.41, python3 3.13.5" {
        "debian-13-amd64" "manylinux_2_41_x86_64" "cp313";
        "debian-13-arm64" "manylinux_2_41_aarch64" "cp313";
    }
    "Ubuntu 20.04 (focal) packages: libc6 2.31, python3 3.8.2" {
        "ubuntu-20.04-amd64" "manylinux_2_31_x86_64" "cp38";
        "ubuntu-20.04-arm64" "manylinux_2_31_aarch64" "cp38";
    }
    "Ubuntu 22.04 (jammy) packages: libc6 2.35, python3 3.10.6" {
        "ubuntu-22.04-amd64" "manylinux_2_35_x86_64" "cp310";
        "ubuntu-22.04-arm64" "manylinux_2_35_aarch64" "cp310";
    }
    "Ubuntu 24.04 (noble) packages: libc6 2.39, python3 3.12.3" {
        "ubuntu-24.04-amd64" "manylinux_2_39_x86_64" "cp312";
        "ubuntu-24.04-arm64" "manylinux_2_39_aarch64" "cp312";
    }
    "RHEL 8: glibc 2.28, Python 3.6 (platform-python)" {
        "rhel-8-amd64" "manylinux_2_28_x86_64" "cp36";
        "rhel-8-arm64" "manylinux_2_28_aarch64" "cp36";
        "ubi-8-amd64" "manylinux_2_28_x86_64" "cp36";
        "ubi-8-arm64" "manylinux_2_28_aarch64" "cp36";
    }
    "RHEL 9: glibc 2.34, Python 3.9" {
        "rhel-9-amd64" "manylinux_2_34_x86_64" "cp39";
        "rhel-9-arm64" "manylinux_2_34_aarch64" "cp39";
        "ubi-9-amd64" "manylinux_2_34_x86_64" "cp39";
        "ubi-9-arm64" "manylinux_2_34_aarch64" "cp39";
    }
    "RHEL 10: glibc 2.39, Python 3.12" {
        "rhel-10-amd64" "manylinux_2_39_x86_64" "cp312";
        "rhel-10-arm64" "manylinux_2_39_aarch64" "cp312";
        "ubi-10-amd64" "manylinux_2_39_x86_64" "cp312";
        "ubi-10-arm64" "manylinux_2_39_aarch64" "cp312";
    }
    "Alpine Linux 3.19 packages: musl 1.2.4, python3 3.11" {
        "alpine-3.19-amd64" "musllinux_1_2_x86_64" "cp311";
        "alpine-3.19-arm64" "musllinux_1_2_aarch64" "cp311";
    }
    "Alpine Linux 3.20 and 3.21 packages: musl 1.2.5, python3 3.12" {
        "alpine-3.20-amd64" "musllinux_1_2_x86_64" "cp312";
        "alpine-3.20-arm64" "musllinux_1_2_aarch64" "cp312";
        "alpine-3.21-amd64" "musllinux_1_2_x86_64" "cp312";
        "alpine-3.21-arm64" "musllinux_1_2_aarch64" "cp312";
    }
    "Alpine Linux 3.22 packages: musl 1.2.5, python3 3.12" {
        "alpine-3.22-amd64" "musllinux_1_2_x86_64" "cp312";
        "alpine-3.22-arm64" "musllinux_1_2_aarch64" "cp312";
    }
    "macOS: the version of the system; name the Python, since the system has none of its own" {
        "macos-12-amd64" "macosx_12_0_x86_64";
        "macos-12-arm64" "macosx_12_0_arm64";
        "macos-13-amd64" "macosx_13_0_x86_64";
        "macos-13-arm64" "macosx_13_0_arm64";
        "macos-14-amd64" "macosx_14_0_x86_64";
        "macos-14-arm64" "macosx_14_0_arm64";
        "macos-15-amd64" "macosx_15_0_x86_64";
        "macos-15-arm64" "macosx_15_0_arm64";
        "macos-26-amd64" "macosx_26_0_x86_64";
        "macos-26-arm64" "macosx_26_0_arm64";
    }
    "Windows: one platform tag for each machine; name the Python, since the system has none of its own" {
        "windows-amd64" "win_amd64";
        "windows-arm64" "win_arm64";
        "windows-x86" "win32";
    }
};

/// The target that a preset stands for, with the Python that follows the name or its own; `None` if
/// `text` does not begin with the name of a preset. The error says that a Python must be named.
pub(crate) fn resolve(text: &str) -> Option<Result<String, String>> {
    PRESETS.iter().find_map(
        |preset| match (text.strip_prefix(preset.name)?, preset.python) {
            ("", Some(python)) => Some(Ok(format!("{}-{python}", preset.platform))),
            ("", None) => Some(Err(format!(
                "the Python is missing; write it like `{}-cp312`",
                preset.name
            ))),
            (rest, _) if rest.starts_with('-') => Some(Ok(format!("{}{rest}", preset.platform))),
            _ => None,
        },
    )
}
