//! WebSocket connections, as a client sees them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use delivery_messages::{NewPosition, Plan, PlanPhase, StatePhase};
use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::client::{Socket, refused};
use super::{Running, started};
use crate::ingest::input::Input;
use crate::model::clock::now;
use crate::model::record::{PlanOrigin, Record, Rejection};
use crate::testing::{self, plan, plan_record, position, position_record, route_record, state, state_record};

/// Records of the present, so that nothing is old when the test reads it.
pub(super) fn fresh(mut record: Record) -> Record {
    match &mut record {
        Record::Plan { time, .. } | Record::State { time, .. } | Record::Position { time, .. } => *time = now(),
        Record::Route { .. } | Record::Erased { .. } | Record::Rejected(_) | Record::Unreadable(_) => {}
    }
    record
}

pub(super) fn moved(id: &str, seq: u64) -> Record {
    fresh(position_record(NewPosition { at: now(), ..position(id, seq, false) }, 0))
}

pub(super) fn arrived(id: &str, seq: u64) -> Record {
    fresh(position_record(NewPosition { at: now(), ..position(id, seq, true) }, 0))
}

pub(super) fn one_delivery() -> Vec<Record> {
    vec![route_record(testing::route("1", "Primeiro")), fresh(plan_record(plan("d1"))), moved("d1", 0)]
}

#[tokio::test]
async fn a_client_sees_a_delivery_from_the_snapshot_to_its_end() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, snapshot) = Socket::open(&running).await;
    assert_eq!(snapshot[0]["deliveryId"], "d1");
    assert_eq!(snapshot[0]["position"], serde_json::json!([-15.8, -47.9]));
    running.feed(vec![moved("d1", 1)]).await;
    let (event, data) = socket.next().await;
    assert_eq!((event.as_str(), data["seq"].as_u64()), ("new-position", Some(1)));
    running.feed(vec![arrived("d1", 2)]).await;
    for expected in ["delivery", "new-position", "finished"] {
        let (event, data) = socket.next().await;
        assert_eq!(event, expected);
        assert_eq!(data["deliveryId"], "d1");
    }
    until(|| running.metrics().contains("position_age_seconds_count{stage=\"written\"} 2")).await;
    let metrics = running.metrics();
    for expected in ["position_age_seconds_count{stage=\"read\"} 2", "first_snapshot_duration_seconds_count 1"] {
        assert!(metrics.contains(expected), "{expected} is not in\n{metrics}");
    }
    // A snapshot may be slightly old; what it does not contain yet follows.
    let (mut later, snapshot) = Socket::open(&running).await;
    if snapshot[0]["phase"] != "Finished" {
        assert_eq!(later.next().await.1["phase"], "Finished");
    }
}

#[tokio::test]
async fn a_client_hears_that_the_routes_are_others_in_either_mode_and_from_which_gateway() {
    let running = Running::ready("", one_delivery()).await;
    for query in ["", "mode=all"] {
        let mut socket = Socket::connect(&running, query).await;
        assert_eq!(socket.next().await.0, "snapshot");
        let (event, before) = socket.next().await;
        assert_eq!((event.as_str(), before["replica"].as_str()), ("status", Some("gateway-1")));
        let route = testing::route(&format!("2{}", query.len()), "Segundo");
        running.feed(vec![route_record(route.clone())]).await;
        // A snapshot may be slightly old; what it does not contain yet follows.
        let (mut event, mut after) = socket.next().await;
        while event == "new-position" {
            (event, after) = socket.next().await;
        }
        assert_eq!((event.as_str(), after["kafka"].as_str()), ("status", Some("available")));
        assert_ne!(after["routes"], before["routes"]);
        // A record that repeats what is known is no news.
        running.feed(vec![route_record(route), moved("d1", 1 + query.len() as u64)]).await;
        assert_eq!(socket.next().await.0, "new-position", "{query}");
    }
}

#[tokio::test]
async fn a_reply_goes_only_to_the_client_that_asked() {
    let running = Running::ready("", one_delivery()).await;
    let (mut asker, _) = Socket::open(&running).await;
    let (mut other, _) = Socket::open(&running).await;
    asker.send(r#"{"event":"new-direction","data":{"routeId":"9","requestId":"r0"}}"#).await;
    let (event, data) = asker.next().await;
    assert_eq!((event.as_str(), data["reason"].as_str()), ("rejected", Some("UnknownRoute")));
    asker.send(r#"{"event":"new-direction","data":{"routeId":"1","requestId":"r-1","speedKmh":0}}"#).await;
    let (event, data) = asker.next().await;
    assert_eq!((event.as_str(), data["reason"].as_str()), ("rejected", Some("InvalidRequest")));
    assert_eq!(data["requestId"], "r-1", "at once, to its sender");
    asker.send(r#"{"event":"new-direction","data":{"routeId":"1","requestId":"r1"}}"#).await;
    asker.send(r#"{"event":"new-direction","data":{"routeId":"1","requestId":"r2"}}"#).await;
    until(|| running.gateway.live.pending().waits_for("r2")).await;
    let rejection = Rejection { request_id: "r2".into(), reason: "TooMany".into(), message: "Later.".into() };
    running.feed(vec![Record::Rejected(rejection)]).await;
    let (event, data) = asker.next().await;
    assert_eq!((event.as_str(), data["requestId"].as_str()), ("rejected", Some("r2")));
    running.feed(vec![fresh(plan_record(Plan { request_id: Some("r1".into()), ..plan("d2") }))]).await;
    let mut events: Vec<_> = [asker.next().await.0, asker.next().await.0].into();
    events.sort();
    assert_eq!(events, ["accepted", "delivery"]);
    assert_eq!(other.next().await.0, "delivery");
    running.feed(vec![moved("d2", 0)]).await;
    assert_eq!(other.next().await.0, "delivery", "its phase is Running now");
    assert_eq!(other.next().await.0, "new-position");
}

#[tokio::test]
async fn a_repeated_request_gets_its_reply_at_once() {
    let mut records = one_delivery();
    records.push(fresh(plan_record(Plan { request_id: Some("r1".into()), ..plan("d2") })));
    let running = Running::ready("", records).await;
    let (mut socket, _) = Socket::open(&running).await;
    socket.send(r#"{"event":"new-direction","data":{"routeId":"1","requestId":"r1"}}"#).await;
    let (event, data) = socket.next().await;
    assert_eq!((event.as_str(), data["deliveryId"].as_str()), ("accepted", Some("d2")));
    assert!(running.metrics().contains(r#"outcome="repeat"} 1"#));
}

#[tokio::test]
async fn a_request_that_kafka_does_not_confirm_is_rejected_in_time() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    let begun = Instant::now();
    socket.send(r#"{"event":"command","data":{"deliveryId":"d1","action":"cancel","requestId":"c1"}}"#).await;
    let (event, data) = socket.next().await;
    assert_eq!((event.as_str(), data["reason"].as_str()), ("rejected", Some("KafkaUnavailable")));
    assert_eq!(data["requestId"], "c1");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_command_for_an_unknown_or_ended_delivery_is_rejected() {
    let mut records = one_delivery();
    records.push(fresh(plan_record(Plan { phase: PlanPhase::Cancelled, ..plan("d2") })));
    let running = Running::ready("", records).await;
    let (mut socket, _) = Socket::open(&running).await;
    for (id, reason) in [("none", "UnknownDelivery"), ("d2", "DeliveryEnded")] {
        socket.send(&format!(r#"{{"event":"command","data":{{"deliveryId":"{id}","action":"suspend"}}}}"#)).await;
        let (event, data) = socket.next().await;
        assert_eq!((event.as_str(), data["reason"].as_str()), ("rejected", Some(reason)));
        assert!(!data["requestId"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_bad_frame_gets_an_error_and_the_connection_goes_on() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    socket.send("hello").await;
    assert_eq!(socket.next().await.1["reason"], "MalformedFrame");
    socket.0.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(socket.next().await.1["reason"], "BinaryFrame");
    running.feed(vec![moved("d1", 1)]).await;
    assert_eq!(socket.next().await.0, "new-position");
    assert!(running.metrics().contains(r#"bad_frames_total{reason="MalformedFrame"} 1"#));
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_explained_and_closes_with_1009() {
    let running = Running::ready("", one_delivery()).await;
    for size in [16 * 1024 + 1, 2_000_000] {
        let (mut socket, _) = Socket::open(&running).await;
        // The gateway closes while a client is still sending so much; the client may notice it as a broken pipe.
        let _ = socket.0.send(Message::text("x".repeat(size))).await;
        let (event, data) = socket.next().await;
        assert_eq!((event.as_str(), data["reason"].as_str()), ("error", Some("FrameTooLarge")), "{size}");
        assert_eq!(socket.closed().await, Some(CloseCode::Size), "{size}");
    }
    until(|| running.metrics().contains(r#"closed_total{reason="frame-too-large"} 2"#)).await;
}

#[tokio::test]
async fn a_client_that_sends_too_fast_gets_an_error_and_is_closed_with_1008() {
    let running = Running::ready("limits: {framesPerSecond: 5}", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    for _ in 0..6 {
        socket.send("hello").await;
    }
    for _ in 0..5 {
        assert_eq!(socket.next().await.1["reason"], "MalformedFrame");
    }
    assert_eq!(socket.next().await.1["reason"], "TooManyFrames");
    assert_eq!(socket.closed().await, Some(CloseCode::Policy));
}

#[tokio::test]
async fn beyond_the_maximum_of_connections_a_client_gets_503_until_one_leaves() {
    let running = Running::ready("limits: {connections: 2}", one_delivery()).await;
    let (first, _) = Socket::open(&running).await;
    let (_second, _) = Socket::open(&running).await;
    let answer = refused(&running.url("/ws"), &[]).await;
    assert_eq!(answer.status(), 503);
    assert!(String::from_utf8_lossy(answer.body().as_ref().unwrap()).contains("TooManyConnections"));
    drop(first);
    until(|| running.gateway.permits.available_permits() == 1).await;
    Socket::open(&running).await;
}

#[tokio::test]
async fn an_upgrade_that_is_not_allowed_is_refused_with_the_reason() {
    let running = Running::ready("", one_delivery()).await;
    for (path, headers, status, reason) in [
        ("/ws", vec![("origin", "https://evil.example")], 403, "OriginNotAllowed"),
        ("/ws?mode=some", vec![], 400, "UnknownMode"),
        ("/ws?form=xml", vec![], 400, "UnknownForm"),
        ("/ws?batch=maybe", vec![], 400, "InvalidBatch"),
        ("/ws?rectangle=1,2,3", vec![], 400, "InvalidFilter"),
        ("/ws", vec![("sec-websocket-version", "8")], 426, "WrongWebSocketVersion"),
    ] {
        let answer = refused(&running.url(path), &headers).await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(String::from_utf8_lossy(answer.body().as_ref().unwrap()).contains(reason), "{path}");
    }
    let own = format!("http://{}", running.address);
    let mut request =
        tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(running.url("/ws")).unwrap();
    request.headers_mut().insert("origin", own.parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.is_ok(), "the gateway's own page");
    assert_eq!(refused(&started("").await.url("/ws"), &[]).await.status(), 503, "not before the first picture");
}

#[tokio::test]
async fn at_shutdown_clients_are_closed_with_1001_and_no_new_one_is_accepted() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    running.drain.send_replace(Some(Instant::now()));
    assert_eq!(refused(&running.url("/ws"), &[]).await.status(), 503);
    assert_eq!(socket.closed().await, Some(CloseCode::Away));
    drop(socket);
    let all = u32::try_from(running.gateway.limits.connections).unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(5), running.gateway.permits.acquire_many(all));
    assert!(closed.await.is_ok());
}

/// A client that does not read delays no other, and when it reads again it gets the newest position of each delivery
/// and every end.
#[tokio::test]
async fn a_slow_client_gets_the_newest_of_each_and_every_end() {
    const DELIVERIES: usize = 300;
    const ROUNDS: u64 = 150;
    let ids: Vec<String> = (0..DELIVERIES).map(|number| format!("d{number}")).collect();
    let plans = ids.iter().map(|id| fresh(plan_record(plan(id)))).collect();
    let running = Running::ready("", plans).await;
    let (mut slow, _) = Socket::open(&running).await;
    let (mut fast, _) = Socket::open(&running).await;
    let reading = tokio::spawn(async move {
        let mut ends = 0;
        while ends < DELIVERIES {
            ends += usize::from(fast.next().await.0 == "finished");
        }
    });
    for seq in 0..ROUNDS {
        running.feed(ids.iter().map(|id| moved(id, seq)).collect()).await;
        tokio::task::yield_now().await;
    }
    running.feed(ids.iter().map(|id| arrived(id, ROUNDS)).collect()).await;
    tokio::time::timeout(Duration::from_mins(1), reading).await.expect("the fast client was held up").unwrap();
    let mut newest: HashMap<String, u64> = HashMap::new();
    let mut ended = HashMap::new();
    let mut received = 0_u64;
    while ended.len() < DELIVERIES {
        let (event, data) = slow.next().await;
        // The number of conflated positions is reported in its own frame.
        let Some(id) = data["deliveryId"].as_str().map(str::to_owned) else { continue };
        received += 1;
        if event == "finished" {
            *ended.entry(id).or_insert(0) += 1;
        } else if let Some(seq) = data["seq"].as_u64() {
            assert!(newest.get(&id).is_none_or(|known| *known <= seq));
            newest.insert(id, seq);
        }
    }
    assert!(ended.values().all(|count| *count == 1));
    assert!(ids.iter().all(|id| newest[id] == ROUNDS));
    assert!(received < ROUNDS * DELIVERIES as u64 / 2, "{received}: nothing was conflated");
}

#[tokio::test]
async fn a_large_snapshot_comes_whole() {
    let ids: Vec<String> = (0..2_000).map(|number| format!("d{number}")).collect();
    let records = ids
        .iter()
        .flat_map(|id| [fresh(plan_record(plan(id))), fresh(state_record(state(id, 3, StatePhase::Running), 0))]);
    let running = Running::ready("", records.collect()).await;
    let (_, snapshot) = Socket::open(&running).await;
    assert_eq!(snapshot.as_array().unwrap().len(), 2_000);
}

#[tokio::test]
async fn a_delivery_that_is_taken_away_before_its_end_brings_a_new_snapshot() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    let tombstone = Record::Plan { delivery_id: "d1".into(), plan: None, time: now(), origin: PlanOrigin::default() };
    running.feed(vec![tombstone]).await;
    let (event, data) = socket.next().await;
    assert_eq!(event, "snapshot");
    assert_eq!(data["deliveries"], serde_json::json!([]));
}

#[tokio::test]
async fn a_close_is_answered_and_the_connections_permit_is_free_again() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    socket.0.close(None).await.unwrap();
    while socket.0.next().await.is_some() {}
    until(|| running.metrics().contains("websocket_connections{mode=\"latest\",form=\"json\"} 0")).await;
    assert!(running.metrics().contains(r#"closed_total{reason="client"} 1"#));
}

#[tokio::test]
async fn the_hub_ends_when_the_readers_of_kafka_do() {
    let running = Running::ready("", one_delivery()).await;
    let (needed, answer) = tokio::sync::oneshot::channel();
    running.hub.send(Input::Needed(needed)).await.unwrap();
    assert!(answer.await.unwrap().is_empty());
}

pub(super) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to pass");
}
