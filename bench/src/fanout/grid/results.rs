//! The file of measurements: one a line, in JSON, appended as they are made.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Results {
    file: File,
    /// The figures of each measurement that did not fail, by its key.
    figures: HashMap<String, Value>,
}

impl Results {
    /// Reads what there is, and will append to it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        // A run that was killed may have left half a line.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let figures = text.lines().filter_map(read).collect();
        Ok(Self { file, figures })
    }

    /// The figures of a measurement; none when it has not been made, or failed.
    pub(super) fn figures(&self, key: &str) -> Option<&Value> {
        self.figures.get(key)
    }

    /// Appends a measurement.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add(&mut self, key: &str, figures: Value) -> Result<()> {
        writeln!(self.file, "{}", json!({"key": key, "figures": figures}))?;
        self.figures.insert(key.to_owned(), figures);
        Ok(())
    }

    /// Appends why a measurement failed. It is made again by the next run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add_failed(&mut self, key: &str, problem: &str) -> Result<()> {
        Ok(writeln!(self.file, "{}", json!({"key": key, "failed": problem}))?)
    }
}

/// The key and the figures in a line, if it has them.
fn read(line: &str) -> Option<(String, Value)> {
    let mut record: Value = serde_json::from_str(line).ok()?;
    let key = record["key"].as_str()?.to_owned();
    let figures = record.get_mut("figures")?.take();
    Some((key, figures))
}

#[cfg(test)]
#[path = "tests/results.rs"]
mod tests;
