//! The mode `all`, as a client sees it: every position once and in order, whatever happens to the connection.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::Running;
use super::client::Socket;
use super::sockets::{arrived, fresh, moved, one_delivery, until};
use crate::ingest::input::Input;
use crate::model::record::{PlanOrigin, Record, RecordOffset};
use crate::protocol::cursor::StreamPosition;
use crate::stream::catch_up::backlog::CannotResume;
use crate::stream::catch_up::slices::Slice;
use crate::stream::publication::change_set::ChangeSet;
use crate::stream::publication::chunk::Chunk;
use crate::testing::{plan, plan_record};

/// A position of `id` at an offset of the only partition.
pub(super) fn at(id: &str, seq: u64, offset: i64) -> Record {
    match moved(id, seq) {
        Record::Position { position, time, .. } => {
            Record::Position { position, time, offset: RecordOffset { partition: 0, offset } }
        }
        other => other,
    }
}

fn seqs(data: &Value) -> Vec<u64> {
    data["positions"].as_array().unwrap().iter().map(|position| position["seq"].as_u64().unwrap()).collect()
}

fn offsets(cursor: &Value) -> Vec<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    let cursor: Value = serde_json::from_slice(&bytes).unwrap();
    serde_json::from_value(cursor["o"].clone()).unwrap()
}

#[tokio::test]
async fn a_client_gets_every_position_and_no_repeat() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, event, snapshot) = Socket::open_at(&running, "mode=all").await;
    assert_eq!((event.as_str(), snapshot["reason"].as_str()), ("snapshot", Some("connected")));
    assert_eq!(offsets(&snapshot["cursor"]), [1]);
    assert_eq!(snapshot["deliveries"][0]["seq"], 0);
    // A simulator that restarts repeats the positions that may not have been sent.
    running.feed([1, 2, 3, 2, 3, 4].into_iter().zip(1..).map(|(seq, offset)| at("d1", seq, offset)).collect()).await;
    for seq in 1..=4 {
        let (event, data) = socket.next().await;
        assert_eq!((event.as_str(), data["seq"].as_u64()), ("new-position", Some(seq)));
    }
    assert_eq!(
        offsets(&socket.until("heartbeat").await["cursor"]),
        [7],
        "without batches a heartbeat tells the cursor"
    );
    running.feed(vec![arrived("d1", 7)]).await;
    for expected in ["delivery", "new-position", "finished"] {
        assert_eq!(socket.next().await.0, expected);
    }
    assert_eq!(offsets(&socket.until("heartbeat").await["cursor"]), [8]);
}

#[tokio::test]
async fn a_batch_carries_the_cursor_after_it() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all&batch=true").await;
    running.feed((1..=250).map(|seq| at("d1", seq, seq as i64)).collect()).await;
    let mut next = 1;
    for count in [100, 100, 50] {
        let (event, data) = socket.next().await;
        assert_eq!(event, "new-positions");
        assert_eq!(seqs(&data), (next..next + count).collect::<Vec<u64>>());
        next += count;
        assert_eq!(offsets(&data["cursor"]), [next as i64]);
    }
}

#[tokio::test]
async fn binary_frames_advance_the_cursor() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, snapshot) = Socket::open_at(&running, "mode=all&batch=true&form=binary").await;
    assert!(snapshot["deliveries"][0]["number"].is_u64());
    running.feed((1..=7).map(|seq| at("d1", seq, seq as i64)).collect()).await;
    let mut total = 0;
    while total < 7 {
        let Message::Binary(bytes) = socket.message().await else { panic!("no binary frame") };
        assert_eq!(bytes[..2], [1, 1], "positions, of one partition");
        total += i64::from(bytes[2]);
    }
    assert_eq!(total, 7);
}

#[tokio::test]
async fn a_cursor_is_good_on_another_replica() {
    let here = Running::ready("", one_delivery()).await;
    let there = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&here, "mode=all&batch=true").await;
    let first: Vec<_> = [1, 2, 3, 4].into_iter().zip(1..).map(|(seq, offset)| at("d1", seq, offset)).collect();
    here.feed(first.clone()).await;
    let mut sent = Vec::new();
    let mut cursor = Value::Null;
    while sent.len() < 4 {
        let data = socket.until("new-positions").await;
        sent.extend(seqs(&data));
        cursor = data["cursor"].clone();
    }
    drop(socket);
    // The records after the cursor repeat what the other replica has sent; this replica also lags behind.
    let second: Vec<_> = [3, 4, 5, 6].into_iter().zip(5..).map(|(seq, offset)| at("d1", seq, offset)).collect();
    for part in [&first[..2], &first[2..], &second] {
        there.feed(part.to_vec()).await;
    }
    until(|| there.gateway.live.published().ring.head().offsets() == [9]).await;
    let query = format!("mode=all&batch=true&cursor={}", cursor.as_str().unwrap());
    let (mut socket, event, resumed) = Socket::open_at(&there, &query).await;
    assert_eq!(event, "resumed");
    assert_eq!(resumed["cursor"], cursor);
    assert_eq!(resumed["deliveries"][0]["deliveryId"], "d1");
    while sent.len() < 6 {
        sent.extend(seqs(&socket.until("new-positions").await));
    }
    assert_eq!(sent, [1, 2, 3, 4, 5, 6]);
    assert!(there.metrics().contains(r#"snapshots_total{reason="resumed"} 1"#));
}

#[tokio::test]
async fn a_replica_that_lags_leaves_out_what_another_one_sent() {
    let mut lagging = Running::ready("", one_delivery()).await;
    let cursor = super::log().cursor(&[4]);
    let mut socket = Socket::connect(&lagging, &format!("mode=all&batch=true&cursor={cursor}")).await;
    // The backlog reader checks whether the log reaches that far.
    let ask = lagging.asks.recv().await.unwrap();
    let after = Arc::new(StreamPosition::new(Arc::new(super::log()), [4]));
    ask.reply(Ok(Arc::new(Slice { chunks: Vec::new(), after })));
    assert_eq!(socket.next().await.0, "resumed");
    lagging.feed((1..=6).map(|seq| at("d1", seq, seq as i64)).collect()).await;
    let mut sent = Vec::new();
    while sent.last() != Some(&6) {
        let data = socket.until("new-positions").await;
        assert!(offsets(&data["cursor"])[0] >= 4, "a cursor never goes back");
        sent.extend(seqs(&data));
    }
    assert_eq!(sent, [4, 5, 6]);
}

#[tokio::test]
async fn a_cursor_of_another_log_and_an_invalid_one_lead_to_a_snapshot() {
    let mut running = Running::ready("", one_delivery()).await;
    let recreated = crate::protocol::cursor::LogId { topic: "another".to_owned(), ..super::log() };
    for cursor in ["rubbish".to_owned(), recreated.cursor(&[1]), super::log().cursor(&[1, 2])] {
        let (_, event, data) = Socket::open_at(&running, &format!("mode=all&cursor={cursor}")).await;
        assert_eq!((event.as_str(), data["reason"].as_str()), ("snapshot", Some("mismatch")), "{cursor}");
    }
    for (trouble, reason) in [(CannotResume::TooOld, "tooOld"), (CannotResume::Mismatch, "mismatch")] {
        let cursor = super::log().cursor(&[99]);
        let mut socket = Socket::connect(&running, &format!("mode=all&cursor={cursor}")).await;
        running.asks.recv().await.unwrap().reply(Err(trouble));
        let (event, data) = socket.next().await;
        assert_eq!((event.as_str(), data["reason"].as_str()), ("snapshot", Some(reason)));
    }
}

#[tokio::test]
async fn a_client_that_comes_back_from_before_the_ring_gets_the_log_and_then_the_ring() {
    let mut running = Running::ready("limits: {ringBytes: 20000}", one_delivery()).await;
    for seq in 1..=200 {
        running.feed(vec![at("d1", seq, seq as i64)]).await;
        tokio::task::yield_now().await;
    }
    until(|| running.gateway.live.published().ring.head().offsets() == [201]).await;
    assert!(running.gateway.live.published().ring.tail().offsets()[0] > 50, "the first positions have fallen out");
    let cursor = super::log().cursor(&[1]);
    let mut socket = Socket::connect(&running, &format!("mode=all&batch=true&cursor={cursor}")).await;
    let mut from = 1;
    let answer = async {
        while let Some(ask) = running.asks.recv().await {
            assert_eq!(ask.from().offsets(), [from]);
            if from > 1 {
                // Changes in the meantime are sent when the client has caught up.
                running.feed(vec![fresh(plan_record(plan(&format!("new-{from}"))))]).await;
            }
            let delivery = running.gateway.live.published().delivery("d1").unwrap().delivery.clone();
            let to = (from + 60).min(201);
            let moved = (from..to).map(|seq| {
                let fix = crate::testing::fix(seq as u64, [-47.9, -15.8]);
                Arc::new(crate::protocol::encoded_position::EncodedPosition::new(
                    &delivery,
                    fix,
                    Some(RecordOffset { partition: 0, offset: seq }),
                ))
            });
            let place = |offset| Arc::new(StreamPosition::new(Arc::new(super::log()), [offset]));
            let news = ChangeSet { positions: moved.collect(), ..ChangeSet::default() };
            let chunk = Arc::new(Chunk::new(u64::MAX, news, place(from), place(to)));
            from = to;
            ask.reply(Ok(Arc::new(Slice { chunks: vec![chunk], after: place(from) })));
        }
    };
    let mut sent = Vec::new();
    let mut new = BTreeSet::new();
    let read = async {
        assert_eq!(socket.next().await.0, "resumed");
        // Deliveries that are published together come in any order.
        while sent.last() != Some(&200) || !new.contains("new-61") {
            match socket.next().await {
                (event, data) if event == "new-positions" => sent.extend(seqs(&data)),
                (event, data) if event == "delivery" => {
                    new.insert(data["deliveryId"].as_str().unwrap().to_owned());
                }
                _ => {}
            }
        }
    };
    tokio::select! {
        () = answer => panic!("the gateway is gone"),
        () = read => {}
    }
    assert_eq!(sent, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn at_shutdown_a_client_gets_its_cursor() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all").await;
    running.feed(vec![at("d1", 1, 1)]).await;
    assert_eq!(socket.next().await.0, "new-position");
    running.drain.send_replace(Some(Instant::now()));
    let data = socket.until("reconnect").await;
    assert_eq!(data["reason"], "draining");
    assert!(data["withinMilliseconds"].is_u64());
    assert_eq!(offsets(&data["cursor"]), [2]);
    running.feed(vec![at("d1", 2, 2)]).await;
    assert_eq!(socket.until("new-position").await["seq"], 2, "it is served until it is elsewhere");
    while offsets(&socket.until("heartbeat").await["cursor"]) != [3] {}
    assert_eq!(socket.closed().await, Some(CloseCode::Away));
}

/// A client that does not read falls behind the ring and reconnects with its cursor; nothing is lost.
#[tokio::test]
async fn a_client_that_falls_off_is_closed_with_its_cursor() {
    const DELIVERIES: usize = 200;
    const ROUNDS: u64 = 60;
    let ids: Vec<String> = (0..DELIVERIES).map(|number| format!("d{number}")).collect();
    let plans: Vec<_> = ids.iter().map(|id| fresh(plan_record(plan(id)))).collect();
    let running = Running::ready("limits: {ringBytes: 2000000}", plans.clone()).await;
    let mut offset = 0;
    let (mut slow, _, _) = Socket::open_at(&running, "mode=all&batch=true").await;
    for seq in 0..ROUNDS {
        let round = ids.iter().map(|id| {
            offset += 1;
            at(id, seq, offset - 1)
        });
        running.feed(round.collect()).await;
    }
    until(|| running.gateway.live.published().ring.head().offsets() == [offset]).await;
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    let mut take = |data: &Value| {
        for position in data["positions"].as_array().unwrap() {
            let next = next.entry(position["deliveryId"].as_str().unwrap().to_owned()).or_default();
            assert_eq!(position["seq"].as_u64(), Some(*next), "each once and in order");
            *next += 1;
        }
    };
    let cursor = loop {
        let (event, data) = slow.next().await;
        match event.as_str() {
            "new-positions" => take(&data),
            "reconnect" => {
                assert_eq!(data["reason"], "fellOff");
                break data["cursor"].clone();
            }
            _ => {}
        }
    };
    assert_eq!(slow.closed().await, Some(CloseCode::Again));
    until(|| running.metrics().contains(r#"closed_total{reason="fell-off"} 1"#)).await;
    // Another replica with a larger ring serves the rest.
    let other = Running::ready("", plans).await;
    let mut offset = 0;
    for seq in 0..ROUNDS {
        let round = ids.iter().map(|id| {
            offset += 1;
            at(id, seq, offset - 1)
        });
        other.feed(round.collect()).await;
    }
    until(|| other.gateway.live.published().ring.head().offsets() == [offset]).await;
    let query = format!("mode=all&batch=true&cursor={}", cursor.as_str().unwrap());
    let (mut socket, event, _) = Socket::open_at(&other, &query).await;
    assert_eq!(event, "resumed");
    loop {
        let data = socket.until("new-positions").await;
        take(&data);
        if offsets(&data["cursor"]) == [offset] {
            break;
        }
    }
    assert!(next.values().all(|next| *next == ROUNDS), "{next:?}");
}

#[tokio::test]
async fn a_position_that_arrives_before_its_plan_is_sent_after_it() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all&batch=true").await;
    running.feed(vec![at("d2", 0, 1), at("d1", 1, 2)]).await;
    running.feed(vec![fresh(plan_record(plan("d2")))]).await;
    assert_eq!(socket.next().await.0, "delivery");
    let data = socket.until("new-positions").await;
    assert_eq!(data["positions"][0]["deliveryId"], "d2");
}

#[tokio::test]
async fn a_delivery_that_is_taken_away_before_its_end_leaves() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all").await;
    running
        .feed(vec![Record::Plan { delivery_id: "d1".into(), plan: None, time: 0, origin: PlanOrigin::default() }])
        .await;
    let (event, data) = socket.next().await;
    assert_eq!((event.as_str(), data["deliveryId"].as_str()), ("left", Some("d1")));
}

#[tokio::test]
async fn an_erased_delivery_leaves_and_its_positions_delay_and_reach_no_client() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all").await;
    let erased =
        Some(delivery_messages::Erased { erased_at: 0, of: delivery_messages::deliveries::erased::Of::Delivery });
    running.feed(vec![Record::Erased { id: "d1".into(), erased }]).await;
    let (event, data) = socket.next().await;
    assert_eq!((event.as_str(), data["deliveryId"].as_str()), ("left", Some("d1")));
    running.feed(vec![at("d1", 1, 1), fresh(plan_record(plan("d1"))), fresh(plan_record(plan("d2")))]).await;
    running.feed(vec![at("d2", 0, 2)]).await;
    let data = socket.until("new-position").await;
    assert_eq!(data["deliveryId"], "d2", "it did not wait for a plan of d1");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_advances_the_cursor() {
    let running = Running::ready("", one_delivery()).await;
    let (mut socket, _, _) = Socket::open_at(&running, "mode=all").await;
    running
        .hub
        .send(Input::Records(vec![Record::Unreadable(RecordOffset { partition: 0, offset: 41 })]))
        .await
        .unwrap();
    assert_eq!(offsets(&socket.until("heartbeat").await["cursor"]), [42]);
    running.feed(vec![arrived("d1", 50)]).await;
    assert_eq!(socket.until("new-position").await["finished"], true);
}
