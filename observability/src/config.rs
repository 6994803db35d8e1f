//! Reads a service's configuration file.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::secrets::without_values;

/// Where a service looks for its configuration by default.
pub const DEFAULT_PATH: &str = "/etc/code-delivery/config.yaml";

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("Cannot read the configuration file {}: {source}. Name another with --config.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file does not hold a configuration.
    #[error("The configuration file {} is not valid: {problem}.", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The field and what is wrong with it, without its value.
        problem: String,
    },
}

/// Reads a YAML file as `T`, which should have `deny_unknown_fields`, so that a mistyped field is an error.
///
/// # Errors
/// When the file cannot be read or does not hold a `T`.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    serde_yaml::from_str(&text)
        .map_err(|error| ConfigError::Invalid { path: path.to_owned(), problem: without_values(&error.to_string()) })
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
