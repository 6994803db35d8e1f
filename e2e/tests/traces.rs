//! The trace of a delivery and of the purchase that asked for it, as `kubectl delivery trace` finds it in Jaeger: the whole tree, from the
//! request to the screen and the e-mail. Needs a demo that records traces: TRACES=1 make demo.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::Log;
use delivery_e2e::shop::order;
use delivery_e2e::{entrance, gateway, http, unique, within};
use delivery_messages::{Plan, Topic, TraceParent, decode};
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::{Value, json};
use tokio::process::Command;

/// The trace of a delivery as the plugin shows it, once `wanted` holds for its spans.
async fn trace(name: &str, wanted: impl Fn(&[Value]) -> bool) -> Value {
    let mut last = String::new();
    let what = format!("the spans of {name}");
    let found = within(&what, async {
        loop {
            let output = Command::new("kubectl").args(["delivery", "trace", name, "-o", "json"]).output().await?;
            match output.status.code() {
                Some(0) => {
                    let found: Value = serde_json::from_slice(&output.stdout)?;
                    if wanted(found["spans"].as_array().unwrap()) {
                        return Ok(found);
                    }
                    last = found.to_string();
                }
                // Jaeger has none of its spans yet.
                Some(1) => last = String::from_utf8_lossy(&output.stderr).into_owned(),
                _ => anyhow::bail!("{}", String::from_utf8_lossy(&output.stderr)),
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    found.await.unwrap_or_else(|error| panic!("{error:#}; the last answer: {last}"))
}

fn named<'a>(spans: &'a [Value], name: &str) -> Vec<&'a Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

fn has(names: &[&str]) -> impl Fn(&[Value]) -> bool {
    move |spans| names.iter().all(|name| !named(spans, name).is_empty())
}

/// Twenty seconds on a route. What a run that failed or was killed has left is removed in the end.
fn spec() -> Value {
    json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 500, "ttlSecondsAfterFinished": 900})
}

/// The connector that indexes positions.
const POSITIONS: &str = "code-delivery-positions";

/// Whether the first position is in the index.
fn is_indexed(spans: &[Value]) -> bool {
    named(spans, "first document").iter().any(|span| span["attributes"]["connector"] == POSITIONS)
}

/// The service and the parent of each span of a name.
fn origins<'a>(spans: &'a [Value], name: &str) -> Vec<(&'a str, &'a Value)> {
    named(spans, name).into_iter().map(|span| (span["service"].as_str().unwrap(), &span["parent"])).collect()
}

/// Checks the spans that follow from an accepted delivery: all belong to one parent.
fn follow(spans: &[Value], parent: &Value) {
    for (name, service) in [
        ("create pod", "operator"),
        ("start", "simulator"),
        ("drive", "simulator"),
        ("first broadcast", "gateway"),
        ("first document", "sink"),
    ] {
        let found = origins(spans, name);
        assert!(!found.is_empty(), "{name}: {spans:?}");
        assert!(found.iter().all(|found| *found == (service, parent)), "{name}: {found:?}");
    }
    let broadcasts = named(spans, "first broadcast");
    let gateways: BTreeSet<_> = broadcasts.iter().map(|span| span["instance"].as_str().unwrap()).collect();
    assert_eq!(gateways.len(), broadcasts.len(), "one per gateway: {gateways:?}");
    let connectors: BTreeSet<_> =
        named(spans, "first document").iter().map(|span| span["attributes"]["connector"].as_str().unwrap()).collect();
    assert!(connectors.contains(POSITIONS), "{connectors:?}");
    let start = |name: &str| named(spans, name)[0]["startMicroseconds"].as_i64().unwrap();
    assert!(start("create pod") < start("start") && start("start") < start("first broadcast"), "{spans:?}");
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn an_applied_delivery_has_one_trace_even_when_its_pod_is_killed_in_the_middle() {
    let cluster = Cluster::connect().await.unwrap();
    let delivery = cluster.deliver("traced", spec()).await.unwrap();
    let name = delivery.name_any();
    // Sent while it is under way, so that the end of the process loses neither.
    trace(&name, has(&["accept", "create pod", "start", "first broadcast"])).await;
    let pods = cluster.pods_of(&delivery).await.unwrap();
    let killed = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
    cluster.pods().delete(&pods[0].name_any(), &killed).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();

    // The pod that was killed may have had the time to send its own drive.
    let is_driven = |spans: &[Value]| {
        let resumed = named(spans, "resume");
        let by = |drive: &&Value| resumed.iter().any(|resumed| resumed["instance"] == drive["instance"]);
        named(spans, "drive").iter().any(by)
    };
    let found = trace(&name, |spans| is_driven(spans) && is_indexed(spans)).await;
    let spans = found["spans"].as_array().unwrap();
    let uid = delivery.uid().unwrap();
    assert_eq!(found["traceId"], TraceParent::derived(&uid).trace_id());
    let roots: Vec<_> = spans.iter().filter(|span| span["depth"] == 0).collect();
    assert_eq!(roots.len(), 1, "one tree: {spans:?}");
    assert_eq!(
        (&roots[0]["name"], &roots[0]["service"], &roots[0]["parent"]),
        (&json!("accept"), &json!("operator"), &Value::Null)
    );
    assert_eq!(roots[0]["attributes"]["delivery.id"], uid);
    follow(spans, &roots[0]["id"]);
    let attempts: Vec<_> = named(spans, "create pod").iter().map(|span| &span["attributes"]["attempt"]).collect();
    assert_eq!(attempts, [&json!(1), &json!(2)]);
    let resumed = named(spans, "resume");
    assert_eq!(resumed.len(), 1, "{spans:?}");
    assert!(resumed[0]["attributes"]["seq"].as_i64().unwrap() > 0);
    assert_eq!(named(spans, "start").len(), 1, "it started once");
    let drives = named(spans, "drive");
    assert!(drives.iter().any(|span| span["instance"] == resumed[0]["instance"]), "the second pod drove to the end");
    cluster.delete(&delivery).await.unwrap();
}

/// The delivery that this request has started.
async fn requested(cluster: &Cluster, request: &str) -> Delivery {
    let log = Log::default();
    let plan = log.find(Topic::Plan, request, |record| {
        let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
        (plan.request_id.as_deref() == Some(request)).then_some(plan)
    });
    cluster.deliveries().get(&plan.await.unwrap().name).await.unwrap()
}

/// A trace that no other test or run has used, and a span in it.
fn client_trace() -> TraceParent {
    let nanoseconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    TraceParent { trace: nanoseconds, span: 0x00f0_67aa_0ba9_02b7, flags: 1 }
}

/// Starts a delivery over HTTP with this header, and returns it.
async fn started(cluster: &Cluster, traceparent: &str) -> Delivery {
    let request = unique("traced");
    let body = json!({"requestId": request, "intervalMilliseconds": 100}).to_string();
    let url = format!("http://{}/routes/2/start", gateway::address());
    let headers = [("content-type", "application/json"), ("traceparent", traceparent)];
    let (status, answer) = http::send(Method::POST, &url, &headers, Bytes::from(body)).await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED, "{answer:?}");
    requested(cluster, &request).await
}

/// Buys something that is delivered, with this header if there is one; the purchase's id and its delivery.
async fn bought(cluster: &Cluster, traceparent: Option<&str>) -> (String, Delivery) {
    let mut order = order(&format!("{}@example.com", unique("traced")));
    order["deliverTo"] = json!({"routeId": "2"});
    let trace = traceparent.map(|value| ("traceparent", value));
    let headers: Vec<_> = [Some(("content-type", "application/json")), trace].into_iter().flatten().collect();
    let body = Bytes::from(order.to_string());
    let (status, answer) = entrance::send(Method::POST, "/api/purchases", &headers, body).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{answer:?}");
    let id = http::json_of(&answer)["id"].as_str().unwrap().to_owned();
    let delivery = requested(cluster, &id).await;
    (id, delivery)
}

/// Checks the spans of a purchase, its invoice and what its customer was told: each is there, by the right service, below this parent.
fn sold(spans: &[Value], purchase: &str, parent: &Value) {
    for (name, services) in [
        ("pay", "purchases"),
        ("publish purchase", "purchases"),
        ("issue invoice", "invoices"),
        ("send e-mail", "invoices or notifications"),
        ("tell customer", "notifications"),
        ("notify", "notifications"),
        ("serve request", "operator"),
    ] {
        let found = origins(spans, name);
        assert!(!found.is_empty(), "{name}: {spans:?}");
        assert!(
            found.iter().all(|(service, below)| services.contains(*service) && *below == parent),
            "{name}: {found:?}"
        );
    }
    for name in ["take purchase", "pay", "publish purchase", "issue invoice"] {
        let found = named(spans, name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0]["attributes"]["purchase"], purchase, "{name}");
        assert!(found[0]["error"].is_null(), "{name}: {found:?}");
    }
}

/// What a purchase with a delivery has at least.
const SOLD: [&str; 9] = [
    "take purchase",
    "pay",
    "publish purchase",
    "issue invoice",
    "send e-mail",
    "tell customer",
    "notify",
    "serve request",
    "accept",
];

/// Whether all of that is there, to the news of the invoice.
fn is_sold(spans: &[Value]) -> bool {
    has(&SOLD)(spans) && named(spans, "tell customer").iter().any(|span| span["attributes"]["news"] == "invoiced")
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn a_purchase_has_one_trace_with_its_invoice_its_mails_its_news_and_its_delivery() {
    let cluster = Cluster::connect().await.unwrap();
    let (id, delivery) = bought(&cluster, None).await;
    let found = trace(&delivery.name_any(), is_sold).await;
    assert_eq!(found["traceId"], TraceParent::derived(&id).trace_id());
    let spans = found["spans"].as_array().unwrap();
    let roots: Vec<_> = spans.iter().filter(|span| span["depth"] == 0).collect();
    assert_eq!(roots.len(), 1, "one tree: {spans:?}");
    assert_eq!((&roots[0]["name"], &roots[0]["service"]), (&json!("take purchase"), &json!("purchases")));
    sold(spans, &id, &roots[0]["id"]);
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn a_purchase_continues_the_trace_of_its_client() {
    let (cluster, client) = (Cluster::connect().await.unwrap(), client_trace());
    let (id, delivery) = bought(&cluster, Some(&client.to_string())).await;
    let found = trace(&delivery.name_any(), is_sold).await;
    assert_eq!(found["traceId"], client.trace_id());
    let spans = found["spans"].as_array().unwrap();
    let parent = json!("00f067aa0ba902b7");
    assert_eq!(origins(spans, "take purchase"), [("purchases", &parent)], "the client's own span");
    sold(spans, &id, &parent);
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn a_started_delivery_continues_the_trace_of_its_client() {
    let cluster = Cluster::connect().await.unwrap();
    let client = client_trace();
    let delivery = started(&cluster, &client.to_string()).await;
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let names = ["start request", "serve request", "accept", "create pod", "start", "drive", "first broadcast"];
    let found = trace(&delivery.name_any(), |spans| has(&names)(spans) && is_indexed(spans)).await;
    assert_eq!(found["traceId"], client.trace_id());
    let spans = found["spans"].as_array().unwrap();
    assert_eq!(origins(spans, "start request"), [("gateway", &json!("00f067aa0ba902b7"))], "the client's own span");
    let request = &named(spans, "start request")[0]["id"];
    for name in ["serve request", "accept"] {
        assert_eq!(origins(spans, name), [("operator", request)], "{name}");
    }
    follow(spans, request);

    // What the page shows of it.
    let shown = gateway::get(&format!("/deliveries/{}/trace", delivery.uid().unwrap())).await.unwrap();
    assert_eq!(shown["traceId"], client.trace_id());
    let shown = shown["spans"].as_array().unwrap();
    for (name, service) in [("accept", "operator"), ("drive", "simulator"), ("first document", "sink")] {
        assert!(origins(shown, name).iter().any(|(by, _)| *by == service), "{name}: {shown:?}");
    }
    assert!(shown.iter().all(|span| span["attributes"]["request"].is_null()), "{shown:?}");
    cluster.delete(&delivery).await.unwrap();
}

/// Jaeger's and Prometheus' addresses, as in `cluster/lib.sh`.
const JAEGER: &str = "http://10.85.0.1:29686";
const PROMETHEUS: &str = "http://127.0.0.1:29090";

/// The ids of the traces that the buckets of a histogram have named in the last minutes.
async fn exemplars(histogram: &str) -> anyhow::Result<Vec<String>> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let (start, end) = (now - 600, now + 60);
    let url = format!("{PROMETHEUS}/api/v1/query_exemplars?query={histogram}_bucket&start={start}&end={end}");
    let (status, answer) = http::ask(Method::GET, &url, None).await?;
    anyhow::ensure!(status == StatusCode::OK, "{url} answers {status}: {answer}");
    let series = answer["data"].as_array().into_iter().flatten();
    let exemplars = series.flat_map(|series| series["exemplars"].as_array().into_iter().flatten());
    Ok(exemplars.filter_map(|exemplar| Some(exemplar["labels"]["trace_id"].as_str()?.to_owned())).collect())
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn latencies_name_traces_that_jaeger_has() {
    let cluster = Cluster::connect().await.unwrap();
    let delivery = cluster.deliver("exemplary", spec()).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    for histogram in [
        "delivery_gateway_position_age_seconds",
        "delivery_operator_first_position_delay_seconds",
        "delivery_simulator_position_lateness_seconds",
    ] {
        let what = format!("the exemplars of {histogram}");
        let found = within(&what, async {
            loop {
                // Of a trace that has just begun, Jaeger may not have a span yet.
                for id in exemplars(histogram).await? {
                    let url = format!("{JAEGER}/api/traces/{id}");
                    if http::ask(Method::GET, &url, None).await?.0 == StatusCode::OK {
                        return Ok(id);
                    }
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(found.await.unwrap().len(), 32, "{histogram}");
    }
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo that records traces: TRACES=1 make demo"]
async fn what_a_stranger_calls_a_trace_begins_another() {
    let cluster = Cluster::connect().await.unwrap();
    let hostile = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01; DROP";
    let delivery = started(&cluster, hostile).await;
    let given: TraceParent = delivery.annotations()[TRACEPARENT_ANNOTATION].parse().unwrap();
    assert_ne!(given.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    let found = trace(&delivery.name_any(), has(&["start request", "accept"])).await;
    let spans = found["spans"].as_array().unwrap();
    assert_eq!(origins(spans, "start request"), [("gateway", &Value::Null)]);
    cluster.delete(&delivery).await.unwrap();
}
