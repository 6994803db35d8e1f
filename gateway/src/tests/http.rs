//! The API and the page's port, as a client sees them.

use super::client::{ask, get};
use super::{Running, started};
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
    assert_eq!(deliveries["history"], "off");
    assert_eq!(get(&running, "/deliveries/d1").await.json()["phase"], "Running");
    assert_eq!(get(&running, "/deliveries/d1/route").await.json()["_id"], "1");
    assert_eq!(get(&running, "/config.json").await.body, r#"{"mapStyle":null}"#);
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
