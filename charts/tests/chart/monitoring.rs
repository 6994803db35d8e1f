//! The Prometheus rules, dashboards and runbooks: one source with the chart, and only metrics that the services export.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::render::{CASES, file, name, of_kind, render, template};

const RUNBOOKS: &str = "../docs/runbooks/README.md";
/// The files of rules that have alerts.
const ALERTS: [&str; 3] = ["alerts", "mesh", "purchases"];

/// Words of the query language, labels, and metrics of Prometheus, Kafka, Kafka Connect, Istio and of all processes, that the rules and
/// dashboards use. Everything else must be ours.
const KNOWN: &[&str] = &[
    "ALERTS",
    "absent",
    "action",
    "alertname",
    "alertstate",
    "and",
    "area",
    "avg_over_time",
    "bool",
    "broker",
    "budget",
    "by",
    "cause",
    "certificate",
    "changes",
    "client",
    "cluster",
    "code",
    "connection_security_policy",
    "connector",
    "container",
    "count",
    "dependency",
    "destination_canonical_service",
    "destination_service_name",
    "envoy_server_memory_allocated",
    "form",
    "from",
    "group",
    "histogram_quantile",
    "increase",
    "instance",
    "istio_request_duration_milliseconds_bucket",
    "istio_requests_total",
    "istio_tcp_connections_closed_total",
    "istio_tcp_connections_opened_total",
    "istio_tcp_received_bytes_total",
    "istio_tcp_sent_bytes_total",
    "job",
    "jvm_memory_used_bytes",
    "kafka_connect_dead_letters_total",
    "kafka_connect_put_batch_time_max_seconds",
    "kafka_connect_record_failures_total",
    "kafka_connect_task_running_ratio",
    "kafka_consumer_records_lag_max",
    "kafka_controller_offline_partitions",
    "kafka_log_offline_directories",
    "kafka_network_request_time_p99_seconds",
    "kafka_server_bytes_in_total",
    "kafka_server_bytes_out_total",
    "kafka_server_messages_in_total",
    "kafka_server_under_replicated_partitions",
    "kind",
    "last_over_time",
    "le",
    "loop",
    "max",
    "max_over_time",
    "min",
    "mode",
    "namespace",
    "of",
    "offset",
    "on",
    "or",
    "outcome",
    "phase",
    "pilot_proxy_convergence_time_bucket",
    "pilot_total_xds_rejects",
    "pilot_xds",
    "pilot_xds_pushes",
    "pod",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "query",
    "rate",
    "reason",
    "reporter",
    "request",
    "resets",
    "response_code",
    "result",
    "severity",
    "source_canonical_service",
    "source_principal",
    "stage",
    "state",
    "sum",
    "task",
    "time",
    "to",
    "topic",
    "type",
    "unless",
    "up",
    "verb",
    "version",
];

/// The metrics in `docs/metrics.md`, with the series of each histogram. `delivery-architecture` compares that page with the code.
pub(crate) fn metrics() -> BTreeSet<String> {
    let page = fs::read_to_string("../docs/metrics.md").unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `delivery_"));
    let mut all = BTreeSet::new();
    for row in rows {
        let (metric, rest) = row.split_once('`').unwrap();
        let kind = rest.split('|').nth(1).unwrap().trim();
        let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        all.extend(suffixes.iter().map(|suffix| format!("delivery_{metric}{suffix}")));
    }
    assert!(all.len() > 50, "docs/metrics.md has another form than this test expects");
    all
}

fn rule_file(part: &str) -> Value {
    let text = fs::read_to_string(format!("code-delivery/files/rules/{part}.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn rules(part: &str) -> Vec<Value> {
    let groups = rule_file(part)["groups"].as_array().unwrap().clone();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

fn alerts() -> Vec<Value> {
    ALERTS.into_iter().flat_map(rules).collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect(field)
}

/// The words of an expression that are neither ours nor known. `$__rate_interval` and other variables are left to Grafana.
pub(crate) fn strangers(expression: &str, ours: &BTreeSet<String>) -> Vec<String> {
    let mut outside = String::new();
    for (index, part) in expression.split('"').enumerate() {
        // What is quoted is a value; of a matcher of names, it is names.
        if index % 2 == 0 {
            outside.push_str(part);
        } else if outside.trim_end().ends_with("__name__=~") {
            outside.push_str(&part.replace("delivery_(", ""));
        }
        outside.push(' ');
    }
    let words = outside.split(|letter: char| !(letter.is_alphanumeric() || "_:$".contains(letter)));
    words
        .filter(|word| word.starts_with(|first: char| first.is_alphabetic()))
        .filter(|word| !KNOWN.contains(word) && *word != "__name__" && !ours.contains(*word))
        .map(str::to_owned)
        .collect()
}

/// Our metrics and the series that the recording rules add.
pub(crate) fn ours() -> BTreeSet<String> {
    metrics().into_iter().chain(rules("records").iter().map(|rule| text(rule, "record").to_owned())).collect()
}

/// The expressions of all rules.
pub(crate) fn expressions_of_rules() -> Vec<String> {
    let all = rules("records").into_iter().chain(alerts());
    all.map(|rule| text(&rule, "expr").to_owned()).collect()
}

#[test]
fn rules_use_only_metrics_that_the_services_export() {
    let ours = ours();
    for rule in expressions_of_rules() {
        let found = strangers(&rule, &ours);
        assert!(found.is_empty(), "{rule} uses {found:?}, neither in docs/metrics.md nor in KNOWN");
    }
    assert_eq!(strangers("sum by (job) (rate(delivery_gateway_nothing_total{job=\"a\"}[5m]))", &ours).len(), 1);
}

#[test]
fn runbooks_name_only_metrics_that_exist() {
    let metrics = metrics();
    let page = fs::read_to_string(RUNBOOKS).unwrap();
    for word in page.split('`').skip(1).step_by(2).filter(|word| word.starts_with("delivery_")) {
        let is_known = metrics.contains(word) || metrics.contains(&format!("{word}_bucket"));
        assert!(is_known, "{word} in the runbooks is not in docs/metrics.md");
    }
}

#[test]
fn every_alert_waits_has_a_severity_whole_sentences_and_a_runbook() {
    let page = fs::read_to_string(RUNBOOKS).unwrap();
    let mut headings: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let alerts = alerts();
    for alert in &alerts {
        let title = text(alert, "alert");
        assert!(!text(alert, "for").is_empty());
        assert!(["critical", "warning", "info"].contains(&text(&alert["labels"], "severity")), "{title}");
        for sentence in ["summary", "description"] {
            let sentence = text(&alert["annotations"], sentence);
            assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{title}: {sentence}");
        }
        let anchor = format!("docs/runbooks/README.md#{}", title.to_lowercase());
        assert_eq!(text(&alert["annotations"], "runbook_url"), anchor, "{title}");
        assert!(page.contains(&format!("\n### {title}\n")), "docs/runbooks/README.md has no section {title}");
    }
    for alert in &alerts {
        headings.remove(text(alert, "alert"));
    }
    assert!(headings.is_empty(), "runbooks for alerts that do not exist: {headings:?}");
}

/// `charts/test.sh` runs the tests themselves, with promtool.
#[test]
fn every_alert_has_a_test_in_which_it_fires() {
    let tests: String = ["alerts", "mesh", "purchases", "budget"]
        .map(|part| fs::read_to_string(format!("tests/rules/{part}.yaml")).unwrap())
        .concat();
    for alert in alerts() {
        let expected = format!("alertname=\"{}\"", text(&alert, "alert"));
        assert!(tests.contains(&expected), "charts/tests/rules has no test in which {expected} fires");
    }
}

#[test]
fn the_chart_wraps_the_same_rules() {
    let objects = render("everything");
    for part in ["records"].into_iter().chain(ALERTS) {
        let rule = of_kind(&objects, "PrometheusRule").find(|rule| name(rule).ends_with(part)).unwrap();
        assert_eq!(rule["metadata"]["labels"]["release"], "prometheus");
        let plain =
            rule_file(part).to_string().replace("docs/runbooks/README.md", "https://runbooks.example.com/delivery");
        assert_eq!(rule["spec"].to_string(), plain);
    }
}

#[test]
fn monitoring_is_off_by_default_and_brings_the_pod_monitor() {
    let kinds = ["PodMonitor", "PrometheusRule"];
    for case in CASES.into_iter().filter(|case| *case != "everything") {
        let objects = render(case);
        assert!(kinds.iter().all(|kind| of_kind(&objects, kind).next().is_none()), "{case}");
    }
    let minimal = file("minimal");
    let with = |setting| template(&["--values", &minimal, "--set", setting]).unwrap();
    let objects = with("monitoring.enabled=true");
    assert!(kinds.iter().all(|kind| of_kind(&objects, kind).next().is_some()));
    let objects = with("podMonitor.enabled=true");
    assert!(of_kind(&objects, "PodMonitor").next().is_some() && of_kind(&objects, "PrometheusRule").next().is_none());
}
