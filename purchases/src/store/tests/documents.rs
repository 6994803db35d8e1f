use super::*;
use crate::store::listing::Cursor;
use crate::testing::{NOW, purchase as pending};

fn approved(sequence: i64) -> Decision {
    Decision { purchase_id: "p1".to_owned(), outcome: Outcome::Approved, at: NOW + 250, sequence }
}

fn refused() -> Decision {
    Decision { outcome: Outcome::Failed("Refused".to_owned()), ..approved(8) }
}

#[test]
fn a_purchase_is_read_back_as_it_was_in_every_state() {
    let pending = pending("p1", 7);
    let published = Purchase { published_at: Some(NOW + 300), ..pending.clone().decided(&approved(7)) };
    for purchase in [pending.clone(), pending.clone().decided(&approved(7)), pending.decided(&refused()), published] {
        assert_eq!(super::purchase(&of_purchase(&purchase)), Some(purchase));
    }
}

#[test]
fn the_outbox_is_open_until_nothing_is_left_to_be_done() {
    let is_open = |purchase: &Purchase| of_purchase(purchase).contains_key("outbox");
    let approved = pending("p1", 7).decided(&approved(7));
    assert!(is_open(&pending("p1", 7)) && is_open(&approved));
    assert!(!is_open(&pending("p1", 7).decided(&refused())));
    assert!(!is_open(&Purchase { published_at: Some(NOW), ..approved }));
}

#[test]
fn a_decision_is_read_back_and_changes_the_document_in_one_statement() {
    for decision in [approved(7), refused()] {
        assert_eq!(super::decision(&of_decision(&decision)), Some(decision));
    }
    let statement = applied(&approved(7));
    assert_eq!(statement.get_document("q").unwrap(), &doc! {"_id": "p1"});
    let set = statement.get_document("u").unwrap().get_document("$set").unwrap();
    assert_eq!(set, &doc! {"state": "APPROVED", "approvedAt": NOW + 250, "sequence": 7_i64});
    assert!(!applied(&approved(7)).get_document("u").unwrap().contains_key("$unset"), "the event is to be written");
    assert!(applied(&refused()).get_document("u").unwrap().contains_key("$unset"));
    assert!(published("p1", NOW).get_document("u").unwrap().contains_key("$unset"));
}

#[test]
fn terms_are_in_the_order_of_their_numbers() {
    let term = Term { number: 12, holder: "a".to_owned(), beats: 3, is_over: false };
    assert_eq!(super::term(&of_term(&term)), Some(term));
    assert!(term_id(9) < term_id(10) && term_id(u32::MAX - 1) < term_id(u32::MAX));
}

#[test]
fn approved_purchases_come_first_by_the_names_of_their_states() {
    assert!(State::Approved.name() < State::Pending.name());
}

#[test]
fn a_page_goes_on_after_the_last_purchase_even_among_those_of_the_same_millisecond() {
    let after = Some(Cursor { created_at: NOW, id: "p1".to_owned() });
    let query = ListingQuery { customer_id: Some("c".to_owned()), state: Some(State::Failed), limit: 9, after };
    let filter = page(&query);
    let expected = doc! {"$and": [
        {"customerId": "c", "state": "FAILED"},
        {"$or": [{"createdAt": {"$lt": NOW}}, {"createdAt": NOW, "_id": {"$lt": "p1"}}]},
    ]};
    assert_eq!(filter, expected);
    assert_eq!(page(&ListingQuery { customer_id: None, state: None, limit: 9, after: None }), doc! {});
}

#[test]
fn a_document_of_an_erased_customer_is_no_purchase() {
    let mut document = of_purchase(&pending("p1", 7));
    document.remove("customer");
    assert_eq!(super::purchase(&document), None);
}

#[test]
fn what_is_forgotten_is_the_customer_and_nothing_of_what_was_bought() {
    let statement = forgotten(&of_purchase(&pending("p1", 7)), NOW).unwrap();
    assert_eq!(statement.get_document("q").unwrap(), &doc! {"_id": "p1"});
    let set = statement.get_document("u").unwrap().get_document("$set").unwrap();
    let customer = doc! {"name": "", "email": "", "language": "pt-BR"};
    assert_eq!(set, &doc! {"customer": customer, "fingerprint": "", "erasedAt": NOW});
    assert_eq!(erased(&doc! {"_id": "c", "erasedAt": NOW}), Some(("c".to_owned(), NOW)));
}

#[test]
fn a_server_that_reads_no_index_but_that_of_the_ids_has_no_other_to_maintain() {
    assert!(indexes(&doc! {"version": "7.0.42", "ferretdbVersion": "v1.24.0"}).is_empty());
    assert_eq!(indexes(&doc! {"version": "7.0.77", "ferretdb": {"version": "v2.7.0"}}).len(), 5);
    assert_eq!(indexes(&doc! {"version": "8.0.4"}).len(), 5);
}
