//! What is erased leaves Kubernetes and Kafka: against an API server that answers as each test says, and the client library's
//! mock of a broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::reading::{lead, of_key, reading, until};
use common::server::{answer, asked, refused, whats};
use delivery_messages::erased::Of;
use delivery_messages::{Erased, Millis, Plan, PlanPhase, StatePhase, Topic};
use delivery_operator::context::Context;
use delivery_operator::record::{self, RouteOfPlan};
use delivery_operator::view::Facts;
use delivery_operator::{erasure, reconcile};
use http::Method;
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;

const OURS: &str = "shop/code-delivery";
const MINUTE: Millis = 60_000;

fn plan(id: &str, source: &str) -> Plan {
    let mut delivery = common::delivery("");
    delivery.metadata.uid = Some(id.to_owned());
    delivery.metadata.name = Some(id.to_owned());
    let route = common::route_record().key();
    record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: &route }, &Facts::default(), source)
}

async fn list(context: &Context, id: &str) {
    let record = Erased { erased_at: 1, of: Of::Delivery };
    context.log.write(Topic::Erased, id, &record, None).await.unwrap();
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

#[tokio::test]
async fn an_erased_delivery_loses_its_object_then_its_plan_then_its_state_and_nobody_else_does() {
    let mut delivery = common::delivery("");
    delivery.metadata.uid = Some("running".to_owned());
    let deleting = json!({ "kind": "Status", "status": "Success" });
    let answers = vec![
        answer(Method::DELETE, "/deliveries/primeiro", 200, deleting),
        refused(Method::GET, "deliveries/over", 404, "NotFound"),
        refused(Method::DELETE, "/deliveries/primeiro", 404, "NotFound"),
    ];
    let (_broker, context, leading, serving) = reading(answers, vec![delivery]);
    for (id, source) in [("running", OURS), ("over", OURS), ("other", OURS), ("foreign", "shop/other")] {
        context.log.write(Topic::Plan, id, &plan(id, source), None).await.unwrap();
        context.log.write(Topic::State, id, &common::state(9, StatePhase::Running), None).await.unwrap();
    }
    let closed = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("cancelled", OURS) };
    context.log.write(Topic::Plan, "cancelled", &closed, None).await.unwrap();
    for id in ["running", "over", "cancelled", "foreign", "nobody"] {
        list(&context, id).await;
    }
    let reading = lead(&context, &leading).await;

    assert!(erasure::erase(&context, now()).await.unwrap(), "it will be looked at again soon");
    for gone in ["over", "cancelled"] {
        assert!(of_key(&context, Topic::Plan, gone).await[1].value.is_none(), "{gone}");
    }
    assert_eq!(of_key(&context, Topic::State, "over").await.len(), 1, "its pod may be writing its last state");
    assert_eq!(of_key(&context, Topic::Plan, "running").await.len(), 1, "its object must be gone first");

    // The watch still shows the object, so it is asked for again; that it is gone by now is no failure.
    erasure::erase(&context, now() + MINUTE).await.unwrap();
    assert!(of_key(&context, Topic::State, "over").await[1].value.is_none(), "nobody writes it any more");
    assert_eq!(of_key(&context, Topic::State, "running").await.len(), 1);
    for other in ["other", "foreign"] {
        assert_eq!(of_key(&context, Topic::Plan, other).await.len(), 1, "{other}");
        assert_eq!(of_key(&context, Topic::State, other).await.len(), 1, "{other}");
    }
    reading.abort();
    let _ = reading.await;
    let asked = asked(Arc::into_inner(context).unwrap(), serving).await;
    let expected = ["DELETE deliveries/primeiro", "GET deliveries/over", "DELETE deliveries/primeiro"];
    assert_eq!(whats(&asked), expected);
    assert_eq!(asked[0].body["preconditions"]["uid"], "running", "this very object");
}

#[tokio::test]
async fn a_state_goes_when_it_has_been_silent_and_a_late_plan_or_state_goes_again() {
    let answers = vec![
        refused(Method::GET, "deliveries/a", 404, "NotFound"),
        refused(Method::GET, "deliveries/a", 404, "NotFound"),
    ];
    let (_broker, context, leading, _serving) = reading(answers, Vec::new());
    context.log.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    context.log.write(Topic::State, "a", &common::state(9, StatePhase::Running), None).await.unwrap();
    list(&context, "a").await;
    let _reading = lead(&context, &leading).await;
    for round in 1..=2 {
        assert!(!erasure::erase(&context, now() + MINUTE).await.unwrap(), "nothing waits");
        for topic in [Topic::Plan, Topic::State] {
            let records = of_key(&context, topic, "a").await;
            assert_eq!(records.len(), 2 * round, "{topic:?}");
            assert!(records[2 * round - 1].value.is_none(), "{topic:?}");
        }
        // A pod that nobody could reach comes back and writes; a process that led before writes its plan.
        context.log.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
        context.log.write(Topic::State, "a", &common::state(12, StatePhase::Running), None).await.unwrap();
        until("that is read", || context.plans.knows("a") && context.states.get("a").is_some()).await;
    }
}

#[tokio::test]
async fn an_object_whose_request_is_erased_goes_too_and_makes_neither_plan_nor_pod_until_then() {
    let mut delivery = common::delivery("");
    delivery.metadata.annotations = Some([("codedelivery.dev/request-id".to_owned(), "r-1".to_owned())].into());
    let gone = json!({ "kind": "Status", "status": "Success" });
    let answers = vec![answer(Method::DELETE, "/deliveries/primeiro", 200, gone)];
    let (_broker, context, leading, serving) = reading(answers, vec![delivery.clone()]);
    list(&context, "r-1").await;
    let reading = lead(&context, &leading).await;
    assert_eq!(reconcile::reconcile(&context, &delivery, Timestamp::now()).await.unwrap(), None, "nobody is asked");
    erasure::erase(&context, now()).await.unwrap();
    reading.abort();
    let _ = reading.await;
    assert_eq!(whats(&asked(Arc::into_inner(context).unwrap(), serving).await), ["DELETE deliveries/primeiro"]);
}

#[tokio::test]
async fn an_id_that_is_listed_while_the_operator_leads_is_heard_of_at_once() {
    let answers = vec![refused(Method::GET, "deliveries/a", 404, "NotFound")];
    let (_broker, context, leading, _serving) = reading(answers, Vec::new());
    context.log.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    let _reading = lead(&context, &leading).await;
    erasure::erase(&context, now()).await.unwrap();
    assert_eq!(of_key(&context, Topic::Plan, "a").await.len(), 1);
    list(&context, "a").await;
    tokio::time::timeout(std::time::Duration::from_secs(20), context.erased.news()).await.unwrap();
    erasure::erase(&context, now()).await.unwrap();
    assert!(of_key(&context, Topic::Plan, "a").await[1].value.is_none());
    assert!(!context.plans.knows("a"));
}
