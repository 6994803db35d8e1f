//! The log over Kafka's protocol, against the mock cluster that comes with the client library: what is read, cancelled and removed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::reading::{lead, of_key, reading, until, warm};
use common::server::{Answer, answer, asked, refused};
use delivery_messages::{Millis, Plan, PlanPhase, Route, StatePhase, Topic};
use delivery_operator::record::{self, RouteOfPlan};
use delivery_operator::view::Facts;
use delivery_operator::{act, expiry, lingering, removal, sweep, trace};
use http::Method;
use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::json;
use std::sync::Arc;

const OURS: &str = "shop/code-delivery";
const DAY: Millis = 86_400_000;

fn plan(id: &str, source: &str) -> Plan {
    let mut delivery = common::delivery("");
    delivery.metadata.uid = Some(id.to_owned());
    delivery.metadata.name = Some(id.to_owned());
    let route = common::route_record().key();
    let plan =
        record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: &route }, &Facts::default(), source);
    Plan { request_id: Some(format!("request of {id}")), ..plan }
}

fn gone() -> Answer {
    refused(Method::GET, "", 404, "NotFound")
}

#[tokio::test]
async fn a_standby_knows_the_log_and_reads_what_the_one_before_it_wrote_last() {
    let (_broker, context, leading, _) = reading(Vec::new(), Vec::new());
    context.log.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    let _reading = warm(&context).await;
    assert!(context.plans.knows("a") && !*context.log_read.borrow(), "it stands by");
    context.log.write(Topic::Plan, "b", &plan("b", OURS), None).await.unwrap();
    until("it follows", || context.plans.knows("b")).await;
    context.log.write(Topic::Plan, "c", &plan("c", OURS), None).await.unwrap();
    leading.send_replace(true);
    context.log_read.subscribe().wait_for(|read| *read).await.unwrap();
    assert!(
        context.plans.has_request("request of c"),
        "what was there when it began to lead is known before it decides"
    );
    context.log.remove(Topic::Plan, "c").await.unwrap();
    until("it follows on", || !context.plans.knows("c")).await;
}

#[tokio::test]
async fn what_was_deleted_while_the_operator_was_down_is_cancelled_and_what_is_anothers_is_not() {
    let alive = json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": { "name": "young", "uid": "young" } });
    let renewed = json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": { "name": "renewed", "uid": "another" } });
    let answers = vec![
        answer(Method::GET, "deliveries/young", 200, alive),
        answer(Method::GET, "deliveries/renewed", 200, renewed),
        refused(Method::GET, "deliveries/deleted", 404, "NotFound"),
    ];
    let (_broker, context, leading, serving) = reading(answers, Vec::new());
    let traced = trace::made("the request");
    for (id, source) in
        [("deleted", OURS), ("young", OURS), ("renewed", OURS), ("finished", OURS), ("foreign", "shop/other")]
    {
        context.log.write(Topic::Plan, id, &plan(id, source), Some(&traced)).await.unwrap();
    }
    context.log.write(Topic::State, "finished", &common::state(9, StatePhase::Finished), None).await.unwrap();
    let reading = lead(&context, &leading).await;
    // The watch has brought none of them; the API server knows better.
    sweep::sweep(&context).await.unwrap();
    let deleted = of_key(&context, Topic::Plan, "deleted").await;
    let last: Plan = deleted[1].read(Topic::Plan);
    assert_eq!((last.phase, last.version), (PlanPhase::Cancelled, 3));
    assert_eq!(deleted[1].headers["traceparent"], traced, "it stays in its trace");
    let renewed = of_key(&context, Topic::Plan, "renewed").await;
    assert_eq!(renewed[1].read::<Plan>(Topic::Plan).phase, PlanPhase::Cancelled, "another object has its name");
    for other in ["young", "finished", "foreign"] {
        assert_eq!(of_key(&context, Topic::Plan, other).await.len(), 1, "{other}");
    }
    reading.abort();
    let _ = reading.await;
    let context = Arc::into_inner(context).unwrap();
    asked(context, serving).await;
}

#[tokio::test]
async fn keys_of_what_ended_long_ago_are_removed_the_plan_before_the_state() {
    let (_broker, context, leading, _serving) = reading(vec![gone()], Vec::new());
    let route = common::route_record();
    let old = Route { listed: false, revision: "0ld".to_owned(), ..route.clone() };
    for route in [&Route { listed: false, ..route.clone() }, &old] {
        context.log.write(Topic::Catalogue, &route.key(), route, None).await.unwrap();
    }
    for (id, source) in [("ended", OURS), ("foreign", "shop/other")] {
        let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, route: old.key(), ..plan(id, source) };
        context.log.write(Topic::Plan, id, &cancelled, None).await.unwrap();
        context.log.write(Topic::State, id, &common::state(9, StatePhase::Running), None).await.unwrap();
    }
    context.log.write(Topic::Plan, "running", &plan("running", OURS), None).await.unwrap();
    let _reading = lead(&context, &leading).await;
    let now = Timestamp::now().as_millisecond();
    expiry::expire(&context, now + 13 * DAY).await.unwrap();
    assert_eq!(of_key(&context, Topic::Plan, "ended").await.len(), 1, "it is not time yet");
    expiry::expire(&context, now + 15 * DAY).await.unwrap();
    assert!(of_key(&context, Topic::Plan, "ended").await[1].value.is_none());
    assert!(of_key(&context, Topic::State, "ended").await[1].value.is_none());
    assert!(!context.plans.has_request("request of ended"));
    for (topic, id) in [(Topic::Plan, "foreign"), (Topic::State, "foreign"), (Topic::Plan, "running")] {
        assert_eq!(of_key(&context, topic, id).await.len(), 1, "{id}");
    }
    let kept = [old.key(), route.key()];
    for key in &kept {
        assert_eq!(of_key(&context, Topic::Catalogue, key).await.len(), 1, "a plan names it");
    }
    // The other installation removes its own, and then nobody needs the old revision.
    context.log.remove(Topic::Plan, "foreign").await.unwrap();
    until("that is read", || !context.plans.knows("foreign")).await;
    expiry::expire(&context, now + 15 * DAY).await.unwrap();
    assert!(of_key(&context, Topic::Catalogue, &kept[0]).await[1].value.is_none());
    assert!(of_key(&context, Topic::State, "foreign").await[1].value.is_none(), "nobody's state");
    assert_eq!(of_key(&context, Topic::Catalogue, &kept[1]).await.len(), 1);
    // Who needs it again writes it again.
    let delivery = common::delivery("");
    let again = Plan { route: old.key(), ..plan(&delivery.uid().unwrap(), OURS) };
    act::publish_plan(&context, &delivery, &again, Some(&old)).await.unwrap();
    let records = of_key(&context, Topic::Catalogue, &kept[0]).await;
    assert!(records.len() == 3 && records[2].value.is_some());
    let plans = of_key(&context, Topic::Plan, &again.delivery_id).await;
    assert_eq!(plans[0].headers["traceparent"], trace::of(&delivery));
}

#[tokio::test]
async fn a_tombstone_is_written_once_more_when_its_segment_can_be_closed_and_never_again() {
    let (_broker, context, leading, _serving) = reading(Vec::new(), Vec::new());
    let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("ended", OURS) };
    context.log.write(Topic::Plan, "ended", &cancelled, None).await.unwrap();
    context.log.remove(Topic::Plan, "ended").await.unwrap();
    // Whoever leads next finds in the topic that the plan is there yet, before its tombstone.
    let _reading = lead(&context, &leading).await;
    let now = Timestamp::now().as_millisecond();
    removal::again(&context, now).await.unwrap();
    assert_eq!(of_key(&context, Topic::Plan, "ended").await.len(), 2, "the segment is young");
    for _ in 0..2 {
        removal::again(&context, now + lingering::DUE).await.unwrap();
        let records = of_key(&context, Topic::Plan, "ended").await;
        assert!(records.len() == 3 && records[2].value.is_none());
    }
}
