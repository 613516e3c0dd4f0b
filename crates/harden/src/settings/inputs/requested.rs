//! The inputs as the resolver takes them.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{PackageName, ParseReferenceError, Sha256};
use harden_requirements::{
    Entry, Hash, HashAlgorithm, Input, Inputs, PackageChoice, Requirement, Source,
};
use harden_resolver::{Asked, PrereleaseMode};

use super::error::InputsError;
use crate::report::Error;
use crate::report::format::nearest;
use crate::settings::commit_archives::repository_of_archive;

/// Requirements and constraints for the resolver.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The requirements.
    pub requirements: Vec<Asked>,
    /// The constraints.
    pub constraints: Vec<Asked>,
}

/// The requirements and constraints as the resolver takes them, or all lines that it cannot take.
pub fn requested(inputs: &Inputs) -> Result<Requested, Error> {
    let mut unsuitable = inputs.unsuitable.clone();
    let mut all = |inputs: &[Input]| -> Vec<Asked> {
        let asked = inputs.iter().map(asked);
        asked
            .filter_map(|asked| asked.map_err(|reason| unsuitable.push(reason)).ok())
            .collect()
    };
    let requested = Requested {
        requirements: all(&inputs.requirements),
        constraints: all(&inputs.constraints),
    };
    unsuitable.extend(no_binary(&inputs.options.formats.no_binary));
    if unsuitable.is_empty() {
        Ok(requested)
    } else {
        Err(InputsError::Unsuitable(unsuitable).into())
    }
}

fn asked(input: &Input) -> Result<Asked, String> {
    let place = input.origin.to_string();
    if let Entry::Named(requirement) = &input.entry
        && requirement.name.as_str() == "python"
    {
        return Err(format!(
            "{place}: `python` is the interpreter, not a package; it is part of the target, as in \
             `-p manylinux2014_x86_64-cp312`"
        ));
    }
    let requirement = match (&input.entry, input.entry.reference()) {
        (Entry::Named(requirement), None | Some(Ok(_))) => requirement.clone(),
        (Entry::Unnamed(direct), Some(Ok(reference))) => Requirement {
            name: reference.file().name().clone(),
            extras: direct.extras.clone(),
            source: Source::Url(direct.location.as_str().into()),
            marker: direct.marker.clone(),
        },
        (entry, reference) => {
            let why = reference.and_then(Result::err);
            return Err(refusal(&place, entry, why.as_ref()));
        }
    };
    Ok(Asked {
        requirement,
        file: input.origin.file.clone(),
        hashes: digests(&input.hashes).map_err(|reason| format!("{place}: {reason}"))?,
        place: place.into(),
    })
}

/// Why a requirement with a URL or path cannot be pinned.
fn refusal(place: &str, entry: &Entry, why: Option<&ParseReferenceError>) -> String {
    let (before, location) = match entry {
        Entry::Named(requirement) => match &requirement.source {
            Source::Url(url) => ("", &**url),
            Source::Specifiers(_) => ("", ""),
        },
        Entry::Unnamed(direct) => ("", direct.location.as_str()),
        Entry::Editable(direct) => ("-e ", direct.location.as_str()),
    };
    let shown = shown(location);
    let instead = "require the package by name, from an index or a folder of wheels given with --find-links, \
                   or name the URL or path of a wheel";
    if let Some(system) = other_repository(&shown) {
        return format!(
            "{place}: `{before}{shown}` names a repository of {system}; of repositories, harden pins those of Git \
             (`NAME @ git+https://HOST/PATH@REFERENCE`); {instead}"
        );
    }
    match why {
        Some(ParseReferenceError::Filename(_)) if repository_of_archive(&shown).is_some() => {
            let repository = repository_of_archive(&shown).unwrap_or_default();
            format!(
                "{place}: `{shown}` cannot be pinned by a digest: hosts make such archives on request \
                 and may change their bytes; leave out the digest, or require the commit in place of it, \
                 as `NAME @ {repository}`"
            )
        }
        Some(why @ ParseReferenceError::Filename(_)) if before.is_empty() => {
            format!("{place}: `{shown}` cannot be pinned: {why}; {instead}")
        }
        Some(why) if before.is_empty() && *why != ParseReferenceError::Repository => {
            format!("{place}: `{shown}` cannot be pinned: {why}")
        }
        _ => format!("{place}: `{before}{shown}` has no hash to pin; {instead}"),
    }
}

/// What a URL such as `hg+https://…` asks for, other than Git.
fn other_repository(url: &str) -> Option<String> {
    let (before, rest) = url.split_once('+')?;
    let is_scheme = before.chars().all(|c| c.is_ascii_alphabetic()) && rest.contains(':');
    if before.is_empty() || !is_scheme {
        return None;
    }
    Some(match before {
        "git" => return None,
        "hg" => "Mercurial".to_owned(),
        "svn" => "Subversion".to_owned(),
        "bzr" => "Bazaar".to_owned(),
        other => match nearest(other, ["git", "hg", "svn", "bzr"].into_iter()) {
            Some(known) => format!("`{other}`, which is not known (`{known}+` may be meant)"),
            None => format!("`{other}`, which is not known"),
        },
    })
}

/// The URL without credentials, query and fragment.
fn shown(location: &str) -> String {
    let location = location.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = location.split_once("://") else {
        return location.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

fn digests(hashes: &[Hash]) -> Result<BTreeSet<Sha256>, String> {
    let digest = |hash: &Hash| match hash.algorithm {
        HashAlgorithm::Sha256 => hash.digest.parse().map_err(|error| format!("{error}")),
        _ => Err(format!(
            "`--hash={hash}` is not SHA-256, the only algorithm that strict files use"
        )),
    };
    hashes.iter().map(digest).collect()
}

fn no_binary(choice: &PackageChoice) -> Option<String> {
    let names = named(choice)?;
    Some(format!(
        "`--no-binary {names}` asks for sdists, but a strict file pins wheels; remove the option, or \
         build the wheels and give their folder with --find-links"
    ))
}

/// The names of a choice as an option's value; `None` if there are none.
fn named(choice: &PackageChoice) -> Option<String> {
    let names: Vec<&str> = choice.names.iter().map(AsRef::as_ref).collect();
    let all = choice.all.then_some(":all:");
    let names: Vec<&str> = all.into_iter().chain(names).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// The modes that `--all-releases NAME` and `--only-final NAME` in the files select.
pub fn prerelease_packages(inputs: &Inputs) -> BTreeMap<PackageName, PrereleaseMode> {
    let releases = &inputs.options.releases;
    let choices = [
        (&releases.all_releases, PrereleaseMode::Allow),
        (&releases.only_final, PrereleaseMode::Disallow),
    ];
    let named = choices.into_iter().flat_map(|(choice, mode)| {
        let names = choice.names.iter().cloned();
        names.map(move |name| (name, mode))
    });
    named.collect()
}

/// The mode that `--pre` and similar options in the files select for all packages.
pub fn prerelease_mode(inputs: &Inputs) -> PrereleaseMode {
    let releases = &inputs.options.releases;
    if releases.all_releases.all {
        PrereleaseMode::Allow
    } else if releases.only_final.all {
        PrereleaseMode::Disallow
    } else {
        PrereleaseMode::default()
    }
}
