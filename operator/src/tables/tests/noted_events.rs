use delivery_messages::Plan;

use super::*;
use crate::tables::plan_entry::RecordMeta;
use crate::tables::plans::tests::example;

fn happened(reason: &str, at: i64) -> DeliveryEvent {
    DeliveryEvent {
        reason: reason.to_owned(),
        message: "It is so.".to_owned(),
        warning: false,
        first: at,
        last: at,
        count: 1,
    }
}

fn reasons(plan: &Plan) -> Vec<&str> {
    plan.events.iter().map(|event| event.reason.as_str()).collect()
}

fn read(plans: &Plans, plan: Plan) {
    plans.apply(plan, RecordMeta { at: 10, trace: None });
}

/// What would be written.
fn taken(plans: &Plans) -> Vec<Plan> {
    plans.take_noted(10).into_iter().map(|(plan, _)| plan).collect()
}

#[test]
fn what_happened_before_the_plan_comes_with_it() {
    let plans = Plans::default();
    plans.note("a", happened("RouteNotFound", 10));
    assert!(!plans.has_noted(), "there is no plan to write yet");
    let begun = plans.begin(&example("a"), "trace").unwrap();
    assert_eq!(reasons(&begun), ["RouteNotFound"]);
    plans.note("b", happened("RouteNotFound", 10));
    plans.keep_early(&HashSet::new());
    assert_eq!(reasons(&plans.begin(&example("b"), "trace").unwrap()), [""; 0], "its object was gone");
}

#[test]
fn an_event_is_written_once_and_does_not_make_the_plan_another_one() {
    let plans = Plans::default();
    read(&plans, example("a"));
    plans.note("a", happened("PodPending", 10));
    plans.note("a", happened("UnderWay", 20));
    assert!(plans.begin(&example("a"), "trace").is_none(), "Kafka has the plan itself");
    let written = taken(&plans);
    assert_eq!(written.len(), 1);
    assert_eq!((reasons(&written[0]), written[0].version), (vec!["PodPending", "UnderWay"], example("a").version));
    assert!(taken(&plans).is_empty());
    plans.note_again(["a".to_owned()]);
    assert_eq!(taken(&plans), written, "it could not be written");
    let suspended = Plan { version: 4, phase: PlanPhase::Suspended, ..example("a") };
    assert_eq!(reasons(&plans.begin(&suspended, "trace").unwrap()), ["PodPending", "UnderWay"]);
}

#[test]
fn an_event_during_the_writing_of_the_plan_is_written_afterwards() {
    let plans = Plans::default();
    let begun = plans.begin(&example("a"), "trace").unwrap();
    plans.note("a", happened("PodPending", 10));
    assert!(taken(&plans).is_empty() && plans.has_noted());
    plans.written(&begun);
    assert_eq!(reasons(&taken(&plans)[0]), ["PodPending"]);
}

#[test]
fn an_earlier_record_that_is_read_late_does_not_take_events_away() {
    let plans = Plans::default();
    read(&plans, example("a"));
    plans.note("a", happened("PodPending", 10));
    let first = taken(&plans).remove(0);
    plans.note("a", happened("UnderWay", 20));
    read(&plans, first);
    assert_eq!(reasons(&taken(&plans)[0]), ["PodPending", "UnderWay"]);
    assert!(plans.begin(&example("a"), "trace").is_none());
}

#[test]
fn no_more_plans_are_taken_at_once_than_may_be() {
    let plans = Plans::default();
    for id in ["a", "b", "c"] {
        read(&plans, example(id));
        plans.note(id, happened("UnderWay", 10));
    }
    assert_eq!(plans.take_noted(2).len(), 2);
    assert!(plans.has_noted());
    assert_eq!(plans.take_noted(2).len(), 1);
    assert!(!plans.has_noted());
}

#[test]
fn a_delivery_that_is_cancelled_or_removed_has_no_events_to_write() {
    let plans = Plans::default();
    for id in ["a", "b"] {
        read(&plans, example(id));
        plans.note(id, happened("UnderWay", 10));
    }
    plans.remove("a");
    read(&plans, Plan { version: 3, phase: PlanPhase::Cancelled, ..example("b") });
    plans.note("b", happened("UnderWay", 20));
    assert!(taken(&plans).is_empty() && !plans.has_noted());
}
