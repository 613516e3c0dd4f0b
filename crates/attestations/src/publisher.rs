//! The publisher of a file, as an index names it, and whether a certificate is that of the publisher.
//!
//! The claims of certificates: <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>.

use std::fmt;

use harden_packaging::printable;
use serde::Deserialize;
use serde_json::Value;
use sigstore_verify::SubjectAltName;
use sigstore_verify::crypto::CertificateInfo;

use crate::error::short;

/// Who publishes: the workflow or account that an index trusts to upload files of a project.
///
/// Displayed in one line, such as `github.com/pallets/flask (publish.yaml)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publisher {
    /// A workflow of GitHub Actions.
    GitHub {
        /// `OWNER/REPOSITORY`.
        repository: String,
        /// The name of the workflow's file.
        workflow: String,
    },
    /// A pipeline of gitlab.com.
    GitLab {
        /// `GROUP/…/PROJECT`.
        repository: String,
        /// The path of the pipeline's file.
        workflow: String,
    },
    /// A service account of Google Cloud.
    Google {
        /// Its address.
        email: String,
    },
    /// A pipeline of `CircleCI`.
    CircleCi {
        /// The ID of the project.
        project: String,
        /// The ID of the pipeline definition.
        pipeline: String,
        /// The source repository, without scheme, if the index names it.
        origin: Option<String>,
        /// The git ref, if the index names it.
        reference: Option<String>,
    },
    /// One whose attestations this program cannot verify.
    Other {
        /// What the index calls it.
        kind: String,
    },
}

#[derive(Deserialize)]
struct Repository {
    repository: String,
    #[serde(alias = "workflow_filepath")]
    workflow: String,
}

#[derive(Deserialize)]
struct Account {
    email: String,
}

#[derive(Deserialize)]
struct Pipeline {
    project_id: String,
    #[serde(rename = "pipeline_definition_id")]
    definition_id: String,
    #[serde(default)]
    vcs_origin: Option<String>,
    #[serde(default)]
    vcs_ref: Option<String>,
}

impl Publisher {
    /// Reads the `publisher` of a provenance document.
    pub(crate) fn read(json: Value) -> Result<Self, String> {
        let Some(kind) = json.get("kind").and_then(Value::as_str) else {
            return Err("a publisher has no `kind`".to_owned());
        };
        let kind = kind.to_owned();
        let wrong = |error: serde_json::Error| format!("the publisher of kind {kind}: {error}");
        match &*kind {
            "GitHub" | "GitLab" => {
                let Repository {
                    repository,
                    workflow,
                } = serde_json::from_value(json).map_err(wrong)?;
                Ok(if kind == "GitHub" {
                    Self::GitHub {
                        repository,
                        workflow,
                    }
                } else {
                    Self::GitLab {
                        repository,
                        workflow,
                    }
                })
            }
            "Google" => {
                let Account { email } = serde_json::from_value(json).map_err(wrong)?;
                Ok(Self::Google { email })
            }
            "CircleCI" => {
                let pipeline: Pipeline = serde_json::from_value(json).map_err(wrong)?;
                Ok(Self::CircleCi {
                    project: pipeline.project_id,
                    pipeline: pipeline.definition_id,
                    origin: pipeline.vcs_origin,
                    reference: pipeline.vcs_ref,
                })
            }
            _ => Ok(Self::Other { kind: short(&kind) }),
        }
    }

    /// Whether a certificate is that of this publisher.
    ///
    /// # Errors
    ///
    /// What differs, or that nothing can be said.
    pub(crate) fn check(&self, certificate: &CertificateInfo) -> Result<(), String> {
        let claims = &certificate.ci_claims;
        match self {
            Self::GitHub {
                repository,
                workflow,
            } => {
                issued_for(certificate, "https://token.actions.githubusercontent.com")?;
                let source = format!("https://github.com/{repository}");
                same("repository", claims.source_repository_uri.as_ref(), &source)?;
                let file = format!("{source}/.github/workflows/{workflow}");
                is_workflow(certificate, &file)
            }
            Self::GitLab {
                repository,
                workflow,
            } => {
                issued_for(certificate, "https://gitlab.com")?;
                let source = format!("https://gitlab.com/{repository}");
                same("repository", claims.source_repository_uri.as_ref(), &source)?;
                is_workflow(certificate, &format!("{source}//{workflow}"))
            }
            Self::Google { email } => {
                issued_for(certificate, "https://accounts.google.com")?;
                match &certificate.identity {
                    Some(SubjectAltName::Email(found)) if found == email => Ok(()),
                    found => {
                        let found = found.as_ref().map(ToString::to_string);
                        same("account", found.as_ref(), email)?;
                        Err("its identity is not an e-mail address".to_owned())
                    }
                }
            }
            Self::CircleCi {
                project,
                pipeline,
                origin,
                reference,
            } => {
                issued_for(certificate, "https://oidc.circleci.com")?;
                let signer = format!(
                    "https://circleci.com/api/v2/projects/{project}/pipeline-definitions/{pipeline}"
                );
                same("pipeline", claims.build_signer_uri.as_ref(), &signer)?;
                if let Some(origin) = origin {
                    same("repository", claims.source_repository_uri.as_ref(), origin)?;
                }
                if let Some(reference) = reference {
                    same("git ref", claims.source_repository_ref.as_ref(), reference)?;
                }
                Ok(())
            }
            Self::Other { kind } => Err(format!(
                "harden cannot verify publishers of the kind {kind}"
            )),
        }
    }
}

/// Whether a certificate was issued to an identity of this provider.
fn issued_for(certificate: &CertificateInfo, issuer: &str) -> Result<(), String> {
    same("identity provider", certificate.issuer.as_ref(), issuer)
}

/// Whether the workflow that ran is that of `file`, in whatever state of the repository.
///
/// A publisher is a file; certificates also name the ref or the commit, which the index cannot know.
fn is_workflow(certificate: &CertificateInfo, file: &str) -> Result<(), String> {
    let claims = &certificate.ci_claims;
    let states = [
        &claims.source_repository_digest,
        &claims.source_repository_ref,
    ];
    let mut states = states.into_iter().flatten();
    let ran = claims.build_config_uri.as_deref();
    let is_it = |state: &String| ran == Some(&*format!("{file}@{state}"));
    if states.any(is_it) {
        return Ok(());
    }
    if ran.is_some_and(|ran| {
        ran.strip_prefix(file)
            .is_some_and(|state| state.starts_with('@'))
    }) {
        return Err("it does not say of which ref or commit the workflow is".to_owned());
    }
    same("workflow", claims.build_config_uri.as_ref(), file)?;
    // The same file without a ref is not what certificates hold.
    Err("it names no ref or commit of the workflow".to_owned())
}

fn same(what: &str, found: Option<&String>, expected: &str) -> Result<(), String> {
    match found {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(format!(
            "its {what} is {}, not {}",
            short(found),
            short(expected)
        )),
        None => Err(format!("it names no {what}")),
    }
}

impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::GitHub {
                repository,
                workflow,
            } => format!("github.com/{repository} ({workflow})"),
            Self::GitLab {
                repository,
                workflow,
            } => format!("gitlab.com/{repository} ({workflow})"),
            Self::Google { email } => format!("Google Cloud account {email}"),
            Self::CircleCi {
                project,
                pipeline,
                origin,
                ..
            } => match origin {
                Some(origin) => format!("{origin} (CircleCI, pipeline {pipeline})"),
                None => format!("CircleCI project {project} (pipeline {pipeline})"),
            },
            Self::Other { kind } => kind.clone(),
        };
        f.write_str(&printable(&text))
    }
}
