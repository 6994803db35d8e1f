use serde_json::{Value, json};

use super::*;
use crate::fingerprints::Fingerprints;
use crate::report::SinkVerdict;

const START: Millis = 1_795_340_000_000;

fn indexed(seq: u64) -> Value {
    json!({"seq": seq, "at": START + i64::try_from(seq).unwrap_or_default(), "position": [-15.8, -47.9], "speed": 8.5,
        "heading": 90.0, "progress": 0.5, "finished": false})
}

fn page(seqs: impl IntoIterator<Item = u64>, next: Option<u64>) -> IndexPage {
    let positions: Vec<_> = seqs.into_iter().map(indexed).collect();
    serde_json::from_value(json!({"positions": positions, "next": next})).unwrap()
}

#[test]
fn pages_are_read_to_the_end_and_again_from_the_first_missing_position() {
    let mut fingerprints = Fingerprints::default();
    for seq in 0..4 {
        let found: IndexedPosition = serde_json::from_value(indexed(seq)).unwrap();
        fingerprints.add(&found.into());
    }
    let log = LogSide { fingerprints, next: 4, last_seq: Some(3), ..LogSide::default() };
    let mut check = IndexCheck::new("d-1".to_owned(), log, IndexExtent { oldest: Some(START) });
    assert_eq!(check.path(), "/history/deliveries/d%2D1/positions?limit=5000");
    assert!(check.take(page([0, 1], Some(1))));
    assert_eq!(check.path(), "/history/deliveries/d%2D1/positions?limit=5000&after=1");
    assert!(!check.take(page([], None)));
    assert!(check.is_open());
    assert_eq!(check.open_positions(), 2);
    check.restart();
    assert_eq!(check.path(), "/history/deliveries/d%2D1/positions?limit=5000&after=1");
    assert!(!check.take(page([2, 3], None)));
    assert!(!check.is_open());
    let (id, report) = check.report();
    assert_eq!((id.as_str(), report.verdict, report.indexed), ("d-1", SinkVerdict::Same, 4));
}
