use super::*;
use crate::domain::testing::{self, NOW, id};

fn selection() -> Selection {
    Selection { recipient: testing::recipient().id, unread: None, canceled: None }
}

#[test]
fn a_selection_asks_for_no_more_than_it_says() {
    assert_eq!(selected(&selection()), doc! {"recipientId": testing::RECIPIENT});
    let filter = selected(&Selection { unread: Some(true), canceled: Some(false), ..selection() });
    assert_eq!(
        filter,
        doc! {"recipientId": testing::RECIPIENT, "readAt": {"$exists": false}, "canceledAt": {"$exists": false}}
    );
}

#[test]
fn a_page_goes_on_after_the_last_place_of_the_one_before() {
    let mut listing = Listing { selection: selection(), after: None, limit: 9 };
    assert_eq!(listed(&listing), selected(&selection()));
    listing.after = Some(Place { created_at: Reverse(NOW), id: Reverse(id(1)) });
    let filter = listed(&listing).to_string();
    for part in [format!(r#""createdAt": {{ "$lt": {NOW} }}"#), format!(r#""_id": {{ "$lt": "{}" }}"#, id(1))] {
        assert!(filter.contains(&part), "{part} is not in {filter}");
    }
}

#[test]
fn a_change_that_removes_nothing_has_no_empty_operator() {
    assert_eq!(update(doc! {"a": 1}, Document::new()), doc! {"$set": {"a": 1}}, "an empty $unset is an error");
}

#[test]
fn a_change_and_an_attempt_have_ids_that_can_be_taken_once() {
    let key = |document: Document| document.get_str("_id").unwrap().to_owned();
    assert_eq!(key(mark(id(1), 2, NOW)), key(mark(id(1), 2, NOW + 9)));
    assert_ne!(key(mark(id(1), 2, NOW)), key(mark(id(1), 3, NOW)));
    assert_eq!(key(mark_of(id(1), 2)), key(mark(id(1), 2, NOW)));
    assert_eq!(key(attempt(id(1), 1, NOW)), key(attempt(id(1), 1, NOW + 9)));
    assert_ne!(key(attempt(id(1), 1, NOW)), key(attempt(id(2), 1, NOW)));
    assert_eq!(key(attempt_of(id(1), 7)), key(attempt(id(1), 7, NOW)));
}

#[test]
fn a_claimed_mail_is_not_due_before_its_time() {
    let set = claim("a", 3, NOW + 60_000).get_document("$set").unwrap().clone();
    assert_eq!((set.get_i64("due").unwrap(), set.get_i64("attempts").unwrap()), (NOW + 60_000, 3));
    assert_eq!(set.get_str("state").unwrap(), "SENDING");
    assert!(canceled().get_document("$unset").unwrap().contains_key("due"));
}

#[test]
fn however_an_attempt_ended_the_claim_is_given_back_and_only_a_retry_is_due_again() {
    let error = delivery_fuzz::megabyte();
    for (end, state, is_due) in [
        (MailEnd::Sent { at: NOW }, "SENT", false),
        (MailEnd::Later { due: NOW + 1, error: error.clone(), in_doubt: false }, "PENDING", true),
        (MailEnd::Later { due: NOW + 1, error: error.clone(), in_doubt: true }, "SENDING", true),
        (MailEnd::Bounced { error: error.clone() }, "BOUNCED", false),
        (MailEnd::Failed { error: error.clone() }, "FAILED", false),
    ] {
        let update = settled(&end);
        let (set, unset) = (update.get_document("$set").unwrap(), update.get_document("$unset").unwrap());
        assert_eq!(set.get_str("state").unwrap(), state);
        assert!(unset.contains_key("claim"));
        assert_eq!((set.contains_key("due"), unset.contains_key("due")), (is_due, !is_due), "{state}");
        assert!(set.get_str("error").map_or(0, str::len) <= MAX_ERROR);
    }
}

#[test]
fn each_document_is_removed_by_its_id_alone() {
    let command = deletion("mails", &["a".to_owned(), "b".to_owned()]);
    let expected = [doc! {"q": {"_id": "a"}, "limit": 1}, doc! {"q": {"_id": "b"}, "limit": 1}].map(Bson::from);
    assert_eq!(command.get_array("deletes").unwrap(), &expected);
}

#[test]
fn few_ids_are_asked_for_one_by_one_and_many_at_once() {
    let ids: Vec<String> = (0..=FEW).map(|number| number.to_string()).collect();
    assert!(by_ids(&[]).is_empty());
    assert_eq!(by_ids(&ids[..2]), [doc! {"_id": "0"}, doc! {"_id": "1"}]);
    assert_eq!(by_ids(&ids[..FEW]).len(), FEW);
    assert_eq!(by_ids(&ids), [doc! {"_id": {"$in": ids.clone()}}]);
}

#[test]
fn the_first_attempts_are_removed_by_one_command() {
    let ids = attempt_ids(id(1), 2);
    let expected = [attempt_of(id(1), 1), attempt_of(id(1), 2)].map(|one| one.get_str("_id").unwrap().to_owned());
    assert_eq!(ids, expected);
    assert_eq!(deletion("attempts", &ids).get_array("deletes").unwrap().len(), 2);
}
