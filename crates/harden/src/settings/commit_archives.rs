//! Archives of a commit that hosts of repositories make on request, such as
//! `https://HOST/OWNER/NAME/archive/REFERENCE.zip`: their bytes may change, the commit does not.

/// What the archives of hosts end in.
const ENDINGS: [&str; 4] = [".zip", ".tar.gz", ".tar.bz2", ".tar"];

/// The repository and reference of such an archive, as `git+https://HOST/OWNER/NAME@REFERENCE`, with
/// the fragment of the URL; `None` for another URL, and for one with a digest, which names bytes.
pub fn repository_of_archive(url: &str) -> Option<String> {
    let (place, fragment) = url.split_once('#').unwrap_or((url, ""));
    let is_digest = |part: &str| {
        ["sha256=", "sha512=", "sha1=", "md5="]
            .iter()
            .any(|one| part.starts_with(one))
    };
    if !place.starts_with("https://") || fragment.split('&').any(is_digest) {
        return None;
    }
    let place = place.split('?').next()?;
    let (repository, reference) = github_download(place)
        .or_else(|| gitlab(place))
        .or_else(|| plain(place))?;
    // An owner and a name.
    let path = repository.split_once("://")?.1.split('/').skip(1);
    let is_repository = path.clone().count() > 1 && path.clone().all(|part| !part.is_empty());
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    (is_repository && !reference.is_empty())
        .then(|| format!("git+{repository}@{reference}{fragment}"))
}

/// `https://codeload.github.com/OWNER/NAME/zip/REFERENCE`, and `…/zipball/REFERENCE` of the site.
fn github_download(place: &str) -> Option<(String, &str)> {
    let parts = ["/zipball/", "/tarball/"];
    if let Some((repository, reference)) = parts.iter().find_map(|part| place.split_once(part)) {
        return Some((repository.to_owned(), branch(reference)));
    }
    let rest = place.strip_prefix("https://codeload.github.com/")?;
    let parts = ["/zip/", "/tar.gz/"];
    let (name, reference) = parts.iter().find_map(|part| rest.split_once(part))?;
    Some((format!("https://github.com/{name}"), branch(reference)))
}

/// `…/-/archive/REFERENCE/NAME-REFERENCE.zip`.
fn gitlab(place: &str) -> Option<(String, &str)> {
    let (repository, rest) = place.split_once("/-/archive/")?;
    let reference = match rest.rsplit_once('/') {
        Some((reference, file)) if without_ending(file).is_some() => reference,
        _ => without_ending(rest)?,
    };
    Some((repository.to_owned(), branch(reference)))
}

/// `…/archive/REFERENCE.zip`, and Bitbucket's `…/get/REFERENCE.zip`.
fn plain(place: &str) -> Option<(String, &str)> {
    let (repository, rest) = match place.strip_prefix("https://bitbucket.org/") {
        Some(_) => place.split_once("/get/")?,
        None => place.split_once("/archive/")?,
    };
    Some((repository.to_owned(), branch(without_ending(rest)?)))
}

fn branch(reference: &str) -> &str {
    let branch = reference.strip_prefix("refs/heads/");
    let tag = || reference.strip_prefix("refs/tags/");
    branch.or_else(tag).unwrap_or(reference)
}

fn without_ending(file: &str) -> Option<&str> {
    ENDINGS.iter().find_map(|ending| file.strip_suffix(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_of_hosts_name_a_repository_and_a_reference() {
        for (url, expected) in [
            (
                "https://github.com/o/n/archive/main.zip",
                "git+https://github.com/o/n@main",
            ),
            (
                "https://github.com/o/n/archive/refs/tags/v1.0.tar.gz",
                "git+https://github.com/o/n@v1.0",
            ),
            (
                "https://github.com/o/n/archive/refs/heads/a/b.zip#subdirectory=x",
                "git+https://github.com/o/n@a/b#subdirectory=x",
            ),
            (
                "https://github.com/o/n/zipball/v2",
                "git+https://github.com/o/n@v2",
            ),
            (
                "https://codeload.github.com/o/n/tar.gz/refs/heads/main",
                "git+https://github.com/o/n@main",
            ),
            (
                "https://gitlab.example.invalid/g/s/n/-/archive/v1/n-v1.tar.gz",
                "git+https://gitlab.example.invalid/g/s/n@v1",
            ),
            (
                "https://bitbucket.org/o/n/get/abc123.zip",
                "git+https://bitbucket.org/o/n@abc123",
            ),
            (
                "https://me:pass@git.example.invalid/o/n/archive/1.tar.gz",
                "git+https://me:pass@git.example.invalid/o/n@1",
            ),
        ] {
            assert_eq!(
                repository_of_archive(url).as_deref(),
                Some(expected),
                "{url}"
            );
        }
        for url in [
            "https://github.com/o/n/archive/main.zip#sha256=00",
            "http://github.com/o/n/archive/main.zip",
            "https://example.invalid/archive/main.zip",
            "https://example.invalid/n-1.0.zip",
            "https://github.com/o/n/archive/.zip",
        ] {
            assert_eq!(repository_of_archive(url), None, "{url}");
        }
    }
}
