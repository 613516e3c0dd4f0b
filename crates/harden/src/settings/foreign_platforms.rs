//! Platforms as they are written elsewhere: by Docker, uv, Rust, in names of images and in presets
//! without an architecture.

use harden_target::{PRESETS, Target};

use super::dockerfile::Image;

/// What the name of a platform means here: the targets, or platforms without a Python, that it may be.
/// Empty if it is not known.
pub fn meanings(name: &str) -> Vec<String> {
    let lower = name.to_ascii_lowercase();
    let presets = PRESETS.iter().map(|preset| preset.name);
    let presets: Vec<_> = presets
        .filter(|preset| is_begun_by(preset, &lower))
        .collect();
    if !presets.is_empty() && lower.len() > 2 {
        return newest(&presets).into_iter().map(str::to_owned).collect();
    }
    let one = docker(&lower)
        .or_else(|| reversed(&lower))
        .or_else(|| triple(&lower))
        .or_else(|| image(name));
    one.into_iter().collect()
}

/// Whether a preset continues where a name ends: `debian-12-arm64` after `debian-12`.
fn is_begun_by(preset: &str, name: &str) -> bool {
    let rest = preset.strip_prefix(name);
    rest.is_some_and(|rest| rest.starts_with('-'))
}

/// Of presets that are sorted by version, the last of each architecture.
fn newest<'p>(presets: &[&'p str]) -> Vec<&'p str> {
    let last = |arch: &str| {
        presets
            .iter()
            .rev()
            .find(|preset| preset.ends_with(arch))
            .copied()
    };
    [last("amd64"), last("arm64")]
        .into_iter()
        .flatten()
        .collect()
}

/// `linux/arm64`, `linux_arm64`, `linux-amd64`.
fn docker(name: &str) -> Option<String> {
    let arch = ["linux/", "linux_", "linux-"]
        .iter()
        .find_map(|os| name.strip_prefix(os));
    match arch.or(match name {
        "linux" => Some("amd64"),
        _ => None,
    }) {
        Some(arch) => Some(format!("manylinux2014_{}", machine(arch)?)),
        None => match name {
            "windows" | "windows/amd64" => Some("win_amd64".to_owned()),
            "windows/arm64" => Some("win_arm64".to_owned()),
            "macos" | "darwin/arm64" => Some("macosx_12_0_arm64".to_owned()),
            "darwin/amd64" => Some("macosx_12_0_x86_64".to_owned()),
            _ => None,
        },
    }
}

fn machine(arch: &str) -> Option<&'static str> {
    Some(match arch {
        "amd64" | "x86_64" | "x64" => "x86_64",
        "arm64" | "aarch64" | "arm64/v8" | "arm64v8" => "aarch64",
        "arm/v7" | "armv7l" | "armv7" => "armv7l",
        "386" | "i686" => "i686",
        "ppc64le" => "ppc64le",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => return None,
    })
}

/// `x86_64-manylinux2014`, as uv writes it.
fn reversed(name: &str) -> Option<String> {
    let (machine, libc) = name.split_once('-')?;
    let is_libc = libc.starts_with("manylinux") || libc.starts_with("musllinux");
    is_libc.then(|| format!("{libc}_{machine}"))
}

/// `aarch64-unknown-linux-gnu`, as Rust and uv write it.
fn triple(name: &str) -> Option<String> {
    let (arch, system) = name.split_once('-')?;
    let machine = machine(arch)?;
    Some(match system {
        "unknown-linux-gnu" | "linux-gnu" => format!("manylinux2014_{machine}"),
        "unknown-linux-musl" | "linux-musl" => format!("musllinux_1_2_{machine}"),
        "apple-darwin" if machine == "aarch64" => "macosx_12_0_arm64".to_owned(),
        "apple-darwin" => format!("macosx_12_0_{machine}"),
        "pc-windows-msvc" if machine == "aarch64" => "win_arm64".to_owned(),
        "pc-windows-msvc" => "win_amd64".to_owned(),
        _ => return None,
    })
}

/// `python:3.12-slim`, as in a Dockerfile.
fn image(name: &str) -> Option<String> {
    let image = Image::of(&format!("FROM {name}"))?;
    Some(image.target)
}

/// Whether two targets are one in two spellings: `manylinux2014` is glibc 2.17.
pub fn is_same(one: &Target, other: &Target) -> bool {
    let spelled = |target: &Target| {
        let text = target.to_string();
        [
            ("manylinux2014_", 17),
            ("manylinux2010_", 12),
            ("manylinux1_", 5),
        ]
        .iter()
        .find_map(|(legacy, minor)| {
            let rest = text.strip_prefix(legacy)?;
            Some(format!("manylinux_2_{minor}_{rest}"))
        })
        .unwrap_or(text)
    };
    spelled(one) == spelled(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_of_other_tools_have_a_spelling_here() {
        for (name, expected) in [
            ("linux/arm64", "manylinux2014_aarch64"),
            ("linux_arm64", "manylinux2014_aarch64"),
            ("aarch64-unknown-linux-gnu", "manylinux2014_aarch64"),
            ("x86_64-manylinux2014", "manylinux2014_x86_64"),
            ("x86_64-unknown-linux-musl", "musllinux_1_2_x86_64"),
            ("python:3.12-slim", "manylinux_2_28_x86_64-cp312"),
            ("debian-12", "debian-12-amd64|debian-12-arm64"),
            ("lambda-3.12", "lambda-3.12-amd64|lambda-3.12-arm64"),
            ("Windows", "windows-amd64|windows-arm64"),
            ("beos", ""),
        ] {
            assert_eq!(meanings(name).join("|"), expected, "{name}");
        }
        assert!(!meanings("alpine").is_empty());
    }

    #[test]
    fn a_libc_has_two_names() {
        let target = |text: &str| text.parse::<Target>().unwrap();
        let legacy = target("manylinux2014_aarch64-cp311");
        assert!(is_same(&legacy, &target("manylinux_2_17_aarch64-cp311")));
        assert!(!is_same(&legacy, &target("manylinux_2_28_aarch64-cp311")));
    }
}
