use super::super::found::{Found, FoundIn};
use super::super::report::{PendingTombstones, Remaining, places};
use super::super::retention::{RetainedRecords, Until};
use super::*;

#[test]
fn findings_are_listed_and_counted() {
    let mut findings = Findings::default();
    findings.add(Found::Delivery(FoundDelivery {
        delivery_id: "d-1".into(),
        namespace: Some("shop".into()),
        name: Some("primeiro".into()),
        created_at: Some(0),
        request_id: Some("r-1".into()),
        places: [FoundIn::Kubernetes, FoundIn::Kafka].into(),
    }));
    let person = Person::Courier("ana".into());
    let now = Timestamp::from_millisecond(41_000).unwrap();
    assert_eq!(
        found(&person, &findings, now),
        "NAMESPACE   DELIVERY   ID    AGE   FOUND-IN\n\
             shop        primeiro   d-1   41s   Kubernetes,Kafka\n\
             Data of the courier ana: 1 delivery and 1 request id.\n"
    );
    for number in 0..MAX_ROWS {
        let subject = FoundDelivery { delivery_id: format!("e-{number}"), ..FoundDelivery::default() };
        findings.add(Found::Delivery(subject));
    }
    let text = found(&person, &findings, now);
    assert!(text.contains("… and 1 more\nData of the courier ana: 21 deliveries"), "{text}");
}

#[test]
fn what_is_left_is_reported_with_the_next_step() {
    let held =
        RetainedRecords { topic: "route.new-position".into(), records: 1, what: "where".into(), until: Until::NoEnd };
    let mut all = Report {
        deliveries: Vec::new(),
        requests: 0,
        dry_run: false,
        places: places(1, 1, PendingTombstones::default(), &Remaining::Ids(Vec::new()), &Remaining::NotInstalled),
        held: vec![held],
        kept: vec!["1 invoice keeps its number.".into()],
        problems: vec!["MongoDB does not answer.".into()],
        complete: false,
    };
    let text = report(&all);
    for part in [
        "objects   1 of 1 still have an object.",
        "  route.new-position: 1 record",
        "Kept: 1 invoice keeps its number.",
        "Not checked: MongoDB",
        "run the command again",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    all.complete = true;
    all.held.clear();
    assert!(report(&all).ends_with("For backups and logs, see docs/erasing.md.\n"));
}
