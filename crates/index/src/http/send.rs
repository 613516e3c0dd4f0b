//! Sending: one request until it succeeds or fails for good, and not too many at once.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::sync::{Notify, OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::task::block_in_place;

use super::encoding::Undecoded;
use super::pace::Pace;
use super::reply::refusal_of;
use super::{Answer, Logins, Refusal, Reply, Request, connect, encoding, retry};
use crate::address::shown;
use crate::error::{OFFLINE, in_one_line};
use crate::single_flight::SingleFlight;
use crate::statistics::Meter;
use crate::{Freshness, Settings};

/// MiB of decompressed bodies that may be in memory at once: two pages of the largest size.
const MOST_MEMORY: u32 = 256;

/// Bytes of the body of an error that are read, so that its connection can be used again.
const ERROR_BODY: usize = 64 << 10;

/// Bytes of a body that are decompressed in less time than handing them to another thread takes.
const SMALL_BODY: usize = 16 << 10;

/// How long a new connection takes into the pool where other requests find it, and some more.
const POOLING: Duration = Duration::from_millis(1);

/// What sends requests: the client, who we are, how many may go at once, how patient we are.
pub(crate) struct Http {
    settings: Settings,
    logins: Logins,
    client: OnceCell<Result<reqwest::Client, Refusal>>,
    permits: Arc<Semaphore>,
    /// One permit for each MiB of decompressed bodies.
    memory: Arc<Semaphore>,
    /// The servers that have been connected to once.
    origins: SingleFlight<String, ()>,
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
    Yes { asked_wait: Option<Duration> },
}

impl Http {
    pub(crate) fn new(settings: Settings, logins: Logins, meter: Meter) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(
                settings.concurrency.clamp(1, Semaphore::MAX_PERMITS),
            )),
            memory: Arc::new(Semaphore::new(MOST_MEMORY as usize)),
            settings,
            logins,
            client: OnceCell::new(),
            origins: SingleFlight::default(),
            connections: Arc::default(),
            meter,
        }
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

    async fn answer(
        &self,
        ask: &Request<'_>,
        is_read: impl Fn(StatusCode) -> bool,
    ) -> Result<Answer, Refusal> {
        let permit = self.permit().await?;
        let mut failures = 0;
        loop {
            let answer = match self.try_once(ask).await {
                Ok(response) if !is_read(response.status()) => {
                    return Ok(Answer::Unread(response, permit));
                }
                Ok(response) => self.read(response, ask.limit()).await,
                Err(failure) => Err(failure),
            };
            match answer {
                Ok(reply) => return Ok(Answer::Read(reply)),
                Err(failure) => self.be_patient(failure, &mut failures, ask).await?,
            }
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.settings.freshness == Freshness::Offline {
            return Err(OFFLINE.to_owned());
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        Ok(permit.expect("the semaphore is never closed"))
    }

    async fn client(&self) -> Result<&reqwest::Client, Refusal> {
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

    /// One try, to the headers. Of the requests to a server the first goes ahead alone until it is
    /// connected, so that the others find its HTTP/2 connection rather than open one each.
    async fn try_once(&self, ask: &Request<'_>) -> Result<Response, Failure> {
        let client = self.client().await.map_err(Failure::for_good)?;
        let send = || Box::pin(self.send(ask.request(client, &self.logins)));
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

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        self.meter.request();
        let response = request.send().await.map_err(Failure::of_transport)?;
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
        let expected = response.content_length().unwrap_or(0).min(limit as u64);
        let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let mut pace = Pace::start();
        while let Some(chunk) = response.chunk().await.map_err(Failure::of_transport)? {
            self.meter.received(chunk.len());
            pace.note(chunk.len()).map_err(Failure::passing)?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
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
        let mut most = encoding::told_length(headers, &body, limit);
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
                // The length that the body told was wrong.
                Err(Undecoded::TooLarge) if most < limit => most = limit,
                Err(Undecoded::TooLarge) => return Err(too_large(limit)),
                Err(Undecoded::Malformed(why)) => return Err(Failure::for_good(why)),
            }
        }
    }

    async fn memory(&self, bytes: usize) -> OwnedSemaphorePermit {
        let mebibytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        let permits = mebibytes.saturating_add(1).min(MOST_MEMORY);
        let permit = Arc::clone(&self.memory).acquire_many_owned(permits).await;
        permit.expect("the semaphore is never closed")
    }

    /// Waits for the next try, or gives the failure back when there is to be none.
    async fn be_patient(
        &self,
        failure: Failure,
        failures: &mut u32,
        ask: &Request<'_>,
    ) -> Result<(), Refusal> {
        let Again::Yes { asked_wait } = failure.again else {
            return Err(failure.why);
        };
        *failures += 1;
        let retries = if ask.is_sent_once() {
            0
        } else {
            self.settings.retries
        };
        if *failures > retries {
            return Err(match retries {
                0 => failure.why,
                _ => format!("{} (tried {failures} times)", failure.why),
            });
        }
        let wait = retry::wait(*failures, asked_wait, fastrand::f64());
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

    /// A failure on the way: another try may do better unless the way itself is refused.
    fn of_transport(error: reqwest::Error) -> Self {
        let passing = !error.is_redirect() && !error.is_builder();
        let error = error.without_url();
        let why = in_one_line(&error);
        // A certificate that is not trusted now will not be in a second.
        if why.contains("certificate") {
            let hint = "authorities are named by SSL_CERT_FILE or --cert";
            return Self::for_good(format!("{why}; {hint}"));
        }
        let again = if passing {
            Again::Yes { asked_wait: None }
        } else {
            Again::No
        };
        Self { why, again }
    }
}
