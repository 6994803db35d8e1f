//! The screen of `top`, and its JSON. Pure.

use std::fmt::Write as _;

use super::measure::{Counted, GatewayRow, GroupLag, Measures, Served};
use crate::base::duration;
use crate::base::screen::{Size, cut};
use crate::base::table::{Side, Table, printable};

/// What is not known, or what there is nothing of.
const NONE: &str = "-";

/// All lines, each with its line break.
pub(crate) fn text(measures: &Measures) -> String {
    let served = measures.served.unwrap_or_default();
    let known = |text: String| if measures.served.is_some() { text } else { NONE.to_owned() };
    let ages = format!("p50 {}, p99 {}", age(served.age_p50_seconds), age(served.age_p99_seconds));
    let lag = served.lag_records.map_or_else(|| NONE.to_owned(), |lag| format!("{lag} records"));
    let lines = [
        ("DELIVERIES", deliveries(measures)),
        ("POSITIONS", per_second(served.positions_per_second)),
        ("AGE", ages),
        ("LAG", lag),
        ("CLIENTS", known(served.clients.to_string())),
        ("SENT", per_second(served.sent_per_second)),
        ("CONFLATED", per_second(served.conflated_per_second)),
        ("DEAD LETTERS", counted(measures.dead_letters)),
        ("BAD RECORDS", counted(measures.bad_records)),
    ];
    let mut text = String::new();
    for (heading, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{heading:12}   {}", printable(&value));
    }
    if !measures.gateways.is_empty() {
        text.push('\n');
        text.push_str(&gateways(&measures.gateways).text());
    }
    if !measures.groups.is_empty() {
        text.push('\n');
        text.push_str(&groups(&measures.groups).text());
    }
    if !measures.missing.is_empty() {
        text.push('\n');
    }
    for sentence in &measures.missing {
        text.push_str(&printable(sentence));
        text.push('\n');
    }
    text
}

/// The lines of a frame that fits the terminal; what is missing is shown in any case.
pub(crate) fn frame(measures: &Measures, size: Size) -> Vec<String> {
    let all = text(measures);
    let mut lines: Vec<_> = all.lines().map(|line| cut(line, size.width)).collect();
    let max = size.height.saturating_sub(1).max(1);
    if lines.len() > max {
        let missing = measures.missing.len().min(max);
        let end = lines.split_off(lines.len() - missing);
        lines.truncate(max - missing);
        lines.extend(end);
    }
    lines
}

fn deliveries(measures: &Measures) -> String {
    let Some(phases) = &measures.deliveries else { return NONE.to_owned() };
    let phases: Vec<_> = phases.iter().map(|one| format!("{} {}", one.count, one.phase)).collect();
    if phases.is_empty() { "none".to_owned() } else { phases.join(", ") }
}

fn gateways(rows: &[GatewayRow]) -> Table {
    let mut table = Table::new(vec![
        ("GATEWAY", Side::Left),
        ("POSITIONS", Side::Right),
        ("P50", Side::Right),
        ("P99", Side::Right),
        ("LAG", Side::Right),
        ("CLIENTS", Side::Right),
        ("SENT", Side::Right),
        ("CONFLATED", Side::Right),
    ]);
    for GatewayRow { pod, served } in rows {
        let Served { lag_records, clients, .. } = served;
        table.row(vec![
            pod.clone(),
            per_second(served.positions_per_second),
            age(served.age_p50_seconds),
            age(served.age_p99_seconds),
            lag_records.map_or_else(|| NONE.to_owned(), |lag| lag.to_string()),
            clients.to_string(),
            per_second(served.sent_per_second),
            per_second(served.conflated_per_second),
        ]);
    }
    table
}

fn groups(rows: &[GroupLag]) -> Table {
    let mut table = Table::new(vec![("CONSUMER GROUP", Side::Left), ("TOPIC", Side::Left), ("LAG", Side::Right)]);
    for GroupLag { group, topic, lag_records } in rows {
        table.row(vec![group.clone(), topic.clone(), lag_records.to_string()]);
    }
    table
}

fn per_second(rate: Option<f64>) -> String {
    rate.map_or_else(|| NONE.to_owned(), |rate| format!("{rate:.1}/s"))
}

fn counted(counted: Counted) -> String {
    format!("{} ({})", counted.total, per_second(counted.per_second))
}

#[expect(clippy::cast_possible_truncation, reason = "the greatest bound of the histogram is a minute")]
fn age(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NONE.to_owned(), |seconds| duration::milliseconds((seconds * 1_000.0).round() as i64))
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
