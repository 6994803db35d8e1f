//! The table of `verify`, the sentence under it, and the faults under that. Pure.

use super::report::{DeliveryReport, Fault, SinkFault, SinkReport, Summary, Verdict};
use crate::output::{Side, Table, counted, milliseconds, printable};
use std::fmt::Write as _;

/// The most faults that are printed in all.
const MAX_FAULTS: usize = 20;

/// The table.
#[must_use]
pub fn table(reports: &[DeliveryReport], namespaces: bool, wide: bool) -> String {
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
            if report.name.is_empty() { report.delivery_id.clone() } else { report.name.clone() },
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

/// `3 deliveries, 524 positions: 3 complete`, and of the index `Sink: 3 same`.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let verdicts: Vec<_> = summary.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let sink: Vec<_> = summary.sink.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!(
        "{}, {}: {}\n{}{}",
        counted(summary.deliveries, "delivery", "deliveries"),
        counted(summary.positions, "position", "positions"),
        verdicts.join(", "),
        if sink.is_empty() { String::new() } else { format!("Sink: {}\n", sink.join(", ")) },
        besides(summary)
    )
}

/// What else was seen in the log.
#[must_use]
pub fn besides(summary: &Summary) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if summary.unreadable > 0 {
        let records = counted(summary.unreadable, "record is no position", "records are no positions");
        let _ = writeln!(text, "Besides, {records} of any delivery; every reader passes over such.");
    }
    if summary.without_plan > 0 {
        let left_out = counted(summary.without_plan, "delivery has", "deliveries have");
        let _ = writeln!(text, "Besides, {left_out} positions but no plan any more; -A shows them.");
    }
    text
}

/// The first faults of the broken deliveries, and why others could not be verified.
#[must_use]
pub fn faults(reports: &[DeliveryReport]) -> String {
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
        let name = if report.name.is_empty() { &report.delivery_id } else { &report.name };
        let seq = seq.map_or_else(|| "-".to_owned(), |seq| seq.to_string());
        let (partition, offset) = (partition.to_string(), offset.to_string());
        table.row(vec![name.clone(), partition, offset, seq, problem.clone(), expected.clone(), found.clone()]);
        any = true;
    }
    if any {
        let _ = write!(text, "\nThe first records that are not as they must be:\n{}", table.text());
    }
    for report in reports {
        if let Some(reason) = &report.reason {
            let name = if report.name.is_empty() { &report.delivery_id } else { &report.name };
            let _ = writeln!(text, "{name} is {}: {}", report.verdict, printable(reason));
        }
    }
    text
}

/// The first positions that the index has otherwise than the log.
#[must_use]
pub fn sink_faults(reports: &[DeliveryReport]) -> String {
    let faults = reports.iter().flat_map(|report| report.sink.iter().map(move |sink| (report, &sink.faults)));
    let faults: Vec<_> =
        faults.flat_map(|(report, faults)| faults.iter().map(move |fault| (report, fault))).take(MAX_FAULTS).collect();
    if faults.is_empty() {
        return String::new();
    }
    let mut table = Table::new(vec![
        ("DELIVERY", Side::Left),
        ("SEQ", Side::Right),
        ("PROBLEM", Side::Left),
        ("IN THE INDEX", Side::Left),
    ]);
    for (report, SinkFault { problem, seq, found }) in faults {
        let name = if report.name.is_empty() { &report.delivery_id } else { &report.name };
        table.row(vec![name.clone(), seq.to_string(), problem.clone(), or_dash(found)]);
    }
    format!("\nThe first positions that the index has otherwise than the log:\n{}", table.text())
}

#[cfg(test)]
mod tests {
    use super::super::report::SinkVerdict;
    use super::*;

    fn report(name: &str, verdict: Verdict) -> DeliveryReport {
        DeliveryReport {
            delivery_id: "8f6a".into(),
            name: name.into(),
            namespace: "shop".into(),
            positions: 219,
            gaps: 0,
            repeats: 4,
            reordered: 0,
            wrong: 0,
            late_max_milliseconds: Some(48),
            caught_up: 0,
            finished: 1,
            verdict,
            reason: None,
            faults: Vec::new(),
            sink: None,
        }
    }

    #[test]
    fn what_the_index_has_follows_the_verdict_on_the_log() {
        let missing = SinkFault { problem: "missing".into(), seq: 7, found: String::new() };
        let sink = SinkReport {
            indexed: 218,
            missing: 1,
            expired: 0,
            doubled: 0,
            different: 0,
            extra: 0,
            verdict: SinkVerdict::Broken,
            faults: vec![missing],
        };
        let reports = [DeliveryReport { sink: Some(sink), ..report("primeiro", Verdict::Complete) }];
        let text = table(&reports, false, false);
        assert!(
            text.lines().next().unwrap().ends_with("VERDICT    INDEXED   MISSING   DOUBLED   DIFFERENT   EXTRA   SINK"),
            "{text}"
        );
        assert!(
            text.lines()
                .nth(1)
                .unwrap()
                .ends_with("complete       218         1         0           0       0   broken"),
            "{text}"
        );
        assert!(table(&reports, true, true).contains("SINK     EXPIRED   CAUGHT-UP   ID"));
        let mut sum = Summary::default();
        sum.add(&reports[0]);
        assert_eq!(summary(&sum), "1 delivery, 219 positions: 1 complete\nSink: 1 broken\n");
        assert!(sum.fails(false));
        assert!(sink_faults(&reports).ends_with("primeiro     7   missing   -\n"), "{}", sink_faults(&reports));
        assert_eq!(sink_faults(&[report("primeiro", Verdict::Complete)]), "");
    }

    #[test]
    fn the_table_and_its_sentence_are_as_the_manual_shows_them() {
        let reports = [report("primeiro", Verdict::Complete)];
        let mut sum = Summary::default();
        sum.add(&reports[0]);
        assert_eq!(
            table(&reports, false, false),
            "DELIVERY   POSITIONS   GAPS   REPEATS   REORDERED   WRONG   LATE-MAX   FINISHED   VERDICT\n\
             primeiro         219      0         4           0       0      48 ms   once       complete\n"
        );
        assert_eq!(summary(&sum), "1 delivery, 219 positions: 1 complete\n");
        assert_eq!(faults(&reports), "");
        assert!(table(&reports, true, true).lines().nth(1).unwrap().starts_with("shop        primeiro"));
        sum.unreadable = 2;
        assert!(summary(&sum).contains("2 records are no positions of any delivery"));
    }

    #[test]
    fn faults_and_reasons_follow() {
        let mut broken = report("", Verdict::Broken);
        broken.faults.push(Fault {
            problem: "gap".into(),
            partition: 3,
            offset: 41,
            seq: Some(9),
            expected: "seq 7".into(),
            found: "seq 9".into(),
        });
        let mut gone = report("segundo", Verdict::Unverifiable);
        gone.reason = Some("Its plan is not in the log.".into());
        let text = faults(&[broken, gone]);
        assert!(text.contains("8f6a               3       41     9   gap       seq 7      seq 9\n"), "{text}");
        assert!(text.ends_with("segundo is unverifiable: Its plan is not in the log.\n"), "{text}");
    }
}
