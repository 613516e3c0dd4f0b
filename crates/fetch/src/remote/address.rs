//! Where a mirror is: `s3://BUCKET/PREFIX`, `gs://…`, `az://CONTAINER/PREFIX` or `file:///FOLDER`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::path::Path;
use url::Url;

/// The address of a mirror; it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorAddress {
    service: Service,
    prefix: Path,
    /// As it is shown.
    text: String,
}

/// What keeps the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Service {
    /// S3, or a server that speaks as it does.
    S3 { bucket: String },
    /// Google Cloud Storage.
    Google { bucket: String },
    /// Azure Blob Storage.
    Azure { container: String },
    /// A folder of this machine.
    Folder,
}

/// The error for a text that is not the address of a mirror.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseMirrorError {
    /// Not a URL.
    #[error("not a URL; write a mirror as s3://bucket/prefix, gs://…, az://… or file:///folder")]
    NotAUrl,
    /// A URL of another scheme.
    #[error("`{0}:` is not the scheme of a mirror; use s3://, gs://, az:// or file://")]
    Scheme(String),
    /// A login, or a query that may hold a signature.
    #[error("it has more than bucket and prefix; credentials come from the environment")]
    Credentials,
    /// No bucket.
    #[error("it does not name a bucket")]
    NoBucket,
    /// A `file` URL that names no folder of this machine.
    #[error(
        "it does not name a folder of this machine; a file URL has three slashes, as in file:///srv/wheels"
    )]
    NotAFolder,
    /// A prefix that cannot be one of objects.
    #[error("its path is not valid for objects: {0}")]
    Prefix(String),
}

impl MirrorAddress {
    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// The path of an object, whose name may have folders in it.
    pub(super) fn object(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), Path::join)
    }
}

impl FromStr for MirrorAddress {
    type Err = ParseMirrorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| ParseMirrorError::NotAUrl)?;
        let bucket = || match url.host_str() {
            Some(host) if !host.is_empty() => Ok(host.to_owned()),
            _ => Err(ParseMirrorError::NoBucket),
        };
        let service = match url.scheme() {
            "s3" => Service::S3 { bucket: bucket()? },
            "gs" => Service::Google { bucket: bucket()? },
            "az" => Service::Azure {
                container: bucket()?,
            },
            "file" => Service::Folder,
            other => return Err(ParseMirrorError::Scheme(other.to_owned())),
        };
        let has_login = !url.username().is_empty() || url.password().is_some();
        if has_login || url.port().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(ParseMirrorError::Credentials);
        }
        let prefix = match service {
            Service::Folder => Path::from_absolute_path(folder(&url)?),
            _ => Path::from_url_path(url.path()),
        };
        Ok(Self {
            service,
            prefix: prefix.map_err(|error| ParseMirrorError::Prefix(error.to_string()))?,
            text: text.trim_end_matches('/').to_owned(),
        })
    }
}

fn folder(url: &Url) -> Result<PathBuf, ParseMirrorError> {
    url.to_file_path()
        .map_err(|()| ParseMirrorError::NotAFolder)
}

impl fmt::Display for MirrorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_a_prefix() {
        for (text, object) in [
            ("s3://bucket", "a.whl"),
            ("s3://bucket/", "a.whl"),
            ("gs://Some.bucket_name/some/prefix", "some/prefix/a.whl"),
            ("az://container/some/prefix/", "some/prefix/a.whl"),
        ] {
            let address: MirrorAddress = text.parse().unwrap();
            assert_eq!(address.object("a.whl").as_ref(), object);
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
        }
        let address: MirrorAddress = "s3://bucket/p".parse().unwrap();
        let object = address.object("simple/a-b/index.html");
        assert_eq!(object.as_ref(), "p/simple/a-b/index.html");
    }

    /// What is refused is not repeated: there may be a secret in it.
    #[test]
    fn a_text_that_is_not_an_address_is_reported_without_repeating_it() {
        let error = |text: &str| text.parse::<MirrorAddress>().unwrap_err().to_string();
        insta::assert_snapshot!(error("/srv/wheels"), @"not a URL; write a mirror as s3://bucket/prefix, gs://…, az://… or file:///folder");
        insta::assert_snapshot!(error("ftp://example.invalid/wheels"), @"`ftp:` is not the scheme of a mirror; use s3://, gs://, az:// or file://");
        insta::assert_snapshot!(error("s3://key:secret@bucket"), @"it has more than bucket and prefix; credentials come from the environment");
        insta::assert_snapshot!(error("az://container/p?sig=secret"), @"it has more than bucket and prefix; credentials come from the environment");
        insta::assert_snapshot!(error("s3:///wheels"), @"it does not name a bucket");
        insta::assert_snapshot!(error("s3:wheels"), @"it does not name a bucket");
        assert!(
            error("file://server.invalid/wheels").contains("a folder of this machine")
                || cfg!(windows)
        );
    }
}
