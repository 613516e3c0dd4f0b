//! `pylock.toml` for all targets of a strict file, with all that the strict file says.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>
//!
//! What the specification has no key for stands in `[tool.harden]` and `[packages.tool.harden]`, so that
//! [`super::strict_of_pylock`] gives the strict file back byte for byte.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_hasher::StrictPin;
use harden_packaging::Via;
use harden_target::{MarkerVariable, Target};

use super::{Export, ExportError, Known, KnownFile, addressed};

/// The version of what stands in `[tool.harden]`.
pub(super) const FORMAT: i64 = 1;

/// Writes a strict file as `pylock.toml`.
///
/// # Errors
///
/// Returns [`ExportError`] where a file's address is not known.
pub fn pylock(export: &Export<'_>) -> Result<String, ExportError> {
    let mut text = "lock-version = \"1.0\"\n".to_owned();
    let environments = environments(export.targets);
    if !environments.is_empty() {
        let _ = writeln!(text, "environments = {}", list(&environments));
    }
    if let Some(python) = requires_python(export.targets) {
        let _ = writeln!(text, "requires-python = {}", quoted(&python));
    }
    text.push_str("created-by = \"harden\"\n");
    if export.strict.pins().is_empty() {
        text.push_str("packages = []\n");
    }
    for (pin, known) in export.pins() {
        package(export, pin, known, &mut text)?;
    }
    let _ = writeln!(text, "\n[tool.harden]\nformat = {FORMAT}");
    let _ = writeln!(text, "header = {}", list(&header(export)));
    let options = export.strict.options().iter().map(ToString::to_string);
    let _ = writeln!(text, "options = {}", list(&options.collect::<Vec<_>>()));
    Ok(text)
}

/// The lines of comments that a strict file begins with.
fn header(export: &Export<'_>) -> Vec<String> {
    let text = export.strict.to_string();
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// The environments of the targets, each once.
fn environments(targets: &[Target]) -> Vec<String> {
    let mut environments = Vec::new();
    for target in targets {
        let environment = target.environment();
        let variables = [
            MarkerVariable::PythonVersion,
            MarkerVariable::ImplementationName,
            MarkerVariable::SysPlatform,
            MarkerVariable::PlatformMachine,
        ];
        let terms = variables.into_iter().filter_map(|variable| {
            let value = environment.get(variable)?;
            Some(format!("{variable} == '{value}'"))
        });
        let marker = terms.collect::<Vec<_>>().join(" and ");
        if !environments.contains(&marker) {
            environments.push(marker);
        }
    }
    environments
}

/// The Pythons from the oldest to the newest of the targets.
fn requires_python(targets: &[Target]) -> Option<String> {
    let versions = targets.iter().map(|target| {
        let python = target.python();
        (python.major(), python.minor())
    });
    let versions: BTreeSet<(u8, u8)> = versions.collect();
    let (first, last) = (versions.first()?, versions.last()?);
    Some(format!(
        ">={}.{},<{}.{}",
        first.0,
        first.1,
        last.0,
        last.1 + 1
    ))
}

fn package(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &Known,
    text: &mut String,
) -> Result<(), ExportError> {
    let _ = write!(
        text,
        "\n[[packages]]\nname = {}\nversion = {}\n",
        quoted(pin.name().as_str()),
        quoted(&pin.version().to_string())
    );
    if let Some(marker) = pin.marker_text() {
        let _ = writeln!(text, "marker = {}", quoted(marker));
    }
    let required = export.required_by(pin);
    if !required.is_empty() {
        let required = required
            .into_iter()
            .map(|required| dependency(export, required));
        let _ = writeln!(
            text,
            "dependencies = [{}]",
            required.collect::<Vec<_>>().join(", ")
        );
    }
    if let Some(reference) = pin.reference() {
        archive(pin, reference, known, text);
    } else {
        if let Some(index) = &known.index {
            let _ = writeln!(text, "index = {}", quoted(index));
        }
        files(export, pin, known, text)?;
    }
    own(pin, known, text);
    Ok(())
}

/// A dependency, with its version if the name is ambiguous.
fn dependency(export: &Export<'_>, pin: &StrictPin) -> String {
    let mut pins = export.strict.pins().iter();
    let is_alone = pins.all(|other| other.name() != pin.name() || other.line() == pin.line());
    let name = quoted(pin.name().as_str());
    if is_alone {
        format!("{{ name = {name} }}")
    } else {
        format!(
            "{{ name = {name}, version = {} }}",
            quoted(&pin.version().to_string())
        )
    }
}

/// A file that is named by its place.
fn archive(
    pin: &StrictPin,
    reference: &harden_packaging::Reference,
    known: &Known,
    text: &mut String,
) {
    let key = if reference.is_path() { "path" } else { "url" };
    let mut fields = vec![format!("{key} = {}", quoted(&reference.to_string()))];
    if let Some(size) = known.files.first().and_then(|file| file.size) {
        fields.push(format!("size = {size}"));
    }
    if let Some(digest) = pin.hashes().first() {
        fields.push(format!("hashes = {{ sha256 = \"{digest}\" }}"));
    }
    let _ = writeln!(text, "archive = {{ {} }}", fields.join(", "));
}

/// The files of a pin from an index.
fn files(
    export: &Export<'_>,
    pin: &StrictPin,
    known: &Known,
    text: &mut String,
) -> Result<(), ExportError> {
    let mut files = addressed(export, pin, known, "pylock")?;
    files.sort_by(|(first, _), (second, _)| first.name.cmp(&second.name));
    let is_wheel = |file: &KnownFile| file.name.rsplit('.').next() == Some("whl");
    let (wheels, sdists): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(file, _)| is_wheel(file));
    if sdists.len() > 1 {
        return Err(ExportError::NoPlace {
            file: export.name.to_owned(),
            name: pin.name().to_string(),
            version: pin.version().to_string(),
            reason: "pylock can have one sdist per package, but this package has several",
        });
    }
    for (file, url) in sdists {
        let _ = writeln!(text, "sdist = {}", entry(file, url));
    }
    if !wheels.is_empty() {
        text.push_str("wheels = [\n");
        for (file, url) in wheels {
            let _ = writeln!(text, "    {},", entry(file, url));
        }
        text.push_str("]\n");
    }
    Ok(())
}

fn entry(file: &KnownFile, url: &str) -> String {
    let mut fields = vec![
        format!("name = {}", quoted(&file.name)),
        format!("url = {}", quoted(url)),
    ];
    fields.extend(
        file.upload_time
            .map(|moment| format!("upload-time = {moment}")),
    );
    fields.extend(file.size.map(|size| format!("size = {size}")));
    fields.push(format!("hashes = {{ sha256 = \"{}\" }}", file.sha256));
    format!("{{ {} }}", fields.join(", "))
}

/// What of a pin has no place elsewhere.
fn own(pin: &StrictPin, known: &Known, text: &mut String) {
    let mut fields = Vec::new();
    let via: Vec<String> = pin.via().iter().map(shown).collect();
    if !via.is_empty() {
        fields.push(format!("via = {}", list(&via)));
    }
    let extras: Vec<String> = pin.extras().iter().map(ToString::to_string).collect();
    if !extras.is_empty() {
        fields.push(format!("extras = {}", list(&extras)));
    }
    let listed = known.files.iter().map(|file| file.name.clone());
    let is_same = pin.reference().is_none() && listed.collect::<BTreeSet<_>>() == *pin.files();
    if !is_same {
        let files: Vec<String> = pin.files().iter().cloned().collect();
        fields.push(format!("files = {}", list(&files)));
    }
    if pin.reference().is_some() && pin.hashes().len() > 1 {
        let hashes: Vec<String> = pin.hashes().iter().map(ToString::to_string).collect();
        fields.push(format!("hashes = {}", list(&hashes)));
    }
    let records = pin.record_lines();
    if !records.is_empty() {
        fields.push(format!("records = {}", list(&records)));
    }
    if let Some(from) = pin.built_from() {
        fields.push(format!("built-from = {}", list(&from.lines())));
    }
    if !fields.is_empty() {
        let _ = writeln!(text, "[packages.tool.harden]\n{}", fields.join("\n"));
    }
}

/// What asks for a pin, as a strict file has it.
fn shown(via: &Via) -> String {
    match via {
        Via::Package(name) => name.to_string(),
        Via::File(file) => format!("-r {file}"),
    }
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    match texts {
        [] => "[]".to_owned(),
        [only] => format!("[{}]", quoted(only)),
        several => {
            let lines = several
                .iter()
                .map(|text| format!("    {},\n", quoted(text)));
            format!("[\n{}]", lines.collect::<String>())
        }
    }
}
