//! The arguments of `harden audit`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::{CacheArgs, IndexArgs, ShardArgs};
use crate::report::findings::FindingsFormat;

/// The public API of OSV.
const OSV_URL: &str = "https://api.osv.dev";

/// The files to audit, and the advisories.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// Strict files [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Vec<String>,
    /// OSV export to read instead of the API (repeatable)
    ///
    /// A record, a zip file or a folder of records. harden then contacts no advisory server.
    ///
    /// [default: the `osv` of the policy]
    #[arg(long, value_name = "PATH", help_heading = "Advisories")]
    pub osv: Vec<PathBuf>,
    /// Address of the OSV API [default: https://api.osv.dev]
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_OSV_URL",
        hide_env_values = true,
        help_heading = "Advisories"
    )]
    pub osv_url: Option<String>,
    /// Ask the index, not OSV
    ///
    /// Reads the vulnerabilities that PyPI's JSON API lists of each release. It lists no malware.
    #[arg(
        long,
        env = "HARDEN_AUDIT_INDEX",
        hide_env_values = true,
        value_parser = FalseyValueParser::new(),
        help_heading = "Advisories"
    )]
    pub pypi: bool,
    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_AUDIT_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: AuditFormat,
    /// Print JSON (--format json)
    #[arg(long, overrides_with = "format")]
    pub json: bool,
    #[command(flatten)]
    pub part: ShardArgs,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// The output format of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// Plain text, with the commands that fix the findings
    Text,
    /// JSON
    Json,
    /// Annotations for GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// CycloneDX 1.6 with vulnerabilities (VEX)
    Vex,
}

impl AuditArgs {
    /// The address of the OSV API.
    pub fn osv_url(&self) -> &str {
        self.osv_url.as_deref().unwrap_or(OSV_URL)
    }

    /// Whether they say where the advisories are.
    pub fn names_advisories(&self) -> bool {
        !self.osv.is_empty() || self.osv_url.is_some() || self.pypi
    }

    /// The output format.
    pub fn format(&self) -> AuditFormat {
        if self.json {
            AuditFormat::Json
        } else {
            self.format
        }
    }
}

impl AuditFormat {
    /// The format of plain findings, where it is one of those.
    pub fn of_findings(self) -> Option<FindingsFormat> {
        match self {
            Self::Text => Some(FindingsFormat::Text),
            Self::Github => Some(FindingsFormat::Github),
            Self::Sarif => Some(FindingsFormat::Sarif),
            Self::Json | Self::Vex => None,
        }
    }
}
