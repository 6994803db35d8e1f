//! Standard output, its formats, and counted nouns.

use std::io::Write as _;

use serde::Serialize;

use super::error::Error;
use super::yaml::yaml;

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// Whether programs read it.
    pub(crate) const fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }

    /// A whole document, with its line break: JSON unless it is to be YAML.
    pub(crate) fn document(self, value: &impl Serialize) -> Result<String, Error> {
        match self {
            Self::Yaml => Ok(yaml(&serde_json::to_value(value)?)),
            Self::Table | Self::Wide | Self::Json => Ok(serde_json::to_string_pretty(value)? + "\n"),
        }
    }

    /// One of many documents that follow one another: a line of JSON, or YAML after its separator.
    pub(crate) fn next_document(self, value: &impl Serialize) -> Result<String, Error> {
        match self {
            Self::Yaml => Ok(format!("---\n{}", self.document(value)?)),
            Self::Table | Self::Wide | Self::Json => Ok(serde_json::to_string(value)? + "\n"),
        }
    }
}

/// Writes to standard output, and flushes.
pub(crate) fn write_stdout(text: &str) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush().map_err(Error::from)
}

/// `1 delivery`, `2 deliveries`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
