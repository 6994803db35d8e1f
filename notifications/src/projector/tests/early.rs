use delivery_messages::StatePhase;

use super::*;
use crate::domain::testing::NOW;
use crate::projector::kind::Kind;
use crate::projector::testing::{record_of, state};

/// The record of a state at an offset.
fn record(offset: i64) -> Record {
    Record { offset, ..record_of(&state(1, 0, 0.0, StatePhase::Running)) }
}

fn committed(early: &Early, next: i64) -> i64 {
    let key = (record(0).name, record(0).partition);
    let mut offsets = NextOffsets::from([(key.clone(), next)]);
    early.hold_back(&mut offsets);
    offsets[&key]
}

#[test]
fn what_is_held_is_given_to_the_plan_once_and_not_committed_before() {
    let mut early = Early::default();
    early.hold("d1", [Kind::UnderWay].into(), &record(4), NOW);
    early.hold("d1", [Kind::NearlyThere].into(), &record(6), NOW);
    assert_eq!(committed(&early, 7), 4, "the first of them is read again");
    assert_eq!(committed(&early, 3), 3);
    assert_eq!(early.take("d1"), [Kind::UnderWay, Kind::NearlyThere].into());
    assert!(early.take("d1").is_empty());
    assert_eq!(committed(&early, 7), 7);
}

#[test]
fn without_a_plan_it_is_given_up_after_a_minute_and_no_longer_held_back() {
    let mut early = Early::default();
    early.hold("d1", [Kind::UnderWay].into(), &record(4), NOW);
    early.expire(NOW + HOLD - 1);
    assert_eq!(committed(&early, 7), 4);
    early.expire(NOW + HOLD);
    assert_eq!(committed(&early, 7), 7);
    assert!(early.take("d1").is_empty());
}

#[test]
fn what_tells_nothing_takes_no_room_and_there_is_an_end_of_the_room() {
    let mut early = Early::default();
    early.hold("d0", Kinds::new(), &record(4), NOW);
    assert_eq!(committed(&early, 7), 7);
    for number in 0..=MAX {
        early.hold(&format!("d{number}"), [Kind::UnderWay].into(), &record(4), NOW);
    }
    assert_eq!(early.0.len(), MAX);
    early.clear();
    assert_eq!(committed(&early, 7), 7);
}
