//! TLS: trusted authorities, the client certificate, and messages about certificates.
//!
//! Authorities come from pip's `cert`, else from `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`, as for pip, else
//! from `SSL_CERT_FILE` and `SSL_CERT_DIR`, else from the system.

use std::env;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
    SignatureScheme,
};

use super::Refusal;
use crate::Settings;
use crate::error::in_one_line;

/// The variables that name authorities for Python's HTTP clients, the stronger one first.
const BUNDLES: [&str; 2] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// The configuration of TLS that `settings` and the environment ask for.
///
/// # Errors
///
/// When certificates that were named cannot be read.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, Refusal> {
    let failed = |error: &dyn Error| format!("cannot set up TLS: {error}");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::new(trusted(settings)?, &provider)?);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &settings.client_certificate {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let (chain, key) = client_certificate(path)?;
            let made = builder.with_client_auth_cert(chain, key);
            made.map_err(|error| no_client_certificate(path, &error.to_string()))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn trusted(settings: &Settings) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    if let Some(path) = &settings.trusted_certificates {
        return certificates_at(path, "pip's `cert`");
    }
    for name in BUNDLES {
        let path = env::var_os(name).filter(|path| !path.is_empty());
        if let Some(path) = path.map(PathBuf::from) {
            return certificates_at(&path, name);
        }
    }
    certificates_of_system()
}

/// The certificates in a PEM file, or in all files of a folder, at least one.
fn certificates_at(path: &Path, origin: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let refused = |why: String| {
        let path = path.display();
        format!("no trusted certificates in {path}, which {origin} names: {why}")
    };
    let found = if path.is_dir() {
        certificates_in_folder(path)
    } else {
        certificates_in_file(path)
    };
    match found {
        Ok(found) if found.is_empty() => Err(refused("it has none in PEM form".to_owned())),
        found => found.map_err(|error| refused(in_one_line(&error))),
    }
}

fn certificates_in_file(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let text = fs_err::read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&text);
    let certificates: Result<_, _> = certificates.collect();
    certificates.map_err(|error| io::Error::other(error.to_string()))
}

/// The certificates of a folder as OpenSSL keeps them; what is not a file in PEM form is ignored.
fn certificates_in_folder(folder: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            certificates.extend(certificates_in_file(&path).unwrap_or_default());
        }
    }
    // A folder has each under two names: its own, and one by its digest that links to it.
    certificates.sort_by(|one: &CertificateDer, other| one.as_ref().cmp(other.as_ref()));
    certificates.dedup();
    Ok(certificates)
}

fn certificates_of_system() -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(
            || "the system has none".to_owned(),
            |error| in_one_line(error),
        );
        return Err(format!(
            "no trusted certificates: {why}; name a file of them with SSL_CERT_FILE"
        ));
    }
    for error in &found.errors {
        tracing::warn!("a certificate of the system cannot be read: {error}");
    }
    Ok(found.certs)
}

/// The certificate with its chain and the private key in one PEM file, as pip's `client-cert` has them.
fn client_certificate(
    path: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Refusal> {
    let refused = |why: &str| no_client_certificate(path, why);
    let text = fs_err::read(path).map_err(|error| refused(&in_one_line(&error)))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| refused(&error.to_string()))?;
    if chain.is_empty() {
        return Err(refused("it has no certificate in PEM form"));
    }
    let key = PrivateKeyDer::from_pem_slice(&text);
    let key = key.map_err(|_| refused("it has no private key in PEM form without a passphrase"))?;
    Ok((chain, key))
}

fn no_client_certificate(path: &Path, why: &str) -> Refusal {
    let path = path.display();
    format!("no client certificate in {path}, which pip's `client-cert` names: {why}")
}

/// Verifies servers as usual, and takes a certificate that is itself among the trusted ones.
///
/// A self-signed certificate as openssl makes it is that of an authority, which the usual rules refuse for a
/// server. OpenSSL, and so pip, takes one that is trusted as it stands; names and dates are verified.
#[derive(Debug)]
struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(
        trusted: Vec<CertificateDer<'static>>,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Self, Refusal> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let usual = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
        let usual = usual
            .build()
            .map_err(|error| format!("none of the trusted certificates can be used: {error}"))?;
        Ok(Self { usual, trusted })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = &self.usual;
        let verified =
            usual.verify_server_cert(certificate, intermediates, name, ocsp_response, now);
        match verified {
            // The dates have been verified by then.
            Err(error) if is_of_authority(&error) && self.trusted.contains(certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let usual = &self.usual;
        usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let usual = &self.usual;
        usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether a server was refused because its certificate is that of an authority.
fn is_of_authority(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    let fault = other.0.downcast_ref::<webpki::Error>();
    fault == Some(&webpki::Error::CaUsedAsEndEntity)
}

/// What to say of a failure that a certificate causes: trying again would not help.
pub(super) fn refusal(error: &(dyn Error + 'static)) -> Option<Refusal> {
    let untrusted = "name its authority with SSL_CERT_FILE, PIP_CERT or REQUESTS_CA_BUNDLE";
    match cause(error)? {
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Some(format!(
            "the certificate of the server comes from an authority that is not trusted here; {untrusted}"
        )),
        fault if is_of_authority(fault) => Some(format!(
            "the certificate of the server is self-signed and not trusted here; {untrusted}"
        )),
        rustls::Error::InvalidCertificate(fault) => Some(format!(
            "the certificate of the server is not valid: {fault}"
        )),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::AccessDenied,
        ) => Some(format!(
            "the server does not accept our certificate, or wants one: {}; name a file with a certificate \
             and its key with PIP_CLIENT_CERT",
            cause(error)?
        )),
        _ => None,
    }
}

/// The error of TLS among the causes of `error`.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // `source()` would skip the inner error, so look at that first.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = held.and_then(|held| held.downcast_ref::<rustls::Error>()) {
            return Some(found);
        }
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}
