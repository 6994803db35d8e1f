use super::*;
use crate::testing::{self, plan_record, position_record, route_record, state_record};

fn update(record: &Record) -> Document {
    Statement::of(record).unwrap().update(Updates::Atomic)
}

#[test]
fn a_plan_and_a_state_write_their_own_half_guarded_by_its_version() {
    let plan = update(&plan_record(testing::plan("d1")));
    assert_eq!(plan.get_document("q").unwrap(), &doc! {"_id": "d1", "planVersion": {"$not": {"$gte": 2_i64}}});
    let state = update(&state_record(testing::state("d1", 4, StatePhase::Running), 0));
    assert_eq!(state.get_document("q").unwrap(), &doc! {"_id": "d1", "stateVersion": {"$not": {"$gte": 10_i64}}});
    let [plan, state] =
        [plan, state].map(|update| update.get_document("u").unwrap().get_document("$set").unwrap().clone());
    assert!(plan.keys().all(|key| !state.contains_key(key)), "the parts share no field");
    assert_eq!(plan.get_str("planPhase").unwrap(), "Accepted");
    assert_eq!(state.get_str("statePhase").unwrap(), "Running");
    assert_eq!(state.get_array("position").unwrap(), &[Bson::Double(-47.9), Bson::Double(-15.8)]);
}

#[test]
fn a_server_that_updates_in_steps_finds_each_document_by_its_id_alone() {
    let records = [
        plan_record(testing::plan("d1")),
        state_record(testing::state("d1", 4, StatePhase::Running), 0),
        Record::Erased { id: "d1".into(), erased: Some(Erased { erased_at: 7, of: Of::Delivery }) },
    ];
    for record in records {
        let statement = Statement::of(&record).unwrap();
        let in_steps = statement.update(Updates::InSteps);
        assert_eq!(in_steps.get_document("q").unwrap(), &doc! {"_id": "d1"});
        assert_eq!(in_steps.get("u"), statement.update(Updates::Atomic).get("u"), "it writes the same");
        assert_eq!(versions(&[statement]), doc! {"_id": "d1"});
    }
    let statements = ["d1", "d2"].map(|id| Statement::of(&plan_record(testing::plan(id))).unwrap());
    assert_eq!(versions(&statements), doc! {"_id": {"$in": ["d1", "d2"]}});
}

#[test]
fn ferretdb_1_is_a_server_that_updates_in_steps() {
    assert_eq!(Updates::of(&doc! {"version": "7.0.42", "ferretdbVersion": "v1.24.0", "ok": 1.0}), Updates::InSteps);
    assert_eq!(Updates::of(&doc! {"version": "7.0.77", "ferretdb": {"version": "v2.7.0"}, "ok": 1.0}), Updates::Atomic);
    assert_eq!(Updates::of(&doc! {"version": "8.0.4", "ok": 1.0}), Updates::Atomic);
}

#[test]
fn who_asked_is_not_kept() {
    let update = update(&plan_record(testing::plan("d1"))).to_string();
    assert!(!update.contains(&testing::plan("d1").client_id), "{update}");
}

#[test]
fn the_end_is_kept_with_its_time() {
    let cancelled = Plan { phase: PlanPhase::Cancelled, ..testing::plan("d1") };
    assert!(update(&plan_record(cancelled)).to_string().contains("cancelledAt"));
    let finished = testing::state("d1", 4, StatePhase::Finished);
    let update = update(&state_record(finished, 7));
    let set = update.get_document("u").unwrap().get_document("$set").unwrap();
    assert_eq!(set.get_i64("stoppedAt").unwrap(), testing::NOW + 7);
}

#[test]
fn positions_and_tombstones_are_not_kept() {
    assert_eq!(Statement::of(&position_record(testing::position("d1", 0, false), 0)), None);
    assert_eq!(
        Statement::of(&Record::Plan { delivery_id: "d1".into(), plan: None, time: 0, origin: PlanOrigin::default() }),
        None
    );
    assert!(Statement::of(&route_record(testing::route("1", "Primeiro"))).is_some());
}

#[test]
fn an_erased_delivery_leaves_nothing_behind_but_versions_that_nothing_gets_past() {
    let erased = |of| Record::Erased { id: "d1".into(), erased: Some(Erased { erased_at: 7, of }) };
    let all = update(&erased(Of::Delivery));
    assert_eq!(all.get_document("q").unwrap(), &doc! {"_id": "d1"});
    let left = all.get_document("u").unwrap();
    assert_eq!(left, &doc! {"erasedAt": 7_i64, "stateVersion": i64::MAX, "planVersion": i64::MAX});
    let late = [plan_record(testing::plan("d1")), state_record(testing::state("d1", 4, StatePhase::Finished), 0)];
    assert!(late.iter().all(|record| !Statement::of(record).unwrap().is_newer(Some(left))));
    let statement = Statement::of(&erased(Of::Delivery)).unwrap();
    assert!(statement.is_newer(None), "a record that is yet to come is kept out as well");
    assert!(statement.is_newer(Some(&doc! {"planVersion": 3_i64})) && !statement.is_newer(Some(left)));
    assert_eq!(Statement::of(&erased(Of::Request)), None, "there are no documents of requests");
    assert_eq!(Statement::of(&Record::Erased { id: "d1".into(), erased: None }), None);
}

#[test]
fn what_the_document_knows_already_is_left_out() {
    let state = Statement::of(&state_record(testing::state("d1", 4, StatePhase::Running), 0)).unwrap();
    assert!(state.is_newer(None));
    assert!(state.is_newer(Some(&doc! {"_id": "d1", "planVersion": 99_i64})), "that is the other part");
    assert!(state.is_newer(Some(&doc! {"stateVersion": 9_i64})));
    assert!(!state.is_newer(Some(&doc! {"stateVersion": 10_i64})));
    assert!(!state.is_newer(Some(&doc! {"stateVersion": 12_i64})));
}

#[test]
fn a_collision_is_told_from_a_refusal() {
    let duplicate = doc! {"index": 0, "code": 11_000, "errmsg": "E11000 duplicate key"};
    let refusal = doc! {"index": 4, "code": 121, "errmsg": "Document failed validation"};
    assert_eq!(outcome(&doc! {"ok": 1.0, "n": 2}), Outcome::Written);
    assert_eq!(outcome(&doc! {"ok": 1.0, "writeErrors": [&duplicate]}), Outcome::Collision);
    let refused = Outcome::Refused("Document failed validation".to_owned());
    assert_eq!(outcome(&doc! {"ok": 1.0, "writeErrors": [duplicate, refusal]}), refused);
}
