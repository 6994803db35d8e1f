//! The history against a real server: `ELASTICSEARCH_URL=http://… cargo test -p delivery-gateway --lib -- --ignored`; Elasticsearch 7 or
//! later, or `OpenSearch`.

use delivery_messages::{NewDirection, NewPosition, Plan, PlanPhase, State, StatePhase};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Answer, get};
use super::{Running, started_in};
use crate::model::scope::Scope;
use crate::testing::{self, NOW, route_record};

const DAY: i64 = 86_400_000;

/// An Elasticsearch, and the test's own indices in it, created like the sink's.
struct Server {
    url: String,
    prefix: String,
}

impl Server {
    fn new() -> Self {
        let url = std::env::var("ELASTICSEARCH_URL").expect("ELASTICSEARCH_URL names the server");
        Self { url: url.trim_end_matches('/').to_owned(), prefix: format!("test-{}-", uuid::Uuid::new_v4().simple()) }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let address = self.url.strip_prefix("http://").expect("a URL of http");
        let mut tcp = TcpStream::connect(address).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        tcp.write_all((head + body).as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Creates an index behind an alias, with the sink's own mapping.
    async fn index(&self, kind: &str, day: &str) {
        let mapping = match kind {
            "positions" => include_str!("../../../connect/src/main/resources/mappings/positions.json"),
            "plans" => include_str!("../../../connect/src/main/resources/mappings/plans.json"),
            "states" => include_str!("../../../connect/src/main/resources/mappings/states.json"),
            _ => include_str!("../../../connect/src/main/resources/mappings/requests.json"),
        };
        let mut mapping: Value = serde_json::from_str(mapping).unwrap();
        mapping["dynamic"] = json!(false);
        let alias = format!("{}{kind}", self.prefix);
        let body = json!({"mappings": mapping, "aliases": {alias: {}},
                          "settings": {"number_of_shards": 1, "number_of_replicas": 0}});
        self.ask("PUT", &format!("{}{kind}{day}-1", self.prefix), &body.to_string()).await;
    }

    /// Adds documents with their ids to an index.
    async fn put<T: Serialize>(&self, kind: &str, day: &str, documents: &[(String, T)]) {
        let mut lines = String::new();
        for (id, document) in documents {
            lines += &json!({"index": {"_id": id}}).to_string();
            lines.push('\n');
            lines += &serde_json::to_string(document).unwrap();
            lines.push('\n');
        }
        let path = format!("{}{kind}{day}-1/_bulk?refresh=true", self.prefix);
        assert_eq!(self.ask("POST", &path, &lines).await["errors"], false);
    }

    async fn gateway(&self, scope: Scope) -> Running {
        let yaml = format!("elasticsearch: {{url: '{}', indexPrefix: '{}'}}", self.url, self.prefix);
        started_in(&yaml, scope).await.complete(vec![route_record(testing::route("1", "Primeiro"))]).await
    }

    async fn gone(self) {
        self.ask("DELETE", &format!("{}*", self.prefix), "").await;
    }

    /// Three deliveries: d1 drove north across midnight and finished, d2 was suspended on the way and finished, d3 was cancelled.
    async fn filled() -> Self {
        let server = Self::new();
        let days = [midnight() - DAY, midnight()];
        for day in 0..days.len() {
            server.index("positions", &format!("-day{day}")).await;
        }
        for kind in ["plans", "states", "requests"] {
            server.index(kind, "").await;
        }
        let begins = [("d1", midnight() - 30_000), ("d2", midnight() + DAY / 2), ("d3", midnight() + DAY / 2 + 60_000)];
        let mut positions = [Vec::new(), Vec::new()];
        for (number, (id, start)) in begins.into_iter().enumerate() {
            for seq in 0..121_u32 {
                let at = start + i64::from(seq) * 500;
                let lng = -47.93 + f64::from(u32::try_from(number).unwrap()) * 0.01;
                let position = [lng, -15.83 + f64::from(seq) * 0.0001];
                let found = NewPosition {
                    at,
                    position,
                    speed: f64::from(seq % 20),
                    ..testing::position(id, seq.into(), seq == 120)
                };
                // As the sink adds it.
                let mut found = serde_json::to_value(found).unwrap();
                found["delayMilliseconds"] = json!(seq);
                if seq == 7 {
                    found["repeated"] = json!(true);
                }
                positions[usize::from(at >= midnight())].push((format!("{id}:{seq}"), found));
            }
        }
        for (day, positions) in positions.iter().enumerate() {
            server.put("positions", &format!("-day{day}"), positions).await;
        }
        let plans = begins.map(|(id, start)| {
            let phase = if id == "d3" { PlanPhase::Cancelled } else { PlanPhase::Accepted };
            let courier = if id == "d1" { "moto-7" } else { "bike-2" }.to_owned();
            let namespace = if id == "d3" { "shop" } else { "code-delivery" }.to_owned();
            (id.to_owned(), Plan { phase, courier, namespace, created_at: start - 2_000, ..testing::plan(id) })
        });
        server.put("plans", "", &plans).await;
        let states = begins.map(|(id, start)| {
            let (phase, seq) = if id == "d3" { (StatePhase::Running, 9) } else { (StatePhase::Finished, 120) };
            let stood = if id == "d2" { 8_000 } else { 0 };
            (id.to_owned(), State { start, at: start + seq * 500 + stood, ..testing::state(id, seq, phase) })
        });
        server.put("states", "", &states).await;
        let requests = ["a", "a", "b", ""].into_iter().enumerate().map(|(number, client)| {
            let request = NewDirection { route_id: "1".into(), client_id: client.into(), ..NewDirection::default() };
            let mut request = serde_json::to_value(request).unwrap();
            request["at"] = json!(midnight());
            (number.to_string(), request)
        });
        server.put("requests", "", &requests.collect::<Vec<_>>()).await;
        server
    }
}

/// A midnight, UTC.
fn midnight() -> i64 {
    NOW / DAY * DAY
}

fn time() -> String {
    format!("since={}&until={}", midnight() - DAY, midnight() + DAY)
}

fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["deliveries"].as_array().unwrap().iter().map(|found| found["deliveryId"].as_str().unwrap()).collect()
}

#[tokio::test]
#[ignore = "needs an Elasticsearch, named by ELASTICSEARCH_URL"]
async fn what_passed_is_found_across_days_with_its_courier() {
    let server = Server::filled().await;
    let running = server.gateway(Scope::everything()).await;
    let ask = async |query: &str| ok(&get(&running, &format!("/history/near?{query}&{}", time())).await);
    // The middle of d1's path, which it passed at midnight: seq 60 is 666 m from its start.
    let near = ask("point=-47.93,-15.824&radius=50").await;
    assert_eq!(ids(&near), ["d1"]);
    let passage = &near["deliveries"][0];
    assert_eq!(
        (&passage["courier"], &passage["title"], &passage["phase"]),
        (&json!("moto-7"), &json!("Primeiro"), &json!("Finished"))
    );
    // 11.1 m apart: four on each side, and the one in the middle.
    assert_eq!(passage["positions"], 9);
    assert_eq!((&passage["firstAt"], &passage["lastAt"]), (&json!(midnight() - 2_000), &json!(midnight() + 2_000)));
    assert!(passage["nearestMeters"].as_f64().unwrap() < 0.1, "{passage}");
    assert_eq!(ids(&ask("point=-47.93,-15.824&radius=10000").await), ["d3", "d2", "d1"], "the newest first");
    let one = ask("point=-47.93,-15.824&radius=10000&limit=1").await;
    assert_eq!((ids(&one), &one["truncated"]), (vec!["d3"], &json!(true)));
    assert_eq!(ids(&ask("point=-47.93,-15.824&radius=10000&courier=bike-2").await), ["d3", "d2"]);
    assert_eq!(ids(&ask("point=-47.93,-15.824&radius=10000&namespace=shop").await), ["d3"]);
    assert_eq!(ids(&ask("point=-47.93,-15.824&radius=10000&courier=nobody").await), [""; 0]);
    assert_eq!(ids(&ask("point=10,50&radius=10000").await), [""; 0]);
    server.gone().await;
}

#[tokio::test]
#[ignore = "needs an Elasticsearch, named by ELASTICSEARCH_URL"]
async fn all_that_went_on_is_summed_up() {
    let server = Server::filled().await;
    let running = server.gateway(Scope::everything()).await;
    let whole = ok(&get(&running, "/history").await);
    let (oldest, newest) = (midnight() - 30_000, midnight() + DAY / 2 + 120_000);
    assert_eq!(whole, json!({"positions": 363, "deliveries": 3, "oldest": oldest, "newest": newest}));
    let summary = ok(&get(&running, &format!("/history/summary?{}", time())).await);
    for (name, expected) in [
        ("deliveries", json!(3)),
        ("examined", json!(3)),
        ("byPhase", json!({"Finished": 2, "Cancelled": 1})),
        ("viewers", json!(2)),
        ("routes", json!([{"title": "Primeiro", "routeId": "1", "deliveries": 3, "positions": 363}])),
        ("couriers", json!([{"courier": "bike-2", "deliveries": 2}, {"courier": "moto-7", "deliveries": 1}])),
        ("durationSeconds", json!({"p50": 60.0, "p95": 68.0})),
        ("lateSeconds", json!({"p50": 2.0, "p95": 10.0, "max": 10.0})),
        ("repeated", json!(3)),
    ] {
        assert_eq!(summary[name], expected, "{name}: {summary}");
    }
    let median = summary["speed"]["p50"].as_f64().unwrap();
    assert!((9.0..=10.0).contains(&median), "{summary}");
    let delay = &summary["delayMilliseconds"];
    assert!((59.0..=61.0).contains(&delay["p50"].as_f64().unwrap()), "{summary}");
    assert!((113.0..=115.0).contains(&delay["p95"].as_f64().unwrap()) && delay["max"] == 120.0, "{summary}");
    let time_buckets = summary["overTime"].as_array().unwrap();
    assert_eq!(time_buckets.iter().map(|piece| piece["deliveries"].as_u64().unwrap()).sum::<u64>(), 3, "{summary}");
    let bikes = ok(&get(&running, &format!("/history/summary?courier=bike-2&{}", time())).await);
    assert_eq!((&bikes["deliveries"], &bikes["routes"][0]["positions"]), (&json!(2), &json!(242)));

    let heat = ok(&get(&running, &format!("/history/heat?rectangle=-48,-16,-47.5,-15.5&{}", time())).await);
    let cells = heat["cells"].as_array().unwrap();
    assert_eq!(cells.iter().map(|cell| cell["count"].as_u64().unwrap()).sum::<u64>(), 363, "{heat}");
    for cell in cells {
        let [lat, lng] = [0, 1].map(|part| cell["position"][part].as_f64().unwrap());
        assert!((-15.84..-15.8).contains(&lat) && (-47.94..-47.9).contains(&lng), "{cell}");
    }
    let around = ok(&get(&running, &format!("/history/heat?rectangle=170,-80,-47.925,80&{}", time())).await);
    let counted: u64 = around["cells"].as_array().unwrap().iter().map(|cell| cell["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 121, "over the 180th meridian, up to d1: {around}");
    server.gone().await;
}

#[tokio::test]
#[ignore = "needs an Elasticsearch, named by ELASTICSEARCH_URL"]
async fn deliveries_and_positions_come_page_by_page() {
    let server = Server::filled().await;
    let running = server.gateway(Scope::everything()).await;
    let first = ok(&get(&running, &format!("/history/deliveries?limit=2&{}", time())).await);
    assert_eq!(ids(&first), ["d3", "d2"]);
    assert_eq!(
        (&first["deliveries"][1]["lateSeconds"], &first["deliveries"][0]["phase"]),
        (&json!(10.0), &json!("Cancelled"))
    );
    let next = first["next"].as_str().unwrap();
    let second = ok(&get(&running, &format!("/history/deliveries?limit=2&before={next}&{}", time())).await);
    assert_eq!((ids(&second), &second["next"]), (vec!["d1"], &json!(null)));

    // The same number in two indices, as when a clock was wrong: a page holds all documents of a number.
    let double = NewPosition { at: midnight() + 5, ..testing::position("d1", 49, false) };
    server.put("positions", "-day1", &[("d1:49".to_owned(), double)]).await;
    let (mut after, mut seqs) = (String::new(), Vec::new());
    loop {
        let page = ok(&get(&running, &format!("/history/deliveries/d1/positions?limit=50{after}")).await);
        for position in page["positions"].as_array().unwrap() {
            seqs.push(position["seq"].as_u64().unwrap());
        }
        let Some(next) = page["next"].as_u64() else { break };
        after = format!("&after={next}");
    }
    let expected: Vec<u64> = (0..=49).chain(49..=120).collect();
    assert_eq!(seqs, expected);
    server.gone().await;
}

#[tokio::test]
#[ignore = "needs an Elasticsearch, named by ELASTICSEARCH_URL"]
async fn a_scope_hides_what_is_not_its_own_and_an_empty_server_holds_nothing() {
    let server = Server::filled().await;
    let namespaces = Some(["shop".to_owned()].into_iter().collect());
    let running = server.gateway(Scope { namespaces, deliveries: None, may_request: true }).await;
    let near = ok(&get(&running, &format!("/history/near?point=-47.93,-15.824&radius=10000&{}", time())).await);
    assert_eq!(ids(&near), ["d3"]);
    assert_eq!(ok(&get(&running, "/history/deliveries/d1/positions").await)["positions"], json!([]));
    assert_eq!(ok(&get(&running, "/history").await)["positions"], 121);
    let summary = ok(&get(&running, &format!("/history/summary?{}", time())).await);
    assert_eq!((&summary["deliveries"], &summary["viewers"]), (&json!(1), &json!(null)));
    server.gone().await;

    let empty = Server::new();
    let running = empty.gateway(Scope::everything()).await;
    running.gateway.position_index.as_ref().unwrap().ping().await.unwrap();
    for path in [
        "/history",
        "/history/summary?courier=x",
        "/history/deliveries?before=1.x",
        "/history/near?point=0,0&namespace=x",
        "/history/heat?rectangle=-180,-90,180,90",
        "/history/deliveries/d1/positions?after=5",
    ] {
        ok(&get(&running, path).await);
    }
}
