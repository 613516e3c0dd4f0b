//! `harden targets`: lists platforms and presets, and describes a target.

use std::collections::BTreeMap;

use harden_target::{MarkerVariable, PRESETS, Preset, Target};
use serde_json::{Value, json};

use crate::report::format::count;
use crate::report::output::print;
use crate::report::{Error, Terminal};
use crate::settings::args::TargetsArgs;
use crate::settings::platforms::Machine;
use crate::settings::sources::usual_cache_dir;

/// How many tags a description shows.
const SHOWN_TAGS: usize = 8;

/// A platform that wheels are made for, with an example.
struct Kind {
    name: &'static str,
    example: &'static str,
    about: &'static str,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "manylinux_2_MINOR_ARCH",
        example: "manylinux_2_28_x86_64-cp312",
        about: "Linux with that glibc or a newer one; takes the wheels of every older one",
    },
    Kind {
        name: "manylinux2014_ARCH",
        example: "manylinux2014_aarch64-cp-311-cp311",
        about: "the same with glibc 2.17",
    },
    Kind {
        name: "musllinux_1_MINOR_ARCH",
        example: "musllinux_1_2_x86_64-cp313",
        about: "Linux with that musl or a newer one: Alpine",
    },
    Kind {
        name: "macosx_MAJOR_MINOR_ARCH",
        example: "macosx_12_0_arm64-cp312",
        about: "that macOS or a newer one, on arm64 or x86_64",
    },
    Kind {
        name: "win_amd64, win_arm64, win32",
        example: "win_amd64-cp-3.12.4-cp312",
        about: "Windows",
    },
    Kind {
        name: "ios_MAJOR_MINOR_ARCH_SDK",
        example: "ios_13_0_arm64_iphoneos-cp313",
        about: "iOS",
    },
    Kind {
        name: "android_LEVEL_ABI",
        example: "android_24_arm64_v8a-cp313",
        about: "Android",
    },
    Kind {
        name: "pyodide_YEAR_PATCH_wasm32",
        example: "pyodide_2025_0_wasm32-cp313",
        about: "Pyodide, Python in WebAssembly",
    },
];

/// Lists, or describes one target.
pub fn targets(args: &TargetsArgs, terminal: Terminal) -> Result<(), Error> {
    let Some(name) = &args.target else {
        return print(&if args.json { json_list() } else { list() });
    };
    let machine = Machine {
        python: args.python.clone(),
        cache_dir: usual_cache_dir().ok(),
        ..Machine::default()
    };
    let target = machine.target(name)?.target;
    if let Some(note) = target.note() {
        terminal.warning(&note);
    }
    print(&match args {
        TargetsArgs {
            complete_platform: true,
            ..
        } => pretty(&target.complete_platform()),
        TargetsArgs { json: true, .. } => pretty(&description(&target)),
        TargetsArgs { tags: true, .. } => target.tags().iter().map(|tag| tag + "\n").collect(),
        _ => described(&target),
    })
}

fn list() -> String {
    let mut lines = vec![
        "platforms, each followed by a Python: cp312, cp-312-cp312, cp-3.12.4-cp312, cp313t \
         (free-threaded), pp310-pypy310_pp73"
            .to_owned(),
        String::new(),
    ];
    let row = |name: &str, example: &str, about: &str| format!("  {name:28} {example:36} {about}");
    lines.extend(
        KINDS
            .iter()
            .map(|kind| row(kind.name, kind.example, kind.about)),
    );
    lines.push(row(
        "current",
        "",
        "the interpreter of this machine, or of --python",
    ));
    lines.push(row(
        "FILE.json",
        "",
        "a complete-platform file, as pex writes it",
    ));
    lines.push(String::new());
    lines.push("presets, whose Python can be replaced: debian-12-arm64-cp312".to_owned());
    let mut source = "";
    for preset in PRESETS {
        if preset.source != source {
            source = preset.source;
            lines.push(format!("\n  {source}"));
        }
        let python = preset
            .python
            .map_or_else(String::new, |python| format!("-{python}"));
        lines.push(format!(
            "    {:26} {}{python}",
            preset.name, preset.platform
        ));
    }
    lines.join("\n") + "\n"
}

fn json_list() -> String {
    let preset = |preset: &Preset| {
        json!({
            "name": preset.name,
            "platform": preset.platform,
            "python": preset.python,
            "source": preset.source,
        })
    };
    let kind =
        |kind: &Kind| json!({"form": kind.name, "example": kind.example, "about": kind.about});
    pretty(&json!({
        "platforms": KINDS.iter().map(kind).collect::<Vec<_>>(),
        "presets": PRESETS.iter().map(preset).collect::<Vec<_>>(),
    }))
}

fn described(target: &Target) -> String {
    let environment = target.environment();
    let marker = |variable: MarkerVariable| {
        let value = environment.get(variable).unwrap_or("(left open)");
        format!("  {:32} {value}", variable.as_str())
    };
    let tags: Vec<String> = target.tags().iter().collect();
    let mut lines = vec![
        target.to_string(),
        String::new(),
        format!("  platform  {}", target.platform().describe()),
        format!("  python    {}", python(target)),
        "\nmarkers".to_owned(),
    ];
    lines.extend(MarkerVariable::ALL.map(marker));
    lines.push(format!("\n{}, best first", count(tags.len(), "tag")));
    lines.extend(tags.iter().take(SHOWN_TAGS).map(|tag| format!("  {tag}")));
    if tags.len() > SHOWN_TAGS {
        lines.push("  … all of them: --tags".to_owned());
    }
    lines.join("\n") + "\n"
}

fn python(target: &Target) -> String {
    let version = target.python();
    let mut words = vec![format!("{} {version}", target.implementation().name())];
    if target.is_free_threaded() {
        words.push("free-threaded".to_owned());
    }
    if version.patch().is_none() {
        words.push("every patch release".to_owned());
    }
    words.join(", ")
}

fn description(target: &Target) -> Value {
    let environment = target.environment();
    let markers =
        MarkerVariable::ALL.map(|variable| (variable.as_str(), environment.get(variable)));
    json!({
        "target": target.to_string(),
        "platform": target.platform().to_string(),
        "platform_means": target.platform().describe(),
        "implementation": target.implementation().name(),
        "python": target.python().to_string(),
        "abi": target.abi().to_string(),
        "free_threaded": target.is_free_threaded(),
        "pex_platform": target.pex_platform(),
        "markers": BTreeMap::from(markers),
        "tags": target.tags().iter().collect::<Vec<_>>(),
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_target() {
        for kind in KINDS {
            let target: Result<Target, _> = kind.example.parse();
            assert!(target.is_ok(), "{}: {target:?}", kind.example);
        }
    }

    #[test]
    fn a_description_says_what_is_known_and_what_is_left_open() {
        let target: Target = "manylinux2014_aarch64-cp311".parse().unwrap();
        insta::assert_snapshot!(described(&target), @"
        manylinux2014_aarch64-cp-311-cp311

          platform  glibc 2.17
          python    CPython 3.11, every patch release

        markers
          os_name                          posix
          sys_platform                     linux
          platform_machine                 aarch64
          platform_python_implementation   CPython
          platform_release                 (left open)
          platform_system                  Linux
          platform_version                 (left open)
          python_version                   3.11
          python_full_version              (left open)
          implementation_name              cpython
          implementation_version           (left open)

        89 tags, best first
          cp311-cp311-linux_aarch64
          cp311-cp311-manylinux_2_17_aarch64
          cp311-cp311-manylinux2014_aarch64
          cp311-abi3-linux_aarch64
          cp311-abi3-manylinux_2_17_aarch64
          cp311-abi3-manylinux2014_aarch64
          cp311-none-linux_aarch64
          cp311-none-manylinux_2_17_aarch64
          … all of them: --tags
        ");
    }
}
