use super::*;

/// A state of a delivery that has sent that `seq`.
pub(crate) fn example(seq: i64, phase: StatePhase) -> State {
    State {
        delivery_id: "a".to_owned(),
        version: State::version_of(seq, phase != StatePhase::Running),
        phase,
        start: 1_795_341_600_000,
        seq,
        at: 1_795_341_600_000 + seq * 500,
        position: Some([-47.92923, -15.82594]),
        speed: 17.2,
        heading: 90.0,
        progress: 0.379,
        eta: 1_795_341_709_000,
        late_milliseconds: None,
        partition: 0,
        offset: 41,
        reason: None,
        pod: None,
    }
}

#[test]
fn only_a_new_phase_triggers_a_reconciliation() {
    let states = States::default();
    assert!(states.apply("a", Some(example(0, StatePhase::Running)), 7));
    assert!(!states.apply("a", Some(example(10, StatePhase::Running)), 7));
    assert!(states.apply("a", Some(example(218, StatePhase::Finished)), 7));
    assert_eq!((states.ended("a"), states.ended("b")), (Some(7), None));
    assert!(states.apply("a", None, 7), "a tombstone");
    assert_eq!(states.get("a"), None);
}

#[test]
fn an_older_version_is_ignored() {
    let states = States::default();
    states.apply("a", Some(example(10, StatePhase::Running)), 7);
    states.apply("a", Some(example(3, StatePhase::Running)), 7);
    assert_eq!(states.get("a").map(|state| state.seq), Some(10));
    states.apply("a", Some(example(218, StatePhase::Finished)), 7);
    assert!(!states.apply("a", Some(example(218, StatePhase::Running)), 7), "nothing follows the final state");
    assert_eq!(states.ended("a"), Some(7));
}

#[test]
fn a_state_is_kept_while_it_has_a_plan_or_is_still_written() {
    let states = States::default();
    for (id, at) in [("planned", 0), ("silent", 0), ("young", 60)] {
        states.apply(id, Some(example(3, StatePhase::Running)), at);
    }
    let expired = |kept, now| states.expired(|id| id == "planned", kept, now, 9);
    assert_eq!(expired(Some(100), 99), [""; 0]);
    assert_eq!(expired(Some(100), 100), ["silent"]);
    assert_eq!(expired(None, Millis::MAX), [""; 0]);
    let version = State::version_of(3, false);
    assert_eq!(states.versions(|id| id == "silent"), [("silent".to_owned(), version)]);
}
