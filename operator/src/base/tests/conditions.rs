use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_transition_time_changes_with_the_status_only() {
    let (early, late) = (at("2026-11-22T10:00:00.7Z"), at("2026-11-22T10:00:09Z"));
    let first = condition("Running", ConditionUpdate::new(false, "PodPending", "Waiting."), &[], Some(1), early);
    assert_eq!(first.last_transition_time, Time(at("2026-11-22T10:00:00Z")));
    let old = [first];
    let second = condition("Running", ConditionUpdate::new(false, "Starting", "Starting."), &old, Some(2), late);
    assert_eq!(second.last_transition_time, old[0].last_transition_time);
    assert_eq!((second.reason.as_str(), second.observed_generation), ("Starting", Some(2)));
    let third = condition("Running", ConditionUpdate::new(true, "UnderWay", "Running."), &[second], Some(2), late);
    assert_eq!(third.last_transition_time, Time(late));
}

#[test]
fn a_condition_that_quotes_a_megabyte_is_cut() {
    let long = ConditionUpdate::new(false, "ErrImagePull", delivery_fuzz::megabyte());
    let cut = condition("Running", long, &[], None, at("2026-11-22T10:00:00Z"));
    assert!((MAX_MESSAGE - 8..=MAX_MESSAGE).contains(&cut.message.len()) && cut.message.ends_with('…'));
}
