//! Connects to the object store of an address, with credentials and endpoint from the environment.
//!
//! `AWS_*`, `GOOGLE_*` and `AZURE_*` mean what they mean to the `object_store` crate. Requests go
//! through our own HTTP client, so that authorities, proxies and time-outs are those of an index.

use std::sync::Arc;
use std::time::Duration;

use harden_index::{Settings, http_client};
use jiff::SignedDuration;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use url::{Host, Url};

use super::address::{MirrorAddress, Service};
use super::error::MirrorErrorKind;

/// How long after its first try a request may be tried again: signatures last five minutes.
const PATIENCE: Duration = Duration::from_mins(4);

/// The objects of the bucket that an address names.
pub(super) fn connect(
    address: &MirrorAddress,
    settings: &Settings,
) -> Result<Arc<dyn ObjectStore>, MirrorErrorKind> {
    let connector = Connector(settings.clone());
    let retry = RetryConfig {
        max_retries: usize::try_from(settings.retries).unwrap_or(usize::MAX),
        retry_timeout: PATIENCE,
        ..RetryConfig::default()
    };
    let store = match address.service() {
        Service::S3 { bucket } => {
            let builder = AmazonS3Builder::from_env();
            let endpoint = builder
                .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
                .or(builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
            let allows_http =
                builder.get_config_value(&AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
            let http = allows_plain(endpoint, allows_http.as_deref(), Some("AWS_ALLOW_HTTP"))?;
            let builder = builder.with_bucket_name(bucket).with_allow_http(http);
            let builder = builder.with_retry(retry).with_http_connector(connector);
            Arc::new(builder.build().map_err(not_set_up)?) as Arc<dyn ObjectStore>
        }
        Service::Google { bucket } => {
            let builder = GoogleCloudStorageBuilder::from_env();
            let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
            // The library allows http here, for the machine's role is asked by it.
            allows_plain(endpoint, None, None)?;
            let builder = builder.with_bucket_name(bucket);
            let builder = builder.with_retry(retry).with_http_connector(connector);
            Arc::new(builder.build().map_err(not_set_up)?)
        }
        Service::Azure { container } => {
            let builder = MicrosoftAzureBuilder::from_env();
            let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
            let allows_http =
                builder.get_config_value(&AzureConfigKey::Client(ClientConfigKey::AllowHttp));
            let http = allows_plain(endpoint, allows_http.as_deref(), Some("AZURE_ALLOW_HTTP"))?;
            let builder = builder.with_container_name(container).with_allow_http(http);
            let builder = builder.with_retry(retry).with_http_connector(connector);
            Arc::new(builder.build().map_err(not_set_up)?)
        }
        Service::Folder => Arc::new(LocalFileSystem::new().with_fsync(true)),
    };
    Ok(store)
}

/// Whether an endpoint is spoken to without encryption: one of this machine always, another only if
/// a variable says so.
fn allows_plain(
    endpoint: Option<String>,
    allowed: Option<&str>,
    variable: Option<&'static str>,
) -> Result<bool, MirrorErrorKind> {
    let is_allowed = allowed == Some("true");
    let Some(endpoint) = endpoint else {
        return Ok(is_allowed);
    };
    let url = Url::parse(&endpoint)
        .map_err(|_| MirrorErrorKind::Setup("its endpoint is not a URL".to_owned()))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "http" && !is_here && !is_allowed {
        return Err(MirrorErrorKind::Unencrypted {
            allowed_by: variable,
        });
    }
    Ok(is_allowed || is_here)
}

fn not_set_up(error: object_store::Error) -> MirrorErrorKind {
    MirrorErrorKind::Setup(match error {
        object_store::Error::Generic { source, .. } => source.to_string(),
        error => error.to_string(),
    })
}

/// Makes the HTTP client.
#[derive(Debug)]
struct Connector(Settings);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let option = |key| options.get_config_value(&key);
        let mut settings = self.0.clone();
        // The library waits no longer than a second for the service of a machine's role.
        let timeout = option(ClientConfigKey::ConnectTimeout)
            .and_then(|text| text.parse::<SignedDuration>().ok())
            .and_then(|timeout| Duration::try_from(timeout).ok());
        settings.connect_timeout = settings
            .connect_timeout
            .min(timeout.unwrap_or(Duration::MAX));
        let encrypted_only = option(ClientConfigKey::AllowHttp).as_deref() != Some("true");
        let client = http_client(&settings, encrypted_only).map_err(|error| {
            let source = Box::new(error);
            object_store::Error::Generic {
                store: "HTTP",
                source,
            }
        })?;
        Ok(HttpClient::new(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_spoken_to_in_the_clear_only_on_this_machine_or_if_that_is_allowed() {
        let allows = |endpoint: &str, allowed| {
            allows_plain(Some(endpoint.to_owned()), allowed, Some("AWS_ALLOW_HTTP"))
        };
        for here in [
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "http://localhost",
        ] {
            assert_eq!(allows(here, None), Ok(true));
        }
        assert_eq!(allows("https://s3.example.invalid", None), Ok(false));
        assert_eq!(allows("http://s3.example.invalid", Some("true")), Ok(true));
        assert!(allows("http://s3.example.invalid", Some("false")).is_err());
        assert!(allows("s3.example.invalid", None).is_err());
        assert_eq!(allows_plain(None, None, Some("AWS_ALLOW_HTTP")), Ok(false));
    }
}
