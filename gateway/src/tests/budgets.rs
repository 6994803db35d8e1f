//! The budgets of addresses, as clients see them.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::Running;
use super::client::{Answer, Socket, ask, get, refused};
use super::sockets::{moved, one_delivery, until};

const TRUSTED: &str = "http: {trustedProxies: [127.0.0.0/8]}";

async fn start(running: &Running, from: &str) -> Answer {
    let lines = format!("host: map.example\nconnection: close\nx-forwarded-for: {from}\n");
    ask(running, &format!("POST /routes/9/start HTTP/1.1\n{lines}\n")).await
}

/// The outcomes of so many starts at once, by status. There is no such route, so one within budget is 404.
async fn starts(running: &Running, from: &str, count: usize) -> (usize, usize) {
    let statuses: Vec<u16> =
        join_all((0..count).map(|_| start(running, from))).await.iter().map(|answer| answer.status).collect();
    let of = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(of(404) + of(429), count, "{statuses:?}");
    (of(404), of(429))
}

#[tokio::test]
async fn two_thousand_starts_within_five_seconds_are_refused_by_default_but_for_a_few() {
    let running = Running::ready("", one_delivery()).await;
    let begun = Instant::now();
    let mut passed = 0;
    for _ in 0..20 {
        passed += starts(&running, "198.51.100.1", 100).await.0;
    }
    let most = 100 + 10 * usize::try_from(begun.elapsed().as_secs()).unwrap() + 10;
    assert!((100..=most).contains(&passed), "{passed}, {:?}", begun.elapsed());
    // Some pass, depending on how long it has been.
    let answers = join_all((0..100).map(|_| start(&running, "198.51.100.1"))).await;
    let answer = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(answer.reason(), "TooManyRequests");
    assert!(answer.headers["retry-after"].parse::<u64>().unwrap() >= 1);
    assert!(running.metrics().contains(r#"over_budget_total{budget="starts",of="address"}"#));
}

/// How many requests are served before one is refused; a slow machine lets in some more.
fn assert_about(expected: usize, served: usize) {
    assert!((expected..=expected + 5).contains(&served), "{served} instead of {expected}");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_budget() {
    let limits = "limits: {perAddress: {starts: 1}, allAddressesFactor: 2}";
    let running = Running::ready(&format!("{TRUSTED}\n{limits}"), one_delivery()).await;
    assert_about(10, starts(&running, "198.51.100.1", 20).await.0);
    assert_about(0, starts(&running, "198.51.100.9, 198.51.100.1", 5).await.0);
    assert_eq!(starts(&running, "198.51.100.2, 127.0.0.9", 5).await, (5, 0), "another client");
    let mut refused = None;
    for number in 3..60 {
        let answer = start(&running, &format!("198.51.100.{number}")).await;
        if answer.status == 429 {
            refused = Some(answer);
        }
    }
    let refused = refused.expect("all together have a budget too");
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().starts_with("All clients together"),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn without_a_trusted_proxy_the_header_is_not_believed() {
    let running = Running::ready("limits: {perAddress: {starts: 1}}", one_delivery()).await;
    assert_eq!(starts(&running, "198.51.100.1", 10).await.0, 10);
    assert_about(0, starts(&running, "198.51.100.2", 10).await.0);
}

#[tokio::test]
async fn on_a_websocket_a_request_over_budget_is_rejected_with_the_time_to_wait_and_the_stream_goes_on() {
    let limits = "limits: {framesPerSecond: 100, perAddress: {starts: 1, commands: 1, filters: 1}}";
    let running = Running::ready(limits, one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    for (frame, id) in [
        (r#"{"event":"new-direction","data":{"routeId":"9","requestId":"r1"}}"#, Some("r1")),
        (r#"{"event":"command","data":{"deliveryId":"none","action":"cancel","requestId":"c1"}}"#, Some("c1")),
        (r#"{"event":"filter","data":{"routes":["2"]}}"#, None),
    ] {
        let mut served = 0;
        let rejected = loop {
            socket.send(frame).await;
            let (event, data) = socket.next().await;
            if data["reason"] == "TooManyRequests" {
                assert_eq!(event, "rejected");
                break data;
            }
            served += 1;
        };
        assert_about(10, served);
        assert_eq!(rejected["requestId"].as_str(), id);
        assert_eq!(rejected["retryAfterSeconds"], 1);
        assert!(rejected["message"].as_str().unwrap().ends_with("Try again in 1 s."));
    }
    assert!(running.metrics().contains(r#"over_budget_total{budget="filters",of="address"} 1"#));
    // The budget is that of the address, not of the connection.
    let (mut other, _) = Socket::open(&running).await;
    other.send(r#"{"event":"command","data":{"deliveryId":"none","action":"cancel"}}"#).await;
    other.send(r#"{"event":"command","data":{"deliveryId":"none","action":"cancel"}}"#).await;
    let reasons = [other.next().await.1["reason"].clone(), other.next().await.1["reason"].clone()];
    assert!(reasons.contains(&"TooManyRequests".into()), "{reasons:?}");
    running.feed(vec![moved("d1", 1)]).await;
    assert_eq!(other.next().await.0, "new-position");
}

#[tokio::test]
async fn queries_on_the_past_have_a_budget() {
    let yaml = "limits: {perAddress: {history: 1}}\nelasticsearch: {url: 'http://127.0.0.1:1'}";
    let running = Running::ready(yaml, one_delivery()).await;
    let mut served = 0;
    let answer = loop {
        let answer = get(&running, "/history/summary").await;
        if answer.status == 429 {
            break answer;
        }
        assert_eq!(answer.status, 503);
        served += 1;
    };
    assert_about(10, served);
    assert_eq!(answer.reason(), "TooManyRequests");
    assert_eq!(get(&running, "/deliveries").await.status, 200);
}

#[tokio::test]
async fn open_connections_are_limited_per_address_if_configured() {
    let limits = "limits: {perAddress: {connections: 2}}";
    let running = Running::ready(&format!("{TRUSTED}\n{limits}"), one_delivery()).await;
    let (first, _) = Socket::open(&running).await;
    let (_second, _) = Socket::open(&running).await;
    let answer = refused(&running.url("/ws"), &[]).await;
    assert_eq!(answer.status(), 429);
    assert!(String::from_utf8_lossy(answer.body().as_ref().unwrap()).contains("TooManyConnections"));
    let request = || {
        let mut request =
            tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(running.url("/ws")).unwrap();
        request.headers_mut().insert("x-forwarded-for", "198.51.100.1".parse().unwrap());
        request
    };
    let _other = tokio_tungstenite::connect_async(request()).await.unwrap();
    drop(first);
    until(|| running.gateway.permits.available_permits() == running.gateway.limits.connections - 2).await;
    Socket::open(&running).await;
}

#[tokio::test]
async fn http_connections_are_limited_per_address_if_configured() {
    let running = Running::ready("limits: {perAddress: {connections: 2}}", one_delivery()).await;
    let connect = async || tokio::net::TcpStream::connect(running.address).await.unwrap();
    let _first = connect().await;
    let _second = connect().await;
    let mut third = connect().await;
    let mut rest = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut third, &mut rest);
    let closed = tokio::time::timeout(Duration::from_secs(10), read).await.expect("it stays open");
    assert!(closed.is_err() || rest.is_empty());
    assert!(running.metrics().contains(r#"http_connections_closed_total{reason="too-many-of-address"} 1"#));
}
