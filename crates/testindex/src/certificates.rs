//! Certificates for tests of TLS, new in each test, for 127.0.0.1 and index.test.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The names that every certificate is for.
const NAMES: [&str; 2] = ["127.0.0.1", "index.test"];

/// An authority, which signs certificates of servers and clients.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its private key, both in PEM form.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// A new authority.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub fn new() -> Self {
        let key = new_key();
        let params = params(true, &[]);
        let certificate = params.self_signed(&key).expect("the key is valid").pem();
        let issuer = Issuer::new(params, key);
        Self {
            certificate,
            issuer,
        }
    }

    /// Its certificate in PEM form.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A new identity that it vouches for.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub fn identity(&self) -> Identity {
        let key = new_key();
        let signed = params(false, &NAMES).signed_by(&key, &self.issuer);
        Identity {
            certificate: signed.expect("the authority is valid").pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    /// A new identity that vouches for itself: as `openssl req -x509` makes it by default, which is that of
    /// an authority, or as that of a server only.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub fn self_signed(is_authority: bool) -> Self {
        let key = new_key();
        let signed = params(is_authority, &NAMES).self_signed(&key);
        Self {
            certificate: signed.expect("the key is valid").pem(),
            key: key.serialize_pem(),
        }
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system has random numbers")
}

fn params(is_authority: bool, names: &[&str]) -> CertificateParams {
    let is_server = !names.is_empty();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("the names are valid");
    let name = if is_server { "index.test" } else { "authority" };
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = if is_authority {
        IsCa::Ca(BasicConstraints::Unconstrained)
    } else {
        IsCa::ExplicitNoCa
    };
    params
}
