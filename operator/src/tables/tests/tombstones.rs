use super::*;

#[test]
fn a_second_tombstone_is_due_once_when_the_segment_is_old() {
    let pending = PendingTombstones::default();
    pending.note(Topic::Plan, "a", 100);
    pending.note(Topic::State, "a", 200);
    assert_eq!(pending.due(99 + DUE, 9), []);
    assert_eq!(pending.due(100 + DUE, 9), [(Topic::Plan, "a".to_owned())]);
    assert_eq!(pending.due(200 + DUE, 1).len(), 1);
    pending.done(Topic::Plan, "a");
    pending.done(Topic::State, "a");
    assert_eq!(pending.due(Millis::MAX, 9), []);
}
