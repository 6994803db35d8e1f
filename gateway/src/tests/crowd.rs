//! Clients that do not read beside clients that do: counts, not times.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::all::at;
use super::client::Socket;
use super::sockets::{fresh, until};
use super::{Running, started_with};
use crate::model::record::Record;
use crate::model::scope::Scope;
use crate::testing::{plan, plan_record};

const DELIVERIES: usize = 100;
const ROUNDS: u64 = 120;

fn ids() -> Vec<String> {
    (0..DELIVERIES).map(|number| format!("d{number}")).collect()
}

fn round(seq: u64) -> Vec<Record> {
    let offset = |number: usize| i64::try_from(seq).unwrap() * DELIVERIES as i64 + number as i64;
    ids().iter().enumerate().map(|(number, id)| at(id, seq, offset(number))).collect()
}

/// Fifty clients that never read delay no other: one that reads gets every position of every delivery, and the ring
/// stays within its limit.
#[tokio::test]
async fn fifty_stalled_clients_do_not_delay_others() {
    const RING: usize = 8_000_000;
    let plans = ids().iter().map(|id| fresh(plan_record(plan(id)))).collect();
    let running = Running::ready(&format!("limits: {{ringBytes: {RING}}}"), plans).await;
    let mut stalled = Vec::new();
    for number in 0..50 {
        let query =
            ["mode=all", "mode=all&batch=true", "mode=latest", "mode=all&form=binary", "batch=true"][number % 5];
        stalled.push(Socket::open_at(&running, query).await.0);
    }
    let mut readers = Vec::new();
    for query in ["mode=all", "mode=all&batch=true"] {
        let (mut socket, _, _) = Socket::open_at(&running, query).await;
        readers.push(tokio::spawn(async move {
            let mut next = vec![0_u64; DELIVERIES];
            let mut left = DELIVERIES * usize::try_from(ROUNDS).unwrap();
            while left > 0 {
                let (event, mut data) = socket.next().await;
                let positions = match event.as_str() {
                    "new-position" => vec![data],
                    "new-positions" => data["positions"].as_array_mut().unwrap().drain(..).collect(),
                    _ => continue,
                };
                for position in positions {
                    let number: usize = position["deliveryId"].as_str().unwrap()[1..].parse().unwrap();
                    assert_eq!(position["seq"].as_u64(), Some(next[number]));
                    next[number] += 1;
                    left -= 1;
                }
            }
        }));
    }
    for seq in 0..ROUNDS {
        running.feed(round(seq)).await;
        let head = (i64::try_from(seq).unwrap() + 1) * DELIVERIES as i64;
        until(|| running.gateway.live.published().ring.head().offsets() == [head]).await;
        assert!(running.gateway.live.published().ring.bytes() <= RING);
    }
    for reader in readers {
        tokio::time::timeout(Duration::from_mins(1), reader).await.expect("a reader was held up").unwrap();
    }
    assert!(running.metrics().contains("positions_conflated_total"));
    drop(stalled);
}

/// While the processor is taken, frequent positions are gathered: clients are woken a few times a second instead of five hundred times.
#[tokio::test]
async fn a_gateway_without_processor_time_gathers() {
    const POSITIONS: u64 = 1_000;
    let records = vec![fresh(plan_record(plan("d1")))];
    let running = started_with("", Scope::everything(), both_cores).await.complete(records).await;
    let mut changes = running.gateway.live.changes();
    changes.mark_unchanged();
    let mut woken = 0.0;
    let mut half = Instant::now();
    let mut beat = tokio::time::interval(Duration::from_millis(2));
    for seq in 0..POSITIONS {
        beat.tick().await;
        if seq == POSITIONS / 2 {
            half = Instant::now();
        }
        running.feed(vec![at("d1", seq, i64::try_from(seq).unwrap())]).await;
        if changes.has_changed().unwrap() {
            changes.mark_unchanged();
            // What the process had not used before is used up in the first second.
            woken += if seq >= POSITIONS / 2 { 1.0 } else { 0.0 };
        }
    }
    let per_second = woken / half.elapsed().as_secs_f64();
    assert!((2.0..=12.0).contains(&per_second), "woken {per_second} times a second");
}

/// The processor time of a process that has had two cores to itself since the first call.
fn both_cores() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed() * 2
}

/// In `latest`, the conflated positions and the sent ones add up to all positions.
#[tokio::test]
async fn a_slow_client_gets_the_number_of_positions_it_was_spared() {
    for query in ["mode=latest", "mode=latest&batch=true&route=1"] {
        let plans = ids().iter().map(|id| fresh(plan_record(plan(id)))).collect();
        let running = Running::ready("", plans).await;
        let (mut slow, _, _) = Socket::open_at(&running, query).await;
        for seq in 0..ROUNDS {
            running.feed(round(seq)).await;
        }
        let last = ROUNDS - 1;
        let (mut sent, mut spared, mut up_to_date) = (0, 0, 0);
        let mut expected = DELIVERIES as u64 * ROUNDS;
        let mut more = last;
        while up_to_date < DELIVERIES || sent + spared < expected {
            let (event, mut data) = slow.next().await;
            let positions = match event.as_str() {
                "new-position" => vec![data],
                "new-positions" => data["positions"].as_array_mut().unwrap().drain(..).collect(),
                "conflated" => {
                    spared += data["positions"].as_u64().unwrap();
                    continue;
                }
                _ => continue,
            };
            sent += positions.len() as u64;
            up_to_date += positions.iter().filter(|position| position["seq"] == last).count();
            if up_to_date == DELIVERIES && sent + spared < expected {
                // The number is sent at most every few seconds, with another position.
                tokio::time::sleep(Duration::from_secs(3)).await;
                more += 1;
                running.feed(vec![at("d0", more, i64::try_from(more).unwrap() * DELIVERIES as i64)]).await;
                expected += 1;
            }
        }
        assert_eq!(sent + spared, expected, "{query}");
        assert!(spared > 0, "{query}: nothing was conflated");
    }
}
