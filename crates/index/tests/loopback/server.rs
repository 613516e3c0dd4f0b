//! A tiny HTTP/1.1 server: each request is answered by a function and written down.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server on loopback, until the test ends.
pub struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: bool,
    has_length: bool,
}

impl Server {
    /// Starts one that answers with `answer`; it gets the number of earlier requests.
    pub fn start(answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { url, asked }
    }

    /// Its address followed by `path`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The methods and paths of the requests so far.
    pub fn paths(&self) -> Vec<String> {
        let line = |asked: &Asked| format!("{} {}", asked.method, asked.path);
        self.asked().iter().map(line).collect()
    }
}

impl Asked {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&header.1)
    }
}

impl Reply {
    /// 200 with `body`.
    pub fn ok(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .with("content-type", media_type)
            .body(body)
    }

    /// An empty reply.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            cut: false,
            has_length: true,
        }
    }

    /// … with this header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// … with this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// … whose body ends in the middle.
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// … that ends where the connection does.
    pub fn without_length(mut self) -> Self {
        self.has_length = false;
        self
    }

    /// The part of `file` that `asked` asks for, all of it if it asks for none.
    pub fn part(asked: &Asked, file: &[u8]) -> Self {
        let Some(range) = asked.header("range") else {
            return Self::ok("application/octet-stream", file);
        };
        let (start, end) = range
            .strip_prefix("bytes=")
            .unwrap()
            .split_once('-')
            .unwrap();
        let start = match start {
            "" => file.len().saturating_sub(end.parse().unwrap()),
            start => start.parse().unwrap(),
        };
        let last = match (range.starts_with("bytes=-"), end) {
            (true, _) | (_, "") => file.len() - 1,
            (false, end) => end.parse::<usize>().unwrap().min(file.len() - 1),
        };
        Self::status(206)
            .with(
                "content-range",
                format!("bytes {start}-{last}/{}", file.len()),
            )
            .body(&file[start..=last])
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked, usize) -> Reply) {
    let Some(asked) = read(&stream) else { return };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    // A client that is content with the head closes early.
    let _ = write(stream, &asked, &answer(&asked, before));
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    Some(Asked {
        method,
        path,
        headers,
    })
}

fn write(mut stream: TcpStream, asked: &Asked, reply: &Reply) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {} So\r\nconnection: close\r\n",
        reply.status
    )?;
    if reply.has_length {
        write!(stream, "content-length: {}\r\n", reply.body.len())?;
    }
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "\r\n")?;
    let sent = match (asked.method.as_str(), reply.cut) {
        ("HEAD", _) => 0,
        (_, true) => reply.body.len() / 2,
        (_, false) => reply.body.len(),
    };
    stream.write_all(&reply.body[..sent])
}
