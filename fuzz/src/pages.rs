//! Pages of indexes, core metadata, and the entries that the cache has of them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use harden_index::fuzz::{PageForm, page, page_entry};

use crate::seeds::texts;

const SIMPLE_JSON: &str = r#"{"meta": {"api-version": "1.1"}, "name": "a", "project-status": {"status": "archived"},
    "files": [{"filename": "a-1.0-py3-none-any.whl", "url": "../../f/a-1.0-py3-none-any.whl", "size": 1,
    "hashes": {"sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
    "requires-python": ">=3.8", "upload-time": "2026-01-02T03:04:05.6Z", "yanked": "broken",
    "core-metadata": {"sha256": "0000000000000000000000000000000000000000000000000000000000000000"}},
    {"filename": "a-1.0.tar.gz", "url": "https://files.test/a-1.0.tar.gz", "hashes": {"md5": "00000000000000000000000000000000"},
    "yanked": false, "dist-info-metadata": true}, {"filename": "a-2.0.zip", "url": "x", "size": "1"}]}"#;

const HTML: &str = "<!DOCTYPE html><meta name=pypi:repository-version content=1.1><base href=/x/>\
    <a href='a-1.0-py3-none-any.whl#sha256=0000000000000000000000000000000000000000000000000000000000000000' \
    data-requires-python='&gt;=3.8' data-yanked=\"bad &amp; worse\" data-core-metadata=true>a</a>\
    <A HREF=//files.test/a-2.0.tar.gz?x=1#md5=00000000000000000000000000000000 data-upload-time=2026-01-02T03:04:05Z>b</A>";

const JSON_API: &str = r#"{"releases": {"1.0": [{"filename": "a-1.0-py3-none-any.whl",
    "url": "https://files.test/a-1.0-py3-none-any.whl", "size": 3, "requires_python": ">=3.8", "yanked": true,
    "digests": {"sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
    "upload_time_iso_8601": "2026-01-02T03:04:05Z", "yanked_reason": "broken"}], "2.0": []}}"#;

const METADATA: &str = "Metadata-Version: 2.2\nName: a\nVersion: 1.0\nRequires-Python: >=3.8\nProvides-Extra: x\n\
    Requires-Dist: b>=1; extra == 'x'\nRequires-Dist: c\n (folded)\nDynamic: License\n\nText.\n";

pub(crate) fn simple_json(body: &[u8]) {
    page(PageForm::SimpleJson, body);
}

pub(crate) fn simple_json_pages() -> Vec<Vec<u8>> {
    texts(&[SIMPLE_JSON, r#"{"files": []}"#])
}

pub(crate) fn html(body: &[u8]) {
    page(PageForm::Html, body);
}

pub(crate) fn html_pages() -> Vec<Vec<u8>> {
    texts(&[HTML, "<form><input type=password></form>"])
}

pub(crate) fn json_api(body: &[u8]) {
    page(PageForm::JsonApi, body);
}

pub(crate) fn json_api_pages() -> Vec<Vec<u8>> {
    texts(&[JSON_API])
}

pub(crate) fn cached_pages() -> Vec<Vec<u8>> {
    vec![
        page_entry(PageForm::SimpleJson, SIMPLE_JSON.as_bytes()),
        page_entry(PageForm::Html, HTML.as_bytes()),
    ]
}

pub(crate) fn shared_pages() -> Vec<Vec<u8>> {
    vec![
        harden_index::fuzz::shared_page_object(SIMPLE_JSON.as_bytes()),
        harden_index::fuzz::shared_page_object(HTML.as_bytes()),
    ]
}

pub(crate) fn core_metadata() -> Vec<Vec<u8>> {
    texts(&[METADATA])
}

pub(crate) fn sdist_projects() -> Vec<Vec<u8>> {
    texts(&[
        "[project]\nname = 'a'\nversion = '1.0'\nrequires-python = '>=3.8'\ndependencies = ['b>=1']\n\
         [project.optional-dependencies]\nx = ['c']\n",
        "[project]\nname = 'a'\ndynamic = ['version', 'dependencies']\n",
    ])
}

pub(crate) fn compressed() -> Vec<Vec<u8>> {
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish())
    };
    let one = gzip(SIMPLE_JSON).unwrap_or_default();
    vec![[one.clone(), gzip(HTML).unwrap_or_default()].concat(), one]
}
