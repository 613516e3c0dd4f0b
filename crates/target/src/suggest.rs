//! Suggestions for a text that is not a target.
//!
//! The text is searched for words, including the names that other tools use; if that finds nothing,
//! the preset or platform with the most similar spelling is suggested.

use crate::Platform;
use crate::presets::{self, PRESETS};
use crate::python::{Abi, Implementation, PythonVersion};

/// The Python in a suggestion if the text names none.
const EXAMPLE: PythonVersion = PythonVersion::new(3, 12, None);

/// The names of a machine in other tools, with its names on Linux, macOS and Windows.
const MACHINES: [(&[&str], &str, &str, &str); 8] = [
    (
        &["x86_64", "amd64", "x64", "x86-64"],
        "x86_64",
        "x86_64",
        "win_amd64",
    ),
    (&["aarch64", "arm64"], "aarch64", "arm64", "win_arm64"),
    (&["i686", "i386", "x86", "win32"], "i686", "", "win32"),
    (&["armv7l", "armv7", "armhf"], "armv7l", "", ""),
    (&["ppc64le", "ppc64el"], "ppc64le", "", ""),
    (&["s390x"], "s390x", "", ""),
    (&["riscv64"], "riscv64", "", ""),
    (&["loongarch64", "loong64"], "loongarch64", "", ""),
];

/// At most three targets that `text` may stand for, most likely first.
pub(crate) fn suggestions(text: &str) -> Vec<String> {
    let typed = text.to_ascii_lowercase();
    let text = parted(&typed);
    let presets = by_preset(&text);
    if !presets.is_empty() {
        return presets;
    }
    let (rest, python) = find_python(&text);
    let platforms = match python {
        Some(_) if rest.is_empty() => vec!["manylinux2014_x86_64".into(), "win_amd64".into()],
        _ => by_words(&rest),
    };
    let spelled = platforms
        .iter()
        .filter_map(|platform| spell(platform, python.unwrap_or(EXAMPLE), &text));
    spelled
        .filter(|suggestion| *suggestion != typed)
        .take(3)
        .collect()
}

/// The text with `-` before a Python that `_` parts from the platform.
fn parted(text: &str) -> String {
    let words = ["cp3", "pp3", "py3", "python3"];
    words.iter().fold(text.to_owned(), |text, word| {
        text.replace(&format!("_{word}"), &format!("-{word}"))
    })
}

/// The presets that `text` may stand for: the one with the most similar name, or the few that its name
/// begins, with the Python that follows.
fn by_preset(text: &str) -> Vec<String> {
    let (name, python) = split_python(text);
    let ranked = PRESETS
        .iter()
        .map(|preset| (strsim::jaro_winkler(preset.name, name), preset.name));
    let nearest = ranked.max_by(|(a, _), (b, _)| a.total_cmp(b));
    let nearest = nearest.filter(|(similarity, _)| *similarity > 0.93);
    let with_python = |preset| format!("{preset}{python}");
    if let Some((_, nearest)) = nearest {
        let nearest = with_python(nearest);
        return if nearest == text {
            Vec::new()
        } else {
            vec![nearest]
        };
    }
    let is_begun = |preset: &str| {
        preset
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('-'))
    };
    let begun = PRESETS
        .iter()
        .map(|preset| preset.name)
        .filter(|preset| is_begun(preset));
    let begun: Vec<String> = begun
        .map(with_python)
        .filter(|name| is_whole(name))
        .collect();
    if begun.len() <= 3 { begun } else { Vec::new() }
}

/// Whether a preset needs no more to be a target.
fn is_whole(name: &str) -> bool {
    matches!(presets::resolve(name), Some(Ok(_)))
}

/// The name of a preset, and the Python after it as targets have it: `-cp312` for `-py312`.
fn split_python(text: &str) -> (&str, String) {
    if let Some(at) = text.find("-cp") {
        return (&text[..at], text[at..].to_owned());
    }
    let last = text.rsplit_once('-');
    let last = last.filter(|(_, field)| field.starts_with(|c: char| c.is_ascii_alphabetic()));
    match last.and_then(|(name, field)| Some((name, python_in(field)?))) {
        Some((name, python)) => (name, format!("-cp{}{}", python.major(), python.minor())),
        None => (text, String::new()),
    }
}

/// The platforms that the words in `text` refer to.
fn by_words(text: &str) -> Vec<String> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let machine = MACHINES.iter().find(|(names, ..)| has(names));
    let macos = has(&["mac", "darwin", "osx", "apple"]);
    let windows = !macos && has(&["win", "msvc"]);
    let musl = has(&["musl", "alpine"]);
    let linux = musl || has(&["linux", "gnu", "glibc"]);
    if !(macos || windows || linux)
        && let Some(near) = nearest_platform(text)
    {
        return vec![near];
    }
    let Some((names, on_linux, on_macos, on_windows)) = machine else {
        let usual: &[&str] = match (macos, windows, musl, linux) {
            (true, ..) => &["macosx_12_0_arm64"],
            (_, true, ..) => &["win_amd64"],
            (_, _, true, _) => &["musllinux_1_2_x86_64", "musllinux_1_2_aarch64"],
            (_, _, _, true) => &["manylinux2014_x86_64", "manylinux2014_aarch64"],
            _ => &[],
        };
        return usual.iter().map(|&platform| platform.into()).collect();
    };
    let written = written_libc(text, on_linux);
    let linux_platform = match *on_linux {
        _ if musl => format!("musllinux_1_2_{on_linux}"),
        "riscv64" => "manylinux_2_39_riscv64".into(),
        "loongarch64" => "manylinux_2_36_loongarch64".into(),
        machine => format!("manylinux2014_{machine}"),
    };
    let macos_platform = written_macos(text, names, on_macos).filter(|_| macos);
    let macos_platform = macos_platform.unwrap_or(format!("macosx_12_0_{on_macos}"));
    let mut platforms = Vec::new();
    if linux || !(macos || windows) {
        platforms.push(written.unwrap_or(linux_platform));
    }
    if macos || !(linux || windows) && *on_macos == "arm64" {
        platforms.push(macos_platform);
    }
    if windows && !on_windows.is_empty() {
        platforms.push((*on_windows).into());
    }
    platforms
}

/// The platform of the C library version at the start of `text` (`manylinux_2_28`) on this machine.
fn written_libc(text: &str, machine: &str) -> Option<String> {
    let fields: Vec<_> = text.split(['-', '_', '.']).collect();
    let long = fields
        .get(..3)
        .map(|fields| format!("{}_{machine}", fields.join("_")));
    let short = fields.first().filter(|field| **field != "linux");
    let short = short.map(|field| format!("{field}_{machine}"));
    long.into_iter()
        .chain(short)
        .find(|platform| Platform::parse(platform).is_ok())
}

/// The platform of the macOS version in `text` on this machine.
fn written_macos(text: &str, names: &[&str], machine: &str) -> Option<String> {
    let text = names
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(name, ""));
    let fields = text
        .split(['-', '_', '.'])
        .map(|field| field.trim_start_matches(char::is_alphabetic));
    let mut numbers = fields.filter_map(|field| field.parse::<u8>().ok());
    let major = numbers.next()?;
    let minor = if major == 10 { numbers.next()? } else { 0 };
    let platform = format!("macosx_{major}_{minor}_{machine}");
    Platform::parse(&platform).is_ok().then_some(platform)
}

/// The platform with the most similar spelling, if one is similar enough.
fn nearest_platform(text: &str) -> Option<String> {
    let machines = MACHINES.iter().map(|(_, on_linux, ..)| on_linux);
    let linux = machines.flat_map(|machine| {
        ["manylinux2014", "manylinux_2_28", "musllinux_1_2"].map(|libc| format!("{libc}_{machine}"))
    });
    let others = [
        "macosx_12_0_arm64",
        "macosx_12_0_x86_64",
        "win_amd64",
        "win_arm64",
        "win32",
    ];
    linux
        .chain(others.map(String::from))
        .map(|platform| {
            (
                strsim::normalized_damerau_levenshtein(&platform, text),
                platform,
            )
        })
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, platform)| platform)
}

/// Splits the Python off `text`: the first of `cp311`, `py3.11`, `311`, `3.11.9`.
fn find_python(text: &str) -> (String, Option<PythonVersion>) {
    let mut rest = Vec::new();
    let mut python = None;
    for field in text.split('-') {
        match python_in(field) {
            Some(version) => {
                python.get_or_insert(version);
            }
            None if matches!(field, "cp" | "pp" | "python" | "") => {}
            None => rest.push(field),
        }
    }
    (rest.join("-"), python)
}

/// The Python that a part of a text names: `cp311`, `py3.11`, `311`, `3.11.9`.
pub(crate) fn python_in(field: &str) -> Option<PythonVersion> {
    let digits = field.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let version = digits.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let plausible = version.starts_with('3') && version.len() > 1 && !field.starts_with("win");
    let python = PythonVersion::parse(version).ok().filter(|_| plausible)?;
    // No Python is 3.86 (i386) or 3.90 (s390x).
    (python.minor() < 40).then_some(python)
}

/// A target in the short spelling, with the usual ABI.
fn spell(platform: &str, python: PythonVersion, text: &str) -> Option<String> {
    let platform = Platform::parse(platform).ok()?;
    let implementation = if text.contains("pypy") {
        Implementation::PyPy
    } else {
        Implementation::CPython
    };
    Abi::usual(implementation, python)?;
    let implementation = implementation.abbreviation();
    let version = match python.patch() {
        Some(_) => python.to_string(),
        None => format!("{}{}", python.major(), python.minor()),
    };
    Some(format!("{platform}-{implementation}{version}"))
}
