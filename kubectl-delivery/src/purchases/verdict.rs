//! Renders the proof of the purchases: a row of numbers, and sentences. Pure.

use std::fmt::Write as _;

use delivery_verify::purchases::{PurchasesReport, PurchasesVerdict};

use crate::base::output::counted;
use crate::base::table::{Side, Table, printable};

pub(crate) fn table(report: &PurchasesReport) -> String {
    let mut columns = vec![
        ("PURCHASES", Side::Right),
        ("APPROVED", Side::Right),
        ("EVENTS", Side::Right),
        ("REPEATS", Side::Right),
        ("INVOICES", Side::Right),
        ("SENT", Side::Right),
        ("BOUNCED", Side::Right),
        ("VERDICT", Side::Left),
    ];
    let mut cells = [
        report.purchases,
        report.approved,
        report.events,
        report.repeated_events,
        report.invoices,
        report.sent,
        report.bounced,
    ]
    .map(|count| count.to_string())
    .to_vec();
    cells.push(report.verdict.name().to_owned());
    if let Some(mails) = report.mails {
        columns.insert(7, ("MAILS", Side::Right));
        cells.insert(7, mails.to_string());
    }
    let mut table = Table::new(columns);
    table.row(cells);
    table.text()
}

/// What follows the table: the first offender, how many there are of each kind, and what else the log contains; `wide`: all offenders
/// that the report names.
pub(crate) fn sentences(report: &PurchasesReport, wide: bool) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if report.verdict == PurchasesVerdict::Complete {
        let _ = writeln!(
            text,
            "{}: each has one event, one invoice and one e-mail; no number is missing or was given twice. Total: {}.",
            counted(report.approved, "approved purchase", "approved purchases"),
            amount(report.approved_cents)
        );
    } else {
        let _ = writeln!(text, "{}", first(report));
        for offender in report.offenders.iter().filter(|_| wide).skip(1) {
            let _ = writeln!(text, "{}", printable(&offender.sentence));
        }
        let counts: Vec<_> = report.problems.iter().map(|(problem, count)| format!("{count} {problem}")).collect();
        let _ = writeln!(text, "In all: {}.", counts.join(", "));
    }
    for (count, one, many) in [
        (
            report.under_way,
            "purchase was made meanwhile and is under way",
            "purchases were made meanwhile and are under way",
        ),
        (
            report.unreadable,
            "record cannot be read; every reader sets it aside",
            "records cannot be read; every reader sets them aside",
        ),
        (report.expired, "record may have been removed by retention", "records may have been removed by retention"),
        (
            report.repeated_mails,
            "mail was sent once more after an interruption",
            "mails were sent once more after an interruption",
        ),
    ] {
        if count > 0 {
            let _ = writeln!(text, "In addition, {}.", counted(count, one, many));
        }
    }
    text
}

/// The first offender, in a sentence.
pub(crate) fn first(report: &PurchasesReport) -> String {
    report.first_offender().map_or_else(|| "Nothing is wrong.".to_owned(), |offender| printable(&offender.sentence))
}

/// Cents as an amount.
fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, (cents % 100).abs())
}

#[cfg(test)]
#[path = "tests/verdict.rs"]
mod tests;
