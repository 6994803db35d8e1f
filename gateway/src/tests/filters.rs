//! Filters and scopes, as a client sees them.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

use delivery_messages::Plan;
use serde_json::Value;

use super::all::at;
use super::client::{Socket, get};
use super::sockets::{arrived, fresh, one_delivery};
use super::{Running, started_in};
use crate::model::record::Record;
use crate::model::scope::Scope;
use crate::testing::{plan, plan_record};

fn two_deliveries() -> Vec<Record> {
    let mut records = one_delivery();
    let other = Plan { courier: "bike-2".into(), route_id: "2".into(), ..plan("d2") };
    records.extend([fresh(plan_record(other)), at("d2", 0, 1)]);
    records
}

fn ids(snapshot: &Value) -> Vec<&str> {
    let mut ids: Vec<_> = snapshot["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["deliveryId"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

/// A position at a longitude.
fn moved_to(id: &str, seq: u64, offset: i64, lng: f64) -> Record {
    match at(id, seq, offset) {
        Record::Position { mut position, time, offset } => {
            position.position = [lng, 0.0];
            Record::Position { position, time, offset }
        }
        other => other,
    }
}

#[tokio::test]
async fn a_filter_in_the_url_limits_the_snapshot_and_the_stream() {
    let running = Running::ready("", two_deliveries()).await;
    for (query, id) in [("delivery=d2", "d2"), ("route=2&route=3", "d2"), ("courier=moto-7", "d1")] {
        for mode in ["latest", "all"] {
            let (_, _, snapshot) = Socket::open_at(&running, &format!("mode={mode}&{query}")).await;
            assert_eq!(ids(&snapshot), [id], "{query}");
        }
    }
    let (mut latest, _, _) = Socket::open_at(&running, "courier=bike-2").await;
    let (mut all, _, _) = Socket::open_at(&running, "mode=all&courier=bike-2").await;
    running.feed(vec![at("d1", 1, 2), at("d2", 1, 3)]).await;
    for socket in [&mut latest, &mut all] {
        let (event, data) = socket.next().await;
        assert_eq!((event.as_str(), data["deliveryId"].as_str()), ("new-position", Some("d2")));
    }
    assert_eq!(all.next().await.0, "heartbeat", "what it is not sent advances its cursor");
}

#[tokio::test]
async fn a_filter_changes_on_the_open_connection() {
    let running = Running::ready("", two_deliveries()).await;
    for mode in ["latest", "all"] {
        let (mut socket, _, snapshot) = Socket::open_at(&running, &format!("mode={mode}")).await;
        assert_eq!(ids(&snapshot), ["d1", "d2"]);
        for (filter, expected) in [(r#"{"deliveries":["d1"]}"#, vec!["d1"]), ("{}", vec!["d1", "d2"])] {
            socket.send(&format!(r#"{{"event":"filter","data":{filter}}}"#)).await;
            let data = socket.until("snapshot").await;
            assert_eq!(data["reason"], "filter");
            assert_eq!(data["cursor"].is_string(), mode == "all");
            assert_eq!(ids(&data), expected);
        }
        socket.send(r#"{"event":"filter","data":{"rectangle":[1,2]}}"#).await;
        assert_eq!(socket.until("error").await["reason"], "InvalidFilter");
    }
}

#[tokio::test]
async fn a_vehicle_enters_and_leaves_a_rectangle() {
    let running = Running::ready("", one_delivery()).await;
    for (mode, first) in [("latest", 1), ("all", 5)] {
        let (mut socket, _, snapshot) = Socket::open_at(&running, &format!("mode={mode}&rectangle=0,-1,10,1")).await;
        assert_eq!(ids(&snapshot), [""; 0]);
        for (seq, lng) in [(first, -5.0), (first + 1, 5.0), (first + 2, 6.0), (first + 3, 20.0)] {
            running.feed(vec![moved_to("d1", seq, seq as i64, lng)]).await;
            if seq == first {
                continue;
            }
            let expected = match seq - first {
                1 => vec!["delivery", "new-position"],
                2 => vec!["new-position"],
                _ => vec!["left"],
            };
            for event in expected {
                let (found, data) = loop {
                    let frame = socket.next().await;
                    if frame.0 != "heartbeat" {
                        break frame;
                    }
                };
                assert_eq!((found.as_str(), data["deliveryId"].as_str()), (event, Some("d1")), "{mode} {seq}");
            }
        }
    }
    let (mut outside, _, _) = Socket::open_at(&running, "rectangle=0,-1,10,1").await;
    running.feed(vec![arrived("d1", 99)]).await;
    outside.send("hello").await;
    assert_eq!(outside.next().await.0, "error", "an end outside the rectangle is not sent");
}

#[tokio::test]
async fn a_scope_limits_every_answer_and_every_request() {
    let scope = Scope { deliveries: Some(["d2".to_owned()].into()), may_request: false, namespaces: None };
    let running = started_in("", scope).await.complete(two_deliveries()).await;
    for mode in ["latest", "all"] {
        let (mut socket, _, snapshot) = Socket::open_at(&running, &format!("mode={mode}")).await;
        assert_eq!(ids(&snapshot), ["d2"]);
        for (id, reason) in [("d1", "UnknownDelivery"), ("d2", "NotAllowed")] {
            socket.send(&format!(r#"{{"event":"command","data":{{"deliveryId":"{id}","action":"cancel"}}}}"#)).await;
            assert_eq!(socket.until("rejected").await["reason"], reason);
        }
        socket.send(r#"{"event":"new-direction","data":{"routeId":"1"}}"#).await;
        assert_eq!(socket.until("rejected").await["reason"], "NotAllowed");
        socket.send(r#"{"event":"filter","data":{"deliveries":["d1"]}}"#).await;
        assert_eq!(ids(&socket.until("snapshot").await), [""; 0], "a filter does not widen a scope");
    }
    let cursor = super::log().cursor(&[0]);
    let (mut socket, event, resumed) = Socket::open_at(&running, &format!("mode=all&cursor={cursor}")).await;
    assert_eq!((event.as_str(), ids(&resumed)), ("resumed", vec!["d2"]));
    assert_eq!(socket.until("new-position").await["deliveryId"], "d2", "of what the ring holds, too");
    assert_eq!(get(&running, "/deliveries").await.json()["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(get(&running, "/deliveries/d1").await.status, 404);
    assert_eq!(get(&running, "/deliveries/d1/route").await.status, 404);
    let started = super::client::ask(
        &running,
        "POST /routes/1/start HTTP/1.1\nhost: map.example\nconnection: close\ncontent-length: 0\n\n",
    );
    assert_eq!(started.await.status, 403);
}
