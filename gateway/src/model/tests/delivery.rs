use super::*;

#[test]
fn finished_beats_cancelled_and_cancelled_beats_suspended() {
    assert_eq!(Phase::of(PlanPhase::Cancelled, Some(StatePhase::Finished)), Phase::Finished);
    assert_eq!(Phase::of(PlanPhase::Cancelled, Some(StatePhase::Running)), Phase::Cancelled);
    assert_eq!(Phase::of(PlanPhase::Suspended, Some(StatePhase::Running)), Phase::Suspended);
    assert_eq!(Phase::of(PlanPhase::Accepted, Some(StatePhase::Running)), Phase::Running);
    assert_eq!(Phase::of(PlanPhase::Accepted, None), Phase::Accepted);
}

#[test]
fn each_phase_is_read_back_from_its_name() {
    for phase in Phase::ALL {
        assert_eq!(phase.name().parse(), Ok(phase));
        assert_eq!(serde_json::to_value(phase).unwrap(), phase.name());
    }
    assert_eq!("running".parse::<Phase>(), Err(()));
}
