//! Inputs in canonical form, for a digest: inputs with the same meaning give the same lines.

use std::fmt::Write as _;
use std::path::Path;

use super::{Entry, IndexChoice, Input, Inputs, PackageChoice, UnbuiltProject};
use crate::requirement::{Source, write_extras};

/// How many bytes a line is expected to have; most have fewer.
const USUAL_LINE: usize = 48;

impl Inputs {
    /// The lines that the digest in the header of a strict file is computed from; sorted, without duplicates.
    ///
    /// Comments, order, white space, the spelling of names, versions and markers, and which of several
    /// files holds a line make no difference. Credentials in URLs are left out.
    pub fn canonical_lines(&self) -> Vec<String> {
        let requirements = self
            .requirements
            .iter()
            .map(|input| input.canonical("requirement "));
        let constraints = self
            .constraints
            .iter()
            .map(|input| input.canonical("constraint "));
        let mut lines: Vec<_> = requirements.chain(constraints).collect();
        let python = self.requires_python.iter();
        lines.extend(
            python.map(|python| format!("requires-python {}", python.specifiers.canonical())),
        );
        let projects = self.projects.iter();
        lines.extend(projects.map(|project| format!("project {}", project.name)));
        lines.extend(self.unbuilt.iter().map(UnbuiltProject::canonical));
        self.write_options(&mut lines);
        lines.sort();
        lines.dedup();
        lines
    }

    fn write_options(&self, lines: &mut Vec<String>) {
        let options = &self.options;
        match &options.index {
            IndexChoice::Default => {}
            IndexChoice::Url(url) => lines.push(format!("index-url {}", without_credentials(url))),
            IndexChoice::NoIndex => lines.push("no-index".to_owned()),
        }
        // The order of indexes matters, since the first one that has a package is used.
        for (place, url) in options.extra_index_urls.iter().enumerate() {
            lines.push(format!(
                "extra-index-url {place} {}",
                without_credentials(url)
            ));
        }
        for (place, link) in options.find_links.iter().enumerate() {
            lines.push(format!("find-links {place} {}", without_credentials(link)));
        }
        if options.prefer_binary {
            lines.push("prefer-binary".to_owned());
        }
        if options.require_hashes == Some(true) {
            lines.push("require-hashes".to_owned());
        }
        write_choice(lines, "all-releases", &options.releases.all_releases);
        write_choice(lines, "only-final", &options.releases.only_final);
        write_choice(lines, "no-binary", &options.formats.no_binary);
        write_choice(lines, "only-binary", &options.formats.only_binary);
    }
}

fn write_choice(lines: &mut Vec<String>, option: &str, choice: &PackageChoice) {
    if choice.all {
        lines.push(format!("{option} :all:"));
    }
    lines.extend(choice.names.iter().map(|name| format!("{option} {name}")));
}

impl UnbuiltProject {
    fn canonical(&self) -> String {
        let mut line = format!("unbuilt project {}", self.shown());
        write_extras(&self.extras, &mut line).expect("a string takes any text");
        if let Some(marker) = &self.marker {
            write!(line, " ; {marker}").expect("a string takes any text");
        }
        line
    }

    /// Its file, without the path to it where that is one of this machine alone.
    pub fn shown(&self) -> String {
        let file = Path::new(&self.file);
        let (name, folder) = (file.file_name(), file.parent().and_then(Path::file_name));
        match (file.is_absolute(), folder, name) {
            (true, Some(folder), Some(name)) => {
                format!("{}/{}", folder.to_string_lossy(), name.to_string_lossy())
            }
            _ => self.file.clone(),
        }
    }
}

impl Input {
    /// Its line, which begins with `kind`.
    fn canonical(&self, kind: &str) -> String {
        let mut line = String::with_capacity(USUAL_LINE);
        line.push_str(kind);
        match &self.entry {
            Entry::Named(requirement) => {
                line.push_str(requirement.name.as_str());
                write_extras(&requirement.extras, &mut line).expect("a string takes any text");
                match &requirement.source {
                    Source::Specifiers(specifiers) => line.push_str(specifiers.canonical()),
                    Source::Url(url) => {
                        line.push_str(" @ ");
                        line.push_str(&without_credentials(url));
                    }
                }
            }
            Entry::Unnamed(direct) | Entry::Editable(direct) => {
                if matches!(self.entry, Entry::Editable(_)) {
                    line.push_str("-e ");
                }
                if let Some(name) = &direct.name {
                    line.push_str(name.as_str());
                    line.push_str(" @ ");
                }
                line.push_str(&without_credentials(direct.location.as_str()));
                write_extras(&direct.extras, &mut line).expect("a string takes any text");
            }
        }
        if let Some(marker) = self.entry.marker() {
            write!(line, " ; {marker}").expect("a string takes any text");
        }
        let mut hashes: Vec<_> = self.hashes.iter().map(ToString::to_string).collect();
        hashes.sort();
        hashes.dedup();
        for hash in hashes {
            write!(line, " --hash={hash}").expect("a string takes any text");
        }
        line
    }
}

/// The URL without the credentials in its authority.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        // The user of a repository over ssh is part of its address and not a secret.
        Some(at) if !scheme.ends_with("ssh") => format!("{scheme}://{}", &rest[at + 1..]),
        _ => url.to_owned(),
    }
}
