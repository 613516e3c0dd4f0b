//! The responses of each flavour of index, as plain values without a connection.

use std::io::Write as _;

use harden_packaging::PackageName;
use jiff::Timestamp;

use crate::http::{Request, Response};
use crate::pages::{self, CoreMetadataListed};
use crate::{File, Universe};

/// The kind of index that a [`crate::Server`] imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Like PyPI: the simple API as JSON and HTML, PyPI's JSON API, announced metadata files,
    /// byte ranges, caching headers, gzip.
    Pypi,
    /// Like some mirrors: the simple API as HTML only, which announces no metadata files although they
    /// exist; PyPI's JSON API, which announces them; byte ranges; no caching headers.
    Mirror,
    /// HTML and byte ranges only: no JSON, no metadata files.
    PlainHtml,
    /// HTML only, without byte ranges.
    NoRanges,
}

const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";

/// A universe served in one flavour at `root` (`http://127.0.0.1:PORT`).
#[derive(Debug)]
pub(crate) struct Site {
    pub universe: Universe,
    pub flavour: Flavour,
    pub root: String,
}

impl Site {
    pub fn answer(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.path[1..].split('/').collect();
        let answer = match path[..] {
            ["simple", ""] => html(pages::projects_html(&self.universe)),
            ["simple", name, ""] => self.simple(name, request),
            ["simple", name] => Response::redirect(&format!("/simple/{name}/")),
            ["pypi", name, "json"] if self.has_json_api() => self.json_api(name),
            ["pypi", name, version, "json"] if self.has_json_api() => {
                self.release_json(name, version)
            }
            ["files", name] => self.file(name),
            ["integrity", .., name, "provenance"] => self.provenance(name),
            _ => Response::new(404),
        };
        if answer.status == 200 {
            self.finish(answer, request)
        } else {
            answer
        }
    }

    fn simple(&self, name: &str, request: &Request) -> Response {
        self.with_project(name, "/simple/", "/", |name, files| {
            if self.flavour == Flavour::Pypi && request.says("accept", SIMPLE_JSON) {
                let page = pages::simple_json(name, files, &self.root);
                return Response::ok(SIMPLE_JSON, page.into_bytes());
            }
            let listed = match self.flavour {
                Flavour::Pypi => CoreMetadataListed::Yes,
                _ => CoreMetadataListed::No,
            };
            html(pages::simple_html(name, files, listed))
        })
    }

    fn json_api(&self, name: &str) -> Response {
        // PyPI does not announce metadata files here; mirrors without another place do.
        let listed = match self.flavour {
            Flavour::Mirror => CoreMetadataListed::Yes,
            _ => CoreMetadataListed::No,
        };
        self.with_project(name, "/pypi/", "/json", |name, files| {
            let page = pages::pypi_json(name, files, &self.root, listed);
            Response::ok("application/json", page.into_bytes())
        })
    }

    /// What PyPI's JSON API says of one release.
    fn release_json(&self, name: &str, version: &str) -> Response {
        let after = format!("/{version}/json");
        self.with_project(name, "/pypi/", &after, |name, files| {
            let files = files.iter().filter(|file| file.version == version);
            let files: Vec<&File> = files.copied().collect();
            if files.is_empty() {
                return Response::new(404);
            }
            let page = pages::release_json(name, &files, &self.root);
            Response::ok("application/json", page.into_bytes())
        })
    }

    fn with_project(
        &self,
        spelling: &str,
        before: &str,
        after: &str,
        page: impl Fn(&str, &[&File]) -> Response,
    ) -> Response {
        let Ok(name) = spelling.parse::<PackageName>() else {
            return Response::new(404);
        };
        if name.as_str() != spelling {
            return Response::redirect(&format!("{before}{name}{after}"));
        }
        if self.universe.failing.contains(&name) {
            return Response::new(500);
        }
        match self.universe.projects.get(&name) {
            Some(files) => {
                let files: Vec<&File> = files.iter().map(|file| &**file).collect();
                page(name.as_str(), &files)
            }
            None => Response::new(404),
        }
    }

    fn file(&self, name: &str) -> Response {
        if let Some(file) = self.universe.file(name) {
            let answer = Response::ok("application/octet-stream", file.contents().to_vec());
            return match file.settings.modified {
                Some(modified) => answer.with("Last-Modified", &http_date(modified)),
                None => answer,
            };
        }
        let file = name.strip_suffix(".metadata");
        let file = file.and_then(|name| self.universe.file(name));
        match file.filter(|file| self.has_metadata_files() && file.has_core_metadata()) {
            Some(file) => Response::ok("text/plain", file.metadata().into_bytes()),
            None => Response::new(404),
        }
    }

    fn provenance(&self, name: &str) -> Response {
        let file = self.universe.file(name);
        match file.and_then(|file| file.settings.provenance.as_ref()) {
            Some(document) => {
                let media = "application/vnd.pypi.integrity.v1+json";
                Response::ok(media, document.clone().into_bytes())
            }
            None => Response::new(404),
        }
    }

    /// Adds what every successful response has: validators, ranges, compression.
    fn finish(&self, answer: Response, request: &Request) -> Response {
        let etag = format!("\"{}\"", crate::file::sha256(&answer.body));
        let is_file = request.path.starts_with("/files/");
        let mut answer = answer;
        if self.flavour == Flavour::Pypi {
            let lifetime = if is_file {
                "max-age=365000000, immutable"
            } else {
                "max-age=600, public"
            };
            answer = answer.with("ETag", &etag).with("Cache-Control", lifetime);
            if request.says("if-none-match", &etag) {
                answer.status = 304;
                answer.body.clear();
                return answer;
            }
        }
        if self.flavour != Flavour::NoRanges {
            answer = answer.with("Accept-Ranges", "bytes");
            let current = request.header("if-range").is_none_or(|tag| tag == etag);
            if let Some(range) = request.header("range").filter(|_| current) {
                return answer.part(range);
            }
        }
        if self.flavour == Flavour::Pypi && !is_file && request.says("accept-encoding", "gzip") {
            answer.body = gzip(&answer.body);
            answer = answer.with("Content-Encoding", "gzip");
        }
        answer
    }

    fn has_json_api(&self) -> bool {
        matches!(self.flavour, Flavour::Pypi | Flavour::Mirror)
    }

    fn has_metadata_files(&self) -> bool {
        matches!(self.flavour, Flavour::Pypi | Flavour::Mirror)
    }
}

/// An HTTP date (RFC 9110, section 5.6.7).
fn http_date(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn html(page: String) -> Response {
    Response::ok("text/html", page.into_bytes())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}
