use delivery_messages::{Route, StatePhase};

use super::*;
use crate::testing::{self, plan_record, position_record, route_record, state_record};

fn state(id: &str, seq: i64) -> Record {
    state_record(testing::state(id, seq, StatePhase::Running), 0)
}

#[test]
fn only_the_newest_of_each_half_is_written() {
    let mut round = Round::default();
    for seq in [1, 5, 3] {
        round.put(state("d1", seq));
    }
    round.put(plan_record(testing::plan("d1")));
    round.put(position_record(testing::position("d1", 7, false), 0));
    let pieces = round.pieces();
    let [(Half::Plan, plans), (Half::State, states)] = pieces.as_slice() else { panic!("{pieces:?}") };
    assert_eq!((plans.len(), states.len()), (1, 1));
    assert_eq!(Half::of(&states[0]), Some((Half::State, "d1", 12)));
}

#[test]
fn no_piece_is_larger_than_a_command_may_be() {
    let mut round = Round::default();
    for number in 0..120 {
        round.put(state(&format!("d{number}"), 0));
    }
    for number in 0..7 {
        round.put(route_record(testing::route(&number.to_string(), "Primeiro")));
    }
    let sizes: Vec<_> = round.pieces().into_iter().map(|(half, piece)| (half, piece.len())).collect();
    let expected = [(Half::Route, 5), (Half::Route, 2), (Half::State, 50), (Half::State, 50), (Half::State, 20)];
    assert_eq!(sizes, expected);
    assert!(round.pieces().is_empty());
}

#[test]
fn a_round_is_full_at_its_bounds() {
    let mut round = Round::default();
    for number in 0..MAX {
        assert!(!round.is_full());
        round.put(state(&number.to_string(), 0));
    }
    assert!(round.is_full());
    round.put(state("0", 1));
    assert_eq!(round.weight, MAX, "a newer one takes the place of an older one");
    let mut round = Round::default();
    let long = Route { path: vec![[0.0, 0.0]; 10_000], ..testing::route("1", "Primeiro") };
    for version in 0..160 {
        assert!(!round.is_full());
        round.put(route_record(Route { name: version.to_string(), ..long.clone() }));
    }
    assert!(round.is_full());
    let mut round = Round::default();
    for _ in 0..MAX_LETTER_BYTES / (64 * 1024) {
        assert!(!round.is_full());
        round.give_up(BadLetter { key: String::new(), value: vec![0; 64 * 1024], headers: Vec::new() });
    }
    assert!(round.is_full());
}

#[test]
fn a_partition_is_committed_after_the_last_record_that_was_read() {
    let mut round = Round::default();
    assert!(round.is_empty());
    round.reached("delivery.plan", 2, 40);
    round.reached("delivery.plan", 2, 41);
    assert_eq!(round.offsets().get(&("delivery.plan".to_owned(), 2)), Some(&42));
}
