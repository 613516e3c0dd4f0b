//! What the fuzz targets in `fuzz/` call: readers that are private otherwise, with what must hold of their
//! results.

use std::sync::Arc;

use harden_packaging::{DistFile, DistKind, PackageName};
use reqwest::header::{CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue};
use url::Url;

use crate::cache::{self, PageHead, Payload};
use crate::http::Validators;
use crate::metadata;
use crate::protocol::{
    EntrySearch, FilenameReader, Form, ListedFile, ProjectBuilder, read_release,
};
use crate::shared::{LentPage, SentPage};

/// The forms of a page of an index.
#[derive(Debug, Clone, Copy)]
pub enum PageForm {
    /// The JSON form of the simple API.
    SimpleJson,
    /// PyPI's own JSON API.
    JsonApi,
    /// The HTML form of the simple API.
    Html,
}

impl From<PageForm> for Form {
    fn from(form: PageForm) -> Self {
        match form {
            PageForm::SimpleJson => Self::SimpleJson,
            PageForm::JsonApi => Self::JsonApi,
            PageForm::Html => Self::Html,
        }
    }
}

/// The project of all pages.
fn project() -> PackageName {
    "a".parse().expect("it is a name")
}

/// The wheel or sdist of all metadata.
fn file(filename: &str) -> DistFile {
    let release = (project(), "1.0".parse().expect("it is a version"));
    let url = format!("https://files.test/{filename}");
    DistFile::new(release, filename, DistKind::Sdist, url)
}

/// The entry that the cache has of a page.
fn entry(form: Form, files: &[ListedFile<'_>]) -> Vec<u8> {
    let head = PageHead {
        url: [0; 32],
        validators: Validators::default(),
        form: Some(form),
        status: None,
    };
    cache::encode_page(&head, &project(), Some(files)).0
}

/// The address of all pages.
fn address() -> Url {
    Url::parse("https://index.test/simple/a/").expect("it is a URL")
}

fn listed(form: Form, body: &[u8]) -> Option<Vec<ListedFile<'_>>> {
    form.read(body, &address()).ok().map(|(files, _)| files)
}

/// Searches a page for a file while it comes, and reads it as what the JSON API says of one release.
fn search(form: Form, body: &[u8]) {
    const NAME: &str = "a-1.0.zip";
    let mut search = EntrySearch::new(form, NAME);
    for piece in body.chunks(100) {
        if search.look_at(piece, &address(), |_| false).is_err() {
            break;
        }
    }
    let _ = read_release(body, &address(), NAME);
}

/// Reads a page: what the cache gives back of it is what was read.
pub fn page(form: PageForm, body: &[u8]) {
    let form = Form::from(form);
    search(form, body);
    let Some(files) = listed(form, body) else {
        return;
    };
    let mut builder = ProjectBuilder::new(project());
    for file in &files {
        builder.add(file, "index");
    }
    let read = builder.finish();
    let entry = entry(form, &files);
    let (_, start) = cache::split_page(&entry).expect("the entry was written just now");
    let listed_by = Arc::from("index");
    let kept = cache::decode_page((&project(), &listed_by), Payload::of(entry), start);
    let kept = kept.expect("the entry was written just now");
    assert_eq!(read.releases.len(), kept.releases.len());
    for (one, other) in read.releases.iter().zip(&kept.releases) {
        assert_eq!(one.version, other.version);
        assert_eq!(one.files(), other.files());
    }
}

/// The entry that the cache has of a page, as a seed for [`kept_page`].
pub fn page_entry(form: PageForm, body: &[u8]) -> Vec<u8> {
    let form = Form::from(form);
    entry(form, &listed(form, body).unwrap_or_default())
}

/// Reads an entry of the cache for a page.
pub fn kept_page(bytes: &[u8]) {
    let Some((_, start)) = cache::split_page(bytes) else {
        return;
    };
    let listed_by = Arc::from("index");
    let kept = cache::decode_page((&project(), &listed_by), Payload::of(bytes.to_vec()), start);
    for release in kept.iter().flat_map(|project| &project.releases) {
        let glances = release.listed().map(|listed| listed.len());
        if let Ok(glances) = glances
            && !release.files().is_empty()
        {
            assert_eq!(glances, release.files().len());
        }
    }
}

/// The object that a shared cache has of a page.
#[must_use]
pub fn shared_page_object(body: &[u8]) -> Vec<u8> {
    let asked = address();
    let mut headers = HeaderMap::new();
    headers.insert(ETAG, HeaderValue::from_static("\"x\""));
    let page = SentPage {
        media_type: "text/html".to_owned(),
        url: &asked,
        body,
        validators: Validators::read(&headers),
        is_public: true,
    };
    page.to_object(&asked, project().as_str())
        .unwrap_or_default()
}

/// Reads such an object: what it gives is a page that an index may be asked about.
pub fn shared_page(bytes: &[u8]) {
    if let Ok(page) = LentPage::read(bytes, &address(), project().as_str()) {
        assert!(page.validators.can_be_asked_about());
    }
}

/// Reads core metadata: what the cache gives back of it is what was read.
pub fn core_metadata(text: &[u8]) {
    if let Ok(read) = metadata::read_metadata(text, &file("a-1.0-py3-none-any.whl")) {
        let entry = cache::encode_metadata(&read);
        assert_eq!(cache::decode_metadata(&entry).as_ref(), Some(&read));
    }
}

/// Reads an entry of the cache for core metadata.
pub fn kept_metadata(bytes: &[u8]) {
    let _ = cache::decode_metadata(bytes);
}

/// Looks for `METADATA` in a wheel of which the last bytes are here.
pub fn wheel_metadata(bytes: &[u8]) {
    let (missing, here) = bytes.split_first().unwrap_or((&0, &[]));
    metadata::look(u64::from(*missing), here, &file("a-1.0-py3-none-any.whl"));
}

/// Reads the `pyproject.toml` of an sdist.
pub fn pyproject(text: &[u8]) {
    let _ = metadata::read_pyproject(text, &file("a-1.0.tar.gz"));
}

/// Reads the name of a file of a project: both readers say the same.
pub fn filename(text: &str) {
    let name = "a-b".parse().expect("it is a name");
    let version = FilenameReader::default().read_version(&name, text);
    let read = FilenameReader::default().read(&name, text);
    assert_eq!(version, read.map(|(version, _)| version));
}

/// Reads a netrc file.
pub fn netrc(text: &str) {
    crate::http::read_netrc(text);
}

/// Decompresses a body, up to 1 MiB.
pub fn compressed_body(bytes: &[u8]) {
    let headers = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
    crate::http::decompress(&HeaderMap::from_iter(headers), bytes, 1 << 20);
}
