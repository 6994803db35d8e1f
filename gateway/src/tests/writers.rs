//! The writers, as many clients see them.

#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the numbers of a test are small")]

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::all::at;
use super::client::Socket;
use super::raw::{FIN, PING, PONG, Raw, TEXT, frame};
use super::sockets::{fresh, moved, one_delivery, until};
use super::{Running, started_with};
use crate::model::scope::Scope;
use crate::testing::{plan, plan_record};

/// How long a hub may gather at most: `LONGEST` of its pace.
const LONGEST: Duration = Duration::from_millis(250);

/// The numbers of the positions in a frame, in order.
fn seqs(payload: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(payload).unwrap();
    if !text.starts_with(r#"{"event":"new-position"#) {
        return Vec::new();
    }
    let numbers = text.split(r#""seq":"#).skip(1);
    numbers.map(|rest| rest.split(',').next().unwrap().parse().unwrap()).collect()
}

/// From a stage on, reads until the client has all positions but the first, each once and in order.
async fn read_all(mut raw: Raw, mut begin: watch::Receiver<u8>, stage: u8, end: u64) {
    begin.wait_for(|now| *now >= stage).await.unwrap();
    let mut next = 1;
    while next < end {
        let frame = raw.next().await.expect("the connection ended");
        for seq in seqs(&frame.payload) {
            assert_eq!(seq, next);
            next += 1;
        }
    }
}

/// Clients that read get everything while others stand still; those get everything once they go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_get_each_position_once_and_in_order_while_some_stall_and_recover() {
    const CLIENTS: usize = 1_000;
    const POSITIONS: u64 = 1_500;
    const TOGETHER: u64 = 30;
    // A processor that is taken would be a reason to gather.
    let running = started_with("", Scope::everything(), || Duration::ZERO).await;
    let running = running.complete(vec![fresh(plan_record(plan("d1"))), at("d1", 0, 0)]).await;
    // 0: nobody reads yet; 1: all but some; 2: all.
    let (stage, begin) = watch::channel(0);
    let (mut readers, mut stalled) = (JoinSet::new(), JoinSet::new());
    for number in 0..CLIENTS {
        let query = ["mode=all", "mode=all&batch=true"][number % 2];
        if number % 20 < 2 {
            stalled.spawn(read_all(Raw::open_narrow(&running, query).await, begin.clone(), 2, POSITIONS));
        } else {
            readers.spawn(read_all(Raw::open(&running, query).await, begin.clone(), 1, POSITIONS));
        }
    }
    stage.send_replace(1);
    for first in (1..POSITIONS).step_by(TOGETHER as usize) {
        let end = (first + TOGETHER).min(POSITIONS);
        running.feed((first..end).map(|seq| at("d1", seq, seq as i64)).collect()).await;
        until(|| running.gateway.live.published().ring.head().offsets() == [end as i64]).await;
    }
    let reading = async {
        while let Some(read) = readers.join_next().await {
            read.unwrap();
        }
    };
    timeout(Duration::from_mins(2), reading).await.expect("a client was held up");
    let all = CLIENTS as u64 * (POSITIONS - 1);
    let sent = || positions_sent(&running.metrics());
    assert!(sent() < all, "nobody stalled");
    stage.send_replace(2);
    let reading = async {
        while let Some(read) = stalled.join_next().await {
            read.unwrap();
        }
    };
    timeout(Duration::from_mins(2), reading).await.expect("a client did not recover");
    until(|| sent() == all).await;
}

fn positions_sent(metrics: &str) -> u64 {
    let line = metrics.lines().find(|line| line.starts_with(r#"positions_sent_total{mode="all",form="json"}"#));
    line.and_then(|line| line.rsplit(' ').next()).map_or(0, |count| count.parse().unwrap())
}

/// A client's pings are answered by its task, and its positions are written by its shard: neither tears a frame of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_between_positions_tear_no_frame() {
    const POSITIONS: u64 = 400;
    let running = Running::ready("", one_delivery()).await;
    let mut raw = Raw::open(&running, "mode=all").await;
    let feeding = async {
        for seq in 1..POSITIONS {
            running.feed(vec![at("d1", seq, seq as i64)]).await;
            sleep(Duration::from_millis(1)).await;
        }
    };
    let reading = async {
        let (mut next, mut pinged, mut answered) = (1_u64, 0_u64, 0_u64);
        while next < POSITIONS || answered < pinged {
            let found = raw.next().await.expect("the connection ended");
            match found.opcode {
                TEXT => {
                    for seq in seqs(&found.payload) {
                        assert_eq!(seq, next);
                        next += 1;
                    }
                }
                PONG => {
                    answered += 1;
                    assert_eq!(found.payload, answered.to_be_bytes());
                }
                other => panic!("{other}"),
            }
            // Fewer than a client may send in a second.
            if next > 20 * (pinged + 1) && next < POSITIONS && answered == pinged && pinged < 10 {
                pinged += 1;
                raw.send(&frame(FIN | PING, &pinged.to_be_bytes())).await;
            }
        }
        assert!(pinged > 0);
    };
    tokio::join!(feeding, reading);
}

/// A client that stands still has a frame written to it in part, since its socket does not take all positions. The rest of that comes before
/// the answer to its ping.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_of_a_client_whose_socket_is_full_is_answered_between_whole_frames() {
    const POSITIONS: u64 = 1_000;
    for query in ["mode=all", "mode=all&batch=true"] {
        let running = Running::ready("", one_delivery()).await;
        let mut raw = Raw::open_narrow(&running, query).await;
        let snapshot = raw.next().await.expect("the connection ended");
        assert!(snapshot.payload.starts_with(br#"{"event":"snapshot""#));
        running.feed((1..POSITIONS).map(|seq| at("d1", seq, seq as i64)).collect()).await;
        until(|| running.gateway.live.published().ring.head().offsets() == [POSITIONS as i64]).await;
        raw.send(&frame(FIN | PING, b"are you there?")).await;
        let (mut next, mut answered) = (1, false);
        while next < POSITIONS || !answered {
            let found = raw.next().await.expect("the connection ended");
            if found.opcode == PONG {
                assert_eq!(found.payload, b"are you there?");
                answered = true;
                continue;
            }
            assert_eq!(found.opcode, TEXT);
            for seq in seqs(&found.payload) {
                assert_eq!(seq, next, "{query}");
                next += 1;
            }
        }
    }
}

/// The newest `seq` in a frame of one position or several.
fn newest(data: &Value) -> Option<u64> {
    data["positions"].as_array().and_then(|positions| positions.last()).unwrap_or(data)["seq"].as_u64()
}

/// Nothing is gathered while there is nothing else to do: a lone position goes out at once.
#[tokio::test]
async fn a_lone_position_on_an_idle_gateway_goes_out_at_once() {
    // A processor that other tests take would be a reason to gather.
    let running = started_with("", Scope::everything(), || Duration::ZERO).await.complete(one_delivery()).await;
    for query in ["", "mode=all&batch=true", "courier=moto-7"] {
        let (mut socket, _, _) = Socket::open_at(&running, query).await;
        let mut shortest = LONGEST;
        for _ in 0..20 {
            sleep(Duration::from_millis(20)).await;
            let begun = Instant::now();
            let seq = running.gateway.live.published().delivery("d1").unwrap().delivery.fix.unwrap().seq + 1;
            running.feed(vec![at("d1", seq, seq as i64)]).await;
            // A snapshot may be slightly old; what it does not contain yet comes first.
            while newest(&socket.next().await.1) != Some(seq) {}
            shortest = shortest.min(begun.elapsed());
        }
        assert!(shortest < LONGEST / 5, "{query}: {shortest:?}");
    }
}

/// Whoever leaves takes the socket along, also while the shard has it.
#[tokio::test]
async fn a_client_that_leaves_is_forgotten_by_its_shard() {
    let running = Running::ready("", one_delivery()).await;
    for round in 0..3_u64 {
        let mut clients = Vec::new();
        for query in ["", "mode=all", "mode=all&form=binary", "courier=moto-7"] {
            clients.push(Socket::open_at(&running, query).await.0);
        }
        running.feed(vec![moved("d1", round + 1)]).await;
        for client in &mut clients {
            client.message().await;
        }
        let connections = running.gateway.limits.connections;
        assert_eq!(running.gateway.permits.available_permits(), connections - clients.len());
        drop(clients);
        until(|| running.gateway.permits.available_permits() == connections).await;
    }
    assert!(running.metrics().contains(r#"websocket_connections{mode="all",form="json"} 0"#));
}
