//! The metrics of the sink, which has no registry: the JMX exporter shows its beans, by rules that are one a line.

use crate::sources::page;

/// The rules.
const RULES: &str = "charts/laptop/files/connect-metrics.yaml";
/// The prefix of the metrics.
pub(crate) const SINK: &str = "delivery_sink";

/// One metric, as its row in the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metric {
    /// Without the prefix, with the suffix of its kind.
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) labels: Vec<String>,
    pub(crate) help: String,
}

/// What the rules make of the sink's beans.
pub(crate) fn metrics() -> Vec<Metric> {
    let found = read(&page(RULES));
    assert!(found.len() > 10, "{RULES} has another form than this test expects: {found:?}");
    found
}

/// The metrics of the sink, from rules such as `- {name: …, type: COUNTER, help: '…', labels: {connector: $1}, pattern: '…'}`.
fn read(rules: &str) -> Vec<Metric> {
    let between = |line: &str, before: &str, after: char| {
        let rest = line.split_once(before).map_or("", |(_, rest)| rest);
        rest.split(after).next().unwrap_or_default().to_owned()
    };
    let first = format!("{{name: {SINK}_");
    let lines = rules.lines().filter(|line| line.contains(&first));
    lines
        .map(|line| {
            let is_counter = between(line, "type: ", ',') == "COUNTER";
            let labels = between(line, "labels: {", '}');
            Metric {
                name: between(line, &first, ',') + if is_counter { "_total" } else { "" },
                kind: if is_counter { "counter" } else { "gauge" },
                labels: labels.split(", ").filter_map(|label| Some(label.split_once(':')?.0.to_owned())).collect(),
                help: between(line, "help: '", '\''),
            }
        })
        .collect()
}

#[test]
fn the_rules_of_the_sinks_beans_are_read_line_by_line() {
    let rules = r"
rules:
  - {name: delivery_sink_retries, type: COUNTER, help: 'Retries, of all', labels: {connector: $1, task: $2}, pattern: 'a<b, c=(.+)><>D:'}
  - {name: delivery_sink_waiting_seconds, type: GAUGE, help: 'Waiting', labels: {task: $1}, valueFactor: 0.001, pattern: 'e'}
  - {name: kafka_other, type: GAUGE, help: 'Not ours', pattern: 'f'}
";
    let metric = |name: &str, kind, labels: &[&str], help: &str| Metric {
        name: name.to_owned(),
        kind,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        help: help.to_owned(),
    };
    let expected = [
        metric("retries_total", "counter", &["connector", "task"], "Retries, of all"),
        metric("waiting_seconds", "gauge", &["task"], "Waiting"),
    ];
    assert_eq!(read(rules), expected);
}
