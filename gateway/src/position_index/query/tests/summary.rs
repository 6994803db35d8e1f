use delivery_messages::StatePhase;

use super::*;
use crate::position_index::testing::{found, titles, with};
use crate::testing::{self, NOW};

fn query(pairs: &[(&str, &str)]) -> SummaryQuery {
    with(pairs, PARAMETERS, |given| SummaryQuery::read(given, &Scope::everything(), NOW)).unwrap()
}

fn state(id: &str, seq: i64, phase: StatePhase) -> Value {
    serde_json::to_value(testing::state(id, seq, phase)).unwrap()
}

#[test]
fn all_is_told_of_what_was_found() {
    let summary = query(&[]);
    let plans = ["d1", "d2", "d3"].map(|id| serde_json::to_value(testing::plan(id)).unwrap());
    let histogram = NOW / 900_000 * 900_000;
    let all = All {
        plans: found(
            12_000,
            &plans,
            &json!({
                "routes": {"buckets": [{"key": "1", "doc_count": 11_999}, {"key": "9", "doc_count": 1}]},
                "couriers": {"buckets": [{"key": "moto-7", "doc_count": 7}]},
                "over": {"buckets": [{"key": histogram - 1_800_000, "doc_count": 12_000}]},
            }),
        ),
        states: found(
            0,
            &[
                state("d1", 120, StatePhase::Finished),
                state("d2", 60, StatePhase::Finished),
                state("d3", 2, StatePhase::Running),
            ],
            &json!({}),
        ),
        requests: Some(found(0, &[], &json!({"viewers": {"value": 41}}))),
        positions: Some(found(
            0,
            &[],
            &json!({
                "routes": {"buckets": [{"key": "1", "doc_count": 900}]},
                "speed": {"values": [{"key": 50.0, "value": 8.5}, {"key": 95.0, "value": 11.0}]},
                "repeated": {"doc_count": 3},
                "delay": {"values": [{"key": 50.0, "value": 48.0}, {"key": 95.0, "value": 75.5}, {"key": 100.0, "value": 2_040.0}]},
            }),
        )),
    };
    let told = serde_json::to_value(summary.answer(all, &titles())).unwrap();
    for (name, expected) in [
        ("deliveries", json!(12_000)),
        ("examined", json!(3)),
        ("byPhase", json!({"Finished": 2, "Running": 1})),
        ("viewers", json!(41)),
        (
            "routes",
            json!([{"title": "Primeiro", "routeId": "1", "deliveries": 11_999, "positions": 900},
                          {"title": "9", "routeId": "9", "deliveries": 1, "positions": 0}]),
        ),
        ("couriers", json!([{"courier": "moto-7", "deliveries": 7}])),
        ("durationSeconds", json!({"p50": 30.0, "p95": 60.0})),
        ("lateSeconds", json!({"p50": 0.0, "p95": 0.0, "max": 0.0})),
        ("speed", json!({"p50": 8.5, "p95": 11.0})),
        ("delayMilliseconds", json!({"p50": 48.0, "p95": 75.5, "max": 2_040.0})),
        ("repeated", json!(3)),
        ("overTimeMilliseconds", json!(900_000)),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    let time_buckets = told["overTime"].as_array().unwrap();
    assert!((96..=97).contains(&time_buckets.len()), "{}", time_buckets.len());
    let sum: u64 = time_buckets.iter().map(|piece| piece["deliveries"].as_u64().unwrap()).sum();
    assert_eq!(sum, 12_000);
}

#[test]
fn of_nothing_nothing_is_told_and_what_is_unknown_is_null() {
    let told = query(&[]).answer(All::default(), &titles());
    let told = serde_json::to_value(told).unwrap();
    for name in ["viewers", "durationSeconds", "lateSeconds", "speed", "delayMilliseconds", "repeated"] {
        assert_eq!(told[name], json!(null), "{name}");
    }
    assert_eq!((&told["deliveries"], &told["routes"]), (&json!(0), &json!([])));
    assert!(query(&[("namespace", "shop")]).requests().is_none());
}

#[test]
fn any_time_is_divided_into_at_most_a_hundred_pieces() {
    for days in [0, 1, 2, 7, 31, 90, 365, 366] {
        let since = (NOW - (days * time_range::DAY).max(1)).to_string();
        let summary = query(&[("since", &since)]);
        let time_buckets = summary.time_buckets(&[]);
        assert!(time_buckets.len() <= 100 && !time_buckets.is_empty(), "{days}: {}", time_buckets.len());
        assert!(
            time_buckets[0].at <= summary.time_range.since
                && summary.time_range.since < time_buckets[0].at + summary.step()
        );
    }
}
