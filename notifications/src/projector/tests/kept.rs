use super::*;
use crate::projector::testing::customer;

fn facts() -> Facts {
    let (delivery, namespace, name) = ("d1".to_owned(), "shop".to_owned(), "primeiro".to_owned());
    Facts {
        bought: Some(Bought { customer: customer(1), language: Language::English, total_cents: 3_980, at: 7 }),
        invoice: Some(Invoice { number: 42 }),
        delivering: Some(Delivering { delivery, client: customer(1), namespace, name, at: 8 }),
        kinds: [Kind::Approved, Kind::UnderWay].into(),
    }
}

/// A document as it is kept.
fn kept(part: &str, mut document: Document) -> Document {
    document.insert("_id", key("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001", part));
    document
}

#[test]
fn what_was_kept_is_read_back_whole_and_in_halves() {
    let halves = [kept(PURCHASE, of_purchase(&facts())), kept(DELIVERY, of_delivery(&facts()))];
    assert_eq!(order(&halves), Order { facts: facts(), ..Order::default() });
    let purchase = order(&halves[..1]).facts;
    assert_eq!((&purchase.bought, &purchase.delivering), (&facts().bought, &None));
    assert_eq!(purchase.kinds, [Kind::Approved].into());
    let delivery = order(&halves[1..]).facts;
    assert_eq!((&delivery.bought, &delivery.delivering), (&None, &facts().delivering));
    assert_eq!(delivery.kinds, [Kind::UnderWay].into());
}

#[test]
fn the_halves_have_no_field_in_common_and_a_record_of_one_writes_nothing_of_the_other() {
    let (purchase, delivery) = (of_purchase(&facts()), of_delivery(&facts()));
    assert!(purchase.keys().all(|name| !delivery.contains_key(name)));
    let bought = Facts { bought: facts().bought, kinds: [Kind::Approved].into(), ..Facts::default() };
    assert!(of_delivery(&bought).is_empty());
    assert!(of_purchase(&Facts { kinds: [Kind::Finished].into(), ..Facts::default() }).is_empty());
}

#[test]
fn what_was_told_and_that_it_is_over_is_read_back() {
    let told: Kinds = [Kind::Approved, Kind::Finished].into();
    let found = [kept(TOLD, of_told(&told, true))];
    assert_eq!(order(&found), Order { told: told.clone(), is_over: true, ..Order::default() });
    assert!(!order(&[kept(TOLD, of_told(&told, false))]).is_over);
    let facts = of_purchase(&facts()).into_iter().chain(of_delivery(&facts())).collect::<Document>();
    assert!(of_told(&told, true).keys().all(|name| !facts.contains_key(name)), "no field in common");
}

#[test]
fn what_was_written_last_is_not_read_again() {
    assert_eq!(parts_but(Some(PURCHASE)).collect::<Vec<_>>(), [DELIVERY, TOLD]);
    assert_eq!(parts_but(Some(DELIVERY)).collect::<Vec<_>>(), [PURCHASE, TOLD]);
    assert_eq!(parts_but(None).collect::<Vec<_>>(), [PURCHASE, DELIVERY, TOLD]);
}

#[test]
fn a_delivery_that_has_ended_is_found_by_its_id_among_those_under_way() {
    let known = |kind| Facts { kinds: [Kind::Approved, kind].into(), ..facts() };
    assert_eq!(ended(&known(Kind::Finished)), Some(doc! {"_id": "d1"}));
    assert_eq!(ended(&known(Kind::UnderWay)), None);
    assert_eq!(ended(&Facts { delivering: None, ..known(Kind::Finished) }), None, "it was never under way");
}
