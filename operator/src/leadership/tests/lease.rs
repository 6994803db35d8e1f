use super::*;

fn held(holder: &str, version: &str) -> LeaseState {
    LeaseState {
        holder: Some(holder.to_owned()).filter(|holder| !holder.is_empty()),
        version: version.to_owned(),
        duration: DURATION,
    }
}

const fn at(seconds: u64) -> Clock {
    Duration::from_secs(seconds)
}

fn candidate() -> Candidate {
    Candidate::new("a".to_owned())
}

#[test]
fn a_lease_without_a_holder_is_taken_at_once() {
    for lease in [None, Some(held("", "7"))] {
        let mut candidate = candidate();
        assert_eq!(candidate.next(at(0)), LeaseAction::Read);
        candidate.observed(lease, at(1));
        assert_eq!((candidate.next(at(1)), candidate.leads_until()), (LeaseAction::Write, None));
    }
}

#[test]
fn the_lease_of_another_is_taken_when_it_has_not_changed_for_its_duration() {
    let mut candidate = candidate();
    candidate.observed(Some(held("b", "1")), at(100));
    assert_eq!(candidate.next(at(100)), LeaseAction::Wait(RETRY));
    candidate.observed(Some(held("b", "1")), at(114));
    assert_eq!(candidate.next(at(114)), LeaseAction::Wait(at(1)), "not a retry later");
    assert_eq!(candidate.next(at(115)), LeaseAction::Write);
    candidate.observed(Some(held("b", "2")), at(116));
    assert_eq!(candidate.next(at(117)), LeaseAction::Wait(at(1)), "its holder is alive");
    let patient = LeaseState { duration: at(30), ..held("b", "3") };
    candidate.observed(Some(patient), at(200));
    assert_eq!(candidate.next(at(229)), LeaseAction::Read, "its holder asked for more");
}

#[test]
fn a_leader_renews_and_steps_down_by_itself_when_it_cannot() {
    let mut candidate = candidate();
    candidate.observed(None, at(0));
    candidate.wrote(held("a", "1"), at(1), at(2));
    assert_eq!(candidate.leads_until(), Some(at(11)), "from when it was sent");
    assert_eq!(candidate.next(at(2)), LeaseAction::Wait(at(1)));
    assert_eq!(candidate.next(at(3)), LeaseAction::Write);
    candidate.failed(at(4));
    assert_eq!(candidate.next(at(4)), LeaseAction::Wait(PAUSE));
    assert_eq!(candidate.next(at(5)), LeaseAction::Read, "the write may have succeeded");
    candidate.observed(Some(held("a", "2")), at(5));
    assert_eq!(candidate.next(at(5)), LeaseAction::Write);
    candidate.failed(at(6));
    assert_eq!(candidate.next(at(11)), LeaseAction::Lost);
}

#[test]
fn a_request_that_is_not_answered_leaves_time_to_renew_the_lease() {
    let mut candidate = candidate();
    candidate.observed(None, at(0));
    candidate.wrote(held("a", "1"), at(0), at(0));
    let given_up = RETRY + LIMIT;
    candidate.failed(given_up);
    let read = given_up + PAUSE;
    assert_eq!(candidate.next(read), LeaseAction::Read);
    candidate.observed(Some(held("a", "1")), read + at(1));
    assert_eq!(candidate.next(read + at(1)), LeaseAction::Write);
    assert!(read + at(2) < candidate.leads_until().unwrap(), "even if each takes a second");
}

#[test]
fn who_lost_the_lease_stands_again_and_renews_it_at_once_if_nobody_has_taken_it() {
    let mut candidate = candidate();
    candidate.observed(None, at(0));
    candidate.wrote(held("a", "1"), at(0), at(0));
    assert_eq!(candidate.next(at(30)), LeaseAction::Lost);
    candidate.stand_by();
    assert_eq!((candidate.next(at(30)), candidate.leads_until()), (LeaseAction::Read, None));
    let mut late = candidate.clone();
    candidate.observed(Some(held("a", "1")), at(31));
    assert_eq!(candidate.next(at(31)), LeaseAction::Write);
    late.observed(Some(held("b", "2")), at(31));
    assert_eq!(late.next(at(31)), LeaseAction::Wait(RETRY), "another has it");
}

#[test]
fn a_leader_that_reads_another_name_no_longer_leads() {
    let mut candidate = candidate();
    candidate.observed(None, at(0));
    candidate.wrote(held("a", "1"), at(0), at(0));
    candidate.failed(at(1));
    candidate.observed(Some(held("b", "2")), at(2));
    assert_eq!(candidate.next(at(2)), LeaseAction::Lost);
}

#[test]
fn a_hint_triggers_a_read_and_does_not_disturb_a_leader() {
    let mut candidate = candidate();
    candidate.observed(Some(held("b", "1")), at(0));
    candidate.hint(at(1));
    assert_eq!(candidate.next(at(1)), LeaseAction::Read);
    candidate.observed(Some(held("", "2")), at(1));
    assert_eq!(candidate.next(at(1)), LeaseAction::Write);
    candidate.wrote(held("a", "3"), at(1), at(1));
    candidate.hint(at(2));
    assert_eq!(candidate.next(at(2)), LeaseAction::Wait(at(1)));
}
