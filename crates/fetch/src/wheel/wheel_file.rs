//! `WHEEL`, the description of a wheel's format, compared with the file name.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-contents>

use std::collections::BTreeSet;

use harden_target::WheelTags;

use super::WheelDefect;
use super::inspect::fields;

/// The major Wheel-Version that installers know. They refuse others.
const MAJOR: &str = "1";

/// A compatibility tag: Python, ABI and platform.
type Tag = (String, String, String);

/// Compares the text of `WHEEL` with the tags in the name of the file, and with those of the `others`
/// that the same pin has.
///
/// # Errors
///
/// Returns [`WheelDefect`] if installers refuse its Wheel-Version, if its tags are those of another file
/// of the pin, or if nothing that takes them would take those of the name.
pub(super) fn check(text: &str, name: &WheelTags, others: &[WheelTags]) -> Result<(), WheelDefect> {
    let version = fields(text, "Wheel-Version");
    let version = version.first().copied().unwrap_or_default();
    if version.split('.').next() != Some(MAJOR) {
        return Err(WheelDefect::Info(match version {
            "" => "no `Wheel-Version` in its WHEEL".to_owned(),
            version => {
                let version: String = version.escape_debug().take(40).collect();
                format!("Wheel-Version `{version}`, which installers refuse")
            }
        }));
    }
    let stated = stated(text);
    let named = named(name);
    if stated.is_empty() || stated == named {
        return Ok(());
    }
    let is_of_other = others.iter().any(|other| self::named(other) == stated);
    let agrees = || {
        let mut pairs = stated
            .iter()
            .flat_map(|stated| named.iter().map(move |named| (stated, named)));
        pairs.any(|(stated, named)| is_related(stated, named))
    };
    if is_of_other || !agrees() {
        let shown = stated
            .iter()
            .map(|(python, abi, platform)| format!("{python}-{abi}-{platform}"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        return Err(WheelDefect::OtherTags(
            shown.escape_debug().take(200).collect(),
        ));
    }
    Ok(())
}

/// The tags that `WHEEL` states; some tools write several in one, as in a file name.
fn stated(text: &str) -> BTreeSet<Tag> {
    let mut tags = BTreeSet::new();
    for value in fields(text, "Tag") {
        let mut parts = value.splitn(3, '-');
        if let (Some(python), Some(abi), Some(platform)) =
            (parts.next(), parts.next(), parts.next())
        {
            let of = |part: &str| {
                part.to_ascii_lowercase()
                    .split('.')
                    .map(str::to_owned)
                    .collect()
            };
            tags.extend(product(of(python), &of(abi), &of(platform)));
        }
    }
    tags
}

/// The tags that a file name states.
fn named(tags: &WheelTags) -> BTreeSet<Tag> {
    let all = |part: &mut dyn Iterator<Item = &str>| part.map(str::to_owned).collect();
    let (abis, platforms): (Vec<_>, Vec<_>) = (all(&mut tags.abis()), all(&mut tags.platforms()));
    product(all(&mut tags.pythons()), &abis, &platforms).collect()
}

fn product(
    pythons: Vec<String>,
    abis: &[String],
    platforms: &[String],
) -> impl Iterator<Item = Tag> {
    pythons.into_iter().flat_map(move |python| {
        abis.iter().flat_map(move |abi| {
            let python = python.clone();
            platforms
                .iter()
                .map(move |platform| (python.clone(), abi.clone(), platform.clone()))
        })
    })
}

/// Whether a wheel with the tag `stated` may be renamed to the tag `named` by tools that repair and
/// repackage wheels and leave `WHEEL` as it is: to a narrower or another tag of the same system, machine
/// and Python.
fn is_related(stated: &Tag, named: &Tag) -> bool {
    let is_pure = |tag: &Tag| tag.1 == "none" && tag.2 == "any";
    let is_open_abi = |abi: &str| matches!(abi, "none" | "abi3");
    let same_abi = stated.1 == named.1 || is_open_abi(&stated.1) || is_open_abi(&named.1);
    let same_python = stated.0 == named.0
        || is_generic_of(&stated.0, &named.0)
        || is_generic_of(&named.0, &stated.0)
        || is_open_abi(&stated.1) && is_open_abi(&named.1);
    is_pure(stated) || same_python && same_abi && is_same_system(&stated.2, &named.2)
}

/// Whether `generic`, such as `py3`, stands for `python`, such as `cp311`, too.
fn is_generic_of(generic: &str, python: &str) -> bool {
    let major = |tag: &str| {
        tag.trim_start_matches(|c: char| !c.is_ascii_digit())
            .chars()
            .next()
    };
    generic.starts_with("py") && major(generic) == major(python)
}

/// Whether both platform tags are for one system, C library and machine.
fn is_same_system(stated: &str, named: &str) -> bool {
    if stated == named || stated == "any" {
        return true;
    }
    if let (Some(one), Some(other)) = (macos(stated), macos(named)) {
        return one == other || is_universal(one) || is_universal(other);
    }
    match (linux(stated), linux(named)) {
        (Some((one, machine)), Some((other, other_machine))) => {
            machine == other_machine && (one == other || one == "linux" || other == "linux")
        }
        _ => false,
    }
}

/// The machine of a platform tag of macOS.
fn macos(platform: &str) -> Option<&str> {
    let (_major, rest) = platform.strip_prefix("macosx_")?.split_once('_')?;
    rest.split_once('_').map(|(_minor, machine)| machine)
}

/// Whether a machine of macOS stands for several.
fn is_universal(machine: &str) -> bool {
    machine.starts_with("universal")
        || matches!(machine, "intel" | "fat" | "fat3" | "fat64" | "fat32")
}

/// The C library and the machine of a platform tag of Linux.
fn linux(platform: &str) -> Option<(&'static str, &str)> {
    for (start, libc) in [
        ("linux_", "linux"),
        ("manylinux1_", "glibc"),
        ("manylinux2010_", "glibc"),
        ("manylinux2014_", "glibc"),
    ] {
        if let Some(machine) = platform.strip_prefix(start) {
            return Some((libc, machine));
        }
    }
    for (start, libc) in [("manylinux_", "glibc"), ("musllinux_", "musl")] {
        if let Some(rest) = platform.strip_prefix(start) {
            let (_major, rest) = rest.split_once('_')?;
            let (_minor, machine) = rest.split_once('_')?;
            return Some((libc, machine));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use harden_target::WheelFilename;

    use super::*;

    fn tags(text: &str) -> WheelTags {
        let name: WheelFilename = format!("a-1-{text}.whl").parse().unwrap();
        name.tags
    }

    fn checked(stated: &str, named: &str, others: &[&str]) -> Result<(), String> {
        let lines = format!("Tag: {}\n", stated.replace(' ', "\nTag: "));
        let others: Vec<WheelTags> = others.iter().map(|other| tags(other)).collect();
        let checked = check(
            &format!("Wheel-Version: 1.0\n{lines}"),
            &tags(named),
            &others,
        );
        checked.map_err(|defect| defect.to_string())
    }

    #[test]
    fn tags_that_tools_leave_behind_are_accepted() {
        for (stated, named) in [
            ("py3-none-any", "py3-none-any"),
            ("py2-none-any py3-none-any", "py2.py3-none-any"),
            ("py2.py3-none-any", "py2.py3-none-any"),
            ("py2-none-any", "py3-none-any"),
            (
                "cp311-cp311-linux_x86_64",
                "cp311-cp311-manylinux_2_28_x86_64",
            ),
            (
                "cp311-cp311-linux_x86_64",
                "cp311-cp311-musllinux_1_2_x86_64",
            ),
            (
                "cp311-cp311-manylinux1_x86_64",
                "cp311-cp311-manylinux2014_x86_64",
            ),
            ("py3-none-any", "py3-none-manylinux1_x86_64"),
            (
                "cp311-cp311-macosx_10_9_x86_64",
                "cp311-cp311-macosx_11_0_universal2",
            ),
            ("cp311-abi3-win_amd64", "cp39-abi3-win_amd64"),
            ("py3-none-win_amd64", "cp311-cp311-win_amd64"),
        ] {
            assert_eq!(checked(stated, named, &[]), Ok(()), "{stated} as {named}");
        }
        assert!(check("Wheel-Version: 1.9\n", &tags("py3-none-any"), &[]).is_ok());
    }

    #[test]
    fn tags_of_another_system_python_or_file_are_refused() {
        for (stated, named) in [
            ("cp27-cp27m-win32", "py3-none-any"),
            ("cp311-cp311-win_amd64", "cp311-cp311-manylinux2014_x86_64"),
            (
                "cp311-cp311-manylinux2014_aarch64",
                "cp311-cp311-manylinux2014_x86_64",
            ),
            (
                "cp311-cp311-musllinux_1_2_x86_64",
                "cp311-cp311-manylinux2014_x86_64",
            ),
            (
                "cp310-cp310-manylinux2014_x86_64",
                "cp311-cp311-manylinux2014_x86_64",
            ),
            ("cp311-cp311-win32", "cp311-cp311-win_amd64"),
            (
                "cp311-cp311-macosx_10_9_x86_64",
                "cp311-cp311-macosx_11_0_arm64",
            ),
        ] {
            let error = checked(stated, named, &[]).unwrap_err();
            assert_eq!(
                error,
                format!("its WHEEL states the tags {stated}, which differ from those in its name")
            );
        }
        for (stated, named) in [
            ("py3-none-any", "cp311-cp311-win_amd64"),
            (
                "cp311-cp311-macosx_10_9_x86_64",
                "cp311-cp311-macosx_11_0_x86_64",
            ),
        ] {
            assert_eq!(checked(stated, named, &[]), Ok(()));
            assert!(checked(stated, named, &[stated]).is_err());
        }
    }

    #[test]
    fn other_major_versions_are_refused() {
        for (version, reason) in [
            ("", "it has no `Wheel-Version` in its WHEEL"),
            (
                "Wheel-Version: 9.0\n",
                "it has Wheel-Version `9.0`, which installers refuse",
            ),
            (
                "Wheel-Version: 10\n",
                "it has Wheel-Version `10`, which installers refuse",
            ),
        ] {
            let text = format!("{version}Tag: py3-none-any\n");
            let checked = check(&text, &tags("py3-none-any"), &[]);
            assert_eq!(checked.unwrap_err().to_string(), reason);
        }
    }
}
