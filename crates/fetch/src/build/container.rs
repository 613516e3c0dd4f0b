//! The command that builds for another Linux platform: `fetch --build` in a container of it.
//!
//! The images are those of the manylinux project, which have the oldest C library of their platform
//! tag and every `CPython`: <https://github.com/pypa/manylinux>.

use harden_target::{Libc, Target};

/// An image, the minor version of its C library, and the machines it exists for.
struct Image {
    libc: Libc,
    minor: u8,
    name: &'static str,
    machines: &'static [&'static str],
}

const IMAGES: [Image; 6] = [
    Image {
        libc: Libc::Glibc,
        minor: 17,
        name: "manylinux2014",
        machines: &["x86_64", "i686", "aarch64", "ppc64le", "s390x"],
    },
    Image {
        libc: Libc::Glibc,
        minor: 28,
        name: "manylinux_2_28",
        machines: &["x86_64", "aarch64", "ppc64le", "s390x"],
    },
    Image {
        libc: Libc::Glibc,
        minor: 31,
        name: "manylinux_2_31",
        machines: &["armv7l"],
    },
    Image {
        libc: Libc::Glibc,
        minor: 34,
        name: "manylinux_2_34",
        machines: &["x86_64", "aarch64", "ppc64le", "s390x"],
    },
    Image {
        libc: Libc::Glibc,
        minor: 39,
        name: "manylinux_2_39",
        machines: &["riscv64"],
    },
    Image {
        libc: Libc::Musl,
        minor: 2,
        name: "musllinux_1_2",
        machines: &[
            "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64",
        ],
    },
];

/// What containers call a machine.
const PLATFORMS: [(&str, &str); 7] = [
    ("x86_64", "linux/amd64"),
    ("i686", "linux/386"),
    ("aarch64", "linux/arm64"),
    ("armv7l", "linux/arm/v7"),
    ("ppc64le", "linux/ppc64le"),
    ("s390x", "linux/s390x"),
    ("riscv64", "linux/riscv64"),
];

/// A command that builds the sdists of the strict file `strict` for a target in a container, where
/// `FETCH` is the path of a `fetch` executable for that platform; `None` where there is no image of one.
pub fn container_command(target: &Target, strict: &str) -> Option<String> {
    let (libc, minor, machine) = target.platform().libc()?;
    let fits = |image: &&Image| {
        image.libc == libc && image.minor <= minor && image.machines.contains(&machine)
    };
    // The newest that is not newer than the target: it needs the least work to build in.
    let image = IMAGES.iter().rfind(fits)?;
    let (_, platform) = PLATFORMS.iter().find(|(name, _)| *name == machine)?;
    let python = format!(
        "{}{}{}-{}",
        target.implementation().abbreviation(),
        target.python().major(),
        target.python().minor(),
        target.abi().as_str()
    );
    Some(format!(
        "docker run --rm --platform {platform} -v \"$PWD:/work\" -w /work \
         -v FETCH:/usr/local/bin/fetch:ro quay.io/pypa/{}_{machine} fetch {strict} \
         --platform {target} --build --python /opt/python/{python}/bin/python",
        image.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(target: &str) -> Option<String> {
        container_command(&target.parse().unwrap(), "strict.txt")
    }

    #[test]
    fn the_container_has_the_platform_and_the_interpreter_of_the_target() {
        insta::assert_snapshot!(command("manylinux2014_aarch64-cp-311-cp311").unwrap(), @r#"docker run --rm --platform linux/arm64 -v "$PWD:/work" -w /work -v FETCH:/usr/local/bin/fetch:ro quay.io/pypa/manylinux2014_aarch64 fetch strict.txt --platform manylinux2014_aarch64-cp-311-cp311 --build --python /opt/python/cp311-cp311/bin/python"#);
        for (target, image, python) in [
            (
                "debian-12-amd64-cp311",
                "manylinux_2_34_x86_64",
                "cp311-cp311",
            ),
            (
                "manylinux_2_30_x86_64-cp313t",
                "manylinux_2_28_x86_64",
                "cp313-cp313t",
            ),
            (
                "manylinux_2_17_x86_64-cp-3.11.9-cp311",
                "manylinux2014_x86_64",
                "cp311-cp311",
            ),
            (
                "musllinux_1_2_armv7l-cp312",
                "musllinux_1_2_armv7l",
                "cp312-cp312",
            ),
        ] {
            let command = command(target).unwrap();
            assert!(command.contains(&format!("/{image} ")), "{command}");
            assert!(command.contains(&format!("/{python}/")), "{command}");
        }
    }

    #[test]
    fn no_command_is_shown_without_a_container_image() {
        for target in [
            "win_amd64-cp312",
            "macosx_12_0_arm64-cp311",
            "musllinux_1_1_x86_64-cp311",
        ] {
            assert_eq!(command(target), None, "{target}");
        }
    }
}
