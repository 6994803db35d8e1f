use super::*;
use crate::projector::testing::{plan, state};

#[test]
fn a_plan_tells_that_it_was_accepted_or_cancelled() {
    for (phase, kind) in [
        (PlanPhase::Accepted, Kind::Accepted),
        (PlanPhase::Suspended, Kind::Accepted),
        (PlanPhase::Cancelled, Kind::Cancelled),
    ] {
        assert_eq!(of_plan(&Plan { phase, ..plan(1) }), [kind].into());
    }
}

#[test]
fn a_state_tells_how_far_it_is() {
    let running = |seq, progress| of_state(&state(1, seq, progress, StatePhase::Running));
    assert!(running(-1, 0.0).is_empty(), "it waits for its departure");
    assert_eq!(running(0, 0.0), [Kind::UnderWay].into());
    assert_eq!(running(9, 0.89), [Kind::UnderWay].into());
    assert_eq!(running(9, 0.9), [Kind::UnderWay, Kind::NearlyThere].into());
    assert_eq!(of_state(&state(1, 9, 1.0, StatePhase::Finished)), [Kind::Finished].into());
    assert_eq!(of_state(&state(1, 9, 0.4, StatePhase::Failed)), [Kind::Failed].into());
}

#[test]
fn five_minutes_are_late_and_less_are_not() {
    let late = |late| {
        let state = State { late_milliseconds: late, ..state(1, 9, 0.5, StatePhase::Running) };
        of_state(&state).contains(&Kind::Late)
    };
    assert!(late(Some(300_000)) && !late(Some(299_999)) && !late(None));
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    assert_eq!(names.len(), Kind::ALL.len());
}
