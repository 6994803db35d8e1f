use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_second_tombstone_is_due_once_when_the_segment_is_old() {
    let (pending, begun) = (PendingTombstones::default(), Instant::now());
    pending.note(Topic::Plan, "a", begun);
    pending.note(Topic::State, "a", begun + SECOND);
    assert_eq!(pending.due(begun, 9), []);
    assert_eq!(pending.due(begun + DUE, 9), [(Topic::Plan, "a".to_owned())]);
    assert_eq!(pending.due(begun + SECOND + DUE, 1).len(), 1);
    pending.done(Topic::Plan, "a");
    pending.done(Topic::State, "a");
    assert_eq!(pending.due(begun + 9 * DUE, 9), []);
}
