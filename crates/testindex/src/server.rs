//! A server that serves a universe on loopback, logs requests, and injects faults.

use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Universe;
use crate::fault::{self, Fault, Planned};
use crate::http::{Request, Response};
use crate::responses::{Flavour, Site};

/// How long a connection waits for its next request before it checks whether the server has stopped.
const POLL: Duration = Duration::from_millis(50);

/// An index on loopback. It stops when it is dropped.
///
/// ```
/// use harden_testindex::{Fault, Server, Universe};
///
/// let server = Server::start(Universe::new("flask 2.0"));
/// server.fault("/simple/flask/", Fault::Status(503)).times(2);
/// assert!(server.index_url().ends_with("/simple/"));
/// assert_eq!(server.requests().len(), 0);
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    /// What is served in its place.
    later: Mutex<Option<Arc<Site>>>,
    stopping: AtomicBool,
    requests: Mutex<Vec<Request>>,
    faults: Mutex<Vec<Planned>>,
    /// The `Authorization` header that every request must carry.
    login: Mutex<Option<String>>,
}

/// A planned fault, to be limited with [`PlannedFault::times`].
#[derive(Debug)]
pub struct PlannedFault<'a> {
    shared: &'a Shared,
    place: usize,
}

impl PlannedFault<'_> {
    /// Applies to this many requests, then ends.
    pub fn times(self, times: usize) {
        lock(&self.shared.faults)[self.place].times = Some(times);
    }
}

impl Server {
    /// Serves `universe` as PyPI would.
    pub fn start(universe: Universe) -> Self {
        Self::start_as(Flavour::Pypi, universe)
    }

    /// Serves `universe` as an index of this flavour.
    ///
    /// # Panics
    ///
    /// If the system has no free port on loopback.
    pub fn start_as(flavour: Flavour, universe: Universe) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let site = Site {
            universe,
            flavour,
            root: format!("http://{address}"),
        };
        let shared = Arc::new(Shared {
            site,
            later: Mutex::default(),
            stopping: AtomicBool::new(false),
            requests: Mutex::default(),
            faults: Mutex::default(),
            login: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// The URL of the simple API, as `--index-url` takes it.
    pub fn index_url(&self) -> String {
        self.url("/simple/")
    }

    /// The URL of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves this universe from now on, at the same URL.
    pub fn replace(&self, universe: Universe) {
        let site = Site {
            universe,
            flavour: self.shared.site.flavour,
            root: self.shared.site.root.clone(),
        };
        *lock(&self.shared.later) = Some(Arc::new(site));
    }

    /// The universe that it was started with.
    pub fn universe(&self) -> &Universe {
        &self.shared.site.universe
    }

    /// Applies `fault` to each request whose path ends in `path_end`; of several faults, the one
    /// planned first.
    pub fn fault(&self, path_end: &str, fault: Fault) -> PlannedFault<'_> {
        let mut faults = lock(&self.shared.faults);
        faults.push(Planned {
            path_end: path_end.to_owned(),
            times: None,
            fault,
        });
        PlannedFault {
            shared: &self.shared,
            place: faults.len() - 1,
        }
    }

    /// Answers 401 to requests without this login (HTTP Basic).
    pub fn require_login(&self, user: &str, password: &str) {
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        *lock(&self.shared.login) = Some(format!("Basic {credentials}"));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// How many requests so far had a path that ends in `path_end`.
    pub fn count(&self, path_end: &str) -> usize {
        let requests = lock(&self.shared.requests);
        let matching = requests.iter().filter(|r| r.path.ends_with(path_end));
        matching.count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.shared.requests).clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        // Wakes the accepting thread; if this fails, that thread has ended.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(stream) = stream {
            let shared = Arc::clone(shared);
            // The client notices a broken connection.
            thread::spawn(move || drop(converse(&stream, &shared)));
        }
    }
}

fn converse(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    while wait(stream, &input, shared)? {
        let Some(request) = Request::read(&mut input)? else {
            break;
        };
        lock(&shared.requests).push(request.clone());
        let fault = fault::take(&mut lock(&shared.faults), &request.path);
        if !respond(stream, shared, &request, fault)? {
            break;
        }
    }
    Ok(())
}

/// Waits for the next request; `false` if the server ends first.
fn wait(stream: &TcpStream, input: &BufReader<&TcpStream>, shared: &Shared) -> io::Result<bool> {
    if !input.buffer().is_empty() {
        return Ok(true);
    }
    stream.set_read_timeout(Some(POLL))?;
    while !shared.stopping.load(Ordering::Relaxed) {
        match stream.peek(&mut [0]) {
            Ok(_) => {
                stream.set_read_timeout(None)?;
                return Ok(true);
            }
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn is_timeout(error: &io::Error) -> bool {
    let kind = error.kind();
    matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Answers a request; `false` if the connection must close.
fn respond(
    mut stream: &TcpStream,
    shared: &Shared,
    request: &Request,
    fault: Option<Fault>,
) -> io::Result<bool> {
    let head_only = request.method == "HEAD";
    let mut limit = usize::MAX;
    let mut answer = if is_admitted(shared, request) {
        let later = lock(&shared.later).clone();
        later.map_or_else(|| shared.site.answer(request), |site| site.answer(request))
    } else {
        Response::new(401).with("WWW-Authenticate", "Basic realm=\"test\"")
    };
    match fault {
        None => {}
        Some(Fault::Status(status)) => answer = Response::new(status),
        Some(Fault::RetryAfter(status, seconds)) => {
            answer = Response::new(status).with("Retry-After", &seconds.to_string());
        }
        Some(Fault::Cut(bytes)) => limit = bytes,
        Some(Fault::Late(pause)) => sleep(pause, shared),
        Some(Fault::Stall(bytes, pause)) => {
            answer.write(&mut stream, head_only, bytes)?;
            sleep(pause, shared);
            let rest = answer.body.get(bytes..).unwrap_or_default();
            stream.write_all(rest)?;
            return Ok(true);
        }
        Some(Fault::Trickle(bytes, pause)) => {
            answer.write(&mut stream, head_only, 0)?;
            for piece in answer.body.chunks(bytes) {
                stream.write_all(piece)?;
                sleep(pause, shared);
            }
            return Ok(true);
        }
        Some(Fault::Body(bytes)) => answer = answer.with_other_body(bytes),
        Some(Fault::Silent) => {
            sleep(Duration::MAX, shared);
            return Ok(false);
        }
        Some(Fault::Closed) => return Ok(false),
        Some(Fault::Redirect(to)) => answer = Response::redirect(&to),
    }
    answer.write(&mut stream, head_only, limit)?;
    Ok(limit >= answer.body.len())
}

fn is_admitted(shared: &Shared, request: &Request) -> bool {
    let login = lock(&shared.login);
    login.is_none() || login.as_deref() == request.header("authorization")
}

/// Sleeps for `pause`, or until the server ends.
fn sleep(pause: Duration, shared: &Shared) {
    let mut left = pause;
    while !left.is_zero() && !shared.stopping.load(Ordering::Relaxed) {
        thread::sleep(left.min(POLL));
        left = left.saturating_sub(POLL);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
