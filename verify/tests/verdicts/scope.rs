//! Which deliveries are judged, and by which of their records.

use std::collections::HashSet;

use delivery_messages::StatePhase;
use delivery_verify::audit::Audit;
use delivery_verify::facts::{Scope, Selection, Unplanned};
use delivery_verify::judge::PositionRecord;

use crate::scenario::{ID, START, scenario};

#[test]
fn the_scope_chooses_by_namespace_name_id_and_time() {
    let scenario = scenario();
    let scope = |namespace: Option<&str>, deliveries: &[&str], since| Scope {
        namespace: namespace.map(str::to_owned),
        deliveries: deliveries.iter().map(|&name| name.to_owned()).collect(),
        since,
    };
    let chosen = |scope: &Scope| scenario.facts().select(scope).subjects.len();
    assert_eq!(chosen(&scope(Some("shop"), &[], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &[], None)), 0);
    assert_eq!(chosen(&scope(Some("shop"), &["primeiro"], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &["primeiro"], None)), 0, "a name belongs to a namespace");
    assert_eq!(chosen(&scope(Some("north"), &[ID], None)), 1, "an id does not");
    let end = scenario.positions[scenario.last()].at;
    assert_eq!(chosen(&scope(None, &[], Some(end))), 1);
    assert_eq!(chosen(&scope(None, &[], Some(end + 1))), 0);
    assert_eq!(scenario.facts().missing(&scope(Some("shop"), &["primeiro", "segundo"], None)), ["segundo"]);
    let Selection { ignored, unplanned, .. } = scenario.facts().select(&scope(Some("north"), &["x"], None));
    assert_eq!((ignored.len(), unplanned), (1, Unplanned::Only(HashSet::from(["x".to_owned()]))));
    assert_eq!(
        scenario.facts().read_from(&scope(None, &[], None)),
        None,
        "positions without a plan may be older than all plans"
    );
    let since_end = scope(Some("shop"), &[], Some(end));
    assert_eq!(scenario.facts().read_from(&since_end), Some(START - 1_000 - 120_000));
}

#[test]
fn older_versions_and_tombstones_are_understood() {
    let scenario = scenario();
    let mut facts = scenario.facts();
    let mut older = scenario.plan.clone().unwrap();
    (older.version, older.name) = (1, "older".into());
    facts.plan(ID, Some(older));
    facts.state(ID, Some(scenario.state_after(3)));
    assert_eq!(facts.plans[ID].name, "primeiro");
    assert_eq!(facts.states[ID].phase, StatePhase::Finished);
    facts.plan(ID, None);
    assert!(facts.plans.is_empty());
}

#[test]
fn positions_of_deliveries_that_are_not_requested_are_skipped() {
    let scenario = scenario();
    let value = delivery_messages::encode(&scenario.positions[7]).unwrap();
    let record = PositionRecord { partition: 2, offset: 0, appended: None, key: ID.as_bytes(), value: &value };
    let mut ignored = HashSet::from([ID.to_owned()]);
    for (unplanned, planned) in
        [(Unplanned::All, true), (Unplanned::Only(HashSet::new()), true), (Unplanned::Only(HashSet::new()), false)]
    {
        if !planned {
            ignored.clear();
        }
        let mut audit =
            Audit::new(Selection { subjects: Vec::new(), ignored: ignored.clone(), unplanned }, scenario.ranges());
        audit.record(&record);
        audit.record(&record);
        let (reports, summary) = audit.finish();
        assert!(reports.is_empty());
        assert_eq!(summary.without_plan, u64::from(!planned), "one without a plan is counted, once");
    }
}
