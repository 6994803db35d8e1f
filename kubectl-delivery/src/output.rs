//! What commands print: tables as kubectl prints them, and durations for the eye. Pure, but for [`say`].

use crate::error::Error;
use delivery_messages::Millis;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write as _;
use std::io::Write as _;

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// JSON.
    Json,
}

/// The side to which a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table: headings, and rows of as many cells.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
}

impl Table {
    /// A table of these columns.
    #[must_use]
    pub fn new(columns: Vec<(&'static str, Side)>) -> Self {
        Self { columns, rows: Vec::new(), widths: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// The table as text, each line ended.
    #[must_use]
    pub fn text(&mut self) -> String {
        let headings: Vec<_> = self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        self.widths = (0..headings.len())
            .map(|place| {
                let cells = self.rows.iter().chain([&headings]).filter_map(|row| row.get(place));
                cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
            })
            .collect();
        std::iter::once(&headings).chain(&self.rows).map(|cells| self.line(cells)).collect()
    }

    /// One more row below the text that was made last, ended.
    #[must_use]
    pub fn more(&self, cells: Vec<String>) -> String {
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

/// Text without what would move a terminal's cursor: what others wrote cannot change what a person sees around it.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

/// Writes to the standard output, at once.
///
/// # Errors
/// When nobody reads it any more.
pub fn say(text: &str) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush().map_err(Error::from)
}

/// `1 delivery`, `2 deliveries`.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A number of milliseconds: `48 ms`, `1.2 s`, `10m3s`.
#[must_use]
pub fn milliseconds(count: i64) -> String {
    match count {
        ..1_000 => format!("{count} ms"),
        1_000..60_000 => format!("{}.{} s", count / 1_000, count % 1_000 / 100),
        _ => age(SignedDuration::from_millis(count)),
    }
}

/// A duration as kubectl shows ages: `41s`, `3m20s`, `5h`, `2d3h`.
#[must_use]
pub fn age(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let pair = |big: i64, unit: &str, small: i64, of: &str| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{of}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}

/// Reads a duration that a person has typed: `90s`, `30m`, `1h30m`.
///
/// # Errors
/// What can be typed instead.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let duration = text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    duration.ok_or_else(|| "it is no duration; write hours, minutes and seconds, such as 90s, 30m or 1h30m".to_owned())
}

/// The time so long ago, in milliseconds since the Unix epoch.
#[must_use]
pub fn ago(duration: SignedDuration) -> Millis {
    Timestamp::now().as_millisecond().saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// The time from then to now, as an age.
#[must_use]
pub fn since(then: Timestamp, now: Timestamp) -> String {
    age(now.duration_since(then))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_ends_without_blanks() {
        let mut table = Table::new(vec![("DELIVERY", Side::Left), ("GAPS", Side::Right), ("VERDICT", Side::Left)]);
        table.row(vec!["primeiro".into(), "0".into(), "complete".into()]);
        table.row(vec!["são-paulo-centro".into(), "12345".into(), "ok".into()]);
        assert_eq!(
            table.text(),
            "DELIVERY            GAPS   VERDICT\n\
             primeiro               0   complete\n\
             são-paulo-centro   12345   ok\n"
        );
    }

    #[test]
    fn a_cell_cannot_command_the_terminal() {
        let mut table = Table::new(vec![("MESSAGE", Side::Left)]);
        table.row(vec!["\u{1b}[2Jgone\r\nnext".into()]);
        assert_eq!(table.text(), "MESSAGE\n\u{fffd}[2Jgone\u{fffd}\u{fffd}next\n");
    }

    #[test]
    fn durations_are_short_and_exact_enough() {
        let ages = [41, 119, 200, 240, 4_000, 11_000, 30_000, 180_000, 900_000, -5];
        let shown = ages.map(|seconds| age(SignedDuration::from_secs(seconds)));
        assert_eq!(shown, ["41s", "119s", "3m20s", "4m", "66m", "3h3m", "8h", "2d2h", "10d", "0s"]);
        let read = |text: &str| duration(text).ok().map(|duration| duration.as_secs());
        assert_eq!(
            ["90s", "1h30m", "2d", "-5m", "5m ago", "0s", "x"].map(read),
            [Some(90), Some(5_400), None, None, None, None, None]
        );
        assert_eq!([-3, 48, 1_260, 603_000].map(milliseconds), ["-3 ms", "48 ms", "1.2 s", "10m"]);
    }
}
