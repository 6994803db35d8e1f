use super::*;

fn delivery(id: &str, store: FoundIn) -> FoundDelivery {
    FoundDelivery { delivery_id: id.into(), places: [store].into(), ..FoundDelivery::default() }
}

#[test]
fn a_delivery_in_several_stores_is_one() {
    let mut findings = Findings::default();
    findings.add(Found::Delivery(FoundDelivery {
        request_id: Some("r-1".into()),
        created_at: Some(7),
        ..delivery("a", FoundIn::Kafka)
    }));
    findings
        .add(Found::Delivery(FoundDelivery { name: Some("primeiro".into()), ..delivery("a", FoundIn::Kubernetes) }));
    let all: Vec<_> = findings.deliveries().collect();
    assert_eq!((all.len(), all[0].name.as_deref(), all[0].created_at), (1, Some("primeiro"), Some(7)));
    assert_eq!(all[0].places, [FoundIn::Kubernetes, FoundIn::Kafka].into());
    assert_eq!(findings.request_ids(), ["r-1"]);
    assert_eq!(findings.earliest(), Some(7));
    findings.add(Found::Delivery(delivery("b", FoundIn::PositionIndex)));
    assert_eq!(findings.earliest(), None, "it is unknown for one of them");
}

#[test]
fn a_request_without_its_own_id_has_two_ids_from_its_record() {
    let mut findings = Findings::default();
    findings.add(Found::Request("north.route.new-direction/2/41".into()));
    assert_eq!(findings.request_ids(), ["north.route.new-direction+2+41", "north.route.new-direction/2/41"]);
    assert_eq!(document_id("7b0c1f6e-6d5e-4b57-9d0c-0f6f6f3f6a11"), None);
    assert_eq!(document_id("a/b/c"), None);
}

#[test]
fn later_findings_are_separated_from_earlier_ones() {
    let (mut first, mut second) = (Findings::default(), Findings::default());
    first.add(Found::Delivery(delivery("a", FoundIn::Kafka)));
    for id in ["a", "b"] {
        second.add(Found::Delivery(delivery(id, FoundIn::Kafka)));
    }
    second.add(Found::Request("r".into()));
    let new = second.without(&first);
    assert_eq!((new.delivery_ids(), new.request_ids()), (vec!["b".to_owned()], vec!["r".to_owned()]));
    first.merge(new);
    assert_eq!(first, second);
}
