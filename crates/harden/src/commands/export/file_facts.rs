//! Facts about the files of a strict file, from the index, the cache and the wheelhouse.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use harden_fetch::{kept_file, wheel_facts};
use harden_hasher::{RecordedLicence, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_interchange::{About, Known, KnownFile};
use harden_packaging::{
    DistFile, Index, IndexErrorKind, LicenceFields, PackageName, Project, Release, Sha256,
};
use url::Url;

use super::Kept;
use crate::report::Error;

/// What is known of each pin, in their order. `asks` says whether the index is asked what the cache does
/// not know.
pub(super) fn known(
    strict: &StrictFile,
    asks: bool,
    client: &IndexClient,
    kept: &Kept<'_>,
) -> Result<Vec<Known>, Error> {
    let pins = strict.pins().iter();
    if asks {
        let names: Vec<PackageName> = pins.clone().map(|pin| pin.name().clone()).collect();
        client.prefetch_projects(&names);
    }
    pins.map(|pin| of_pin(pin, asks, client, kept)).collect()
}

fn of_pin(
    pin: &StrictPin,
    asks: bool,
    client: &IndexClient,
    kept: &Kept<'_>,
) -> Result<Known, Error> {
    let (files, index) = match pin.reference() {
        Some(reference) => {
            let file = pin.hashes().first().map(|sha256| KnownFile {
                name: reference.file().as_str().to_owned(),
                sha256: *sha256,
                url: (!reference.is_path()).then(|| reference.to_string()),
                size: None,
                upload_time: None,
            });
            (file.into_iter().collect(), None)
        }
        None => listed(pin, &pages(pin, asks, client)?, asks, client)?,
    };
    let wheels = files.iter().map(|file| (file.name.as_str(), file.sha256));
    let only = (pin.hashes().len() == 1).then(|| pin.hashes().first().copied());
    let unlisted = pin.files().iter().map(String::as_str).zip(only.flatten());
    let about = wheels
        .chain(unlisted)
        .find_map(|(name, sha256)| about(name, sha256, kept))
        .or_else(|| recorded(pin));
    Ok(Known {
        files,
        index,
        about,
    })
}

/// The pages of a package.
fn pages(pin: &StrictPin, asks: bool, client: &IndexClient) -> Result<Vec<Project>, Error> {
    if !asks {
        return Ok(client.cached_pages(pin.name()));
    }
    match client.project(pin.name()) {
        Ok(project) => Ok(vec![(*project).clone()]),
        Err(error) if error.kind == IndexErrorKind::NoSuchProject => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The pinned files that pages list, by name, and the index that has them.
fn listed(
    pin: &StrictPin,
    pages: &[Project],
    asks: bool,
    client: &IndexClient,
) -> Result<(Vec<KnownFile>, Option<String>), Error> {
    let releases = pages.iter().flat_map(|page| &page.releases);
    let of_version = releases.filter(|release| release.version == *pin.version());
    let all =
        of_version.flat_map(|release: &Release| release.files().iter().chain(release.repeated()));
    let mut files: Vec<KnownFile> = Vec::new();
    let mut index = None;
    for file in all {
        let Some(sha256) = digest(pin, file, asks, client)? else {
            continue;
        };
        let is_known = |known: &KnownFile| known.sha256 == sha256 || known.name == *file.filename;
        if !pin.hashes().contains(&sha256) || files.iter().any(is_known) {
            continue;
        }
        let is_index = file.listed_by.starts_with("http");
        index = index.or_else(|| is_index.then(|| file.listed_by.to_string()));
        files.push(KnownFile {
            name: file.filename.to_string(),
            sha256,
            url: public(&file.url),
            size: file.size,
            upload_time: file.upload_time,
        });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((files, index))
}

/// The digest of a file; where the index lists none, that of its bytes, if the pin names the file.
fn digest(
    pin: &StrictPin,
    file: &Arc<DistFile>,
    asks: bool,
    client: &IndexClient,
) -> Result<Option<Sha256>, Error> {
    if file.sha256.is_some() || !asks || !pin.files().contains(&*file.filename) {
        return Ok(file.sha256);
    }
    Ok(Some(client.sha256(file)?))
}

/// The address that anybody may know; `None` for a path of this machine.
fn public(url: &str) -> Option<String> {
    let mut url: Url = url.parse().ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    url.set_query(None);
    Some(url.into())
}

/// What the strict file records of what a wheel says of itself.
fn recorded(pin: &StrictPin) -> Option<About> {
    let Some(RecordedLicence::Known(licence)) = &pin.recorded().licence else {
        return None;
    };
    let licence = LicenceFields {
        expression: Some(licence.to_string().into()),
        ..LicenceFields::default()
    };
    Some(About {
        licence,
        ..About::default()
    })
}

/// What the wheel of this name and digest says of itself, if it is kept here.
fn about(name: &str, sha256: Sha256, kept: &Kept<'_>) -> Option<About> {
    if Path::new(name).extension() != Some(OsStr::new("whl")) {
        return None;
    }
    let in_cache = || kept_file(kept.cache_dir?, sha256, name);
    let facts = wheel_facts(&kept.wheelhouse.join(name), sha256)
        .or_else(|| wheel_facts(&in_cache()?, sha256))?;
    About::read(&facts.metadata)
}
