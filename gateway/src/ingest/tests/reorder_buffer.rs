use super::*;
use crate::testing::{position, position_record};

fn record(id: &str, seq: u64) -> Record {
    position_record(position(id, seq, false), 0)
}

fn offer(buffer: &mut ReorderBuffer, id: &str, seq: u64, now: Instant, known: &str) -> bool {
    let offset = RecordOffset { partition: 0, offset: 0 };
    buffer.offer(record(id, seq), offset, now, |record| is(record, known)).is_some()
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
    let (mut buffer, now) = (ReorderBuffer::default(), Instant::now());
    assert!(offer(&mut buffer, "known", 0, now, "known"));
    assert!(!offer(&mut buffer, "new", 1, now, "known"));
    assert!(!offer(&mut buffer, "known", 2, now, "known"), "it is behind another");
    let other = RecordOffset { partition: 1, offset: 0 };
    assert!(buffer.offer(record("known", 9), other, now, |_| true).is_some(), "another partition goes on");
    assert_eq!(buffer.deadline(), Some(now + PATIENCE));
    assert!(buffer.release(now, |record| is(record, "known")).is_empty());
    assert_eq!(seqs(&buffer.release(now, |_| true)), [1, 2]);
    assert_eq!(buffer.deadline(), None);
    assert!(offer(&mut buffer, "known", 3, now, "known"));
}

#[test]
fn positions_without_a_plan_delay_a_partition_only_once_in_a_while() {
    let (mut buffer, now) = (ReorderBuffer::default(), Instant::now());
    assert!(!offer(&mut buffer, "ghost", 0, now, "known"));
    assert!(!offer(&mut buffer, "other ghost", 1, now, "known"));
    let later = now + PATIENCE;
    assert_eq!(seqs(&buffer.release(later, |record| is(record, "known"))), [0, 1]);
    assert!(offer(&mut buffer, "third ghost", 2, later, "known"));
    assert!(!offer(&mut buffer, "third ghost", 3, later + QUIET, "known"));
}

#[test]
fn no_more_than_the_maximum_waits() {
    let (mut buffer, now) = (ReorderBuffer::default(), Instant::now());
    for seq in 0..=MAX as u64 {
        assert!(!offer(&mut buffer, "ghost", seq, now, "known"));
    }
    assert_eq!(buffer.release(now, |_| false).len(), MAX + 1);
}
