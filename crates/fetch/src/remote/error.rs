//! Errors of mirrors, converted from those of the library to ones that say what to fix.

use std::error::Error;

use object_store::client::HttpError;

/// Why a mirror could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{mirror}: {fault}")]
pub struct MirrorError {
    /// The address of the mirror, or of an object there.
    pub mirror: String,
    /// What is wrong.
    pub fault: MirrorErrorKind,
}

/// What is wrong with a mirror.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirrorErrorKind {
    /// What the environment says of the service is not enough, or wrong.
    #[error("it cannot be set up: {0}")]
    Setup(String),
    /// What is sent could be read and changed by anyone on the way.
    #[error("its endpoint is plain http on another machine; use https{}", allowed_by.map(|variable| format!(", or set {variable}=true")).unwrap_or_default())]
    Unencrypted {
        /// The variable that allows it.
        allowed_by: Option<&'static str>,
    },
    /// The environment has no credentials, nor has the machine a role.
    #[error("there are no credentials for it: {0}")]
    NoCredentials(String),
    /// The service refuses the credentials, or they do not allow this.
    #[error("the credentials are refused: {0}")]
    Refused(String),
    /// There is no such bucket.
    #[error("there is no such bucket or container")]
    NoBucket,
    /// Nothing answers.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The service, or the disk of a folder, failed.
    #[error("it failed: {0}")]
    Failed(String),
}

impl MirrorErrorKind {
    /// What the library's error says.
    pub(super) fn of(error: &object_store::Error) -> Self {
        let chain_text = chain(error);
        if let Some(missing) = asks_machine(&chain_text) {
            return Self::NoCredentials(missing.to_owned());
        }
        let said = said(&chain_text);
        match error {
            _ if is_refusal(error) => Self::Refused(said),
            _ if is_bucket_missing(&chain_text) => Self::NoBucket,
            _ if chain_text.contains("invalid_grant") => Self::Refused(said),
            _ => match transport(error) {
                Some(why) => Self::Unreachable(why),
                None => Self::Failed(said),
            },
        }
    }
}

/// Whether the library says that the credentials do not do.
pub(super) fn is_refusal(error: &object_store::Error) -> bool {
    matches!(
        error,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
    )
}

/// Whether the library says that there is no such object, the bucket being there.
pub(super) fn is_object_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && !is_bucket_missing(&chain(error))
}

/// The codes of S3, Google's message and Azure's code.
fn is_bucket_missing(chain_text: &str) -> bool {
    let signs = [
        "NoSuchBucket",
        "The specified bucket does not exist",
        "ContainerNotFound",
    ];
    signs.iter().any(|sign| chain_text.contains(sign))
}

/// What is asked where the environment has no credentials: the machine, for those of its role.
fn asks_machine(chain_text: &str) -> Option<&'static str> {
    let places = ["169.254.169.254", "metadata.google.internal"];
    let asked = places.iter().any(|place| chain_text.contains(place));
    asked.then_some("neither in the environment nor from the machine's own role")
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !chain.contains(&text) {
            chain = format!("{chain}: {text}");
        }
        cause = error.source();
    }
    chain
}

/// Why no reply came, if none did.
fn transport(error: &(dyn Error + 'static)) -> Option<String> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(failed) = error.downcast_ref::<HttpError>() {
            let mut innermost: &(dyn Error + 'static) = failed;
            while let Some(inner) = innermost.source() {
                innermost = inner;
            }
            return Some(innermost.to_string());
        }
        current = error.source();
    }
    None
}

/// What a reply says, in one line: the code and the message in its body, else its status. The rest
/// of a body may repeat what was signed and by whom.
fn said(chain_text: &str) -> String {
    let code =
        between(chain_text, "<Code>", "</Code>").or(between(chain_text, "\"error\": \"", "\""));
    let message = between(chain_text, "<Message>", "</Message>").or(between(
        chain_text,
        "\"error_description\": \"",
        "\"",
    ));
    let status = chain_text
        .split_once("status code: ")
        .map(|(_, rest)| rest.split(": ").next().unwrap_or(rest));
    let said = match (code, message, status) {
        (Some(code), Some(message), _) => format!("{code}: {message}"),
        (Some(code), None, _) => code.to_owned(),
        (None, Some(message), _) => message.to_owned(),
        (None, None, Some(status)) => status.to_owned(),
        (None, None, None) => chain_text.to_owned(),
    };
    let said = said.lines().next().unwrap_or_default();
    said.trim_end_matches([' ', '.', ':']).to_owned()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    let (inner, _) = rest.split_once(after)?;
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(
        error: fn(Box<dyn Error + Send + Sync>) -> object_store::Error,
        chain_text: &str,
    ) -> String {
        MirrorErrorKind::of(&error(chain_text.into())).to_string()
    }

    #[test]
    fn a_reply_is_shown_by_its_code_and_message_alone() {
        let refused = |source| object_store::Error::PermissionDenied {
            path: "wheels/a.whl".into(),
            source,
        };
        let body = "Error performing PUT http://127.0.0.1/b/a.whl in 2ms - Server returned non-2xx \
             status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code><Message>The \
             signature does not match.</Message><AWSAccessKeyId>KEY</AWSAccessKeyId></Error>";
        insta::assert_snapshot!(fault(refused, body), @"the credentials are refused: SignatureDoesNotMatch: The signature does not match");
        let head = "Error performing HEAD http://127.0.0.1/b/a.whl in 2ms - Server returned non-2xx \
             status code: 403 Forbidden: ";
        insta::assert_snapshot!(fault(refused, head), @"the credentials are refused: 403 Forbidden");
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_object() {
        let missing = |chain_text: &str| object_store::Error::NotFound {
            path: "wheels/a.whl".into(),
            source: chain_text.to_owned().into(),
        };
        assert!(is_object_missing(&missing("<Code>NoSuchKey</Code>")));
        for chain_text in [
            "<Code>NoSuchBucket</Code>",
            "<Code>ContainerNotFound</Code>",
        ] {
            assert!(!is_object_missing(&missing(chain_text)));
            assert_eq!(
                MirrorErrorKind::of(&missing(chain_text)),
                MirrorErrorKind::NoBucket
            );
        }
    }

    #[test]
    fn missing_credentials_are_reported() {
        let generic = |source| object_store::Error::Generic {
            store: "S3",
            source,
        };
        let chain_text =
            "Error performing PUT http://169.254.169.254/latest/api/token in 4s - timed out";
        insta::assert_snapshot!(fault(generic, chain_text), @"there are no credentials for it: neither in the environment nor from the machine's own role");
    }
}
