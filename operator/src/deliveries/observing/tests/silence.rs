use delivery_messages::StatePhase;

use super::*;
use crate::testing::{self, PENDING, RUNNING, at, ending, pod};

#[test]
fn a_new_state_a_new_pod_and_a_restarted_container_break_the_silence() {
    let silence = Silence::default();
    let seconds = |seconds: i64| at("2026-11-22T10:00:00Z") + jiff::SignedDuration::from_secs(seconds);
    let state = |seq| testing::state(seq, StatePhase::Running);
    let note = |pods: &[PodView], state: Option<State>, now| silence.note("a", pods, state.as_ref(), seconds(now));
    assert_eq!(note(&[pod(1, RUNNING)], None, 0), Some(seconds(0)));
    assert_eq!(note(&[pod(1, RUNNING)], None, 9), Some(seconds(0)));
    assert_eq!(note(&[pod(1, RUNNING)], Some(state(3)), 10), Some(seconds(10)));
    assert_eq!(note(&[pod(1, RUNNING)], Some(state(3)), 70), Some(seconds(10)));
    assert_eq!(note(&[pod(1, RUNNING)], Some(state(4)), 71), Some(seconds(71)), "it moves again");
    let restarted = PodView { started_at: Some(seconds(80)), ..pod(1, RUNNING) };
    assert_eq!(note(&[restarted], Some(state(4)), 90), Some(seconds(90)));
    assert_eq!(note(&[pod(2, RUNNING)], Some(state(4)), 91), Some(seconds(91)));
    assert_eq!(note(&[pod(2, PENDING)], Some(state(4)), 92), None);
    assert_eq!(note(&[ending(pod(2, RUNNING), testing::NOW)], Some(state(4)), 93), None);
    assert_eq!(note(&[pod(2, RUNNING)], Some(state(4)), 94), Some(seconds(94)));
    silence.keep(&HashSet::new());
    assert_eq!(note(&[pod(2, RUNNING)], Some(state(4)), 95), Some(seconds(95)));
}
