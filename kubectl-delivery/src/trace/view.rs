//! A trace as a waterfall: a line per span, with its beginning, its duration and a bar, and below it why it failed. Pure.

use super::waterfall::{Moment, Step, Waterfall};
use crate::base::duration::milliseconds;
use crate::base::output::counted;
use crate::base::screen::{Size, cut};
use crate::base::table::{Side, Table, printable};

/// The fewest and the most characters of the bars.
const BARS: (usize, usize) = (10, 60);
/// How many of the events of a span are shown: the first.
const MAX_EVENTS: usize = 5;

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
    let table = table(spans, wide, Some((bars, length)));
    let mut rows = table.split_inclusive('\n');
    let mut text = format!("{}\n\n{}", printable(&title), rows.next().unwrap_or_default());
    for (row, step) in rows.zip(spans) {
        text.push_str(row);
        text.extend(notes(step));
    }
    text
}

/// The lines of a frame that fits the terminal: the first.
pub(crate) fn frame(waterfall: &Waterfall, wide: bool, size: Size) -> Vec<String> {
    let all = text(waterfall, wide, size.width);
    all.lines().take(size.height.saturating_sub(1).max(1)).map(|line| cut(line, size.width)).collect()
}

/// The lines below a span: why it failed, and what happened in the meantime, with the marks of a list.
fn notes(step: &Step) -> Vec<String> {
    let why = step.error.iter().map(|why| format!("  ✗ {}\n", printable(why)));
    // The error that ended it is an event as well.
    let is_news = |moment: &&Moment| match &moment.message {
        Some(message) => step.error.as_ref() != Some(message),
        None => !moment.name.is_empty(),
    };
    why.chain(step.events.iter().filter(is_news).take(MAX_EVENTS).map(note)).collect()
}

fn note(Moment { name, message, at_microseconds }: &Moment) -> String {
    let what = printable(message.as_ref().unwrap_or(name));
    format!("  ! At {}: {what}\n", shown((*at_microseconds).max(0)))
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
