use super::*;
use crate::position_index::testing::{plan, state};
use crate::testing::NOW;

#[test]
fn a_finished_delivery_is_late_by_its_waiting_and_its_suspensions() {
    // Ordered at NOW, started 3 s later, 120 intervals of 500 ms, and 7 s of suspension.
    let finished = State { start: NOW + 3_000, at: NOW + 70_000, ..state("d1", 120, StatePhase::Finished) };
    let timeline = Timeline::of(&plan("d1"), Some(&finished));
    assert_eq!(timeline.phase, Phase::Finished);
    assert_eq!((timeline.start, timeline.end), (Some(NOW + 3_000), Some(NOW + 70_000)));
    assert_eq!((timeline.duration, timeline.late), (Some(67_000), Some(10_000)));
    let early = State { start: NOW - 500, at: NOW + 59_500, ..finished };
    assert_eq!(Timeline::of(&plan("d1"), Some(&early)).late, Some(0), "clocks may differ");
}

#[test]
fn what_is_not_over_has_no_end_and_only_what_finished_is_late() {
    let running = Timeline::of(&plan("d1"), Some(&state("d1", 9, StatePhase::Running)));
    assert_eq!((running.phase, running.end, running.late), (Phase::Running, None, None));
    let cancelled = Plan { phase: PlanPhase::Cancelled, ..plan("d1") };
    let stopped = Timeline::of(&cancelled, Some(&state("d1", 9, StatePhase::Running)));
    assert_eq!((stopped.phase, stopped.duration, stopped.late), (Phase::Cancelled, Some(4_500), None));
    let never = Timeline::of(&cancelled, Some(&state("d1", -1, StatePhase::Running)));
    assert_eq!((never.end, never.duration), (None, None));
    assert_eq!(Timeline::of(&plan("d1"), None).phase, Phase::Accepted);
}

#[test]
fn absurd_numbers_do_no_harm() {
    let absurd = State { start: i64::MIN, seq: i64::MAX, at: i64::MAX, ..state("d1", 0, StatePhase::Finished) };
    let timeline = Timeline::of(&Plan { created_at: i64::MIN, ..plan("d1") }, Some(&absurd));
    assert!(timeline.duration.is_some() && timeline.late.is_some());
}
