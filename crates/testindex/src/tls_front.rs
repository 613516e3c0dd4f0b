//! A TLS front on loopback for a server that does not speak TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncWriteExt, copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::{Authority, Identity, Server};

/// A front of a [`Server`], until it is dropped.
pub struct TlsFront {
    address: SocketAddr,
    _runtime: Runtime,
}

impl TlsFront {
    /// Speaks TLS for `server` with this identity; clients must have one of the authority `clients`, if that
    /// is given.
    ///
    /// # Panics
    ///
    /// If the identity is malformed, or the system has no free port on loopback.
    pub fn start(server: &Server, identity: &Identity, clients: Option<&Authority>) -> Self {
        let runtime = crate::loopback::runtime();
        let listener = crate::loopback::listen(&runtime);
        let address = listener.local_addr().expect("it is bound");
        let acceptor = TlsAcceptor::from(Arc::new(config(identity, clients)));
        runtime.spawn(accept(listener, acceptor, server.address()));
        Self {
            address,
            _runtime: runtime,
        }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, server: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut client = match acceptor.accept(stream).into_fallible().await {
                Ok(client) => client,
                Err((_, mut refused)) => {
                    // A close with unread bytes resets the connection, and the client may lose the alert.
                    refused.shutdown().await?;
                    return copy(&mut refused, &mut sink()).await.map(|_| ());
                }
            };
            let mut server = TcpStream::connect(server).await?;
            copy_bidirectional(&mut client, &mut server)
                .await
                .map(|_| ())
        });
    }
}

fn config(identity: &Identity, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(certificate(authority.certificate()))
                .expect("the authority is valid");
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().expect("there is an authority"))
        }
    };
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("it is a key");
    builder
        .with_single_cert(vec![certificate(&identity.certificate)], key)
        .expect("the key belongs to the certificate")
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("it is a certificate")
}
