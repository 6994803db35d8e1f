use super::*;

#[test]
fn records_are_told_apart_by_their_topics() {
    let record = |offset| LogRecord { offset, ..LogRecord::default() };
    let mut collected = Collected::default();
    // As a Job writes them.
    for item in [PurchaseRecord::Issued(record(1)), PurchaseRecord::Event(record(2))] {
        let line = serde_json::to_string(&item).unwrap();
        collected.take(serde_json::from_str(&line).unwrap());
    }
    let (events, issued) = collected.parts(CompleteSince { events: 3, issued: 4 });
    assert_eq!((events.records, events.complete_since), (vec![record(2)], 3));
    assert_eq!((issued.records, issued.complete_since), (vec![record(1)], 4));
    let done = serde_json::to_string(&CompleteSince { events: Millis::MIN, issued: Millis::MAX }).unwrap();
    assert_eq!(serde_json::from_str::<CompleteSince>(&done).unwrap().events, Millis::MIN);
}
