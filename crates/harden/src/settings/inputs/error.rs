//! Errors of loose requirements.

use std::path::Path;

use harden_requirements::{ProjectFiles, ReadError};

use crate::report::format::at_most;
use crate::report::{Exit, Report};

/// Why the loose requirements cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputsError {
    /// A folder stands where a requirements file is expected.
    #[error("`{0}` is a folder, not a requirements file")]
    LooseIsFolder(String),
    /// `--extra` or `--group` without a project.
    #[error("--extra and --group need a pyproject.toml, and none is given")]
    NoProject,
    /// A URL cannot be read, perhaps among other faults.
    #[error("{0}")]
    NotDownloaded(ReadError, Exit),
    /// Lines that cannot be pinned by a hash.
    #[error("{}", at_most(.0, 10))]
    Unsuitable(Vec<String>),
}

impl Report for InputsError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotDownloaded(_, exit) => *exit,
            _ => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::LooseIsFolder(folder) => {
                let mut names = ProjectFiles::NAMES.into_iter();
                let project = names.find(|name| Path::new(folder).join(name).is_file());
                Some(match project {
                    Some(name) => {
                        let project = Path::new(folder).join(name);
                        format!("name its project: `harden {}`", project.display())
                    }
                    None => "name a file in it, or run `harden init` there".to_owned(),
                })
            }
            Self::NoProject => Some("add it, as in `harden pyproject.toml --group dev`".to_owned()),
            Self::NotDownloaded(..) | Self::Unsuitable(_) => None,
        }
    }
}
