//! Standard output, its formats, and counted nouns.

use std::io::Write as _;

use super::error::Error;

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
