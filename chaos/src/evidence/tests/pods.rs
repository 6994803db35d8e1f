use super::*;

fn pod(uid: &str, attempt: &str, live: bool) -> PodState {
    let (name, delivery) = (format!("pod-{uid}"), "d".to_owned());
    PodState { uid: uid.into(), name, delivery, attempt: attempt.into(), live, restarts: 0 }
}

fn violations(entries: &[PodState]) -> usize {
    let mut registry = PodRegistry::default();
    for entry in entries {
        registry.seen(entry);
    }
    registry.sum().3.len()
}

#[test]
fn one_after_the_other_is_right() {
    assert_eq!(violations(&[pod("a", "1", true), pod("a", "1", false), pod("b", "2", true), pod("b", "2", true)]), 0);
}

#[test]
fn two_at_the_same_time_are_one_too_many_unless_one_is_to_end() {
    assert_eq!(violations(&[pod("a", "1", true), pod("b", "2", true)]), 1);
    assert_eq!(violations(&[pod("a", "1", true), pod("a", "1", false), pod("b", "2", true)]), 0);
}

#[test]
fn two_of_one_attempt_are_one_too_many_even_one_after_the_other() {
    assert_eq!(violations(&[pod("a", "1", true), pod("a", "1", false), pod("b", "1", true)]), 1);
}

#[test]
fn a_pod_whose_end_the_watch_missed_is_no_longer_there_in_the_next_list() {
    let mut registry = PodRegistry::default();
    registry.seen(&pod("a", "1", true));
    registry.only(&HashSet::new());
    registry.seen(&pod("b", "2", true));
    registry.gone("b");
    registry.seen(&pod("c", "3", true));
    assert_eq!(registry.sum(), (1, 3, 0, &[][..]));
}
