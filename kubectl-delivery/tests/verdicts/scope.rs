//! Which deliveries are judged, and by which of their records.

use crate::world::{ID, START, world};
use delivery_kubectl::verify::audit::{Audit, Strangers};
use delivery_kubectl::verify::facts::Scope;
use delivery_kubectl::verify::verdict::Record;
use delivery_messages::StatePhase;
use std::collections::HashSet;

#[test]
fn the_scope_chooses_by_namespace_name_id_and_time() {
    let world = world();
    let scope = |namespace: Option<&str>, deliveries: &[&str], since| Scope {
        namespace: namespace.map(str::to_owned),
        deliveries: deliveries.iter().map(|&name| name.to_owned()).collect(),
        since,
    };
    let chosen = |scope: &Scope| world.facts().divide(scope).0.len();
    assert_eq!(chosen(&scope(Some("shop"), &[], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &[], None)), 0);
    assert_eq!(chosen(&scope(Some("shop"), &["primeiro"], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &["primeiro"], None)), 0, "a name belongs to a namespace");
    assert_eq!(chosen(&scope(Some("north"), &[ID], None)), 1, "an id does not");
    let end = world.positions[world.last()].at;
    assert_eq!(chosen(&scope(None, &[], Some(end))), 1);
    assert_eq!(chosen(&scope(None, &[], Some(end + 1))), 0);
    assert_eq!(world.facts().missing(&scope(Some("shop"), &["primeiro", "segundo"], None)), ["segundo"]);
    let (_, others, strangers) = world.facts().divide(&scope(Some("north"), &["x"], None));
    assert_eq!((others.len(), strangers), (1, Strangers::Some(HashSet::from(["x".to_owned()]))));
    assert_eq!(world.facts().read_from(&scope(None, &[], None)), None, "strangers may be older than all plans");
    let since_end = scope(Some("shop"), &[], Some(end));
    assert_eq!(world.facts().read_from(&since_end), Some(START - 1_000 - 120_000));
}

#[test]
fn older_versions_and_tombstones_are_understood() {
    let world = world();
    let mut facts = world.facts();
    let mut older = world.plan.clone().unwrap();
    (older.version, older.name) = (1, "older".into());
    facts.plan(ID, Some(older));
    facts.state(ID, Some(world.state_after(3)));
    assert_eq!(facts.plans[ID].name, "primeiro");
    assert_eq!(facts.states[ID].phase, StatePhase::Finished);
    facts.plan(ID, None);
    assert!(facts.plans.is_empty());
}

#[test]
fn positions_of_a_delivery_that_is_not_asked_for_are_passed_over() {
    let world = world();
    let value = delivery_messages::encode(&world.positions[7]).unwrap();
    let record = Record { partition: 2, offset: 0, appended: None, key: ID.as_bytes(), value: &value };
    let mut others = HashSet::from([ID.to_owned()]);
    for (strangers, planned) in
        [(Strangers::All, true), (Strangers::Some(HashSet::new()), true), (Strangers::Some(HashSet::new()), false)]
    {
        if !planned {
            others.clear();
        }
        let mut audit = Audit::new(Vec::new(), others.clone(), strangers, world.extents());
        audit.record(&record);
        audit.record(&record);
        let (reports, summary) = audit.finish();
        assert!(reports.is_empty());
        assert_eq!(summary.without_plan, u64::from(!planned), "one that has no plan is mentioned, once");
    }
}
