//! Tests of what leaves the table, and when.

use delivery_messages::deliveries::catalogue::inline_id;
use delivery_messages::{Plan, Route, StatePhase};

use super::*;
use crate::model::delivery::Phase;
use crate::model::record::{PlanOrigin, Record};
use crate::state::route_uses::KEEP_IDLE;
use crate::testing::{
    self, NOW, cancelled, folded, only, plan, plan_record, position, position_record, route_record, shown, state,
    state_record,
};

#[test]
fn a_state_whose_position_never_arrives_moves_the_delivery_after_a_time() {
    let mut table = folded([plan_record(plan("d1"))]);
    table.follow();
    table.fold(state_record(state("d1", 9, StatePhase::Finished), 0));
    let awaited = shown(&mut table);
    assert_eq!((awaited.phase, awaited.ended), (Phase::Running, None));
    table.evict(NOW + AWAIT - 1);
    assert!(table.changes().deliveries.is_empty());
    table.evict(NOW + AWAIT);
    let change = only(&mut table);
    assert!(change.marks.end && change.marks.position);
    let delivery = change.delivery.unwrap();
    assert_eq!((delivery.fix.unwrap().seq, delivery.ended), (9, Some(NOW)), "it ended with its state");
}

#[test]
fn a_delivery_that_goes_after_its_end_is_archived() {
    let mut table = folded([plan_record(plan("d1")), position_record(position("d1", 9, true), 0)]);
    table.evict(NOW + KEEP_ENDED);
    let archived = table.changes().archived;
    assert_eq!((archived.len(), archived[0].phase), (1, Phase::Finished));
}

#[test]
fn an_ended_delivery_goes_after_its_time_and_no_late_record_brings_it_back() {
    let mut table = folded([plan_record(plan("d1")), position_record(position("d1", 9, true), 0)]);
    table.changes();
    table.evict(NOW + KEEP_ENDED - 1);
    assert!(table.changes().deliveries.is_empty());
    table.evict(NOW + KEEP_ENDED);
    assert!(only(&mut table).delivery.is_none());
    assert_eq!(table.fold(plan_record(cancelled("d1"))), Folded::AfterEnd);
    assert_eq!(table.fold(position_record(position("d1", 3, false), 0)), Folded::AfterEnd);
    assert!(table.changes().deliveries.is_empty());
}

#[test]
fn positions_whose_plan_never_comes_go_after_that_time_too() {
    let mut table = folded([position_record(position("ghost", 0, false), 0)]);
    table.evict(NOW + KEEP_ENDED);
    assert!(table.entries.is_empty());
    table.fold(plan_record(plan("ghost")));
    assert_eq!(shown(&mut table).phase, Phase::Accepted, "it was not ended, only unknown");
}

#[test]
fn no_more_than_the_maximum_of_ended_deliveries_stay() {
    let mut table = Table::default();
    for number in 0..=MAX_ENDED {
        let id = format!("d{number:06}");
        table.fold(plan_record(plan(&id)));
        table.fold(position_record(position(&id, 0, true), Millis::try_from(number).unwrap()));
    }
    table.fold(plan_record(plan("running")));
    table.evict(NOW);
    assert_eq!(table.entries.len(), MAX_ENDED + 1);
    assert!(!table.entries.contains_key("d000000"), "the oldest went");
    assert!(table.entries.contains_key("running"));
}

/// As at a start: states are read first, then plans; every other delivery was cancelled on its way.
fn replayed(ended: usize) -> Table {
    let id = |number: usize| format!("d{number:06}");
    let at = |number: usize| Millis::try_from(number).unwrap();
    let mut table = Table::default();
    for number in 0..ended {
        let phase = if number % 2 == 0 { StatePhase::Finished } else { StatePhase::Running };
        table.fold(state_record(state(&id(number), 9, phase), at(number)));
        assert!(table.early.len() <= 2 * MAX_ENDED + number / 2 + 1);
    }
    for number in 0..ended {
        let plan = if number % 2 == 0 { plan(&id(number)) } else { cancelled(&id(number)) };
        let (plan, time) = (Some(Box::new(plan)), NOW + at(number));
        table.fold(Record::Plan { delivery_id: id(number), plan, time, origin: PlanOrigin::default() });
        assert!(table.entries.len() <= 2 * MAX_ENDED + 1 && table.marked.len() <= 2 * MAX_ENDED + 1);
    }
    table
}

#[test]
fn of_what_ended_long_ago_a_start_keeps_no_more_than_a_hash() {
    const ENDED: usize = 6 * MAX_ENDED;
    let mut table = replayed(ENDED);
    table.fold(plan_record(plan("running")));
    table.follow();
    table.evict(NOW + KEEP_ENDED / 2);
    assert!(table.entries.contains_key("running") && table.entries.contains_key(&*format!("d{:06}", ENDED - 1)));
    assert_eq!(table.entries.len(), MAX_ENDED + 1);
    assert_eq!(table.past.len(), ENDED - MAX_ENDED);
    assert_eq!(table.early.len(), 0);
    let changes = table.changes();
    assert!(changes.deliveries.len() + changes.archived.len() <= 3 * MAX_ENDED + 1);
    assert_eq!(table.fold(plan_record(plan("d000000"))), Folded::AfterEnd);
    assert_eq!(table.fold(state_record(state("d000001", 10, StatePhase::Running), 0)), Folded::AfterEnd);
    // About 20 bytes for each that has ended, and while it is replayed about 200 for each that was cancelled.
    assert_eq!(size_of::<crate::state::ended::IdHash>(), 8);
    assert!(size_of::<crate::state::early::Dated>() <= 144);
}

#[test]
fn a_delivery_that_has_just_ended_is_shown_after_a_start_with_the_time_of_its_end() {
    let finished = state_record(state("d1", 9, StatePhase::Finished), 3 * KEEP_ENDED);
    // It was written again after the end, for an Event.
    let (plan, time) = (Some(Box::new(plan("d1"))), NOW + 4 * KEEP_ENDED);
    let planned = Record::Plan { delivery_id: "d1".to_owned(), plan, time, origin: PlanOrigin::default() };
    let mut table = folded([finished, planned]);
    table.follow();
    table.evict(NOW + 3 * KEEP_ENDED + 1);
    let delivery = shown(&mut table);
    assert_eq!((delivery.phase, delivery.ended), (Phase::Finished, Some(NOW + 3 * KEEP_ENDED)));
    assert_eq!(delivery.fix.unwrap().seq, 9);
}

/// The path inside the Delivery of that name.
fn path(delivery: &str) -> Route {
    Route { id: inline_id(delivery), listed: false, ..testing::route(delivery, delivery) }
}

fn plan_on(id: &str, path: &Route) -> Record {
    plan_record(Plan { route: path.key(), route_id: path.id.clone(), ..plan(id) })
}

#[test]
fn a_path_goes_a_while_after_its_last_delivery_and_is_known_again_when_it_is_written_again() {
    let path = path("own");
    let mut table = folded([plan_on("d1", &path), plan_on("d2", &path)]);
    table.follow();
    table.fold(route_record(path.clone()));
    let knows = |table: &Table| table.catalogue.revision(&path.key()).is_some();
    table.fold(position_record(position("d1", 9, true), 0));
    table.evict(NOW + KEEP_ENDED + 2 * KEEP_IDLE);
    table.evict(NOW + KEEP_ENDED + 4 * KEEP_IDLE);
    assert!(table.entries.len() == 1 && knows(&table), "another delivery drives it");
    table.fold(position_record(position("d2", 9, true), 0));
    let gone = NOW + KEEP_ENDED + 5 * KEEP_IDLE;
    table.evict(gone);
    table.changes();
    table.evict(gone + KEEP_IDLE - 1);
    assert!(table.entries.is_empty() && knows(&table), "another may be about to begin");
    table.evict(gone + KEEP_IDLE);
    assert!(!knows(&table));
    assert!(table.changes().catalogue.is_some_and(|catalogue| catalogue.revision(&path.key()).is_none()), "published");

    assert_eq!(table.fold(route_record(path.clone())), Folded::Applied);
    table.fold(plan_on("d3", &path));
    table.evict(gone + 9 * KEEP_IDLE);
    assert!(knows(&table));
    assert_eq!(&*table.entries["d3"].delivery().unwrap().title, "own");
}

#[test]
fn a_path_whose_delivery_is_removed_or_erased_goes_too_and_a_route_does_not() {
    let (removed, erased, route) = (path("removed"), path("erased"), testing::route("1", "Primeiro"));
    let mut table = folded([plan_on("removed", &removed), plan_on("erased", &erased), plan_record(plan("d1"))]);
    table.follow();
    for route in [&removed, &erased, &route] {
        table.fold(route_record(route.clone()));
    }
    let origin = PlanOrigin::default();
    for id in ["removed", "d1"] {
        table.fold(Record::Plan { delivery_id: id.to_owned(), plan: None, time: NOW, origin });
    }
    let erasure = delivery_messages::Erased { erased_at: NOW, of: delivery_messages::deliveries::erased::Of::Delivery };
    table.fold(Record::Erased { id: "erased".to_owned(), erased: Some(erasure) });
    table.evict(NOW);
    table.evict(NOW + KEEP_IDLE);
    let knows = |route: &Route| table.catalogue.revision(&route.key()).is_some();
    assert_eq!((knows(&removed), knows(&erased), knows(&route)), (false, false, true));
}

#[test]
fn a_start_keeps_the_paths_that_are_driven_and_those_whose_plans_may_be_about_to_come() {
    const HOUR: Millis = 3_600_000;
    let (old, driven, new) = (path("old"), path("driven"), path("new"));
    // Plans are read before routes.
    let mut table = folded([plan_on("d1", &driven), state_record(state("d1", 1, StatePhase::Running), HOUR)]);
    let record = |path: &Route, time| Record::Route { key: path.key(), route: Some(path.clone().into()), time };
    assert_eq!(table.fold(record(&old, NOW)), Folded::AfterEnd);
    assert_eq!(table.fold(record(&driven, NOW)), Folded::Applied);
    assert_eq!(table.fold(record(&new, NOW + HOUR)), Folded::Applied);
    table.follow();
    let knows = |table: &Table, path: &Route| table.catalogue.revision(&path.key()).is_some();
    assert!(!knows(&table, &old) && knows(&table, &driven) && knows(&table, &new));
    assert_eq!(&*shown(&mut table).title, "driven");
    table.evict(NOW + HOUR);
    table.evict(NOW + HOUR + KEEP_IDLE);
    assert!(knows(&table, &driven) && !knows(&table, &new), "its plan never came");
}
