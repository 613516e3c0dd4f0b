//! The platform that a Dockerfile builds for, from its last image.

use harden_target::Target;

/// The file that is looked at.
pub const FILE: &str = "Dockerfile";

/// An image that a Dockerfile begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name and tag.
    pub name: String,
    /// The target.
    pub target: String,
    /// The architecture that was assumed, where the file does not say.
    pub assumed: Option<&'static str>,
}

/// The architecture of most machines that images are built on.
const USUAL: &str = "amd64";

impl Image {
    /// The last image of a Dockerfile that names a target: the one that is shipped.
    pub fn of(dockerfile: &str) -> Option<Self> {
        let image = |line: &str| {
            let mut words = line.split_whitespace();
            let is_from = words.next()?.eq_ignore_ascii_case("from");
            let rest: Vec<&str> = is_from.then(|| words.collect())?;
            Self::named(&rest)
        };
        dockerfile.lines().rev().find_map(image)
    }

    /// Reads what follows FROM: `[--platform=OS/ARCH] NAME:TAG [AS NAME]`.
    fn named(words: &[&str]) -> Option<Self> {
        let said = words
            .iter()
            .find_map(|word| word.strip_prefix("--platform=linux/"));
        let arch = match said {
            Some("arm64" | "arm64/v8" | "aarch64") => Some("arm64"),
            Some("amd64" | "x86_64") => Some("amd64"),
            Some(_) => return None,
            None => None,
        };
        let name = words.iter().find(|word| !word.starts_with("--"))?;
        let (image, tag) = name.split('@').next()?.rsplit_once(':')?;
        let target = target(image, tag, arch.unwrap_or(USUAL))?;
        Some(Self {
            name: (*name).to_owned(),
            target: target.parse::<Target>().is_ok().then_some(target)?,
            assumed: arch.is_none().then_some(USUAL),
        })
    }
}

/// The target of the official images of Python, and of Lambda's.
fn target(image: &str, tag: &str, arch: &str) -> Option<String> {
    let mut parts = tag.split('-');
    let version = parts.next()?;
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    if image.ends_with("lambda/python") {
        return Some(format!("lambda-{major}.{minor}-{arch}"));
    }
    if image.rsplit('/').next() != Some("python") {
        return None;
    }
    let python = match numbers.next() {
        Some(patch) => format!("cp-{major}.{minor}.{patch}-cp{major}{minor}"),
        None => format!("cp{major}{minor}"),
    };
    let system = parts.find_map(|part| match part {
        "bullseye" => Some("debian-11".to_owned()),
        "bookworm" => Some("debian-12".to_owned()),
        "trixie" => Some("debian-13".to_owned()),
        part => {
            let alpine = part.strip_prefix("alpine")?;
            Some(match alpine {
                "" => format!("musllinux_1_2_{}", machine(arch)),
                version => format!("alpine-{version}-{arch}"),
            })
        }
    });
    Some(match system {
        Some(system) if system.starts_with("debian") => format!("{system}-{arch}-{python}"),
        Some(system) => format!("{system}-{python}"),
        // Which Debian it is changes with time: what every one of them takes.
        None => format!("manylinux_2_28_{}-{python}", machine(arch)),
    })
}

fn machine(arch: &str) -> &'static str {
    if arch == "arm64" { "aarch64" } else { "x86_64" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(dockerfile: &str) -> String {
        match Image::of(dockerfile) {
            Some(Image {
                target,
                assumed: None,
                ..
            }) => target,
            Some(Image { target, .. }) => format!("{target} perhaps"),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn images_of_python_name_their_target() {
        for (dockerfile, expected) in [
            ("FROM python:3.12", "manylinux_2_28_x86_64-cp312 perhaps"),
            (
                "FROM python:3.12-slim-bookworm",
                "debian-12-amd64-cp312 perhaps",
            ),
            (
                "from --platform=linux/arm64 docker.io/library/python:3.11.9-slim-bookworm as build",
                "debian-12-arm64-cp-3.11.9-cp311",
            ),
            (
                "FROM --platform=linux/amd64 python:3.13-alpine3.20",
                "alpine-3.20-amd64-cp313",
            ),
            (
                "FROM --platform=linux/arm64 python:3.13-alpine",
                "musllinux_1_2_aarch64-cp313",
            ),
            (
                "FROM public.ecr.aws/lambda/python:3.12",
                "lambda-3.12-amd64 perhaps",
            ),
            (
                "FROM python:3.12 AS build\nRUN make\nFROM --platform=linux/arm64 python:3.11-slim",
                "manylinux_2_28_aarch64-cp311",
            ),
        ] {
            assert_eq!(target(dockerfile), expected, "{dockerfile}");
        }
    }

    #[test]
    fn other_images_name_no_target() {
        for dockerfile in [
            "",
            "FROM",
            "FROM scratch",
            "FROM node:20",
            "FROM python",
            "FROM python:latest",
            "FROM python:3",
            "FROM --platform=linux/riscv64 python:3.12",
            "FROM ${BASE}:3.12",
            "# FROM python:3.12",
        ] {
            assert_eq!(target(dockerfile), "none", "{dockerfile}");
        }
    }
}
