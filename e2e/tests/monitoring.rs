//! The demo's Prometheus and Alertmanager: every pod of the product is scraped, every rule evaluated, every panel of every dashboard
//! answered, and what fires is told on.
//!
//! It runs after the tests that make traffic, and buys something itself. What a panel shows only after something rare has happened may be
//! empty; see [`RARE`].

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use delivery_e2e::log::Log;
use delivery_e2e::server::Server;
use delivery_e2e::{PATIENCE, entrance, gateway, http, unique};
use delivery_messages::Topic;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

/// As in `cluster/lib.sh`.
const PROMETHEUS: &str = "http://127.0.0.1:29090";
/// As in `cluster/lib.sh`.
const ALERTMANAGER: &str = "http://127.0.0.1:29093";

/// How long an alert may take from its cause to Alertmanager: its `for`, with a scrape, an evaluation and a busy machine on top.
const ALERT_LIMIT: Duration = Duration::from_mins(8);

/// The containers of the product and of the demo's Java servers, and how many of each the demo has at least.
const CONTAINERS: [(&str, usize); 9] = [
    ("kafka", 1),
    ("connect", 1),
    ("operator", 2),
    ("gateway", 2),
    ("connector-operator", 1),
    ("canary", 1),
    ("purchases", 1),
    ("invoices", 2),
    ("notifications", 1),
];

/// What appears only once it has happened, and may not have happened since the pods started.
const RARE: [(&str, &str); 44] = [
    ("ALERTS", "nothing fires while all is well"),
    ("istio_", "the demo is in a mesh only with MESH=1"),
    ("pilot_", "the demo is in a mesh only with MESH=1"),
    ("envoy_server_", "the demo is in a mesh only with MESH=1"),
    ("delivery_operator_reconcile_errors_total", "reconciliations fail only while a server is away"),
    ("delivery_operator_dead_letters_total", "only invalid requests are rejected"),
    ("delivery_operator_unreadable_records_total", "only others write what cannot be read"),
    ("delivery_operator_unread_partitions", "Kafka leads every partition"),
    ("delivery_gateway_unread_partitions", "Kafka leads every partition"),
    ("delivery_operator_tombstones_total", "keys go two weeks after a delivery has ended, or by an erasure"),
    ("delivery_operator_records_total", "requests may have been served by an operator that has been replaced"),
    ("delivery_operator_first_position_delay_seconds", "a delivery starts now and then"),
    ("job:delivery_operator_starts", "a delivery starts now and then"),
    ("delivery_operator_wait_duration_seconds", "a delivery starts now and then"),
    ("delivery_operator_kafka_certificate_expiry_timestamp_seconds", "the demo uses Kafka without TLS"),
    ("delivery_gateway_first_snapshot_duration_seconds", "a client connects now and then"),
    ("delivery_connector_operator_kubernetes_request_duration_seconds", "it asks the API server only now and then"),
    ("delivery_gateway_websocket_connections_closed_total", "this test's clients stay"),
    ("delivery_gateway_websocket_connections_refused_total", "only wrong requests are refused"),
    ("delivery_gateway_bad_frames_total", "only wrong clients send them"),
    ("delivery_gateway_bad_records_total", "only others write them"),
    ("delivery_gateway_over_budget_total", "nobody is in such a hurry"),
    ("delivery_gateway_http_connections_closed_total", "clients read, and ask in time"),
    ("delivery_gateway_requests_total", "requests may have gone through a gateway that has been replaced"),
    ("delivery_gateway_position_index_queries_total", "the past is asked for on demand"),
    ("delivery_gateway_position_index_query_duration_seconds", "the past is asked for on demand"),
    ("delivery_simulator_produce_errors_total", "Kafka refuses nothing"),
    ("delivery_canary_accept_duration_seconds", "the canary starts a delivery every few minutes"),
    ("delivery_canary_first_position_duration_seconds", "the canary starts a delivery every few minutes"),
    ("delivery_canary_position_age_seconds", "the canary watches a delivery every few minutes"),
    ("kafka_connect_put_batch_time_max_seconds", "a task has a batch only while records come"),
    ("kafka_consumer_records_lag_max", "Connect's consumers know it only while they read"),
    ("delivery_connector_operator_problems_total", "connectors have problems only while a server is away"),
    ("delivery_connector_operator_restarts_total", "connectors are restarted only after they have failed"),
    ("delivery_purchases_refused_total", "only what cannot be bought is refused"),
    ("delivery_purchases_relay_failures_total", "the relay begins anew only while a server is away"),
    ("delivery_invoices_dead_letters_total", "only others write what is no purchase"),
    ("delivery_invoices_issue_retries_total", "batches are tried again only while MongoDB is away, or replicas meet"),
    ("delivery_purchases_over_budget_total", "nobody is in such a hurry"),
    ("delivery_invoices_over_budget_total", "nobody is in such a hurry"),
    ("delivery_notifications_over_budget_total", "nobody is in such a hurry"),
    ("delivery_purchases_http_connections_closed_total", "clients read, and ask in time"),
    ("delivery_invoices_http_connections_closed_total", "clients read, and ask in time"),
    ("delivery_notifications_http_connections_closed_total", "clients read, and ask in time"),
];

fn repository() -> PathBuf {
    Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("..")
}

async fn get(path: &str) -> Value {
    let (status, answer) = http::ask(Method::GET, &format!("{PROMETHEUS}{path}"), None).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer["data"].clone()
}

/// The result of a query now. A query that Prometheus refuses ends the test.
async fn query(expression: &str) -> Vec<Value> {
    let mut path = "/api/v1/query?query=".to_owned();
    for byte in expression.bytes() {
        write!(path, "%{byte:02X}").unwrap();
    }
    get(&path).await["result"].as_array().unwrap().clone()
}

/// Repeats a check until it finds nothing wrong.
async fn until_right(check: impl AsyncFn() -> Vec<String>) {
    until_right_within(PATIENCE, check).await;
}

async fn until_right_within(limit: Duration, check: impl AsyncFn() -> Vec<String>) {
    let start = Instant::now();
    loop {
        let wrong = check().await;
        if wrong.is_empty() {
            return;
        }
        assert!(start.elapsed() < limit, "after {limit:?}:\n{}", wrong.join("\n"));
        sleep(Duration::from_secs(2)).await;
    }
}

#[tokio::test]
async fn every_pod_of_the_product_is_scraped() {
    until_right(async || {
        let targets = get("/api/v1/targets?state=active").await["activeTargets"].as_array().unwrap().clone();
        let up = |name: &str, value: &str| {
            targets.iter().filter(|target| target["labels"][name] == value && target["health"] == "up").count()
        };
        let mut wrong: Vec<String> = targets
            .iter()
            .filter(|target| target["health"] != "up")
            .map(|target| format!("{} is {}: {}", target["scrapeUrl"], target["health"], target["lastError"]))
            .collect();
        for (container, pods) in CONTAINERS {
            if up("container", container) < pods {
                wrong.push(format!("fewer than {pods} pods of the {container} are up"));
            }
        }
        for job in ["prometheus", "alertmanager"] {
            if up("job", job) != 1 {
                wrong.push(format!("Prometheus does not scrape {job}"));
            }
        }
        wrong
    })
    .await;
}

#[tokio::test]
async fn every_rule_is_loaded_and_evaluated_without_an_error() {
    let files = ["records", "alerts", "mesh", "purchases"].map(|part| {
        let path = repository().join(format!("charts/code-delivery/files/rules/{part}.yaml"));
        serde_yaml::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap()
    });
    let count = |groups: &Value| -> usize {
        groups["groups"].as_array().unwrap().iter().map(|group| group["rules"].as_array().unwrap().len()).sum()
    };
    let expected: usize = files.iter().map(count).sum();
    until_right(async || {
        let loaded = get("/api/v1/rules").await;
        let mut wrong = Vec::new();
        if count(&loaded) != expected {
            wrong.push(format!("{} of {expected} rules are loaded", count(&loaded)));
        }
        let rules = loaded["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
        wrong.extend(rules.filter(|rule| rule["health"] != "ok").map(|rule| {
            format!("{} is {}: {}", rule["name"], rule["health"], rule["lastError"].as_str().unwrap_or_default())
        }));
        wrong
    })
    .await;
}

/// The value of a query that has one result; none without a result.
async fn number(expression: &str) -> Option<f64> {
    query(expression).await.first()?["value"][1].as_str()?.parse().ok()
}

#[tokio::test]
async fn the_canary_succeeds_again_and_again() {
    let last = async || number("max(delivery_canary_last_success_timestamp_seconds)").await.unwrap_or_default();
    let before = last().await;
    // A run every two minutes, in `cluster/values.yaml`, which takes less than one; some may meet another test's outage, or be too slow on a busy machine.
    until_right_within(Duration::from_mins(10), async || {
        let now = last().await;
        let results = query("sum by (result) (delivery_canary_runs_total)").await;
        if now > before { Vec::new() } else { vec![format!("the last success was at {now}: {results:?}")] }
    })
    .await;
}

#[tokio::test]
async fn an_alert_reaches_alertmanager_with_its_summary_and_its_runbook() {
    const ALERT: &str = "DeliveryRequestsRejected";
    let log = Log::default();
    let refused = async |count: u32| {
        for _ in 0..count {
            let ask = json!({"routeId": unique("nowhere"), "clientId": "monitoring"}).to_string();
            log.send(Topic::NewDirection, None, ask.as_bytes()).await.unwrap();
        }
    };
    let (_, status) = http::ask(Method::GET, &format!("{ALERTMANAGER}/api/v2/status"), None).await.unwrap();
    assert_eq!(status["cluster"]["status"], "disabled", "it has no peers, and no port for them: {status}");
    until_right_within(ALERT_LIMIT, async || {
        let (status, alerts) =
            http::ask(Method::GET, &format!("{ALERTMANAGER}/api/v2/alerts?active=true"), None).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{alerts}");
        let alert = alerts.as_array().unwrap().iter().find(|alert| alert["labels"]["alertname"] == ALERT).cloned();
        let Some(alert) = alert else {
            // A few every time, because `increase` does not see those with which a counter appears.
            refused(3).await;
            let rejected = number("sum(increase(delivery_operator_dead_letters_total[15m]))").await;
            return vec![format!("{ALERT} is not in Alertmanager; {rejected:?} dead letters are counted: {alerts}")];
        };
        assert_eq!(alert["status"]["state"], "active", "{alert}");
        assert_eq!(alert["labels"]["severity"], "info", "{alert}");
        assert_eq!(alert["annotations"]["summary"], "Many start requests and commands are rejected.", "{alert}");
        let runbook = alert["annotations"]["runbook_url"].as_str().unwrap();
        let (page, section) = runbook.split_once('#').unwrap();
        let page = fs::read_to_string(repository().join(page)).unwrap();
        let has_section = page.lines().any(|line| line.to_lowercase() == format!("### {section}"));
        assert!(has_section, "{runbook} leads nowhere");
        Vec::new()
    })
    .await;
}

#[tokio::test]
async fn an_index_template_that_somebody_removes_is_put_back_and_told() {
    const ALERT: &str = "DeliveryTemplatesChanged";
    const TEMPLATE: &str = "/_index_template/code-delivery-positions";
    let elasticsearch = Server::elasticsearch(&Cluster::connect().await.unwrap()).await.unwrap();
    elasticsearch.done(Method::DELETE, TEMPLATE, None).await.unwrap();
    until_right_within(ALERT_LIMIT, async || {
        let (status, alerts) =
            http::ask(Method::GET, &format!("{ALERTMANAGER}/api/v2/alerts?active=true"), None).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{alerts}");
        // The connectors of other tests may be told of as well.
        let is_told = alerts.as_array().unwrap().iter().map(|alert| &alert["labels"]).any(|labels| {
            (&labels["alertname"], &labels["connector"]) == (&json!(ALERT), &json!("code-delivery-positions"))
        });
        if is_told { Vec::new() } else { vec![format!("{ALERT} is not in Alertmanager: {alerts}")] }
    })
    .await;
    elasticsearch.get(TEMPLATE).await.unwrap();
}

/// The expressions of all panels, as Grafana would send them for all pods.
fn panels() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(repository().join("grafana/dashboards")).unwrap() {
        let dashboard: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for panel in dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row") {
            // The map is on Elasticsearch.
            for target in panel["targets"].as_array().unwrap().iter().filter(|target| target["bucketAggs"].is_null()) {
                let expression = target["expr"].as_str().unwrap();
                let expression =
                    expression.replace("$__rate_interval", "1m").replace("$job", ".+").replace("$instance", ".+");
                all.push((format!("{}, {}", dashboard["title"], panel["title"]), expression));
            }
        }
    }
    assert!(all.len() > 50, "the dashboards have another form than this test expects");
    all
}

/// Buys something, which is counted on its way to the invoice, the e-mail and the news, and asks each of the three services something.
async fn buy() {
    let order = json!({
        "customer": {"name": "Customer of the dashboards", "email": format!("{}@example.com", unique("monitored"))},
        "items": [{"product": "café", "quantity": 1, "unitPriceCents": 1_990}],
    });
    let (status, purchase) = entrance::ask(Method::POST, "/api/purchases", Some(&order)).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{purchase}");
    entrance::get("/api/invoices?limit=1").await.unwrap();
    let customer = purchase["customer"]["id"].as_str().unwrap();
    entrance::get(&format!("/api/notifications/count/from/{customer}")).await.unwrap();
}

#[tokio::test]
async fn every_panel_shows_something() {
    let cluster = Cluster::connect().await.unwrap();
    let path: Vec<_> = (0..1_000).map(|step| [-47.9 + f64::from(step) * 1e-4, -15.8]).collect();
    let delivery =
        cluster.deliver_as(&unique("monitored"), json!({"path": path, "intervalMilliseconds": 200})).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let (mut client, _) = Socket::open().await.unwrap();
    let panels = panels();
    let shown = async || {
        let mut empty = Vec::new();
        // What is counted: a response, and a purchase.
        gateway::get("/deliveries").await.unwrap();
        buy().await;
        for (panel, expression) in &panels {
            let result = query(expression).await;
            let value = |sample: &Value| sample["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
            let is_shown = result.iter().any(|sample| value(sample).is_some_and(f64::is_finite));
            if !is_shown && !RARE.iter().any(|(metric, _)| expression.contains(metric)) {
                empty.push(format!("{panel}: {expression} gives {result:?}"));
            }
        }
        empty
    };
    // A client that reads, so that ages are measured.
    let reads = async {
        loop {
            client.next().await.unwrap();
        }
    };
    tokio::select! {
        () = until_right(shown) => {}
        () = reads => {}
    }
    cluster.delete(&delivery).await.unwrap();
}

/// What Grafana asks Elasticsearch for a panel's target: the aggregations inside one another, of the documents of the last quarter of an hour.
fn search(target: &Value) -> Value {
    let aggregations = target["bucketAggs"].as_array().unwrap();
    let inner = aggregations.iter().rev().fold(json!({}), |inner, aggregation| {
        let mut of = aggregation["settings"].clone();
        of["field"] = aggregation["field"].clone();
        for number in ["size", "min_doc_count", "precision"] {
            let parsed = of[number].as_str().map(|text| text.parse::<u64>().unwrap());
            if let Some(parsed) = parsed {
                of[number] = json!(parsed);
            }
        }
        let (id, kind) = (aggregation["id"].as_str().unwrap(), aggregation["type"].as_str().unwrap());
        json!({id: {kind: of, "aggs": inner}})
    });
    let since = jiff::Timestamp::now().as_millisecond() - 900_000;
    let time = target["timeField"].as_str().unwrap();
    json!({
        "size": 0,
        "query": {"bool": {"filter": [
            {"range": {time: {"gte": since, "format": "epoch_millis"}}},
            {"query_string": {"analyze_wildcard": true, "query": target["query"]}},
        ]}},
        "aggs": inner,
    })
}

#[tokio::test]
async fn the_map_shows_where_vehicles_are_and_were() {
    let cluster = Cluster::connect().await.unwrap();
    let elasticsearch = Server::elasticsearch(&cluster).await.unwrap();
    let path: Vec<_> = (0..1_000).map(|step| [-47.9 + f64::from(step) * 1e-4, -15.8]).collect();
    let delivery =
        cluster.deliver_as(&unique("mapped"), json!({"path": path, "intervalMilliseconds": 200})).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let map = fs::read_to_string(repository().join("grafana/dashboards/map.json")).unwrap();
    let map: Value = serde_json::from_str(&map).unwrap();
    until_right(async || {
        let mut empty = Vec::new();
        for panel in map["panels"].as_array().unwrap() {
            let search = search(&panel["targets"][0]);
            let found = elasticsearch.done(Method::POST, "/code-delivery-*/_search", Some(&search)).await.unwrap();
            let first = search["aggs"].as_object().unwrap().keys().next().unwrap();
            if found["aggregations"][first]["buckets"].as_array().is_none_or(Vec::is_empty) {
                empty.push(format!("{}: {search} gives {found}", panel["title"]));
            }
        }
        empty
    })
    .await;
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn every_metric_that_is_scraped_is_documented() {
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let documented: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    // Of what is scraped now: an earlier version may have had others.
    let names = query(r#"count by (__name__) ({__name__=~"delivery_.+", job!=""})"#).await;
    let ours: Vec<&str> = names.iter().map(|found| found["metric"]["__name__"].as_str().unwrap()).collect();
    assert!(ours.len() > 30, "{ours:?}");
    for name in ours {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        let is_documented = documented.contains(name) || base.is_some_and(|base| documented.contains(base));
        assert!(is_documented, "{name} is scraped, but not in docs/metrics.md");
    }
}

#[tokio::test]
async fn every_metric_that_is_documented_was_scraped() {
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let documented: Vec<(&str, String)> = rows
        .filter(|(name, _)| !RARE.iter().any(|(rare, _)| name.contains(rare)))
        .map(|(name, rest)| (name, format!("{name}{}", if rest.starts_with("histogram") { "_count" } else { "" })))
        .collect();
    assert!(documented.len() > 100, "the page has another form than this test expects: {documented:?}");
    until_right(async || {
        // Of all that Prometheus remembers: a simulator's end with its delivery.
        let names = get("/api/v1/label/__name__/values").await;
        let names: BTreeSet<&str> = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let missing = documented.iter().filter(|(_, series)| !names.contains(series.as_str()));
        missing.map(|(name, _)| format!("{name} is in docs/metrics.md, but was never scraped")).collect()
    })
    .await;
}
