//! The content of inputs that matters, for a digest: what two files say alike gives the same lines.

use std::fmt::Write as _;

use super::{Entry, IndexChoice, Input, Inputs, PackageChoice};
use crate::requirement::{Source, write_extras};

impl Inputs {
    /// The content that matters, one line each, sorted, each once: what a digest is taken of.
    ///
    /// Comments, order, white space, the writing of names, versions and markers, and which file
    /// of several says it, make no difference; credentials in URLs do not come here.
    pub fn canonical_lines(&self) -> Vec<String> {
        let requirements = self
            .requirements
            .iter()
            .map(|input| format!("requirement {}", input.canonical()));
        let constraints = self
            .constraints
            .iter()
            .map(|input| format!("constraint {}", input.canonical()));
        let mut lines: Vec<_> = requirements.chain(constraints).collect();
        let python = self.requires_python.iter();
        lines.extend(
            python.map(|python| format!("requires-python {}", python.specifiers.canonical())),
        );
        let projects = self.projects.iter();
        lines.extend(projects.map(|project| format!("project {}", project.name)));
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
        // The order of indexes matters, for the first that has a package wins.
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

impl Input {
    fn canonical(&self) -> String {
        let mut line = String::new();
        match &self.entry {
            Entry::Named(requirement) => {
                line.push_str(requirement.name.as_str());
                write_extras(&requirement.extras, &mut line).expect("a string takes any text");
                match &requirement.source {
                    Source::Specifiers(specifiers) => line.push_str(&specifiers.canonical()),
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

/// The URL without what stands before `@` in its authority.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        // The user of a repository over ssh is part of its address, and no secret.
        Some(at) if !scheme.ends_with("ssh") => format!("{scheme}://{}", &rest[at + 1..]),
        _ => url.to_owned(),
    }
}
