//! The traces of deliveries, with a fake Jaeger that gives any answer. `e2e/tests/traces.rs` asks a real one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use delivery_http_server::TrustedProxies;
use delivery_messages::Plan;
use futures::future::join_all;
use prometheus_client::registry::Registry;
use serde_json::json;
use warp::Filter;
use warp::reply::Reply;

use super::client::get;
use super::{Running, started_in};
use crate::config::Limits;
use crate::gateway::budgets::Budgets;
use crate::http::server::{self, Port};
use crate::metrics::Metrics;
use crate::model::record::Record;
use crate::model::scope::Scope;
use crate::testing::{self, plan, plan_record, route_record};

/// What a fake Jaeger was asked for: the query of a search, or the path below `/api/traces/`.
type Asked = Arc<Mutex<Vec<String>>>;

/// The trace that the fake Jaeger calls 4bf9: the real one leaves out zeros in front, too.
const TRACE: &str = "00000000000000000000000000004bf9";

/// Starts a fake Jaeger; its address. An answer without a status never comes.
fn jaeger(status: Option<u16>, body: &'static str) -> (String, Asked) {
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/jaeger/", listener.local_addr().unwrap());
    let asked = Asked::default();
    let notes = Arc::clone(&asked);
    let answer = move |query: String| {
        notes.lock().unwrap().push(query);
        async move {
            match status {
                Some(status) => warp::reply::with_status(body, status.try_into().unwrap()).into_response(),
                None => std::future::pending().await,
            }
        }
    };
    let search = warp::path!("jaeger" / "api" / "traces").and(warp::query::raw());
    let one = warp::path!("jaeger" / "api" / "traces" / String);
    let routes = search.or(one).unify().then(answer).boxed();
    let (limits, metrics) = (Limits::default(), Metrics::new(&mut Registry::default()));
    let budgets = Arc::new(Budgets::new(&limits, metrics.clone(), Instant::now()));
    let port = Port { limits, proxies: TrustedProxies::default(), budgets, metrics };
    tokio::spawn(server::run(listener, routes, port));
    (url, asked)
}

async fn gateway(url: &str) -> Running {
    gateway_in(url, Scope::everything()).await
}

async fn gateway_in(url: &str, scope: Scope) -> Running {
    gateway_with(url, scope, plan_record(plan("d1"))).await
}

async fn gateway_with(url: &str, scope: Scope, plan: Record) -> Running {
    let records = vec![route_record(testing::route("1", "Primeiro")), plan];
    started_in(&format!("traces: {{url: '{url}'}}"), scope).await.complete(records).await
}

#[tokio::test]
async fn a_delivery_has_the_spans_that_jaeger_knows() {
    let (url, asked) = jaeger(
        Some(200),
        r#"{"data": [{"traceID": "4bf9", "spans": [{"spanID": "a", "operationName": "accept", "startTime": 1, "duration": 2,
            "tags": [{"key": "delivery.id", "value": "d1"}]}]}]}"#,
    );
    let running = gateway(&url).await;
    let answer = get(&running, "/deliveries/d1/trace").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let found = answer.json();
    assert_eq!((&found["traceId"], &found["spans"][0]["name"]), (&json!(TRACE), &json!("accept")));
    let asked = asked.lock().unwrap();
    assert!(asked[0].contains("tags=%7B%22delivery%2Eid%22%3A%22d1%22%7D&"), "{asked:?}");
}

/// The record of a plan that belongs to the trace 4bf9.
fn traced(plan: Plan) -> Record {
    let mut record = plan_record(plan);
    if let Record::Plan { origin, .. } = &mut record {
        origin.trace = Some(0x4bf9);
    }
    record
}

#[tokio::test]
async fn a_trace_that_the_plan_names_is_asked_for_by_its_id_and_shown_only_if_it_is_the_deliverys() {
    let (url, asked) = jaeger(
        Some(200),
        r#"{"data": [{"traceID": "4bf9", "spans": [{"spanID": "a", "operationName": "accept", "startTime": 1, "duration": 2,
            "tags": [{"key": "delivery.id", "value": "d1"}]}]}]}"#,
    );
    let running = gateway_with(&url, Scope::everything(), traced(plan("d1"))).await;
    let answer = get(&running, "/deliveries/d1/trace").await;
    assert_eq!((answer.status, &answer.json()["traceId"]), (200, &json!(TRACE)), "{}", answer.body);
    let other = gateway_with(&url, Scope::everything(), traced(plan("d2"))).await;
    let answer = get(&other, "/deliveries/d2/trace").await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "UnknownTrace"), "{}", answer.body);
    assert_eq!(*asked.lock().unwrap(), [TRACE; 2]);
}

#[tokio::test]
async fn what_there_is_not_is_said_and_jaeger_is_asked_only_about_deliveries_that_a_client_may_see() {
    let (url, asked) = jaeger(Some(200), r#"{"data": null}"#);
    let off = Running::ready("", vec![plan_record(plan("d1"))]).await;
    let none = gateway(&url).await;
    let elsewhere = Scope { namespaces: Some(BTreeSet::from(["other".to_owned()])), ..Scope::everything() };
    let limited = gateway_in(&url, elsewhere).await;
    for (running, path, reason) in [
        (&off, "/deliveries/d1/trace", "TracesOff"),
        (&none, "/deliveries/d1/trace", "UnknownTrace"),
        (&none, "/deliveries/d2/trace", "UnknownDelivery"),
        (&limited, "/deliveries/d1/trace", "UnknownDelivery"),
    ] {
        let answer = get(running, path).await;
        assert_eq!((answer.status, answer.reason().as_str()), (404, reason), "{}", answer.body);
        assert!(answer.json()["error"]["message"].as_str().unwrap().ends_with('.'));
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_jaeger_that_is_away_or_says_something_else_is_said_to_be_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [nobody, jaeger(Some(500), "").0, jaeger(Some(200), "<html>").0] {
        let running = gateway(&url).await;
        let answer = get(&running, "/deliveries/d1/trace").await;
        assert_eq!((answer.status, answer.reason().as_str()), (503, "TracesUnavailable"), "{url}: {}", answer.body);
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(get(&running, "/deliveries/d1").await.status, 200, "nothing else is affected");
    }
}

#[tokio::test]
async fn a_jaeger_that_never_answers_holds_only_a_few_requests_and_not_for_long() {
    let (url, asked) = jaeger(None, "");
    let running = gateway(&url).await;
    let begun = Instant::now();
    let answers = join_all((0..6).map(|_| get(&running, "/deliveries/d1/trace"))).await;
    let mut reasons: Vec<String> = answers.iter().map(super::client::Answer::reason).collect();
    reasons.sort();
    let expected = [["TracesBusy"; 2].as_slice(), ["TracesUnavailable"; 4].as_slice()].concat();
    assert_eq!(reasons, expected);
    assert!(begun.elapsed().as_secs() < 9, "{:?}", begun.elapsed());
    assert_eq!(asked.lock().unwrap().len(), 4);
}
