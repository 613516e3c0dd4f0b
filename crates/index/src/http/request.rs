//! A request to a server: its URL, its headers, its limits.

use std::sync::Arc;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE,
};
use reqwest::{Method, RequestBuilder};
use url::Url;

use super::login::Wanted;
use super::{Login, Validators, encoding};
use crate::IndexUrl;

/// Something to ask a server.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    url: Url,
    method: Method,
    accept: Option<&'static str>,
    range: Option<String>,
    unless: Option<&'a Validators>,
    tries: Option<u32>,
    login: Option<Login>,
    listed_by: Arc<str>,
    limit: usize,
    /// The JSON text to send.
    body: Option<String>,
}

/// The largest page that is read, decompressed, in bytes.
pub(crate) const LARGEST_PAGE: usize = 128 << 20;

impl<'a> Request<'a> {
    /// GET `url`, whose login is sent if it has one.
    pub(crate) fn get(mut url: Url) -> Self {
        Self {
            login: Login::take(&mut url),
            url,
            method: Method::GET,
            accept: None,
            range: None,
            unless: None,
            tries: None,
            listed_by: Arc::default(),
            limit: LARGEST_PAGE,
            body: None,
        }
    }

    /// POST the JSON text `body` to `url`.
    pub(crate) fn post(url: Url, body: String) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(url)
        }
    }

    /// HEAD `url`.
    pub(crate) fn head(url: Url) -> Self {
        Self {
            method: Method::HEAD,
            ..Self::get(url)
        }
    }

    /// … in one of these media types.
    pub(crate) fn accept(mut self, types: &'static str) -> Self {
        self.accept = Some(types);
        self
    }

    /// … only these bytes, as in `bytes=0-99`.
    pub(crate) fn range(mut self, range: String) -> Self {
        self.range = Some(range);
        self
    }

    /// … unless it is still what it was.
    pub(crate) fn unless(mut self, known: &'a Validators) -> Self {
        self.unless = Some(known);
        self
    }

    /// … a page of `index`, with its login.
    pub(crate) fn of_index(mut self, index: &IndexUrl) -> Self {
        self.login = index.login().cloned();
        self.listed_by = index.to_string().into();
        self
    }

    /// … a file that this index lists, whose login counts for it then.
    pub(crate) fn listed_by(mut self, index: &Arc<str>) -> Self {
        self.listed_by = Arc::clone(index);
        self
    }

    /// … whose body has at most so many bytes, decompressed.
    pub(crate) fn at_most(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The most bytes that its body may have.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// … at most so often, however many tries other requests have.
    pub(crate) fn tries(mut self, most: u32) -> Self {
        self.tries = Some(most);
        self
    }

    /// How often it is sent at most, if less often than others.
    pub(super) fn most_tries(&self) -> Option<u32> {
        self.tries
    }

    /// For what a login is wanted.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            url: &self.url,
            own: self.login.as_ref(),
            listed_by: &self.listed_by,
        }
    }

    /// Where it goes.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The request to send, with `login`.
    pub(super) fn request(
        &self,
        client: &reqwest::Client,
        login: Option<&Login>,
    ) -> RequestBuilder {
        let mut request = client.request(self.method.clone(), self.url.clone());
        if let Some(login) = login {
            request = request.basic_auth(&login.user, login.password.as_ref());
        }
        request = match self.accept {
            Some(types) => {
                let (name, encodings) = encoding::ACCEPTED;
                request.header(ACCEPT, types).header(name, encodings)
            }
            // A file is wanted as it is: its digest is of these bytes.
            None => request.header(ACCEPT_ENCODING, "identity"),
        };
        if let Some(range) = &self.range {
            request = request.header(RANGE, range);
        }
        if let Some(body) = &self.body {
            let json = "application/json";
            request = request.header(CONTENT_TYPE, json).body(body.clone());
        }
        let etag = self.unless.and_then(|known| known.etag.as_ref());
        let date = self.unless.and_then(|known| known.last_modified.as_ref());
        match (etag, date) {
            (Some(etag), _) => request.header(IF_NONE_MATCH, etag),
            (None, Some(date)) => request.header(IF_MODIFIED_SINCE, date),
            (None, None) => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{ETAG, HeaderMap, HeaderValue, LAST_MODIFIED};

    use super::*;
    use crate::Settings;
    use crate::http::connect;

    fn request(ask: &Request<'_>) -> reqwest::Request {
        let client = connect::client(&Settings::default(), || {}).unwrap();
        let login = ask.wanted().own;
        ask.request(&client.http, login).build().unwrap()
    }

    fn ask(url: &str) -> Request<'static> {
        Request::get(Url::parse(url).unwrap())
    }

    #[test]
    fn a_login_travels_in_its_header_and_not_in_the_url() {
        let request = request(&ask("https://me:pw@index.test/a.whl"));
        assert_eq!(request.url().as_str(), "https://index.test/a.whl");
        assert_eq!(request.headers()["authorization"], "Basic bWU6cHc=");
    }

    #[test]
    fn files_are_asked_for_uncompressed() {
        let ask = ask("https://index.test/a.whl").range("bytes=-9".to_owned());
        let request = request(&ask);
        assert_eq!(request.headers()["accept-encoding"], "identity");
        assert_eq!(request.headers()["range"], "bytes=-9");
    }

    #[test]
    fn the_etag_is_asked_about_before_the_date() {
        let known = Validators::read(&HeaderMap::from_iter([
            (ETAG, HeaderValue::from_static("\"x\"")),
            (
                LAST_MODIFIED,
                HeaderValue::from_static("Sat, 21 Nov 2026 10:00:00 GMT"),
            ),
        ]));
        let request = request(&ask("https://index.test/").unless(&known));
        assert_eq!(request.headers()["if-none-match"], "\"x\"");
        assert!(!request.headers().contains_key("if-modified-since"));
    }
}
