use super::*;
use crate::testing;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn raw(offset: i64, value: &[u8]) -> Raw<'_> {
    Raw { topic: "compra", partition: 0, offset, value: Some(value), traceparent: Some(TRACE) }
}

fn value(number: u32) -> Vec<u8> {
    serde_json::to_vec(&testing::purchase(number)).unwrap()
}

#[test]
fn a_bad_record_becomes_a_dead_letter_and_stops_nothing_behind_it() {
    let mut batch = Batch::default();
    assert!(batch.is_empty());
    batch.push(raw(7, &value(1)));
    batch.push(raw(8, b"poison"));
    batch.push(Raw { value: None, ..raw(9, b"") });
    batch.push(raw(10, &value(2)));
    assert_eq!(batch.orders().len(), 2);
    assert_eq!(batch.orders()[1].traceparent.as_deref(), Some(TRACE));
    let letters: Vec<_> = batch.dead_letters().iter().map(|(reason, letter)| (*reason, letter.key.as_str())).collect();
    assert_eq!(letters, [("MalformedRecord", "compra/0/8"), ("EmptyRecord", "compra/0/9")]);
    assert_eq!(batch.offsets().iter().next(), Some((&("compra".to_owned(), 0), &11)));
}

#[test]
fn a_batch_is_full_with_as_many_records_as_a_block_has_or_a_mebibyte() {
    let mut batch = Batch::default();
    for offset in 0..50 {
        assert!(!batch.is_full());
        batch.push(raw(offset, &value(u32::try_from(offset).unwrap())));
    }
    assert!(batch.is_full());
    let mut large = Batch::default();
    large.push(raw(0, &vec![b' '; 1024 * 1024]));
    assert!(large.is_full());
    assert!(large.dead_letters()[0].1.value.len() <= 64 * 1024);
}

#[test]
fn an_invalid_trace_is_left_out() {
    let (mut batch, value) = (Batch::default(), value(1));
    for traceparent in [None, Some(""), Some("00-00000000000000000000000000000000-00f067aa0ba902b7-01")] {
        batch.push(Raw { traceparent, ..raw(0, &value) });
    }
    assert_eq!(batch.orders().len(), 3);
    assert!(batch.orders().iter().all(|order| order.traceparent.is_none()), "{:?}", batch.orders());
}
