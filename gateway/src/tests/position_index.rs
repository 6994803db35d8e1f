//! History queries, with a fake Elasticsearch that returns any response.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery_http_server::TrustedProxies;
use delivery_messages::StatePhase;
use futures::future::join_all;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use warp::Filter;
use warp::path::FullPath;
use warp::reply::Reply;

use super::client::{Answer, Socket, get};
use super::{Running, started_in};
use crate::config::Limits;
use crate::gateway::budgets::Budgets;
use crate::http::server::{self, Port};
use crate::metrics::Metrics;
use crate::model::scope::Scope;
use crate::position_index::client::SearchError;
use crate::testing::{self, NOW, plan, plan_record, position, position_record, route_record};

const NOTHING: &str = r#"{"timed_out":false,"_shards":{"total":0,"successful":0},"hits":{}}"#;
const EVERY: [&str; 6] = [
    "/history",
    "/history/summary",
    "/history/deliveries",
    "/history/near?point=-47.9,-15.8",
    "/history/heat?rectangle=-48,-16,-47,-15",
    "/history/deliveries/d1/positions",
];

/// The fake server's reaction to a search.
#[derive(Clone)]
enum Does {
    Says(u16, String),
    Hangs,
}

fn says(status: u16, body: impl Into<String>) -> Does {
    Does::Says(status, body.into())
}

/// A fake Elasticsearch whose responses depend on the alias, and the searches that it received: alias and body.
struct Fake {
    url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

fn elasticsearch(does: impl Fn(&str) -> Does + Clone + Send + Sync + 'static) -> Fake {
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/behind/", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    let answer = move |path: FullPath, search: warp::hyper::body::Bytes| {
        let alias = path.as_str().trim_start_matches("/behind/code-delivery-").trim_end_matches("/_search").to_owned();
        notes.lock().unwrap().push((alias.clone(), serde_json::from_slice(&search).unwrap()));
        let does = does(&alias);
        async move {
            match does {
                Does::Says(status, body) => warp::reply::with_status(body, status.try_into().unwrap()).into_response(),
                Does::Hangs => std::future::pending().await,
            }
        }
    };
    let routes = warp::post().and(warp::path::full()).and(warp::body::bytes()).then(answer).boxed();
    let (limits, metrics) = (Limits::default(), Metrics::new(&mut Registry::default()));
    let budgets = Arc::new(Budgets::new(&limits, metrics.clone(), Instant::now()));
    let port = Port { limits, proxies: TrustedProxies::default(), budgets, metrics };
    tokio::spawn(server::run(listener, routes, port));
    Fake { url, asked }
}

impl Fake {
    async fn gateway(&self) -> Running {
        self.gateway_in(Scope::everything()).await
    }

    async fn gateway_in(&self, scope: Scope) -> Running {
        let records = vec![
            route_record(testing::route("1", "Primeiro")),
            plan_record(plan("d1")),
            position_record(position("d1", 7, false), 0),
        ];
        started_in(&format!("elasticsearch: {{url: '{}'}}", self.url), scope).await.complete(records).await
    }

    fn aliases(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(alias, _)| alias.clone()).collect()
    }
}

fn found(documents: &[Value]) -> String {
    let hits: Vec<_> = documents.iter().map(|document| json!({"_source": document})).collect();
    json!({"timed_out": false, "_shards": {"total": 1, "successful": 1}, "hits": {"hits": hits}}).to_string()
}

fn is_problem(answer: &Answer, status: u16, reason: &str) {
    assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{}", answer.body);
    assert!(answer.json()["error"]["message"].as_str().unwrap().ends_with('.'), "{}", answer.body);
}

#[tokio::test]
async fn without_elasticsearch_there_is_no_history() {
    let running = Running::ready("", Vec::new()).await;
    for path in EVERY {
        is_problem(&get(&running, path).await, 404, "HistoryOff");
    }
    is_problem(&get(&running, "/history/nothing").await, 404, "NotFound");
}

#[tokio::test]
async fn a_query_goes_to_the_sinks_aliases_and_its_answer_to_the_client() {
    let plans = found(&[serde_json::to_value(plan("d1")).unwrap()]);
    let states = found(&[serde_json::to_value(testing::state("d1", 120, StatePhase::Finished)).unwrap()]);
    let fake = elasticsearch(move |alias| match alias {
        "plans" => says(200, plans.clone()),
        "states" => says(200, states.clone()),
        _ => says(200, NOTHING),
    });
    let running = fake.gateway().await;
    let answer = get(&running, &format!("/history/deliveries?since={}&until={}", NOW - 1, NOW + 1)).await;
    let delivery = &answer.json()["deliveries"][0];
    assert_eq!((&delivery["title"], &delivery["durationSeconds"]), (&json!("Primeiro"), &json!(60.0)));
    assert_eq!(fake.aliases(), ["plans", "states"]);
    let body = fake.asked.lock().unwrap()[1].1.clone();
    assert_eq!(body["query"]["bool"]["filter"][0], json!({"terms": {"deliveryId": ["d1"]}}));
    assert!(body["timeout"].as_str().is_some_and(|timeout| timeout.ends_with("ms")), "{body}");
    let metrics = running.metrics();
    assert!(metrics.contains(r#"position_index_queries_total{query="deliveries",outcome="answered"} 1"#), "{metrics}");
}

#[tokio::test]
async fn indices_that_are_not_there_yet_hold_nothing() {
    let fake = elasticsearch(|_| says(200, NOTHING));
    let running = fake.gateway().await;
    for path in EVERY {
        let answer = get(&running, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    let positions = get(&running, "/history/deliveries/d%2F1/positions").await.json();
    assert_eq!(positions, json!({"deliveryId": "d/1", "positions": [], "next": null}));
    assert_eq!(get(&running, "/history/near?point=0,0").await.json(), json!({"deliveries": [], "truncated": false}));
    assert_eq!(get(&running, "/history/summary").await.json()["viewers"], 0);
}

#[tokio::test]
async fn what_is_mistyped_is_refused_before_elasticsearch_is_asked() {
    let fake = elasticsearch(|_| says(200, NOTHING));
    let running = fake.gateway().await;
    for path in [
        "/history?since=1",
        "/history/summary?sinc=1",
        "/history/summary?since=-1",
        "/history/summary?since=99999999999999999999",
        "/history/summary?since=2026-11-22&until=2026-11-21",
        "/history/near",
        "/history/near?point=NaN,NaN",
        "/history/near?point=0,0&radius=1e308",
        "/history/near?point=0,0&radius=10001",
        "/history/near?point=0,0&limit=201",
        "/history/near?point=0,0&point=1,1",
        "/history/near?point=%7B%22match_all%22%3A%7B%7D%7D",
        "/history/heat?rectangle=0,0,0,0",
        "/history/heat?rectangle=-inf,0,1,1",
        "/history/deliveries?before=1",
        "/history/deliveries?limit=0",
        "/history/deliveries/d1/positions?after=-1",
        "/history/deliveries/d1/positions?limit=5001",
        "/history/deliveries/d1/positions?after=18446744073709551616",
    ] {
        is_problem(&get(&running, path).await, 400, "InvalidParameter");
    }
    let long = "x".repeat(513);
    is_problem(&get(&running, &format!("/history/deliveries/{long}/positions")).await, 400, "InvalidParameter");
    assert_eq!(fake.aliases(), [""; 0]);
    // What looks like a query or a path is only a name that nothing has.
    let strange = "%22%7D%7D%2C%7B%22match_all%22%3A%7B%7D%7D%00%0A..%2F_all";
    assert_eq!(get(&running, &format!("/history/deliveries?courier={strange}&route=*")).await.status, 200);
    assert_eq!(get(&running, &format!("/history/deliveries/{strange}/positions")).await.status, 200);
    assert_eq!(fake.aliases(), ["plans", "positions"]);
    let filters = fake.asked.lock().unwrap()[0].1["query"]["bool"]["filter"].clone();
    assert_eq!(filters[0], json!({"term": {"routeId": "*"}}));
    assert_eq!(filters[1], json!({"term": {"courier": "\"}},{\"match_all\":{}}\0\n../_all"}}));
}

#[tokio::test]
async fn whatever_elasticsearch_answers_ends_in_a_clear_error() {
    let endless = " ".repeat((16 << 20) + 1);
    for (does, reason) in [
        (says(429, r#"{"error":{"type":"circuit_breaking_exception"}}"#), "HistoryBusy"),
        (says(500, r#"{"error":{"type":"null_pointer_exception","reason":"hushhush"}}"#), "HistoryUnavailable"),
        (says(503, "no shard"), "HistoryUnavailable"),
        (says(504, ""), "HistoryTooSlow"),
        (says(401, ""), "HistoryUnavailable"),
        (says(403, r#"{"error":"x"}"#), "HistoryUnavailable"),
        (says(404, "{}"), "HistoryUnavailable"),
        (says(301, ""), "HistoryUnavailable"),
        (says(200, ""), "HistoryUnavailable"),
        (says(200, "{}"), "HistoryUnavailable"),
        (says(200, "<html>Sign in</html>"), "HistoryUnavailable"),
        (says(200, r#"{"timed_out":false,"hits":7}"#), "HistoryUnavailable"),
        (says(200, r#"{"timed_out":true}"#), "HistoryTooSlow"),
        (says(200, r#"{"timed_out":false,"_shards":{"total":3,"successful":2}}"#), "HistoryUnavailable"),
        (says(200, endless), "HistoryUnavailable"),
    ] {
        let fake = elasticsearch(move |_| does.clone());
        let running = fake.gateway().await;
        let answer = get(&running, "/history/deliveries").await;
        is_problem(&answer, 503, reason);
        assert_eq!(answer.headers["retry-after"], "5");
        assert!(!answer.body.contains("hushhush"), "{}", answer.body);
    }
}

#[tokio::test]
async fn one_that_is_away_is_left_alone_until_it_is_back() {
    let up = Arc::new(Mutex::new(false));
    let state = Arc::clone(&up);
    let fake = elasticsearch(move |_| if *state.lock().unwrap() { says(200, NOTHING) } else { says(503, "") });
    let running = fake.gateway().await;
    let search = running.gateway.position_index.as_ref().unwrap();
    assert!(matches!(search.ping().await, Err(SearchError::Unusable(_))));
    is_problem(&get(&running, "/history/deliveries").await, 503, "HistoryUnavailable");
    assert_eq!(fake.aliases(), ["plans"], "only the ping has asked");
    *up.lock().unwrap() = true;
    search.ping().await.unwrap();
    assert_eq!(get(&running, "/history/deliveries").await.status, 200);

    let nobody = started_in("elasticsearch: {url: 'http://127.0.0.1:1'}", Scope::everything()).await;
    is_problem(&get(&nobody, "/history").await, 503, "HistoryUnavailable");
    let away = nobody.gateway.position_index.as_ref().unwrap().ping().await.unwrap_err();
    assert!(matches!(away, SearchError::Unavailable(_)) && away.detail().contains("refused"), "{away:?}");
}

#[tokio::test]
async fn a_slow_one_costs_its_askers_some_seconds_and_nobody_else_anything() {
    let fake = elasticsearch(|_| Does::Hangs);
    let running = fake.gateway().await;
    let (mut socket, deliveries) = Socket::open(&running).await;
    assert_eq!(deliveries[0]["seq"], 7);
    let begun = Instant::now();
    let queries = join_all((0..60).map(|_| async {
        let answer = get(&running, "/history/deliveries/d1/positions").await;
        (answer.reason(), begun.elapsed())
    }));
    let stream = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sent = Instant::now();
        running.feed(vec![position_record(position("d1", 8, false), 0)]).await;
        assert_eq!(socket.until("new-position").await["seq"], 8);
        assert_eq!(get(&running, "/deliveries").await.status, 200);
        sent.elapsed()
    };
    let (outcomes, told) = tokio::join!(queries, stream);
    assert!(told < Duration::from_secs(1), "{told:?}");
    let of = |reason: &str| {
        outcomes.iter().filter(|(found, _)| found == reason).map(|(_, duration)| *duration).collect::<Vec<_>>()
    };
    let (slow, busy) = (of("HistoryTooSlow"), of("HistoryBusy"));
    assert_eq!((slow.len(), busy.len()), (4, 56));
    assert!(slow.iter().all(|duration| (4..8).contains(&duration.as_secs())), "{slow:?}");
    assert!(busy.iter().all(|duration| duration.as_secs() < 4), "{busy:?}");
    assert_eq!(fake.aliases().len(), 4);
    assert_eq!(get(&running, "/history/deliveries/d1/positions?limit=0").await.status, 400, "places are free again");
}

#[tokio::test]
async fn a_narrow_scope_cuts_every_query() {
    let elsewhere = found(&[serde_json::to_value(plan("d1")).unwrap()]);
    let fake =
        elasticsearch(move |alias| says(200, if alias == "plans" { elsewhere.clone() } else { NOTHING.to_owned() }));
    let namespaces = Some(["shop".to_owned()].into_iter().collect());
    let running = fake.gateway_in(Scope { namespaces, deliveries: None, may_request: false }).await;
    for path in EVERY {
        assert_eq!(get(&running, path).await.status, 200, "{path}");
    }
    let asked = fake.asked.lock().unwrap().clone();
    for (alias, search) in &asked {
        let filters = search["query"].to_string();
        match alias.as_str() {
            "requests" => panic!("requests belong to no namespace"),
            "plans" | "states" => assert!(filters.contains("shop") || filters.contains("\"d1\""), "{search}"),
            _ => assert!(filters.contains("{\"terms\":{\"deliveryId\":[\"d1\"]}}"), "{search}"),
        }
    }
    // Its plan is in another namespace, so its positions are not even searched.
    let before = asked.iter().filter(|(alias, _)| alias == "positions").count();
    let positions = get(&running, "/history/deliveries/d1/positions").await.json();
    assert_eq!(positions["positions"], json!([]));
    assert_eq!(fake.aliases().iter().filter(|alias| *alias == "positions").count(), before);
}
