//! The table of `verify`, the summary below it, and the faults below that. Pure.

use std::fmt::Write as _;

use delivery_verify::report::{DeliveryReport, Fault, SinkFault, SinkReport, Summary, Verdict};

use crate::base::duration::milliseconds;
use crate::base::output::counted;
use crate::base::table::{Side, Table, printable};

/// The maximum number of faults printed in total.
const MAX_FAULTS: usize = 20;

pub(crate) fn table(reports: &[DeliveryReport], namespaces: bool, wide: bool) -> String {
    let mut columns = vec![
        ("DELIVERY", Side::Left),
        ("POSITIONS", Side::Right),
        ("GAPS", Side::Right),
        ("REPEATS", Side::Right),
        ("REORDERED", Side::Right),
        ("WRONG", Side::Right),
        ("LATE-MAX", Side::Right),
        ("FINISHED", Side::Left),
        ("VERDICT", Side::Left),
    ];
    if namespaces {
        columns.insert(0, ("NAMESPACE", Side::Left));
    }
    let sink = reports.iter().any(|report| report.sink.is_some());
    if sink {
        columns.extend(["INDEXED", "MISSING", "DOUBLED", "DIFFERENT", "EXTRA"].map(|name| (name, Side::Right)));
        columns.push(("SINK", Side::Left));
    }
    if sink && wide {
        columns.push(("EXPIRED", Side::Right));
    }
    if wide {
        columns.extend([("CAUGHT-UP", Side::Right), ("ID", Side::Left)]);
    }
    let mut table = Table::new(columns);
    for report in reports {
        let mut cells = Vec::with_capacity(19);
        if namespaces {
            cells.push(or_dash(&report.namespace));
        }
        cells.extend([
            name(report).clone(),
            report.positions.to_string(),
            report.gaps.to_string(),
            report.repeats.to_string(),
            report.reordered.to_string(),
            report.wrong.to_string(),
            report.late_max_milliseconds.map_or_else(|| "-".to_owned(), milliseconds),
            match report.finished {
                0 => "no".to_owned(),
                1 => "once".to_owned(),
                more => format!("{more} times"),
            },
            report.verdict.name().to_owned(),
        ]);
        if let Some(sink) = &report.sink {
            let SinkReport { indexed, missing, doubled, different, extra, expired, verdict, .. } = sink;
            cells.extend([indexed, missing, doubled, different, extra].map(u64::to_string));
            cells.push(verdict.name().to_owned());
            cells.extend(wide.then(|| expired.to_string()));
        }
        if wide {
            cells.extend([report.caught_up.to_string(), report.delivery_id.clone()]);
        }
        table.row(cells);
    }
    table.text()
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// `3 deliveries, 524 positions: 3 complete`, and for the index `Sink: 3 same`.
pub(crate) fn summary(summary: &Summary) -> String {
    let verdicts: Vec<_> = summary.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let sink: Vec<_> = summary.sink.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!(
        "{}, {}: {}\n{}{}",
        counted(summary.deliveries, "delivery", "deliveries"),
        counted(summary.positions, "position", "positions"),
        verdicts.join(", "),
        if sink.is_empty() { String::new() } else { format!("Sink: {}\n", sink.join(", ")) },
        remarks(summary)
    )
}

/// What else the log contains.
pub(crate) fn remarks(summary: &Summary) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if summary.unreadable > 0 {
        let records = counted(summary.unreadable, "record is", "records are");
        let _ =
            writeln!(text, "In addition, {records} not a position of any delivery; every reader skips such records.");
    }
    if summary.without_plan > 0 {
        let left_out = counted(summary.without_plan, "delivery has", "deliveries have");
        let _ = writeln!(text, "In addition, {left_out} positions but no longer a plan; -A shows them.");
    }
    text
}

/// The first faults of the broken deliveries, and why others could not be verified.
pub(crate) fn faults(reports: &[DeliveryReport]) -> String {
    let mut text = String::new();
    let broken = reports.iter().filter(|report| report.verdict == Verdict::Broken);
    let faults = broken.flat_map(|report| report.faults.iter().map(move |fault| (report, fault)));
    let mut table = Table::new(vec![
        ("DELIVERY", Side::Left),
        ("PARTITION", Side::Right),
        ("OFFSET", Side::Right),
        ("SEQ", Side::Right),
        ("PROBLEM", Side::Left),
        ("EXPECTED", Side::Left),
        ("FOUND", Side::Left),
    ]);
    let mut any = false;
    for (report, fault) in faults.take(MAX_FAULTS) {
        let Fault { problem, partition, offset, seq, expected, found } = fault;
        let seq = seq.map_or_else(|| "-".to_owned(), |seq| seq.to_string());
        let (partition, offset) = (partition.to_string(), offset.to_string());
        table.row(vec![
            name(report).clone(),
            partition,
            offset,
            seq,
            problem.name().to_owned(),
            expected.clone(),
            found.clone(),
        ]);
        any = true;
    }
    if any {
        let _ = write!(text, "\nThe first faulty records:\n{}", table.text());
    }
    for report in reports {
        if let Some(reason) = &report.reason {
            let name = name(report);
            let _ = writeln!(text, "{name} is {}: {}", report.verdict, printable(reason));
        }
    }
    text
}

/// The first positions in which the index differs from the log, and why it does.
pub(crate) fn sink_faults(reports: &[DeliveryReport]) -> String {
    let sinks = || reports.iter().filter_map(|report| report.sink.as_ref().map(|sink| (name(report), sink)));
    let faults: Vec<_> =
        sinks().flat_map(|(name, sink)| sink.faults.iter().map(move |fault| (name, fault))).take(MAX_FAULTS).collect();
    let mut text = String::new();
    if !faults.is_empty() {
        let mut table = Table::new(vec![
            ("DELIVERY", Side::Left),
            ("SEQ", Side::Right),
            ("PROBLEM", Side::Left),
            ("IN THE INDEX", Side::Left),
        ]);
        for (name, SinkFault { problem, seq, found }) in faults {
            table.row(vec![name.clone(), seq.to_string(), problem.name().to_owned(), or_dash(found)]);
        }
        let _ = write!(text, "\nThe first positions in which the index differs from the log:\n{}", table.text());
    }
    let mut reasons =
        sinks().flat_map(|(name, sink)| sink.differences.iter().map(move |difference| (name, difference)));
    let shown: Vec<_> = reasons.by_ref().take(MAX_FAULTS).collect();
    if shown.is_empty() {
        return text;
    }
    text.push('\n');
    for (name, difference) in shown {
        let _ = writeln!(text, "{name}: {}", printable(&difference.to_string()));
    }
    let more = reasons.count() as u64;
    if more > 0 {
        let _ = writeln!(text, "And {}; -o json has all.", counted(more, "more difference", "more differences"));
    }
    text.push_str("How to correct an index: docs/sink.md, Correcting the index.\n");
    text
}

/// A delivery's name, or its id if the plan is gone.
fn name(report: &DeliveryReport) -> &String {
    if report.name.is_empty() { &report.delivery_id } else { &report.name }
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
