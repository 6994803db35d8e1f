use serde_json::json;

use super::*;

fn holdings(purchases: Holding, invoices: Holding, notifications: Holding) -> Holdings {
    Holdings { purchases, invoices, notifications }
}

fn known(left: usize, kept: usize) -> Holding {
    Holding::Known(Count { left, kept })
}

#[test]
fn a_customer_is_in_a_document_as_long_as_name_or_address_is() {
    assert!(has_person(&json!({"customer": {"id": "c", "name": "Ana", "email": "ana@example.com"}})));
    assert!(has_person(&json!({"customer": {"id": "c", "name": "Ana", "email": ""}})));
    assert!(!has_person(&json!({"customer": {"id": "c", "name": "", "email": ""}})));
    assert!(!has_person(&json!({})));
}

#[test]
fn it_is_over_when_the_person_is_nowhere_and_every_service_has_said_so() {
    assert!(holdings(known(0, 3), known(0, 2), Holding::NotInstalled).are_gone());
    assert!(!holdings(known(0, 3), known(1, 1), known(0, 0)).are_gone());
    assert!(!holdings(known(0, 3), known(0, 2), Holding::Unknown("It is away.".into())).are_gone());
}

#[test]
fn the_result_names_what_is_left_what_stays_and_why() {
    let found = holdings(known(0, 1), known(2, 1), Holding::Unknown("It is away.".into()));
    let places: Vec<_> = found.places().into_iter().map(|place| (place.place, place.done, place.message)).collect();
    assert_eq!(
        places,
        [
            ("purchases", true, "1 purchase without name and address.".to_owned()),
            ("invoices", false, "2 invoices with name or address, or for the customer.".to_owned()),
            ("notifications", false, "Could not be checked: It is away.".to_owned()),
        ]
    );
    assert_eq!(found.problems(), ["It is away."]);
    let kept = found.kept();
    assert!(kept[0].starts_with("1 invoice keeps number, access key"), "{kept:?}");
    assert!(kept[1].starts_with("1 purchase keeps items"), "{kept:?}");
    assert!(holdings(known(0, 0), known(0, 0), known(0, 0)).kept().is_empty());
}

#[test]
fn what_was_found_is_told_in_a_sentence() {
    let found = holdings(known(1, 0), known(2, 0), Holding::NotInstalled);
    let sentence = "With name or address of the customer: 1 purchase, 2 invoices, no service of notifications.";
    assert_eq!(found.sentence(), sentence);
}
