//! One file as a page lists it.

use std::borrow::Cow;

use harden_packaging::{CoreMetadataFile, ListedDigest, ProjectStatus, Sha256};
use jiff::Timestamp;
use url::Url;

use super::listed_digests::ListedDigests;

/// A file as a page lists it; whether it is a distribution of any use is not yet known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListedFile<'a> {
    pub(crate) filename: Cow<'a, str>,
    /// Absolute, without fragment.
    pub(crate) url: Cow<'a, str>,
    pub(crate) sha256: Option<Sha256>,
    /// The digests of other algorithms, if there is no SHA-256.
    pub(crate) other_digests: Vec<ListedDigest>,
    pub(crate) size: Option<u64>,
    pub(crate) requires_python: Option<Cow<'a, str>>,
    pub(crate) upload_time: Option<Timestamp>,
    /// The reason, where it is yanked.
    pub(crate) yanked: Option<Cow<'a, str>>,
    pub(crate) core_metadata: CoreMetadataFile,
    /// Where its attestations are, absolute (PEP 740).
    pub(crate) provenance: Option<Cow<'a, str>>,
    /// Why the entry cannot be used, where that is so.
    pub(crate) unusable: Option<String>,
}

/// The files of a page, and the status of its project.
pub(crate) type Listing<'a> = (Vec<ListedFile<'a>>, Option<ProjectStatus>);

impl ListedFile<'_> {
    /// Takes over the digests that a page gives; a malformed one makes the entry unusable.
    pub(super) fn with_digests(mut self, digests: ListedDigests) -> Self {
        self.sha256 = digests.sha256;
        self.other_digests = digests.others;
        self.unusable = self.unusable.or(digests.malformed);
        self
    }

    /// A file of this name at this address, of which nothing else is known.
    pub(crate) fn bare<'a>(filename: Cow<'a, str>, url: Cow<'a, str>) -> ListedFile<'a> {
        ListedFile {
            filename,
            url,
            sha256: None,
            other_digests: Vec::new(),
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: None,
            core_metadata: CoreMetadataFile::Unknown,
            provenance: None,
            unusable: None,
        }
    }
}

/// `link`, as found on the page at `base`, as an absolute address without fragment.
pub(super) fn absolute<'a>(base: &Url, link: Cow<'a, str>) -> Option<Cow<'a, str>> {
    let is_absolute = link.starts_with("https://") || link.starts_with("http://");
    if is_absolute && !link.contains('#') {
        return Some(link);
    }
    let mut url = join(base, &link)?;
    url.set_fragment(None);
    Some(Cow::Owned(url.into()))
}

/// Where `link` on the page at `base` leads; a page from elsewhere may not lead to files of ours.
pub(super) fn join(base: &Url, link: &str) -> Option<Url> {
    let url = base.join(link).ok()?;
    let is_reachable = matches!(url.scheme(), "http" | "https") || url.scheme() == base.scheme();
    is_reachable.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_an_index_may_not_list_local_files() {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        assert_eq!(absolute(&base, "file:///etc/passwd".into()), None);
        assert_eq!(absolute(&base, "data:,x".into()), None);
    }

    #[test]
    fn links_are_made_absolute_and_lose_their_fragment() {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        for (link, url) in [
            (
                "../../files/a.zip#sha256=0",
                "https://index.test/files/a.zip",
            ),
            ("/files/a.zip", "https://index.test/files/a.zip"),
            ("//files.test/a.zip", "https://files.test/a.zip"),
            ("https://files.test/a.zip#x", "https://files.test/a.zip"),
            ("https://files.test/a.zip", "https://files.test/a.zip"),
        ] {
            assert_eq!(absolute(&base, link.into()).unwrap(), url);
        }
    }
}
