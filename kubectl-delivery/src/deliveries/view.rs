//! Renders deliveries: a table with progress bars for a terminal, lines for anything else. Pure.

use std::fmt::Write as _;

use delivery_api::DeliveryPhase;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::watched::Row;
use crate::base::duration;
use crate::base::screen::{Size, cut};
use crate::base::table::printable;

/// In characters.
const MIN_BAR_WIDTH: usize = 8;
const MAX_BAR_WIDTH: usize = 40;
/// In characters.
const MAX_MESSAGE_WIDTH: usize = 60;

/// The lines of a frame that fits the terminal.
pub(crate) fn frame(rows: &[&Row], now: Timestamp, size: Size) -> Vec<String> {
    if rows.is_empty() {
        return vec![cut("No deliveries yet.", size.width)];
    }
    let longest = |heading: &str, cell: fn(&Row) -> &str, max: usize| {
        let cells = rows.iter().map(|row| printable(cell(row)).chars().count());
        cells.chain([heading.len()]).max().unwrap_or_default().min(max)
    };
    let name = longest("NAME", |row| &row.name, 40);
    let courier = longest("COURIER", |row| &row.courier, 16);
    let fixed = name + courier + "   ".len() * 5 + "Suspended".len() + "100%".len() + "9m59s".len() + "123 km/h".len();
    let bar = size.width.saturating_sub(fixed).clamp(MIN_BAR_WIDTH, MAX_BAR_WIDTH);
    let max_rows = size.height.saturating_sub(2).max(1);
    let mut lines = vec![format!(
        "{:name$}   {:courier$}   {:9}   {:bar_and_percent$}   {:5}   SPEED",
        "NAME",
        "COURIER",
        "PHASE",
        "PROGRESS",
        "ETA",
        bar_and_percent = bar + 5,
    )];
    for row in rows.iter().take(max_rows) {
        let Row { percent, speed, message, .. } = row;
        let speed = if message.is_empty() { speed } else { message };
        lines.push(format!(
            "{:name$}   {:courier$}   {:9}   {} {percent:>3}%   {:5}   {}",
            cut(&printable(&row.name), name),
            cut(&printable(&row.courier), courier),
            row.phase.name(),
            progress_bar(*percent, bar),
            eta(row, now),
            cut(&printable(speed), MAX_MESSAGE_WIDTH),
        ));
    }
    if rows.len() > max_rows {
        lines.push(format!("… and {} more", rows.len() - max_rows));
    }
    lines.into_iter().map(|line| cut(line.trim_end(), size.width)).collect()
}

/// A bar of `width` characters with a resolution of an eighth of a character.
fn progress_bar(percent: u32, width: usize) -> String {
    const PARTS: [char; 8] = ['·', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = usize::try_from(percent.min(100)).unwrap_or_default() * width * 8 / 100;
    let full = eighths / 8;
    let mut bar = "█".repeat(full);
    if full < width {
        bar.extend(PARTS.get(eighths % 8));
        bar.push_str(&"·".repeat(width - full - 1));
    }
    bar
}

/// The time left, or the time that the delivery took.
fn eta(row: &Row, now: Timestamp) -> String {
    match (row.phase, row.arrives_at, row.started_at.zip(row.finished_at)) {
        (DeliveryPhase::Running, Some(arrives), _) => duration::age(arrives.duration_since(now)),
        (DeliveryPhase::Finished, _, Some((started, finished))) => duration::since(started, finished),
        _ => "-".to_owned(),
    }
}

/// A line for a log.
pub(crate) fn line(row: &Row, now: Timestamp) -> String {
    let mut line = format!("{} {} {}%", printable(&row.name), row.phase.name(), row.percent);
    // Writing to a String cannot fail.
    let _ = match row.phase {
        DeliveryPhase::Running if row.arrives_at.is_some() => write!(line, ", {} left", eta(row, now)),
        DeliveryPhase::Finished if row.finished_at.is_some() => write!(line, " after {}", eta(row, now)),
        _ if !row.message.is_empty() => write!(line, ": {}", printable(&row.message)),
        _ => Ok(()),
    };
    line
}

/// A line of JSON.
pub(crate) fn json(row: &Row, deleted: bool) -> Value {
    json!({
        "name": row.name,
        "courier": row.courier,
        "phase": row.phase,
        "progressPercent": row.percent,
        "arrivesAt": row.arrives_at,
        "startedAt": row.started_at,
        "finishedAt": row.finished_at,
        "speed": row.speed,
        "message": row.message,
        "deleted": deleted,
    })
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
