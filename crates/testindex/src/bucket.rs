//! Object storage on loopback that speaks as S3 does, as far as the project asks: objects in memory, ranges,
//! uploads in parts, and faults. It believes everybody.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::Fault;
use crate::http::{Request, Response};

/// How often what sleeps looks whether the server ends.
const POLL: Duration = Duration::from_millis(20);

/// A server of objects.
pub struct Bucket {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// By `bucket/name`.
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// The parts of unfinished uploads, by the number of the upload.
    uploads: Mutex<Vec<BTreeMap<usize, Vec<u8>>>>,
    /// By the beginning of the request, as `PUT`.
    faults: Mutex<Vec<(String, Fault)>>,
    requests: Mutex<Vec<String>>,
    is_ending: AtomicBool,
}

impl Bucket {
    /// Starts a server without objects; every bucket is there.
    ///
    /// # Panics
    ///
    /// If the system has no free port on loopback.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.is_ending.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(stream) = stream {
                    let shared = Arc::clone(&accepting);
                    // The client notices a broken connection.
                    thread::spawn(move || drop(converse(&stream, &shared)));
                }
            }
        });
        Self { address, shared }
    }

    /// Its URL, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it holds, by `bucket/name`.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        lock(&self.shared.objects).clone()
    }

    /// Replaces what it holds.
    pub fn set(&self, objects: BTreeMap<String, Vec<u8>>) {
        *lock(&self.shared.objects) = objects;
    }

    /// Applies `fault` to each request whose line (`PUT /bucket/name`) contains this.
    pub fn fault(&self, part: &str, fault: Fault) {
        lock(&self.shared.faults).push((part.to_owned(), fault));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The requests since they were asked for last: `PUT /bucket/name?query`.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared.requests))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        // Wakes the accepting thread; if this fails, that thread has ended.
        let _ = TcpStream::connect(self.address);
    }
}

fn converse(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    while let Some(request) = Request::read(&mut input)? {
        let body = body(&request, &mut input)?;
        let line = format!("{} {}", request.method, request.path);
        lock(&shared.requests).push(line.clone());
        let faults = lock(&shared.faults).clone();
        let fault = faults.into_iter().find(|(part, _)| line.contains(part));
        let is_head = request.method == "HEAD";
        let answer = || shared.answer(&request, body.clone());
        let mut limit = usize::MAX;
        let answer = match fault.map(|(_, fault)| fault) {
            None => answer(),
            Some(Fault::Status(status)) => Response::new(status),
            Some(Fault::Body(bytes)) => answer().with_other_body(bytes),
            Some(Fault::Cut(bytes)) => {
                limit = bytes;
                answer()
            }
            Some(Fault::Late(pause)) => {
                shared.sleep(pause);
                answer()
            }
            Some(Fault::Stall(bytes, pause)) => {
                let answer = answer();
                answer.write(&mut stream, is_head, bytes)?;
                shared.sleep(pause);
                stream.write_all(answer.body.get(bytes..).unwrap_or_default())?;
                continue;
            }
            Some(Fault::Trickle(bytes, pause)) => {
                let answer = answer();
                answer.write(&mut stream, is_head, 0)?;
                for piece in answer.body.chunks(bytes) {
                    stream.write_all(piece)?;
                    shared.sleep(pause);
                }
                continue;
            }
            Some(Fault::Silent) => {
                shared.sleep(Duration::MAX);
                return Ok(());
            }
            Some(Fault::Closed | Fault::Redirect(_) | Fault::RetryAfter(..)) => return Ok(()),
        };
        answer.write(&mut stream, is_head, limit)?;
        if limit < answer.body.len() {
            return Ok(());
        }
    }
    Ok(())
}

/// The body of a request.
fn body(request: &Request, input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let length = request.header("content-length");
    let length = length.and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    input.read_exact(&mut body)?;
    Ok(body)
}

impl Shared {
    fn answer(&self, request: &Request, body: Vec<u8>) -> Response {
        let (name, query) = request.path[1..]
            .split_once('?')
            .unwrap_or((&request.path[1..], ""));
        let field = |key: &str| {
            let mut fields = query.split('&').filter_map(|field| field.split_once('='));
            let (_, value) = fields.find(|(name, _)| *name == key)?;
            value.parse::<usize>().ok()
        };
        let upload = field("uploadId");
        match (&*request.method, upload) {
            ("GET" | "HEAD", _) => match lock(&self.objects).get(name) {
                Some(object) => {
                    let answer = done("application/octet-stream", object.clone());
                    match request.header("range") {
                        Some(range) => answer.part(range),
                        None => answer,
                    }
                }
                None => Response::new(404),
            },
            ("POST", None) => {
                let mut uploads = lock(&self.uploads);
                uploads.push(BTreeMap::new());
                let id = uploads.len() - 1;
                let text = format!(
                    "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                );
                done("application/xml", text.into_bytes())
            }
            ("POST", Some(upload)) => {
                let parts = std::mem::take(&mut lock(&self.uploads)[upload]);
                let whole = parts.into_values().flatten().collect();
                lock(&self.objects).insert(name.to_owned(), whole);
                let text = "<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>";
                done("application/xml", text.as_bytes().to_vec())
            }
            ("PUT", Some(upload)) => {
                let number = field("partNumber").unwrap_or_default();
                lock(&self.uploads)[upload].insert(number, body);
                done("text/plain", Vec::new())
            }
            ("PUT", None) => {
                lock(&self.objects).insert(name.to_owned(), body);
                done("text/plain", Vec::new())
            }
            ("DELETE", Some(upload)) => {
                lock(&self.uploads)[upload].clear();
                Response::new(204)
            }
            _ => Response::new(400),
        }
    }

    /// Sleeps for `pause`, or until the server ends.
    fn sleep(&self, pause: Duration) {
        let mut left = pause;
        while !left.is_zero() && !self.is_ending.load(Ordering::Relaxed) {
            thread::sleep(left.min(POLL));
            left = left.saturating_sub(POLL);
        }
    }
}

fn done(content_type: &str, body: Vec<u8>) -> Response {
    Response::ok(content_type, body)
        .with("ETag", "\"x\"")
        .with("Last-Modified", "Mon, 02 Nov 2026 00:00:00 GMT")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
