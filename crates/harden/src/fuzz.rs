//! What the fuzz targets in `fuzz/` call: readers of settings, which are private otherwise.

use crate::settings::{config, pip_config};

/// Reads a configuration, as `harden.toml` and as `pyproject.toml`.
pub fn config(text: &str) {
    config::look(text);
}

/// Reads a configuration of pip.
pub fn pip_config(text: &str) {
    pip_config::look(text);
}
