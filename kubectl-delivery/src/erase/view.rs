//! The output of `erase`. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::found::{Findings, FoundDelivery};
use super::person::Person;
use super::report::Report;
use crate::base::duration::since;
use crate::base::output::counted;
use crate::base::table::{Side, Table};

/// The maximum number of deliveries that are listed before the confirmation; all of them are counted.
const MAX_ROWS: usize = 20;

/// The findings: a table and a sentence.
pub(crate) fn found(person: &Person, found: &Findings, now: Timestamp) -> String {
    let deliveries = found.deliveries().len();
    let mut text = String::new();
    if deliveries > 0 {
        let mut table = Table::new(vec![
            ("NAMESPACE", Side::Left),
            ("DELIVERY", Side::Left),
            ("ID", Side::Left),
            ("AGE", Side::Left),
            ("FOUND-IN", Side::Left),
        ]);
        found.deliveries().take(MAX_ROWS).for_each(|delivery| table.row(row(delivery, now)));
        text = table.text();
        if deliveries > MAX_ROWS {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "… and {} more", deliveries - MAX_ROWS);
        }
    }
    let requests = found.request_ids().len();
    let requests = if requests == 0 {
        String::new()
    } else {
        format!(" and {}", counted(to_u64(requests), "request id", "request ids"))
    };
    let deliveries = counted(to_u64(deliveries), "delivery", "deliveries");
    let _ = writeln!(text, "Data of {person}: {deliveries}{requests}.");
    text
}

fn row(delivery: &FoundDelivery, now: Timestamp) -> Vec<String> {
    let unknown = || "-".to_owned();
    let created = delivery.created_at.and_then(|time| Timestamp::from_millisecond(time).ok());
    let stores: Vec<_> = delivery.places.iter().map(|store| store.name()).collect();
    vec![
        delivery.namespace.clone().unwrap_or_else(unknown),
        delivery.name.clone().unwrap_or_else(unknown),
        delivery.delivery_id.clone(),
        created.map_or_else(unknown, |time| since(time, now)),
        stores.join(","),
    ]
}

/// The result, in sentences.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    let width = report.places.iter().map(|place| place.place.len()).max().unwrap_or_default().max(8);
    for place in &report.places {
        let _ = writeln!(text, "{:<width$}  {}", place.place, place.message);
    }
    for kept in &report.kept {
        let _ = writeln!(text, "Kept: {kept}");
    }
    if report.held.is_empty() {
        text.push_str("Kafka holds no records of this person.\n");
    } else {
        let now = if report.dry_run {
            "Kafka would still hold"
        } else {
            "Kafka still holds, for anyone who reads the topics directly"
        };
        let _ = writeln!(text, "{now}:");
        for held in &report.held {
            let _ = writeln!(text, "  {}", held.sentence());
        }
    }
    for problem in &report.problems {
        let _ = writeln!(text, "Not checked: {problem}");
    }
    if !report.dry_run {
        text.push_str(if report.complete {
            "Erased. A replay of the log does not bring it back. For backups and logs, see docs/erasing.md.\n"
        } else {
            "Not everything is erased yet. The rest is erased once the stores are available; run the command again to check.\n"
        });
    }
    text
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
