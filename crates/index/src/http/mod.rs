//! One request, with its credentials, retries and errors.
//!
//! [`Request`] says what to send. [`Http::ask`] sends it and reads the whole reply, [`Http::open`] leaves
//! the body to be streamed. Any status that will not pass is a reply, for the caller to judge.

mod connect;
mod encoding;
mod keyring;
mod login;
mod netrc;
mod permits;
mod proxy;
mod reply;
mod request;
mod retry;
mod send;
mod slow_body;
mod tls;
mod validators;

pub use connect::http_client;
pub(crate) use encoding::{Inflater, decompress};
pub(crate) use login::{Login, Logins, percent_decoded};
pub(crate) use netrc::read as read_netrc;
pub(crate) use reply::{Answer, LOGIN_HINT, Refusal, Reply, media_type};
pub(crate) use request::{LARGEST_PAGE, Request};
pub(crate) use send::Http;
pub(crate) use slow_body::Pace;
pub(crate) use validators::Validators;
