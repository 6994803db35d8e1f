//! A trace as a waterfall: a line per span, with its beginning, its duration and a bar. Pure.

use std::fmt::Write as _;

use super::waterfall::{Step, Waterfall};
use crate::base::duration::milliseconds;
use crate::base::output::counted;
use crate::base::table::{Side, Table, printable};

/// The fewest and the most characters of the bars.
const BARS: (usize, usize) = (10, 60);

/// The picture, as wide as the terminal if possible; `wide`: with the pods.
pub(crate) fn text(waterfall: &Waterfall, wide: bool, width: usize) -> String {
    let Waterfall { namespace, delivery, trace_id, spans } = waterfall;
    let count = counted(u64::try_from(spans.len()).unwrap_or(u64::MAX), "span", "spans");
    let length = waterfall.length();
    let title = format!("Trace {trace_id} of the Delivery {namespace}/{delivery}: {count}, {}", shown(length));
    // The bars get what the other columns leave.
    let plain = table(spans, wide, None);
    let used = plain.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 3;
    let bars = width.saturating_sub(used).clamp(BARS.0, BARS.1);
    let mut text = format!("{}\n\n{}", printable(&title), table(spans, wide, Some((bars, length))));
    for Step { name, service, error, .. } in spans {
        if let Some(error) = error {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n{}", printable(&format!("{name} ({service}) failed: {error}")));
        }
    }
    text
}

fn table(spans: &[Step], wide: bool, bars: Option<(usize, i64)>) -> String {
    let mut columns = vec![("SPAN", Side::Left), ("SERVICE", Side::Left)];
    columns.extend(wide.then_some(("POD", Side::Left)));
    columns.extend([("START", Side::Right), ("DURATION", Side::Right)]);
    columns.extend(bars.map(|_| ("", Side::Left)));
    let mut table = Table::new(columns);
    for step in spans {
        let mark = if step.error.is_some() { " ✗" } else { "" };
        let mut cells = vec![format!("{}{}{mark}", "  ".repeat(step.depth.min(8)), step.name), step.service.clone()];
        cells.extend(wide.then(|| step.instance.clone().unwrap_or_default()));
        cells.extend([shown(step.start_microseconds), shown(step.duration_microseconds)]);
        cells.extend(bars.map(|(width, length)| bar(step, width, length)));
        table.row(cells);
    }
    table.text()
}

/// The bar of a span in a trace of this length: never shorter than one character, never beyond the end.
fn bar(step: &Step, width: usize, length: i64) -> String {
    let place = |microseconds: i64| {
        let (part, whole) = (i128::from(microseconds.clamp(0, length.max(0))), i128::from(length.max(1)));
        let width = i128::try_from(width).unwrap_or_default();
        usize::try_from(part * width / whole).unwrap_or_default()
    };
    let begin = place(step.start_microseconds).min(width.saturating_sub(1));
    let end = place(step.start_microseconds.saturating_add(step.duration_microseconds)).max(begin + 1);
    format!("{}{}", " ".repeat(begin), "▇".repeat(end - begin))
}

/// Microseconds, for people.
fn shown(microseconds: i64) -> String {
    milliseconds(microseconds / 1_000)
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
