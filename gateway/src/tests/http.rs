//! The API and the page's port, as a client sees them.

use std::net::{Ipv4Addr, Ipv6Addr};

use delivery_observability::metrics::usage::processor_time;

use super::client::{Socket, ask, get};
use super::{Running, started, started_at};
use crate::model::scope::Scope;
use crate::testing::{self, plan, plan_record, position, position_record, route_record};

fn records() -> Vec<crate::model::record::Record> {
    vec![
        route_record(testing::route("1", "Primeiro")),
        plan_record(plan("d1")),
        position_record(position("d1", 7, false), 0),
    ]
}

#[tokio::test]
async fn the_api_tells_routes_and_deliveries() {
    let running = Running::ready("", records()).await;
    let routes = get(&running, "/routes").await;
    assert_eq!(routes.status, 200);
    assert_eq!(routes.json()[0]["title"], "Primeiro");
    assert!(routes.json()[0].get("path").is_none());
    assert_eq!(get(&running, "/routes/1").await.json()["path"][0][0], -47.92923);
    let deliveries = get(&running, "/deliveries").await.json();
    assert_eq!(deliveries["deliveries"][0]["seq"], 7);
    assert_eq!(deliveries["deliveryStore"], "off");
    assert_eq!(get(&running, "/deliveries/d1").await.json()["phase"], "Running");
    assert_eq!(get(&running, "/deliveries/d1/route").await.json()["_id"], "1");
    assert_eq!(get(&running, "/config.json").await.body, r#"{"mapStyle":null}"#);
}

#[tokio::test]
async fn the_api_and_the_socket_are_served_at_all_addresses_of_both_families() {
    let running = started_at("[::]:0", "", Scope::everything(), processor_time).await;
    let mut running = running.complete(records()).await;
    // On a machine without IPv6 it listens on IPv4 alone.
    let has_ipv6 = running.address.is_ipv6();
    for local in [Some(Ipv4Addr::LOCALHOST.into()), has_ipv6.then(|| Ipv6Addr::LOCALHOST.into())].into_iter().flatten()
    {
        running.address.set_ip(local);
        assert_eq!(get(&running, "/deliveries/d1").await.json()["phase"], "Running", "{local}");
        let (_socket, deliveries) = Socket::open(&running).await;
        assert_eq!(deliveries[0]["deliveryId"], "d1", "{local}");
    }
}

#[tokio::test]
async fn one_delivery_has_its_times_and_the_record_of_its_newest_position() {
    let running = Running::ready("", records()).await;
    let delivery = get(&running, "/deliveries/d1").await.json();
    assert_eq!(delivery["seq"], 7);
    assert_eq!(delivery["createdAt"], testing::NOW);
    assert!(delivery["end"].is_null());
    assert_eq!(delivery["record"], serde_json::json!({"topic": "route.new-position", "partition": 0, "offset": 7}));
}

#[tokio::test]
async fn deliveries_are_found_by_the_name_of_their_object() {
    let mut records = records();
    records.push(plan_record(plan("d2")));
    let running = Running::ready("", records).await;
    let found = async |query: &str| {
        let listing = get(&running, &format!("/deliveries?{query}")).await.json();
        let ids = listing["deliveries"].as_array().unwrap().iter().map(|delivery| delivery["deliveryId"].clone());
        ids.map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("name=name-d2").await, ["d2"]);
    assert_eq!(found("name=name-d2&namespace=code-delivery").await, ["d2"]);
    assert!(found("name=name-d2&namespace=other").await.is_empty());
    assert!(found("name=none").await.is_empty());
}

#[tokio::test]
async fn a_route_that_no_start_reaches_is_not_offered_but_its_deliveries_draw_it() {
    let there = delivery_messages::Route { namespace: "other".into(), ..testing::route("9", "Nono") };
    let mut records = records();
    records.push(plan_record(delivery_messages::Plan { route_id: "9".into(), route: there.key(), ..plan("d9") }));
    records.push(route_record(there));
    let running = Running::ready("requests: {namespace: code-delivery}", records).await;
    let routes = get(&running, "/routes").await.json();
    assert_eq!(routes.as_array().unwrap().iter().map(|route| &route["_id"]).collect::<Vec<_>>(), ["1"]);
    assert_eq!(get(&running, "/routes/9").await.reason(), "UnknownRoute");
    let start =
        ask(&running, "POST /routes/9/start HTTP/1.1\nhost: map.example\nconnection: close\ncontent-length: 0\n\n")
            .await;
    assert_eq!((start.status, start.reason().as_str()), (404, "UnknownRoute"));
    assert_eq!(get(&running, "/deliveries/d9/route").await.json()["title"], "Nono");
}

#[tokio::test]
async fn what_is_not_there_is_said_as_json() {
    let running = Running::ready("", records()).await;
    for (path, status, reason) in [
        ("/routes/9", 404, "UnknownRoute"),
        ("/routes/%2e%2e", 404, "UnknownRoute"),
        ("/deliveries/none", 404, "UnknownDelivery"),
        ("/deliveries/none/route", 404, "UnknownDelivery"),
        ("/deliveries?phase=gone", 400, "InvalidPhase"),
        ("/deliveries?past=yes", 400, "InvalidPast"),
        ("/deliveries?limit=0", 400, "InvalidLimit"),
        ("/../etc/passwd", 404, "NotFound"),
        ("/routes/1/start", 405, "MethodNotAllowed"),
        ("/ws", 426, "NoWebSocket"),
        ("/", 404, "NotFound"),
    ] {
        let answer = get(&running, path).await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{path}: {}", answer.body);
        assert!(answer.json()["error"]["message"].as_str().unwrap().ends_with('.'));
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let running = Running::ready("", records()).await;
    for path in ["/routes", "/nothing"] {
        let headers = get(&running, path).await.headers;
        assert!(headers["content-security-policy"].contains("worker-src 'self';"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn before_the_first_picture_the_api_says_that_it_starts() {
    let running = started("").await;
    let answer = get(&running, "/routes").await;
    assert_eq!((answer.status, answer.reason().as_str()), (503, "Starting"));
    assert_eq!(answer.headers["retry-after"], "5");
}

#[tokio::test]
async fn a_start_that_cannot_be_is_refused_before_kafka_is_asked() {
    let running =
        Running::ready("limits: {bodyBytes: 64}\nhttp: {allowedOrigins: ['https://app.example']}", records()).await;
    let post = |path: &str, headers: &str, body: &str| {
        format!("POST {path} HTTP/1.1\nhost: map.example\nconnection: close\n{headers}\n{body}")
    };
    let long = format!("content-length: {}\n", 65);
    for (request, status, reason) in [
        (post("/routes/9/start", "", ""), 404, "UnknownRoute"),
        (post("/routes/1/start", "content-length: 2\n", "no"), 400, "InvalidBody"),
        (post("/routes/1/start", &long, &"x".repeat(65)), 413, "BodyTooLarge"),
        (post("/routes/1/start", "origin: https://evil.example\n", ""), 403, "OriginNotAllowed"),
    ] {
        let answer = ask(&running, &request).await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{request}");
    }
}

#[tokio::test]
async fn a_listed_page_may_ask_and_post_from_elsewhere() {
    let running = Running::ready("http: {allowedOrigins: ['https://app.example']}", records()).await;
    let preflight =
        "OPTIONS /routes/1/start HTTP/1.1\nhost: map.example\nconnection: close\norigin: https://app.example\n\n";
    let answer = ask(&running, preflight).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-origin"], "https://app.example");
    assert!(answer.headers["access-control-allow-methods"].contains("POST"));
}
