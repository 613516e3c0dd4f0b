//! Platforms: the operating system, the version of its C library and the machine, as in platform tags.
//!
//! A platform accepts wheels built for itself and for older versions: PEP 600 (manylinux), PEP 656
//! (musllinux), PEP 730 (iOS), PEP 738 (Android), and for macOS the page below.
//! <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#platform-tag>

mod tags;

use std::fmt;

use crate::python::number;

/// A platform, written as its tag: `manylinux2014_aarch64`, `macosx_12_0_arm64`, `win_amd64`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Platform(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Glibc {
        name: GlibcName,
        minor: u8,
        machine: &'static str,
    },
    Musl {
        minor: u8,
        machine: &'static str,
    },
    MacOs {
        major: u8,
        minor: u8,
        machine: &'static str,
    },
    Windows {
        machine: &'static WindowsMachine,
    },
    Ios {
        major: u8,
        minor: u8,
        machine: &'static str,
    },
    Android {
        api: u8,
        machine: &'static AndroidMachine,
    },
    Wasm {
        tag: Box<str>,
    },
}

/// The C library of a Linux platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    /// The GNU C library, version 2.
    Glibc,
    /// musl, version 1.
    Musl,
}

/// The spelling of a glibc version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum GlibcName {
    /// `manylinux_2_17`.
    Version,
    /// `manylinux2014`.
    Legacy,
    /// `linux`, which pex reads as `manylinux2014`.
    Plain,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct WindowsMachine {
    tag: &'static str,
    machine: &'static str,
    /// The value of `platform_machine` in pex.
    in_pex: &'static str,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AndroidMachine {
    tag: &'static str,
    /// `platform_machine`; the kernel of a 32-bit system may be of either width.
    machine: Option<&'static str>,
}

/// The machines that a manylinux or musllinux wheel can be for.
const LINUX_MACHINES: [&str; 9] = [
    "x86_64",
    "aarch64",
    "i686",
    "armv7l",
    "ppc64le",
    "ppc64",
    "s390x",
    "riscv64",
    "loongarch64",
];
const MACOS_MACHINES: [&str; 2] = ["arm64", "x86_64"];
const WINDOWS_MACHINES: [WindowsMachine; 3] = [
    WindowsMachine {
        tag: "win_amd64",
        machine: "AMD64",
        in_pex: "amd64",
    },
    WindowsMachine {
        tag: "win_arm64",
        machine: "ARM64",
        in_pex: "arm64",
    },
    WindowsMachine {
        tag: "win32",
        machine: "x86",
        in_pex: "win32",
    },
];
/// PEP 730: the machine and the SDK.
const IOS_MACHINES: [&str; 3] = [
    "arm64_iphoneos",
    "arm64_iphonesimulator",
    "x86_64_iphonesimulator",
];
/// PEP 738, <https://developer.android.com/ndk/guides/abis>.
const ANDROID_MACHINES: [AndroidMachine; 4] = [
    AndroidMachine {
        tag: "arm64_v8a",
        machine: Some("aarch64"),
    },
    AndroidMachine {
        tag: "x86_64",
        machine: Some("x86_64"),
    },
    AndroidMachine {
        tag: "armeabi_v7a",
        machine: None,
    },
    AndroidMachine {
        tag: "x86",
        machine: None,
    },
];
/// The policies from before PEP 600, with the minor version of glibc 2 that each stands for.
const LEGACY_MANYLINUX: [(&str, u8); 3] = [
    ("manylinux2014", 17),
    ("manylinux2010", 12),
    ("manylinux1", 5),
];

/// The lowest minor version of glibc 2 that manylinux wheels can require.
fn first_glibc(machine: &str) -> u8 {
    if matches!(machine, "x86_64" | "i686") {
        5
    } else {
        17
    }
}

impl Platform {
    /// Reads a platform; `-` and `.` are the same as `_`. The error says what is wrong.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let text = &written.replace(['-', '.'], "_");
        let first = text.split('_').next().unwrap_or_default();
        if let Some(&(name, minor)) = LEGACY_MANYLINUX.iter().find(|(name, _)| *name == first) {
            return glibc(GlibcName::Legacy, minor, after(text, name));
        }
        match first {
            "linux" => glibc(GlibcName::Plain, 17, after(text, "linux")),
            "manylinux" => match versions(after(text, "manylinux")) {
                Some(([2, minor], machine)) => glibc(GlibcName::Version, minor, machine),
                _ => Err(format!(
                    "`{written}` does not name a version of glibc and a machine; write it like manylinux_2_28_x86_64 or manylinux2014_aarch64"
                )),
            },
            "musllinux" => match versions(after(text, "musllinux")) {
                Some(([1, minor], machine)) => Ok(Self(Kind::Musl {
                    minor,
                    machine: linux_machine(machine)?,
                })),
                _ => Err(format!(
                    "`{written}` does not name a version of musl; write it like musllinux_1_2"
                )),
            },
            "macosx" => macos(text, written),
            "win" | "win32" => match WINDOWS_MACHINES.iter().find(|machine| machine.tag == text) {
                Some(machine) => Ok(Self(Kind::Windows { machine })),
                None => Err(format!(
                    "`{written}` is not a platform of Windows; use win_amd64, win_arm64 or win32"
                )),
            },
            "ios" => ios(text, written),
            "android" => android(text, written),
            "emscripten" | "pyodide" | "pyemscripten" => wasm(text, written, first),
            _ => Err(format!("`{written}` is not a platform")),
        }
    }

    /// Its meaning for people: `glibc 2.17`, `musl 1.2`, `macOS 12.0`, `Windows`.
    pub fn describe(&self) -> String {
        match &self.0 {
            Kind::Glibc { minor, .. } => format!("glibc 2.{minor}"),
            Kind::Musl { minor, .. } => format!("musl 1.{minor}"),
            Kind::MacOs { major, minor, .. } => format!("macOS {major}.{minor}"),
            Kind::Windows { .. } => "Windows".into(),
            Kind::Ios { major, minor, .. } => format!("iOS {major}.{minor}"),
            Kind::Android { api, .. } => format!("Android API level {api}"),
            Kind::Wasm { .. } => "WebAssembly".into(),
        }
    }

    /// The C library of a Linux platform, its minor version and the machine.
    pub fn libc(&self) -> Option<(Libc, u8, &str)> {
        match self.0 {
            Kind::Glibc { minor, machine, .. } => Some((Libc::Glibc, minor, machine)),
            Kind::Musl { minor, machine } => Some((Libc::Musl, minor, machine)),
            _ => None,
        }
    }

    /// For a plain `linux_ARCH`, the platform that was probably meant.
    pub(crate) fn probably_meant(&self) -> Option<Self> {
        match self.0 {
            Kind::Glibc {
                name: GlibcName::Plain,
                minor,
                machine,
            } => Some(Self(Kind::Glibc {
                name: GlibcName::Legacy,
                minor,
                machine,
            })),
            _ => None,
        }
    }

    /// `os_name`.
    pub(crate) fn os_name(&self) -> &'static str {
        if matches!(self.0, Kind::Windows { .. }) {
            "nt"
        } else {
            "posix"
        }
    }

    /// `sys_platform` under a Python of this major version.
    pub(crate) fn sys_platform(&self, python_major: u8) -> &'static str {
        match &self.0 {
            Kind::Glibc { .. } | Kind::Musl { .. } if python_major == 2 => "linux2",
            Kind::Glibc { .. } | Kind::Musl { .. } => "linux",
            Kind::MacOs { .. } => "darwin",
            Kind::Windows { .. } => "win32",
            Kind::Ios { .. } => "ios",
            Kind::Android { .. } => "android",
            Kind::Wasm { .. } => "emscripten",
        }
    }

    /// `platform_system`; an iOS device says `iOS` or `iPadOS`.
    pub(crate) fn platform_system(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Glibc { .. } | Kind::Musl { .. } => Some("Linux"),
            Kind::MacOs { .. } => Some("Darwin"),
            Kind::Windows { .. } => Some("Windows"),
            Kind::Ios { .. } => None,
            Kind::Android { .. } => Some("Android"),
            Kind::Wasm { .. } => Some("Emscripten"),
        }
    }

    /// `platform_machine`; an iOS device gives its model's name.
    pub(crate) fn platform_machine(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Glibc { machine, .. }
            | Kind::Musl { machine, .. }
            | Kind::MacOs { machine, .. } => Some(machine),
            Kind::Windows { machine } => Some(machine.machine),
            Kind::Ios { machine, .. } => machine.strip_suffix("_iphonesimulator"),
            Kind::Android { machine, .. } => machine.machine,
            Kind::Wasm { .. } => Some("wasm32"),
        }
    }
}

/// The value of `platform_machine` that pex uses on Windows, if it differs from that of Windows.
pub(crate) fn windows_machine_in_pex(machine: &str) -> Option<&'static str> {
    let known = WINDOWS_MACHINES
        .iter()
        .find(|known| known.machine == machine);
    known.map(|known| known.in_pex)
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Glibc {
                name: GlibcName::Plain,
                machine,
                ..
            } => write!(f, "linux_{machine}"),
            Kind::Glibc {
                name: GlibcName::Version,
                minor,
                machine,
            } => {
                write!(f, "manylinux_2_{minor}_{machine}")
            }
            Kind::Glibc {
                name: GlibcName::Legacy,
                minor,
                machine,
            } => {
                let legacy = LEGACY_MANYLINUX.iter().find(|legacy| legacy.1 == *minor);
                let (name, _) = legacy.expect("a legacy name is parsed from this table");
                write!(f, "{name}_{machine}")
            }
            Kind::Musl { minor, machine } => write!(f, "musllinux_1_{minor}_{machine}"),
            Kind::MacOs {
                major,
                minor,
                machine,
            } => write!(f, "macosx_{major}_{minor}_{machine}"),
            Kind::Windows { machine } => f.write_str(machine.tag),
            Kind::Ios {
                major,
                minor,
                machine,
            } => write!(f, "ios_{major}_{minor}_{machine}"),
            Kind::Android { api, machine } => write!(f, "android_{api}_{}", machine.tag),
            Kind::Wasm { tag } => f.write_str(tag),
        }
    }
}

/// The text after `prefix` and an underscore.
fn after<'a>(text: &'a str, prefix: &str) -> &'a str {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    rest.strip_prefix('_').unwrap_or_default()
}

/// Splits `N` numbers off the front of `2_17_x86_64`.
fn versions<const N: usize>(text: &str) -> Option<([u8; N], &str)> {
    let mut parts = text.splitn(N + 1, '_');
    let mut numbers = [0; N];
    for place in &mut numbers {
        *place = number(parts.next()?)?;
    }
    Some((numbers, parts.next()?))
}

fn linux_machine(name: &str) -> Result<&'static str, String> {
    let known = LINUX_MACHINES.iter().find(|machine| **machine == name);
    known.copied().ok_or_else(|| match name {
        "" => format!(
            "the machine is missing; Linux runs on {}",
            LINUX_MACHINES.join(", ")
        ),
        _ => format!(
            "`{name}` is not a machine that runs Linux; use one of {}",
            LINUX_MACHINES.join(", ")
        ),
    })
}

fn glibc(name: GlibcName, minor: u8, machine: &str) -> Result<Platform, String> {
    let machine = linux_machine(machine)?;
    let first = first_glibc(machine);
    if minor < first {
        return Err(format!(
            "manylinux wheels for {machine} need glibc 2.{first} or newer"
        ));
    }
    if minor > 99 {
        return Err(format!("there is no glibc 2.{minor}"));
    }
    Ok(Platform(Kind::Glibc {
        name,
        minor,
        machine,
    }))
}

fn macos(text: &str, written: &str) -> Result<Platform, String> {
    let Some(([major, minor], machine)) = versions(after(text, "macosx")) else {
        return Err(format!(
            "`{written}` does not name a version of macOS; write it like macosx_12_0_arm64"
        ));
    };
    let Some(machine) = MACOS_MACHINES.iter().find(|known| **known == machine) else {
        return Err(format!(
            "`{machine}` is not a machine that runs macOS; use one of {}",
            MACOS_MACHINES.join(", ")
        ));
    };
    match (major, minor, *machine) {
        (10, _, "arm64") => Err("macOS on arm64 starts at 11.0".into()),
        (10, 4..=16, _) | (11..=99, _, _) => Ok(Platform(Kind::MacOs {
            major,
            minor,
            machine,
        })),
        _ => Err(format!("there is no macOS {major}.{minor}")),
    }
}

fn ios(text: &str, written: &str) -> Result<Platform, String> {
    let Some(([major, minor], machine)) = versions(after(text, "ios")) else {
        return Err(format!(
            "`{written}` does not name a version of iOS; write it like ios_13_0_arm64_iphoneos"
        ));
    };
    let Some(machine) = IOS_MACHINES.iter().find(|known| **known == machine) else {
        return Err(format!(
            "`{machine}` is not a machine that runs iOS; use one of {}",
            IOS_MACHINES.join(", ")
        ));
    };
    if (12..=99).contains(&major) {
        Ok(Platform(Kind::Ios {
            major,
            minor,
            machine,
        }))
    } else {
        Err(format!("there is no iOS {major} that runs Python"))
    }
}

fn android(text: &str, written: &str) -> Result<Platform, String> {
    let Some(([api], machine)) = versions(after(text, "android")) else {
        return Err(format!(
            "`{written}` does not name an API level; write it like android_24_arm64_v8a"
        ));
    };
    let Some(machine) = ANDROID_MACHINES.iter().find(|known| known.tag == machine) else {
        let known = ANDROID_MACHINES.map(|known| known.tag).join(", ");
        return Err(format!(
            "`{machine}` is not an ABI of Android; use one of {known}"
        ));
    };
    if (16..=99).contains(&api) {
        Ok(Platform(Kind::Android { api, machine }))
    } else {
        Err(format!(
            "there is no Android API level {api} that runs Python"
        ))
    }
}

/// The version of Emscripten has three parts; that of Pyodide is a year and a number (PEP 783).
fn wasm(text: &str, written: &str, first: &str) -> Result<Platform, String> {
    let rest = after(text, first);
    let parts: Vec<&str> = rest.split('_').collect();
    let (machine, version) = parts
        .split_last()
        .expect("splitting gives one part at least");
    let expected = if first == "emscripten" { 3 } else { 2 };
    let numbers = version.iter().all(|part| number::<u16>(part).is_some());
    if *machine == "wasm32" && numbers && version.len() == expected {
        Ok(Platform(Kind::Wasm { tag: text.into() }))
    } else {
        Err(format!(
            "`{written}` is not a WebAssembly platform; write it like pyodide_2024_0_wasm32 or emscripten_3_1_58_wasm32"
        ))
    }
}
