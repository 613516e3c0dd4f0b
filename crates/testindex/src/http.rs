//! The part of HTTP/1.1 that a test server needs: requests without a body, responses with one.
//!
//! <https://www.rfc-editor.org/rfc/rfc9112>, ranges: <https://www.rfc-editor.org/rfc/rfc9110#section-14>.

use std::io::{self, BufRead, Write};

use percent_encoding::percent_decode_str;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD`.
    pub method: String,
    /// The path, decoded, with a leading slash.
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The value of the header `name`, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(header, _)| header == name);
        header.map(|(_, value)| value.as_str())
    }

    /// Whether the header `name` contains `part`.
    pub(crate) fn says(&self, name: &str, part: &str) -> bool {
        self.header(name).is_some_and(|value| value.contains(part))
    }

    /// Reads a request; `None` if the client has closed the connection.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut parts = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (parts.next(), parts.next()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, line));
        };
        let path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            input.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(Self {
            method,
            path,
            headers,
        }))
    }
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16) -> Self {
        let body = format!("status {status}\n").into_bytes();
        Self {
            status,
            headers: vec![("Content-Type", "text/plain".to_owned())],
            body,
        }
    }

    pub fn ok(content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", content_type.to_owned())],
            body,
        }
    }

    pub fn redirect(to: &str) -> Self {
        Self::new(301).with("Location", to)
    }

    pub fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }

    /// The same with this body, as it is, even if the client has the one that the server would send.
    pub fn with_other_body(mut self, body: Vec<u8>) -> Self {
        self.headers.retain(|(name, _)| *name != "Content-Encoding");
        self.body = body;
        if self.status == 304 {
            self.status = 200;
        }
        self
    }

    /// Writes the head, then the first `limit` bytes of the body.
    pub fn write(&self, output: &mut impl Write, head_only: bool, limit: usize) -> io::Result<()> {
        let headers = self.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        write!(
            output,
            "HTTP/1.1 {} Status\r\n{headers}Content-Length: {}\r\n\r\n",
            self.status,
            self.body.len()
        )?;
        if !head_only {
            output.write_all(&self.body[..limit.min(self.body.len())])?;
        }
        output.flush()
    }

    /// The part of a full response that `range` (`bytes=0-9`, `bytes=10-`, `bytes=-10`) requests.
    pub fn part(mut self, range: &str) -> Self {
        let length = self.body.len();
        let Some((first, last)) = bounds(range, length) else {
            return Self::new(416).with("Content-Range", &format!("bytes */{length}"));
        };
        self.body = self.body[first..=last].to_vec();
        self.status = 206;
        self.with("Content-Range", &format!("bytes {first}-{last}/{length}"))
    }
}

fn bounds(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let bounds = match (first, last) {
        ("", suffix) => (length.saturating_sub(suffix.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    (bounds.0 <= bounds.1).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_rfc() {
        assert_eq!(bounds("bytes=0-9", 100), Some((0, 9)));
        assert_eq!(bounds("bytes=90-", 100), Some((90, 99)));
        assert_eq!(bounds("bytes=90-200", 100), Some((90, 99)));
        assert_eq!(bounds("bytes=-10", 100), Some((90, 99)));
        assert_eq!(bounds("bytes=-200", 100), Some((0, 99)));
        assert_eq!(bounds("bytes=100-", 100), None);
        assert_eq!(bounds("bytes=-0", 100), None);
        assert_eq!(bounds("bytes=0-", 0), None);
    }
}
