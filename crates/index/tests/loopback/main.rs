//! The client against a server on loopback: negotiation, retries, ranges, digests, the cache.

mod caching;
mod files;
mod limits;
mod metadata;
mod pages;
mod places;
mod references;
mod sdists;
mod server;
mod several;

use std::path::Path;
use std::sync::Arc;

use harden_index::{IndexClient, Settings};
use harden_packaging::{DistFile, Index, IndexError, Project};

use crate::server::Server;

const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";
const WHEEL: &str = "a-1.0-py3-none-any.whl";

/// Settings for the one index at `server`, which give up after one more try.
fn settings(server: &Server) -> Settings {
    Settings {
        indexes: vec![server.at("/simple").parse().unwrap()],
        netrc: Some("/dev/null".into()),
        retries: 1,
        ..Settings::default()
    }
}

fn client(server: &Server) -> IndexClient {
    IndexClient::new(settings(server)).unwrap()
}

fn cached_client(server: &Server, cache: &Path) -> IndexClient {
    IndexClient::new(Settings {
        cache_dir: Some(cache.to_owned()),
        ..settings(server)
    })
    .unwrap()
}

fn project(client: &IndexClient) -> Result<Arc<Project>, IndexError> {
    client.project(&"a".parse().unwrap())
}

/// The newest file of the project `a`, by name.
fn first_file(client: &IndexClient) -> Arc<DistFile> {
    Arc::clone(&project(client).unwrap().releases[0].files()[0])
}

/// The message of an error, the server's address replaced, which differs each time.
fn message(server: &Server, error: &IndexError) -> String {
    format!("{:?}: {error}", error.kind).replace(&server.at(""), "SERVER")
}
