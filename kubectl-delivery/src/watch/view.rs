//! Draws deliveries: a table with progress bars for a terminal, a line for anything else. Pure.

use super::board::Row;
use crate::output::{self, printable};
use delivery_api::DeliveryPhase;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The narrowest and the widest bar, in characters.
const BAR: (usize, usize) = (8, 40);
/// The longest message that is shown, in characters.
const MESSAGE: usize = 60;

/// A terminal's size, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: usize,
    /// Lines.
    pub height: usize,
}

/// A frame: no line is wider than the terminal, and there are not more lines than it has.
#[must_use]
pub fn frame(rows: &[&Row], now: Timestamp, size: Size) -> Vec<String> {
    if rows.is_empty() {
        return vec![cut("No deliveries yet.", size.width)];
    }
    let longest = |heading: &str, cell: fn(&Row) -> &str, most: usize| {
        let cells = rows.iter().map(|row| printable(cell(row)).chars().count());
        cells.chain([heading.len()]).max().unwrap_or_default().min(most)
    };
    let name = longest("NAME", |row| &row.name, 40);
    let courier = longest("COURIER", |row| &row.courier, 16);
    let fixed = name + courier + "   ".len() * 5 + "Suspended".len() + "100%".len() + "9m59s".len() + "123 km/h".len();
    let bar = size.width.saturating_sub(fixed).clamp(BAR.0, BAR.1);
    let room = size.height.saturating_sub(2).max(1);
    let mut lines = vec![format!(
        "{:name$}   {:courier$}   {:9}   {:bar_and_percent$}   {:5}   SPEED",
        "NAME",
        "COURIER",
        "PHASE",
        "PROGRESS",
        "ETA",
        bar_and_percent = bar + 5,
    )];
    for row in rows.iter().take(room) {
        let Row { percent, speed, message, .. } = row;
        let speed = if message.is_empty() { speed } else { message };
        lines.push(format!(
            "{:name$}   {:courier$}   {:9}   {} {percent:>3}%   {:5}   {}",
            cut(&printable(&row.name), name),
            cut(&printable(&row.courier), courier),
            row.phase.name(),
            progress_bar(*percent, bar),
            eta(row, now),
            cut(&printable(speed), MESSAGE),
        ));
    }
    if rows.len() > room {
        lines.push(format!("… and {} more", rows.len() - room));
    }
    lines.into_iter().map(|line| cut(line.trim_end(), size.width)).collect()
}

/// A bar of that many characters, in eighths of a character.
fn progress_bar(percent: u32, width: usize) -> String {
    const PARTS: [char; 8] = ['·', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = usize::try_from(percent.min(100)).unwrap_or_default() * width * 8 / 100;
    let full = eighths / 8;
    let mut bar = "█".repeat(full);
    if full < width {
        bar.push(PARTS[eighths % 8]);
        bar.push_str(&"·".repeat(width - full - 1));
    }
    bar
}

/// The time left, or the time that it took.
fn eta(row: &Row, now: Timestamp) -> String {
    match (row.phase, row.arrives_at, row.started_at.zip(row.finished_at)) {
        (DeliveryPhase::Running, Some(arrives), _) => output::age(arrives.duration_since(now)),
        (DeliveryPhase::Finished, _, Some((started, finished))) => output::since(started, finished),
        _ => "-".to_owned(),
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A line for a log: what has changed.
#[must_use]
pub fn line(row: &Row, now: Timestamp) -> String {
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

/// The same as JSON.
#[must_use]
pub fn json(row: &Row, deleted: bool) -> Value {
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
mod tests {
    use super::*;

    fn row(name: &str, phase: DeliveryPhase, percent: u32) -> Row {
        Row {
            name: name.into(),
            courier: "moto-7".into(),
            phase,
            percent,
            arrives_at: Some(Timestamp::from_second(68).unwrap()),
            finished_at: Some(Timestamp::from_second(109).unwrap()),
            started_at: Some(Timestamp::UNIX_EPOCH),
            speed: "62 km/h".into(),
            message: String::new(),
        }
    }

    #[test]
    fn a_frame_fits_the_terminal() {
        let rows: Vec<_> =
            (0..30).map(|at| row(&format!("primeiro-{at}-{}", "x".repeat(at)), DeliveryPhase::Running, 37)).collect();
        let rows: Vec<_> = rows.iter().collect();
        for (width, height) in [(20, 4), (80, 24), (200, 50)] {
            let lines = frame(&rows, Timestamp::UNIX_EPOCH, Size { width, height });
            assert!(lines.len() <= height, "{width}×{height}");
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
        }
        let lines = frame(&rows, Timestamp::UNIX_EPOCH, Size { width: 80, height: 24 });
        assert_eq!(lines.last().unwrap(), "… and 8 more");
        assert_eq!(frame(&[], Timestamp::UNIX_EPOCH, Size { width: 10, height: 4 }), ["No delive…"]);
    }

    #[test]
    fn a_row_shows_how_far_it_is_and_how_long_it_takes() {
        let (running, finished) = (row("a", DeliveryPhase::Running, 50), row("b", DeliveryPhase::Finished, 100));
        let mut waiting = row("c", DeliveryPhase::Pending, 0);
        waiting.message = "The DeliveryRoute x does not exist\u{1b}[2J.".into();
        let lines = frame(&[&running, &finished, &waiting], Timestamp::UNIX_EPOCH, Size { width: 76, height: 24 });
        assert_eq!(lines[0], "NAME   COURIER   PHASE       PROGRESS                        ETA     SPEED");
        assert_eq!(lines[1], "a      moto-7    Running     ████████████············  50%   68s     62 km/h");
        assert!(lines[2].contains("100%   109s"), "{}", lines[2]);
        assert!(lines[3].ends_with('…') && !lines[3].contains('\u{1b}'), "{}", lines[3]);
        assert_eq!(line(&running, Timestamp::UNIX_EPOCH), "a Running 50%, 68s left");
        assert_eq!(line(&finished, Timestamp::UNIX_EPOCH), "b Finished 100% after 109s");
        assert!(line(&waiting, Timestamp::UNIX_EPOCH).starts_with("c Pending 0%: The DeliveryRoute x"));
    }

    #[test]
    fn a_bar_has_its_width_and_grows_by_eighths() {
        assert!((0..=100).all(|percent| progress_bar(percent, 10).chars().count() == 10));
        assert_eq!([0, 1, 56, 100].map(|percent| progress_bar(percent, 5)), ["·····", "·····", "██▊··", "█████"]);
    }
}
