use delivery_messages::Plan;

use super::*;
use crate::delivery_store::statements::{Statement, command};
use crate::model::record::Record;
use crate::testing::{self, plan_record, route_record, state_record};

/// The document that the statements produce.
fn written(records: &[Record]) -> Document {
    let mut document = Document::new();
    for record in records {
        let command = command("", &[Statement::of(record).unwrap()]);
        let update = command.get_array("updates").unwrap()[0].as_document().unwrap();
        document.insert("_id", update.get_document("q").unwrap().get("_id").unwrap());
        document.extend(update.get_document("u").unwrap().get_document("$set").unwrap().clone());
    }
    document
}

#[test]
fn what_was_written_is_read_back() {
    let document =
        written(&[plan_record(testing::plan("d1")), state_record(testing::state("d1", 4, StatePhase::Finished), 7)]);
    let found = delivery(&document).unwrap();
    assert_eq!(*found.about, testing::plan("d1").into());
    assert_eq!(found.phase, Phase::Finished);
    assert_eq!(found.ended, Some(testing::NOW + 7));
    assert_eq!(found.fix, Fix::of_state(&testing::state("d1", 4, StatePhase::Finished)));
    let expected = testing::route("1", "Primeiro");
    assert_eq!(route(&written(&[route_record(expected.clone())])), Some(expected));
}

#[test]
fn a_cancelled_one_without_a_state_is_read_and_one_without_a_plan_is_not() {
    let cancelled = Plan { phase: PlanPhase::Cancelled, ..testing::plan("d1") };
    let found = delivery(&written(&[plan_record(cancelled)])).unwrap();
    assert_eq!((found.phase, found.fix, found.ended), (Phase::Cancelled, None, Some(testing::NOW)));
    let state = state_record(testing::state("d1", 4, StatePhase::Finished), 0);
    assert_eq!(delivery(&written(&[state])), None);
}

#[test]
fn a_page_goes_on_after_the_last_place_of_the_one_before() {
    let before = Some(PageToken { past: true, created_at: Reverse(7), id: Reverse("d1".into()) });
    let filter = past(&ListingQuery { phase: Some(Phase::Finished), courier: None, limit: 9, before }).to_string();
    for part in [r#""createdAt": { "$lt": 7 }"#, r#""_id": { "$lt": "d1" }"#, r#""statePhase": "Finished""#] {
        assert!(filter.contains(part), "{part} is not in {filter}");
    }
    let first = past(&ListingQuery { phase: None, courier: Some("moto-7".into()), limit: 9, before: None });
    assert!(first.contains_key("$or") && !first.contains_key("$and"));
    assert_eq!(first.get_str("courier").unwrap(), "moto-7");
}
