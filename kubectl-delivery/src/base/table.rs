//! Tables as kubectl prints them.

use std::fmt::Write as _;

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// For text.
    Left,
    /// For numbers.
    Right,
}

/// Headings, and rows with as many cells. Cells are made [`printable`].
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
}

impl Table {
    pub(crate) fn new(columns: Vec<(&'static str, Side)>) -> Self {
        Self { columns, rows: Vec::new(), widths: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// The table, each line with its line break.
    pub(crate) fn text(&mut self) -> String {
        let headings: Vec<_> = self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        self.widths = (0..headings.len())
            .map(|place| {
                let cells = self.rows.iter().chain([&headings]).filter_map(|row| row.get(place));
                cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
            })
            .collect();
        std::iter::once(&headings).chain(&self.rows).map(|cells| self.line(cells)).collect()
    }

    /// One more row, aligned with the last [`Self::text`], with its line break.
    pub(crate) fn next_row(&self, cells: Vec<String>) -> String {
        self.line(&cells.into_iter().map(|cell| printable(&cell)).collect::<Vec<_>>())
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for ((cell, (_, side)), width) in cells.iter().zip(&self.columns).zip(&self.widths) {
            // Writing to a String cannot fail.
            let _ = match side {
                Side::Left => write!(line, "{cell:<width$}   "),
                Side::Right => write!(line, "{cell:>width$}   "),
            };
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

/// Text without control characters: text from elsewhere must not control the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
#[path = "tests/table.rs"]
mod tests;
