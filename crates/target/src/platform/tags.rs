//! The platform tags whose wheels a platform accepts: its own, and those of older versions.

use super::{GlibcName, Kind, LEGACY_MANYLINUX, Platform, first_glibc};

impl Platform {
    /// The platform tags that the platform accepts, best first.
    pub(crate) fn tags(&self) -> Vec<String> {
        match self.0 {
            Kind::Glibc { minor, machine, .. } => {
                let mut tags = vec![format!("linux_{machine}")];
                for minor in (first_glibc(machine)..=minor).rev() {
                    tags.push(format!("manylinux_2_{minor}_{machine}"));
                    let legacy = LEGACY_MANYLINUX.iter().find(|legacy| legacy.1 == minor);
                    tags.extend(legacy.map(|(name, _)| format!("{name}_{machine}")));
                }
                tags
            }
            Kind::Musl { minor, machine } => {
                let older = (0..=minor)
                    .rev()
                    .map(|minor| format!("musllinux_1_{minor}_{machine}"));
                std::iter::once(format!("linux_{machine}"))
                    .chain(older)
                    .collect()
            }
            Kind::MacOs {
                major,
                minor,
                machine,
            } => macos_tags(major, minor, machine, "fat3"),
            Kind::Ios {
                major,
                minor,
                machine,
            } => ios_tags(major, minor, machine),
            Kind::Android { api, machine } => {
                // Python needs API level 16 or newer.
                (16..=api)
                    .rev()
                    .map(|api| format!("android_{api}_{}", machine.tag))
                    .collect()
            }
            Kind::Windows { .. } | Kind::Wasm { .. } => vec![self.to_string()],
        }
    }

    /// The platform tags that `pex --platform` accepts: it does not add the older versions of PEP 600.
    pub(crate) fn pex_tags(&self) -> Vec<String> {
        match self.0 {
            Kind::Glibc {
                name: GlibcName::Version,
                ..
            }
            | Kind::Musl { .. } => {
                vec![self.to_string()]
            }
            Kind::Glibc {
                name,
                minor,
                machine,
            } => {
                let older = first_glibc(machine)..=minor;
                let legacy = LEGACY_MANYLINUX
                    .iter()
                    .filter(|(_, minor)| older.contains(minor));
                let mut tags: Vec<_> = legacy
                    .map(|(name, _)| format!("{name}_{machine}"))
                    .collect();
                tags.extend((name == GlibcName::Plain).then(|| self.to_string()));
                tags
            }
            Kind::MacOs {
                major,
                minor,
                machine,
            } => macos_tags(major, minor, machine, "fat32"),
            _ => self.tags(),
        }
    }
}

/// Every macOS from this one down to 10.4, with the binary formats that the machine runs.
fn macos_tags(major: u8, minor: u8, machine: &str, fat32: &str) -> Vec<String> {
    let formats = match machine {
        "x86_64" => vec!["x86_64", "intel", "fat64", fat32, "universal2", "universal"],
        _ => vec!["arm64", "universal2"],
    };
    let tag = |major, minor, format| format!("macosx_{major}_{minor}_{format}");
    let mut tags = Vec::new();
    // Since macOS 11 every release has a new major version, and minor versions do not matter.
    for major in (11..=major).rev() {
        tags.extend(formats.iter().map(|format| tag(major, 0, format)));
    }
    // Binaries from before macOS 11 are for x86_64, or for both x86_64 and arm64.
    let old_formats = if machine == "x86_64" {
        &formats[..]
    } else {
        &["universal2"]
    };
    let newest_old = if major == 10 { minor } else { 16 };
    for minor in (4..=newest_old).rev() {
        tags.extend(old_formats.iter().map(|format| tag(10, minor, format)));
    }
    tags
}

/// Every iOS from this one down to 12.0; before it, minor versions went up to 9 at most.
fn ios_tags(major: u8, minor: u8, machine: &str) -> Vec<String> {
    let older = (12..major)
        .rev()
        .flat_map(|major| (0..=9).rev().map(move |minor| (major, minor)));
    let this = (0..=minor).rev().map(|minor| (major, minor));
    this.chain(older)
        .map(|(major, minor)| format!("ios_{major}_{minor}_{machine}"))
        .collect()
}
