//! Sends one request until it succeeds or fails for good, with limits on concurrency and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode, Version};
use tokio::sync::{Notify, OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::task::block_in_place;

use super::encoding::Undecoded;
use super::permits::Permits;
use super::proxy::Proxy;
use super::reply::refusal_of;
use super::slow_body::Pace;
use super::{Answer, Login, Logins, Refusal, Reply, Request, connect, encoding, retry, tls};
use crate::address::shown;
use crate::error::{OFFLINE, in_one_line};
use crate::single_flight::SingleFlight;
use crate::statistics::Meter;
use crate::{Freshness, Settings};

/// MiB of decompressed bodies that may be in memory at once for each processor; a larger one is alone. More pages at once
/// are read no sooner, and take more memory from the system.
const MEMORY_OF_PROCESSOR: u32 = 8;

/// How many processors count at most.
const MOST_PROCESSORS: usize = 16;

/// MiB of bodies that may be received at once, as they come from servers.
const MOST_RECEIVED: u32 = 64;

/// Bytes of a body that is not counted among those that are received at once.
const UNCOUNTED_BODY: usize = 1 << 20;

/// Bytes of the body of an error that are read, so that its connection can be used again.
const ERROR_BODY: usize = 64 << 10;

/// Bytes of a body that are decompressed in less time than handing them to another thread takes.
const SMALL_BODY: usize = 16 << 10;

/// How long a new connection takes into the pool where other requests find it, and some more.
const POOLING: Duration = Duration::from_millis(1);

/// How often a failed connection is tried again: a server or proxy that is down is reported
/// within two seconds.
const CONNECT_RETRIES: u32 = 3;

/// How long a request may take to succeed, from its first try; waits that servers ask for included.
const LONGEST_STRUGGLE: Duration = Duration::from_mins(2);

/// Sends requests: the HTTP client, the logins, the limits on concurrency, memory and retries.
pub(crate) struct Http {
    settings: Settings,
    logins: Logins,
    client: OnceCell<Result<connect::Client, Refusal>>,
    permits: Permits,
    /// One permit for each MiB of decompressed bodies, and how many there are.
    memory: (Arc<Semaphore>, u32),
    /// One permit for each MiB of bodies that are being received. Who has some may wait for `memory`, never the
    /// other way round.
    received: Arc<Semaphore>,
    /// The servers that have been connected to once.
    origins: SingleFlight<String, ()>,
    /// Whether a server has answered over HTTP/2.
    multiplexes: AtomicBool,
    /// Told of each new connection.
    connections: Arc<Notify>,
    meter: Meter,
}

/// A failed try.
struct Failure {
    why: Refusal,
    again: Again,
}

/// Whether another try may do better.
enum Again {
    No,
    /// After a wait, that which the server asked for if it did.
    Yes {
        asked_wait: Option<Duration>,
    },
    /// A connection was not made; few tries will do.
    Connect,
}

impl Http {
    pub(crate) fn new(settings: Settings, logins: Logins, meter: Meter) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let processors = u32::try_from(processors.min(MOST_PROCESSORS)).unwrap_or(1);
        let most_memory = MEMORY_OF_PROCESSOR * processors.max(2);
        Self {
            permits: Permits::new(settings.concurrency),
            memory: (Arc::new(Semaphore::new(most_memory as usize)), most_memory),
            received: Arc::new(Semaphore::new(MOST_RECEIVED as usize)),
            settings,
            logins,
            client: OnceCell::new(),
            origins: SingleFlight::default(),
            multiplexes: AtomicBool::new(false),
            connections: Arc::default(),
            meter,
        }
    }

    /// Whether a server has answered over HTTP/2, so that many requests took one connection.
    pub(crate) fn multiplexes(&self) -> bool {
        self.multiplexes.load(Ordering::Relaxed)
    }

    /// Whether no login is known for what `ask` is sent to, so that anyone may have what it answers.
    pub(crate) fn is_public(&self, ask: &Request<'_>) -> bool {
        self.logins.of(ask.wanted()).is_none()
    }

    /// Sends `ask` and reads the whole reply.
    pub(crate) async fn ask(&self, ask: &Request<'_>) -> Result<Reply, Refusal> {
        match Box::pin(self.answer(ask, |_| true)).await? {
            Answer::Read(reply) => Ok(reply),
            Answer::Unread(response, _permit) => {
                let reply = self.read(response, ask.limit()).await;
                reply.map_err(|failure| failure.why)
            }
        }
    }

    /// Sends `ask` and leaves the body of a success to be streamed while the permit is held.
    pub(crate) async fn open(&self, ask: &Request<'_>) -> Result<Answer, Refusal> {
        Box::pin(self.answer(ask, |status| !status.is_success())).await
    }

    /// Sends `ask`, which is for a part; where the server would send the whole, that is left unread.
    pub(crate) async fn ask_part(&self, ask: &Request<'_>) -> Result<Answer, Refusal> {
        Box::pin(self.answer(ask, |status| status != StatusCode::OK)).await
    }

    /// Sends `ask` once and returns the status and the headers of the response, without its body. It is
    /// sent beside a request that is under way, which counts for both: waiting for a place of its own could
    /// take forever.
    pub(crate) async fn headers_beside(
        &self,
        ask: &Request<'_>,
    ) -> Option<(StatusCode, HeaderMap)> {
        let response = self.try_as_known(ask).await.ok()?;
        Some((response.status(), response.headers().clone()))
    }

    async fn answer(
        &self,
        ask: &Request<'_>,
        is_read: impl Fn(StatusCode) -> bool,
    ) -> Result<Answer, Refusal> {
        let begun = Instant::now();
        let mut failures = 0;
        loop {
            let permit = self.permit(ask).await?;
            let answer = match self.try_as_known(ask).await {
                Ok(response) if !is_read(response.status()) => {
                    return Ok(Answer::Unread(response, permit));
                }
                Ok(response) => self.read(response, ask.limit()).await,
                Err(failure) => Err(failure),
            };
            match answer {
                Ok(reply) => return Ok(Answer::Read(reply)),
                Err(failure) => {
                    // While it waits another may go.
                    drop(permit);
                    failures += 1;
                    self.be_patient(failure, (failures, begun), ask).await?;
                }
            }
        }
    }

    async fn permit(&self, ask: &Request<'_>) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.settings.freshness == Freshness::Offline {
            return Err(OFFLINE.to_owned());
        }
        Ok(self.permits.acquire(ask.url()).await)
    }

    async fn client(&self) -> Result<&connect::Client, Refusal> {
        let make = async || {
            let settings = self.settings.clone();
            let connections = Arc::clone(&self.connections);
            let make = move || connect::client(&settings, move || connections.notify_waiters());
            let made = tokio::task::spawn_blocking(make).await;
            made.unwrap_or_else(|error| Err(error.to_string()))
        };
        self.client
            .get_or_init(make)
            .await
            .as_ref()
            .map_err(Clone::clone)
    }

    /// One try with the login that is known, and another where the server refuses that and the keyring
    /// has one.
    async fn try_as_known(&self, ask: &Request<'_>) -> Result<Response, Failure> {
        let login = self.logins.of(ask.wanted());
        let response = self.try_once(ask, login.as_ref()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let wanted = ask.wanted();
        match Box::pin(self.logins.after_refusal(wanted, login.as_ref())).await {
            Some(login) => self.try_once(ask, Some(&login)).await,
            None => Ok(response),
        }
    }

    /// One try, to the headers. Of the requests to a server the first goes ahead alone until it is
    /// connected, so that the others find its HTTP/2 connection rather than open one each.
    async fn try_once(
        &self,
        ask: &Request<'_>,
        login: Option<&Login>,
    ) -> Result<Response, Failure> {
        let client = self.client().await.map_err(Failure::for_good)?;
        let proxy = client.proxies.as_deref();
        let proxy = proxy.and_then(|proxies| proxies.of(ask.url()));
        let send = || Box::pin(self.send(ask.request(&client.http, login), proxy));
        let mut response = None;
        let mut connected = None;
        let go_ahead = async {
            let mut sending = send();
            tokio::select! {
                done = &mut sending => response = Some(done),
                () = self.connected() => connected = Some(sending),
            }
        };
        let origin = ask.url().origin().ascii_serialization();
        self.origins.get_or(&origin, go_ahead).await;
        match (response, connected) {
            (Some(response), _) => response,
            (None, Some(sending)) => sending.await,
            (None, None) => send().await,
        }
    }

    /// Waits until a connection has been made and taken into the pool.
    async fn connected(&self) {
        self.connections.notified().await;
        tokio::time::sleep(POOLING).await;
    }

    async fn send(
        &self,
        request: RequestBuilder,
        proxy: Option<&Proxy>,
    ) -> Result<Response, Failure> {
        self.meter.request();
        let response = request.send().await;
        let response = response.map_err(|error| Failure::of_transport(error, proxy))?;
        if response.version() >= Version::HTTP_2 {
            self.multiplexes.store(true, Ordering::Relaxed);
        }
        if retry::may_pass(response.status()) {
            return Err(Failure {
                why: refusal_of(response.status()),
                again: Again::Yes {
                    asked_wait: retry::retry_after(response.headers(), Timestamp::now()),
                },
            });
        }
        Ok(response)
    }

    async fn read(&self, mut response: Response, limit: usize) -> Result<Reply, Failure> {
        let is_success = response.status().is_success();
        let stated = response.content_length().unwrap_or(0).min(limit as u64);
        let stated = usize::try_from(stated).unwrap_or(0);
        let mut permit = self.receiving(stated).await;
        let mut body = Vec::with_capacity(stated);
        let mut pace = Pace::start();
        let broken = |error| Failure::of_transport(error, None);
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            self.meter.received(chunk.len());
            pace.note(chunk.len()).map_err(Failure::passing)?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            if permit.is_none() && body.len() + chunk.len() > UNCOUNTED_BODY {
                permit = self.receiving(limit).await;
                pace = Pace::start();
            }
            body.extend_from_slice(&chunk);
            if !is_success && body.len() > ERROR_BODY {
                break;
            }
        }
        let headers = std::mem::take(response.headers_mut());
        let (body, memory) = if is_success {
            self.decoded(&headers, body, limit).await?
        } else {
            (body, None)
        };
        drop(permit);
        Ok(Reply {
            status: response.status(),
            url: response.url().clone(),
            headers,
            body,
            _memory: memory,
        })
    }

    /// A body, decompressed, and counted among those in memory unless it is small.
    async fn decoded(
        &self,
        headers: &HeaderMap,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
        let mut most = encoding::stated_length(headers, &body, limit);
        loop {
            let memory = match most {
                0..=SMALL_BODY => None,
                _ => Some(self.memory(most).await),
            };
            let decode = || encoding::decode(headers, &body, most);
            // Much of it would keep others on this thread waiting for milliseconds.
            let decoded = match body.len() {
                0..=SMALL_BODY => decode(),
                _ => block_in_place(decode),
            };
            match decoded {
                Ok(None) => return Ok((body, memory)),
                Ok(Some(decoded)) => return Ok((decoded, memory)),
                // The body stated a wrong length.
                Err(Undecoded::TooLarge) if most < limit => most = limit,
                Err(Undecoded::TooLarge) => return Err(too_large(limit)),
                Err(Undecoded::Malformed(why)) => return Err(Failure::for_good(why)),
            }
        }
    }

    async fn memory(&self, bytes: usize) -> OwnedSemaphorePermit {
        let (memory, most) = &self.memory;
        permits_of(memory, bytes, *most).await
    }

    /// A permit to receive a body of some bytes beside others; `None` if it is small.
    async fn receiving(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if bytes <= UNCOUNTED_BODY {
            return None;
        }
        Some(permits_of(&self.received, bytes, MOST_RECEIVED).await)
    }

    /// Waits for the next try, or gives the failure back when there is to be none.
    async fn be_patient(
        &self,
        failure: Failure,
        (failures, begun): (u32, Instant),
        ask: &Request<'_>,
    ) -> Result<(), Refusal> {
        let (asked_wait, retries) = match failure.again {
            Again::No => (None, 0),
            Again::Yes { asked_wait } => (asked_wait, self.settings.retries),
            Again::Connect => (None, self.settings.retries.min(CONNECT_RETRIES)),
        };
        let own = ask.most_tries().map(|tries| tries.saturating_sub(1));
        let wait = retry::wait(failures, asked_wait, fastrand::f64());
        let is_last = failures > own.unwrap_or(retries).min(retries);
        if is_last || begun.elapsed() + wait > LONGEST_STRUGGLE {
            return Err(match failures {
                1 => failure.why,
                _ => format!("{} (tried {failures} times)", failure.why),
            });
        }
        tracing::debug!(
            "{}: {}; again in {wait:?}",
            shown(ask.url().as_str()),
            failure.why
        );
        self.meter.retry();
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// A permit for each MiB that is begun, at most all of them.
async fn permits_of(semaphore: &Arc<Semaphore>, bytes: usize, most: u32) -> OwnedSemaphorePermit {
    let mebibytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
    let permits = mebibytes.saturating_add(1).min(most);
    let permit = Arc::clone(semaphore).acquire_many_owned(permits).await;
    permit.expect("the semaphore is never closed")
}

fn too_large(limit: usize) -> Failure {
    Failure::for_good(format!("the reply is larger than {} MiB", limit >> 20))
}

impl Failure {
    /// A failure that another try may not have.
    fn passing(why: Refusal) -> Self {
        Self {
            why,
            again: Again::Yes { asked_wait: None },
        }
    }

    fn for_good(why: Refusal) -> Self {
        Self {
            why,
            again: Again::No,
        }
    }

    /// A failure to connect through `proxy`.
    fn of_proxy(proxy: &Proxy, why: &str, again: Again) -> Self {
        let why = why.replace("the server refuses", "it refuses");
        let failed = format!("no connection through the proxy {proxy}: {why}");
        if why.contains("proxy authorization required") {
            return Self::for_good(format!("{failed}; its login belongs into its URL"));
        }
        Self { why: failed, again }
    }

    /// A failure on the way, through `proxy` if there is one: another try may do better unless the way
    /// itself is refused.
    fn of_transport(error: reqwest::Error, proxy: Option<&Proxy>) -> Self {
        let is_connect = error.is_connect();
        let again = match () {
            () if error.is_redirect() || error.is_builder() => Again::No,
            () if is_connect => Again::Connect,
            () => Again::Yes { asked_wait: None },
        };
        let error = error.without_url();
        // A certificate that is not trusted now will not be in a second.
        if let Some(why) = tls::refusal(&error) {
            return Self::for_good(why);
        }
        let why = in_one_line(&error);
        match proxy.filter(|_| is_connect) {
            Some(proxy) => Self::of_proxy(proxy, &why, again),
            None => Self { why, again },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pages of 7 MiB fit everywhere; one of the largest is alone.
    #[tokio::test]
    async fn bodies_in_memory_are_bounded() {
        let logins = Logins::new(Vec::new(), Some("/dev/null".as_ref()), false);
        let http = Http::new(Settings::default(), logins, Meter::default());
        let (one, other) = (http.memory(7 << 20).await, http.memory(7 << 20).await);
        let largest = tokio::time::timeout(Duration::from_millis(20), http.memory(128 << 20));
        assert!(largest.await.is_err());
        drop((one, other));
        let _largest = http.memory(128 << 20).await;
        let small = tokio::time::timeout(Duration::from_millis(20), http.memory(1 << 20));
        assert!(small.await.is_err());
    }

    #[tokio::test]
    async fn a_request_is_given_up_after_two_minutes() {
        let logins = Logins::new(Vec::new(), Some("/dev/null".as_ref()), false);
        let http = Http::new(Settings::default(), logins, Meter::default());
        let ask = Request::get("https://index.test/".parse().unwrap());
        let failed = |begun| http.be_patient(Failure::passing("no".to_owned()), (1, begun), &ask);
        assert!(failed(Instant::now()).await.is_ok());
        let begun = Instant::now().checked_sub(Duration::from_mins(2));
        assert!(failed(begun.expect("the machine is up")).await.is_err());
    }

    /// Of large bodies, one is received at a time.
    #[tokio::test]
    async fn bodies_on_their_way_are_bounded() {
        let logins = Logins::new(Vec::new(), Some("/dev/null".as_ref()), false);
        let http = Http::new(Settings::default(), logins, Meter::default());
        let page = 120 << 20;
        let one = http.receiving(page).await;
        let other = tokio::time::timeout(Duration::from_millis(20), http.receiving(page));
        assert!(other.await.is_err());
        assert!(http.receiving(UNCOUNTED_BODY).await.is_none());
        drop(one);
        assert!(http.receiving(page).await.is_some());
    }
}
