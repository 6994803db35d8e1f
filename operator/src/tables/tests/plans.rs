use std::collections::{HashSet, VecDeque};

use delivery_messages::{Millis, Motion};
use proptest::prelude::*;

use super::*;
use crate::tables::ended_plans::Installation;
use crate::tables::retention::Retention;

/// A plan of the installation `shop/code-delivery`, of the first generation.
pub(crate) fn example(id: &str) -> Plan {
    Plan {
        delivery_id: id.to_owned(),
        version: Plan::version_of(1, false),
        phase: PlanPhase::Accepted,
        name: format!("delivery-{id}"),
        namespace: "shop".to_owned(),
        source: "shop/code-delivery".to_owned(),
        request_id: Some(format!("request-{id}")),
        client_id: String::new(),
        route_id: "1".to_owned(),
        route: "shop/primeiro@0123456789ab".to_owned(),
        courier: String::new(),
        vehicle: String::new(),
        motion: Motion::PointPerTick,
        interval_milliseconds: 500,
        seed: 0,
        noise_meters: 0,
        model: delivery_messages::deliveries::plan::MODEL,
        created_at: 0,
        resumed_at: None,
        events: Vec::new(),
    }
}

fn installation(source: &str, namespaces: &[&str]) -> Installation {
    Installation {
        source: source.to_owned(),
        namespaces: namespaces.iter().map(|namespace| (*namespace).to_owned()).collect(),
    }
}

fn ours() -> Installation {
    installation("shop/code-delivery", &["shop"])
}

fn read(plans: &Plans, plan: Plan) -> bool {
    plans.apply(plan, RecordMeta { at: 10, trace: None })
}

fn begin(plans: &Plans, plan: &Plan) -> bool {
    plans.begin(plan, "trace").is_some()
}

/// What the cleanup of this installation would cancel when nothing has ended.
fn to_cancel(plans: &Plans, exists: &[&str]) -> Vec<Plan> {
    let exists = exists.iter().map(|id| (*id).to_owned()).collect();
    plans.orphans(&ours(), &exists, |_| None).into_iter().map(|(plan, _)| plan).collect()
}

fn cancelled(id: &str) -> Plan {
    Plan { version: 3, phase: PlanPhase::Cancelled, ..example(id) }
}

#[test]
fn a_delivery_is_new_until_kafka_holds_a_plan_of_it() {
    let plans = Plans::default();
    let plan = example("a");
    assert!(plans.is_new("a"));
    begin(&plans, &plan);
    assert!(plans.is_new("a"), "the write may fail");
    plans.written(&plan);
    assert!(!plans.is_new("a"));
    read(&plans, example("b"));
    begin(&plans, &Plan { version: 4, phase: PlanPhase::Suspended, ..example("b") });
    assert!(!plans.is_new("b"), "an earlier plan was read");
}

#[test]
fn a_plan_that_kafka_holds_is_not_written_again() {
    let plans = Plans::default();
    let plan = example("a");
    assert!(begin(&plans, &plan));
    assert!(begin(&plans, &plan), "it is not known yet whether Kafka has it");
    plans.written(&plan);
    assert!(!begin(&plans, &plan));
    let suspended = Plan { version: 4, phase: PlanPhase::Suspended, ..plan.clone() };
    assert!(begin(&plans, &suspended));
    assert!(!begin(&plans, &plan), "an older one is never written after it");
}

#[test]
fn what_the_topic_held_at_the_start_counts_as_written() {
    let plans = Plans::default();
    read(&plans, example("a"));
    assert!(!begin(&plans, &example("a")));
    assert!(plans.has_request("request-a") && !plans.has_request("request-b"));
    read(&plans, Plan { version: 3, phase: PlanPhase::Cancelled, ..example("a") });
    assert!(!begin(&plans, &Plan { version: 8, ..example("a") }), "a cancelled delivery does not come back");
}

#[test]
fn a_plan_whose_object_is_gone_is_cancelled_once_and_in_its_own_trace() {
    let plans = Plans::default();
    plans.apply(example("a"), RecordMeta { at: 10, trace: Some("its own".to_owned()) });
    read(&plans, example("b"));
    let orphans = plans.orphans(&ours(), &HashSet::from(["b".to_owned()]), |_| None);
    assert_eq!(orphans, [(cancelled("a"), Some("its own".to_owned()))]);
    assert!(begin(&plans, &orphans[0].0));
    plans.written(&orphans[0].0);
    assert_eq!(to_cancel(&plans, &["b"]), []);
    assert!(!begin(&plans, &example("a")), "a late reconciliation does not bring it back");
}

#[test]
fn finished_beats_cancelled() {
    let plans = Plans::default();
    read(&plans, example("a"));
    assert_eq!(plans.orphans(&ours(), &HashSet::new(), |id| (id == "a").then_some(50)), []);
    assert_eq!(plans.get("a"), None, "it is final, so its plan is not kept");
    assert_eq!(to_cancel(&plans, &[]), []);
}

#[test]
fn plans_of_others_are_left_alone() {
    let plans = Plans::default();
    read(&plans, example("a"));
    read(&plans, cancelled("b"));
    let for_a_day = Retention { requests: None, ended: Some(1), requested: Some(1) };
    for other in [installation("shop/other", &["shop"]), installation("shop/code-delivery", &[])] {
        assert_eq!(plans.orphans(&other, &HashSet::new(), |_| None), []);
        assert_eq!(plans.expired(&other, &for_a_day, Millis::MAX, 9), Vec::<String>::new());
    }
}

#[test]
fn an_ended_plan_is_removed_after_its_retention_and_then_its_request_is_forgotten() {
    let plans = Plans::default();
    let retention = Retention { requests: Some(500), ended: Some(100), requested: Some(500) };
    let expired = |now| {
        let mut expired = plans.expired(&ours(), &retention, now, 9);
        expired.sort();
        expired
    };
    read(&plans, cancelled("requested"));
    read(&plans, Plan { request_id: None, ..cancelled("applied") });
    read(&plans, Plan { request_id: None, ..example("finished") });
    read(&plans, example("running"));
    plans.orphans(&ours(), &HashSet::from(["running".to_owned()]), |id| (id == "finished").then_some(50));
    assert_eq!(expired(109), [""; 0]);
    assert_eq!(expired(110), ["applied"]);
    assert_eq!(expired(150), ["applied", "finished"]);
    assert_eq!(expired(510), ["applied", "finished", "requested"]);
    assert_eq!(plans.expired(&ours(), &retention, 510, 2).len(), 2, "no more than the limit at a time");
    assert!(plans.has_request("request-requested") && plans.knows("requested"));
    plans.remove("requested");
    plans.remove("requested");
    assert!(!plans.has_request("request-requested") && !plans.knows("requested"));
    assert!(plans.has_request("request-running"));
    assert_eq!(plans.routes().len(), 1);
}

#[test]
fn a_delivery_in_a_namespace_that_is_no_longer_watched_is_removed_when_it_has_been_silent_for_the_retention() {
    let plans = Plans::default();
    let retention = Retention { requests: Some(500), ended: Some(100), requested: Some(500) };
    let elsewhere = |id: &str| Plan { namespace: "left".to_owned(), request_id: None, ..example(id) };
    read(&plans, elsewhere("silent"));
    read(&plans, elsewhere("driving"));
    read(&plans, Plan { source: "shop/other".to_owned(), ..elsewhere("foreign") });
    read(&plans, Plan { phase: PlanPhase::Cancelled, version: 3, ..elsewhere("cancelled") });
    read(&plans, Plan { request_id: Some("r".to_owned()), ..elsewhere("requested") });
    read(&plans, Plan { request_id: None, ..example("watched") });
    let abandoned = |retention, now| {
        let state = |id: &str| (id == "driving").then_some(60);
        let mut abandoned = plans.abandoned(&ours(), &retention, now, 9, state);
        abandoned.sort();
        abandoned
    };
    assert_eq!(abandoned(retention, 109), [""; 0]);
    assert_eq!(abandoned(retention, 110), ["cancelled", "silent"]);
    assert_eq!(abandoned(retention, 160), ["cancelled", "driving", "silent"]);
    assert_eq!(abandoned(retention, 510), ["cancelled", "driving", "requested", "silent"]);
    assert_eq!(abandoned(Retention { requests: None, ended: None, requested: None }, Millis::MAX), [""; 0]);
}

#[test]
fn a_newly_cancelled_plan_is_kept_until_its_time_is_known() {
    let plans = Plans::default();
    let retention = Retention { requests: Some(1), ended: Some(1), requested: Some(1) };
    read(&plans, example("a"));
    begin(&plans, &cancelled("a"));
    plans.written(&cancelled("a"));
    assert_eq!(plans.expired(&ours(), &retention, Millis::MAX, 9), [""; 0], "what was written has not been read yet");
    read(&plans, cancelled("a"));
    assert_eq!(plans.expired(&ours(), &retention, 11, 9), ["a"]);
}

#[test]
fn the_newest_plan_is_written_again_after_an_older_one_of_a_former_leader() {
    let plans = Plans::default();
    let newest = Plan { version: 6, ..example("a") };
    begin(&plans, &newest);
    plans.written(&newest);
    assert!(!read(&plans, example("a")), "an older one that was read late changes nothing");
    assert!(!read(&plans, newest.clone()));
    assert!(!begin(&plans, &newest));
    assert!(read(&plans, example("a")), "but one written behind the newest does");
    assert!(begin(&plans, &newest));
    // A cancelled one is cancelled again.
    read(&plans, cancelled("b"));
    read(&plans, example("b"));
    plans.written(&newest);
    assert_eq!(to_cancel(&plans, &["a"]), [cancelled("b")]);
}

#[test]
fn a_plan_that_names_another_request_is_found_by_that_one_only() {
    let plans = Plans::default();
    read(&plans, example("a"));
    read(&plans, example("b"));
    read(&plans, Plan { request_id: Some("request-a".to_owned()), ..example("b") });
    assert!(!plans.has_request("request-b"));
    plans.remove("a");
    assert!(plans.has_request("request-a"), "the other plan still has it");
    plans.remove("b");
    assert!(!plans.has_request("request-a"));
}

proptest! {
    /// Two processes write at once, each by a table that lags behind the topic, and any write may arrive late or not at all.
    /// When one of them is left alone, the topic's last record is the newest plan.
    #[test]
    fn whatever_two_leaders_write_the_newest_plan_is_last(steps in prop::collection::vec((0..2_usize, 0..6_u8), 0..80)) {
        let tables = [Plans::default(), Plans::default()];
        let (mut topic, mut places) = (Vec::<Plan>::new(), [0, 0]);
        let mut in_flight: [VecDeque<Plan>; 2] = [VecDeque::new(), VecDeque::new()];
        let mut wanted = example("a");
        let mut seen = [wanted.clone(), wanted.clone()];
        for (who, what) in steps {
            match what {
                0 => wanted.version += 2,
                1 => seen[who] = wanted.clone(),
                2 => {
                    if begin(&tables[who], &seen[who]) {
                        in_flight[who].push_back(seen[who].clone());
                    }
                }
                3 => {
                    if let Some(plan) = in_flight[who].pop_front() {
                        topic.push(plan.clone());
                        tables[who].written(&plan);
                    }
                }
                4 => drop(in_flight[who].pop_front()),
                _ => {
                    if let Some(plan) = topic.get(places[who]) {
                        places[who] += 1;
                        read(&tables[who], plan.clone());
                    }
                }
            }
        }
        // What the stopped one had in flight still arrives.
        topic.extend(in_flight[1].drain(..));
        while begin(&tables[0], &wanted) || places[0] < topic.len() {
            if begin(&tables[0], &wanted) {
                topic.push(wanted.clone());
                tables[0].written(&wanted);
            }
            if let Some(plan) = topic.get(places[0]) {
                places[0] += 1;
                read(&tables[0], plan.clone());
            }
        }
        prop_assert_eq!(topic.last(), Some(&wanted));
    }
}
