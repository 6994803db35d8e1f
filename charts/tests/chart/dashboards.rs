//! Grafana's dashboards: the rules of Grafana's linter and a few more, and one source with the chart. No Grafana is started.
//!
//! `charts/test.sh` compares the files with what `grafana/` generates; `e2e/tests/monitoring.rs` runs each expression.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::monitoring::{expressions_of_rules, metrics, ours, strangers};
use crate::render::{file, name, of_kind, render, template};

const FOLDER: &str = "../grafana/dashboards";
const NAMES: [&str; 8] = ["gateway", "kafka", "mesh", "operator", "overview", "pipeline", "pods", "purchases"];

/// The one on Elasticsearch, to which the rules on Prometheus' queries do not apply.
const MAP: &str = "map";

/// Units of Grafana that the dashboards use.
const UNITS: [&str; 6] = ["bytes", "ops", "percentunit", "reqps", "s", "short"];

/// Metrics that neither a dashboard nor a rule uses, with the reason.
const UNUSED: [(&str, &str); 0] = [];

/// Those on Prometheus.
fn dashboards() -> Vec<(&'static str, Value)> {
    all().into_iter().filter(|(name, _)| *name != MAP).collect()
}

pub(crate) fn all() -> Vec<(&'static str, Value)> {
    let found: BTreeSet<String> =
        fs::read_dir(FOLDER).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    let expected = NAMES.iter().chain([&MAP]).map(|name| format!("{name}.json")).collect();
    assert_eq!(found, expected, "{FOLDER}");
    let read = |name| serde_json::from_str(&fs::read_to_string(format!("{FOLDER}/{name}.json")).unwrap()).unwrap();
    NAMES.into_iter().chain([MAP]).map(|name| (name, read(name))).collect()
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
}

fn expressions(panel: &Value) -> impl Iterator<Item = &str> {
    panel["targets"].as_array().unwrap().iter().map(|target| target["expr"].as_str().unwrap())
}

#[test]
fn each_dashboard_has_a_stable_uid_and_brings_nothing_of_the_grafana_where_it_was_made() {
    for (name, dashboard) in all() {
        let uid = dashboard["uid"].as_str().unwrap();
        assert_eq!(uid, format!("code-delivery-{name}"));
        assert!(uid.len() <= 40, "{uid}");
        assert_eq!(dashboard["editable"], false, "{name}");
        assert!(dashboard.get("id").is_none() && dashboard.get("__inputs").is_none(), "{name}");
        assert_eq!(dashboard["links"][0]["keepTime"], true, "{name} links to the others");
        assert_eq!(dashboard["tags"], dashboard["links"][0]["tags"], "{name} links to the others by their tag");
        let ids: BTreeSet<u64> =
            dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), dashboard["panels"].as_array().unwrap().len(), "{name}: ids of panels are unique");
    }
}

#[test]
fn each_dashboard_has_the_variables_that_the_linter_asks_for() {
    for (name, dashboard) in dashboards() {
        let variables = dashboard["templating"]["list"].as_array().unwrap();
        let names: Vec<&str> = variables.iter().map(|variable| variable["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["datasource", "job", "instance"], "{name}");
        assert_eq!(variables[0]["type"], "datasource");
        assert_eq!(variables[0]["label"], "Data Source");
        assert_eq!(variables[0]["query"], "prometheus");
        for variable in &variables[1..] {
            assert_eq!(variable["multi"], true);
            assert_eq!(variable["allValue"], ".+");
            assert_eq!(variable["refresh"], 2, "when the time range changes");
            assert_eq!(variable["datasource"]["uid"], "$datasource");
        }
    }
}

#[test]
fn each_panel_says_what_it_is_what_is_good_and_in_which_unit() {
    for (name, dashboard) in all() {
        let mut titles = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            assert!(!title.is_empty() && titles.insert(title), "{name} has two panels {title}");
            let description = panel["description"].as_str().unwrap_or_default();
            assert!(description.len() > 40 && description.ends_with('.'), "{name}, {title}: {description}");
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(UNITS.contains(&defaults["unit"].as_str().unwrap()), "{name}, {title}: {}", defaults["unit"]);
            assert_eq!(defaults["noValue"], "none", "{name}, {title}");
            assert_eq!(panel["datasource"]["uid"], "$datasource", "{name}, {title}");
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{name}, {title} shows nothing");
            let references: BTreeSet<&str> = targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
            assert_eq!(references.len(), targets.len(), "{name}, {title}");
        }
    }
}

#[test]
fn each_expression_is_of_the_chosen_pods_over_grafanas_interval() {
    for (name, dashboard) in dashboards() {
        for expression in panels(&dashboard).flat_map(expressions) {
            // What rules produce is of an installation, not of a pod.
            let of_rules = expression.contains("job:") || expression.contains("ALERTS");
            let matchers: &[&str] =
                if of_rules { &["job=~\"$job"] } else { &["job=~\"$job\"", "instance=~\"$instance\""] };
            for matcher in matchers {
                let selectors = expression.matches('{').count();
                assert_eq!(expression.matches(matcher).count(), selectors, "{name}: {expression} lacks {matcher}");
            }
            for range in expression.split('[').skip(1) {
                assert!(range.starts_with("$__rate_interval]"), "{name}: {expression}");
            }
            for (before, _) in expression.match_indices("_total{").map(|(at, _)| expression.split_at(at)) {
                let function = before.rsplit_once('(').map_or("", |(outer, _)| outer);
                assert!(
                    function.ends_with("rate") || function.ends_with("increase"),
                    "{name}: {expression} shows a counter itself"
                );
                assert!(expression.contains("sum"), "{name}: {expression} adds up nothing");
            }
        }
    }
}

#[test]
fn the_map_asks_the_chosen_elasticsearch_for_cells_of_positions() {
    let (_, map) = all().into_iter().find(|(name, _)| *name == MAP).unwrap();
    let variables = map["templating"]["list"].as_array().unwrap();
    assert_eq!(variables.len(), 1, "{variables:?}");
    assert_eq!(variables[0]["name"], "datasource");
    assert_eq!(variables[0]["query"], "elasticsearch");
    for panel in panels(&map) {
        assert_eq!(panel["type"], "geomap");
        let target = &panel["targets"][0];
        assert_eq!(target["datasource"]["uid"], "$datasource");
        assert_eq!(target["timeField"], "at");
        let cells = target["bucketAggs"].as_array().unwrap().last().unwrap();
        assert_eq!(cells["type"], "geohash_grid");
        assert_eq!(cells["field"], "position");
        let location = &panel["options"]["layers"][0]["location"];
        assert_eq!(location["mode"], "geohash");
        assert_eq!(location["geohash"], cells["field"]);
    }
}

/// Which they are, `docs/metrics.md` says.
#[test]
fn panels_of_histograms_that_name_traces_ask_for_exemplars() {
    let page = fs::read_to_string("../docs/metrics.md").unwrap();
    let (_, paragraph) = page.split_once("While [traces](tracing.md) are recorded").unwrap();
    let (paragraph, _) = paragraph.split_once("\n\n").unwrap();
    let traced: Vec<String> = paragraph
        .split('`')
        .filter(|word| word.starts_with("delivery_"))
        .map(|histogram| format!("{histogram}_bucket{{"))
        .collect();
    assert_eq!(traced.len(), 4, "{traced:?}");
    let dashboards = dashboards();
    let targets = dashboards.iter().flat_map(|(_, dashboard)| panels(dashboard));
    let targets: Vec<&Value> = targets.flat_map(|panel| panel["targets"].as_array().unwrap()).collect();
    for target in &targets {
        let is_traced = traced.iter().any(|histogram| target["expr"].as_str().unwrap().contains(histogram));
        assert_eq!(target["exemplar"] == true, is_traced, "{target}");
    }
    for histogram in &traced {
        let is_shown = targets.iter().any(|target| target["expr"].as_str().unwrap().contains(histogram));
        assert!(is_shown, "no panel shows {histogram}");
    }
}

/// The services by what each of them exports, such as `delivery_gateway`.
fn exporting(metric: &str) -> BTreeSet<String> {
    metrics().iter().filter_map(|name| Some(name.strip_suffix(metric)?.to_owned())).collect()
}

#[test]
fn every_service_tells_its_readiness_and_its_rollouts_are_annotated() {
    let builds = exporting("_build_info");
    assert!(builds.len() > 5, "{builds:?}");
    assert_eq!(builds, exporting("_hanging_loops"));
    let mut ready = exporting("_ready");
    for (name, dashboard) in dashboards() {
        let rollouts = &dashboard["annotations"]["list"][0];
        assert_eq!(rollouts["name"], "Rollouts", "{name}");
        assert!(rollouts["titleFormat"].as_str().unwrap().contains("{{container}}"), "{name}");
        let expression = rollouts["expr"].as_str().unwrap();
        let named = |build: &String| expression.matches(&format!("{build}_build_info")).count();
        assert!(builds.iter().all(|build| named(build) == 2), "{name}: now, and a minute ago: {expression}");
        if name == "pods" {
            let panel = panels(&dashboard).find(|panel| panel["title"] == "Pods that are not ready").unwrap();
            let shown = expressions(panel).next().unwrap();
            assert!(ready.iter().all(|service| shown.contains(&format!("{service}_ready"))), "{shown}");
        }
    }
    assert!(ready.remove("delivery_simulator"), "its version is its operator's, and its loop is watched by /livez");
    assert_eq!(builds, ready);
}

#[test]
fn bytes_of_an_edge_go_the_way_that_the_panel_says() {
    let (_, mesh) = dashboards().into_iter().find(|(name, _)| *name == "mesh").unwrap();
    // For Istio a connection has sent what its receiver has sent.
    for (title, metric) in
        [("Bytes sent", "istio_tcp_received_bytes_total"), ("Bytes received", "istio_tcp_sent_bytes_total")]
    {
        let panel = panels(&mesh).find(|panel| panel["title"] == title).unwrap();
        assert!(expressions(panel).all(|expression| expression.contains(metric)), "{title} is not of {metric}");
    }
}

#[test]
fn dashboards_use_only_metrics_that_the_services_export() {
    let ours = ours();
    for (name, dashboard) in dashboards() {
        let annotations = dashboard["annotations"]["list"].as_array().unwrap();
        let annotations = annotations.iter().map(|annotation| annotation["expr"].as_str().unwrap());
        for expression in panels(&dashboard).flat_map(expressions).chain(annotations) {
            let found = strangers(expression, &ours);
            assert!(found.is_empty(), "{name}: {expression} uses {found:?}, neither in docs/metrics.md nor in KNOWN");
        }
    }
}

#[test]
fn every_metric_is_used_by_a_dashboard_or_a_rule() {
    let mut text = expressions_of_rules().join("\n");
    for (_, dashboard) in dashboards() {
        text += &dashboard.to_string();
    }
    let words: BTreeSet<&str> = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
    for metric in metrics() {
        // The sum and count of a histogram come with its buckets.
        let base = metric.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        let is_used = words.contains(metric.as_str()) || words.contains(format!("{base}_bucket").as_str());
        let is_listed = UNUSED.iter().any(|(name, _)| *name == metric);
        assert!(
            is_used != is_listed,
            "{metric}: show it in a dashboard, or list it in UNUSED with the reason, but not both"
        );
    }
}

#[test]
fn the_chart_carries_the_same_files_as_config_maps() {
    let objects = render("everything");
    for (dashboard, json) in all() {
        let map =
            of_kind(&objects, "ConfigMap").find(|map| name(map).ends_with(&format!("-{dashboard}-dashboard"))).unwrap();
        assert_eq!(map["metadata"]["namespace"], "monitoring");
        assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "2");
        assert_eq!(map["metadata"]["annotations"]["grafana_folder"], "Fleet");
        let text = map["data"][format!("code-delivery-{dashboard}.json")].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json);
        assert!(text.len() < 1_000_000);
        let link = Path::new(FOLDER).join(format!("{dashboard}.json"));
        assert!(link.is_symlink(), "{} is a copy; make it a link to the chart's file", link.display());
    }
}

#[test]
fn the_dashboards_can_be_left_out() {
    let minimal = file("minimal");
    let settings = "monitoring.enabled=true,monitoring.dashboards.enabled=false";
    let objects = template(&["--values", &minimal, "--set", settings]).unwrap();
    assert!(of_kind(&objects, "ConfigMap").all(|map| !name(map).ends_with("-dashboard")));
    assert!(of_kind(&objects, "PrometheusRule").next().is_some());
}
