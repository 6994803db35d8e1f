use super::*;
use crate::testing::{position, position_record};

fn record(id: &str, seq: u64) -> Record {
    position_record(position(id, seq, false), 0)
}

fn offer(held: &mut Held, id: &str, seq: u64, now: Instant, known: &str) -> bool {
    let slot = Slot { partition: 0, offset: 0 };
    held.offer(record(id, seq), slot, now, |record| is(record, known)).is_some()
}

fn is(record: &Record, known: &str) -> bool {
    matches!(record, Record::Position { position, .. } if position.delivery_id == known)
}

fn seqs(records: &[Record]) -> Vec<u64> {
    let seq = |record: &Record| if let Record::Position { position, .. } = record { position.seq } else { 0 };
    records.iter().map(seq).collect()
}

#[test]
fn a_partition_waits_as_a_whole_until_the_plan_is_there() {
    let (mut held, now) = (Held::default(), Instant::now());
    assert!(offer(&mut held, "known", 0, now, "known"));
    assert!(!offer(&mut held, "new", 1, now, "known"));
    assert!(!offer(&mut held, "known", 2, now, "known"), "it stands behind");
    let other = Slot { partition: 1, offset: 0 };
    assert!(held.offer(record("known", 9), other, now, |_| true).is_some(), "another partition goes on");
    assert_eq!(held.deadline(), Some(now + PATIENCE));
    assert!(held.release(now, |record| is(record, "known")).is_empty());
    assert_eq!(seqs(&held.release(now, |_| true)), [1, 2]);
    assert_eq!(held.deadline(), None);
    assert!(offer(&mut held, "known", 3, now, "known"));
}

#[test]
fn what_has_no_plan_holds_up_a_partition_once_in_a_while() {
    let (mut held, now) = (Held::default(), Instant::now());
    assert!(!offer(&mut held, "ghost", 0, now, "known"));
    assert!(!offer(&mut held, "other ghost", 1, now, "known"));
    let later = now + PATIENCE;
    assert_eq!(seqs(&held.release(later, |record| is(record, "known"))), [0, 1]);
    assert!(offer(&mut held, "third ghost", 2, later, "known"));
    assert!(!offer(&mut held, "third ghost", 3, later + QUIET, "known"));
}

#[test]
fn no_more_than_a_stated_number_waits() {
    let (mut held, now) = (Held::default(), Instant::now());
    for seq in 0..=MAX as u64 {
        assert!(!offer(&mut held, "ghost", seq, now, "known"));
    }
    assert_eq!(held.release(now, |_| false).len(), MAX + 1);
}
