use delivery_messages::{Route, StatePhase};

use super::*;
use crate::testing::{self, plan_record, position_record, route_record, state_record};

fn state(id: &str, seq: i64) -> Record {
    state_record(testing::state(id, seq, StatePhase::Running), 0)
}

#[test]
fn only_the_newest_of_each_half_is_written() {
    let mut batch = Batch::default();
    for seq in [1, 5, 3] {
        batch.put(state("d1", seq));
    }
    batch.put(plan_record(testing::plan("d1")));
    batch.put(position_record(testing::position("d1", 7, false), 0));
    let chunks = batch.chunks();
    let [(Part::Plan, plans), (Part::State, states)] = chunks.as_slice() else { panic!("{chunks:?}") };
    assert_eq!((plans.len(), states.len()), (1, 1));
    assert_eq!(Part::of(&states[0]), Some((Part::State, "d1", 12)));
}

#[test]
fn no_piece_is_larger_than_a_command_may_be() {
    let mut batch = Batch::default();
    for number in 0..120 {
        batch.put(state(&format!("d{number}"), 0));
    }
    for number in 0..7 {
        batch.put(route_record(testing::route(&number.to_string(), "Primeiro")));
    }
    let sizes: Vec<_> = batch.chunks().into_iter().map(|(part, piece)| (part, piece.len())).collect();
    let expected = [(Part::Route, 5), (Part::Route, 2), (Part::State, 50), (Part::State, 50), (Part::State, 20)];
    assert_eq!(sizes, expected);
    assert!(batch.chunks().is_empty());
}

#[test]
fn a_round_is_full_at_its_bounds() {
    let mut batch = Batch::default();
    for number in 0..MAX {
        assert!(!batch.is_full());
        batch.put(state(&number.to_string(), 0));
    }
    assert!(batch.is_full());
    batch.put(state("0", 1));
    assert_eq!(batch.weight, MAX, "a newer one takes the place of an older one");
    let mut batch = Batch::default();
    let long = Route { path: vec![[0.0, 0.0]; 10_000], ..testing::route("1", "Primeiro") };
    for version in 0..160 {
        assert!(!batch.is_full());
        batch.put(route_record(Route { name: version.to_string(), ..long.clone() }));
    }
    assert!(batch.is_full());
    let mut batch = Batch::default();
    for _ in 0..MAX_DEAD_LETTER_BYTES / (64 * 1024) {
        assert!(!batch.is_full());
        batch.push_dead_letter(DeadLetterRecord { key: String::new(), value: vec![0; 64 * 1024], headers: Vec::new() });
    }
    assert!(batch.is_full());
}

#[test]
fn a_partition_is_committed_after_the_last_record_that_was_read() {
    let mut batch = Batch::default();
    assert!(batch.is_empty());
    batch.reached("delivery.plan", 2, 40);
    batch.reached("delivery.plan", 2, 41);
    assert_eq!(batch.offsets().get(&("delivery.plan".to_owned(), 2)), Some(&42));
}

#[test]
fn a_megabyte_in_a_record_is_not_stored() {
    let (long, plan) = (delivery_fuzz::megabyte(), delivery_messages::encode(&testing::plan("d1")).unwrap());
    assert!(fits(Topic::Plan, Some(b"d1"), Some(&plan)).is_ok());
    for topic in [Topic::Plan, Topic::State, Topic::Erased, Topic::Catalogue] {
        for (key, value) in [(long.as_bytes(), &plan[..]), (b"d1", long.as_bytes())] {
            let error = fits(topic, Some(key), Some(value)).unwrap_err().to_string();
            assert!(error.ends_with("are stored.") && error.len() < 200, "{error}");
        }
    }
    let path = (0..10_000).map(|n| [-179.123_456_7, -85.123_456_7 + f64::from(n % 2)]).collect();
    let longest = Route { path, ..testing::route("1", "Primeiro") };
    assert!(
        fits(Topic::Catalogue, Some(b"shop/primeiro@a"), Some(&delivery_messages::encode(&longest).unwrap())).is_ok()
    );
}
