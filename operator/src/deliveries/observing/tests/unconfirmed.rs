use super::*;

#[test]
fn the_first_time_counts_until_another_attempt_is_made_or_the_pod_is_seen() {
    let unconfirmed = Unconfirmed::default();
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    assert_eq!(unconfirmed.note("a", Some(1), at(5)), Some(at(5)));
    assert_eq!(unconfirmed.note("a", Some(1), at(9)), Some(at(5)));
    assert_eq!(unconfirmed.note("a", Some(2), at(9)), Some(at(9)));
    assert_eq!(unconfirmed.note("a", None, at(10)), None);
    assert_eq!(unconfirmed.note("a", Some(2), at(11)), Some(at(11)));
    unconfirmed.keep(&HashSet::new());
    assert_eq!(unconfirmed.note("a", Some(2), at(12)), Some(at(12)));
}
