use std::collections::HashMap;

use super::super::point::cells;
use super::*;

const POINT: Point = Point { clients: 200, rate: 400 };

/// A second's deliveries of one client, at this cost and age, ten of them in a write.
fn figures(deliveries: u64, seconds: f64, p99: f64) -> Value {
    json!({
        "deliveries": deliveries, "due": 1_000, "own": seconds / 2.0, "kernel": seconds / 2.0, "p50": p99 / 2.0, "p99": p99,
        "p999": p99 * 2.0, "bytes": deliveries * 250, "reads": deliveries / 10, "idleKib": 8.0, "memoryMib": 20.0,
    })
}

fn summed(point: Point, servers: &[Contestant], made: &[(&str, Value)]) -> Vec<Load> {
    let made: HashMap<&str, &Value> = made.iter().map(|(key, figures)| (*key, figures)).collect();
    sum_up(&cells(&[point], servers, &[], 3), |key| made.get(key).copied()).0
}

#[test]
fn ours_stands_beside_the_best_peer_in_work_and_the_best_in_age_though_they_differ() {
    let made = [
        ("200x400/gateway/1", figures(1_000, 1.0, 12.0)),
        ("200x400/nats/1", figures(1_000, 2.5, 40.0)),
        ("200x400/centrifuge/1", figures(1_000, 4.0, 6.0)),
    ];
    let loads = summed(POINT, &[Contestant::Gateway, Contestant::Nats, Contestant::Centrifuge], &made);
    let beside = loads[0].beside.unwrap();
    assert!((beside.work - 2.5).abs() < 1e-9 && (beside.age - 2.0).abs() < 1e-9, "{beside:?}");
    // Twice as old as the youngest, but young enough.
    assert_eq!(loads[0].meets_target(), Some(true));
    assert_eq!(loads[1].meets_target(), None);
}

#[test]
fn an_old_or_costly_gateway_misses_the_target_unless_nothing_could_be_cheaper() {
    let judged = |cost: f64, age: f64, writes: Option<u64>| {
        let mut made =
            vec![("200x400/gateway/1", figures(1_000, cost, age)), ("200x400/nats/1", figures(1_000, 1.0, 20.0))];
        made.extend(writes.map(|writes| ("200x400/floor/1", json!({"writes": writes, "own": 0.0, "kernel": 1.0}))));
        summed(POINT, &[Contestant::Gateway, Contestant::Nats], &made)[0].meets_target()
    };
    assert_eq!(judged(0.5, 20.0, None), Some(true));
    assert_eq!(judged(0.5, 20.5, None), Some(false));
    assert_eq!(judged(0.6, 20.0, None), Some(false));
    // 1,667 deliveries per CPU-second, ten in a write, where the plainest program makes 200 or 1,000 writes.
    assert_eq!(judged(0.6, 20.0, Some(200)), Some(true));
    assert_eq!(judged(0.6, 20.0, Some(1_000)), Some(false));
}

#[test]
fn rounds_are_summed_up_by_their_medians_and_missing_ones_left_out() {
    let made = [
        ("200x400/gateway/1", figures(1_000, 1.0, 10.0)),
        ("200x400/gateway/2", figures(1_000, 2.0, 30.0)),
        ("200x400/gateway/3", figures(1_000, 4.0, 20.0)),
    ];
    let loads = summed(POINT, &[Contestant::Gateway, Contestant::Nats], &made);
    assert_eq!(loads.len(), 1);
    assert!((median(&loads[0].work) - 500.0).abs() < 1e-9 && (loads[0].p99 - 20.0).abs() < 1e-9, "{loads:?}");
    assert!(loads[0].beside.is_none() && loads[0].meets_target().is_none());
}

#[test]
fn the_tables_have_a_row_for_each_server_and_the_columns_of_their_heads() {
    let made = [
        ("200x400/gateway-latest/1", figures(500, 1.0, 12.0)),
        ("200x400/nats/1", figures(1_000, 4.0, 40.0)),
        ("1000 idle/nats", json!({"idleKib": 38.6})),
    ];
    let made: HashMap<&str, &Value> = made.iter().map(|(key, figures)| (*key, figures)).collect();
    let cells = cells(&[POINT], &[Contestant::GatewayLatest, Contestant::Nats], &[1_000], 1);
    let (loads, idle) = sum_up(&cells, |key| made.get(key).copied());
    let text = markdown(&loads, &idle);
    let (of_loads, of_idle) = text.split_once("\n\n").unwrap();
    for (table, rows) in [(of_loads, 2), (of_idle, 1)] {
        let columns: Vec<_> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(columns.len(), rows + 2, "{table}");
        assert!(columns.iter().all(|count| *count == columns[0]), "{table}");
    }
    assert!(text.contains("| 200 × 400 | gateway-latest (50.0 % delivered) |"), "{text}");
    assert!(text.contains("| 1000 | nats | 38.6 |"), "{text}");
    let json = json(&loads, &idle);
    assert_eq!(json["loads"][0]["meetsTarget"], true);
    assert_eq!(json["loads"][1]["meetsTarget"], Value::Null);
}

#[test]
fn a_measurement_is_told_in_a_line() {
    assert_eq!(line(&figures(1_000, 2.0, 10.0)), "500 deliveries per CPU-second, age p50 5.0 ms, p99 10.0 ms");
    assert_eq!(line(&json!({"writes": 300, "own": 1.0, "kernel": 2.0})), "100 writes per CPU-second");
    assert_eq!(line(&json!({"idleKib": 7.96})), "8.0 KiB per connection");
}
