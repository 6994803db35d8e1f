//! Tests of what removes a delivery.

use delivery_messages::StatePhase;

use super::*;
use crate::model::record::{PlanOrigin, Record};
use crate::state::eviction::KEEP_ENDED;
use crate::testing::{NOW, cancelled, folded, only, plan, plan_record, position, position_record, state, state_record};

#[test]
fn a_tombstone_removes_a_delivery() {
    let mut table = folded([plan_record(plan("d1"))]);
    table.changes();
    table.fold(Record::Plan { delivery_id: "d1".to_owned(), plan: None, time: NOW, origin: PlanOrigin::default() });
    assert!(only(&mut table).delivery.is_none());
}

fn erased(id: &str) -> Record {
    Record::Erased { id: id.to_owned(), erased: Some(Erased { erased_at: NOW, of: Of::Delivery }) }
}

#[test]
fn an_erased_delivery_goes_with_all_that_waits_to_be_sent_and_nothing_brings_it_back() {
    let mut table =
        folded([plan_record(plan("d1")), position_record(position("d1", 0, false), 0), plan_record(plan("d2"))]);
    table.fold(position_record(position("d2", 0, false), 0));
    assert_eq!(table.fold(erased("d1")), Folded::Applied);
    assert_eq!(table.fold(erased("d1")), Folded::Repeat);
    let changes = table.changes();
    let of_first = changes.deliveries.iter().find(|change| &*change.id == "d1").unwrap();
    assert!(of_first.delivery.is_none() && of_first.marks.erased);
    assert_eq!(changes.stream.iter().map(|moved| &*moved.about.delivery_id).collect::<Vec<_>>(), ["d2"]);
    assert!(table.expects("d1"), "its positions delay no others");
    for record in [
        plan_record(cancelled("d1")),
        state_record(state("d1", 4, StatePhase::Running), 0),
        position_record(position("d1", 1, false), 0),
    ] {
        assert_eq!(table.fold(record), Folded::Erased);
    }
    assert!(table.changes().deliveries.is_empty() && !table.entries.contains_key("d1"));
    table.fold(Record::Erased { id: "d1".to_owned(), erased: None });
    assert_eq!(table.fold(plan_record(plan("d1"))), Folded::Applied, "it was taken off the list");
}

#[test]
fn an_erased_id_is_no_change_at_the_start_and_is_one_later_even_if_it_is_unknown() {
    let mut table = folded([erased("d1"), plan_record(plan("d1"))]);
    assert!(table.changes().deliveries.is_empty());
    table.follow();
    table.fold(erased("d2"));
    assert!(only(&mut table).marks.erased, "it may be in the archive, or its positions in the ring");
}

#[test]
fn a_delivery_that_is_erased_after_its_end_is_not_archived() {
    let mut table = folded([plan_record(plan("d1")), position_record(position("d1", 9, true), 0)]);
    table.changes();
    table.evict(NOW + KEEP_ENDED);
    table.fold(erased("d1"));
    let changes = table.changes();
    assert!(changes.archived.is_empty() && changes.deliveries[0].marks.erased);
}
